package target

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest"
)

// Several pipelines may load into one schema, and into the same tables.

const listSchema = `{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"name":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}}}}}`

func versioned(id, version int) string {
	return fmt.Sprintf(`{"type":"RECORD","stream":"t","version":%d,"record":{"id":%d,"name":"v%d","l":[%d]}}`, version, id, version, id)
}

func activate(version int) string {
	return fmt.Sprintf(`{"type":"ACTIVATE_VERSION","stream":"t","version":%d}`, version)
}

func TestAVersionEndsTheRowsOfItsOwnPipelineOnly(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{1, 1000} {
		h := newHouse(t)
		h.set["add_record_metadata"], h.set["max_batch_rows"] = true, rows
		h.set["pipeline"] = "a"
		h.load(listSchema, versioned(1, 5), versioned(2, 5), versioned(3, 5), activate(5), state(1))
		h.set["pipeline"] = "A" // another one
		h.load(listSchema, versioned(91, 9), versioned(2, 9), activate(9), state(1))
		h.want("SELECT id, name, _sdc_pipeline FROM raw.t ORDER BY id", "1|v5|a", "2|v9|A", "3|v5|a", "91|v9|A") // the last one to send a key has it
		h.want("SELECT _sdc_value, _sdc_pipeline FROM raw.t__l ORDER BY 1", "1|a", "2|A", "3|a", "91|A")
		h.set["pipeline"] = "a"
		h.load(listSchema, versioned(1, 10), activate(10), state(2))
		h.want("SELECT id, name, _sdc_pipeline FROM raw.t ORDER BY id", "1|v10|a", "2|v9|A", "91|v9|A")
		h.want("SELECT _sdc_value, _sdc_pipeline FROM raw.t__l ORDER BY 1", "1|a", "2|A", "91|A")
	}
}

// before takes the tables back to how they were made before rows were marked.
func (h *house) before() {
	h.t.Helper()
	for _, table := range []string{"t", "t__l"} {
		h.rows("ALTER TABLE raw." + table + " DROP COLUMN _sdc_pipeline")
	}
}

func TestUnmarkedRowsAreOfTheOnlyPipelineThatThereWas(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"], h.set["pipeline"] = true, "a"
	h.load(listSchema, versioned(1, 5), versioned(2, 5), activate(5), state(1))
	h.before()
	h.set["pipeline"] = "b"
	h.load(listSchema, versioned(91, 9), activate(9), state(1))
	h.want("SELECT id, _sdc_pipeline FROM raw.t ORDER BY id", "1|NULL", "2|NULL", "91|b")
	h.set["pipeline"] = "a"
	h.load(listSchema, versioned(1, 10), activate(10), state(2))
	h.want("SELECT id, _sdc_pipeline FROM raw.t ORDER BY id", "1|a", "91|b")
	h.want("SELECT _sdc_value, _sdc_pipeline FROM raw.t__l ORDER BY 1", "1|a", "91|b")
}

func TestUnmarkedRowsOfSeveralPipelinesStay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	for i, pipeline := range []string{"a", "b"} {
		h.set["pipeline"] = pipeline
		h.load(listSchema, versioned(i+1, 5), state(1))
	}
	h.before()
	o := h.load(listSchema, versioned(3, 6), activate(6), state(2))
	h.want("SELECT id, _sdc_pipeline FROM raw.t ORDER BY id", "1|NULL", "2|NULL", "3|b")
	if !strings.Contains(o.log, "rows of several pipelines stand in the table") {
		t.Errorf("nothing is said:\n%s", o.log)
	}
	o = h.load(listSchema, versioned(3, 7), activate(7), state(3)) // in another run, from the ledger
	h.want("SELECT id, _sdc_pipeline FROM raw.t ORDER BY id", "1|NULL", "2|NULL", "3|b")
	if !strings.Contains(o.log, "rows of several pipelines stand in the table") {
		t.Errorf("nothing is said:\n%s", o.log)
	}
}

// A property that had the name of a metadata column before there was one keeps it: what is deleted goes by the target's own column.
func TestAPropertyThatIsCalledLikeMetadataDeletesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"_sdc_table_version":{"type":"integer"},"_sdc_pipeline":{"type":"string"},"_sdc_sequence":{"type":"integer"}`)
	record := func(id int) string {
		return fmt.Sprintf(`{"type":"RECORD","stream":"t","version":%d,"record":{"id":%d,"_sdc_table_version":%d,"_sdc_pipeline":"test","_sdc_sequence":1}}`, 8-id, id, id)
	}
	h.load(schema, recordOf("t", `{"id":1,"_sdc_table_version":1,"_sdc_pipeline":"test","_sdc_sequence":1}`), state(1))
	h.set["add_record_metadata"] = true
	h.load(schema, record(2), record(3), record(5), state(2))
	h.load(schema, activate(4), state(3))
	h.want("SELECT id FROM raw.t ORDER BY id", "1", "2", "3")
	h.load(schema, record(2), activate(6), record(5), state(4))
	h.want("SELECT id FROM raw.t ORDER BY id", "1", "2", "5")
}

func TestAPipelineIsNoOtherThanThePoolTakesItFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["pipeline"] = "a "
	if o := h.start(t.Context(), strings.NewReader("")); o.code != 2 || !strings.Contains(o.log, "ends with a blank") {
		t.Errorf("exit code %d:\n%s", o.code, o.log)
	}
}

// firstRun are the lines of pipeline n, which loads two rows of its own.
func firstRun(n int) []string {
	return []string{listSchema, versioned(10*n, 1), versioned(10*n+1, 1), activate(1), state(n)}
}

// defining are the statements within a guard that make the ledger: what they look for may have come since they looked.
func defining(statement string) bool {
	return strings.HasPrefix(statement, "CREATE SCHEMA") || strings.HasPrefix(statement, "CREATE TABLE [raw].[_sdc_") && !strings.Contains(statement, "[_sdc_stg_")
}

func TestFirstRunsMayComeBetweenTheLookAndTheDeedOfAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	var n int
	h.pool.Fail(synapsetest.Fault{Skip: 1 << 30, MatchFunc: func(s string) bool {
		if defining(s) {
			n++
		}
		return false
	}})
	h.load(firstRun(1)...)
	if n < 6 {
		t.Fatalf("only %d defining", n)
	}
	for i := range n {
		t.Run(fmt.Sprint("definition ", i), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["add_record_metadata"] = true
			run := func(n int) {
				h.set["pipeline"] = fmt.Sprint("pipeline ", n)
				if o := h.start(t.Context(), strings.NewReader(strings.Join(firstRun(n), "\n")+"\n")); o.code != 0 {
					t.Errorf("run %d: exit code %d:\n%s", n, o.code, o.log)
				}
			}
			h.pool.Fail(synapsetest.Fault{MatchFunc: defining, Skip: i, Hook: func(string) { // of run 1, and the third of run 2
				third := false
				h.pool.Fail(synapsetest.Fault{MatchFunc: defining, Skip: 2, Hook: func(string) { third = true; run(3) }})
				run(2)
				if !third { // there were no three left
					run(3)
				}
			}})
			run(1)
			h.want("SELECT id, _sdc_pipeline FROM raw.t ORDER BY id", "10|pipeline 1", "11|pipeline 1", "20|pipeline 2", "21|pipeline 2", "30|pipeline 3", "31|pipeline 3")
			h.want("SELECT _sdc_value, _sdc_pipeline FROM raw.t__l ORDER BY 1", "10|pipeline 1", "11|pipeline 1", "20|pipeline 2", "21|pipeline 2", "30|pipeline 3", "31|pipeline 3")
			h.want("SELECT COUNT(*) FROM raw._sdc_shared", "1")
			h.clean()
		})
	}
}

func TestThreeFirstRunsAtOnce(t *testing.T) {
	t.Parallel()
	for round := range few(36, 3) {
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) { // one after the other: they are to race with each other only
			h := newHouse(t)
			h.set["add_record_metadata"] = true
			var runs sync.WaitGroup
			for n := 1; n <= 3; n++ {
				h.set["pipeline"] = fmt.Sprint("pipeline ", n)
				config := h.config()
				runs.Go(func() {
					if o := h.startWith(t.Context(), strings.NewReader(strings.Join(firstRun(n), "\n")+"\n"), config); o.code != 0 {
						t.Errorf("run %d: exit code %d:\n%s", n, o.code, o.log)
					}
				})
			}
			runs.Wait()
			h.want("SELECT COUNT(*), COUNT(DISTINCT id) FROM raw.t", "6|6")
			h.want("SELECT COUNT(*), COUNT(DISTINCT _sdc_value) FROM raw.t__l", "6|6")
			h.clean()
		})
	}
}
