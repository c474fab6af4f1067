// Package linetest is the network between a client and one of the doubles, for tests that want it to die in a way that
// no server can: a connection goes silent at a message of the test's choice and says nothing more.
//
// A line knows the messages of its protocol, TDS without encryption or HTTP/1.1, and counts them over all connections.
package linetest

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// Direction is where a message goes.
type Direction uint8

// The directions.
const (
	ToServer Direction = iota
	ToClient
)

// String names the direction.
func (d Direction) String() string { return [...]string{"to the server", "to the client"}[d] }

// Death is how a connection dies.
type Death uint8

// The deaths. Both sides of a Silent connection stay open, and bytes are acknowledged. HalfOpen is closed towards the
// server alone: the client is told nothing. Orphaned is closed towards the client alone: the server holds on to its session.
const (
	Silent Death = iota
	HalfOpen
	Orphaned
)

// String names the death.
func (d Death) String() string { return [...]string{"silent", "half-open", "orphaned"}[d] }

// Cut says where a connection dies: at the message of this number, counted from 0 in its direction over all connections. The
// message is lost, or with Within its second half is.
type Cut struct {
	At        int
	Direction Direction
	Within    bool
	Death     Death
}

// TB is what New needs of a test.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Line stands between a client and a server on loopback.
type Line struct {
	Addr string // where clients connect to

	server string
	pass   func(l *Line, client, server net.Conn)
	cut    *Cut
	struck atomic.Bool
	seen   [2]atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
	work  sync.WaitGroup
}

// NewTDS begins a line to a pool. cut is where it dies, nil for nowhere.
func NewTDS(tb TB, server string, cut *Cut) *Line {
	tb.Helper()
	return begin(tb, server, cut, passTDS)
}

// NewHTTP begins a line to a web server.
func NewHTTP(tb TB, server string, cut *Cut) *Line {
	tb.Helper()
	return begin(tb, server, cut, passHTTP)
}

func begin(tb TB, server string, cut *Cut, pass func(l *Line, client, server net.Conn)) *Line {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("begin a line: %v", err)
	}
	l := &Line{Addr: listener.Addr().String(), server: server, pass: pass, cut: cut, conns: map[net.Conn]bool{}}
	l.work.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			l.work.Go(func() { l.connect(c) })
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		l.mu.Lock()
		l.ended = true
		for c := range l.conns {
			c.Close()
		}
		l.mu.Unlock()
		l.work.Wait()
	})
	return l
}

// Messages says how many messages have gone in a direction.
func (l *Line) Messages(d Direction) int { return int(l.seen[d].Load()) }

// Struck says whether a connection has died.
func (l *Line) Struck() bool { return l.struck.Load() }

func (l *Line) connect(client net.Conn) {
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", l.server)
	if err != nil {
		client.Close()
		return
	}
	if !l.keep(client) || !l.keep(server) {
		client.Close()
		server.Close()
		return
	}
	l.pass(l, client, server)
}

// keep has a socket closed with the line, whatever has become of it.
func (l *Line) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	return !l.ended
}

// strikes counts a message and says whether the connection dies at it.
func (l *Line) strikes(d Direction) bool {
	n := int(l.seen[d].Add(1)) - 1
	if l.cut == nil || l.cut.Direction != d || l.cut.At != n {
		return false
	}
	l.struck.Store(true)
	return true
}

// die ends what a death ends; the rest stays until the line ends.
func (l *Line) die(client, server net.Conn) {
	switch l.cut.Death {
	case HalfOpen:
		server.Close()
	case Orphaned:
		client.Close()
	}
}
