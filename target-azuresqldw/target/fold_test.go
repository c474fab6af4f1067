package target

import (
	"fmt"
	"strings"
	"testing"
)

// objectOf is the schema of an object with n properties, called p0, p1, …, and what else is given.
func objectOf(n int, more ...string) string {
	for i := range n {
		more = append(more, fmt.Sprintf(`"p%d":{"type":["null","integer"]}`, i))
	}
	return `{"type":"object","properties":{` + strings.Join(more, ",") + `}}`
}

func TestTheWidestObjectsBecomeJSONTextWhereColumnsEnd(t *testing.T) {
	t.Parallel()
	for _, wide := range []int{900, 25_000} { // the second one is more than a schema may unfold into
		for _, nested := range []string{"denest", "json"} {
			t.Run(fmt.Sprintf("%d, %s", wide, nested), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				h.set["nested"] = nested
				schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"a":`+objectOf(200, `"b":`+objectOf(wide))+`,"c":`+objectOf(100)+`,"l":{"type":"array","items":`+objectOf(3)+`}`)
				record := func(id int) string {
					return recordOf("t", fmt.Sprintf(`{"id":%d,"a":{"p1":1,"b":{"p2":2,"x":"y"}},"c":{"p3":3},"l":[{"p0":4}]}`, id))
				}
				o := h.load(schema, record(1))
				if said := strings.Contains(o.log, "an object is kept as JSON text, since its table has no room for a column for each of its members stream=t property=/a/b"); said != (nested == "denest") {
					t.Errorf("said %v\n%s", said, o.log)
				}
				narrow := schemaOf("t", `"id"`, `"id":{"type":"integer"},"a":`+objectOf(1, `"b":`+objectOf(1)))
				h.load(narrow, record(2)) // there would be room now
				h.load(schema, record(3))
				h.set["max_batch_rows"] = 1
				h.load(`{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"type":"object"}}`, record(4))
				if nested == "json" {
					for id := range 4 {
						h.want(fmt.Sprintf("SELECT a, c, l FROM raw.t WHERE id = %d", id+1), `{"p1":1,"b":{"p2":2,"x":"y"}}|{"p3":3}|[{"p0":4}]`)
					}
					return
				}
				h.want("SELECT id, a__p1, a__b, c__p3 FROM raw.t ORDER BY id", `1|1|{"p2":2,"x":"y"}|3`, `2|1|{"p2":2,"x":"y"}|3`, `3|1|{"p2":2,"x":"y"}|3`, `4|1|{"p2":2,"x":"y"}|3`)
				h.want("SELECT _sdc_source_key_id, p0 FROM raw.t__l ORDER BY 1", "1|4", "2|4", "3|4", "4|4")
			})
		}
	}
}

func TestWhatHasBeenMadeColumnsStaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	record := func(id int) string { return recordOf("t", fmt.Sprintf(`{"id":%d,"a":{"p0":1,"p1500":2}}`, id)) }
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"a":`+objectOf(900)), recordOf("t", `{"id":1,"a":{"p0":1}}`))
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"a":`+objectOf(1600)), record(2))
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"a":`+objectOf(30_000)), record(3))
	h.want("SELECT id, a__p0, _sdc_extra FROM raw.t ORDER BY id", "1|1|NULL", `2|1|{"a/p1500":2}`, `3|1|{"a/p1500":2}`)
}

func TestObjectsAreFoldedFromTheWidestUp(t *testing.T) {
	t.Parallel()
	fold := func(schema string) string {
		b := newBench(t, layoutOptions{}, schema)
		return strings.Join(b.stream.folds, " ")
	}
	for _, test := range []struct{ schema, want string }{
		{objectOf(900), ""},
		{objectOf(2000), ""}, // there is no object within it
		{objectOf(900, `"a":`+objectOf(50), `"b":`+objectOf(60)), "/b"},
		{objectOf(900, `"a":`+objectOf(50, `"c":`+objectOf(80)), `"b":`+objectOf(60)), "/a/c /b"},
		{objectOf(990, `"a":`+objectOf(9, `"c":`+objectOf(8)), `"b":`+objectOf(6)), "/a"},
		{objectOf(500, `"a":{"type":"array","items":`+objectOf(700, `"d":`+objectOf(400))+`}`), "/a/~*/d"},
	} {
		if got := fold(test.schema); got != test.want {
			t.Errorf("%.60s…: folded %q, want %q", test.schema, got, test.want)
		}
	}
}
