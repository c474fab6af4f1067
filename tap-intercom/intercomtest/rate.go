package intercomtest

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// window is the length of a rate window. Intercom states its limits by the
// minute and divides them evenly into windows of ten seconds.
const window = 10 * time.Second

// A rate counts the requests of the current window. All of a server's callers
// share it, as apps share a workspace's.
type rate struct {
	mu    sync.Mutex
	limit int
	start time.Time // of the window that used counts for
	used  int
}

// take counts n requests at now. It reports whether they were still allowed,
// and sets the headers that every authorised answer carries.
func (r *rate) take(now time.Time, n int, h http.Header) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if start := now.Truncate(window); !start.Equal(r.start) {
		r.start, r.used = start, 0
	}
	allowed := r.used+n <= r.limit
	if allowed {
		r.used += n
	}
	if h != nil {
		h.Set("X-RateLimit-Limit", strconv.Itoa(r.limit))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(r.limit-r.used))
		h.Set("X-RateLimit-Reset", strconv.FormatInt(r.start.Add(window).Unix(), 10))
	}
	return allowed
}

// spend uses up n requests, as far as there are any left.
func (r *rate) spend(now time.Time, n int) {
	r.mu.Lock()
	left := r.limit
	if now.Truncate(window).Equal(r.start) {
		left = r.limit - r.used
	}
	r.mu.Unlock()
	r.take(now, min(n, left), nil)
}
