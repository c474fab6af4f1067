package intercomtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Searches: POST /contacts/search, /companies/search, /conversations/search,
// /tickets/search.
//
// Behaviour:
//   - filters are {field, operator, value}; groups {operator: AND|OR, value:
//     [...]} nest two levels and hold at most 15 entries
//   - an unknown field is 400 invalid_field, a value or operator that does not
//     go with the field's type 400 type_mismatch or parameter_invalid
//   - answers are sorted by sort.field, ties by creation; a cursor holds the
//     place in that order
//   - how dates compare differs by resource and version, see dates
//
// The codes of refused operators and values are a choice among those that the
// API documents; which of them it really uses is not known. So is the order of
// a search that asks for none: here the newest come first.

// A kind is the type that a field has for searches.
type kind uint8

const (
	textual kind = iota
	number
	boolean
	date
	customDate // a date among the custom attributes
	tagSet     // a set of ids that knows only = and !=
	idSet
	serial // an id of digits: documented as a string; the empty one is before all
)

// dates says how a resource compares dates.
type dates uint8

const (
	// inclusive: exact seconds; > and < take equal ones too, as documented
	// for conversations and tickets.
	inclusive dates = iota
	// byDay: contacts up to 2.16. The value is cut to its calendar day in the
	// workspace's timezone; = is the whole day, > begins with the next, < ends
	// before it; no other operator is known.
	byDay
	// exact: contacts from 2.17. Exact seconds, > and < exclude equal ones, >=
	// and <= exist; custom dates are days of UTC.
	exact
)

// A searchSpec says what one resource lets be searched.
type searchSpec struct {
	fields   map[string]kind
	custom   func(field string) (kind, bool) // fields named by the workspace
	dates    dates
	zone     *time.Location
	strict   bool // sort.order must be one of the two words
	unsorted bool // sort is ignored: newest updated first
	perPage  int
	most     int
}

// A subject is a row that can be searched.
type subject interface {
	base() *record
	lookup(field string) any
}

// lookup finds a field of a record by its dotted name.
func (r *record) lookup(field string) any {
	switch field {
	case "id":
		return r.id
	case "created_at":
		return r.created
	case "updated_at":
		return r.updated
	}
	return walk(r.object(), field)
}

func walk(o Object, field string) any {
	if v, found := o[field]; found {
		return v
	}
	// The names of custom attributes may hold dots themselves, so the rest of
	// the name is tried as it stands before it is cut further.
	first, rest, found := strings.Cut(field, ".")
	if inner := asObject(o[first]); found && inner != nil {
		return walk(inner, rest)
	}
	return nil
}

type searchBody struct {
	Query      *filter `json:"query"`
	Pagination struct {
		PerPage       json.Number `json:"per_page"`
		StartingAfter *string     `json:"starting_after"`
	} `json:"pagination"`
	Sort *struct {
		Field string `json:"field"`
		Order string `json:"order"`
	} `json:"sort"`
}

// A refusal is an error that becomes a 400.
type refusal struct{ code, message string }

func (e *refusal) Error() string  { return e.message }
func (e *refusal) answer() answer { return fail(400, e.code, e.message) }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// A hitList is one page of what a search found.
type hitList[T subject] struct {
	rows  []T
	total int
	pages []byte
}

// search answers a search request over rows.
func search[T subject](r *request, spec searchSpec, rows []T) (hitList[T], *refusal) {
	var none hitList[T]
	var body searchBody
	d := json.NewDecoder(strings.NewReader(string(r.body)))
	d.UseNumber()
	if err := d.Decode(&body); err != nil {
		return none, refuse("bad_request", "Malformed JSON in request body")
	}
	match := func(subject) bool { return true }
	if body.Query == nil {
		return none, refuse("parameter_missing", "query is required")
	}
	if body.Query.Operator != "" || body.Query.Field != "" {
		var bad *refusal
		if match, bad = spec.compile(body.Query, 0); bad != nil {
			return none, bad
		}
	}
	perPage := spec.perPage
	if n := body.Pagination.PerPage; n != "" {
		v, err := n.Int64()
		if err != nil || v < 1 || v > int64(spec.most) {
			return none, refuse("parameter_invalid", "per_page must be between 1 and %d", spec.most)
		}
		perPage = int(v)
	}
	sortField, descending := "updated_at", true
	if s := body.Sort; s != nil && !(spec.unsorted) {
		if s.Field != "" {
			if _, known := spec.kindOf(s.Field); !known {
				return none, refuse("invalid_field", "Invalid sort field '%s'", s.Field)
			}
			sortField = s.Field
		}
		switch s.Order {
		case "ascending", "":
			descending = false
		case "descending":
		case "asc", "desc":
			if !spec.strict {
				descending = s.Order == "desc"
				break
			}
			fallthrough
		default:
			return none, refuse("invalid_sort_order", "Invalid sort order '%s'. Must be one of: ascending, descending", s.Order)
		}
	}
	var after *cursor
	page := 1
	if s := body.Pagination.StartingAfter; s != nil && *s != "" {
		c, valid := parseCursor(*s)
		if !valid {
			return none, refuse("parameter_invalid", "starting_after is not a valid cursor")
		}
		after, page = &c, c.Page+1
	}
	hits := pageOf(rows, match, sortField, descending, after, page, perPage)
	if r.endless {
		hits.again(after, page, perPage, descending)
	}
	return hits, nil
}

// again has the last page lead to itself, by a cursor that is new each time.
func (h *hitList[T]) again(after *cursor, page, perPage int, descending bool) {
	if asObject(decode(h.pages)["next"]) != nil || len(h.rows) == 0 {
		return
	}
	before := cursor{Sort: math.MinInt64} // all rows
	if descending {
		before.Sort = math.MaxInt64
	}
	if after != nil {
		before = *after
	}
	before.Page = page
	h.pages = cursorPages(page, perPage, h.total, before.String())
}

// A place is a row with where it stands in the order of an answer.
type place[T subject] struct {
	cursor
	row T
}

// pageOf sorts what matches and cuts the page that comes after the cursor.
func pageOf[T subject](rows []T, match func(subject) bool, field string, descending bool, after *cursor, page, perPage int) hitList[T] {
	order := func(a, b cursor) int {
		c := cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.Text, b.Text))
		if descending {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a.Seq, b.Seq))
	}
	var places []place[T]
	keep := func() {
		slices.SortFunc(places, func(a, b place[T]) int { return order(a.cursor, b.cursor) })
		places = places[:min(len(places), perPage+1)]
	}
	var bound *cursor // what lies beyond it cannot be on the page
	total := 0
	for _, row := range rows {
		if !match(row) {
			continue
		}
		total++
		p := place[T]{cursor{Seq: row.base().seq}, row}
		switch v := row.lookup(field).(type) {
		case string:
			if n, isNumber := whole(v); isNumber {
				p.Sort = n
			} else {
				p.Text = v
			}
		default:
			p.Sort, _ = whole(v)
		}
		if after != nil && order(p.cursor, *after) <= 0 || bound != nil && order(p.cursor, *bound) > 0 {
			continue
		}
		if places = append(places, p); len(places) > 4*perPage+100 {
			keep()
			bound = &places[perPage].cursor
		}
	}
	keep()
	next := ""
	if len(places) > perPage {
		places = places[:perPage]
		last := places[perPage-1].cursor
		last.Page = page
		next = last.String()
	}
	hits := hitList[T]{total: total, pages: cursorPages(page, perPage, total, next)}
	for _, p := range places {
		hits.rows = append(hits.rows, p.row)
	}
	return hits
}
