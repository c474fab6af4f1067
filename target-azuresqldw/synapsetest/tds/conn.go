package tds

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// conn is one connection after PRELOGIN.
type conn struct {
	s       *Server
	raw     net.Conn      // to be closed
	rw      io.ReadWriter // raw, or TLS on it
	size    int           // of packets that are written
	session Session
	login   login7

	transaction uint64 // descriptor of the open transaction, 0 when there is none
	lastTran    uint64
	prepared    map[int32]prepared
	lastHandle  int32
}

// serve runs a connection from its first byte to its last.
func (s *Server) serve(raw net.Conn) error {
	raw.SetDeadline(time.Now().Add(s.o.LoginTimeout))
	front := peeked{Conn: raw, r: bufio.NewReader(raw)}
	first, err := front.r.Peek(1)
	if err != nil {
		return err
	}
	c := &conn{s: s, raw: raw, rw: front, size: loginSize, prepared: map[int32]prepared{}}
	const tlsHandshake = 0x16
	strict := first[0] == tlsHandshake
	if strict {
		if s.o.NoEncryption {
			return errors.New("a client asked for strict encryption, and there is none")
		}
		if c.rw, err = s.startStrictTLS(front); err != nil {
			return err
		}
		c.login.TLS = true
	}
	loginOnly, err := c.prelogin(front, strict)
	if err != nil {
		return fmt.Errorf("prelogin: %w", err)
	}
	if err := c.logIn(loginOnly, front); err != nil {
		return fmt.Errorf("login: %w", err)
	}
	defer c.session.Close()
	raw.SetDeadline(time.Time{})
	return c.loop()
}

// prelogin agrees on encryption and starts it. loginOnly says that it ends after LOGIN7.
func (c *conn) prelogin(front net.Conn, strict bool) (loginOnly bool, err error) {
	m, err := readMessage(c.rw, 1<<16)
	if err != nil {
		return false, err
	}
	if m.kind != packetPrelogin {
		return false, fmt.Errorf("packet of type %d comes first", m.kind)
	}
	options, err := parsePrelogin(m.body)
	if err != nil {
		return false, err
	}
	wish := byte(encryptNotSupported)
	if v := options[preEncryption]; len(v) == 1 {
		wish = v[0]
	}
	agreed := c.s.o.agree(wish)
	if strict {
		agreed = encryptNotSupported // there is no second layer
	}
	_, fedAuth := options[preFedAuth]
	w := newPacketWriter(c.rw, packetReply, loginSize)
	w.Write(preloginReply(agreed, fedAuth))
	if err := w.end(); err != nil {
		return false, err
	}
	if agreed == encryptNotSupported {
		return false, nil
	}
	tlsConn, err := c.s.startTLS(front)
	if err != nil {
		return false, err
	}
	c.rw, c.login.TLS = tlsConn, true
	return agreed == encryptOff, nil
}

// logIn reads LOGIN7 and answers it.
func (c *conn) logIn(loginOnly bool, clear net.Conn) error {
	m, err := readMessage(c.rw, 1<<17)
	if err != nil {
		return err
	}
	if m.kind != packetLogin {
		return fmt.Errorf("packet of type %d in place of LOGIN7", m.kind)
	}
	if loginOnly {
		c.rw = clear // MS-TDS 3.3.5.3: both sides go back to clear text after LOGIN7
	}
	encrypted := c.login.TLS
	l, err := parseLogin(m.body)
	l.TLS, l.RemoteAddr = encrypted, c.raw.RemoteAddr().String()
	l.HangUp = func() { c.raw.Close() }
	c.login = l
	if err != nil {
		return c.refuse(&Error{Number: 17832, Class: 20, Message: "The login packet used to open the connection is structurally invalid; the connection has been closed. Please contact the vendor of the client library."}, err)
	}
	if !l.isSupported() {
		return c.refuse(&Error{Number: 17836, Class: 20, Message: "This server speaks TDS 7.2 and later."}, nil)
	}
	err = c.s.o.Fault(c.s.ctx, Event{Point: BeforeRequest, Kind: KindLogin, Login: l.Login})
	if err == nil {
		c.session, err = c.s.o.Handler.Login(c.s.ctx, l.Login)
	}
	if err != nil {
		return c.refuse(c.loginError(err), err)
	}
	if err := c.s.o.Fault(c.s.ctx, Event{Point: AfterRequest, Kind: KindLogin, Login: l.Login}); err != nil {
		c.session.Close()
		return c.refuse(c.loginError(err), err)
	}
	if err := c.welcome(); err != nil {
		c.session.Close()
		return err
	}
	return nil
}

// isSupported: 7.2 to 7.4, and 8.0 inside TLS. Before 7.2 lengths and counts have other widths.
func (l *login7) isSupported() bool {
	const version8 = 0x08000000
	return l.Version>>24 >= 0x72 && l.Version>>24 <= 0x74 || l.Version == version8
}

// loginError gives the error that a client sees. "Invalid user or password" with 110003 is what SqlClient's tests expect
// of Synapse (dotnet/SqlClient, ManualTests, ExceptionTest); SQL Server says 18456.
func (c *conn) loginError(err error) *Error {
	var e *Error
	if errors.As(err, &e) && !(c.s.o.GatewayError && e.Number == 18456) {
		return e
	}
	if c.s.o.GatewayError {
		return &Error{Number: 110003, Class: 14, Message: "Invalid user or password"}
	}
	return &Error{Number: 18456, Class: 14, Message: fmt.Sprintf("Login failed for user '%s'.", c.login.User)}
}

// refuse sends an error in place of LOGINACK and gives cause, or the error.
func (c *conn) refuse(e *Error, cause error) error {
	if errors.Is(cause, ErrDropConnection) {
		return cause
	}
	r := newResponse(c, false)
	r.error(e)
	r.done(tokenDone, doneError, 0, 0)
	if err := r.w.end(); err != nil {
		return err
	}
	c.hangUp()
	if cause == nil {
		cause = e
	}
	return cause
}

// hangUp lets the client read what was sent before the connection is closed: with unread bytes in the socket, closing it
// would reset it and throw the answer away.
func (c *conn) hangUp() {
	c.raw.SetDeadline(time.Now().Add(time.Second))
	if t, ok := c.rw.(*tls.Conn); ok {
		t.CloseWrite()
	}
	if t, ok := c.raw.(*net.TCPConn); ok {
		t.CloseWrite()
		io.Copy(io.Discard, io.LimitReader(t, 1<<20))
	}
}

// loop serves requests. A goroutine reads, so that an attention is seen while a request runs.
func (c *conn) loop() error {
	ctx, cancel := context.WithCancel(c.s.ctx)
	messages := make(chan message)
	read := make(chan error, 1)
	go func() {
		defer close(messages)
		read <- c.read(ctx, messages)
	}()
	defer func() { // the reader ends when the socket does
		cancel()
		c.raw.Close()
		for range messages {
		}
	}()
	for m := range messages {
		err := c.answer(m)
		m.cancel()
		if err != nil {
			return err
		}
	}
	if err := <-read; !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// read passes messages on until the client is gone. An attention ends the context of the request before it and is then
// passed on, so that its own answer comes after that of the request.
func (c *conn) read(ctx context.Context, messages chan<- message) error {
	cancelRequest := func() {}
	defer func() { cancelRequest() }()
	r := bufio.NewReader(c.rw)
	for {
		m, err := readMessage(r, c.s.o.MaxMessageBytes)
		if err != nil && !errors.Is(err, errMessageTooLong) {
			return err
		}
		if m.kind == packetAttention {
			cancelRequest()
		}
		m.ctx, m.cancel = context.WithCancel(ctx)
		cancelRequest = m.cancel
		if err != nil {
			m.kind = 0 // answered with an error
		}
		select {
		case messages <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}
