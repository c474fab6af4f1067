package intercom

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"intercomdw/singer/secret"
)

// stalls is a server that sends the beginning of its first answer and nothing more.
type stalls struct{ asked int }

func (s *stalls) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	body := io.Reader(strings.NewReader("whole"))
	if s.asked == 1 {
		body = io.MultiReader(strings.NewReader("wh"), untilDone{r.Context()})
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
}

type untilDone struct{ ctx context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}

func TestADownloadThatStandsStillIsAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := NewClient(Options{Token: secret.New("x"), HTTP: &http.Client{Transport: &stalls{}}, RequestTimeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var got string
		err = c.Download(t.Context(), "/download", "", nil, func(r io.Reader) (int64, error) {
			b, err := io.ReadAll(r)
			got = string(b)
			return int64(len(b)), err
		})
		if took := time.Since(began); err != nil || got != "whole" || took > 2*time.Minute {
			t.Errorf("Download: %q, %v, after %v", got, err, took)
		}
	})
}

// swallowed is a connection that the network forgets: writes go nowhere, and nothing comes.
type swallowed struct {
	net.Conn
	gone *atomic.Bool
}

func (c *swallowed) Write(p []byte) (int, error) {
	if c.gone.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func TestASwallowedConnectionIsNotUsedForEver(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	tr := transport().(*http.Transport)
	if h := tr.HTTP2; h == nil || h.SendPingTimeout+h.PingTimeout > time.Minute || h.SendPingTimeout == 0 {
		t.Fatalf("HTTP2 = %+v", h)
	}
	tr.HTTP2.SendPingTimeout, tr.HTTP2.PingTimeout = 50*time.Millisecond, 50*time.Millisecond

	tr.TLSClientConfig = &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	var dials atomic.Int32
	var gone atomic.Bool // of the first connection
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil && dials.Add(1) == 1 {
			c = &swallowed{c, &gone}
		}
		return c, err
	}
	defer tr.CloseIdleConnections()
	get := func() (*http.Response, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
		answer, err := tr.RoundTrip(r)
		if err == nil {
			answer.Body.Close()
		}
		return answer, err
	}
	if answer, err := get(); err != nil || answer.ProtoMajor != 2 {
		t.Fatalf("%+v, %v", answer, err)
	}
	gone.Store(true)
	if _, err := get(); err != nil && strings.Contains(err.Error(), "deadline") { // net/http may repeat it by itself
		t.Errorf("the swallowed connection was waited for: %v", err)
	}
	if _, err := get(); err != nil {
		t.Errorf("on another connection: %v", err)
	}
	if dials.Load() < 2 {
		t.Errorf("%d connections", dials.Load())
	}
}
