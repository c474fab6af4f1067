package stage

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// sayEvery is how often the log says that a request is still under way.
const sayEvery = 30 * time.Second

// steady sends requests and gives up those that stand still: no byte goes either way for a while. A slow one may
// take its time, so a large block passes a thin line. After a longer silence of the whole account its errors are final, whatever
// number of tries is left.
type steady struct {
	base     http.RoundTripper
	silence  time.Duration
	patience time.Duration
	log      *slog.Logger

	mu    sync.Mutex
	since time.Time // when the first of the requests began that were silent since the last byte came; zero without one
}

func newSteady(o Options) *steady {
	s := &steady{silence: o.Silence, patience: o.Patience, log: o.Log}
	dial := (&net.Dialer{Timeout: o.Silence, KeepAlive: 30 * time.Second}).DialContext
	s.base = &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &socket{Conn: c, s: s}, nil
		},
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: o.Silence,
		MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, // before a balancer forgets them
		ExpectContinueTimeout: time.Second,
	}
	return s
}

// socket knows when it last moved a byte.
type socket struct {
	net.Conn
	s     *steady
	moved atomic.Int64
}

// Read implements net.Conn.
func (c *socket) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.moved.Store(time.Now().UnixNano())
		c.s.heard()
	}
	return n, err
}

// Write implements net.Conn.
func (c *socket) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if n > 0 {
		c.moved.Store(time.Now().UnixNano())
	}
	return n, err
}

func (s *steady) heard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = time.Time{}
}

// silent notes that a request that began then got no answer, and says how long the account has given none.
func (s *steady) silent(began time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() || began.Before(s.since) {
		s.since = began
	}
	return time.Since(s.since)
}

// silentError is the error of a request that stood still. azcore repeats it unless it is final.
type silentError struct {
	host  string
	after time.Duration
	final bool
}

func (e *silentError) Error() string {
	return fmt.Sprintf("no answer from %s for %v", e.host, e.after.Round(time.Millisecond))
}

// finalError is a silentError that azcore does not repeat: it has the method of errorinfo.NonRetriable.
type finalError struct{ silentError }

func (*finalError) NonRetriable() {}

// step is the time between two looks.
func (s *steady) step() time.Duration { return s.silence / 4 }

// RoundTrip implements http.RoundTripper.
func (s *steady) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &watch{s: s, began: time.Now(), method: r.Method, host: r.URL.Host, path: r.URL.Path}
	w.said = w.began
	ctx, cancel := context.WithCancelCause(r.Context())
	w.cancel = cancel
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		c := i.Conn
		if t, ok := c.(*tls.Conn); ok {
			c = t.NetConn()
		}
		if c, ok := c.(*socket); ok {
			w.conn.Store(c)
		}
		w.moved.Store(time.Now().UnixNano())
	}}
	w.moved.Store(w.began.UnixNano())
	w.mu.Lock()
	w.timer = time.AfterFunc(s.step(), w.check)
	w.mu.Unlock()
	sent := r.WithContext(httptrace.WithClientTrace(ctx, trace))
	body := &ownBody{ReadCloser: r.Body}
	if r.Body != nil {
		sent.Body = body
	}
	answer, err := s.base.RoundTrip(sent)
	if err != nil {
		body.leave()
		w.end()
		err = w.judge(ctx, err)
		if r.Context().Err() == nil {
			s.log.WarnContext(ctx, "a request to the storage account failed", "method", r.Method, "path", r.URL.Path, "err", err)
		}
		return nil, err
	}
	if answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests {
		s.log.WarnContext(ctx, "the storage account is busy or in trouble", "method", r.Method, "path", r.URL.Path, "status", answer.StatusCode)
	}
	answer.Body = &watchedBody{answer.Body, ctx, w}
	return answer, nil
}

// ownBody is a request's body for one try. The transport may read on after it has given up, and the next try reads the same bytes from
// their beginning.
type ownBody struct {
	io.ReadCloser
	mu   sync.Mutex
	left bool
}

// Read implements io.Reader.
func (b *ownBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left {
		return 0, net.ErrClosed
	}
	return b.ReadCloser.Read(p)
}

func (b *ownBody) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = true
}

// watch looks whether a request moves.
type watch struct {
	s                  *steady
	began              time.Time
	method, host, path string
	cancel             context.CancelCauseFunc
	conn               atomic.Pointer[socket]
	moved              atomic.Int64

	mu     sync.Mutex
	timer  *time.Timer
	ended  bool
	said   time.Time
	unsent int // bytes that the kernel had yet to get acknowledged
}

// check looks whether anything has moved, and says now and then what is waited for.
func (w *watch) check() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return
	}
	now := time.Now()
	c, moved := w.conn.Load(), time.Unix(0, w.moved.Load())
	if c != nil {
		if at := time.Unix(0, c.moved.Load()); at.After(moved) {
			moved = at
		}
		// What was written stays with the kernel for a while, and that it gets less is progress, too.
		if n := unsent(c.Conn); n != w.unsent {
			w.unsent, moved = n, now
			w.moved.Store(now.UnixNano())
		}
	}
	quiet := now.Sub(moved)
	if quiet >= w.s.silence {
		w.cancel(&silentError{host: w.host, after: quiet})
		return
	}
	if now.Sub(w.said) >= sayEvery {
		w.said = now
		w.s.log.Info("waiting for the storage account", "method", w.method, "path", w.path,
			"waited", now.Sub(w.began).Round(time.Second), "silent", quiet.Round(time.Second))
	}
	w.timer.Reset(min(w.s.silence-quiet, w.s.step()))
}

// end stops the watch.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.timer.Stop()
}

// judge puts the silence in the place of the cancelled context it has led to.
func (w *watch) judge(ctx context.Context, err error) error {
	var silent *silentError
	if !errors.As(context.Cause(ctx), &silent) {
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() || ctx.Err() != nil {
			w.cancel(nil)
			return err
		}
		silent = &silentError{host: w.host, after: time.Since(w.began)} // of dialing, of TLS
	}
	w.cancel(nil)
	if all := w.s.silent(w.began); all >= w.s.patience {
		return &finalError{silentError{host: w.host, after: all, final: true}}
	}
	return silent
}

// watchedBody is a response's body; the watch ends with it.
type watchedBody struct {
	io.ReadCloser
	ctx context.Context
	w   *watch
}

// Read implements io.Reader.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.w.judge(b.ctx, err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *watchedBody) Close() error {
	b.w.end()
	err := b.ReadCloser.Close()
	b.w.cancel(nil)
	return err
}
