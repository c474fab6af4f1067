package intercom_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"intercomdw/tap-intercom/intercom"
	"intercomdw/tap-intercom/intercomtest"
)

func TestListSpeaksEveryDialect(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pages []string // by page; the parameter that asks for the next is page or starting_after
		want  int
	}{
		"no paging at all":        {[]string{`{"type":"list","data":[{"id":"1"},{"id":"2"}]}`}, 2},
		"null for pages":          {[]string{`{"data":[{"id":"1"}],"pages":null}`}, 1},
		"null among the items":    {[]string{`{"data":[null,{"id":"1"},null]}`}, 1},
		"the schema's other name": {[]string{`{"companies":[{"id":"1"}],"data":null}`}, 1},
		"linked by URL": {[]string{
			`{"data":[{"id":"1"}],"pages":{"type":"pages","next":"https://api.intercom.io/x?page=2","page":1,"total_pages":2}}`,
			`{"data":[{"id":"2"}],"pages":{"type":"pages","next":null,"page":2,"total_pages":2}}`}, 2},
		"by cursor": {[]string{
			`{"data":[{"id":"1"}],"pages":{"next":{"page":2,"starting_after":"2"}}}`,
			`{"data":[{"id":"2"}],"pages":{"page":2}}`}, 2},
		"counts as strings": {[]string{
			`{"data":[{"id":"1"}],"total_count":"2","pages":{"next":"/x?page=2","page":"1","per_page":"1"}}`,
			`{"data":[{"id":"2"}],"total_count":"2","pages":{"page":"2","per_page":"1"}}`}, 2},
		"numbers beside the items": {[]string{
			`{"data":[{"id":"1"}],"page":1,"total_pages":2}`,
			`{"data":[{"id":"2"}],"page":2,"total_pages":2}`}, 2},
		"numbers without a link": {[]string{
			`{"data":[{"id":"1"}],"pages":{"page":"1","total_pages":"2"}}`,
			`{"data":[{"id":"2"}],"pages":{"page":2,"total_pages":2}}`}, 2},
		"no next page whatever the numbers say": {[]string{`{"data":[{"id":"1"}],"pages":{"next":null,"page":1,"total_pages":2}}`}, 1},
		"texts":                                 {[]string{`{"companies":["a","b",null]}`}, 2},
		"an empty page that claims another": {[]string{
			`{"data":[{"id":"1"}],"pages":{"next":"/x?page=2"}}`,
			`{"data":[],"pages":{"next":"/x?page=3"}}`,
			`{"data":[],"pages":{"next":"/x?page=4"}}`}, 1},
		"an empty page after all that there are": {[]string{
			`{"data":[{"id":"1"}],"total_count":1,"pages":{"next":"/x?page=2"}}`,
			`{"data":[],"total_count":1,"pages":{"next":"/x?page=3"}}`}, 1},
		"an empty page in the middle": {[]string{
			`{"data":[{"id":"1"}],"pages":{"next":"/x?page=2"}}`,
			`{"data":[],"pages":{"next":"/x?page=3"}}`,
			`{"data":[{"id":"2"}],"pages":{"next":null}}`}, 2},
		"an empty page that leads to itself": {[]string{
			`{"data":[{"id":"1"}],"pages":{"next":"/x?page=2"}}`,
			`{"data":[],"pages":{"next":"/x?page=2"}}`}, 1},
		"numbers for cursors": {[]string{
			`{"data":[{"id":"1"}],"pages":{"next":{"page":2,"starting_after":2}}}`,
			`{"data":[{"id":"2"}],"pages":{"page":2,"next":{}}}`}, 2},
		"a row that moved to the next page": {[]string{
			`{"data":[{"id":"1"}],"total_count":2,"pages":{"next":"/x?page=2"}}`,
			`{"data":[{"id":"1"}],"total_count":3,"pages":{"next":"/x?page=3"}}`,
			`{"data":[{"id":"2"}],"total_count":3,"pages":{"next":null}}`}, 3},
		"a link that leads nowhere": {[]string{`{"data":[{"id":"1"}],"pages":{"next":"https://api.intercom.io/x"}}`}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := handler(t, func(w http.ResponseWriter, r *http.Request) {
				n := 1
				if fmt.Sscan(r.FormValue("page")+r.FormValue("starting_after"), &n); n > len(tt.pages) {
					http.Error(w, `{"errors":[{"code":"not_found"}]}`, http.StatusNotFound)
					return
				}
				fmt.Fprint(w, tt.pages[n-1])
			})
			c := newClient(t, s.URL, nil, intercom.Options{})
			rows, err := c.All(t.Context(), intercom.ListRequest{Endpoint: "/x", Key: "companies", PerPage: 5, Params: values("model", "contact")})
			if err != nil || len(rows) != tt.want {
				t.Errorf("All = %d rows, %v; want %d", len(rows), err, tt.want)
			}
		})
	}
}

func TestAnAnswerOfAnotherShapeIsNotAnEmptyList(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `{"data":{}}`, `{"tags":[]}`, `"data"`} {
		s := handler(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, body) })
		c := newClient(t, s.URL, nil, intercom.Options{Sleep: noWait})
		if rows, err := c.All(t.Context(), intercom.ListRequest{Endpoint: "/x", Key: "admins"}); !errors.Is(err, intercom.ErrUnusable) {
			t.Errorf("%s: %d rows and no error", body, len(rows))
		}
	}
}

func TestCirclingPagesEnd(t *testing.T) {
	t.Parallel()
	next := map[string]string{"": "A", "A": "B", "B": "A"}
	asked := 0
	s := handler(t, func(w http.ResponseWriter, r *http.Request) {
		at := r.FormValue("starting_after")
		if r.Method == http.MethodPost {
			var body struct {
				Pagination struct {
					StartingAfter string `json:"starting_after"`
				} `json:"pagination"`
			}
			raw, _ := io.ReadAll(r.Body)
			if err := json.Unmarshal(raw, &body); err != nil {
				t.Error(err)
			}
			at = body.Pagination.StartingAfter
		}
		asked++
		fmt.Fprintf(w, `{"data":[{"id":"%d"}],"pages":{"next":{"starting_after":%q}}}`, asked, next[at])
	})
	c := newClient(t, s.URL, nil, intercom.Options{})
	if rows, err := c.All(t.Context(), intercom.ListRequest{Endpoint: "/x", Key: "data"}); !errors.Is(err, intercom.ErrPageLoop) {
		t.Errorf("List = %d rows, %v; want ErrPageLoop", len(rows), err)
	}
	pages := 0
	for _, err := range c.Search(t.Context(), intercom.SearchRequest{Endpoint: "/x/search", Key: "data", Field: "updated_at"}) {
		if pages++; pages == 4 && !errors.Is(err, intercom.ErrPageLoop) {
			t.Fatalf("Search goes on: %v, want ErrPageLoop", err)
		}
	}
	if pages != 4 {
		t.Errorf("Search gave %d pages, want 3 and the error", pages)
	}
}

// TestPagingThatNeverEndsEnds gives the last page again and again under ever new
// cursors. Where as many rows came as the list counts it is read; where nothing says
// so, the rest may be out of reach.
func TestPagingThatNeverEndsEnds(t *testing.T) {
	t.Parallel()
	for total, whole := range map[string]bool{"7": true, "null": false, "8": false} {
		asked := 0
		s := handler(t, func(w http.ResponseWriter, r *http.Request) {
			var rows []string
			for id := min(asked*3, 4); id < min(asked*3, 4)+3; id++ {
				rows = append(rows, fmt.Sprintf(`{"signed":"%d","id":"%d"}`, asked, id))
			}
			asked++
			fmt.Fprintf(w, `{"data":[%s],"total_count":%s,"pages":{"next":{"starting_after":"c%d"}}}`, strings.Join(rows, ","), total, asked)
		})
		c := newClient(t, s.URL, nil, intercom.Options{})
		for name, pages := range map[string]iter.Seq2[intercom.Page, error]{
			"list":   c.List(t.Context(), intercom.ListRequest{Endpoint: "/x", Key: "data"}),
			"search": c.Search(t.Context(), intercom.SearchRequest{Endpoint: "/x/search", Key: "data", Field: "updated_at"}),
		} {
			asked = 0
			var ids []string
			var end error
			for p, err := range pages {
				for _, item := range p.Items {
					_, id, _ := strings.Cut(string(item), `"id":"`)
					ids = append(ids, id)
				}
				end = err
			}
			slices.Sort(ids)
			if n := len(slices.Compact(ids)); n != 7 || asked > 5 || errors.Is(end, intercom.ErrPageLoop) == whole || (end == nil) != whole {
				t.Errorf("%s of %s rows: %d came in %d requests, %v", name, total, n, asked, end)
			}
		}
	}
}

// TestPageThatFailsBreaksOff tells the failure of a page that is not the first from
// one of the first, and gives up sooner where the caller can go on elsewhere.
func TestPageThatFailsBreaksOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, skip, tries int
		elsewhere           bool
		kind                error
	}{
		{400, 2, 1, true, intercom.ErrRefused},
		{500, 2, 4, true, nil},
		{500, 2, 8, false, nil},
		{500, 0, 8, true, nil},
	} {
		inBubble(t, intercomtest.Options{Contacts: 50}, intercom.Options{PageSize: 10}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
			failed := s.Control(intercomtest.Fault{Path: "/contacts/search", Skip: tt.skip, Times: -1, Status: tt.status})
			request := everyContact
			request.Elsewhere = func() bool { return tt.elsewhere }
			rows := 0
			var end error
			for p, err := range c.Search(t.Context(), request) {
				rows += len(p.Items)
				end = err
			}
			if rows != 10*tt.skip || errors.Is(end, intercom.ErrBrokenOff) != (tt.skip > 0) || (tt.kind != nil && !errors.Is(end, tt.kind)) || failed.Hit() != tt.tries {
				t.Errorf("%+v: %d rows, %d tries, %v", tt, rows, failed.Hit(), end)
			}
		})
	}
}

// search reads all of a search and returns the ids.
func search(t *testing.T, c *intercom.Client, r intercom.SearchRequest) []string {
	t.Helper()
	var ids []string
	for p, err := range c.Search(t.Context(), r) {
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range p.Items {
			var row struct {
				ID string `json:"id"`
			}
			if err := json.Unmarshal(item, &row); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, row.ID)
		}
	}
	return ids
}

var everyContact = intercom.SearchRequest{
	Endpoint: "/contacts/search", Key: "data", Field: "updated_at", Sorted: true,
	From: 0, To: intercomtest.Epoch.Unix(),
}

func TestSearchFollowsTheCursorToTheEnd(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Contacts: 100})
	c := newClient(t, s.URL, s.Client(), intercom.Options{PageSize: 7})
	ids := search(t, c, everyContact)
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 100 {
		t.Errorf("%d contacts, want 100", n)
	}
	body := s.Requests()[0].Body
	want := `{"query":{"operator":"OR","value":[{"operator":"AND","value":[{"field":"updated_at","operator":">","value":0},` +
		`{"field":"updated_at","operator":"<","value":1767225600}]},{"field":"updated_at","operator":"=","value":0},` +
		`{"field":"updated_at","operator":"=","value":1767225600}]},"pagination":{"per_page":7},"sort":{"field":"updated_at","order":"ascending"}}`
	if body != want {
		t.Errorf("search body\n%s\nwant\n%s", body, want)
	}
}

func TestPageSizeHalvesOnServerErrorsAndGrowsBack(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{Contacts: 120}, intercom.Options{PageSize: 8}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.Control(intercomtest.Fault{Path: "/contacts/search", Skip: 1, Times: 2, Status: 504})
		if n := len(search(t, c, everyContact)); n != 120 {
			t.Errorf("%d contacts, want 120", n)
		}
		var sizes []string
		for _, r := range s.Requests() {
			_, rest, _ := strings.Cut(r.Body, `"per_page":`)
			size, _, _ := strings.Cut(rest, ",")
			sizes = append(sizes, strings.TrimRight(size, "}"))
		}
		want := "8 8 4 2 2 2 2 2 4 4 4 4 4 8"
		if got := strings.Join(sizes[:14], " "); got != want {
			t.Errorf("page sizes %s, want %s", got, want)
		}
	})
}

func TestThrottlingDoesNotShrinkPages(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{Contacts: 30}, intercom.Options{PageSize: 8}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.FailNext(2, "", "/contacts/search", 429)
		search(t, c, everyContact)
		for _, r := range s.Requests() {
			if !strings.Contains(r.Body, `"per_page":8`) {
				t.Errorf("page size changed: %s", r.Body)
			}
		}
	})
}

// roundTrip answers every request with a body.
type roundTrip func(*http.Request) string

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(f(r))), Request: r}, nil
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
