package target

import (
	"fmt"
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest"
)

// versionedSchema is of stream t, with a child table.
var versionedSchema = schemaOf("t", `"id"`, `"id":{"type":"integer"},"day":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}}`)

// versionOf is a record of a version; a day that is no string has it set aside.
func versionOf(version, id int, day string) string {
	return fmt.Sprintf(`{"type":"RECORD","stream":"t","version":%d,"record":{"id":%d,"day":%s,"l":[%d]}}`, version, id, day, id)
}

func activateOf(version int) string {
	return fmt.Sprintf(`{"type":"ACTIVATE_VERSION","stream":"t","version":%d}`, version)
}

// newVersionHouse has three rows of version 1.
func newVersionHouse(t *testing.T) *house {
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	h.load(versionedSchema, versionOf(1, 1, `"a"`), versionOf(1, 2, `"a"`), versionOf(1, 3, `"a"`), activateOf(1), state(1))
	return h
}

func (h *house) wantIDs(ids ...string) {
	h.t.Helper()
	h.want("SELECT id FROM raw.t ORDER BY id", ids...)
	h.want("SELECT _sdc_source_key_id FROM raw.t__l ORDER BY 1", ids...)
}

// TestARecordThatWasSetAsideLosesNoRowToItsVersion has record 1 of version 2 set aside, wherever loads and runs end.
func TestARecordThatWasSetAsideLosesNoRowToItsVersion(t *testing.T) {
	t.Parallel()
	bad, good := versionOf(2, 1, "5"), versionOf(2, 2, `"b"`)
	tests := []struct {
		name string
		rows int // of a load
		runs [][]string
	}{
		{"in one load", 1000, [][]string{{versionedSchema, bad, good, activateOf(2), state(2)}}},
		{"in loads of their own", 1, [][]string{{versionedSchema, bad, state(2), good, state(3), activateOf(2), state(4)}}},
		{"in runs of their own", 1000, [][]string{{versionedSchema, bad, state(2)}, {versionedSchema, good, state(3)}, {versionedSchema, activateOf(2), state(4)}}},
		{"without its version", 1, [][]string{{versionedSchema, recordOf("t", `{"id":1,"day":5}`), state(2), good, state(3), activateOf(2), state(4)}}},
		{"of a version that is later still", 1000, [][]string{{versionedSchema, versionOf(3, 1, "5"), state(2)}, {versionedSchema, good, activateOf(2), state(4)}}},
		{"with a key that no column holds", 1000, [][]string{{versionedSchema, `{"type":"RECORD","stream":"t","version":2,"record":{"id":1e39,"day":"b"}}`, good, activateOf(2), state(2)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newVersionHouse(t)
			h.set["max_batch_rows"] = tt.rows
			log := ""
			for _, run := range tt.runs {
				log += h.load(run...).log
			}
			h.wantIDs("1", "2", "3")
			h.want("SELECT day FROM raw.t WHERE id = 2", "b")
			if loads := len(h.rows("SELECT load_id FROM raw._sdc_loads")); tt.rows == 1 && loads < 3 {
				t.Errorf("%d loads in all", loads)
			}
			if !strings.Contains(log, "ACTIVATE_VERSION has deleted nothing") || !strings.Contains(log, "records=1") {
				t.Errorf("the log does not say that nothing was deleted:\n%s", log)
			}
			h.load(versionedSchema, versionOf(4, 1, `"c"`), versionOf(4, 2, `"c"`), activateOf(4), state(5))
			h.wantIDs("1", "2")
			h.clean()
		})
	}
}

func TestWhatWasSetAsideElsewhereKeepsNoOldRows(t *testing.T) {
	t.Parallel()
	others := schemaOf("u", `"id"`, `"id":{"type":"integer"}`)
	tests := []struct {
		name   string
		before []string // in a run before
		lines  []string
	}{
		{"of an older version", []string{versionedSchema, versionOf(2, 1, "5"), state(2)}, nil},
		{"without version, in a run before", []string{versionedSchema, recordOf("t", `{"id":1,"day":5}`), state(2)}, nil},
		{"of another stream", nil, []string{others, `{"type":"RECORD","stream":"u","version":3,"record":{"id":"x"}}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newVersionHouse(t)
			if tt.before != nil {
				h.load(tt.before...)
			}
			h.load(append(tt.lines, versionedSchema, versionOf(3, 2, `"b"`), activateOf(3), state(3))...)
			h.wantIDs("2")
		})
	}
	for _, rows := range []int{1, 1000} { // the size of loads makes no difference
		h := newVersionHouse(t)
		h.set["max_batch_rows"] = rows
		h.load(versionedSchema, versionOf(2, 2, `"b"`), state(2), activateOf(2), state(3), versionOf(2, 3, "5"), state(4))
		h.wantIDs("2")
	}
	t.Run("taken out of the table by hand", func(t *testing.T) {
		t.Parallel()
		h := newVersionHouse(t)
		h.load(versionedSchema, versionOf(2, 1, "5"), versionOf(2, 2, `"b"`), activateOf(2), state(2))
		h.wantIDs("1", "2", "3")
		h.want("SELECT table_version FROM raw._sdc_rejected", "2")
		h.pool.Query("DELETE FROM raw._sdc_rejected")
		h.load(versionedSchema, activateOf(2), state(3))
		h.wantIDs("2")
	})
}

func TestAppendOnlyTablesKeepTheirHistoryWhenAVersionEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"], h.set["load_method"] = true, "append-only"
	for v := 1; v <= 3; v++ {
		o := h.load(versionedSchema, activateOf(v), versionOf(v, 1, fmt.Sprintf(`"%d"`, v)), activateOf(v), state(v))
		if n := strings.Count(o.log, `ACTIVATE_VERSION deletes nothing stream=t line=2 why="load_method append-only keeps every row"`); n != 1 {
			t.Errorf("it is said %d times that nothing is deleted:\n%s", n, o.log)
		}
	}
	h.want("SELECT day FROM raw.t ORDER BY day", "1", "2", "3")
	h.want("SELECT COUNT(*) FROM raw.t__l", "3")
}

// TestStreamsWithoutKeyHaveOneVersion: they are appended, too, but not because somebody wants their history.
func TestStreamsWithoutKeyHaveOneVersion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	for v := 1; v <= 3; v++ {
		h.load(schemaOf("t", ``, `"id":{"type":"integer"},"day":{"type":"string"}`), versionOf(v, 1, `"x"`), activateOf(v), state(v))
	}
	h.want("SELECT _sdc_table_version FROM raw.t", "3")
}

func TestActivateVersionMayBeSwitchedOff(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		all     any // activate_version
		streams map[string]any
		want    []string
	}{
		{"not at all", nil, nil, []string{"2"}},
		{"for all", false, nil, []string{"1", "2", "3"}},
		{"for a stream", nil, map[string]any{"t": map[string]any{"activate_version": false}}, []string{"1", "2", "3"}},
		{"for all but a stream", false, map[string]any{"*": map[string]any{"nested": "denest"}, "t": map[string]any{"activate_version": true}}, []string{"2"}},
		{"for a pattern", true, map[string]any{"*": map[string]any{"activate_version": false}, "t": map[string]any{"index": "heap"}}, []string{"1", "2", "3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newVersionHouse(t)
			if tt.all != nil {
				h.set["activate_version"] = tt.all
			}
			if tt.streams != nil {
				h.set["streams"] = tt.streams
			}
			h.load(versionedSchema, versionOf(2, 2, `"b"`), activateOf(2), state(2))
			h.wantIDs(tt.want...)
		})
	}
}

func TestDeletedAndRejectedRowsAreCounted(t *testing.T) {
	t.Parallel()
	h := newVersionHouse(t)
	for _, change := range []string{"ALTER TABLE raw._sdc_loads DROP COLUMN deleted_count, rejected_count", "ALTER TABLE raw._sdc_rejected DROP COLUMN table_version"} { // as an older target has made them
		if _, err := h.pool.Query(change); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
	}
	o := h.load(versionedSchema, versionOf(2, 2, `"b"`), versionOf(1, 4, "5"), versionOf(1, 5, "true"), activateOf(2), state(2))
	h.wantIDs("2")
	// id 2 and its item were replaced by the merge; two rows and their items are of the older version
	h.want("SELECT row_count, rejected_count, deleted_count FROM raw._sdc_loads ORDER BY loaded_at", "6|NULL|NULL", "2|2|4")
	committed := strings.Index(o.log, "load committed")
	aside := strings.Index(o.log, `records were set aside stream=t records=2 table=[raw].[_sdc_rejected] first_line=3 reason="/day: expected string, but got number"`)
	if !strings.Contains(o.log, "rows=2 rejected=2 deleted=4") || aside < committed {
		t.Errorf("log:\n%s", o.log)
	}
}

// TestWhatIsNotCommittedIsNotSaidToBeKept fails the merge of the second load, and cuts a load.
func TestWhatIsNotCommittedIsNotSaidToBeKept(t *testing.T) {
	t.Parallel()
	const said = "records were set aside"
	h := newVersionHouse(t)
	h.set["max_batch_rows"] = 1
	h.pool.Fail(synapsetest.Fault{Match: "INSERT INTO [raw].[_sdc_rejected]", Skip: 1, Times: -1, Number: 2628})
	good := versionOf(2, 2, `"b"`)
	o := h.fail(versionedSchema, versionOf(2, 1, "5"), state(2), good, state(3), versionOf(2, 2, "5"), versionOf(2, 3, "5"), state(4), good, state(5))
	if !strings.Contains(o.log, said+" stream=t records=1 ") || strings.Count(o.log, said) != 1 {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT COUNT(*) FROM raw._sdc_rejected", "1")

	h = newVersionHouse(t)
	o = h.fail(versionedSchema, versionOf(2, 1, "5"), state(2), versionOf(2, 2, "5"), versionOf(2, 3, `"x"`), "{broken")
	if !strings.Contains(o.log, said+" stream=t records=1 ") {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT COUNT(*) FROM raw._sdc_rejected", "1")

	h = newVersionHouse(t)
	if o = h.fail(versionedSchema, versionOf(2, 1, "5"), "{broken"); strings.Contains(o.log, said) {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT COUNT(*) FROM raw._sdc_rejected", "0")
}
