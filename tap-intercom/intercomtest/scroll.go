package intercomtest

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// The scroll over companies.
//
// Behaviour:
//   - without scroll_param it begins; one at a time per app, else 400
//     scroll_exists
//   - a scroll that is idle for sixty seconds dies: 404 not_found
//   - the end is a page without data; the scroll is over with it
//   - pages and total_count are null
//   - the set is fixed when the scroll begins: what is added later is not in
//     it, what is deleted is left out, the rest is served as it is now
//   - the page size cannot be chosen

// idle is how long a scroll lives without being asked.
const idle = 60 * time.Second

type scroll struct {
	mu    sync.Mutex
	param string
	count int
	rest  []string // ids of companies
	used  time.Time
}

var scrollRoutes = []route{
	{pattern: "GET /companies/scroll", handle: scrollCompanies},
}

// EndScroll ends the scroll under way, if there is one, as when the service
// loses it: its parameter is no longer known, and another may begin.
func (s *Server) EndScroll() {
	s.scroll.mu.Lock()
	defer s.scroll.mu.Unlock()
	s.scroll.param, s.scroll.rest = "", nil
}

func scrollCompanies(s *Server, r *request) answer {
	sc := &s.scroll
	sc.mu.Lock()
	defer sc.mu.Unlock()
	now := s.clock.Now()
	if sc.param != "" && now.Sub(sc.used) > idle {
		sc.param, sc.rest = "", nil
	}
	switch param := r.query.Get("scroll_param"); {
	case param == "" && sc.param != "":
		return fail(http.StatusBadRequest, "scroll_exists", "scroll already exists for this workspace")
	case param == "":
		sc.count++
		sc.param = fmt.Sprintf("%08x-5c01-4000-8000-%012x", s.options.Seed&0xffffffff, sc.count)
		sc.rest = s.ws.companies.ids()
	case param != sc.param:
		return notFound("scroll parameter not found")
	}
	sc.used = now

	var items [][]byte
	for len(items) < s.options.ScrollPage && len(sc.rest) > 0 {
		if c, found := s.ws.companies.get(sc.rest[0]); found {
			items = append(items, c.answerWire())
		}
		sc.rest = sc.rest[1:]
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	w.value("pages", nil)
	w.value("total_count", nil)
	w.value("scroll_param", sc.param)
	if len(items) == 0 {
		sc.param = ""
	}
	return ok(w.object())
}
