package program

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"intercomdw/singer"
)

// hostile is text that drives terminals and fools readers: it sets a title, moves the
// cursor, rings, begins a line of its own, is of the upper control characters, of
// eight bits and of UTF-8, turns the direction of writing, and hides.
const hostile = "a\x1b]0;pwn\x07\x1b[2J\rb\nINFO c\td\x00\x7f\u0085\u009b31m\u202ee\u2066f\u2028g\u200bh\u061ci\U000e0041j\x9bk\u00a0l"

// quiet reports what in text would drive a terminal.
func quiet(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("not UTF-8: %q", text)
	}
	for i, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			return fmt.Errorf("%q at %d of %q", r, i, text)
		}
	}
	return nil
}

func TestPrintableEscapesWhatDrivesATerminal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"größe 漢字 😀 \ufffd", "größe 漢字 😀 \ufffd"},
		{hostile, `a\u001b]0;pwn\u0007\u001b[2J\rb\nINFO c\td\u0000\u007f\u0085\u009b31m\u202ee\u2066f\u2028g\u200bh\u061ci\udb40\udc41j\x9bk\u00a0l`},
	} {
		if got := Printable(tt.in); got != tt.want {
			t.Errorf("Printable(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
	// JSON stays JSON of the same meaning.
	var value string
	raw := []byte("\"x\x7f\u0085\u202e\U000e0041\u2028\"")
	if err := json.Unmarshal(printableJSON(raw), &value); err != nil || value != "x\x7f\u0085\u202e\U000e0041\u2028" {
		t.Errorf("%s: %q, %v", printableJSON(raw), value, err)
	}
	var out bytes.Buffer
	fmt.Fprintf(PrintableLines(&out), "usage of \x1b[1mx:\n\tflag\x9b\n")
	if want := "usage of \\u001b[1mx:\n\tflag\\x9b\n"; out.String() != want {
		t.Errorf("PrintableLines writes %q, want %q", out.String(), want)
	}
}

// nuisance is a program that says hostile things in every way.
func nuisance(run func(context.Context, *Run[struct{}]) error) Program[struct{}] {
	return Program[struct{}]{
		Name: "tap-nuisance", Kind: Extractor, Version: "1", Description: "says things",
		Flags:    []Flag{{Name: "catalog", Value: "FILE", Usage: "read FILE"}},
		Commands: []Command[struct{}]{{Name: "state", Usage: "print", Run: run}},
		Run:      run, Test: run,
	}
}

// TestEscapeInAStreamNameDoesNotReachTheTerminal ends a run with the error about such a
// stream.
func TestEscapeInAStreamNameDoesNotReachTheTerminal(t *testing.T) {
	t.Parallel()
	p := nuisance(func(context.Context, *Run[struct{}]) error {
		return &singer.InputError{Line: 4, Stream: "users\x1b]0;pwn\x07", Field: "/\x1b[2J", Err: errors.New("expected string")}
	})
	var stderr bytes.Buffer
	code := p.Main(t.Context(), Stdio{Stderr: &stderr, Stdout: &bytes.Buffer{}, Stdin: strings.NewReader("")})
	if want := `CRITICAL line 4: stream users\u001b]0;pwn\u0007: /\u001b[2J: expected string`; code != 1 || !strings.Contains(stderr.String(), want) {
		t.Errorf("exit code %d, stderr %q, want %s", code, stderr.String(), want)
	}
	if err := quiet(stderr.String()); err != nil {
		t.Error(err)
	}
}

// TestNothingFromOutsideDrivesATerminal puts hostile text into everything that a
// program prints to people: the lines of its log in both formats, its last error, wrong
// use of all kinds, the live line and the table of a terminal.
func TestNothingFromOutsideDrivesATerminal(t *testing.T) {
	t.Parallel()
	say := func(_ context.Context, r *Run[struct{}]) error {
		log := r.Log.With("stream", hostile, hostile, hostile).WithGroup(hostile)
		log.Info(hostile, "err", errors.New(hostile), "raw", []byte(hostile), "names", []string{hostile}, "any", struct{ Name string }{hostile}, "map", map[string]string{hostile: hostile},
			slog.Group(hostile, hostile, hostile), "value", slog.AnyValue(fmt.Stringer(loud{})), "json", json.RawMessage(`{"a":"`+"\u009b\u202e"+`"}`))
		log.Warn("METRIC: {\"type\":\"counter\",\"tags\":{\"endpoint\":\"\u009b31m\u202e\"}}")
		singer.NewMetrics(r.Log).Counter(singer.RecordCount, singer.Tags{"endpoint": hostile}).Close()
		r.Progress.Add(hostile, 7, 9)
		r.Progress.Add(hostile+"2", 7, 9)
		if r.Progress.screen.width > 0 {
			r.Progress.screen.draw(r.Progress.line()) // as its ticker does
		}
		return errors.Join(errors.New(hostile), fmt.Errorf("%w", errors.New(hostile)))
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	name, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	// File names cannot hold everything that text can.
	named := strings.NewReplacer("\x00", "", "/", "").Replace(hostile)
	for _, args := range [][]string{
		{"-c", file("text.json", `{"log_level":"debug"}`)},
		{"-c", file("json.json", `{"log_format":"json"}`)},
		{"state"}, {"--test"},
		{"-c", file("setting.json", `{`+string(name)+`:1}`)},
		{"-c", file("near.json", `{"log_forma`+"\u202e"+`":"text"}`)},
		{"-c", file("value.json", `{"log_format":`+string(name)+`}`)},
		{"-c", file("broken.json", "{\"a\x1b[2J")},
		{"-c", file(named, `{"log_level":7}`)},
		{"-c", "absent" + named},
		{"--" + hostile}, {hostile}, {"--catalo" + "\u009b"}, {"-" + hostile + "=1"}, {"state", "--" + hostile}, {"--about", "--format", hostile},
	} {
		for _, width := range []int{0, 200} {
			var stdout, stderr bytes.Buffer
			code := nuisance(say).Main(t.Context(), Stdio{Args: args, Stderr: &stderr, Stdout: &stdout, Stdin: strings.NewReader(""), Terminal: width})
			// What the screen itself draws with is ours.
			said := strings.ReplaceAll(stderr.String(), clearLine, "")
			if err := quiet(said + stdout.String()); err != nil || code == 0 || said == "" {
				t.Errorf("%q on a terminal of %d: exit code %d: %v", args, width, code, err)
			}
			if strings.Contains(said, "\nINFO") {
				t.Errorf("%q: a value looks like a line of the log: %q", args, said)
			}
			if width > 0 && args[0] == "state" && len(args) == 1 && !strings.Contains(said, `in all`) {
				t.Errorf("no live line: %q", said)
			}
			if args[0] == "-c" && strings.HasSuffix(args[1], "json.json") {
				for line := range strings.Lines(said) {
					if !json.Valid([]byte(line)) && strings.HasPrefix(line, "{") {
						t.Errorf("not JSON: %s", line)
					}
				}
			}
		}
	}
}

type loud struct{}

func (loud) String() string { return hostile }
