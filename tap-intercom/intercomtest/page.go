package intercomtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
)

// The dialects of paging. The scroll has a file of its own.

// A cursor says after which row an answer begins. To the caller it is opaque.
// It holds the place in the order, not an offset: rows that change while a
// listing goes on are met again or not at all, as with any keyset.
type cursor struct {
	Sort int64  `json:"s"`
	Text string `json:"t,omitempty"`
	Seq  int64  `json:"q"`
	Page int    `json:"p"`
}

func (c cursor) String() string { return base64.StdEncoding.EncodeToString(encode(c)) }

func parseCursor(s string) (cursor, bool) {
	var c cursor
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || json.Unmarshal(b, &c) != nil {
		return cursor{}, false
	}
	return c, true
}

// cursorPages is the pages object of a listing by cursor; next is "" on the
// last page, which then has no next member at all, as in the API's examples.
func cursorPages(page, perPage, total int, next string) []byte {
	var w writer
	w.value("type", "pages")
	if next != "" {
		w.value("next", Object{"page": page + 1, "per_page": perPage, "starting_after": next})
	}
	w.value("page", page)
	w.value("per_page", perPage)
	w.value("total_pages", pagesOf(total, perPage))
	return w.object()
}

func pagesOf(total, perPage int) int { return (total + perPage - 1) / perPage }

// A numbered page of rows, as the older listings cut them.
type numbered struct{ page, perPage int }

// numberedPage reads page and per_page from the query.
func numberedPage(q url.Values, standard, most int) (numbered, error) {
	n := numbered{1, standard}
	for name, field := range map[string]*int{"page": &n.page, "per_page": &n.perPage} {
		s := q.Get(name)
		if s == "" {
			continue
		}
		v, err := strconv.Atoi(s)
		if err != nil || v < 1 {
			return n, fmt.Errorf("%s must be a positive integer", name)
		}
		*field = v
	}
	if n.perPage > most {
		return n, fmt.Errorf("per_page must be between 1 and %d", most)
	}
	return n, nil
}

// cut returns the page's share of rows.
func cut[T any](n numbered, rows []T) []T {
	from := min((n.page-1)*n.perPage, len(rows))
	return rows[from:min(from+n.perPage, len(rows))]
}

// linkPages is the pages object whose next is a URL. As in the real API the
// URL names the public host, whatever host was asked: a client that follows
// it as it stands leaves the server it was configured for.
func linkPages(r *request, n numbered, total int) []byte {
	var next any
	if n.page*n.perPage < total {
		q := url.Values{}
		for k, v := range r.query {
			q[k] = v
		}
		q.Set("per_page", strconv.Itoa(n.perPage))
		q.Set("page", strconv.Itoa(n.page+1))
		next = "https://api.intercom.io" + r.URL.Path + "?" + q.Encode()
	}
	var w writer
	w.value("type", "pages")
	w.value("next", next)
	w.value("page", n.page)
	w.value("per_page", n.perPage)
	w.value("total_pages", pagesOf(total, n.perPage))
	return w.object()
}
