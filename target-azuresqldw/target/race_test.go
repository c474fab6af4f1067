package target

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// A stale run is one that has read what is there, and has loaded nothing yet.
type stale struct {
	feed *io.PipeWriter
	done chan outcome
}

// open starts a run of a pipeline and returns when it has read what is there: its input is not read before.
func (h *house) open(pipeline string) *stale {
	h.t.Helper()
	h.set["pipeline"] = pipeline
	config := h.config()
	in, feed := io.Pipe()
	r := &stale{feed, make(chan outcome, 1)}
	go func() {
		r.done <- h.startWith(h.t.Context(), in, config)
		in.Close()
	}()
	io.WriteString(feed, "\n")
	return r
}

// load feeds lines to the run, to its end.
func (r *stale) load(lines ...string) outcome {
	io.WriteString(r.feed, strings.Join(lines, "\n")+"\n")
	r.feed.Close()
	return <-r.done
}

// sorts are values of every kind, with how their columns show them.
var sorts = []struct{ name, schema, value, shown string }{
	{"a number", `{"type":"number"}`, `1.5`, "1.5"},
	{"a finer number", `{"type":"number"}`, `1.123456`, "1.123456"},
	{"an integer", `{"type":"integer"}`, `7`, "7"},
	{"a great integer", `{"type":"integer"}`, `123456789012345678901234567890`, "123456789012345678901234567890"},
	{"a text of digits", `{"type":"string"}`, `"007"`, "007"},
	{"a long text", `{"type":"string"}`, `"` + strings.Repeat("x", 300) + `"`, strings.Repeat("x", 300)},
	{"a time", `{"type":"string","format":"date-time"}`, `"2026-01-02T03:04:05.1234567+02:00"`, "2026-01-02 03:04:05.1234567 +02:00"},
	{"a truth", `{"type":"boolean"}`, `true`, "1"},
}

// shown is the one value that a row has beside its id.
func (h *house) shown(id int) string {
	h.t.Helper()
	var columns []string
	for _, name := range h.rows("SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = N't' AND COLUMN_NAME LIKE N'x%' ORDER BY ORDINAL_POSITION") {
		columns = append(columns, "["+name+"]")
	}
	var values []string
	for _, row := range h.rows(fmt.Sprintf("SELECT %s FROM raw.t WHERE id = %d", strings.Join(columns, ", "), id)) {
		for _, v := range strings.Split(row, "|") {
			if v != "NULL" {
				if strings.Contains(v, ".") && !strings.Contains(v, " ") {
					v = strings.TrimRight(strings.TrimRight(v, "0"), ".")
				}
				values = append(values, v)
			}
		}
	}
	return strings.Join(values, " and ")
}

// COPY and INSERT convert without a word: 1.123456 to 1.12 where the column has two digits, "007" to 7. So what a load brings goes only to a
// column that is there and holds it, whatever another pipeline has made of the table since the run began.
func TestNoValueIsBentByWhatAnotherPipelineHasMadeMeanwhile(t *testing.T) {
	t.Parallel()
	for _, theirs := range sorts {
		for _, ours := range sorts {
			t.Run(theirs.name+", then "+ours.name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				h.set["add_record_metadata"] = true
				schema := func(sort string) string {
					return `{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"x":` + sort + `}}}`
				}
				record := func(id int, value string) string { return recordOf("t", fmt.Sprintf(`{"id":%d,"x":%s}`, id, value)) }
				b := h.open("b")
				h.set["pipeline"] = "a"
				h.load(schema(theirs.schema), record(1, theirs.value), state(1))
				if o := b.load(schema(ours.schema), record(2, ours.value), state(2), record(3, ours.value), state(3)); o.code != 0 {
					t.Fatalf("exit code %d:\n%s", o.code, o.log)
				}
				h.set["pipeline"] = "b"
				h.load(schema(ours.schema), record(4, ours.value), state(4)) // from what is stored
				h.set["pipeline"] = "a"
				h.load(schema(theirs.schema), record(5, theirs.value), state(5))
				for id, want := range []string{1: theirs.shown, 2: ours.shown, 3: ours.shown, 4: ours.shown, 5: theirs.shown} {
					if got := h.shown(id); id > 0 && got != want {
						t.Errorf("row %d shows %q, want %q: %q", id, got, want, h.rows("SELECT path, kind, column_name FROM raw._sdc_columns WHERE path = N'/x'"))
					}
				}
				h.want("SELECT path, kind FROM raw._sdc_columns WHERE stream = N't' GROUP BY path, kind HAVING COUNT(DISTINCT column_name) > 1")
				h.want("SELECT column_name FROM raw._sdc_columns WHERE stream = N't' AND kind NOT LIKE N'key%' AND column_name <> N'' GROUP BY column_name HAVING COUNT(DISTINCT path + kind) > 1")
				h.clean()
			})
		}
	}
}

// Of a key there is one column only.
func TestAKeyNeverHasTwoColumns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	number, text := schemaOf("t", `"id"`, `"id":{"type":"integer"}`), schemaOf("t", `"id"`, `"id":{"type":"string"}`)
	b := h.open("b")
	h.set["pipeline"] = "a"
	h.load(text, recordOf("t", `{"id":"1"}`), state(1))
	if o := b.load(number, recordOf("t", `{"id":1}`), recordOf("t", `{"id":2}`), state(2)); o.code != 1 || !strings.Contains(o.log, "run again") || len(o.states) > 0 {
		t.Fatalf("exit code %d, states %q:\n%s", o.code, o.states, o.log)
	}
	h.set["pipeline"] = "b"
	h.load(number, recordOf("t", `{"id":1}`), recordOf("t", `{"id":2}`), state(2))
	h.want("SELECT id FROM raw.t ORDER BY id", "1", "2")

	b = h.open("b")
	h.set["pipeline"] = "a"
	h.load(schemaOf("u", `"id"`, `"id":{"type":"integer"},"k":{"type":"integer"}`), recordOf("u", `{"id":1,"k":1}`), state(3))
	if o := b.load(schemaOf("u", `"k"`, `"id":{"type":"integer"},"k":{"type":"integer"}`), recordOf("u", `{"id":1,"k":1}`), state(3)); o.code != 1 || !strings.Contains(o.log, "run again") {
		t.Fatalf("exit code %d:\n%s", o.code, o.log)
	}
}

// Names are given by what is there; of two streams that differ in case the later one has a table with a hash in its name.
func TestTwoPipelinesMayNameAlikeAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := func(stream, property string) string {
		return schemaOf(stream, `"id"`, `"id":{"type":"integer"},"`+property+`":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}}`)
	}
	b := h.open("b")
	h.set["pipeline"] = "a"
	h.load(schema("users", "Name"), recordOf("users", `{"id":1,"Name":"a","l":[1]}`), state(1))
	o := b.load(schema("Users", "x"), schema("users", "name"), recordOf("Users", `{"id":2,"x":"b","l":[2]}`), recordOf("users", `{"id":3,"name":"c","l":[3]}`), state(2),
		recordOf("users", `{"id":4,"name__st":"d","Name":"e"}`), recordOf("Users", `{"id":5,"l":[5]}`), state(3))
	if o.code != 0 {
		t.Fatalf("exit code %d:\n%s", o.code, o.log)
	}
	at := map[string]string{}
	for _, row := range h.rows("SELECT stream, path, table_name, column_name FROM raw._sdc_columns WHERE kind NOT LIKE N'key%'") {
		f := strings.Split(row, "|")
		if have := at[f[0]+f[1]]; have != "" && have != f[2]+" "+f[3] {
			t.Errorf("two places of %s %s: %s and %s %s", f[0], f[1], have, f[2], f[3])
		}
		at[f[0]+f[1]] = f[2] + " " + f[3]
	}
	column := func(of string) string { return "[" + at[of][strings.Index(at[of], " ")+1:] + "]" }
	table := func(of string) string { return "raw.[" + strings.TrimSpace(at[of]) + "]" }
	h.want("SELECT id, "+column("users/Name")+", "+column("users/name")+", "+column("users/name__st")+" FROM "+table("users")+" ORDER BY id", "1|a|NULL|NULL", "3|NULL|c|NULL", "4|e|NULL|d")
	h.want("SELECT id, x FROM "+table("Users")+" ORDER BY id", "2|b", "5|NULL")
	h.want("SELECT _sdc_value FROM "+table("users/l/~*")+" ORDER BY 1", "1", "3")
	h.want("SELECT _sdc_value FROM "+table("Users/l/~*")+" ORDER BY 1", "2", "5")
	h.clean()
}

// Both widen what both have found narrow: the later one must not make narrow again what the earlier has made wide.
func TestWhatAnotherHasWidenedStaysWide(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":"string"},"n":{"type":"number"}`)
	h.set["pipeline"] = "a"
	h.load(schema, recordOf("t", `{"id":0,"s":"","n":1.5}`), state(0))
	b := h.open("b")
	h.set["pipeline"] = "a"
	h.load(schema, recordOf("t", `{"id":1,"s":"`+strings.Repeat("a", 1000)+`","n":0.123456}`), state(1))
	if o := b.load(schema, recordOf("t", `{"id":2,"s":"`+strings.Repeat("b", 200)+`","n":12345678901234567890.25}`), state(2)); o.code != 0 {
		t.Fatalf("exit code %d:\n%s", o.code, o.log)
	}
	h.want("SELECT id, LEN(s), n FROM raw.t ORDER BY id", "0|0|1.500000", "1|1000|0.123456", "2|200|12345678901234567890.250000")
}

// A column cannot be made wide enough for both, and the files are under way: the next run puts the value beside it.
func TestWhatDoesNotFitBesideWhatAnotherHasMadeIsLeftToTheNextRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"n":{"type":"number"}`)
	h.set["pipeline"] = "a"
	h.load(schema, recordOf("t", `{"id":0,"n":1.5}`), state(0))
	b := h.open("b")
	h.set["pipeline"] = "a"
	h.load(schema, recordOf("t", `{"id":1,"n":0.12345678901234567891}`), state(1))
	rest := []string{schema, recordOf("t", `{"id":2,"n":12345678901234567890.25}`), state(2)}
	if o := b.load(rest...); o.code != 1 || !strings.Contains(o.log, "run again") || len(o.states) > 0 {
		t.Fatalf("exit code %d, states %q:\n%s", o.code, o.states, o.log)
	}
	h.set["pipeline"] = "b"
	h.load(rest...)
	h.want("SELECT id, n, n__st FROM raw.t WHERE id > 0 ORDER BY id", "1|0.12345678901234567891|NULL", "2|NULL|12345678901234567890.25")
}

func TestALeaseThatADeadRunHasLeftIsWaitedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(state(1))
	lease := func(pipeline string, seconds int) {
		h.rows(fmt.Sprintf("UPDATE raw._sdc_shared SET pipeline = N'%s', fence = 1, until = DATEADD(second, %d, SYSUTCDATETIME())", pipeline, seconds))
	}
	lease("test", 3600) // what an earlier run of this pipeline has left is ours
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`), state(2))
	lease("another", 1)
	o := h.load(schemaOf("u", `"id"`, `"id":{"type":"integer"}`), recordOf("u", `{"id":1}`), state(3))
	if !strings.Contains(o.log, "waiting for another pipeline that changes tables") {
		t.Errorf("nothing is said:\n%s", o.log)
	}
	h.want("SELECT version, pipeline, until FROM raw._sdc_shared", "2|NULL|NULL")
}
