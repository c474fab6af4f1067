package intercom_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"intercomdw/singer/secret"
	"intercomdw/tap-intercom/intercom"
	"intercomdw/tap-intercom/intercomtest"
)

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
	bare := "<html>nginx</html>"
	for name, fault := range map[string]intercomtest.Fault{
		"404":                {Status: 404},
		"404 of a proxy":     {Status: 404, Body: bare},
		"500 of a proxy":     {Status: 500, Body: bare},
		"answer got lost":    {Cut: 100},
		"dropped connection": {Drop: true},
		"empty answer":       {Status: 200, Body: " "},
		"another shape":      {Status: 200, Body: `{"type":"error.list","errors":[{"code":"server_error"}]}`},
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

// TestScrollGoesOnWithTheSameRequest has a page in the middle fail so that asking for
// it again gives it: nothing is read twice.
func TestScrollGoesOnWithTheSameRequest(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault  intercomtest.Fault
		params bool // each page has its own
	}{
		"an error of Intercom": {intercomtest.Fault{Status: 500, Times: 3}, false},
		"unavailable":          {intercomtest.Fault{Status: 503}, false},
		"an error of a proxy, pages have positions": {intercomtest.Fault{Status: 502, Body: "<html>"}, true},
		"an answer is lost, pages have positions":   {intercomtest.Fault{Cut: 100}, true},
		"hung up, pages have positions":             {intercomtest.Fault{Drop: true}, true},
		"another shape, pages have positions":       {intercomtest.Fault{Status: 200, Body: "{}"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, intercomtest.Options{Companies: 95, ScrollPage: 10, ScrollParams: tt.params}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
				tt.fault.Path, tt.fault.Skip = "/companies/scroll", 4
				failed := s.Control(tt.fault)
				rows, twice, err := scroll(t, c)
				if err != nil || rows != 95 || twice != 0 {
					t.Errorf("scroll = %d rows, %d twice, %v; want 95 once", rows, twice, err)
				}
				// 10 pages, the empty one and the 404 that confirms it.
				if n := s.Count("", "/companies/scroll"); n != 12+failed.Hit() || failed.Hit() == 0 {
					t.Errorf("%d requests, %d of them failed; want 12 beside those", n, failed.Hit())
				}
			})
		})
	}
}

// TestScrollIsReadToItsEnd reads scrolls with every end that others have met.
func TestScrollIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		o        intercomtest.Options
		requests int
	}{
		"an empty page":                  {intercomtest.Options{}, 4 + 2},
		"404":                            {intercomtest.Options{ScrollEnd: intercomtest.ScrollEndsNotFound}, 2 * (4 + 1)},
		"null for data":                  {intercomtest.Options{ScrollEnd: intercomtest.ScrollEndsNull}, 4 + 2},
		"no scroll_param":                {intercomtest.Options{ScrollEnd: intercomtest.ScrollEndsNoParam}, 4},
		"a hole":                         {intercomtest.Options{ScrollHole: 2}, 4 + 1 + 2},
		"a hole, and 404":                {intercomtest.Options{ScrollHole: 2, ScrollEnd: intercomtest.ScrollEndsNotFound}, 2 * (4 + 1 + 1)},
		"a hole before the last, params": {intercomtest.Options{ScrollHole: 3, ScrollParams: true, ScrollEnd: intercomtest.ScrollEndsNull}, 4 + 1 + 2},
		"nobody":                         {intercomtest.Options{Companies: -1}, 2},
		"nobody, and 404":                {intercomtest.Options{Companies: -1, ScrollEnd: intercomtest.ScrollEndsNotFound}, 2},
		"nobody, and no scroll_param":    {intercomtest.Options{Companies: -1, ScrollEnd: intercomtest.ScrollEndsNoParam}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.o.ScrollPage = 10; tt.o.Companies == 0 {
				tt.o.Companies = 40
			}
			inBubble(t, tt.o, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
				began := time.Now()
				rows, twice, err := scroll(t, c)
				if err != nil || rows != max(tt.o.Companies, 0) || twice != 0 {
					t.Errorf("scroll = %d rows, %d twice, %v; want %d once", rows, twice, err, tt.o.Companies)
				}
				if n := s.Count("", "/companies/scroll"); n != tt.requests || time.Since(began) > time.Minute {
					t.Errorf("%d requests in %v, want %d", n, time.Since(began), tt.requests)
				}
			})
		})
	}
}

// TestScrollThatExpiresIsNotAtItsEnd lets scrolls expire in the middle, at one page
// after the other: what answers 404 then is no end.
func TestScrollThatExpiresIsNotAtItsEnd(t *testing.T) {
	t.Parallel()
	for _, ends := range []intercomtest.ScrollEnd{intercomtest.ScrollEndsEmpty, intercomtest.ScrollEndsNotFound} {
		for at := 1; at < 10; at++ {
			inBubble(t, intercomtest.Options{Companies: 95, ScrollPage: 10, ScrollEnd: ends}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
				lost := s.Control(intercomtest.Fault{Path: "/companies/scroll", Skip: at, Times: 1, Handle: func(http.ResponseWriter, *http.Request) bool {
					s.EndScroll()
					return false
				}})
				rows, twice, err := scroll(t, c)
				if err != nil || rows != 95 || twice != 0 || lost.Hit() != 1 {
					t.Errorf("lost at page %d: scroll = %d rows, %d twice, %v; want 95 once", at, rows, twice, err)
				}
			})
			inBubble(t, intercomtest.Options{Companies: 95, ScrollPage: 10, ScrollEnd: ends}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
				slow := s.Control(intercomtest.Fault{Path: "/companies/scroll", Skip: at, Times: 1, Status: 503, Header: http.Header{"Retry-After": {"90"}}})
				rows, twice, err := scroll(t, c)
				passes := 0
				for _, r := range s.Requests() {
					if r.Query == "" {
						passes++
					}
				}
				if err != nil || rows != 95 || twice != 0 || slow.Hit() != 1 || passes < 2 {
					t.Errorf("expired at page %d: scroll = %d rows, %d twice, %v in %d passes; want 95 once", at, rows, twice, err, passes)
				}
			})
		}
	}
}

// TestScrollThatStumblesNowAndThen has pages fail by chance: few more requests are
// made than failed.
func TestScrollThatStumblesNowAndThen(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		inBubble(t, intercomtest.Options{Companies: 300, ScrollPage: 10}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
			chance := rand.New(rand.NewPCG(seed, 1))
			failed := 0
			s.Control(intercomtest.Fault{Path: "/companies/scroll", Times: -1, Handle: func(w http.ResponseWriter, r *http.Request) bool {
				if r.FormValue("scroll_param") == "" || chance.IntN(5) > 0 {
					return false
				}
				failed++
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprint(w, `{"type":"error.list","errors":[{"code":"server_error","message":"Request failed due to an internal network error. Please restart the scroll operation."}]}`)
				return true
			}})
			rows, twice, err := scroll(t, c)
			if n := s.Count("", "/companies/scroll"); err != nil || rows != 300 || twice != 0 || n > 2*(32+failed) {
				t.Errorf("seed %d: scroll = %d rows, %d twice, %v in %d requests, %d failed", seed, rows, twice, err, n, failed)
			}
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
		if n := s.Count("", "/companies/scroll"); n != 13 { // 10 pages, the empty one and what follows it, the refused one
			t.Errorf("%d requests, want 13", n)
		}
	})
}

// TestScrollThatRepeatsAPage has the same page come again and again. Only when as many
// rows came as there are is that an end.
func TestScrollThatRepeatsAPage(t *testing.T) {
	t.Parallel()
	for total, whole := range map[string]bool{"null": false, "2": true, "3": false} {
		asked := 0
		s := handler(t, func(w http.ResponseWriter, r *http.Request) {
			asked++
			fmt.Fprintf(w, `{"data":[{"id":"a"},{"id":"b"}],"pages":null,"total_count":%s,"scroll_param":"s"}`, total)
		})
		c := newClient(t, s.URL, nil, intercom.Options{})
		rows, _, err := scroll(t, c)
		if rows != 2 || asked != 3 || errors.Is(err, intercom.ErrPageLoop) == whole || (err == nil) != whole {
			t.Errorf("total_count %s: scroll = %d rows in %d requests, %v", total, rows, asked, err)
		}
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
