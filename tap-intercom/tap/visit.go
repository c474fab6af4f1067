package tap

import (
	"context"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// Streams whose rows come without a change of their parent are read by visits:
// every run calls on every parent, changed or not, and asks for what is new.
// Their bookmark is a time of their own rows, and moves when all parents have
// been visited: a run that is stopped before visits all of them again.

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
	g.version++
	seen := new(census)
	for p, err := range r.parents(ctx, g.parent) {
		if err != nil {
			return err
		}
		items, err := g.items(p.Items)
		if err != nil {
			return err
		}
		seen.add(p.Total, items)
		if err := r.items(ctx, g, items, nil); err != nil {
			return err
		}
		if o.lost.Load() {
			return r.writeState()
		}
	}
	if err := r.activate(g, !seen.moved() && seen.whole()); err != nil {
		return err
	}
	return r.remember(func(state *singer.State) error {
		if o.bookmark != "" {
			o.mark = max(o.initial, g.recent.newest)
			writeMark(state, o.stream, o.mark, g.recent.list(o.mark))
		}
		return nil
	})
}

// parents reads all rows of s, whenever they changed: also those that changed
// after the end of the run.
func (r *run) parents(ctx context.Context, s *stream) func(func(intercom.Page, error) bool) {
	if s.dialect == search {
		// The clock that dates the rows may be ahead of ours.
		request := s.searchRequest(s.query(), 0, max(r.upper, r.now().Unix())+30*daySeconds, s.sortedByDoc)
		request.Field = s.clock()
		return r.client.Search(ctx, request)
	}
	return r.client.List(ctx, s.listRequest())
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
	set(o.until, r.upper+1)
	if o.asksMore() {
		request.Params.Set(o.moreBy, "true")
	}
	rows, _, err := r.readWhole(ctx, request)
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
func (g *group) fresh(o *output, rows []childRow, upper int64) ([]childRow, error) {
	if o.bookmark == "" {
		return rows, nil
	}
	var fresh []childRow
	for _, row := range rows {
		it, err := newItem(row.raw, o.bookmark)
		if err != nil {
			return nil, err
		}
		if it.updated != 0 && (it.updated < o.since || it.updated > upper) {
			continue
		}
		g.recent.add(it.id, it.updated)
		if at, known := g.seen[it.id]; !known || at != it.updated || it.updated > o.initial {
			fresh = append(fresh, row)
		}
	}
	return fresh, nil
}
