package tap

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// Streams whose rows come without a change of their parent are read by visits:
// every run calls on every parent, changed or not, and asks for what is new.
// Their bookmark is a time of their own rows, and moves when all parents have
// been visited.

// visiting is how far parents have been visited, in the order of their last
// change. A run that is stopped leaves it in the state, beside the bookmark:
//
//	{"created_at": "…", "visited": {"to": 1767225600, "until": 1767229200}}
//
// so that a workspace of which no run can visit all is visited nevertheless. The
// next run visits the others first, for what happened up to the same second, and
// then all of them for what happened since.
type visiting struct {
	To    int64 `json:"to"`    // parents that changed before were visited
	Until int64 `json:"until"` // the last second for which they were asked
}

// visitor is the group of a stream that is read by visits. Of the parent it has
// the calls; what changed in it does not matter.
func visitor(parent *stream) *group {
	all := *parent
	all.bookmark, all.from, all.newest = "", "", false
	return &group{parent: &all}
}

// dialect is how the rows of the group are got.
func (g *group) dialect() dialect {
	if g.outs[0].dialect == visited {
		return visited
	}
	return g.parent.dialect
}

// keeper is the stream in whose bookmark the state remembers rows one by one.
func (g *group) keeper() *stream {
	if g.outs[0].dialect == visited {
		return g.outs[0].stream
	}
	return g.parent
}

// syncVisits calls on every parent. A contact that changes meanwhile moves to
// the end of the search and is visited there.
func (r *run) syncVisits(ctx context.Context, g *group) error {
	o := g.outs[0]
	if v := r.brokenOff(o.stream); v.Until > 0 && v.Until <= r.upper {
		r.log.Info("going on with visits that were broken off", "stream", o.name, "from", timeText(v.To), "until", timeText(v.Until))
		if err := r.visitAll(ctx, g, v); err != nil || o.lost.Load() {
			return err
		}
		if err := r.prepare(g); err != nil {
			return err
		}
	}
	return r.visitAll(ctx, g, visiting{Until: r.upper})
}

// brokenOff is how far the run before came with visiting.
func (r *run) brokenOff(s *stream) (v visiting) {
	found, err := pick(r.bookmark(s), "visited")
	if err != nil || json.Unmarshal(found[0], &v) != nil {
		return visiting{} // all are visited once more
	}
	return v
}

// visitAll calls on the parents that v leaves, and moves the bookmark.
func (r *run) visitAll(ctx context.Context, g *group, v visiting) error {
	o := g.outs[0]
	g.version++
	g.until = v.Until
	for id, created := range g.seen {
		g.recent.add(id, created) // was sent, whether it is met again or not
	}
	seen := new(census)
	ordered, last := g.parent.sortedByDoc, int64(0)
	before := listSeen(g.seen)
	arrive := func(_ context.Context, p intercom.Page, items []item) (batch, bool, error) {
		seen.add(p.Total, items)
		for _, it := range items {
			ordered = ordered && it.updated >= last
			last = it.updated
		}
		var place visiting
		if ordered {
			place = visiting{max(last, v.To), v.Until} // searches by day begin before
		}
		return r.batch(items, func() error { return r.visited(o, place, before) }), !o.lost.Load(), nil
	}
	read := func(ctx context.Context) iter.Seq2[intercom.Page, error] { return r.parents(ctx, g.parent, v.To) }
	if err := r.send(ctx, g, r.pages(g, read, arrive), nil); err != nil {
		return err
	}
	if o.lost.Load() || (o.bookmark != "" && g.proved(o) != math.MaxInt64) {
		return r.writeState()
	}
	if err := r.activate(g, !seen.moved() && seen.whole()); err != nil {
		return err
	}
	return r.remember(func(state *singer.State) error {
		if o.bookmark != "" {
			o.mark = max(o.initial, g.recent.newest)
			state.ClearBookmark(o.name)
			writeMark(state, o.stream, o.mark, g.recent.list(o.mark))
		}
		return nil
	})
}

// visited notes in the state how far the visits have come; the zero v is nowhere.
// before is what the bookmark remembers beside.
func (r *run) visited(o *output, v visiting, before []seenRow) error {
	if o.lost.Load() || o.bookmark == "" {
		return nil
	}
	var more []member
	if v != (visiting{}) {
		value, err := json.Marshal(v)
		if err != nil {
			return err
		}
		more = []member{{"visited", value}}
	}
	return r.remember(func(state *singer.State) error {
		state.ClearBookmark(o.name)
		writeMark(state, o.stream, o.initial, before, more...)
		return nil
	})
}

// parents reads all rows of s that changed since from, also those that changed
// after the end of the run.
func (r *run) parents(ctx context.Context, s *stream, from int64) iter.Seq2[intercom.Page, error] {
	if s.dialect != search {
		return r.client.List(ctx, s.listRequest())
	}
	return func(yield func(intercom.Page, error) bool) {
		at := position{second: from}
		for {
			next, err := r.parentsFrom(ctx, s, at, yield)
			onward := errors.Is(err, intercom.ErrPageLoop) || errors.Is(err, intercom.ErrBrokenOff)
			switch {
			case err == nil:
				return
			case onward && s.sortedByDoc && next.beyond(at):
				r.log.Warn("a search broke off: searching on from the second of its last row", "stream", s.name, "second", timeText(next.second), "err", err)
				at = next
			default:
				yield(intercom.Page{}, err)
				return
			}
		}
	}
}

// position is how far a search in order has come: a second, and the rows of it that it
// gave.
type position struct {
	second int64
	given  map[string]bool // by id
	lost   bool            // it was not in order
}

// beyond reports whether a search from p goes on where one from at broke off.
func (p position) beyond(at position) bool { return !p.lost && p.second > at.second }

// parentsFrom reads one search, and says how far it came when it broke off. err is nil
// when it came to its end, or nobody wants more.
func (r *run) parentsFrom(ctx context.Context, s *stream, at position, yield func(intercom.Page, error) bool) (next position, err error) {
	// The clock that dates the rows may be ahead of ours.
	request := s.searchRequest(s.query(), at.second, max(r.upper, r.now().Unix())+30*daySeconds, s.sortedByDoc)
	request.Field = s.clock()
	next = at
	request.Elsewhere = func() bool { return s.sortedByDoc && next.beyond(at) }
	for p, err := range r.client.Search(ctx, request) {
		if err != nil {
			return next, err
		}
		kept := p.Items[:0]
		for _, raw := range p.Items {
			it, err := newItem(raw, s.clock())
			if err != nil {
				return next, err
			}
			// Searches by day begin before.
			if at.given != nil && (it.updated < at.second || (it.updated == at.second && at.given[it.id])) {
				continue
			}
			kept = append(kept, raw)
			switch {
			case next.given == nil || it.updated > next.second:
				next.second, next.given = it.updated, map[string]bool{it.id: true}
			case it.updated == next.second:
				next.given[it.id] = true
			default:
				next.lost = true
			}
		}
		if p.Items = kept; !yield(p, nil) {
			return next, nil
		}
	}
	return next, nil
}

// visit asks one parent for its rows within the time of the run.
func (r *run) visit(ctx context.Context, o *output, it item) ([]jsontext.Value, error) {
	request := o.childRequest(it.id)
	unit := int64(1)
	if o.milli {
		unit = 1000
	}
	set := func(parameter string, second int64) {
		if parameter != "" {
			request.Params.Set(parameter, strconv.FormatInt(second*unit, 10))
		}
	}
	// Whether the bounds are in is not documented: rows are judged one by one.
	set(o.after, max(o.since-1, 0))
	set(o.until, o.group.until+1)
	if o.asksMore() {
		request.Params.Set(o.moreBy, "true")
	}
	rows, _, err := r.readWhole(ctx, request, nil)
	return rows, err
}

// asksMore reports whether a member is selected that comes only when it is
// asked for.
func (o *output) asksMore() bool {
	return slices.ContainsFunc(o.more, func(name string) bool {
		m := o.shape.members[name]
		return m != nil && !m.unwanted
	})
}

// fresh returns the rows that are to be sent, and remembers those that the next
// run will read again.
func (g *group) fresh(o *output, rows []childRow) ([]childRow, error) {
	if o.bookmark == "" {
		return rows, nil
	}
	var fresh []childRow
	for _, row := range rows {
		it, err := newItem(row.raw, o.bookmark)
		if err != nil {
			return nil, err
		}
		if it.updated != 0 && (it.updated < o.since || it.updated > g.until) {
			continue
		}
		g.recent.add(it.id, it.updated)
		if at, known := g.seen[it.id]; !known || at != it.updated || it.updated > o.initial {
			fresh = append(fresh, row)
		}
	}
	return fresh, nil
}
