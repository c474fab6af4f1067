package intercomtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	_ "time/tzdata" // the workspace's timezone must load on any machine
)

// A Server is an Intercom workspace behind HTTP. Its methods may be called
// from any goroutine.
type Server struct {
	// URL is the base URL, without a slash at the end.
	URL string

	options Options
	zone    *time.Location
	version version
	clock   *Clock
	mux     *http.ServeMux
	control *http.ServeMux
	rate    rate
	faults  faults
	log     requestLog
	scroll  scroll

	contentExports jobs
	reports        jobs
	families       []family
	dial           func(ctx context.Context, network, address string) (net.Conn, error)
	http           *http.Server
	done           chan struct{}

	mu sync.RWMutex // guards the workspace
	ws workspace
}

// New starts a server that is closed when the test ends.
func New(tb testing.TB, o Options) *Server {
	tb.Helper()
	s, err := Start(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Close()
		s.forget()
	})
	return s
}

// forget lets go of the workspace: package testing keeps what a test has cleaned
// up with until all tests of its function are through, and there may be thousands.
func (s *Server) forget() {
	s.ForgetRequests()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ws = workspace{}
}

// Start starts a server. The caller closes it.
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	zone, err := time.LoadLocation(o.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone: %w", err)
	}
	v, known := parseVersion(o.Version)
	if !known {
		return nil, fmt.Errorf("unknown API version %q", o.Version)
	}
	s := &Server{options: o, zone: zone, version: v, clock: o.Clock, families: families(), done: make(chan struct{})}
	s.rate.limit = o.Rate
	s.reports.prefix, s.reports.most = "report", 5
	s.reports.message = "Exceeded rate limit of 5 pending reporting dataset export jobs"
	s.contentExports.prefix, s.contentExports.most = "content", 1
	s.contentExports.message = "Exceeded rate limit of 1 pending message data export jobs"
	s.ws = fresh(o)
	s.route()
	s.routeControl()

	var listener net.Listener
	if o.Pipe {
		pipe := newPipeListener()
		listener, s.dial, s.URL = pipe, pipe.dial, "http://intercom.test"
	} else {
		if listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", o.Listen); err != nil {
			return nil, err
		}
		s.URL = "http://" + listener.Addr().String()
	}
	s.http = &http.Server{Handler: s}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic("intercomtest: serve: " + err.Error())
		}
	}()
	return s, nil
}

// Close stops the server and waits for it. Requests under way are cut off.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.done
}

// Clock returns the server's clock.
func (s *Server) Clock() *Clock { return s.clock }

// Client returns a client that reaches the server, also one that listens in
// memory. Each call returns a new one with its own connections.
func (s *Server) Client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if s.dial != nil {
		transport.DialContext = s.dial
	}
	return &http.Client{Transport: transport}
}

// Spend uses up n requests of the current rate window, as another app of the
// workspace would.
func (s *Server) Spend(n int) { s.rate.spend(s.clock.Now(), n) }

// route fills the mux with what every family of resources has.
func (s *Server) route() {
	s.mux = http.NewServeMux()
	for _, f := range s.families {
		for _, rt := range f.routes {
			s.mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
				s.serve(rt, w, r)
			})
		}
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(route{pattern: "", handle: noResource}, w, r)
	})
}

func noResource(*Server, *request) answer { return notFound("The requested resource was not found") }

// ServeHTTP answers one request: first what a test wants done with it, then
// who is asking, then how often, then what.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_control/") {
		s.control.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	now := s.clock.Now()
	entry := s.log.begin(now, r, body)
	rec := &recorder{ResponseWriter: w}
	defer func() { s.log.end(entry, rec.status, s.clock.Now().Sub(now)) }()

	w.Header().Set("Date", now.Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Request-Id", requestID(entry.Seq))
	wait(r.Context(), s.options.Latency)
	s.faults.serve(rec, r, body, http.HandlerFunc(s.admit))
}

// admit lets a request in that has a right to be here.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) {
	if refused := s.authorize(r); refused != nil {
		s.write(w, *refused)
		return
	}
	if !s.rate.take(s.clock.Now(), 1, w.Header()) {
		s.write(w, fail(http.StatusTooManyRequests, "rate_limit_exceeded",
			fmt.Sprintf("Exceeded rate limit of %d in 10_seconds", s.rate.limit)))
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) authorize(r *http.Request) *answer {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || token == "" || s.options.Token != "" && token != s.options.Token {
		refused := fail(http.StatusUnauthorized, "unauthorized", "Access Token Invalid")
		return &refused
	}
	return nil
}

var tooOld = fail(http.StatusBadRequest, "intercom_version_invalid", "Requested resource is not available in current API version.")

// serve runs the handler of a route.
func (s *Server) serve(rt route, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // from memory
	req := &request{Request: r, query: r.URL.Query(), body: body, version: s.version, now: s.clock.Now().Unix(), endless: s.options.EndlessPages}
	if h := r.Header.Get("Intercom-Version"); h != "" {
		v, known := parseVersion(h)
		if !known {
			s.write(w, fail(http.StatusBadRequest, "intercom_version_invalid", "The requested version could not be found"))
			return
		}
		req.version = v
	}
	if req.version < rt.since {
		s.write(w, tooOld)
		return
	}
	w.Header().Set("Intercom-Version", req.version.String())
	s.mu.RLock()
	a := rt.handle(s, req)
	s.mu.RUnlock()
	if a.status == http.StatusOK && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && a.header.Get("Content-Type") == "" {
		a.body = s.reshape(a.body, req.version)
	}
	s.write(w, a)
}

func (s *Server) write(w http.ResponseWriter, a answer) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.status >= 400 {
		a.body = bytes.Replace(a.body, []byte(`"request_id":null`),
			[]byte(`"request_id":"`+w.Header().Get("X-Request-Id")+`"`), 1)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that went away is no matter of ours
}

// requestID makes an id that looks like the API's and is the same in every
// run.
func requestID(seq int64) string {
	return fmt.Sprintf("%08x-5e55-4a00-9000-%012x", seq*2654435761%(1<<32), seq)
}

// wait waits for d, or until nobody waits for the answer any more.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// A recorder remembers the status that was written.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
