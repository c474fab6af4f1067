package tds

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Options say how a Server behaves. Handler is required.
type Options struct {
	Handler Handler
	Log     *slog.Logger // discarded when nil
	Fault   Fault        // none when nil

	ServerName   string   // of errors; "localhost" when empty
	GatewayError bool     // a refused login is Synapse's own 110003 instead of 18456
	Names        []string // of the certificate, besides localhost, 127.0.0.1 and ::1

	RequireEncryption bool // refuse clients that do not encrypt everything, as Azure does
	NoEncryption      bool // say that encryption is not supported

	MaxMessageBytes int           // of one request; 256 MiB when 0 (65,536 packets of 4,096 bytes are the pool's own limit)
	LoginTimeout    time.Duration // 30 s when 0
}

// Server answers clients that speak TDS 7.2 to 7.4 or, with encrypt=strict, 8.0.
type Server struct {
	o           Options
	certificate tls.Certificate

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]bool
	conns     map[net.Conn]bool
	wg        sync.WaitGroup
	ctx       context.Context // of all connections
	cancel    context.CancelFunc
}

// ErrServerClosed is given by Serve after Close.
var ErrServerClosed = errors.New("tds: server closed")

// NewServer makes a server with a certificate of its own.
func NewServer(o Options) (*Server, error) {
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	o.ServerName = cmp.Or(o.ServerName, "localhost")
	o.MaxMessageBytes = cmp.Or(o.MaxMessageBytes, 256<<20)
	o.LoginTimeout = cmp.Or(o.LoginTimeout, 30*time.Second)
	if o.Fault == nil {
		o.Fault = func(context.Context, Event) error { return nil }
	}
	certificate, err := selfSigned(o.Names)
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, certificate: certificate, listeners: map[net.Listener]bool{}, conns: map[net.Conn]bool{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// CertificatePEM gives the certificate that clients are shown. It is its own authority.
func (s *Server) CertificatePEM() []byte { return certificatePEM(s.certificate) }

// Serve accepts connections until the listener fails or the server is closed; it closes the listener.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.listeners[l] = true
	s.mu.Unlock()
	for {
		c, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.listeners, l)
			if s.closed {
				return ErrServerClosed
			}
			return err
		}
		go s.ServeConn(c)
	}
}

// ServeConn serves one connection, a net.Pipe for instance, and closes it.
func (s *Server) ServeConn(raw net.Conn) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		raw.Close()
		return
	}
	s.conns[raw] = true
	s.wg.Add(1)
	s.mu.Unlock()
	defer func() {
		raw.Close()
		s.mu.Lock()
		delete(s.conns, raw)
		s.mu.Unlock()
		s.wg.Done()
	}()
	if err := s.serve(raw); err != nil {
		s.o.Log.Debug("connection ended", "remote", raw.RemoteAddr().String(), "err", err)
	}
}

// Close cuts all connections and returns when their sessions are closed.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	return nil
}

// DropConnections cuts all connections that there are, as a fail-over does; new ones are welcome.
func (s *Server) DropConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// peeked is a connection whose first bytes have been looked at.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

// Read implements net.Conn.
func (p peeked) Read(b []byte) (int, error) { return p.r.Read(b) }
