package target

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

// A trial runs a pipeline over real files; in place of a pool it keeps what is delivered.
type trial struct {
	*pipeline
	t      testing.TB
	store  *blobtest.Server
	log    strings.Builder
	logMu  sync.Mutex
	mu     sync.Mutex
	loads  []delivered
	before func(*load) error // called before a load is taken
}

// delivered is what the pool would have been given.
type delivered struct {
	first, last int64
	state       string
	rows        map[string][]string // by table: the lines of its files
}

func (r *trial) Write(p []byte) (int, error) {
	r.logMu.Lock()
	defer r.logMu.Unlock()
	return r.log.Write(p)
}

func newTrial(t testing.TB, o layoutOptions) *trial {
	t.Helper()
	r := &trial{t: t, store: blobtest.New(t, blobtest.Options{Containers: []string{"files"}})}
	files, err := stage.Open(stage.Options{Endpoint: r.store.URL, Container: "files", AccountKey: secret.New(r.store.Key), Level: 1})
	if err != nil {
		t.Fatal(err)
	}
	r.pipeline = &pipeline{
		limits:   limits{rows: 1 << 40, bytes: 1 << 40, age: time.Hour, rejects: -1},
		pipeline: "p", run: "sdc-1-run", namespace: "n", files: files,
		log: slog.New(slog.NewTextHandler(r, nil)), now: time.Now, validate: true,
		progress: func(string, int64, int64) {}, aside: func(string, int64) {}, deliver: r.take,
		discard: func(context.Context, []stage.Blob) {},
		layout:  newLayout(o, newMapping(nil, nil)),
	}
	return r
}

func (r *trial) take(ctx context.Context, l *load) error {
	if r.before != nil {
		if err := r.before(l); err != nil {
			return err
		}
	}
	d := delivered{first: l.first, last: l.last, state: string(l.state), rows: map[string][]string{}}
	for t := range l.tables() {
		for _, p := range t.parts {
			if len(p.rest) > 0 {
				if _, err := p.parts.Write(p.rest); err != nil {
					return err
				}
			}
			blobs, err := p.parts.Commit(ctx)
			if err != nil {
				return err
			}
			for _, b := range blobs {
				d.rows[t.table.Name.Table] = append(d.rows[t.table.Name.Table], r.read(b.Name)...)
			}
		}
		if n := int64(len(d.rows[t.table.Name.Table])); n != t.rows {
			return fmt.Errorf("table %s: %d rows in files, %d were counted", t.table.Name.Table, n, t.rows)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loads = append(r.loads, d)
	return nil
}

// read returns the rows of a file; none of the tests puts a line feed into a string.
func (r *trial) read(name string) []string {
	raw, ok := r.store.Get("files", name)
	if !ok {
		r.t.Errorf("file %s is not there", name)
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		r.t.Error(err)
		return nil
	}
	text, err := io.ReadAll(z)
	if err != nil {
		r.t.Error(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func (r *trial) feed(lines ...string) error {
	return r.do(r.t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"), 0)
}

func (r *trial) states() (states []string) {
	for _, l := range r.loads {
		states = append(states, l.state)
	}
	return states
}

const (
	usersSchema = `{"type":"SCHEMA","stream":"users","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"name":{"type":["null","string"]}}}}`
	logSchema   = `{"type":"SCHEMA","stream":"log","key_properties":[],"schema":{"properties":{"n":{"type":"integer"}}}}`
)

func user(id int) string {
	return fmt.Sprintf(`{"type":"RECORD","stream":"users","record":{"id":%d,"name":"user %d"}}`, id, id)
}

func entry(n int) string { return fmt.Sprintf(`{"type":"RECORD","stream":"log","record":{"n":%d}}`, n) }

func state(n int) string { return fmt.Sprintf(`{"type":"STATE","value":{"at":%d}}`, n) }

func TestALoadEndsWithTheLastStateBeforeIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"one", []string{usersSchema, user(1), state(1)}, []string{`{"at":1}`}},
		{"first and only", []string{state(1)}, []string{`{"at":1}`}},
		{"empty object", []string{`{"type":"STATE","value":{}}`}, []string{`{}`}},
		{"first", []string{state(1), usersSchema, user(1)}, []string{`{"at":1}`}},
		{"several", []string{usersSchema, user(1), state(1), user(2), state(2), state(2), user(3)}, []string{`{"at":2}`}},
		{"none", []string{usersSchema, user(1)}, []string{""}},
		{"spacing is kept", []string{`{"type":"STATE","value": {"b" : 1.0, "a":null} }`}, []string{`{"b" : 1.0, "a":null}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newTrial(t, layoutOptions{})
			if err := r.feed(test.lines...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, r.states()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBrokenInputEndsTheRunWithItsPlace(t *testing.T) {
	t.Parallel()
	record := func(stream, body string) string {
		return `{"type":"RECORD","stream":"` + stream + `","record":` + body + `}`
	}
	for _, test := range []struct{ name, line, want string }{
		{"record before its schema", record("orders", `{}`), "line 4: stream orders: RECORD before the SCHEMA of its stream"},
		{"missing key", record("users", `{"name":"x"}`), "line 4: stream users: /id: key property is missing or null"},
		{"null key", record("users", `{"id":null}`), "line 4: stream users: /id: key property is missing or null"},
		{"key not in the schema", `{"type":"SCHEMA","stream":"s","key_properties":["k"],"schema":{"properties":{"id":{}}}}`, `line 4: stream s: key property "k" is not among the properties of the schema`},
		{"other key", `{"type":"SCHEMA","stream":"users","key_properties":["name"],"schema":{"properties":{"id":{},"name":{"type":"string"}}}}`, `line 4: stream users: key_properties are ["name"] but the table is keyed by ["id"]`},
		{"nested key", `{"type":"SCHEMA","stream":"s","key_properties":["k"],"schema":{"properties":{"k":{"type":"object"}}}}`, `line 4: stream s: key property "k" is an object`},
		{"broken json", `{"type":"RECORD","stream":"users","record":{"id":NaN}}`, "line 4:"},
		{"cut short", `{"type":"RECORD","stream":"users","rec`, "line 4:"},
		{"batch", `{"type":"BATCH","stream":"users","encoding":{"format":"jsonl"},"manifest":[]}`, "line 4: stream users: BATCH messages are not supported"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newTrial(t, layoutOptions{})
			err := r.feed(usersSchema, user(1), state(1), test.line, state(2), user(2))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if len(r.loads) != 1 || r.loads[0].state != `{"at":1}` || r.loads[0].last != 3 {
				t.Errorf("delivered %+v, want what stands before line 4", r.loads)
			}
		})
	}
}

func TestOtherMessagesArePassedOver(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{metadata: true})
	err := r.feed(
		`{"type":"activate_version","stream":"users","version":3}`,
		usersSchema, usersSchema, `{"type":"HELLO"}`, `{"type":"HELLO"}`, user(1), usersSchema, "", user(2), state(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.loads) != 1 || len(r.loads[0].rows["users"]) != 2 || r.loads[0].last != 10 {
		t.Errorf("delivered %+v", r.loads)
	}
	for _, want := range []string{"messages of an unknown type are passed over", "ACTIVATE_VERSION before the SCHEMA"} {
		if strings.Count(r.log.String(), want) != 1 {
			t.Errorf("log does not say once %q:\n%s", want, r.log.String())
		}
	}
}

func TestLoadsOfUpsertsEndAnywhere(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{})
	r.limits.rows = 10
	in, feed := io.Pipe()
	go func() {
		fmt.Fprintln(feed, usersSchema)
		for i := range 40 {
			fmt.Fprintln(feed, user(i))
			if i == 4 {
				fmt.Fprintln(feed, state(i))
			}
		}
		feed.Close()
	}()
	if err := r.do(t.Context(), in, 0); err != nil {
		t.Fatal(err)
	}
	rows, last := 0, int64(0)
	for _, l := range r.loads {
		rows += len(l.rows["users"])
		if l.first != last+1 {
			t.Errorf("a load begins at line %d after one that ended at line %d", l.first, last)
		}
		last = l.last
	}
	if rows != 40 || len(r.loads) < 3 || r.loads[0].state != `{"at":4}` || r.loads[1].state != "" {
		t.Errorf("%d rows in %d loads, states %q", rows, len(r.loads), r.states())
	}
}

func TestRowsThatMustNotBeDoubledAreLoadedUpToAState(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{})
	r.limits.rows = 3
	in, feed := io.Pipe()
	go func() {
		fmt.Fprintln(feed, logSchema)
		for i := range 50 {
			fmt.Fprintln(feed, entry(i))
			if i%10 == 9 {
				fmt.Fprintln(feed, state(i))
			}
		}
		feed.Close()
	}()
	if err := r.do(t.Context(), in, 0); err != nil {
		t.Fatal(err)
	}
	var counts []int
	for _, l := range r.loads {
		counts = append(counts, len(l.rows["log"]))
	}
	if want := []string{`{"at":9}`, `{"at":19}`, `{"at":29}`, `{"at":39}`, `{"at":49}`}; !slices.Equal(r.states(), want) || !slices.Equal(counts, []int{10, 10, 10, 10, 10}) {
		t.Errorf("loads of %v rows end with %q", counts, r.states())
	}
}

func TestWithoutAnyStateALoadEndsAtTheHardLimit(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{})
	r.limits.rows = 2
	in, feed := io.Pipe()
	go func() {
		fmt.Fprintln(feed, logSchema)
		for i := range 50 {
			fmt.Fprintln(feed, entry(i))
		}
		feed.Close()
	}()
	if err := r.do(t.Context(), in, 0); err != nil {
		t.Fatal(err)
	}
	if n := len(r.loads); n < 2 || n > 3 || !strings.Contains(r.log.String(), "no STATE for long") {
		t.Errorf("%d loads; log:\n%s", n, r.log.String())
	}
}

func TestAnInterruptEndsAtTheLastSafePoint(t *testing.T) {
	t.Parallel()
	stop := errors.New("signal")
	for _, test := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"upserts are loaded", []string{usersSchema, user(1), state(1), user(2)}, []string{`{"at":1}`}},
		{"rows up to a state are loaded", []string{logSchema, entry(1), state(1)}, []string{`{"at":1}`}},
		{"rows after it are left", []string{logSchema, entry(1), state(1), entry(2)}, []string{`{"at":1}`}},
		{"rows without any are left", []string{logSchema, entry(1), entry(2)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newTrial(t, layoutOptions{})
			seen := make(chan struct{}, 100)
			r.progress = func(_ string, n int64, _ int64) {
				for range n {
					seen <- struct{}{}
				}
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			in, feed := io.Pipe()
			go func() {
				records := 0
				for _, line := range test.lines {
					fmt.Fprintln(feed, line)
					if strings.Contains(line, "RECORD") {
						records++
					}
				}
				fmt.Fprint(feed, " ") // taken: all lines before it have been read
				for range records {
					<-seen
				}
				cancel(stop)
			}()
			defer feed.Close()
			if err := r.do(ctx, in, 0); !errors.Is(err, stop) {
				t.Errorf("error %v, want %v", err, stop)
			}
			if got := r.states(); !slices.Equal(got, test.want) {
				t.Errorf("states %q, want %q", got, test.want)
			}
		})
	}
}

func TestReadingGoesOnWhileALoadIsDelivered(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{})
	r.limits.rows = 1
	delivering, goOn := make(chan int, 10), make(chan struct{})
	r.before = func(l *load) error {
		delivering <- l.number
		<-goOn
		return nil
	}
	read := make(chan int64, 10)
	r.progress = func(_ string, n int64, _ int64) { read <- n }
	in, feed := io.Pipe()
	done := make(chan error)
	go func() { done <- r.do(t.Context(), in, 0) }()
	fmt.Fprintln(feed, usersSchema)
	fmt.Fprintln(feed, user(1))
	<-read
	<-delivering
	fmt.Fprintln(feed, user(2))
	<-read // while load 1 is on its way
	close(goOn)
	<-delivering
	feed.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if len(r.loads) != 2 {
		t.Errorf("%d loads, want 2", len(r.loads))
	}
}

func TestALoadIsDueByItsAge(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{})
	r.limits.age = 20 * time.Millisecond
	taken := make(chan struct{})
	r.before = func(*load) error { close(taken); return nil }
	in, feed := io.Pipe()
	done := make(chan error)
	go func() { done <- r.do(t.Context(), in, 0) }()
	fmt.Fprintf(feed, "%s\n%s\n%s\n", usersSchema, user(1), state(1))
	<-taken // while the input stays open
	feed.Close()
	if err := <-done; err != nil || !slices.Equal(r.states(), []string{`{"at":1}`}) {
		t.Errorf("states %q, %v", r.states(), err)
	}
}

func TestAFailedDeliveryEndsTheRun(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{})
	r.limits.rows = 1
	failure := errors.New("pool is gone")
	r.before = func(l *load) error {
		if l.number == 2 {
			return failure
		}
		return nil
	}
	in, feed := io.Pipe()
	go func() {
		fmt.Fprintln(feed, usersSchema)
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(feed, "%s\n%s\n", user(i), state(i)); err != nil {
				return
			}
		}
	}()
	defer in.Close()
	if err := r.do(t.Context(), in, 0); !errors.Is(err, failure) {
		t.Errorf("error %v, want %v", err, failure)
	}
	if len(r.loads) != 1 {
		t.Errorf("%d loads were delivered, want 1", len(r.loads))
	}
}

func TestInvalidRecordsAreSetAside(t *testing.T) {
	t.Parallel()
	lines := []string{usersSchema, user(1), `{"type":"RECORD","stream":"users","record":{"id":2,"name":5}}`, user(3), state(1)}
	r := newTrial(t, layoutOptions{})
	if err := r.feed(lines...); err != nil {
		t.Fatal(err)
	}
	got := r.loads[0].rows["_sdc_rejected"]
	if len(r.loads[0].rows["users"]) != 2 || len(got) != 1 || !strings.HasPrefix(got[0], `"p","sdc-1-run/1","users",3,"/name`) || !strings.Contains(got[0], `"{""id"":2,""name"":5}"`) {
		t.Errorf("delivered %+v", r.loads)
	}
	r = newTrial(t, layoutOptions{})
	r.limits.rejects = 0
	if err := r.feed(lines...); err == nil || !strings.HasPrefix(err.Error(), "line 3: stream users: /name") || len(r.loads) > 0 {
		t.Errorf("with max_rejects 0: %v, %d loads", err, len(r.loads))
	}
}

func TestTheSameInputGivesTheSameTablesHoweverManyWorkersThereAre(t *testing.T) {
	t.Parallel()
	var lines []string
	lines = append(lines, `{"type":"SCHEMA","stream":"s","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"a":{},"n":{"type":"number"}}}}`)
	values := []string{`1`, `"x"`, `true`, `0.5`, `null`, `{"k":1}`, `[1,"a"]`, `123456789012345678901234567890`, `1e-20`}
	filler := strings.Repeat("x", 1500)
	for i := range 1500 {
		lines = append(lines, fmt.Sprintf(`{"type":"RECORD","stream":"s","record":{"id":%d,"a":%s,"n":1e%d,"p%d":%s,"filler":"%s"}}`,
			i, values[i*7%len(values)], i%37-18, i/150, values[i%len(values)], filler))
	}
	run := func(workers int) (map[string][]string, []string) {
		r := newTrial(t, layoutOptions{})
		r.limits.workers = workers
		if err := r.feed(lines...); err != nil {
			t.Fatal(err)
		}
		var tables []string
		for _, t := range r.layout.tables {
			if t.stream == nil {
				continue
			}
			d, _, _ := t.definition("n")
			tables = append(tables, synapse.CreateTable(d).String())
		}
		return r.loads[0].rows, tables
	}
	rows, tables := run(1)
	for range 2 {
		otherRows, otherTables := run(4)
		if diff := cmp.Diff(tables, otherTables); diff != "" {
			t.Fatal(diff)
		}
		for name := range maps.Keys(rows) {
			if !slices.Equal(rows[name], otherRows[name]) {
				t.Fatalf("rows of %s differ", name)
			}
		}
	}
	if len(rows["s"]) != 1500 {
		t.Errorf("%d rows, want 1500", len(rows["s"]))
	}
}

func TestAStateThatNoLedgerKeepsEndsTheRunAtOnce(t *testing.T) {
	t.Parallel()
	r := newTrial(t, layoutOptions{})
	err := r.feed(usersSchema, user(1), state(1), user(2), `{"type":"STATE","value":"`+strings.Repeat("x", synapse.MaxStateBytes)+`"}`, user(3))
	if err == nil || !strings.Contains(err.Error(), "line 5: STATE of 64.0 MB, of which the ledger keeps at most 64") {
		t.Errorf("err %.300v", err)
	}
	if got := r.states(); !slices.Equal(got, []string{`{"at":1}`}) {
		t.Errorf("states %.100q", got)
	}
}
