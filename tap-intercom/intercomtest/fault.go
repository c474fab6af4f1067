package intercomtest

import (
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// A Fault is trouble that a test makes, or the eye it keeps on requests. It is
// told which requests it is for, and what becomes of them; the first fault in
// the order of their making that is for a request and is not spent gets it.
// A fault that says nothing of what becomes of a request only counts it, and
// the next fault has its turn.
type Fault struct {
	// Method and Path say which requests. "" is any. Path is a pattern of
	// path.Match, so * stands for one segment; a pattern that ends in /** is
	// for everything below. What Except names, also a pattern, is not hit.
	Method, Path, Except string

	// Skip lets that many matching requests pass first.
	Skip int

	// Times is how many requests are hit before the fault is spent; zero means
	// one, a negative number means all until it is removed.
	Times int

	// Delay is waited before anything else happens.
	Delay time.Duration

	// Handle, if set, sees the request, whose body it may read. When it returns
	// true it has written the answer; when false, things go on as if there was
	// no fault. It may call any method of the server.
	Handle func(w http.ResponseWriter, r *http.Request) bool

	// Drop closes the connection without an answer.
	Drop bool

	// Status answers with that status, Header and Body. An empty Body is the
	// error.list that goes with the status, unless the status is below 400.
	Status int
	Header http.Header
	Body   string

	// Foreign makes the answer with Status one of a load balancer before the
	// service: a page of HTML, with none of the service's headers but Date.
	Foreign bool

	// Cut sends the real answer up to that many bytes of its body, announced
	// in full length, then closes the connection. Negative counts from the
	// end. Zero does not cut.
	Cut int

	// Close ends the connection after the answer, as a proxy does.
	Close bool
}

// acts tells whether the fault does more than look.
func (f *Fault) acts() bool {
	return f.Delay > 0 || f.Handle != nil || f.Drop || f.Status != 0 || f.Cut != 0 || f.Close
}

// A Control is a test's hold on a fault that it set.
type Control struct {
	faults *faults
	fault  Fault
	id     int
	seen   int
	hit    int
}

// Seen returns how many requests the fault was for, those it let pass
// included.
func (c *Control) Seen() int {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	return c.seen
}

// Hit returns how many requests the fault has hit.
func (c *Control) Hit() int {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	return c.hit
}

// Remove ends the fault.
func (c *Control) Remove() {
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	for i, other := range c.faults.list {
		if other == c {
			c.faults.list = append(c.faults.list[:i:i], c.faults.list[i+1:]...)
			return
		}
	}
}

// Control sets a fault.
func (s *Server) Control(f Fault) *Control { return s.faults.add(f) }

// FailNext makes the next n requests for method and path fail with status.
func (s *Server) FailNext(n int, method, path string, status int) *Control {
	return s.Control(Fault{Method: method, Path: path, Times: n, Status: status})
}

type faults struct {
	mu   sync.Mutex
	list []*Control
	next int
}

func (fs *faults) add(f Fault) *Control {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	fs.next++
	c := &Control{faults: fs, fault: f, id: fs.next}
	fs.list = append(fs.list, c)
	return c
}

// pick counts the request with the faults that look at it, and returns the one
// that acts on it, if any.
func (fs *faults) pick(r *http.Request) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, c := range fs.list {
		f := &c.fault
		if !matches(f.Method, f.Path, r.Method, r.URL.Path) || f.Except != "" && matches("", f.Except, r.Method, r.URL.Path) || f.Times > 0 && c.hit >= f.Times && f.acts() {
			continue
		}
		c.seen++
		if c.seen <= f.Skip {
			continue
		}
		c.hit++
		if f.acts() {
			return f
		}
	}
	return nil
}

// matches tells whether a request is one that method and pattern name.
func matches(method, pattern, gotMethod, gotPath string) bool {
	if method != "" && method != gotMethod {
		return false
	}
	if pattern == "" {
		return true
	}
	if below, tree := strings.CutSuffix(pattern, "/**"); tree {
		return strings.HasPrefix(gotPath, below+"/")
	}
	found, _ := path.Match(pattern, gotPath)
	return found
}

// serve hands the request to the fault that is for it, or to next.
func (fs *faults) serve(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
	f := fs.pick(r)
	if f == nil {
		next.ServeHTTP(w, r)
		return
	}
	wait(r.Context(), f.Delay)
	if f.Close {
		w.Header().Set("Connection", "close")
	}
	switch {
	case f.Handle != nil:
		if f.Handle(w, r) {
			return
		}
		r.Body = reread(body)
		next.ServeHTTP(w, r)
	case f.Drop:
		hangUp(w)
	case f.Status != 0:
		f.answer(w)
	case f.Cut != 0:
		cutShort(w, r, f.Cut, next)
	default:
		next.ServeHTTP(w, r)
	}
}
