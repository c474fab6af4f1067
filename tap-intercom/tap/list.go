package tap

import (
	"context"
	"hash/maphash"
	"iter"
	"log/slog"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercom"
)

// listAttempts bounds how often a list is read whose rows move meanwhile.
const listAttempts = 3

// syncList reads a list of its own. With a bookmark only what changed is sent;
// without one all of it is, and when it is known to be whole, the target is told
// to drop what was not in it.
//
// Pages go by number: when a row is deleted meanwhile, another moves to a page
// that was read already. The total that comes with each page gives it away; the
// list is then read again.
func (r *run) syncList(ctx context.Context, g *group) error {
	for attempt := 1; ; attempt++ {
		g.version++
		seen, err := r.readList(ctx, g)
		switch {
		case err != nil:
			return err
		case !seen.moved():
			seen.prove(r.log, g.parent.name)
			if err := r.activate(g, seen.whole()); err != nil {
				return err
			}
			return r.finish(g)
		case attempt == listAttempts:
			r.log.Warn("rows moved each time a list was read: the next run reads it again", "stream", g.parent.name, "rows", len(seen.ids), "total_count", seen.total)
			return r.writeState()
		}
		r.log.Info("rows moved while a list was read: reading it again", "stream", g.parent.name)
	}
}

// readList reads a list to its end, or to where the rest is known to be old.
func (r *run) readList(ctx context.Context, g *group) (*census, error) {
	seen := new(census)
	since, last, descending := g.since(), int64(1)<<62, true
	request := g.parent.listRequest()
	request.Params = g.query()
	if g.parent.from != "" && since > 0 {
		request.Params.Set(g.parent.from, strconv.FormatInt(since-1, 10)) // whether the bound is in is not documented
	}
	arrive := func(ctx context.Context, p intercom.Page, items []item) (batch, bool, error) {
		seen.add(p.Total, items)
		for _, it := range items {
			descending = descending && it.updated <= last
			last = it.updated
		}
		if err := r.together(ctx, g, items); err != nil {
			return batch{}, false, err
		}
		seen.cut = g.parent.newest && descending && last < since
		return r.batch(items, nil), !seen.cut, nil
	}
	read := func(ctx context.Context) iter.Seq2[intercom.Page, error] { return r.client.List(ctx, request) }
	err := r.send(ctx, g, r.pages(g, read, arrive), nil)
	return seen, err
}

// syncSingle reads a table of one row.
func (r *run) syncSingle(ctx context.Context, g *group) error {
	g.version++
	whole, err := r.client.Object(ctx, g.parent.endpoint, "", holds(g.parent.items))
	if err != nil {
		return err
	}
	rows, err := pick(whole, g.parent.items)
	if err != nil {
		return err
	}
	if err := r.page(ctx, g, rows, nil); err != nil {
		return err
	}
	if err := r.activate(g, true); err != nil {
		return err
	}
	return r.finish(g)
}

// activate ends the full tables of a group that are known to be whole: rows of
// older versions are no more.
func (r *run) activate(g *group, whole bool) error {
	for _, o := range g.outs {
		if o.bookmark != "" || !whole || o.lost.Load() || o.partial.Load() || g.proved(o) != math.MaxInt64 {
			continue
		}
		if err := r.out.ActivateVersion(o.name, g.version); err != nil {
			return err
		}
	}
	return nil
}

// readWhole reads a short list at once, again if its rows moved meanwhile, and
// reports whether it is known to be whole. keep, unless it is nil, says what is
// kept of each row.
func (r *run) readWhole(ctx context.Context, request intercom.ListRequest, keep func(jsontext.Value) (jsontext.Value, error)) (rows []jsontext.Value, whole bool, err error) {
	for attempt := 1; ; attempt++ {
		rows = nil
		seen := new(census)
		for p, err := range r.client.List(ctx, request) {
			if err != nil {
				return nil, false, err
			}
			items := make([]item, len(p.Items))
			for i, raw := range p.Items {
				if items[i], err = newItem(raw, ""); err == nil && keep != nil {
					p.Items[i], err = keep(raw)
				}
				if err != nil {
					return nil, false, err
				}
			}
			seen.add(p.Total, items)
			rows = append(rows, p.Items...)
		}
		if !seen.moved() || attempt == listAttempts {
			if n := int64(len(seen.ids)); seen.total >= 0 && seen.total != n {
				r.short.add(slog.LevelWarn, notAllGiven, request.Endpoint, request.ID, n, seen.total)
			}
			return rows, seen.whole(), nil
		}
	}
}

// census counts the rows of a list's pages and compares what the pages say of
// their total. Of a row it keeps a hash of its id: lists have millions of rows,
// and a count that is off by one costs no more than another reading.
type census struct {
	pages    int
	seed     maphash.Seed
	ids      map[uint64]struct{}
	total    int64 // of the last page; -1 when it does not say
	disagree bool  // pages said different totals
	cut      bool  // not read to its end
}

func (c *census) add(total int64, items []item) {
	if c.pages++; c.pages == 1 {
		c.seed, c.ids, c.total = maphash.MakeSeed(), map[uint64]struct{}{}, total
	}
	c.disagree = c.disagree || c.total != total
	for _, it := range items {
		id := it.id
		if id == "" {
			id = string(it.raw) // a text, or an attribute without an id
		}
		c.ids[maphash.String(c.seed, id)] = struct{}{}
	}
}

// moved reports whether rows may have been missed between two pages.
func (c *census) moved() bool {
	return c.disagree || (!c.cut && c.pages > 1 && int64(len(c.ids)) < c.total)
}

// whole reports whether nothing is missing: there was one page, or the pages
// held as many rows as they said there are.
func (c *census) whole() bool {
	return !c.cut && !c.disagree && (c.total == int64(len(c.ids)) || (c.pages <= 1 && c.total < 0))
}
