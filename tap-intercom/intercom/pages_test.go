package intercom_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"intercomdw/singer/secret"
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
			`{"data":[],"pages":{"next":"/x?page=3"}}`}, 1},
		"a link that leads nowhere": {[]string{`{"data":[{"id":"1"}],"pages":{"next":"https://api.intercom.io/x"}}`}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := handler(t, func(w http.ResponseWriter, r *http.Request) {
				n := 1
				fmt.Sscan(r.FormValue("page")+r.FormValue("starting_after"), &n)
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
		c := newClient(t, s.URL, nil, intercom.Options{})
		if rows, err := c.All(t.Context(), intercom.ListRequest{Endpoint: "/x", Key: "admins"}); err == nil {
			t.Errorf("%s: %d rows and no error", body, len(rows))
		}
	}
}

func TestCirclingPagesEnd(t *testing.T) {
	t.Parallel()
	next := map[string]string{"": "A", "A": "B", "B": "A"}
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
		fmt.Fprintf(w, `{"data":[{"id":"1"}],"pages":{"next":{"starting_after":%q}}}`, next[at])
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

// scroll reads a scroll and returns how many companies it gave, and how many
// of them twice.
func scroll(t *testing.T, c *intercom.Client) (rows, twice int, err error) {
	t.Helper()
	seen := map[string]bool{}
	for p, err := range c.Scroll(t.Context(), "/companies/scroll", "data") {
		if err != nil {
			return rows, twice, err
		}
		for _, item := range p.Items {
			var row struct {
				ID string `json:"id"`
			}
			if err := json.Unmarshal(item, &row); err != nil {
				t.Fatal(err)
			}
			if rows++; seen[row.ID] {
				twice++
			}
			seen[row.ID] = true
		}
	}
	return rows, twice, nil
}

func TestScrollWaitsForAnotherScrollToExpire(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		for _, err := range c.Scroll(t.Context(), "/companies/scroll", "data") {
			if err != nil {
				t.Fatal(err)
			}
			break // left open
		}
		began := time.Now()
		rows, _, err := scroll(t, c)
		if err != nil || rows != 40 {
			t.Errorf("scroll = %d rows, %v; want 40", rows, err)
		}
		if took := time.Since(began); took < time.Minute || took > 2*time.Minute {
			t.Errorf("waited %v, want a little more than a minute", took)
		}
	})
}

func TestScrollGivesUpOnAScrollThatNeverEnds(t *testing.T) {
	t.Parallel()
	busy := `{"type":"error.list","errors":[{"code":"scroll_exists","message":"scroll already exists for this workspace"}]}`
	inBubble(t, intercomtest.Options{}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.Control(intercomtest.Fault{Path: "/companies/scroll", Times: -1, Status: 400, Body: busy})
		_, _, err := scroll(t, c)
		if !errors.Is(err, intercom.ErrScrollBusy) || !strings.Contains(err.Error(), "another integration") {
			t.Errorf("error %v, want one that says who scrolls", err)
		}
	})
}

func TestScrollStartsOverWhenItIsLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]intercomtest.Fault{
		"404":                {Status: 404},
		"500":                {Status: 500},
		"answer got lost":    {Cut: 100},
		"dropped connection": {Drop: true},
		"empty answer":       {Status: 200, Body: " "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, intercomtest.Options{Companies: 95, ScrollPage: 10}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
				fault.Path, fault.Skip = "/companies/scroll", 4
				s.Control(fault)
				rows, twice, err := scroll(t, c)
				if err != nil || rows != 95 || twice != 0 {
					t.Errorf("scroll = %d rows, %d twice, %v; want 95 once", rows, twice, err)
				}
				if param := s.Requests()[5].Query; param != "" {
					t.Errorf("request after the fault asked for %q, want a new scroll", param)
				}
			})
		})
	}
}

func TestScrollPageIsAskedForAgainWhenThrottled(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{Companies: 95, ScrollPage: 10}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.Control(intercomtest.Fault{Path: "/companies/scroll", Skip: 4, Status: 429})
		if rows, _, err := scroll(t, c); err != nil || rows != 95 {
			t.Errorf("scroll = %d rows, %v", rows, err)
		}
		if n := s.Count("", "/companies/scroll"); n != 12 { // 10 pages, the empty one, the refused one
			t.Errorf("%d requests, want 12", n)
		}
	})
}

func TestScrollEndsOnARepeatedPage(t *testing.T) {
	t.Parallel()
	asked := 0
	s := handler(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		fmt.Fprint(w, `{"data":[{"id":"a"},{"id":"b"}],"pages":null,"total_count":null,"scroll_param":"s"}`)
	})
	c := newClient(t, s.URL, nil, intercom.Options{})
	if rows, _, err := scroll(t, c); err != nil || rows != 2 || asked != 2 {
		t.Errorf("scroll = %d rows in %d requests, %v; want 2 in 2", rows, asked, err)
	}
}

// TestScrollKeepsLittleOfEachItem scrolls through as many items as a large
// workspace has companies, and looks at the memory before the last page.
func TestScrollKeepsLittleOfEachItem(t *testing.T) {
	const pages, perPage = 200, 1000
	asked := 0
	client, err := intercom.NewClient(intercom.Options{Token: secret.New("t"), HTTP: &http.Client{Transport: roundTrip(func(*http.Request) string {
		var items []string
		for i := range perPage {
			if asked < pages {
				items = append(items, fmt.Sprintf(`{"type":"company","id":"%024x"}`, asked*perPage+i))
			}
		}
		asked++
		return `{"scroll_param":"s","data":[` + strings.Join(items, ",") + `]}`
	})}})
	if err != nil {
		t.Fatal(err)
	}
	before, kept, items := heap(), int64(0), 0
	for p, err := range client.Scroll(t.Context(), "/companies/scroll", "data") {
		if err != nil {
			t.Fatal(err)
		}
		if items += len(p.Items); items == pages*perPage {
			kept = heap() - before
		}
	}
	if each := kept / (pages * perPage); items != pages*perPage || each > 60 {
		t.Errorf("%d items of %d came, %d bytes are kept of each", items, pages*perPage, each)
	}
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
