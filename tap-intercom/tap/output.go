package tap

import (
	"io"
	"sync"
)

// pageful is how much is written at once.
const pageful = 64 << 10

// lines gathers messages, one to a Write, and passes on whole ones: a program
// that dies leaves no half of a line behind.
type lines struct {
	w io.Writer

	mu  sync.Mutex
	buf []byte
}

// Write takes a whole message.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buf)+len(p) > pageful {
		if err := l.handOn(); err != nil {
			return 0, err
		}
	}
	if len(p) >= pageful {
		return l.w.Write(p)
	}
	l.buf = append(l.buf, p...)
	return len(p), nil
}

// Flush passes on what was gathered.
func (l *lines) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.handOn()
}

func (l *lines) handOn() error {
	if len(l.buf) == 0 {
		return nil
	}
	_, err := l.w.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}
