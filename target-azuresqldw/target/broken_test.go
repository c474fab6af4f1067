package target

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Everything that can be wrong with an input, at a line that is given to it.
var brokenLines = []struct{ name, line, want string }{
	{"cut short", `{"type":"RECORD","stream":"users","rec`, "line %d:"},
	{"broken json", `{"type":"RECORD","stream":"users","record":{"id":NaN}}`, "line %d:"},
	{"record before its schema", recordOf("orders", `{}`), "line %d: stream orders: RECORD before the SCHEMA"},
	{"missing key", recordOf("users", `{"name":"x"}`), "line %d: stream users: /id: key property is missing"},
	{"key not in the schema", schemaOf("s", `"k"`, `"id":{}`), `line %d: stream s: key property "k" is not among`},
	{"other key", schemaOf("users", `"name"`, `"id":{},"name":{"type":"string"}`), "line %d: stream users: key_properties are"},
	{"batch", `{"type":"BATCH","stream":"users","encoding":{"format":"jsonl"},"manifest":[]}`, "line %d: stream users: BATCH"},
	{"too many rejects", recordOf("users", `{"id":1,"name":5}`), "line %d: stream users: /name"},
}

func TestBrokenInputIsLoadedUpToItsLastState(t *testing.T) {
	t.Parallel()
	tagged := func(id int) string {
		return recordOf("users", fmt.Sprintf(`{"id":%d,"name":"user %d","tags":["a%d","b"],"late%d":1}`, id, id, id, id))
	}
	for _, broken := range brokenLines {
		t.Run(broken.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["add_record_metadata"], h.set["max_rejects"] = true, 1
			lines := []string{usersSchema, logSchema, `{"type":"RECORD","stream":"users","version":3,"record":{"id":9,"name":"old"}}`, state(0),
				tagged(1), entry(1), entry(2), recordOf("log", `{"n":"first reject"}`), state(1), tagged(2), entry(3), state(2), state(3),
				tagged(3), tagged(1), entry(4), `{"type":"ACTIVATE_VERSION","stream":"users","version":4}`, entry(5), broken.line, entry(6), state(4)}
			at := slices.Index(lines, broken.line) + 1
			if broken.name == "cut short" {
				lines = lines[:at]
			}
			o := h.fail(lines...)
			if want := fmt.Sprintf(broken.want, at); !strings.Contains(o.log, want) {
				t.Errorf("log does not say %q:\n%s", want, o.log)
			}
			if want := []string{`{"at":3}`}; !slices.Equal(o.states, want) {
				t.Errorf("states %q, want %q", o.states, want)
			}
			h.want("SELECT id, name FROM raw.users ORDER BY id", "1|user 1", "2|user 2", "9|old")
			h.want("SELECT _sdc_value FROM raw.users__tags ORDER BY _sdc_value", "a1", "a2", "b", "b")
			h.want("SELECT n FROM raw.log ORDER BY n", "1", "2", "3")
			h.want("SELECT line FROM raw._sdc_rejected", "8")
			h.want("SELECT first_line, last_line, row_count, rejected_count, state FROM raw._sdc_loads", `1|13|10|1|{"at":3}`)
			h.clean()

			again := append([]string{usersSchema, logSchema}, lines[13:at-1]...)
			h.load(append(again, state(5))...)
			h.want("SELECT id FROM raw.users ORDER BY id", "1", "2", "3")
			h.want("SELECT n FROM raw.log ORDER BY n", "1", "2", "3", "4", "5")
			h.clean()
		})
	}
}

func TestBrokenInputBeforeAnyStateLoadsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if o := h.fail(usersSchema, logSchema, user(1), entry(1), "garbage", state(1)); len(o.states) > 0 || !strings.Contains(o.log, "line 5:") {
		t.Errorf("states %q:\n%s", o.states, o.log)
	}
	h.want("SELECT name FROM sys.tables WHERE name NOT LIKE '[_]sdc[_]%'")
}

// Many states go into one batch; a record is found wrong only when its row is made.
func TestTheLastStateBeforeAWrongRecordCounts(t *testing.T) {
	t.Parallel()
	for wrong := 1; wrong <= 5; wrong++ {
		h := newHouse(t)
		lines := []string{logSchema, usersSchema}
		for n := 1; n <= 5; n++ {
			if n == wrong {
				lines = append(lines, recordOf("users", `{}`))
			}
			lines = append(lines, entry(n), state(n))
		}
		o := h.fail(lines...)
		if wrong == 1 {
			if len(o.states) > 0 {
				t.Errorf("states %q", o.states)
			}
			continue
		}
		var want []string
		for n := 1; n < wrong; n++ {
			want = append(want, fmt.Sprint(n))
		}
		h.want("SELECT n FROM raw.log ORDER BY n", want...)
		if want := state(wrong - 1); len(o.states) == 0 || !strings.Contains(want, o.states[len(o.states)-1]) {
			t.Errorf("states %q, want the last to be of %s", o.states, want)
		}
	}
}
