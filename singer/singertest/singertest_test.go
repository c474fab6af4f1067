package singertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/singer/singertest"
)

// usersTap is a tap with one stream, whose source is a map.
func usersTap(catalog, output string) singertest.Program {
	type config struct {
		Token string `json:"token" doc:"not looked at"`
	}
	p := program.Program[config]{
		Name: "tap-users", Kind: program.Extractor, Description: "users", Version: "1", Capabilities: []string{"catalog", "discover", "state"},
		Flags: []program.Flag{
			{Name: "catalog", Value: "FILE", Usage: "catalog"}, {Name: "state", Value: "FILE", Usage: "state"},
			{Name: "discover", Usage: "discover", NoConfig: true},
		},
		Run: func(_ context.Context, r *program.Run[config]) error {
			text := output
			if r.Flags.Has("discover") {
				text = catalog
			}
			_, err := io.WriteString(r.Stdout, text)
			return err
		},
	}
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) int {
		return p.Main(ctx, program.Stdio{Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr})
	}
}

const (
	usersSchema  = `{"type":"object","properties":{"id":{"type":"string"},"at":{"type":["null","string"],"format":"date-time"}}}`
	usersCatalog = `{"streams":[{"stream":"users","tap_stream_id":"users","schema":` + usersSchema + `,"metadata":[
 {"breadcrumb":[],"metadata":{"table-key-properties":["id"],"valid-replication-keys":["at"],"forced-replication-method":"INCREMENTAL"}},
 {"breadcrumb":["properties","id"],"metadata":{"inclusion":"automatic"}},
 {"breadcrumb":["properties","at"],"metadata":{"inclusion":"automatic"}}]}]}`
	usersOutput = `{"type":"SCHEMA","stream":"users","schema":` + usersSchema + `,"key_properties":["id"]}
{"type":"RECORD","stream":"users","record":{"id":"1","at":"2026-01-02T03:04:05Z"},"time_extracted":"2026-01-02T03:04:05.000000Z"}
{"type":"STATE","value":{"bookmarks":{"users":{"at":"2026-01-02T03:04:05Z"}}}}
`
)

func TestCheckTapPassesAGoodTap(t *testing.T) {
	t.Parallel()
	first, second := singertest.CheckTap(t, usersTap(usersCatalog, usersOutput), singertest.TapOptions{Config: `{}`})
	if first.Streams["users"].Records != 1 || second == nil || second.States != 1 {
		t.Errorf("reports %+v, %+v", first, second)
	}
}

func TestCheckCatalogFindsWhatDoesNotHoldTogether(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]string{
		`"forced-replication-method":"INCREMENTAL"|"forced-replication-method":"SOMETIMES"`:                                 `forced-replication-method "SOMETIMES"`,
		`"valid-replication-keys":["at"],|`:                                                                                 `has no valid-replication-keys`,
		`"table-key-properties":["id"]|"table-key-properties":["uid"]`:                                                      `key "uid" is not in the schema`,
		`["properties","at"],"metadata":{"inclusion":"automatic"}|["properties","at"],"metadata":{"inclusion":"available"}`: `key "at" is not automatic`,
		`["properties","at"]|["properties","when"]`:                                                                         `metadata for [properties/when], which is not in the schema`,
		`["properties","at"]|["properties","id"]`:                                                                           `metadata for [properties/id] is there twice`,
		`"breadcrumb":[]|"breadcrumb":["properties","id"]`:                                                                  `no metadata for the stream itself`,
		`"type":"string"|"type":"text"`:                                                                                     `schema: `,
		`"tap_stream_id":"users"|"tap_stream_id":"Users"`:                                                                   `name is not made of`,
	} {
		from, to, _ := strings.Cut(change, "|")
		c, err := singer.ParseCatalog([]byte(strings.Replace(usersCatalog, from, to, 1)))
		if err != nil {
			t.Fatal(err)
		}
		problems := singertest.CheckCatalog(c)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("%s: problems %q, want one with %q", change, problems, want)
		}
	}
	c, err := singer.ParseCatalog([]byte(usersCatalog))
	if err != nil {
		t.Fatal(err)
	}
	if problems := singertest.CheckCatalog(c); len(problems) > 0 {
		t.Errorf("good catalog: %q", problems)
	}
}

func TestCheckStreamFindsWhatBreaksTheProtocol(t *testing.T) {
	t.Parallel()
	record := `{"type":"RECORD","stream":"users","record":{"id":"1","at":"2026-01-02T03:04:05Z"}`
	for change, want := range map[string]string{
		`"type":"SCHEMA"|"type":"NOTE"`:                           `line 2: stream users: RECORD before SCHEMA`,
		`"id":"1"|"id":1`:                                         `line 2: stream users: /id: expected string, but got number`,
		`"id":"1"|"id":null`:                                      `line 2: stream users: /id: key is null`,
		`"id":"1",|`:                                              `line 2: stream users: /id: key is missing`,
		`"id":"1"|"id":"1","new":1`:                               `line 2: stream users: /new: not in the schema`,
		`05Z"}|05.Z"}`:                                            `line 2: stream users: /at: "2026-01-02T03:04:05.Z" is not RFC 3339`,
		`"format":"date-time"|"format":"date"`:                    `line 2: stream users: /at: "2026-01-02T03:04:05Z" is not RFC 3339`,
		`03:04:05Z"}|03:04:60Z"}`:                                 `line 2: stream users: /at:`,
		record + "|" + record + "}\n" + record:                    `line 3: stream users: key "1" was in line 2 already`,
		`"key_properties":["id"]|"key_properties":["uid"]`:        `line 1: stream users: key or bookmark property "uid" is not in the schema`,
		`,"key_properties":["id"]|`:                               `line 1: stream users: SCHEMA without key_properties`,
		`05.000000Z|05`:                                           `time_extracted "2026-01-02T03:04:05" is not RFC 3339`,
		`{"bookmarks":|{"currently_syncing":"users","bookmarks":`: `last STATE: currently_syncing is "users"`,
		`"users":{"at"|"users":{"progress_markers":{},"at"`:       `last STATE: stream users: progress_markers are left`,
		`{"type":"STATE"|{"type":"STATE`:                          `line 3: `,
		`"value":{"bookmarks":{"users":{"at":"2026-01-02T03:04:05Z"}}}|"value":7`:               `line 3: STATE: expected an object, got 7`,
		record + "|" + `{"type":"RECORD","stream":"users","record":{"id":"0"}}` + "\n" + record: `line 3: stream users: time_extracted is in some records and not in others: line 3 has it, line 2 has not`,
	} {
		from, to, _ := strings.Cut(change, "|")
		if !strings.Contains(usersOutput, from) {
			t.Fatalf("the output does not hold %s", from)
		}
		report := singertest.CheckStream(strings.NewReader(strings.Replace(usersOutput, from, to, 1)), singertest.StreamOptions{})
		if !slices.ContainsFunc(report.Problems, func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("%s: problems %q, want one with %q", change, report.Problems, want)
		}
	}
	other := strings.ReplaceAll(usersOutput, `"users"`, `"teams"`)
	other = strings.Replace(other, `,"time_extracted":"2026-01-02T03:04:05.000000Z"`, "", 1)
	both := singertest.CheckStream(strings.NewReader(usersOutput+other), singertest.StreamOptions{})
	if want := `time_extracted is in records of ["users"] and not in those of ["teams"]`; !slices.Contains(both.Problems, want) {
		t.Errorf("two streams: problems %q, want one with %q", both.Problems, want)
	}
	report := singertest.CheckStream(strings.NewReader(usersOutput), singertest.StreamOptions{})
	if len(report.Problems)+len(report.Warnings) > 0 {
		t.Errorf("good output: problems %q, warnings %q", report.Problems, report.Warnings)
	}
}

const stateInput = `{"type":"STATE","value":{"n": 0}}
{"type":"SCHEMA","stream":"users","schema":{"properties":{"id":{}}},"key_properties":[]}
{"type":"RECORD","stream":"users","record":{"id":1}}
{"type":"STATE","value":{"n": 1}}
{"type":"RECORD","stream":"users","record":{"id":2}}
{"type":"STATE","value":{"n": 1}}
{"type":"STATE","value":{"n": 2}}
`

func TestReleasesHoldStatesAgainstTheInput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		output    string
		committed int64
		succeeded bool
		want      string // of the first problem; "" for none
	}{
		{"every state", "{\"n\":0}\n{\"n\": 1}\n{\"n\":1}\n{\"n\":2}\n", 7, true, ""},
		{"the last alone", "{\"n\":2}\n", 7, true, ""},
		{"none of a run that failed", "", 0, false, ""},
		{"an early one of a run that failed", "{\"n\":0}\n", 1, false, ""},
		{"the first of two alike claims less", "{\"n\":1}\n", 5, false, ""},
		{"none of a run that ended well", "", 7, true, `ended well with "" as the last state released; that of the input is {"n":2} in line 7`},
		{"not the last", "{\"n\":1}\n", 7, true, `ended well with "{\"n\":1}"`},
		{"ahead", "{\"n\":2}\n", 6, false, `released the state of line 7 when line 6 was the last committed`},
		{"backwards", "{\"n\":2}\n{\"n\":0}\n", 7, false, `released {"n":0}, the state of line 1, after that of line 7`},
		{"one of its own", "{}\n{\"n\":2}\n", 7, true, `released {}, which is no state of the input`},
		{"bent", "{\"n\":1.0}\n", 7, false, `released {"n":1.0}, which is no state of the input`},
		{"the message instead of its value", `{"type":"STATE","value":{"n": 2}}` + "\n", 7, false, `which is no state of the input`},
		{"prose", "done\n", 7, false, `printed "done", which is no JSON`},
		{"no newline", "{\"n\":0}", 7, false, `printed "{\"n\":0}" without a newline`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := singertest.WatchReleases(strings.NewReader(stateInput), func() int64 { return tt.committed })
			if err != nil {
				t.Fatal(err)
			}
			for i := range len(tt.output) { // in pieces
				if _, err := r.Write([]byte(tt.output[i : i+1])); err != nil {
					t.Fatal(err)
				}
			}
			problems := r.End(tt.succeeded)
			switch {
			case tt.want == "" && len(problems) > 0:
				t.Errorf("problems %q, want none", problems)
			case tt.want != "" && (len(problems) == 0 || !strings.Contains(problems[0], tt.want)):
				t.Errorf("problems %q, want %q", problems, tt.want)
			}
		})
	}
}

// countingTarget is the simplest target that keeps all rules: everything is
// committed at once, in memory.
func countingTarget(rows map[string]map[string]bool, committed *int64) singertest.Program {
	return func(_ context.Context, stdin io.Reader, stdout, stderr io.Writer, _ ...string) int {
		d := singer.NewDecoder(stdin, singer.DecoderOptions{})
		e := singer.NewEncoder(stdout)
		keys, schemas := map[string][]string{}, map[string]*singer.Schema{}
		versions := map[string]map[string]int64{}
		fail := func(err error) int {
			fmt.Fprintln(stderr, err)
			return 1
		}
		n := 0
		for {
			m, err := d.Decode()
			if errors.Is(err, io.EOF) {
				return 0
			}
			if err != nil {
				return fail(err)
			}
			switch m.Kind {
			case singer.KindSchema:
				s, err := singer.ParseSchema(m.Schema.Clone())
				if err != nil {
					return fail(fmt.Errorf("line %d: bad schema: %w", m.Line, err))
				}
				for _, k := range m.KeyProperties {
					if s.HasProperties && s.Property(k) == nil {
						return fail(fmt.Errorf("line %d: key %s is not in the schema", m.Line, k))
					}
				}
				keys[m.Stream], schemas[m.Stream] = slices.Clone(m.KeyProperties), s
				if rows[m.Stream] == nil {
					rows[m.Stream], versions[m.Stream] = map[string]bool{}, map[string]int64{}
				}
			case singer.KindRecord:
				if schemas[m.Stream] == nil {
					return fail(fmt.Errorf("line %d: record before schema", m.Line))
				}
				n++
				key := fmt.Sprint(n)
				for i, k := range keys[m.Stream] {
					v := member(m.Record, k)
					if v == "" || v == "null" {
						return fail(fmt.Errorf("line %d: key %s is missing", m.Line, k))
					}
					if i == 0 {
						key = ""
					}
					key += v + "|"
				}
				rows[m.Stream][key], versions[m.Stream][key] = true, m.Version
			case singer.KindActivateVersion:
				for key, v := range versions[m.Stream] {
					if v < m.Version {
						delete(rows[m.Stream], key)
					}
				}
			case singer.KindState:
				*committed = m.Line
				if err := e.Value(m.Value); err != nil {
					return fail(err)
				}
			}
		}
	}
}

// member returns the raw value of a member.
func member(object jsontext.Value, name string) (value string) {
	dec := jsontext.NewDecoder(strings.NewReader(string(object)), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	_, _ = dec.ReadToken()
	for dec.PeekKind() == jsontext.KindString {
		t, _ := dec.ReadToken()
		at := t.String()
		v, _ := dec.ReadValue()
		if at == name {
			value = string(v)
		}
	}
	return value
}

func TestTargetCasesFitASimpleTarget(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, tt := range singertest.TargetCases() {
		if names[tt.Name] {
			t.Errorf("case %q is there twice", tt.Name)
		}
		names[tt.Name] = true
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			rows, committed := map[string]map[string]bool{}, int64(0)
			singertest.CheckTarget(t, countingTarget(rows, &committed), tt.Input, singertest.TargetOptions{Fails: tt.Fails, Committed: func() int64 { return committed }})
			for stream, want := range tt.Rows {
				if got := len(rows[stream]); got != want {
					t.Errorf("%s: %d rows, want %d", stream, got, want)
				}
			}
			if !tt.Fails && len(rows) != len(tt.Rows) {
				t.Errorf("%d tables, want %d", len(rows), len(tt.Rows))
			}
		})
	}
}

// quiet is a testing.TB that only counts errors.
type quiet struct {
	testing.TB
	errors []string
}

func (q *quiet) Error(args ...any) { q.errors = append(q.errors, fmt.Sprint(args...)) }
func (q *quiet) Errorf(format string, args ...any) {
	q.errors = append(q.errors, fmt.Sprintf(format, args...))
}
func (q *quiet) Logf(string, ...any) {}
func (q *quiet) Helper()             {}

func TestCheckTargetSeesATargetThatIsAhead(t *testing.T) {
	t.Parallel()
	q := &quiet{TB: t}
	committed := int64(0)
	singertest.CheckTarget(q, countingTarget(map[string]map[string]bool{}, &committed), stateInput, singertest.TargetOptions{Committed: func() int64 { return committed - 1 }})
	if len(q.errors) == 0 {
		t.Error("a target that releases what it has not committed passed")
	}
	q = &quiet{TB: t}
	singertest.CheckTarget(q, countingTarget(map[string]map[string]bool{}, &committed), stateInput, singertest.TargetOptions{Fails: true})
	if len(q.errors) == 0 {
		t.Error("a target that should fail and did not passed")
	}
}

func TestCheckTapSeesATapThatPrintsProse(t *testing.T) {
	t.Parallel()
	q := &quiet{TB: t}
	singertest.CheckTap(q, usersTap(usersCatalog, "hello\n"+usersOutput), singertest.TapOptions{Config: `{}`})
	if len(q.errors) == 0 {
		t.Error("a tap that prints prose passed")
	}
}

func TestCommandRunsAnExecutable(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	if code := singertest.Command("/no/such/program")(t.Context(), strings.NewReader(""), io.Discard, &stderr); code != -1 || stderr.Len() == 0 {
		t.Errorf("a program that is not there: code %d, stderr %q", code, &stderr)
	}
}
