package synapse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// How the network is watched beneath a connection: a peer that answers none of
// the probes is given up within a minute, and so are bytes that nobody acknowledges.
// Probes keep NAT and firewalls from forgetting an idle connection, too: Azure's own
// balancer does after four minutes.
const (
	probeIdle      = 30 * time.Second
	probeInterval  = 10 * time.Second
	probeCount     = 3
	unacknowledged = time.Minute // TCP_USER_TIMEOUT, where there is one
)

// maxIdle is how long a connection may lie unused. One that the network has
// swallowed meanwhile is found by its silence, and that takes time: a login takes less.
const maxIdle = time.Minute

// line is the socket of one connection. It knows when it last moved a byte.
type line struct {
	net.Conn
	moved   atomic.Int64 // Unix time in nanoseconds
	closed  atomic.Bool
	killed  atomic.Bool // its session, which is done once
	session string      // the pool's name of the session, "" when it did not tell
	forget  func()      // called by the first Close
}

func (l *line) touch() { l.moved.Store(time.Now().UnixNano()) }

// Read implements net.Conn.
func (l *line) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 {
		l.touch()
	}
	return n, err
}

// Write implements net.Conn.
func (l *line) Write(b []byte) (int, error) {
	n, err := l.Conn.Write(b)
	if n > 0 {
		l.touch()
	}
	return n, err
}

// Close implements net.Conn.
func (l *line) Close() error {
	if !l.closed.Swap(true) && l.forget != nil {
		l.forget()
	}
	return l.Conn.Close()
}

// quiet is how long the line has moved nothing.
func (l *line) quiet() time.Duration { return time.Since(time.Unix(0, l.moved.Load())) }

// lines are the open lines by the driver's connections.
type lines struct {
	mu sync.Mutex
	of map[driver.Conn]*line
}

func (s *lines) keep(c driver.Conn, l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[driver.Conn]*line{}
	}
	s.of[c] = l
	l.forget = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.of, c)
	}
}

// under returns the line of a connection, nil when it is closed.
func (s *lines) under(conn *sql.Conn) (l *line) {
	conn.Raw(func(c any) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		l = s.of[c.(driver.Conn)]
		return nil
	})
	return l
}

// dialed are the lines that were opened for one connection: the driver tries all
// addresses of a host at once, and a gateway may send it to another host.
type dialed struct {
	mu    sync.Mutex
	lines []*line
}

type dialedKey struct{}

// used is the line that the connection was made on, free of the bound for the login.
func (d *dialed) used() (*line, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.lines {
		if !l.closed.Load() {
			return l, l.SetDeadline(time.Time{})
		}
	}
	return nil, net.ErrClosed
}

// dialer bounds what is done with a socket by the deadline it was dialed under.
type dialer struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

func newDialer() *dialer {
	return &dialer{(&net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: probeIdle, Interval: probeInterval, Count: probeCount},
		Control:         limitUnacknowledged,
	}).DialContext}
}

// DialContext opens a socket.
func (d *dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: c}
	l.touch()
	if made, ok := ctx.Value(dialedKey{}).(*dialed); ok {
		deadline, _ := ctx.Deadline()
		if err := l.SetDeadline(deadline); err != nil {
			l.Close()
			return nil, err
		}
		made.mu.Lock()
		made.lines = append(made.lines, l)
		made.mu.Unlock()
	}
	return l, nil
}
