package singer

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

var (
	// ErrLineTooLong is wrapped by the error for a line above the limit.
	ErrLineTooLong = errors.New("line too long")

	// ErrTruncated is wrapped by the error for a last line that was cut short:
	// it has no newline and is no JSON. The writer died, and what it had to
	// say is not known.
	ErrTruncated = errors.New("input ends in the middle of a line")

	// ErrBrokenPipe is wrapped by the error of an [Encoder] whose reader has
	// gone. There is nobody to tell: end quietly, with a non-zero exit code.
	ErrBrokenPipe = errors.New("broken pipe")
)

// InputError says where in the input something is wrong:
//
//	line 4711: stream users: /email: expected string
type InputError struct {
	Line   int64  // number of the line, from 1; 0 when not known
	Stream string // stream of the message; "" when not known
	Field  string // JSON pointer within the record; "" for the message as a whole
	Err    error  // what is wrong
}

// Error gives what is known of the place, then the cause.
func (e *InputError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		b.WriteString("line ")
		b.WriteString(strconv.FormatInt(e.Line, 10))
		b.WriteString(": ")
	}
	if e.Stream != "" {
		b.WriteString("stream ")
		b.WriteString(e.Stream)
		b.WriteString(": ")
	}
	if e.Field != "" {
		b.WriteString(e.Field)
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// WrapBrokenPipe returns the error of a write to a pipe so that it wraps
// [ErrBrokenPipe] when the reader has gone, in the words of Unix, of Windows
// (ERROR_BROKEN_PIPE, ERROR_NO_DATA) or of io.Pipe. Other errors, and nil, come
// back as they are. It is for standard output: a broken connection says the same.
func WrapBrokenPipe(err error) error {
	gone := errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) ||
		runtime.GOOS == "windows" && (errors.Is(err, syscall.Errno(109)) || errors.Is(err, syscall.Errno(232)))
	if !gone || errors.Is(err, ErrBrokenPipe) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBrokenPipe, err)
}
