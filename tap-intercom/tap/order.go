package tap

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercom"
)

// batch is a page of items on its way to the output.
type batch struct {
	items     []item
	extracted time.Time
	written   func() error // called when all of its records are; may be nil
}

// batches yields batches in order, and ends with the first error.
type batches func(context.Context) iter.Seq2[batch, error]

// page sends one page of items.
func (r *run) page(ctx context.Context, g *group, raws []jsontext.Value, each func(item) error) error {
	items, err := g.items(raws)
	if err != nil {
		return err
	}
	return r.items(ctx, g, items, each)
}

// items sends items.
func (r *run) items(ctx context.Context, g *group, items []item, each func(item) error) error {
	return r.send(ctx, g, func(context.Context) iter.Seq2[batch, error] {
		return func(yield func(batch, error) bool) { yield(r.batch(items, nil), nil) }
	}, each)
}

func (r *run) batch(items []item, written func() error) batch {
	return batch{items, r.now(), written}
}

// pages turns pages into batches. arrive looks at the items of a page before the
// next one is asked for; it returns those to be sent, what is to be done when
// their records are written, and whether to read on.
func (r *run) pages(g *group, read func(context.Context) iter.Seq2[intercom.Page, error], arrive func(context.Context, intercom.Page, []item) (batch, bool, error)) batches {
	return func(ctx context.Context) iter.Seq2[batch, error] {
		return func(yield func(batch, error) bool) {
			for p, err := range read(ctx) {
				var items []item
				if err == nil {
					items, err = g.items(p.Items)
				}
				var b batch
				more := false
				if err == nil {
					b, more, err = arrive(ctx, p, items)
				}
				if !yield(b, err) || err != nil || !more {
					return
				}
			}
		}
	}
}

// send writes batches in their order, with what further calls bring for their
// items. While the calls for some items are under way, those for the next ones
// begin and the next page is read, as far as there is room to keep what comes.
// With a concurrency of 1 one thing is done at a time. each, unless it is nil, is
// called after an item's records were written.
func (r *run) send(ctx context.Context, g *group, from batches, each func(item) error) error {
	defer g.count()
	follow := g.follow()
	if r.concurrency <= 1 {
		return r.oneByOne(ctx, g, follow, from, each)
	}
	room := r.ahead.share()
	defer room.close()
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	queue := &queue{turns: make(chan turn, queueLength*r.concurrency)}
	pages := make(chan turn, pagesAhead)
	running.Go(func() { readAhead(ctx, from, pages) })
	running.Go(func() {
		defer close(queue.turns)
		queue.err = queue.fill(ctx, pages, func(it item) (chan answer, error) {
			if len(follow) == 0 {
				return nil, nil
			}
			taken, err := room.take(ctx)
			if err != nil {
				return nil, err
			}
			answered := make(chan answer, 1)
			running.Go(func() {
				found, err := r.details(ctx, g, follow, it)
				size := found.bytes()
				room.settle(taken, size)
				answered <- answer{found, size, err}
			})
			return answered, nil
		})
	})
	for t := range queue.turns {
		if t.item == nil {
			if err := r.turn(g, t); err != nil {
				return err
			}
			continue
		}
		var a answer
		if t.answered != nil {
			a = <-t.answered
		}
		if a.err != nil {
			return a.err
		}
		if err := r.write(g, *t.item, a.found, each); err != nil {
			return err
		}
		room.give(a.size)
	}
	return queue.err
}

const (
	// pagesAhead is how many pages wait; one more is being read.
	pagesAhead = 1
	// queueLength times the concurrency is how many items are under way or wait:
	// a call that takes long, or is repeated, must not keep the others idle.
	queueLength = 4
)

// turn is a step of the writer: the begin of a batch, an item, or the end of a
// batch.
type turn struct {
	begin    *batch
	item     *item
	answered chan answer // nil when nothing was called for
	end      *batch
	err      error // of reading: the last turn
}

// answer is what the calls for one item brought.
type answer struct {
	found details
	size  int64
	err   error
}

// queue are the turns that the writer takes one after the other.
type queue struct {
	turns chan turn
	err   error // why it ended early; to be read when turns is closed
}

// readAhead puts the batches of from into pages.
func readAhead(ctx context.Context, from batches, pages chan<- turn) {
	defer close(pages)
	for b, err := range from(ctx) {
		if push(ctx, pages, turn{begin: &b, err: err}) != nil {
			return
		}
	}
}

// fill puts the items of pages into the queue, and begins the calls for each.
func (q *queue) fill(ctx context.Context, pages <-chan turn, call func(item) (chan answer, error)) error {
	for p := range pages {
		if err := push(ctx, q.turns, p); err != nil || p.err != nil {
			return err
		}
		for i := range p.begin.items {
			answered, err := call(p.begin.items[i])
			if err == nil {
				err = push(ctx, q.turns, turn{item: &p.begin.items[i], answered: answered})
			}
			if err != nil {
				return err
			}
		}
		if err := push(ctx, q.turns, turn{end: p.begin}); err != nil {
			return err
		}
	}
	// Reading may have ended because nobody listened any more.
	return context.Cause(ctx)
}

func push(ctx context.Context, to chan<- turn, t turn) error {
	select {
	case to <- t:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// turn takes a turn that is no item.
func (r *run) turn(g *group, t turn) error {
	switch {
	case t.err != nil:
		return t.err
	case t.begin != nil:
		g.extracted = t.begin.extracted
	case t.end != nil:
		g.count()
		if t.end.written != nil {
			return t.end.written()
		}
	}
	return nil
}

// write writes what an item yields.
func (r *run) write(g *group, it item, found details, each func(item) error) error {
	if err := r.emit(g, it, found); err != nil {
		return err
	}
	if g.parent.bookmark != "" && it.updated <= r.upper {
		g.recent.add(it.id, it.updated)
	}
	if each == nil {
		return nil
	}
	return each(it)
}

// oneByOne is send without anything at the same time.
func (r *run) oneByOne(ctx context.Context, g *group, follow []*stream, from batches, each func(item) error) error {
	for b, err := range from(ctx) {
		if err := r.turn(g, turn{begin: &b, err: err}); err != nil {
			return err
		}
		for _, it := range b.items {
			found, err := r.details(ctx, g, follow, it)
			if err != nil {
				return err
			}
			if err := r.write(g, it, found, each); err != nil {
				return err
			}
		}
		if err := r.turn(g, turn{end: &b}); err != nil {
			return err
		}
	}
	return nil
}
