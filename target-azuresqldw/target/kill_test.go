package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"intercomdw/singer/program"
)

// asTarget in the environment makes the test's executable the target itself, so that a test can kill it.
const asTarget = "TARGET_AZURESQLDW_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asLoader) != "" {
		if err := loader(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(asTarget) != "" {
		os.Exit(Program("").Main(context.Background(), program.OS()))
	}
	os.Exit(m.Run())
}

func TestKilledAtRandomMomentsAndRestartedItEndsWithTheSameTables(t *testing.T) {
	t.Parallel()
	last := few(800, 160)
	tap := func(after int) string {
		var b strings.Builder
		fmt.Fprintln(&b, logSchema)
		fmt.Fprintln(&b, usersSchema)
		for n := after + 1; n <= last; n++ {
			fmt.Fprintln(&b, entry(n))
			fmt.Fprintln(&b, user(n%37))
			if n%10 == 0 {
				fmt.Fprintln(&b, state(n))
			}
		}
		return b.String()
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	h.set["max_batch_rows"] = 20
	random := rand.New(rand.NewPCG(7, 7))
	kills := 0
	for at := 0; at < last; at = h.committed() {
		c := exec.CommandContext(t.Context(), self, "--config", h.config())
		c.Env = append(os.Environ(), asTarget+"=1")
		c.Stdin = strings.NewReader(tap(at))
		var log bytes.Buffer
		c.Stderr = &log
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		patience := time.Duration(60+random.IntN(250)) * time.Millisecond
		if kills == 10 {
			patience = time.Hour // now it may come to its end
		}
		kill := time.AfterFunc(patience, func() { c.Process.Kill() })
		err := c.Wait()
		kill.Stop()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit) && exit.ExitCode() == -1:
			kills++
		case err != nil:
			t.Fatalf("%v:\n%s", err, &log)
		}
	}
	t.Logf("killed %d times", kills)
	got := h.rows("SELECT n FROM raw.log ORDER BY n")
	var want []string
	for n := range last {
		want = append(want, fmt.Sprint(n+1))
	}
	if !slices.Equal(got, want) {
		t.Errorf("log has %d rows, want %d: %q", len(got), len(want), got)
	}
	h.want("SELECT COUNT(*), COUNT(DISTINCT id) FROM raw.users", "37|37")
	h.load(tap(last))
	h.clean()
}

func TestASignalEndsTheRunAtTheLastSafePoint(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in, feed := io.Pipe()
	defer feed.Close()
	signals := make(chan os.Signal, 1)
	var out, log bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- Program("").Main(t.Context(), program.Stdio{
			Args: []string{"--config", h.config()}, Stdin: in, Stdout: &out, Stderr: &log, Signals: signals, Exit: func(int) {},
		})
	}()
	fmt.Fprintf(feed, "%s\n%s\n%s\n%s\n%s\n", logSchema, usersSchema, entry(1), user(1), state(1))
	fmt.Fprintf(feed, "%s\n", user(2))
	feed.Write([]byte(" ")) // taken when all before it has been read
	signals <- syscall.SIGTERM
	if code := <-ended; code != 1 || !strings.Contains(log.String(), "interrupted by terminated") {
		t.Errorf("exit code %d:\n%s", code, &log)
	}
	switch out.String() {
	case "{\"at\":1}\n":
		h.want("SELECT n FROM raw.log", "1")
	case "": // the signal came before the batch was through
	default:
		t.Errorf("printed %q", &out)
	}
}
