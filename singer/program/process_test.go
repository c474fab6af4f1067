package program_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
)

// The test binary is also the program under test, when this variable says what
// it is to do: signals and broken pipes belong to a process.
const asProgram = "PROGRAM_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(asProgram)
	if role == "" {
		os.Exit(m.Run())
	}
	p := greet()
	p.Run = func(ctx context.Context, r *program.Run[config]) error {
		e := singer.NewEncoder(r.Stdout)
		for role == "print" { // past the encoder, as discovery does
			if _, err := fmt.Fprintln(r.Stdout, `{"type":"STATE","value":{}}`); err != nil {
				return fmt.Errorf("write catalog: %w", err)
			}
		}
		if role == "write" { // until somebody minds
			for {
				if err := e.State(jsontext.Value(`{}`)); err != nil {
					return fmt.Errorf("users: %w", err)
				}
			}
		}
		if err := e.State(jsontext.Value(`"ready"`)); err != nil {
			return err
		}
		<-ctx.Done()
		if role == "stubborn" {
			if err := e.State(jsontext.Value(`"stopping"`)); err != nil {
				return err
			}
			select {}
		}
		if err := e.State(jsontext.Value(`"safe"`)); err != nil {
			return err
		}
		return context.Cause(ctx)
	}
	os.Exit(p.Main(context.Background(), program.OS()))
}

// start starts the program in a role.
func start(t *testing.T, role string) (cmd *exec.Cmd, stdout *bufio.Reader, stderr *bytes.Buffer) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to send")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), exe, "--config", "ENV")
	cmd.Env = []string{asProgram + "=" + role, "TAP_GREET_ACCESS_TOKEN=x"}
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(pipe), stderr
}

func expect(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil || !strings.Contains(line, want) {
		t.Fatalf("stdout %q, %v; want %s", line, err, want)
	}
}

func TestProcessStopsAtASafePointWhenTerminated(t *testing.T) {
	t.Parallel()
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd, stdout, stderr := start(t, "wait")
		expect(t, stdout, "ready")
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		expect(t, stdout, "safe")
		_ = cmd.Wait() // the code says it
		if code := cmd.ProcessState.ExitCode(); code != program.ExitFailed || !strings.Contains(stderr.String(), "CRITICAL interrupted by "+s.String()) {
			t.Errorf("%v: exit code %d, stderr %s", s, code, stderr)
		}
	}
}

func TestProcessEndsAtOnceOnTheSecondSignal(t *testing.T) {
	t.Parallel()
	cmd, stdout, stderr := start(t, "stubborn")
	expect(t, stdout, "ready")
	for _, next := range []string{"stopping", ""} {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if next != "" {
			expect(t, stdout, next)
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != program.ExitFailed {
		t.Errorf("exit code %d, stderr %s", code, stderr)
	}
}

func TestProcessEndsQuietlyWhenItsReaderHasGone(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"write", "print"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			leave(t, role)
		})
	}
}

// leave starts a program, reads a line of it, and goes.
func leave(t *testing.T, role string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	read, written, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "--config", "ENV")
	cmd.Env = []string{asProgram + "=" + role, "TAP_GREET_ACCESS_TOKEN=x"}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = written, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := written.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, bufio.NewReader(read), `{"type":"STATE","value":{}}`)
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != program.ExitFailed || stderr.Len() > 0 {
		t.Errorf("exit code %d, stderr %q; want %d and nothing", code, &stderr, program.ExitFailed)
	}
}
