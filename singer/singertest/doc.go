// Package singertest checks Singer programs against the protocol: any tap's
// output, any target's behaviour.
//
// [CheckTap] asserts of a tap what singer-io's singer-check-tap and the tap
// tests of the Singer SDK assert, and that what a catalog says holds together.
// [CheckTarget] asserts of a target that the states it releases are those of
// its input, in order, and never ahead of what it has committed. [TargetCases]
// are inputs that every target should take, or refuse, in the same way.
//
// A program under test is a [Program]: a function, or an executable by way of
// [Command]. What a tap's source or a target's tables hold is left to the
// tests of the programs themselves.
package singertest

import (
	"context"
	"errors"
	"io"
	"os/exec"
)

// Program runs a Singer program to its end and returns its exit code.
type Program func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) int

// Command returns the program in an executable file. An exit code of -1 means
// that it could not be started, or was killed.
func Command(name string) Program {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) int {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return exit.ExitCode()
		}
		if err != nil {
			_, _ = io.WriteString(stderr, err.Error()+"\n")
			return -1
		}
		return 0
	}
}
