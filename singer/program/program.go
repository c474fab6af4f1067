package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"intercomdw/singer"
)

// Exit codes of a Singer program.
const (
	ExitDone   = 0 // the work is done
	ExitFailed = 1 // it failed, or was interrupted
	ExitUsage  = 2 // wrong use or configuration; nothing was begun
)

// Kind says which side of the pipe a program is.
type Kind string

// The kinds of programs, in Meltano's words.
const (
	Extractor Kind = "extractor" // a tap
	Loader    Kind = "loader"    // a target
)

// Program describes a Singer program whose configuration is a C, a struct with
// the tags that the package comment shows. The settings log_format and
// log_level are there without being in C.
type Program[C any] struct {
	Name         string // tap-intercom
	Kind         Kind
	Description  string   // one sentence without full stop
	Version      string   // empty: what the Go toolchain stamped into the binary
	Capabilities []string // in Meltano's words, see [Program.About]

	// Flags are those of this program, besides --config, --about, --format,
	// --version, --test and --help.
	Flags []Flag

	// Commands are reached by name: target-azuresqldw state. Each takes
	// --config too.
	Commands []Command[C]

	// Check, when set, looks at the configuration once it is complete and
	// well-formed. Its errors are wrong configuration.
	Check func(*C) error

	// Run does the work. When ctx is cancelled it comes to an end at the next
	// safe point and returns an error, unless it is done; what must not be left half
	// done goes on under context.WithoutCancel(ctx).
	Run func(ctx context.Context, r *Run[C]) error

	// Test, when set, is run by --test in place of Run: a trial of the
	// configuration against the outside world.
	Test func(ctx context.Context, r *Run[C]) error
}

// Command is a command of a program.
type Command[C any] struct {
	Name  string
	Usage string // what it does, lower case
	Flags []Flag
	Run   func(ctx context.Context, r *Run[C]) error
}

// Run is what the work of a program is given.
type Run[C any] struct {
	Config   C
	Flags    Flags
	Stdin    io.Reader
	Stdout   io.Writer // data only
	Stderr   io.Writer // prefer Log
	Log      *slog.Logger
	Progress *Progress // does nothing unless stderr is a terminal
	Name     string    // of the program
	Version  string
}

// UsageError is wrong use or configuration: exit code 2.
type UsageError struct{ Err error }

// Error returns the text of the cause.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// Usagef returns a [*UsageError] with a formatted text.
func Usagef(format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...)}
}

// InterruptedError is the cause of a context that a signal cancelled; see
// context.Cause.
type InterruptedError struct{ Signal string }

// Error says which signal came.
func (e *InterruptedError) Error() string { return "interrupted by " + e.Signal }

// Main runs the program and returns its exit code. It reads the arguments and
// streams from std, never from the process.
func (p Program[C]) Main(ctx context.Context, std Stdio) int {
	if std.Stdout == nil {
		std.Stdout = io.Discard
	}
	std.Stdout = dataWriter{std.Stdout}
	screen := newScreen(std)
	log := slog.New(newHandler(screen, p.Name, "text", slog.LevelInfo))
	err := p.dispatch(ctx, std, screen, &log)
	screen.close()
	return p.exitCode(ctx, log, err)
}

// exitCode turns an error into one line and a code.
func (p Program[C]) exitCode(ctx context.Context, log *slog.Logger, err error) int {
	_, isUsage := errors.AsType[*UsageError](err)
	switch {
	case err == nil:
		return ExitDone
	case isUsage:
		log.Log(ctx, LevelCritical, err.Error()+" (see "+p.Name+" --help)")
		return ExitUsage
	case errors.Is(err, singer.ErrBrokenPipe):
		return ExitFailed // whoever read our output has gone, and said why
	}
	log.Log(ctx, LevelCritical, err.Error())
	return ExitFailed
}

// envPrefix is what the environment variables of the program begin with.
func (p Program[C]) envPrefix() string {
	return strings.ToUpper(strings.ReplaceAll(p.Name, "-", "_")) + "_"
}
