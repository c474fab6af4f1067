package intercom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// still ends a request of which nothing has come for a while. A download may take
// long as long as it moves; its own bound would let one that stands still take as long.
type still struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	most   time.Duration
	timer  *time.Timer
}

// stillError is the cause of its end.
type stillError struct{ most time.Duration }

func (e *stillError) Error() string { return fmt.Sprintf("nothing has come for %v", e.most) }

func newStill(ctx context.Context, most time.Duration) (context.Context, *still) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &still{ctx: ctx, cancel: cancel, most: most}
	s.timer = time.AfterFunc(most, func() { cancel(&stillError{most}) })
	return ctx, s
}

func (s *still) end() {
	s.timer.Stop()
	s.cancel(nil)
}

// judge puts the standstill in the place of the cancelled context it has led to.
func (s *still) judge(err error) error {
	if cause, ok := errors.AsType[*stillError](context.Cause(s.ctx)); ok {
		return cause
	}
	return err
}

// movingBody is a response's body, each piece of which gives it more time.
type movingBody struct {
	io.ReadCloser
	s *still
}

// Read implements io.Reader.
func (b *movingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.s.timer.Reset(b.s.most)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.s.judge(err)
	}
	return n, err
}
