package tap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
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
//
// A search that breaks off after its first page goes on by another one from the
// last closed second, as long as that is some way further.
func (r *run) syncSearch(ctx context.Context, g *group) error {
	s := &sorted{run: r, group: g, from: g.since(), first: none}
	for breaks := 0; s.from <= r.upper; {
		err := s.read(ctx)
		onward := errors.Is(err, intercom.ErrPageLoop) || errors.Is(err, intercom.ErrBrokenOff)
		switch {
		case err == nil:
			return r.finish(g)
		case onward && s.closed >= s.from:
			level := slog.LevelDebug
			if breaks++; breaks == 1 {
				level = slog.LevelWarn
			}
			r.log.Log(ctx, level, "a search broke off: searching on from its last closed second", "stream", g.parent.name, "second", timeText(s.closed), "err", err)
			s.from, s.first = s.closed+1, s.closed
		case errors.Is(err, intercom.ErrPageLoop) && s.from > g.since():
			return r.inSlices(ctx, g, s.from, r.slice)
		case errors.Is(err, intercom.ErrBrokenOff):
			return err
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

// farAhead is a second of the year 2100.
const farAhead = 4102444800

// lookAhead counts the rows that no search up to the end of the run can find, as they
// are dated long after it. One call of a first run is enough for what stays there.
func (r *run) lookAhead(ctx context.Context, g *group) {
	for _, o := range g.outs {
		if o.initial != none {
			return
		}
	}
	// Searches by day begin before.
	request := g.parent.searchRequest(g.query(), g.horizon+daySeconds, farAhead, false)
	for p, err := range r.client.Search(ctx, request) {
		if err != nil {
			r.log.Debug("rows of the future cannot be asked for", "stream", g.parent.name, "err", err)
			return
		}
		// What does not go by times answers with rows of any; items counts those that
		// are meant.
		if _, err := g.items(p.Items); err == nil && g.future > 0 {
			g.future = max(g.future, p.Total)
		}
		return
	}
}

// sorted reads a window by searches in ascending order, one after the other where
// one breaks off.
type sorted struct {
	run   *run
	group *group

	from    int64           // second at which the search begins
	first   int64           // second of its first row; none before that came
	emitted int64           // second of the last row that was written
	edge    map[string]bool // rows of that second that were written
	closed  int64           // last second known to be read to its end, none when there is none
}

// read reads from the second from to the end of the run in one search.
func (s *sorted) read(ctx context.Context) (err error) {
	r, g := s.run, s.group
	s.closed = none
	if s.first == none {
		s.emitted = none
	}
	begun, written := s.emitted, s.edge // by the search before
	s.edge = maps.Clone(written)
	defer func() {
		// Stopped within a page: what was written counts all the same.
		if err != nil && !errors.Is(err, errUnordered) && s.emitted > s.first && s.emitted-1 > s.closed {
			s.closed = s.emitted - 1
			err = errors.Join(err, r.advance(g, s.closed))
		}
	}()
	var all tally
	earliest, last := s.first, int64(none)
	arrive := func(_ context.Context, p intercom.Page, items []item) (batch, bool, error) {
		all.add(p.Total, len(items))
		for _, it := range items {
			if it.updated == 0 {
				continue
			}
			if it.updated < last {
				return batch{}, false, fmt.Errorf("%w: %s after %s", errUnordered, timeText(it.updated), timeText(last))
			}
			if last = it.updated; earliest == none {
				earliest = last
			}
		}
		// Searches by day begin before, and the second at which this one begins may
		// have been written in part.
		items = slices.DeleteFunc(items, func(it item) bool {
			return it.updated != 0 && (it.updated < s.from || (it.updated == begun && written[it.id]))
		})
		return r.batch(items, func() error {
			// As long as all rows are of one second, they may as well be the newest
			// ones of an answer in descending order.
			if s.emitted > s.first {
				s.closed = min(s.emitted-1, r.upper)
			}
			return r.advance(g, s.closed)
		}), true, nil
	}
	request := g.parent.searchRequest(g.query(), s.from, r.upper, true)
	request.Elsewhere = func() bool { return last > max(earliest, s.from) }
	read := func(ctx context.Context) iter.Seq2[intercom.Page, error] { return r.client.Search(ctx, request) }
	err = r.send(ctx, g, r.pages(g, read, arrive), func(it item) error {
		s.note(it)
		return nil
	})
	if err != nil {
		return err
	}
	all.prove(r.log, g.parent.name)
	s.closed = r.upper
	return nil
}

// note takes down a row that was written.
func (s *sorted) note(it item) {
	if it.updated == 0 {
		return
	}
	if s.first == none {
		s.first = it.updated
	}
	if it.updated > s.emitted {
		s.emitted, s.edge = it.updated, map[string]bool{}
	}
	if it.updated == s.emitted {
		s.edge[it.id] = true
	}
}

// sliced reads the window slice by slice. Within a slice the order does not
// matter: the bookmark moves when the slice is complete.
func (r *run) sliced(ctx context.Context, g *group) error {
	return r.inSlices(ctx, g, g.since(), r.slice)
}

// inSlices calls read for slices of time from a second on to the end of the run. They
// grow while they are short, and shrink when they are long, break off, or their
// pages go in circles.
func (r *run) inSlices(ctx context.Context, g *group, from int64, read func(ctx context.Context, g *group, from, to int64) (pages int, err error)) error {
	span := int64(daySeconds)
	for from <= r.upper {
		to := min(from+span-1, r.upper)
		pages, err := read(ctx, g, from, to)
		if (errors.Is(err, intercom.ErrPageLoop) || errors.Is(err, intercom.ErrBrokenOff)) && to > from {
			span = max((to-from+1)/2, 1)
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
	request := g.parent.searchRequest(g.query(), from, to, false)
	request.Elsewhere = func() bool { return to > from }
	read := func(ctx context.Context) iter.Seq2[intercom.Page, error] { return r.client.Search(ctx, request) }
	err = r.send(ctx, g, r.pages(g, read, arrive), nil)
	if err == nil {
		all.prove(r.log, g.parent.name)
	}
	return pages, err
}
