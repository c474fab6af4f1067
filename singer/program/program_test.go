package program_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/singer/secret"
)

type config struct {
	Token     secret.String  `json:"access_token" required:"true" doc:"token of the workspace"`
	Start     string         `json:"start_date" format:"date-time" doc:"nothing older is read"`
	Region    string         `json:"region" default:"us" enum:"us,eu,au" doc:"where the workspace lives"`
	PageSize  int            `json:"page_size" default:"150" min:"1" max:"150" doc:"records per page"`
	Lookback  *int           `json:"lookback_seconds" doc:"seconds read again"`
	Ratio     float64        `json:"ratio" default:"0.5" doc:"share of the rate limit left to others"`
	Streams   []string       `json:"select" doc:"streams to read | patterns"`
	Nested    map[string]int `json:"nested" doc:"weights by name"`
	KeepFiles bool           `json:"keep_files" doc:"keep what was staged"`
}

// greet is a program that prints its configuration.
func greet() program.Program[config] {
	show := func(_ context.Context, r *program.Run[config]) error {
		b, err := json.Marshal(r.Config)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.Stdout, "%s token=%s catalog=%s discover=%v\n", b, r.Config.Token.Reveal(), r.Flags.Get("catalog"), r.Flags.Has("discover"))
		return err
	}
	return program.Program[config]{
		Name: "tap-greet", Kind: program.Extractor, Description: "greets", Version: "1.2.3",
		Capabilities: []string{"discover", "state"},
		Flags: []program.Flag{
			{Name: "catalog", Value: "FILE", Usage: "read the catalog from"},
			{Name: "properties", Aliases: []string{"p"}, Value: "FILE", Deprecated: "--catalog"},
			{Name: "discover", Aliases: []string{"d"}, Usage: "print the catalog", NoConfig: true},
		},
		Commands: []program.Command[config]{{Name: "state", Usage: "print the state", Run: func(_ context.Context, r *program.Run[config]) error {
			_, err := fmt.Fprintln(r.Stdout, "state of", r.Config.Region)
			return err
		}}},
		Check: func(c *config) error {
			if c.Region == "au" && c.PageSize > 100 {
				return errors.New(`setting "page_size": at most 100 in au`)
			}
			return nil
		},
		Run:  show,
		Test: func(_ context.Context, r *program.Run[config]) error { return errors.New("connect: refused") },
	}
}

// result is what a run of a program left behind.
type result struct {
	code           int
	stdout, stderr string
}

func run(t *testing.T, p program.Program[config], env []string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := p.Main(t.Context(), program.Stdio{Args: args, Env: env, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr})
	return result{code, stdout.String(), stderr.String()}
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config,1.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestConfigIsReadFromFilesAndEnvironment(t *testing.T) {
	t.Parallel()
	one := write(t, `{"access_token":"one","page_size":10,"select":["a","b"],"start_date":"2026-01-01","keep_files":"true"}`)
	two := write(t, `{"access_token":"two","page_size":null,"lookback_seconds":0,"nested":{"x":1}}`)
	got := run(t, greet(), []string{"TAP_GREET_ACCESS_TOKEN=three", "TAP_GREET_SELECT=x, y", "OTHER=1"}, "--config", "ENV", "-c", one, "--config="+two, "--catalog", "c.json")
	want := result{0, `{"access_token":"REDACTED","start_date":"2026-01-01","region":"us","page_size":10,"lookback_seconds":0,"ratio":0.5,"select":["x","y"],"nested":{"x":1},"keep_files":true} token=three catalog=c.json discover=false` + "\n", ""}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = run(t, greet(), nil, "-c", one, "-c", two)
	if !strings.Contains(got.stdout, "token=two") || got.code != 0 {
		t.Errorf("the later file does not win: %+v", got)
	}
}

func TestWrongUseIsExitCode2WithAWayOut(t *testing.T) {
	t.Parallel()
	ok := write(t, `{"access_token":"x"}`)
	tests := []struct {
		name, config string
		args         []string
		want         string
	}{
		{"no config", "", nil, `no --config given; required: "access_token"`},
		{"missing setting", `{}`, nil, `config: missing setting "access_token"`},
		{"empty secret", `{"access_token":""}`, nil, `config: missing setting "access_token"`},
		{"misspelt setting", `{"acess_token":"x"}`, nil, `unknown setting "acess_token" (did you mean "access_token"?)`},
		{"wrong enum", `{"access_token":"x","region":"ue"}`, nil, `setting "region": "ue" is not one of us, eu, au (see`},
		{"wrong type", `{"access_token":"x","page_size":"many"}`, nil, `setting "page_size": expected integer, got "many"`},
		{"a number for a secret", `{"access_token":918273645}`, nil, `setting "access_token": expected string, got number`},
		{"below", `{"access_token":"x","page_size":0}`, nil, `setting "page_size": 0 is below 1`},
		{"not a time", `{"access_token":"x","start_date":"yesterday"}`, nil, `setting "start_date": expected a time like`},
		{"own check", `{"access_token":"x","region":"au"}`, nil, `config: setting "page_size": at most 100 in au`},
		{"broken JSON", "{\n\"access_token\":\n}", nil, `line 3: invalid character`},
		{"no object", `[]`, nil, `expected a JSON object`},
		{"unknown flag", "", []string{"-c", ok, "--catalogue", "x"}, `unknown flag --catalogue (did you mean --catalog?)`},
		{"flag without argument", "", []string{"--catalog"}, `missing argument of flag -catalog`},
		{"unknown command", "", []string{"stat"}, `unknown command "stat" (did you mean "state"?)`},
		{"stray argument", "", []string{"-c", ok, "x"}, `unexpected argument "x"`},
		{"no such file", "", []string{"-c", "/no/such.json"}, `read config: open /no/such.json`},
		{"format alone", "", []string{"-c", ok, "--format", "json"}, `--format is for --about`},
		{"unknown format", "", []string{"--about", "--format", "xml"}, `--format "xml" is not one of text, json, markdown`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := tt.args
			if tt.config != "" {
				args = append([]string{"--config", write(t, tt.config)}, args...)
			}
			got := run(t, greet(), nil, args...)
			if got.code != program.ExitUsage || got.stdout != "" || !strings.Contains(got.stderr, " CRITICAL ") || !strings.Contains(got.stderr, tt.want) {
				t.Errorf("%v: code %d, stdout %q, stderr %q; want code 2, nothing on stdout, %q", args, got.code, got.stdout, got.stderr, tt.want)
			}
			if strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("stderr is not one line: %q", got.stderr)
			}
			if strings.Contains(got.stderr, "918273645") {
				t.Errorf("stderr holds the secret: %q", got.stderr)
			}
		})
	}
}

func TestStdoutHoldsOnlyWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--version"}, 0, "tap-greet 1.2.3 ("},
		{[]string{"--help"}, 0, "--catalog"},
		{[]string{"state", "-h"}, 0, "print the state"},
		{[]string{"--about"}, 0, "access_token (string, secret, required): token of the workspace"},
		{[]string{"--about", "--format=markdown"}, 0, "| `region` | no | `us` | Where the workspace lives. One of `us`, `eu`, `au`. |"},
		{[]string{"--discover"}, 0, "discover=true"},
		{[]string{"--test", "-c", write(t, `{"access_token":"x"}`)}, 1, ""},
		{[]string{"state", "-c", write(t, `{"access_token":"x","region":"eu"}`)}, 0, "state of eu\n"},
		{[]string{"-c", write(t, `{"access_token":"x","region":"eu"}`), "state"}, 0, "state of eu\n"},
	}
	for _, tt := range tests {
		got := run(t, greet(), nil, tt.args...)
		if got.code != tt.code || !strings.Contains(got.stdout, tt.want) || tt.want == "" && got.stdout != "" {
			t.Errorf("%v = %+v, want code %d and %q", tt.args, got, tt.code, tt.want)
		}
	}
}

func TestDeprecatedFlagsWarn(t *testing.T) {
	t.Parallel()
	got := run(t, greet(), nil, "-c", write(t, `{"access_token":"x","stream_maps":{}}`), "-p", "x.json")
	for _, want := range []string{"WARNING deprecated flag flag=--properties instead=--catalog", "WARNING unknown setting ignored setting=stream_maps"} {
		if got.code != 0 || !strings.Contains(got.stderr, want) {
			t.Errorf("got %+v, want %q on stderr", got, want)
		}
	}
	if help := run(t, greet(), nil, "--help"); strings.Contains(help.stdout, "properties") {
		t.Errorf("help shows a deprecated flag:\n%s", help.stdout)
	}
}

func TestHelpNamesEachArgumentOnce(t *testing.T) {
	t.Parallel()
	help := run(t, greet(), nil, "--help").stdout
	for _, want := range []string{
		"   --config FILE, -c FILE  read settings from FILE, or",
		"   --catalog FILE          read the catalog from FILE\n",
		"   --format FORMAT         print --about in FORMAT: text",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("help without %q:\n%s", want, help)
		}
	}
}

func TestErrorsOfTheWorkBecomeExitCodes(t *testing.T) {
	t.Parallel()
	ok := write(t, `{"access_token":"x"}`)
	tests := []struct {
		err    error
		code   int
		stderr string
	}{
		{nil, 0, ""},
		{errors.New("copy into x:\nbad"), 1, `CRITICAL copy into x:\nbad`},
		{fmt.Errorf("catalog: %w", program.Usagef("unknown stream %q", "user")), 2, `CRITICAL catalog: unknown stream "user" (see tap-greet --help)`},
		{fmt.Errorf("write: %w", singer.ErrBrokenPipe), 1, ""},
	}
	for _, tt := range tests {
		p := greet()
		p.Run = func(context.Context, *program.Run[config]) error { return tt.err }
		got := run(t, p, nil, "-c", ok)
		if got.code != tt.code || !strings.Contains(got.stderr, tt.stderr) || tt.stderr == "" && got.stderr != "" || got.stdout != "" {
			t.Errorf("error %v: %+v, want code %d and %q", tt.err, got, tt.code, tt.stderr)
		}
	}
}

// interrupt is a signal without a process.
type interrupt struct{}

func (interrupt) String() string { return "interrupt" }
func (interrupt) Signal()        {}

func TestFirstSignalStopsAtTheNextSafePoint(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal)
	p := greet()
	p.Run = func(ctx context.Context, r *program.Run[config]) error {
		signals <- interrupt{}
		<-ctx.Done()
		fmt.Fprintln(r.Stdout, "safe")
		return fmt.Errorf("read page: %w", ctx.Err())
	}
	var stdout, stderr bytes.Buffer
	code := p.Main(t.Context(), program.Stdio{Args: []string{"-c", write(t, `{"access_token":"x"}`)}, Stdout: &stdout, Stderr: &stderr, Signals: signals})
	if code != program.ExitFailed || stdout.String() != "safe\n" || !strings.Contains(stderr.String(), "CRITICAL interrupted by interrupt") {
		t.Errorf("code %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	signals, exited := make(chan os.Signal), make(chan int)
	p := greet()
	p.Run = func(ctx context.Context, r *program.Run[config]) error {
		signals <- interrupt{}
		<-ctx.Done()
		signals <- interrupt{}
		if code := <-exited; code != program.ExitFailed {
			t.Errorf("exit code %d, want %d", code, program.ExitFailed)
		}
		return nil
	}
	var stderr bytes.Buffer
	p.Main(t.Context(), program.Stdio{Args: []string{"-c", write(t, `{"access_token":"x"}`)}, Stderr: &stderr, Signals: signals, Exit: func(code int) { exited <- code }})
}

func TestShellsAreToldWhatMayComeNext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		args       []string
		want, none string // a line that is there, one that is not
	}{
		{"a command", nil, "state\n", "--config"},
		{"a command after a flag with its value", []string{"--config", "x.json"}, "state\n", "--config"},
		{"a flag that was begun", []string{"--c"}, "--config\n--", "state\n"},
		{"no deprecated flag", []string{"-"}, "--help\n", "--properties"},
		{"a file after --config", []string{"--config"}, "", "-"},
		{"a file after -c", []string{"state", "-c"}, "", "-"},
		{"nothing after a command", []string{"state"}, "", "state"},
		{"the flags of a command", []string{"state", "-"}, "--config\n--help\n", "--catalog"},
	}
	for _, tt := range tests {
		got := run(t, greet(), nil, append(tt.args, "--generate-bash-completion")...)
		if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, tt.want) || strings.Contains(got.stdout, tt.none) {
			t.Errorf("%s: %+v, want %q and not %q", tt.name, got, tt.want, tt.none)
		}
	}
}

func TestManPageHasEveryFlagAndSetting(t *testing.T) {
	t.Parallel()
	page := greet().ManPage("target-greet(1)")
	for _, want := range []string{
		"tap\\-greet \\- ", "\\fB\\-\\-config\\fR, \\fB\\-c\\fR \\fIFILE\\fR\nRead settings from FILE,", "\\fB\\-\\-catalog\\fR",
		".SS state\n", "\\fBaccess_token\\fR (string, secret, required)\n", "\\fBlog_level\\fR", "TAP_GREET_", "target\\-greet(1)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "properties") {
		t.Errorf("a deprecated flag is in\n%s", page)
	}
}
