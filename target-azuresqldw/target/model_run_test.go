package target

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercomdw/singer/program"
	"intercomdw/singer/singertest"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest"
)

// modelSeeds are the seeds that a test tries: MODEL_SEEDS=1000 tries as many, MODEL_SEED=17 that one alone.
func modelSeeds(t *testing.T, usual int) (seeds []uint64) {
	if one, err := strconv.ParseUint(os.Getenv("MODEL_SEED"), 10, 64); err == nil {
		return []uint64{one}
	}
	first, _ := strconv.ParseUint(os.Getenv("MODEL_FIRST"), 10, 64)
	usual = few(usual, 2)
	if many, err := strconv.Atoi(os.Getenv("MODEL_SEEDS")); err == nil {
		usual = many
	}
	for i := range usual {
		seeds = append(seeds, first+uint64(i))
	}
	return seeds
}

// few is the first of two numbers, and the second under -short, where tests that
// go through many cases of one kind take some of them.
func few(all, short int) int {
	if testing.Short() {
		return short
	}
	return all
}

// A modelTrial is one seed: settings, an input, the warehouse it goes to, and the model of that.
type modelTrial struct {
	*testing.T
	*house
	random *rand.Rand
	model  *model
	input  []string
	loads  int  // rows of history so far
	tail   bool // the last run committed records that stood behind its last STATE
}

func newModelTrial(t *testing.T, seed uint64, restart bool) *modelTrial {
	random := rand.New(rand.NewPCG(seed, 2))
	choose := func(n int) bool { return random.IntN(n) == 0 }
	s := settings{nestedJSON: choose(3), appendOnly: choose(4), metadata: choose(2), validate: choose(2)}
	x := &modelTrial{T: t, house: newHouse(t), random: random, model: newModel(t, s)}
	x.set["nested"] = map[bool]string{true: "json", false: "denest"}[s.nestedJSON]
	x.set["load_method"] = map[bool]string{true: "append-only", false: "upsert"}[s.appendOnly]
	x.set["add_record_metadata"], x.set["validate_records"] = s.metadata, s.validate
	x.set["empty_string"] = []string{"auto", "sentinel"}[random.IntN(2)]
	x.set["workers"] = 1 + random.IntN(3)
	if !choose(4) {
		x.set["max_batch_rows"] = 1 + random.IntN(30)
	}
	if choose(3) {
		x.set["max_batch_bytes"] = 1 + random.IntN(2000)
	}
	if restart { // the hard limit would have rows loaded that a restart sends again
		x.set["max_batch_rows"], x.set["max_batch_bytes"] = 5+random.IntN(40), 20000+random.IntN(20000)
	}
	x.input = newGenerator(seed, s, restart).input()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("MODEL_SEED=%d shows it alone; settings %v", seed, x.set)
			for i, line := range x.input {
				if os.Getenv("MODEL_SEED") != "" {
					t.Logf("%d: %s", i+1, line[:min(len(line), 1500)])
				}
			}
		}
	})
	return x
}

// run runs the target over an input and puts what it has committed into the model.
func (x *modelTrial) run(in io.Reader, lines []string, signals chan os.Signal, watched bool) (code int, log string) {
	x.Helper()
	var committed func() int64
	if watched {
		committed = x.lastLine
	}
	releases, err := singertest.WatchReleases(strings.NewReader(strings.Join(lines, "\n")+"\n"), committed)
	if err != nil {
		x.Fatal(err)
	}
	var out bytes.Buffer
	code = Program("").Main(context.Background(), program.Stdio{
		Args: []string{"--config", x.config()}, Stdin: in, Stdout: releases, Stderr: &out, Signals: signals, Exit: func(int) {},
	})
	x.pool.Heal()
	x.store.ClearFaults()
	for _, p := range releases.End(code == 0) {
		x.Error(p)
	}
	last := x.lastLine()
	x.tail = false
	for _, line := range lines[:min(last, int64(len(lines)))] {
		x.tail = strings.HasPrefix(line, `{"type":"RECORD"`) || x.tail && !strings.HasPrefix(line, `{"type":"STATE"`)
	}
	x.model.run(lines[:min(last, int64(len(lines)))])
	x.loads = x.history()
	if at := releases.Last(); at != "" && x.model.state != at {
		x.Errorf("released %s with %s committed", at, x.model.state)
	}
	return code, out.String()
}

func (x *modelTrial) history() int {
	if len(x.query("SELECT name FROM sys.tables WHERE name = '_sdc_loads'").Rows) == 0 {
		return 0
	}
	return len(x.query("SELECT load_id FROM raw._sdc_loads").Rows)
}

// lastLine is the line up to which the present run is committed, by the history of loads.
func (x *modelTrial) lastLine() int64 {
	if x.history() == x.loads {
		return 0
	}
	r := x.query("SELECT last_line, first_line FROM raw._sdc_loads WHERE fence = (SELECT MAX(fence) FROM raw._sdc_loads) ORDER BY last_line")
	last := int64(0)
	for _, row := range r.Rows {
		if first := row[1].(int64); first <= last {
			x.Errorf("a load begins with line %d, the one before ended with line %d", first, last)
		}
		last = row[0].(int64)
	}
	return last
}

// compare holds the warehouse against the model.
func (x *modelTrial) compare(withLines bool) {
	x.Helper()
	if diff := cmp.Diff(x.model.tables(withLines), x.model.read(x.house, withLines)); diff != "" {
		x.Errorf("tables (-model +warehouse):\n%s", diff)
	}
	var rejects []string
	for _, row := range x.query("SELECT stream, line, record FROM raw._sdc_rejected").Text() {
		rejects = append(rejects, strings.Join(row, "|"))
	}
	slices.Sort(rejects)
	slices.Sort(x.model.rejects)
	if diff := cmp.Diff(x.model.rejects, rejects); diff != "" {
		x.Errorf("rejected records (-model +warehouse):\n%s", diff)
	}
	state := ""
	if r := x.query("SELECT state FROM raw._sdc_state"); r.Rows[0][0] != nil {
		state = r.Text()[0][0]
	}
	if state != x.model.state {
		x.Errorf("state %q, the model has %q", state, x.model.state)
	}
}

func TestTablesHoldWhatTheModelSays(t *testing.T) {
	t.Parallel()
	for _, seed := range modelSeeds(t, 12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			x := newModelTrial(t, seed, false)
			code, log := x.run(strings.NewReader(strings.Join(x.input, "\n")+"\n"), x.input, make(chan os.Signal), true)
			if code != 0 {
				t.Fatalf("exit code %d:\n%s", code, log)
			}
			whole := newModel(t, x.model.settings)
			whole.run(x.input)
			x.model = whole // lines behind the last load change nothing
			x.compare(true)
			x.clean()
		})
	}
}

func TestRunsThatEndAnywhereAddUpToTheWhole(t *testing.T) {
	t.Parallel()
	for _, seed := range modelSeeds(t, 5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			x := newModelTrial(t, seed, true)
			var log string // of the latest attempt
			from, doubled := 0, false
			for attempt := 0; ; attempt++ {
				lines := append(schemasBefore(t, x.input, from), x.input[from:]...)
				var code int

				switch {
				case attempt == 6:
					code, log = x.run(strings.NewReader(strings.Join(lines, "\n")+"\n"), lines, make(chan os.Signal), true)
					if code != 0 {
						t.Fatalf("exit code %d:\n%s", code, log)
					}
				default:
					var cut bool
					code, log, cut = x.trouble(lines)
					doubled = doubled || cut && code == 0 && x.tail
				}
				if strings.Contains(log, "no STATE for long") {
					t.Skip("more rows between two states than a load may have")
				}
				if from = x.resume(); from == len(x.input) {
					break
				}
				if attempt == 6 {
					t.Fatalf("committed %d lines of %d", from, len(x.input))
				}
			}
			if code, log := x.run(strings.NewReader(""), nil, make(chan os.Signal), true); code != 0 { // sweeps
				t.Fatalf("exit code %d:\n%s", code, log)
			}
			x.compare(false)
			x.clean()
			if doubled {
				return // the input ended after rows that the tap sent again
			}
			whole := newModel(t, x.model.settings)
			whole.run(x.input)
			if diff := cmp.Diff(whole.tables(false), x.model.tables(false)); diff != "" {
				t.Errorf("the whole input (-) and the runs (+):\n%s\n%s", diff, log)
			}
		})
	}
}

// trouble runs the target over an input while something goes wrong. cut says that the input ended early, but well.
func (x *modelTrial) trouble(lines []string) (code int, log string, cut bool) {
	text := strings.Join(lines, "\n") + "\n"
	signals := make(chan os.Signal, 1)
	in := io.Reader(strings.NewReader(text))
	switch x.random.IntN(8) {
	case 0: // the tap dies between two lines
		lines = lines[:x.random.IntN(len(lines)+1)]
		in, cut = strings.NewReader(strings.Join(append(slices.Clone(lines), ""), "\n")), true
	case 1: // or within one
		text = text[:x.random.IntN(len(text))]
		in, cut = strings.NewReader(text), true
		last := text[strings.LastIndexByte(text, '\n')+1:]
		if lines = lines[:strings.Count(text, "\n")]; json.Valid([]byte(last)) { // but for the newline it is a line
			lines = append(slices.Clone(lines), last)
		}
	case 2:
		at := x.random.IntN(len(text))
		in = io.MultiReader(strings.NewReader(text[:at]), readerFunc(func([]byte) (int, error) { signals <- os.Interrupt; return 0, io.EOF }), strings.NewReader(text[at:]))
	case 3: // the tap says something else than messages
		lines = lines[:x.random.IntN(len(lines)+1)]
		in = strings.NewReader(strings.Join(append(slices.Clone(lines), "Traceback (most recent call last):", text), "\n"))
	}
	for range x.random.IntN(3) {
		x.fault()
	}
	code, log = x.run(in, lines, signals, false)
	return code, log, cut
}

// fault makes trouble in the pool or in the storage account.
func (x *modelTrial) fault() {
	switch x.random.IntN(3) {
	case 0:
		numbers := []int32{50000, 1205, 2628, 40613, 40197, 110806, 596, 4815, 105215, 10054, 3960, 41839, 2714, 208}
		x.pool.Fail(synapsetest.Fault{Skip: x.random.IntN(60), Times: 1 + x.random.IntN(2), Number: numbers[x.random.IntN(len(numbers))]})
	case 1:
		statements := []string{"", "", "COMMIT TRANSACTION", "INSERT INTO", "CREATE TABLE", "COPY INTO", "ALTER TABLE", "BEGIN TRANSACTION", "DROP TABLE", "RENAME", "_sdc_loads", "_sdc_state"}
		x.pool.Fail(synapsetest.Fault{Match: statements[x.random.IntN(len(statements))], Skip: x.random.IntN(20), Times: 1 + x.random.IntN(2), Drop: synapsetest.DropBefore + synapsetest.Drop(x.random.IntN(2))})
	case 2:
		skip := x.random.IntN(30)
		x.store.Fail(blobtest.Fault{Match: func(blobtest.Request) bool { skip--; return skip < 0 }, Times: 1 + x.random.IntN(3),
			Status: []int{500, 503, 403, 404}[x.random.IntN(4)], Drop: x.random.IntN(3) == 0, After: x.random.IntN(2) == 0})
	}
}

// resume is the line that a tap goes on from with the state in the warehouse.
func (x *modelTrial) resume() int {
	var out, log bytes.Buffer
	code := Program("").Main(context.Background(), program.Stdio{
		Args: []string{"state", "--config", x.config()}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &log, Signals: make(chan os.Signal), Exit: func(int) {},
	})
	if code != 0 {
		x.Fatalf("state: exit code %d:\n%s", code, log.String())
	}
	state := strings.TrimSpace(out.String())
	if state == "{}" {
		return 0
	}
	at := slices.Index(x.input, `{"type":"STATE","value":`+state+`}`)
	if at < 0 {
		x.Fatalf("state %s is not one of the input's", state)
	}
	return at + 1
}

// schemasBefore are the SCHEMA messages in force at a line, as a tap sends them again.
func schemasBefore(t testing.TB, input []string, line int) []string {
	latest := map[string]string{}
	for _, l := range input[:line] {
		if m := parse(t, l); m.Type == "SCHEMA" {
			latest[m.Stream] = l
		}
	}
	return slices.Collect(maps.Values(latest))
}
