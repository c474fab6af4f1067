package program_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercomdw/singer/program"
)

// watched runs a program that counts, in front of a terminal of a given width.
func watched(t *testing.T, width int) string {
	t.Helper()
	file := write(t, `{"access_token":"x"}`)
	var stderr bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		p := greet()
		p.Run = func(_ context.Context, r *program.Run[config]) error {
			r.Progress.Add("users", 1000, 0)
			time.Sleep(1001 * time.Millisecond) // the clock of synctest
			r.Progress.Add("conversation_parts", 1_234_567, 2048)
			time.Sleep(time.Second)
			r.Log.Info("batch loaded")
			r.Progress.Add("users", 1, 0)
			return nil
		}
		code := p.Main(t.Context(), program.Stdio{Args: []string{"-c", file}, Stderr: &stderr, Terminal: width, Signals: make(chan os.Signal)})
		if code != 0 {
			t.Errorf("exit code %d: %s", code, &stderr)
		}
	})
	return stderr.String()
}

func TestProgressIsOneLiveLineAndATable(t *testing.T) {
	t.Parallel()
	got := strings.Split(watched(t, 80), "\r\x1b[K")
	for i, part := range got {
		if at := strings.Index(part, " INFO "); at > 0 {
			got[i] = part[at+1:] // without the time
		}
	}
	want := []string{
		"",
		"users: 1,000 records, 1,000 in all, 5,000/s",
		"users: 1,000 records, 1,000 in all, 2,500/s",
		"users: 1,000 records, 1,000 in all, 1,666/s",
		"users: 1,000 records, 1,000 in all, 1,250/s",
		"users: 1,000 records, 1,000 in all, 1,000/s",
		"conversation_parts: 1,234,567 records, 1,235,567 in all, 1,029,639/s",
		"conversation_parts: 1,234,567 records, 1,235,567 in all, 882,547/s",
		"conversation_parts: 1,234,567 records, 1,235,567 in all, 772,229/s",
		"conversation_parts: 1,234,567 records, 1,235,567 in all, 686,426/s",
		"conversation_parts: 1,234,567 records, 1,235,567 in all, 617,783/s",
		"INFO batch loaded\nconversation_parts: 1,234,567 records, 1,235,567 in all, 617,783/s",
		`stream                records  bytes  took
users                   1,001           2s
conversation_parts  1,234,567  2,048    0s
all                 1,235,568  2,048    2s
`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgressFitsTheTerminal(t *testing.T) {
	t.Parallel()
	for part := range strings.SplitSeq(watched(t, 30), "\r\x1b[K") {
		line, _, _ := strings.Cut(part, "\n")
		if strings.Contains(line, "records,") && len(line) >= 30 {
			t.Errorf("line of %d in a terminal of 30: %q", len(line), line)
		}
	}
}

func TestProgressSaysNothingWithoutATerminal(t *testing.T) {
	t.Parallel()
	got := watched(t, 0)
	if strings.ContainsAny(got, "\r\x1b") || strings.Contains(got, "records") || strings.Count(got, "\n") != 1 {
		t.Errorf("stderr %q, want the log line alone", got)
	}
}

func TestTheTableTellsRecordsThatWereSetAside(t *testing.T) {
	t.Parallel()
	file := write(t, `{"access_token":"x"}`)
	var stderr bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		p := greet()
		p.Run = func(_ context.Context, r *program.Run[config]) error {
			r.Progress.Add("users", 1000, 10)
			r.Progress.Add("tags", 5, 10)
			r.Progress.Aside("users", 2)
			return nil
		}
		p.Main(t.Context(), program.Stdio{Args: []string{"-c", file}, Stderr: &stderr, Terminal: 80, Signals: make(chan os.Signal)})
	})
	want := `stream  records  set aside  bytes  took
users       998          2     10    0s
tags          5                10    0s
all       1,003          2     20    0s
`
	if !strings.HasSuffix(stderr.String(), want) {
		t.Errorf("got\n%s\nwant\n%s", &stderr, want)
	}
}

func TestNilProgressCounts(t *testing.T) {
	t.Parallel()
	var p *program.Progress
	p.Add("users", 1, 1)
	p.Aside("users", 1)
	if p.Total() != 0 {
		t.Error("Total() of nothing is not 0")
	}
}
