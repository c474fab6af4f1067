package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// run does what was asked for: --about, --version, --test, or the work.
func (p Program[C]) run(ctx context.Context, std Stdio, screen *screen, log **slog.Logger, g given, work func(context.Context, *Run[C]) error) error {
	switch {
	case g.Has("version"):
		_, err := io.WriteString(std.Stdout, p.versionLine(ownBuild()))
		return err
	case g.Has("about"):
		return p.printAbout(std.Stdout, g.Get("format"))
	case g.Has("format"):
		return Usagef("--format is for --about")
	}
	c, err := p.loadConfig(g.configs, std.Env, g.noConfig, (*log).Warn)
	if err != nil {
		return err
	}
	*log = slog.New(newHandler(screen, p.Name, c.Logging.LogFormat, p.logLevel(c.Logging.LogLevel, std.Env)))
	(*log).Debug("starting", "version", p.version(), "go", goVersion())

	ctx, done := watchSignals(ctx, std, *log)
	defer done()
	r := &Run[C]{
		Config: c.Program, Flags: g.Flags,
		Stdin: std.Stdin, Stdout: std.Stdout, Stderr: screen,
		Log: *log, Progress: newProgress(screen, time.Now),
		Name: p.Name, Version: p.version(),
	}
	if g.Has("test") {
		return p.Test(ctx, r)
	}
	screen.show(r.Progress)
	return interrupted(ctx, work(ctx, r))
}

// interrupted says that a signal ended the work, when one did, rather than
// that some context was cancelled.
func interrupted(ctx context.Context, err error) error {
	if cause, ok := errors.AsType[*InterruptedError](context.Cause(ctx)); ok && err != nil {
		if errors.Is(err, context.Canceled) || errors.Is(err, cause) {
			return cause
		}
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// watchSignals returns a context that the first SIGINT or SIGTERM cancels. The
// second ends the process at once. It also sees to it that writing into a
// closed pipe is an error and not the end of the process.
func watchSignals(ctx context.Context, std Stdio, log *slog.Logger) (context.Context, func()) {
	signals, exit := std.Signals, std.Exit
	stop := func() {}
	if signals == nil {
		own := make(chan os.Signal, 2)
		signal.Notify(own, os.Interrupt, syscall.SIGTERM)
		signal.Ignore(syscall.SIGPIPE)
		signals, stop = own, func() { signal.Stop(own) }
	}
	if exit == nil {
		exit = os.Exit
	}
	ctx, cancel := context.WithCancelCause(ctx)
	ended, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		for first := true; ; first = false {
			select {
			case s := <-signals:
				if !first {
					log.Error("ending at once", "signal", s.String())
					exit(ExitFailed)
					return
				}
				log.Warn("stopping at the next safe point; signal again to end at once", "signal", s.String())
				cancel(&InterruptedError{s.String()})
			case <-ended:
				return
			}
		}
	}()
	return ctx, func() {
		stop()
		close(ended)
		<-left
		cancel(nil)
	}
}
