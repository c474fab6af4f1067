package program

import (
	"io"
	"os"

	"golang.org/x/term"

	"intercomdw/singer"
)

// Stdio is the outside of a program: what a process is given by its parent.
type Stdio struct {
	Args   []string // without the name of the program
	Env    []string // as os.Environ gives it
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	// Terminal is the width of the terminal that Stderr is; 0 when it is none.
	Terminal int

	// Signals, when set, brings the signals the program is to react to; nil
	// means those of the process.
	Signals <-chan os.Signal

	// Exit ends the process at once, on a second signal; nil means os.Exit.
	Exit func(code int)
}

// dataWriter is standard output. Whatever a program writes there, and however,
// a reader that has gone ends it quietly; the EPIPE of a socket does not.
type dataWriter struct{ w io.Writer }

// Write writes to standard output.
func (d dataWriter) Write(b []byte) (int, error) {
	n, err := d.w.Write(b)
	return n, singer.WrapBrokenPipe(err)
}

// OS returns the streams of this process.
func OS() Stdio {
	std := Stdio{Args: os.Args[1:], Env: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	if fd := int(os.Stderr.Fd()); term.IsTerminal(fd) {
		std.Terminal = 80
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			std.Terminal = width
		}
	}
	return std
}
