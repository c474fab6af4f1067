package tap

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercom"
	"intercomdw/tap-intercom/intercomtest"
)

// world is a workspace with a clock that only the test moves, and the tap
// beside it.
type world struct {
	*intercomtest.Server
	clock      *intercomtest.Clock
	exportRows int64 // where its exports are cut off
}

// newWorld returns a small workspace an hour after its newest change.
func newWorld(t testing.TB, o intercomtest.Options) world {
	t.Helper()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(time.Hour))
	o.Clock = clock
	return world{intercomtest.New(t, o), clock, int64(o.ExportRows)}
}

// relate makes the relations that a fresh workspace does not have.
func (w world) relate(t testing.TB) {
	t.Helper()
	contacts, err1 := w.IDs("contacts")
	conversations, err2 := w.IDs("conversations")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	merged := 0
	for _, lead := range contacts[1:] {
		if w.Merge(lead, contacts[0]) == nil {
			merged++
		}
		if merged == 3 {
			break
		}
	}
	err := w.Update("conversations", conversations[1], intercomtest.Object{"linked_objects": intercomtest.Object{
		"type": "list", "total_count": 2, "has_more": false,
		"data": []intercomtest.Object{{"type": "ticket", "id": "22", "category": "Customer"}, {"type": "conversation", "id": conversations[0], "category": nil}},
	}})
	if err != nil || merged == 0 {
		t.Fatalf("%d contacts merged, %v", merged, err)
	}
	w.clock.Advance(time.Minute)
}

// settings are the members of a configuration.
type settings map[string]any

// extraction is what a run of the tap left.
type extraction struct {
	code   int
	stderr string
	output []byte
	msgs   []message
}

// message is a message with its parts kept.
type message struct {
	kind   singer.Kind
	stream string
	body   jsontext.Value // record, schema or state
	keys   []string
	marks  []string
	// version is that of a full table's record, or of an ACTIVATE_VERSION.
	version int64
}

// command is one call of the tap.
type command struct {
	settings settings
	state    string
	catalog  *singer.Catalog
	args     []string
	ctx      context.Context
	stdout   io.Writer           // beside the output that is kept
	http     *http.Client        // another way to the workspace
	slept    func(time.Duration) // told when the tap has waited
	ticks    chan time.Time      // of the heartbeat; nil: it never beats
}

// extract runs the tap. Waiting moves the clock.
func (w world) extract(t testing.TB, c command) extraction {
	t.Helper()
	dir := t.TempDir()
	config := settings{"access_token": "tok", "base_url": w.URL, "rate_limit_reserve": 0,
		"message_ruleset_ids": []string{"12345", "12348"}, "workflow_ids": []string{"67890", "67893", "67896"}}
	maps.Copy(config, c.settings)
	args := []string{"--config", file(t, dir, "config.json", config)}
	if c.state != "" {
		args = append(args, "--state", file(t, dir, "state.json", jsontext.Value(c.state)))
	}
	if c.catalog != nil {
		args = append(args, "--catalog", file(t, dir, "catalog.json", c.catalog))
	}
	p := newProgram("test", outside{
		http: cmp.Or(c.http, w.Client()),
		now:  w.clock.Now,
		sleep: func(ctx context.Context, d time.Duration) error {
			w.clock.Advance(d)
			if c.slept != nil {
				c.slept(d)
			}
			return context.Cause(ctx)
		},
		ticker:     func(time.Duration) (<-chan time.Time, func()) { return c.ticks, func() {} },
		exportRows: w.exportRows,
	})
	var stdout, stderr bytes.Buffer
	out := io.Writer(&stdout)
	if c.stdout != nil {
		out = io.MultiWriter(&stdout, c.stdout)
	}
	ctx := c.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	code := p.Main(ctx, program.Stdio{
		Args: append(args, c.args...), Stdin: strings.NewReader(""), Stdout: out, Stderr: &stderr,
		Signals: make(chan os.Signal), Exit: func(int) {},
	})
	return extraction{code: code, stderr: stderr.String(), output: stdout.Bytes(), msgs: parse(t, c, stdout.Bytes())}
}

// stopped runs the tap and stops it when it has made n requests.
func (w world) stopped(t testing.TB, c command, n int) extraction {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	stop := w.Control(intercomtest.Fault{Skip: n, Handle: func(http.ResponseWriter, *http.Request) bool {
		cancel(errors.New("stopped by the test"))
		return false
	}})
	defer stop.Remove()
	c.ctx = ctx
	return w.extract(t, c)
}

// resumedAnywhere stops runs at every nth of their requests, and takes one for
// dead after every nth of its states: what came after it is lost. It goes on from
// the state each left, and wants the tables and the state of a run that was not
// stopped.
func resumedAnywhere(t *testing.T, w world, set settings, every int) {
	t.Helper()
	every *= few(1, 7)
	fresh := tables{}
	w.ForgetRequests()
	whole := w.must(t, command{settings: set})
	fresh.load(t, whole.msgs)
	resume := func(x extraction, where string, n, of int) {
		t.Helper()
		got := tables{}
		got.load(t, x.msgs)
		resumed := w.must(t, command{settings: set, state: x.state()})
		got.load(t, resumed.msgs)
		wantSame(t, got, fresh)
		if resumed.state() != whole.state() {
			t.Errorf("resumed run ends with state\n%s\nwant\n%s", resumed.state(), whole.state())
		}
		if t.Failed() {
			t.Fatalf("%s %d of %d with state %s", where, n, of, x.state())
		}
	}
	requests := len(w.Requests())
	for n := 0; n < requests; n += every {
		resume(w.stopped(t, command{settings: set}, n), "stopped at request", n, requests)
	}
	var states []int // places of the messages
	for i, m := range whole.msgs {
		if m.kind == singer.KindState {
			states = append(states, i)
		}
	}
	for n := 0; n < len(states); n += every {
		resume(extraction{msgs: whole.msgs[:states[n]+1]}, "killed after state", n, len(states))
	}
}

// few is the first of two numbers, and the second under -short, where tests that
// go through many cases of one kind take some of them.
func few(all, short int) int {
	if testing.Short() {
		return short
	}
	return all
}

// must runs the tap and wants it to succeed.
func (w world) must(t testing.TB, c command) extraction {
	t.Helper()
	x := w.extract(t, c)
	if x.code != 0 {
		t.Fatalf("tap: exit code %d\n%s", x.code, x.stderr)
	}
	return x
}

func file(t testing.TB, dir, name string, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func parse(t testing.TB, c command, output []byte) []message {
	t.Helper()
	if slices.Contains(c.args, "--discover") || slices.Contains(c.args, "--about") || len(output) == 0 {
		return nil
	}
	d := singer.NewDecoder(bytes.NewReader(output), singer.DecoderOptions{})
	var msgs []message
	for {
		m, err := d.Decode()
		if errors.Is(err, io.EOF) {
			return msgs
		}
		if err != nil {
			t.Fatalf("the tap wrote: %v", err)
		}
		body := m.Value
		switch m.Kind {
		case singer.KindRecord:
			if body = m.Record; m.TimeExtracted == "" {
				t.Errorf("record of %s without time_extracted: %.200s", m.Stream, m.Record)
			}
		case singer.KindSchema:
			body = m.Schema
		}
		msgs = append(msgs, message{m.Kind, strings.Clone(m.Stream), body.Clone(), slices.Clone(m.KeyProperties), slices.Clone(m.BookmarkProperties), m.Version})
	}
}

// state is the last state, "" without one.
func (x extraction) state() string {
	for _, m := range slices.Backward(x.msgs) {
		if m.kind == singer.KindState {
			return string(m.body)
		}
	}
	return ""
}

// counts is the number of records by stream.
func (x extraction) counts() map[string]int {
	n := map[string]int{}
	for _, m := range x.msgs {
		if m.kind == singer.KindRecord {
			n[m.stream]++
		}
	}
	return n
}

// records are the records of a stream.
func (x extraction) records(stream string) []jsontext.Value {
	var records []jsontext.Value
	for _, m := range x.msgs {
		if m.kind == singer.KindRecord && m.stream == stream {
			records = append(records, m.body)
		}
	}
	return records
}

// tables are the newest record by stream and key, as a target keeps them.
type tables map[string]map[string]string

// load takes up the records of messages.
func (tb tables) load(t testing.TB, msgs []message) {
	t.Helper()
	for _, m := range msgs {
		if m.kind != singer.KindRecord {
			continue
		}
		if tb[m.stream] == nil {
			tb[m.stream] = map[string]string{}
		}
		tb[m.stream][keyOf(t, m.stream, m.body)] = string(m.body)
	}
}

func keyOf(t testing.TB, stream string, record jsontext.Value) string {
	t.Helper()
	keys := streamNamed(stream).keys
	found, err := pick(record, keys...)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for i, v := range found {
		if len(v) == 0 || v.Kind() == 'n' {
			t.Fatalf("%s: record without %s: %s", stream, keys[i], record)
		}
		parts = append(parts, unquoted(v))
	}
	return strings.Join(parts, "|")
}

// contents are the keys that the workspace holds, by stream.
func (w world) contents() map[string][]string {
	all := map[string][]string{}
	contents := w.Contents()
	for name := range contents {
		s := streamNamed(name)
		if s == nil {
			continue
		}
		var rows []string
		alike := map[string]int{}
		for _, o := range contents[s.name] {
			var parts []string
			for _, k := range s.keys {
				v, there := o[k]
				switch {
				case there:
				case k == s.liftAs:
					v = o["teammate"].(intercomtest.Object)["id"]
				case k == ordinalKey:
					v = alike[fmt.Sprint(parts)]
					alike[fmt.Sprint(parts)]++
				}
				if !there && k == s.idAs {
					v = o["id"]
				}
				if at, isNumber := v.(int64); isNumber && strings.HasSuffix(k, "_at") {
					v = timeText(at)
				}
				parts = append(parts, fmt.Sprint(v))
			}
			rows = append(rows, strings.Join(parts, "|"))
		}
		slices.Sort(rows)
		all[s.name] = rows
	}
	return all
}

// wantAll checks that the tables hold all that the workspace does of the streams
// that are read with this selection; more they may hold, of what was deleted.
func (w world) wantAll(t testing.TB, got tables, selection ...string) {
	t.Helper()
	c, err := newCatalog(false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := choose(c, selection); err != nil {
		t.Fatal(err)
	}
	leaveOut(c, intercom.DefaultVersion)
	for stream, keys := range w.contents() {
		if e := c.Entry(stream); e == nil || !e.Selected() || slices.Contains(streamNamed(stream).keys, "row_id") {
			continue // a row_id is made by the tap
		}
		missing := 0
		for _, k := range keys {
			if _, ok := got[stream][k]; !ok {
				if missing++; missing <= 3 {
					t.Errorf("%s: row %s is missing", stream, k)
				}
			}
		}
		if missing > 3 {
			t.Errorf("%s: %d of %d rows are missing", stream, missing, len(keys))
		}
	}
}

// wantSame checks that every row of want is in got as it is there.
func wantSame(t testing.TB, got, want tables) {
	t.Helper()
	for stream, rows := range want {
		wrong := 0
		for k, row := range rows {
			if got[stream][k] == row {
				continue
			}
			if wrong++; wrong <= 2 {
				t.Errorf("%s %s:\n got %.300s\nwant %.300s", stream, k, got[stream][k], row)
			}
		}
		if wrong > 2 {
			t.Errorf("%s: %d of %d rows differ", stream, wrong, len(rows))
		}
	}
}

// change makes n changes of the kinds that the API tells of: the updated_at of
// the record moves with them.
func (w world) change(t testing.TB, n int, seed uint64) {
	t.Helper()
	g := rand.New(rand.NewPCG(seed, 42))
	some := func(kind string) string {
		ids, err := w.IDs(kind)
		if err != nil || len(ids) == 0 {
			t.Fatalf("no %s: %v", kind, err)
		}
		return ids[g.IntN(len(ids))]
	}
	for range n {
		var err error
		switch g.IntN(10) {
		case 0:
			_, err = w.Add([]string{"contacts", "companies", "conversations", "tickets"}[g.IntN(4)], nil)
		case 1:
			err = w.Update("contacts", some("contacts"), intercomtest.Object{"name": fmt.Sprint("name ", seed)})
		case 2:
			_, err = w.AddTo("contacts", some("contacts"), "tags", intercomtest.Object{"id": some("tags")})
		case 3:
			_, err = w.AddTo("contacts", some("contacts"), "notes", intercomtest.Object{"body": fmt.Sprint("note ", seed)})
		case 4:
			err = w.Update("companies", some("companies"), intercomtest.Object{"monthly_spend": seed})
		case 5, 6:
			_, err = w.AddTo("conversations", some("conversations"), "parts", intercomtest.Object{"body": fmt.Sprint("part ", seed)})
		case 7:
			err = w.Update("conversations", some("conversations"), intercomtest.Object{"title": fmt.Sprint("title ", seed)})
		case 8:
			_, err = w.AddTo("tickets", some("tickets"), "parts", intercomtest.Object{"body": fmt.Sprint("part ", seed)})
		case 9:
			err = w.Update("tickets", some("tickets"), intercomtest.Object{"open": seed%2 == 0})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
