package target

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest"
)

func TestWhatAnEarlierRunOfThePipelineHasLeftIsSwept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pool.Fail(synapsetest.Fault{Match: "INSERT INTO [raw].[t]", Number: 2628})
	schema, rec := schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`)
	o := h.fail(schema, rec)
	if !strings.Contains(o.log, "stay until the next run of the pipeline") || len(h.store.Names("files", "")) != 1 {
		t.Errorf("log:\n%s", o.log)
	}
	others := []map[string]any{{"pipeline": "another"}, {"default_target_schema": "raw2"}, {"keep_staging": true}}
	for _, set := range others { // none of them is whose they are, or wants them gone
		for name, value := range set {
			before := h.set[name]
			h.set[name] = value
			h.load(schema, rec)
			h.set[name] = before
			if before == nil {
				delete(h.set, name)
			}
		}
		if n := len(h.store.Names("files", "")); n < 1 {
			t.Errorf("no file is left after a run with %v", set)
		}
	}
	h.load(schema, rec)
	h.clean()
}

// A run that is under way may have begun long ago, and others may begin meanwhile: into another schema under the same name of a pipeline, or
// under another.
func TestNobodySweepsARunThatIsUnderWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["max_batch_rows"] = 1
	in, feed := io.Pipe()
	done := make(chan outcome)
	copied := make(chan bool)
	resume := make(chan bool)
	h.pool.Fail(synapsetest.Fault{Match: "BEGIN TRANSACTION", Hook: func(string) { copied <- true; <-resume }}) // files and staging tables are there
	config := h.config()
	go func() { done <- h.startWith(t.Context(), in, config) }()
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"}`)
	io.WriteString(feed, schema+"\n"+recordOf("t", `{"id":1}`)+"\n"+state(1)+"\n")
	<-copied
	before := h.store.Names("files", "")
	for name, value := range map[string]string{"default_target_schema": "raw2", "pipeline": "another"} {
		h.set[name] = value
		h.load(schema, recordOf("t", `{"id":7}`), state(7))
		delete(h.set, name)
	}
	if after := h.store.Names("files", ""); len(before) == 0 || !slices.Equal(before, after) {
		t.Errorf("files were %q and are %q", before, after)
	}
	close(resume)
	io.WriteString(feed, recordOf("t", `{"id":2}`)+"\n"+state(2)+"\n")
	feed.Close()
	if o := <-done; o.code != 0 || !slices.Contains(o.states, `{"at":2}`) {
		t.Errorf("exit code %d, states %q:\n%s", o.code, o.states, o.log)
	}
	h.want("SELECT id FROM raw.t ORDER BY id", "1", "2", "7")
	h.clean()
}

func TestWhatOthersCallLikeOursStays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(state(1))
	ours := sha256.Sum256([]byte("test"))
	earlier := "sdc-1600000000-" + hex.EncodeToString(ours[:4]) + "01234567/1/0-t.csv.gz" // of another schema or pool, for all that the ledger knows
	files := []string{"sdc-2024-01-15.csv", "sdc-2023-reports/q1.xlsx", "sdc-report.csv", "sdc-1600000000-aaaaaaaabbbbbbbb/97/1-t-8-0000.csv.gz", earlier,
		"sdc-" + strings.Repeat("0", 32) + "-1600000000000000000/1/0-t.csv.gz"}
	for _, name := range files {
		h.store.Put("files", name, []byte("precious"))
	}
	tables := []string{"_sdc_stg_1_x", "_sdc_new_x", "_sdc_old_x", "_sdc_new_t", "_sdc_old_t", "_sdc_stg_1600000000_" + hex.EncodeToString(ours[:4]) + "01234567_1_t", "_sdc_stg_1600000000000000000_x",
		"_sdc_stg_" + strings.Repeat("0", 32) + "_1600000000000000000_1_t"}
	for _, name := range tables {
		h.rows("CREATE TABLE raw.[" + name + "] (id bigint NULL) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)")
	}
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"}`)
	o := h.load(schema, recordOf("t", `{"id":1}`), state(2))
	if !strings.Contains(o.log, "nothing in the ledger says") || !strings.Contains(o.log, "count=2") {
		t.Errorf("log:\n%s", o.log)
	}
	h.load(schema, recordOf("t", `{"id":2}`), state(3))
	slices.Sort(files)
	if left := h.store.Names("files", ""); !slices.Equal(left, files) {
		t.Errorf("files %q are left of %q", left, files)
	}
	for _, name := range tables {
		h.want("SELECT COUNT(*) FROM raw.["+name+"]", "0")
	}
}

func TestWhatAnEarlierReleaseHasLeftIsSweptWhereTheLedgerKnowsItsRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(state(1))
	ours := sha256.Sum256([]byte("test"))
	run := "1600000000-" + hex.EncodeToString(ours[:4]) + "01234567"
	h.rows("INSERT INTO raw._sdc_loads (load_id, pipeline) SELECT N'sdc-" + run + "/2', N'test'")
	h.store.Put("files", "sdc-"+run+"/3/0-t.csv.gz", []byte("rows"))
	h.rows("CREATE TABLE raw.[_sdc_stg_" + strings.ReplaceAll(run, "-", "_") + "_3_t] (id bigint NULL) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)")
	h.load(state(2))
	h.clean()
}

// startWith is start with settings that were written before.
func (h *house) startWith(ctx context.Context, in io.Reader, config string) outcome {
	h.t.Helper()
	var out, log strings.Builder
	code := asProgram(ctx, in, &out, &log, "--config", config)
	o := outcome{code: code, log: log.String()}
	if out.Len() > 0 {
		o.states = strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	}
	return o
}
