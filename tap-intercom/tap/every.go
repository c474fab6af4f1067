package tap

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercom"
)

// interval reads the value of --every; 0 without one.
func interval(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second {
		return 0, program.Usagef("--every %q: want a second at least, such as 15m or 1h30m", text)
	}
	return d, nil
}

// repeat calls run, and again whenever interval has passed since the last call
// began, or at once when a call took longer. A failed run is logged and the next
// one goes on from where it stopped; its error is returned if it was the last.
// Errors that the next run would meet again end it all, and so does the end of ctx:
// within a run, that run's error says so.
func (o outside) repeat(ctx context.Context, interval time.Duration, log *slog.Logger, run func(context.Context) error) error {
	now := o.clock()
	for {
		began := now()
		err := run(ctx)
		if ctx.Err() != nil || lasting(err) {
			return err
		}
		next := began.Add(interval)
		wait := max(next.Sub(now()), 0)
		if err != nil {
			log.Error("run failed, the next one goes on from here", "next", next.UTC().Format(time.RFC3339), "err", err)
		} else {
			log.Info("run done", "next", next.UTC().Format(time.RFC3339))
		}
		if o.wait(ctx, wait) != nil {
			return err
		}
	}
}

// lasting reports whether err would be the next run's too.
func lasting(err error) bool {
	_, usage := errors.AsType[*program.UsageError](err)
	return usage || errors.Is(err, singer.ErrBrokenPipe) || errors.Is(err, intercom.ErrUnauthorized)
}

// wait waits for d or until ctx ends.
func (o outside) wait(ctx context.Context, d time.Duration) error {
	if o.sleep != nil {
		return o.sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
