package intercomtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The scroll over companies.
//
// Behaviour:
//   - without scroll_param it begins; one at a time per app, else 400
//     scroll_exists
//   - a scroll that is idle for sixty seconds dies: 404 not_found
//   - the end is a page without data; the scroll is over with it (reference of
//     GET /companies/scroll). Options.ScrollEnd has other ends: a 404 after the last
//     page (singer-io/tap-intercom ends there since 2.2.1, its pull 77), null for
//     data (that tap has a branch for it), no scroll_param on the last page
//   - Options.ScrollHole puts an empty page in the middle (the same pull passes
//     over it)
//   - one scroll_param stands for the whole scroll, so that a page that was given
//     cannot be asked for again; with Options.ScrollParams each page has its own,
//     and gives the same page again
//   - pages and total_count are null
//   - the set is fixed when the scroll begins: what is added later is not in
//     it, what is deleted is left out of its page, the rest is served as it is now
//   - the page size cannot be chosen

// idle is how long a scroll lives without being asked.
const idle = 60 * time.Second

// ScrollEnd is how a scroll tells that nothing is left.
type ScrollEnd int

// The ends of a scroll.
const (
	ScrollEndsEmpty    ScrollEnd = iota // a page without data, and then 404
	ScrollEndsNotFound                  // 404 after the last page
	ScrollEndsNull                      // a page whose data is null, and then 404
	ScrollEndsNoParam                   // the last page has null for scroll_param
)

type scroll struct {
	mu    sync.Mutex
	param string // "" when no scroll is open
	count int
	pages [][]string // ids of companies
	at    int        // the page that comes next
	used  time.Time
}

// begin opens a scroll over ids.
func (sc *scroll) begin(ids []string, o Options) {
	sc.count++
	sc.param = fmt.Sprintf("%08x-5c01-4000-8000-%012x", o.Seed&0xffffffff, sc.count)
	sc.at, sc.pages = 0, slices.Collect(slices.Chunk(ids, o.ScrollPage))
	if o.ScrollHole > 0 && o.ScrollHole < len(sc.pages) {
		sc.pages = slices.Insert(sc.pages, o.ScrollHole, nil)
	}
	if len(sc.pages) == 0 && o.ScrollEnd != ScrollEndsEmpty {
		sc.pages = [][]string{nil}
	}
}

// seek moves to the page that param asks for; false when it is not known.
func (sc *scroll) seek(param string, o Options) bool {
	if sc.param == "" {
		return false
	}
	if !o.ScrollParams {
		return param == sc.param
	}
	page, ok := strings.CutPrefix(param, sc.param+"-")
	n, err := strconv.Atoi(page)
	if !ok || err != nil || n > sc.at {
		return false
	}
	sc.at = n
	return true
}

var scrollRoutes = []route{
	{pattern: "GET /companies/scroll", handle: scrollCompanies},
}

// EndScroll ends the scroll under way, if there is one, as when the service
// loses it: its parameter is no longer known, and another may begin.
func (s *Server) EndScroll() {
	s.scroll.mu.Lock()
	defer s.scroll.mu.Unlock()
	s.scroll.param = ""
}

func scrollCompanies(s *Server, r *request) answer {
	sc := &s.scroll
	sc.mu.Lock()
	defer sc.mu.Unlock()
	now := s.clock.Now()
	if sc.param != "" && now.Sub(sc.used) > idle {
		sc.param = ""
	}
	switch param := r.query.Get("scroll_param"); {
	case param == "" && sc.param != "":
		return fail(http.StatusBadRequest, "scroll_exists", "scroll already exists for this workspace")
	case param == "":
		sc.begin(s.ws.companies.ids(), s.options)
	case !sc.seek(param, s.options):
		return notFound("scroll parameter not found")
	}
	sc.used = now
	ended := sc.at >= len(sc.pages)
	if ended && s.options.ScrollEnd == ScrollEndsNotFound {
		sc.param = ""
		return notFound("scroll parameter not found")
	}

	var items [][]byte
	if !ended {
		for _, id := range sc.pages[sc.at] {
			if c, found := s.ws.companies.get(id); found {
				items = append(items, c.answerWire())
			}
		}
		sc.at++
	}
	var param any = sc.param
	if s.options.ScrollParams {
		param = fmt.Sprintf("%s-%d", sc.param, sc.at)
	}
	var w writer
	w.value("type", "list")
	if ended && s.options.ScrollEnd == ScrollEndsNull {
		w.value("data", nil)
	} else {
		w.list("data", items)
	}
	w.value("pages", nil)
	w.value("total_count", nil)
	if s.options.ScrollEnd == ScrollEndsNoParam && sc.at >= len(sc.pages) {
		ended, param = true, nil
	}
	w.value("scroll_param", param)
	if ended {
		sc.param = ""
	}
	return ok(w.object())
}
