package intercom

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
)

// growAfter is how many pages in a row have to arrive before a page size that
// was halved is doubled again.
const growAfter = 5

// SearchRequest asks for the items of a search endpoint by time.
type SearchRequest struct {
	Endpoint string // "/contacts/search"
	Key      string // member of the answer that holds the items
	Field    string // the time field, "updated_at"
	From, To int64  // unix seconds, both included
	Sorted   bool   // ask for ascending order of Field
	Params   url.Values

	// Elsewhere, when set, reports whether the caller can go on by another search
	// from what was given so far. A page that fails is then given up sooner.
	Elsewhere func() bool
}

// fewAttempts is how often a page is tried that another search may bring too.
const fewAttempts = 4

// Search reads what changed between From and To, page by page.
//
// The query is (Field > From AND Field < To) OR Field = From OR Field = To,
// which asks for at least the wanted items under every rule the API has for
// times: exact seconds, > that includes its bound (conversations, tickets),
// and whole days of the workspace's timezone, where > means "from the next
// day on" (contacts up to version 2.16). The days at both ends may bring items
// outside of From and To: the caller filters, and checks the order too, which
// is documented for contacts only.
//
// A page that fails with a server error or a timeout is asked for again at
// half its size; the size grows back. Pages that go in circles, or bring nothing
// new, end the search with ErrPageLoop. The error of a page that is not the first
// is ErrBrokenOff too: a cursor may be refused, or fail, that a search from a later
// second does without.
func (c *Client) Search(ctx context.Context, s SearchRequest) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		size := pageSize{now: c.pageSize, max: c.pageSize}
		cursor := ""
		guard := newGuard()
		for {
			failures := 0
			r := &request{
				method:   http.MethodPost,
				endpoint: s.Endpoint,
				path:     s.Endpoint,
				query:    s.Params,
				body:     func() []byte { return s.body(size.now, cursor) },
				stop: func(err error) bool {
					if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusTooManyRequests {
						failures++
					}
					return failures >= fewAttempts && cursor != "" && s.Elsewhere != nil && s.Elsewhere()
				},
				failed: func(err error) {
					if tooMuch(err) {
						size.shrink()
						c.log.Debug("page size halved", "endpoint", s.Endpoint, "per_page", size.now)
					}
				},
			}
			p, err := c.page(ctx, r, s.Key)
			if err != nil {
				if guard.pages > 0 {
					err = brokenOff(ctx, err)
				}
				yield(Page{}, err)
				return
			}
			size.ok()
			if cursor = p.next.Get("starting_after"); cursor == "" {
				p.next = nil // a link instead of a cursor: no search endpoint has one
			}
			if !guard.pass(r, p, cursor, yield) {
				return
			}
		}
	}
}

// tooMuch reports whether err may come from a page that was too large to be
// put together in time: smaller pages are known to cure 502 and 504 of search.
func tooMuch(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status >= 500 || e.Status == http.StatusRequestTimeout
	}
	return true
}

// pageSize is how many items the next page is asked for.
type pageSize struct{ now, max, good int }

func (p *pageSize) shrink() { p.now, p.good = max(p.now/2, 1), 0 }

func (p *pageSize) ok() {
	if p.good++; p.good >= growAfter && p.now < p.max {
		p.now, p.good = min(2*p.now, p.max), 0
	}
}

type (
	searchBody struct {
		Query      group      `json:"query"`
		Pagination pagination `json:"pagination"`
		Sort       *sortBy    `json:"sort,omitempty"`
	}
	group struct {
		Operator string `json:"operator"`
		Value    []any  `json:"value"`
	}
	filter struct {
		Field    string `json:"field"`
		Operator string `json:"operator"`
		Value    int64  `json:"value"`
	}
	pagination struct {
		PerPage       int    `json:"per_page"`
		StartingAfter string `json:"starting_after,omitempty"`
	}
	sortBy struct {
		Field string `json:"field"`
		Order string `json:"order"`
	}
)

// body is the search as Intercom wants it.
func (s SearchRequest) body(perPage int, cursor string) []byte {
	is := func(operator string, value int64) filter { return filter{s.Field, operator, value} }
	b := searchBody{
		Query: group{"OR", []any{
			group{"AND", []any{is(">", s.From), is("<", s.To)}},
			is("=", s.From),
			is("=", s.To),
		}},
		Pagination: pagination{perPage, cursor},
	}
	if s.Sorted {
		b.Sort = &sortBy{s.Field, "ascending"}
	}
	text, err := json.Marshal(b)
	if err != nil {
		panic("intercom: " + err.Error()) // strings and integers only
	}
	return text
}
