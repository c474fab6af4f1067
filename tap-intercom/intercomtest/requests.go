package intercomtest

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Request is an entry of a server's log: one request for the API. Those for
// /_control/ are not logged.
type Request struct {
	Seq     int64         `json:"seq"`  // from 1
	Time    time.Time     `json:"time"` // on the server's clock
	Method  string        `json:"method"`
	Path    string        `json:"path"`
	Query   string        `json:"query"`
	Header  http.Header   `json:"-"`       // without Authorization
	Version string        `json:"version"` // as asked for
	Body    string        `json:"body"`
	Status  int           `json:"status"`  // 0 while under way, and if the connection was dropped
	Took    time.Duration `json:"took_ns"` // on the server's clock
}

// maxLog bounds the log; the oldest entries go first.
const maxLog = 50_000

type requestLog struct {
	mu      sync.Mutex
	next    int64
	entries []*Request
	under   int // requests under way
	most    int // of them at once
}

func (l *requestLog) begin(now time.Time, r *http.Request, body []byte) *Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	e := &Request{
		Seq: l.next, Time: now, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Header: r.Header.Clone(), Version: r.Header.Get("Intercom-Version"), Body: string(body),
	}
	e.Header.Del("Authorization")
	if len(l.entries) >= maxLog {
		l.entries = slices.Delete(l.entries, 0, maxLog/10)
	}
	l.entries = append(l.entries, e)
	l.under++
	l.most = max(l.most, l.under)
	return e
}

func (l *requestLog) end(e *Request, status int, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status, e.Took = status, took
	l.under--
}

// Requests returns the log: what was asked, in order of arrival.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	out := make([]Request, len(s.log.entries))
	for i, e := range s.log.entries {
		out[i] = *e
	}
	return out
}

// Count returns how many requests of the log are for method and path, which
// are patterns as in a Fault.
func (s *Server) Count(method, path string) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	n := 0
	for _, e := range s.log.entries {
		if matches(method, path, e.Method, e.Path) {
			n++
		}
	}
	return n
}

// ForgetRequests empties the log.
func (s *Server) ForgetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.entries = nil
	s.log.most = s.log.under
}

// MostAtOnce returns how many requests were under way at the same time, at
// most, since the log was last emptied.
func (s *Server) MostAtOnce() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.most
}
