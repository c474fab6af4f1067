package stage

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// It takes its time because that is what it is about: each byte comes, but slowly.
func TestASlowUploadIsNotGivenUp(t *testing.T) {
	t.Parallel()
	const size, piece = 3 << 20, 16 << 10
	narrow := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { // so that bytes wait with the sender
		return c.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 16*piece) })
	}}
	listener, err := narrow.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		ticks := time.NewTicker(10 * time.Millisecond)
		defer ticks.Stop()
		for left := size; left > 0; left -= piece {
			<-ticks.C
			if _, err := io.CopyN(io.Discard, conn, piece); err != nil {
				return
			}
		}
		io.WriteString(conn, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
	}()
	s := newSteady(Options{Silence: 500 * time.Millisecond, Patience: time.Minute, Log: slog.New(slog.DiscardHandler)})
	start := time.Now()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+listener.Addr().String(), bytes.NewReader(make([]byte, size)))
	answer, err := (&http.Client{Transport: s}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if took := time.Since(start); took < 2*s.silence {
		t.Errorf("took %v, which proves nothing", took)
	}
}
