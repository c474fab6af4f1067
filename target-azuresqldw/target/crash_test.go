package target

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest"
)

// tapFrom is a tap that goes on after a state: six entries of a log without key, users with children, a STATE after every third entry.
func tapFrom(after int) (lines []string) {
	lines = append(lines,
		`{"type":"SCHEMA","stream":"log","key_properties":[],"schema":{"properties":{"n":{"type":"integer"}}}}`,
		`{"type":"SCHEMA","stream":"users","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"name":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}}}}`)
	for n := after + 1; n <= 6; n++ {
		lines = append(lines, entry(n), fmt.Sprintf(`{"type":"RECORD","stream":"users","record":{"id":%d,"name":"%s","tags":["%d","x"]}}`, n%5, strings.Repeat("n", n*20), n))
		if n%3 == 0 {
			lines = append(lines, state(n))
		}
	}
	return lines
}

func (h *house) committed() (at int) {
	h.t.Helper()
	o := h.start(h.t.Context(), nil, "state")
	if o.code != 0 || len(o.states) != 1 {
		h.t.Fatalf("state: %d %q\n%s", o.code, o.states, o.log)
	}
	var s struct{ At int }
	if err := json.Unmarshal([]byte(o.states[0]), &s); err != nil {
		h.t.Fatal(err)
	}
	return s.At
}

// contents are the rows of the three tables that tapFrom fills.
func (h *house) contents() []string {
	h.t.Helper()
	var all []string
	for _, query := range []string{
		"SELECT 'log', n FROM raw.log ORDER BY n",
		"SELECT 'users', id, name FROM raw.users ORDER BY id",
		"SELECT 'tags', _sdc_source_key_id, _sdc_level_0_id, _sdc_value FROM raw.users__tags ORDER BY _sdc_source_key_id, _sdc_level_0_id",
	} {
		all = append(all, h.rows(query)...)
	}
	return all
}

// smallLoads has loads end at each STATE, so that there are several.
func smallLoads(h *house) { h.set["max_batch_rows"] = 2 }

// statements loads tapFrom without trouble and returns the statements that the pool was sent for it, and what the tables hold then.
func undisturbed(t *testing.T) (statements int, contents []string) {
	t.Helper()
	h := newHouse(t)
	smallLoads(h)
	var n atomic.Int32
	h.pool.Fail(synapsetest.Fault{Skip: 1 << 30, MatchFunc: func(string) bool { n.Add(1); return false }})
	h.load(tapFrom(0)...)
	h.pool.Heal()
	if got := h.committed(); got != 6 {
		t.Fatalf("committed %d", got)
	}
	return int(n.Load()), h.contents()
}

func TestARunThatDiesAtAnyStatementIsMadeGoodByTheNext(t *testing.T) {
	t.Parallel()
	statements, want := undisturbed(t)
	if statements < 20 {
		t.Fatalf("only %d statements", statements)
	}
	for i := range statements {
		t.Run(fmt.Sprint("statement ", i), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			smallLoads(h)
			h.pool.Fail(synapsetest.Fault{Skip: i, Times: -1, Number: 50000, Message: "killed"})
			o := h.start(t.Context(), strings.NewReader(strings.Join(tapFrom(0), "\n")+"\n"))
			h.pool.Heal()
			at := h.committed()
			released := 0
			for _, s := range o.states {
				fmt.Sscanf(s, `{"at":%d}`, &released)
			}
			if released > at {
				t.Errorf("released %d with %d committed", released, at)
			}
			if at < 6 && o.code != 1 {
				t.Errorf("exit code %d with %d committed:\n%s", o.code, at, o.log)
			}
			o = h.load(tapFrom(at)...)
			if diff := cmp.Diff(want, h.contents()); diff != "" {
				t.Errorf("after %d:\n%s\n%s", at, diff, o.log)
			}
			h.clean()
		})
	}
}

func TestALostCommitIsSettledFromHistory(t *testing.T) {
	t.Parallel()
	_, want := undisturbed(t)
	for name, drop := range map[string]synapsetest.Drop{"before": synapsetest.DropBefore, "after": synapsetest.DropAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			smallLoads(h)
			h.pool.Fail(synapsetest.Fault{Match: "COMMIT TRANSACTION", Drop: drop, Skip: 1})
			o := h.load(tapFrom(0)...)
			if !strings.Contains(o.log, "the answer to COMMIT was lost") {
				t.Errorf("nothing was lost:\n%s", o.log)
			}
			if diff := cmp.Diff(want, h.contents()); diff != "" {
				t.Errorf("%s\n%s", diff, o.log)
			}
			if !slices.Equal(o.states, []string{`{"at":3}`, `{"at":6}`}) {
				t.Errorf("states %q", o.states)
			}
			h.clean()
		})
	}
}

func TestALostUploadFailsTheRunAndNotTheNext(t *testing.T) {
	t.Parallel()
	_, want := undisturbed(t)
	h := newHouse(t)
	smallLoads(h)
	h.store.Fail(blobtest.Fault{Match: func(r blobtest.Request) bool { return strings.Contains(r.Blob, "users") && r.Method == "PUT" }, Status: 403, Times: blobtest.Always})
	h.fail(tapFrom(0)...)
	h.store.ClearFaults()
	h.load(tapFrom(h.committed())...)
	if diff := cmp.Diff(want, h.contents()); diff != "" {
		t.Error(diff)
	}
	h.clean()
}

func TestTheLaterOfTwoRunsGoesOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	smallLoads(h)
	taken := false
	h.pool.Fail(synapsetest.Fault{Match: "BEGIN TRANSACTION", Skip: 1, Drop: synapsetest.NoDrop, Hook: func(string) {
		if !taken {
			taken = true
			h.load(tapFrom(3)...) // another run, to its end
		}
	}})
	o := h.fail(tapFrom(0)...)
	if !strings.Contains(o.log, "another process has taken over this pipeline") || !slices.Equal(o.states, []string{`{"at":3}`}) {
		t.Errorf("states %q:\n%s", o.states, o.log)
	}
	_, want := undisturbed(t)
	if diff := cmp.Diff(want, h.contents()); diff != "" {
		t.Error(diff)
	}
}
