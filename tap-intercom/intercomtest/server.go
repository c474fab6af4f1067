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

// Epoch is the moment just after the newest date in a fresh workspace. What is
// in it was written in the two years before.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Options say what workspace a server has and how it behaves. The zero value
// is a small workspace that takes any token.
type Options struct {
	// Seed decides the contents: the same seed and counts give the same
	// workspace, byte for byte. A larger count adds to the same beginning.
	Seed uint64

	// How many there are of each. Zero means the default given here; a negative
	// number means none.
	Contacts      int // 120
	Companies     int // 40
	Conversations int // 60
	Tickets       int // 25

	// Token is the access token that is let in; "" lets any in, but there
	// must be one.
	Token string

	// Latency is waited before each answer.
	Latency time.Duration

	// Rate is how many requests a window of ten seconds allows. Zero means
	// 100,000, which tests do not reach.
	Rate int

	// Clock is the server's; nil means one that runs with the machine's.
	Clock *Clock

	// Timezone is the workspace's; "" means America/Los_Angeles. Searches of
	// contacts go by its days up to version 2.16.
	Timezone string

	// Version is what the app is set to, for requests that name no version;
	// "" means 2.16.
	Version string

	// IndexLag is how long a new contact stays invisible to searches and
	// listings. It is there at once for who knows its id.
	IndexLag time.Duration

	// ScrollPage is how many companies a page of a scroll has; zero means 100.
	ScrollPage int

	// StrictSearch makes > and < in searches of conversations and tickets
	// exclude equal values. The documentation says that they include them; no
	// one has said that they really do, so a client should be right with both.
	StrictSearch bool

	// IgnoreSort makes searches of conversations and tickets ignore sort, which
	// is undocumented there, and answer newest updated first.
	IgnoreSort bool

	// Pipe makes the server listen in memory instead of on a loopback port;
	// it is then reached through Server.Client only. Inside a bubble of
	// testing/synctest it is the way to have a server.
	Pipe bool

	// Listen is the address of the listener; "" means a free loopback port.
	Listen string
}

func (o Options) withDefaults() Options {
	count := func(n *int, standard int) {
		if *n == 0 {
			*n = standard
		}
		*n = max(*n, 0)
	}
	count(&o.Contacts, 120)
	count(&o.Companies, 40)
	count(&o.Conversations, 60)
	count(&o.Tickets, 25)
	count(&o.Rate, 100_000)
	count(&o.ScrollPage, 100)
	if o.Clock == nil {
		o.Clock = RunningClock()
	}
	if o.Timezone == "" {
		o.Timezone = "America/Los_Angeles"
	}
	if o.Version == "" {
		o.Version = "2.16"
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	return o
}

// A Server is an Intercom workspace behind HTTP. Its methods may be called
// from any goroutine.
type Server struct {
	// URL is the base URL, without a slash at the end.
	URL string

	options  Options
	zone     *time.Location
	version  version
	clock    *Clock
	mux      *http.ServeMux
	control  *http.ServeMux
	rate     rate
	faults   faults
	log      requestLog
	scroll   scroll
	families []family
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
	http     *http.Server
	done     chan struct{}

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
	tb.Cleanup(s.Close)
	return s
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
	s.ws.generate(o)
	s.route()
	s.routeControl()

	var listener net.Listener
	if o.Pipe {
		pipe := newPipeListener()
		listener, s.dial, s.URL = pipe, pipe.dial, "http://intercom.test"
	} else {
		if listener, err = net.Listen("tcp", o.Listen); err != nil {
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

// serve runs the handler of a route.
func (s *Server) serve(rt route, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // from memory
	req := &request{Request: r, query: r.URL.Query(), body: body, version: s.version, now: s.clock.Now().Unix()}
	if h := r.Header.Get("Intercom-Version"); h != "" {
		v, known := parseVersion(h)
		if !known {
			s.write(w, fail(http.StatusBadRequest, "intercom_version_invalid", "The requested version could not be found"))
			return
		}
		req.version = v
	}
	if req.version < rt.since {
		s.write(w, fail(http.StatusBadRequest, "intercom_version_invalid", "Requested resource is not available in current API version."))
		return
	}
	w.Header().Set("Intercom-Version", req.version.String())
	s.mu.RLock()
	a := rt.handle(s, req)
	s.mu.RUnlock()
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
