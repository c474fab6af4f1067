package tap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"intercomdw/tap-intercom/intercom"
)

// errUnordered says that a search did not answer in ascending order.
var errUnordered = errors.New("rows not in ascending order of updated_at")

const (
	daySeconds = 24 * 60 * 60
	// A time slice aims at this many pages, so that a broken run has little to
	// read again and an empty year costs few calls.
	fewPages  = 2
	manyPages = 20
)

// syncSearch reads what changed between the group's bookmark and the upper end
// of the run, which stands still while rows keep changing.
//
// Rows are asked for in ascending order of updated_at, and the order is
// checked: as long as it holds, every second before that of the last row has
// been read to its end, and the bookmark may stand there. When it does not
// hold, or sorting is refused, the bookmarks go back to where they were and
// the window is read in time slices, whose ends need no order.
func (r *run) syncSearch(ctx context.Context, g *group) error {
	from := g.since()
	for from <= r.upper {
		closed, err := r.sorted(ctx, g, from)
		switch {
		case err == nil:
			return r.finish(g)
		case errors.Is(err, intercom.ErrPageLoop) && closed >= from:
			r.log.Warn("pages go in circles: searching on from the last closed second", "stream", g.parent.name, "err", err)
			from = closed + 1
		case errors.Is(err, errUnordered) || errors.Is(err, intercom.ErrPageLoop),
			errors.Is(err, intercom.ErrRefused) && !g.parent.sortedByDoc:
			r.log.Warn("reading in time slices", "stream", g.parent.name, "err", err)
			if err := r.rewind(g); err != nil {
				return err
			}
			return r.sliced(ctx, g)
		default:
			return err
		}
	}
	return r.finish(g)
}

// sorted reads from the second from to the end of the run in one ascending
// search. It returns the last second known to be read to its end, none when
// there is none.
func (r *run) sorted(ctx context.Context, g *group, from int64) (closed int64, err error) {
	closed = none
	first, emitted := int64(none), int64(none)
	defer func() {
		// Stopped within a page: what was written counts all the same.
		if err != nil && !errors.Is(err, errUnordered) && emitted > first && emitted-1 > closed {
			closed = emitted - 1
			err = errors.Join(err, r.advance(g, closed))
		}
	}()
	var all tally
	last := int64(none)
	arrive := func(_ context.Context, p intercom.Page, items []item) (batch, bool, error) {
		all.add(p.Total, len(items))
		for _, it := range items {
			if it.updated == 0 {
				continue
			}
			if it.updated < last {
				return batch{}, false, fmt.Errorf("%w: %s after %s", errUnordered, timeText(it.updated), timeText(last))
			}
			last = it.updated
		}
		return r.batch(items, func() error {
			// As long as all rows are of one second, they may as well be the newest
			// ones of an answer in descending order.
			if emitted > first {
				closed = min(emitted-1, r.upper)
			}
			return r.advance(g, closed)
		}), true, nil
	}
	read := func(ctx context.Context) iter.Seq2[intercom.Page, error] {
		return r.client.Search(ctx, g.parent.searchRequest(g.query(), from, r.upper, true))
	}
	err = r.send(ctx, g, r.pages(g, read, arrive), func(it item) error {
		if first == none && it.updated != 0 {
			first = it.updated
		}
		emitted = max(emitted, it.updated)
		return nil
	})
	if err != nil {
		return closed, err
	}
	all.prove(r.log, g.parent.name)
	return r.upper, nil
}

// sliced reads the window slice by slice. Within a slice the order does not
// matter: the bookmark moves when the slice is complete.
func (r *run) sliced(ctx context.Context, g *group) error {
	return r.inSlices(ctx, g, g.since(), r.slice)
}

// inSlices calls read for slices of time from a second on to the end of the run. They
// grow while they are short, and shrink when they are long or their pages go in
// circles.
func (r *run) inSlices(ctx context.Context, g *group, from int64, read func(ctx context.Context, g *group, from, to int64) (pages int, err error)) error {
	span := int64(daySeconds)
	for from <= r.upper {
		to := min(from+span-1, r.upper)
		pages, err := read(ctx, g, from, to)
		if errors.Is(err, intercom.ErrPageLoop) && span > 1 {
			span = max(span/2, 1)
			continue
		}
		if err != nil {
			return err
		}
		if err := r.advance(g, min(g.recent.newest, to)); err != nil {
			return err
		}
		switch {
		case pages <= fewPages:
			span *= 2
		case pages > manyPages:
			span = max(span/2, 1)
		}
		from = to + 1
	}
	return r.finish(g)
}

// slice reads the rows between two seconds, both included.
func (r *run) slice(ctx context.Context, g *group, from, to int64) (pages int, err error) {
	var all tally
	arrive := func(_ context.Context, p intercom.Page, items []item) (batch, bool, error) {
		all.add(p.Total, len(items))
		// Searches by day bring the whole days at both ends.
		items = slices.DeleteFunc(items, func(it item) bool {
			return it.updated != 0 && (it.updated < from || it.updated > to)
		})
		return r.batch(items, func() error { pages++; return nil }), true, nil
	}
	read := func(ctx context.Context) iter.Seq2[intercom.Page, error] {
		return r.client.Search(ctx, g.parent.searchRequest(g.query(), from, to, false))
	}
	err = r.send(ctx, g, r.pages(g, read, arrive), nil)
	if err == nil {
		all.prove(r.log, g.parent.name)
	}
	return pages, err
}
