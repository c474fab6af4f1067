package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// output is a selected stream on its way out.
type output struct {
	*stream
	group     *group
	schema    jsontext.Value // as sent: without what is not selected
	shape     *shape
	transform *transform
	insisted  bool // asked for by name
	full      bool // a bookmark that it has is not looked at

	initial  int64 // bookmark at the start of the run
	since    int64 // rows before this are not wanted
	mark     int64 // bookmark now
	records  int64
	counted  int64 // of records, by the counter
	counter  *singer.Counter
	nameless int64       // relations to nothing
	reached  atomic.Bool // rows of its parent, or its own, have come in this run
	came     atomic.Bool // rows of a child have come in this run
	lost     atomic.Bool // turned out to be unreadable on the way
	partial  atomic.Bool // not known to be whole: rows may have been missed
}

// group is a parent stream and its children: what one pass over the parent's
// rows yields. The parent itself need not be selected.
type group struct {
	parent *stream
	head   *output // the parent, nil when it is not selected
	outs   []*output
	seen   map[string]int64 // rows that earlier runs sent, by id
	recent *recent
	short  *shortfalls

	missing map[*stream]*missing // by the child that was called for
	late    int64                // parents with rows that are newer than they are
	future  int64                // rows that are dated later than horizon
	horizon int64                // a day after the run began

	version   int64     // of its full tables
	until     int64     // visited: the last second for which parents are asked
	extracted time.Time // when the page at hand was read
	begun     bool      // guarded by run.stating
	ended     bool      // nothing is left to do in this run; guarded by run.stating
}

// items reads the rows of a page.
func (g *group) items(raws []jsontext.Value) ([]item, error) {
	items := make([]item, 0, len(raws))
	for _, o := range g.outs {
		if len(raws) > 0 {
			o.reached.Store(true)
		}
	}
	for _, raw := range raws {
		it, err := newItem(raw, g.parent.clock())
		if err != nil {
			return nil, err
		}
		if it.updated > g.horizon {
			g.future++
		}
		items = append(items, it)
	}
	return items, nil
}

// since is the earliest moment that some stream of the group wants.
func (g *group) since() int64 {
	since := g.outs[0].since
	for _, o := range g.outs[1:] {
		since = min(since, o.since)
	}
	return since
}

// wants reports whether o is to have the rows of it. upper is the last second
// of the run.
func (g *group) wants(o *output, it item, upper int64) bool {
	switch {
	case o.lost.Load():
		return false
	case o.dialect == visited:
		return true
	case o.bookmark == "" || it.updated == 0:
		return true
	case it.updated < o.since || it.updated > upper:
		return false
	}
	before, known := g.seen[it.id]
	return !known || before != it.updated || it.updated > o.initial
}

// wanted reports whether any stream of the group wants it.
func (g *group) wanted(it item, upper int64) bool {
	for _, o := range g.outs {
		if g.wants(o, it, upper) {
			return true
		}
	}
	return false
}

// output returns the output of a stream of the group, nil when it is not
// selected.
func (g *group) output(s *stream) *output {
	for _, o := range g.outs {
		if o.stream == s {
			return o
		}
	}
	return nil
}

// follow returns the children for which calls may be needed: those selected,
// and those whose list in the parent is.
func (g *group) follow() []*stream {
	var follow []*stream
	for _, child := range childrenOf(g.parent.name) {
		if child.endpoint == "" {
			continue
		}
		if len(g.feeds(child)) > 0 || (child.dialect == embedded && g.keepsList(child)) {
			follow = append(follow, child)
		}
	}
	return follow
}

// keepsList reports whether the parent's own record shows the list of child.
func (g *group) keepsList(child *stream) bool {
	if g.head == nil {
		return false
	}
	field := g.head.shape.members[child.field()]
	return field != nil && !field.unwanted
}

// details is what further calls brought for one item.
type details map[*stream][]jsontext.Value

// bytes is how much memory they take, more or less.
func (d details) bytes() (n int64) {
	for _, rows := range d {
		for _, row := range rows {
			n += int64(len(row))
		}
	}
	return n
}

// details makes the calls that an item needs. A child that has gone since the
// parent was read has no rows.
func (r *run) details(ctx context.Context, g *group, follow []*stream, it item) (details, error) {
	var found details
	for _, child := range follow {
		if child.dialect == together {
			if found == nil {
				found = details{}
			}
			found[child] = it.more[child]
			continue
		}
		outs := g.feeds(child)
		wanted := g.wantsAny(outs, it, r.upper)
		shown := child.dialect == embedded && g.keepsList(child) && g.wants(g.head, it, r.upper)
		if !wanted && (!shown || r.cannot(child)) {
			continue
		}
		call := g.missing[child].begin()
		rows, asked, err := r.fetch(ctx, child, outs, it, wanted, found)
		switch {
		case err == nil && asked:
			g.missing[child].found(call)
		case err == nil:
		case errors.Is(err, intercom.ErrNotFound) || errors.Is(err, intercom.ErrGone):
			if many := r.absent(g, child, call, it, err); many != nil {
				r.lose(child, outs, many)
			}
			continue
		default:
			err = r.judge(ctx, child, err)
			if r.ownError(err) {
				r.lose(child, outs, err)
				continue
			}
			return nil, fmt.Errorf("%s of %s %s: %w", child.name, g.parent.name, it.id, err)
		}
		if asked {
			if found == nil {
				found = details{}
			}
			found[child] = rows
			came(outs, rows)
		}
	}
	return found, nil
}

// came notes that rows of outs have come.
func came(outs []*output, rows []jsontext.Value) {
	for _, o := range outs {
		if len(rows) > 0 {
			o.came.Store(true)
		}
	}
}

// fetch calls for the rows of a child when the item does not hold them. outs
// are what they feed, nothing when only the list in the parent is wanted.
func (r *run) fetch(ctx context.Context, child *stream, outs []*output, it item, wanted bool, found details) (rows []jsontext.Value, asked bool, err error) {
	switch child.dialect {
	case visited:
		rows, err := r.visit(ctx, outs[0], it)
		return rows, true, err
	case deep:
		rows, err := r.deepRows(ctx, child, outs, it, found)
		return rows, true, err
	case each:
		rows, whole, err := r.readWhole(ctx, child.childRequest(it.id), child.keep(outs))
		for _, o := range outs {
			if !whole {
				o.partial.Store(true)
			}
		}
		return rows, true, err
	case detail:
		if child.only != "" {
			found, err := pick(it.raw, child.only)
			if err != nil || string(found[0]) != "true" {
				return nil, false, err
			}
		}
		whole, err := r.client.Object(ctx, child.endpoint, it.id, child.accepts(it.id))
		if err != nil {
			return nil, false, err
		}
		l, err := within(whole, child.within)
		if err == nil {
			r.short.check(child.name, it.id, l)
			err = r.short.checkCounted(child, it.id, whole, l)
		}
		return l.rows, true, err
	}
	l, err := within(it.raw, child.within)
	if err != nil {
		return nil, false, err
	}
	if child.when == hasMore {
		came(outs, l.rows)
	}
	some := len(l.rows) > 0 || (l.total != "" && l.total != "0")
	if !l.hasMore && !l.odd && !(child.when == notNone && some && wanted) {
		return nil, false, nil
	}
	rows, _, err = r.readWhole(ctx, child.childRequest(it.id), child.keep(outs))
	for i := range rows {
		if err == nil && child.url != "" {
			rows[i], err = withURL(rows[i], child.url)
		}
	}
	return rows, true, err
}

// keep cuts rows that only relate down to what is written of them, in the records
// of outs and in the lists of parents; nil where rows are written whole. A company
// has thousands of contacts, with all that is known of each.
func (s *stream) keep(outs []*output) func(jsontext.Value) (jsontext.Value, error) {
	if !s.refs {
		return nil
	}
	names := slices.Clone(referenced)
	for _, o := range outs {
		for _, name := range slices.Sorted(maps.Keys(o.shape.members)) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return func(row jsontext.Value) (jsontext.Value, error) { return picked(row, names) }
}

// emit writes the records that an item yields: its own, then its children's.
func (r *run) emit(g *group, it item, found details) error {
	if late, err := g.parent.outlived(it); err != nil {
		return fmt.Errorf("%s %s: %w", g.parent.name, it.id, err)
	} else if late {
		g.late++
	}
	for _, o := range g.outs {
		if !g.wants(o, it, r.upper) {
			continue
		}
		if o == g.head {
			raw, err := g.whole(it, found)
			if err != nil {
				return fmt.Errorf("%s %s: %w", o.name, it.id, err)
			}
			if err := r.record(o, raw); err != nil {
				return err
			}
			continue
		}
		rows, err := g.childRows(o, it, found)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", o.name, it.id, err)
		}
		if o.dialect == visited {
			if rows, err = g.fresh(o, rows); err != nil {
				return err
			}
		}
		for _, row := range rows {
			if o.namesNothing(row.raw) {
				o.nameless++
				continue
			}
			if err := r.record(o, row.raw, row.lead...); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesNothing reports whether a row that relates its parent to something by id has
// none: it is no relation, and a record without its key.
func (s *stream) namesNothing(row jsontext.Value) bool {
	if s.parent == "" || s.idAs == "" || row.Kind() != '{' {
		return false
	}
	id, err := pick(row, "id")
	return err == nil && (len(id[0]) == 0 || id[0].Kind() == 'n')
}

// whole is the parent's item with the lists it shows made whole.
func (g *group) whole(it item, found details) (jsontext.Value, error) {
	raw := it.raw
	for child, rows := range found {
		if child.dialect != embedded || !g.keepsList(child) {
			continue
		}
		var err error
		if raw, err = withWhole(raw, child.within, rows); err != nil {
			return nil, err
		}
	}
	return raw, nil
}

// record writes one record.
func (r *run) record(o *output, row jsontext.Value, lead ...member) error {
	record, err := o.transform.record(row, o.idAs, lead...)
	if err != nil {
		return fmt.Errorf("%s: %w", o.name, err)
	}
	o.records++
	if r.progress != nil {
		r.progress(o.name, 1, int64(len(record)))
	}
	options := singer.RecordOptions{TimeExtracted: o.group.extracted}
	if o.bookmark == "" {
		options.Version, options.HasVersion = o.group.version, true
	}
	return r.out.Record(o.name, record, options)
}

// field is the member of the parent that holds the rows of a child.
func (s *stream) field() string {
	name, _, _ := strings.Cut(strings.TrimSuffix(s.within, "/"), ".")
	return name
}

// clock is the member of an item that dates it.
func (s *stream) clock() string { return cmp.Or(s.bookmark, "updated_at") }

func (s *stream) query() url.Values {
	query, err := url.ParseQuery(s.params)
	if err != nil {
		panic("tap: parameters of " + s.name + ": " + err.Error())
	}
	return query
}

func (s *stream) listRequest() intercom.ListRequest {
	return intercom.ListRequest{Endpoint: s.endpoint, Key: s.items, Params: s.query(), PerPage: s.perPage, ID: s.of}
}

// childRequest asks for the rows that belong to one parent. Where the API wants
// the parent among the parameters, it is put there.
func (s *stream) childRequest(parent string) intercom.ListRequest {
	request := s.listRequest()
	request.ID = parent
	for _, values := range request.Params {
		for i := range values {
			values[i] = strings.ReplaceAll(values[i], "{id}", parent)
		}
	}
	return request
}

// query is that of the parent's call, with the flags that bring what children,
// or the lists shown in the parent, are made of.
func (g *group) query() url.Values {
	query := g.parent.query()
	for _, child := range childrenOf(g.parent.name) {
		if child.flag != "" && (g.output(child) != nil || g.keepsList(child)) {
			query.Set(child.flag, "true")
		}
	}
	return query
}

func (s *stream) searchRequest(query url.Values, from, to int64, sorted bool) intercom.SearchRequest {
	return intercom.SearchRequest{
		Endpoint: s.endpoint, Key: s.items, Params: query,
		Field: s.bookmark, From: max(from, 0), To: to, Sorted: sorted,
	}
}

func timeText(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.RFC3339) }
