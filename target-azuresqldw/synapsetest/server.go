// Package synapsetest is an Azure Synapse dedicated SQL pool in a process: it speaks
// TDS to any client, keeps its tables in memory or in a file, loads files with COPY
// INTO from a storage account, and refuses what a dedicated pool refuses.
//
// It is a model, made from documentation and from what others have seen; it cannot
// prove how a real pool behaves. Where the documentation is silent it refuses.
//
// What it does not do: it has one distribution and one writer at a time, no
// workload management, no rights (every login may do everything), no external
// tables, views, procedures or functions, no limits of speed or of size but that of rows, no TDS bulk
// load, and no sql_variant. The rows of a result are gathered before they are sent.
// Package tsql says what the language lacks. Statistics are accepted and mean
// nothing. Text beyond ASCII sorts by sqltype's rules, not by Windows'.
package synapsetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// Options say what a Server is like. The zero value serves a pool in memory on a
// loopback port.
type Options struct {
	Addr     string // to listen on; "127.0.0.1:0" when empty
	User     string // "loader" when empty
	Password string // "Passw0rd!" when empty; only in tests
	Database string // "pool" when empty

	// Collation is the pool's default one, by which names compare too, and which cannot be changed later
	// (sql-data-warehouse-reference-collation-types); SQL_Latin1_General_CP1_CI_AS when empty. One that
	// a pool does not have, such as any of UTF-8, is an error.
	Collation string

	DataFile string       // keeps tables over restarts; in memory when empty
	HTTP     *http.Client // fetches what COPY INTO names; http.DefaultClient when nil
	Log      *slog.Logger // discarded when nil

	// LockTimeout is how long a statement waits for another session's transaction, or for a reader, see Server.Read,
	// before it ends with 1222; a minute when 0.
	LockTimeout time.Duration

	Batches int // how many requests Batches remembers; 10,000 when 0, none when negative

	RequireEncryption bool // refuse clients that do not encrypt, as Azure does
	NoEncryption      bool // say that encryption is not supported
	GatewayError      bool // refuse a login with 110003, as Synapse's gateway does, instead of 18456

	// NoViewState leaves the login without VIEW DATABASE STATE and without the right to KILL: the dynamic management views
	// of requests and sessions are refused.
	NoViewState bool

	// Fault is asked about each request before and after; see also Server.Fail.
	Fault tds.Fault
}

func (o Options) withDefaults() Options {
	set := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	set(&o.Addr, "127.0.0.1:0")
	set(&o.User, "loader")
	set(&o.Password, "Passw0rd!")
	set(&o.Database, "pool")
	if o.LockTimeout == 0 {
		o.LockTimeout = time.Minute
	}
	if o.Batches == 0 {
		o.Batches = 10000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Server is a running pool.
type Server struct {
	options  Options
	e        *engine
	tds      *tds.Server
	listener net.Listener
	served   chan error
	faults   faultList
	batches  batchLog

	mu       sync.Mutex
	sessions map[int]*session
	ended    []*session // the last of them
	nextID   int
	closed   bool
}

// TB is what New needs of a test.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// New starts a server that ends with the test.
func New(tb TB, o Options) *Server {
	tb.Helper()
	s, err := Start(o)
	if err != nil {
		tb.Fatalf("start a pool: %v", err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// Start starts a server; Close ends it.
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	e, err := openEngine(o.DataFile, o.Database, o.Collation)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, e: e, sessions: map[int]*session{}, nextID: 51, served: make(chan error, 1)}
	s.tds, err = tds.NewServer(tds.Options{Handler: s, Log: o.Log, Fault: o.Fault, RequireEncryption: o.RequireEncryption, NoEncryption: o.NoEncryption, GatewayError: o.GatewayError})
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	if s.listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", o.Addr); err != nil {
		return nil, errors.Join(err, e.close())
	}
	go func() { s.served <- s.tds.Serve(s.listener) }()
	return s, nil
}

// Close cuts all connections and closes the data file.
func (s *Server) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	err := s.tds.Close()
	<-s.served
	return errors.Join(err, s.e.close())
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Host and Port are the parts of Addr.
func (s *Server) Host() string { host, _, _ := net.SplitHostPort(s.Addr()); return host }

// Port is the port that the server listens on.
func (s *Server) Port() int {
	_, port, _ := net.SplitHostPort(s.Addr())
	n, _ := strconv.Atoi(port)
	return n
}

// Certificate is the server's certificate in PEM; it is its own authority.
func (s *Server) Certificate() []byte { return s.tds.CertificatePEM() }

// DropConnections cuts all connections, as a fail-over does.
func (s *Server) DropConnections() { s.tds.DropConnections() }

// ServeConn serves a connection of the caller's own making, such as one end of a
// net.Pipe, and returns when it is over.
func (s *Server) ServeConn(c net.Conn) { s.tds.ServeConn(c) }

// User, Password and Database are those a client needs.
func (s *Server) User() string { return s.options.User }

// Password is the password of User.
func (s *Server) Password() string { return s.options.Password }

// Database is the name of the pool.
func (s *Server) Database() string { return s.options.Database }

// Login admits the one user there is.
func (s *Server) Login(_ context.Context, l tds.Login) (tds.Session, error) {
	if !strings.EqualFold(l.User, s.options.User) || l.Password != s.options.Password {
		return nil, &sqltype.Error{Number: 18456, Class: 14, Message: fmt.Sprintf("Login failed for user '%s'.", l.User)}
	}
	if l.Database != "" && !strings.EqualFold(l.Database, s.options.Database) {
		return nil, &sqltype.Error{Number: 4060, Class: 11, Message: fmt.Sprintf("Cannot open database \"%s\" requested by the login. The login failed.", l.Database)}
	}
	c := s.open(l.User, l.App)
	c.hangUp = l.HangUp
	return c, nil
}
