package intercomtest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// A listing is GET of all records of a kind, in one of the dialects.
type listing struct {
	kind          string
	typ           string // what the answer calls itself; "" means list
	key           string // the member that holds the records; "" means data
	dialect       dialect
	perPage, most int // rows a page; nothing when all come at once

	// newest is the order by updated_at, newest first, which listings by cursor
	// always have; otherwise records come in the order of their creation. by
	// names another time.
	newest bool
	by     string

	// of chooses among the records; nil takes all.
	of func(s *Server, r *request) (func(*record) bool, *answer)

	// texts is the version from which on page and per_page are strings.
	texts version

	// wire gives a record as it is listed; nil as it is kept.
	wire func(s *Server, r *request, row *record) []byte
}

// A dialect is how the pages of a listing hang together.
type dialect int

const (
	unpaged  dialect = iota
	linked           // pages.next is a URL
	topLevel         // page, per_page and total_pages stand beside data
	unlinked         // pages has no next
	keyset           // pages.next.starting_after
)

// handle answers with a page of the listing.
func (l listing) handle(s *Server, r *request) answer {
	rows := s.ws.kept[l.kind].rows
	if l.of != nil {
		wanted, refused := l.of(s, r)
		if refused != nil {
			return *refused
		}
		rows = slices.DeleteFunc(slices.Clone(rows), func(row *record) bool { return !wanted(row) })
	}
	if l.newest && l.dialect != keyset {
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b *record) int {
			x, _ := whole(a.lookup(l.order()))
			y, _ := whole(b.lookup(l.order()))
			return cmp.Compare(y, x)
		})
	}
	return l.answer(s, r, rows)
}

// answer answers with a page of rows.
func (l listing) answer(s *Server, r *request, rows []*record) answer {
	if l.dialect == keyset {
		return l.keyset(s, r, rows)
	}
	n := numbered{1, max(len(rows), 1)}
	if l.dialect != unpaged {
		var err error
		if n, err = numberedPage(r.query, l.perPage, l.most); err != nil {
			return badParameter(err.Error())
		}
	}
	w := l.begin(s, r, cut(n, rows))
	switch l.dialect {
	case linked:
		w.value("total_count", len(rows))
		pages := linkPages(r, n, len(rows))
		if l.texts > 0 && r.version >= l.texts {
			pages = encode(merge(decode(pages), Object{"page": strconv.Itoa(n.page), "per_page": strconv.Itoa(n.perPage)}))
		}
		w.raw("pages", pages)
	case unlinked:
		w.value("total_count", len(rows))
		w.value("pages", Object{"type": "pages", "page": n.page, "per_page": n.perPage, "total_pages": pagesOf(len(rows), n.perPage)})
	case topLevel:
		w.value("total_count", len(rows))
		w.value("page", n.page)
		w.value("per_page", n.perPage)
		w.value("total_pages", pagesOf(len(rows), n.perPage))
	}
	return ok(w.object())
}

// keyset answers with the page after a cursor, newest first. Its pages object
// does not tell how many there are.
func (l listing) keyset(s *Server, r *request, rows []*record) answer {
	n, err := numberedPage(r.query, l.perPage, l.most)
	if err != nil {
		return badParameter(err.Error())
	}
	var after *cursor
	if text := r.query.Get("starting_after"); text != "" {
		c, valid := parseCursor(text)
		if !valid {
			return badParameter("starting_after is not a valid cursor")
		}
		after, n.page = &c, c.Page+1
	}
	hits := pageOf(rows, func(subject) bool { return true }, l.order(), true, after, n.page, n.perPage)
	if r.endless {
		hits.again(after, n.page, n.perPage, true)
	}
	pages := Object{"type": "pages", "per_page": n.perPage, "next": nil}
	if next := asObject(decode(hits.pages)["next"]); next != nil {
		pages["next"] = Object{"starting_after": next["starting_after"]}
	}
	w := l.begin(s, r, hits.rows)
	w.value("pages", pages)
	return ok(w.object())
}

func (l listing) begin(s *Server, r *request, rows []*record) writer {
	items := make([][]byte, len(rows))
	for i, row := range rows {
		if items[i] = row.wire; l.wire != nil {
			items[i] = l.wire(s, r, row)
		}
	}
	var w writer
	w.value("type", cmp.Or(l.typ, "list"))
	w.list(cmp.Or(l.key, "data"), items)
	return w
}

func (l listing) order() string { return cmp.Or(l.by, "updated_at") }

// getKept answers with the record of a kind that the path names by id.
func getKept(kind, message string) handler {
	return func(s *Server, r *request) answer {
		return getRecord(s.ws.kept[kind], r, "not_found", message)
	}
}

// belonging chooses the records whose member is the id in the path, of a
// parent that must exist.
func belonging(parent, member, code, message string) func(*Server, *request) (func(*record) bool, *answer) {
	return func(s *Server, r *request) (func(*record) bool, *answer) {
		id := r.PathValue("id")
		if _, found := s.ws.kept[parent].get(id); !found {
			refused := fail(http.StatusNotFound, code, message)
			return nil, &refused
		}
		return func(row *record) bool { return text(row.peek()[member]) == id }, nil
	}
}
