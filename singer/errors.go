package singer

import (
	"errors"
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

// isBrokenPipe reports whether err says that the reader of a pipe has gone,
// in the words of Unix, of Windows (ERROR_BROKEN_PIPE, ERROR_NO_DATA) or of
// io.Pipe.
func isBrokenPipe(err error) bool {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		return true
	}
	return runtime.GOOS == "windows" &&
		(errors.Is(err, syscall.Errno(109)) || errors.Is(err, syscall.Errno(232)))
}
