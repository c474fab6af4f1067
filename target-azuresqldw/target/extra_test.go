package target

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wide is the schema of a stream with n properties of a type, called p0, p1, …, and a record that has them all.
func wide(stream string, n int, typ string, value func(i int) string) (schema, record string) {
	var properties, members strings.Builder
	for i := range n {
		fmt.Fprintf(&properties, `,"p%d":%s`, i, typ)
		fmt.Fprintf(&members, `,"p%d":%s`, i, value(i))
	}
	return schemaOf(stream, `"id"`, `"id":{"type":"integer"}`+properties.String()), recordOf(stream, `{"id":1`+members.String()+`}`)
}

// whole puts the columns of a table's only row and what is in its _sdc_extra together again.
func (h *house) whole(table string) map[string]string {
	h.t.Helper()
	r, err := h.pool.Query("SELECT * FROM " + table)
	if err != nil {
		h.t.Fatal(err)
	}
	if len(r.Text()) != 1 {
		h.t.Fatalf("%d rows in %s", len(r.Text()), table)
	}
	got := map[string]string{}
	for i, text := range r.Text()[0] {
		name := r.Columns[i].Name
		switch {
		case name == colExtra && text != "NULL":
			var rest map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &rest); err != nil {
				h.t.Fatalf("%s: %v", text, err)
			}
			for name, v := range rest {
				if _, twice := got[name]; twice {
					h.t.Errorf("%s is in a column and in %s", name, colExtra)
				}
				got[name] = strings.Trim(string(v), `"`)
			}
		case name != colExtra && text != "NULL" && !strings.HasPrefix(name, "_sdc_"):
			got[name] = text
		}
	}
	return got
}

func TestPropertiesBeyondTheColumnsOfATableAreKept(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		metadata       bool
		columns, count int
	}{{false, 1021, 1021}, {false, 1021, 1022}, {true, 1015, 1015}, {true, 1015, 1016}, {true, 1015, 2500}} { // beside id, _sdc_extra and what else is the target's
		t.Run(fmt.Sprintf("%d with metadata %v", test.count, test.metadata), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["add_record_metadata"] = test.metadata
			schema, record := wide("t", test.count, `{"type":["null","string"]}`, func(i int) string { return fmt.Sprintf("\"%x\"", i%16) })
			for range 2 {
				o := h.load(schema, record)
				if said := strings.Contains(o.log, "kept in _sdc_extra table=t property=/p"+strconv.Itoa(test.columns)); said != (test.count > test.columns) {
					t.Errorf("said %v\n%s", said, o.log)
				}
				got := h.whole("raw.t")
				for i := range test.count {
					if name := fmt.Sprintf("p%d", i); got[name] != fmt.Sprintf("%x", i%16) {
						t.Fatalf("%s is %q", name, got[name])
					}
				}
			}
		})
	}
}

func TestWhatHasAColumnKeepsItAndWhatHasNoneGetsNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema, _ := wide("t", 1200, `{"type":["null","string"]}`, func(int) string { return `""` })
	h.load(schema, recordOf("t", `{"id":1,"p3":"a","p1100":"b"}`))
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"p1100":{"type":"string"},"late":{"type":"integer"}`), // fewer are declared now: there would be room
		recordOf("t", `{"id":2,"p1100":"c","p3":"d","late":1,"o":{"x":[1],"y":null}}`))
	h.load(schema, recordOf("t", `{"id":3,"p3":"e","p1100":"f","a/b":"~","l":[{"x":1}]}`))
	h.want("SELECT id, p3, _sdc_extra FROM raw.t ORDER BY id", `1|a|{"p1100":"b"}`, `2|d|{"p1100":"c","late":1,"o":{"x":[1],"y":null}}`, `3|e|{"p1100":"f","a~1b":"~","l":[{"x":1}]}`)
}

func TestValuesOfAnotherKindAreKeptWhereThereIsNoRoomBeside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["validate_records"] = false
	schema, _ := wide("t", 1030, `{"type":["null","integer"]}`, func(int) string { return `1` })
	h.load(schema, recordOf("t", `{"id":1,"p0":1,"p1":"x","p2":{"a":"y"},"p3":true,"p4":1e50,"p5":"a","p5":"b","p1029":1,"p1029":2}`))
	h.want("SELECT p0, p1, p2, p3, p4, p5, _sdc_extra FROM raw.t", `1|NULL|NULL|NULL|NULL|NULL|{"p1":"x","p2/a":"y","p3":true,"p4":1e50,"p5":"b","p1029":2}`)
}

func TestNumbersBeyondTheBytesOfARowAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema, record := wide("t", 700, `{"type":["null","number"]}`, func(i int) string { return fmt.Sprintf("%d.5", i) })
	for range 2 {
		h.load(schema, record)
		got := h.whole("raw.t")
		for i := range 700 {
			if name := fmt.Sprintf("p%d", i); got[name] != fmt.Sprintf("%d.5", i) {
				t.Fatalf("%s is %q", name, got[name])
			}
		}
	}
	_, record = wide("t", 700, "", func(i int) string { return fmt.Sprintf("12345678901234567890123456789.%09d", i+1) }) // as wide as numbers get
	h.load(schema, record)
	got := h.whole("raw.t")
	for i := range 700 {
		if name := fmt.Sprintf("p%d", i); strings.TrimRight(got[name], "0") != strings.TrimRight(fmt.Sprintf("12345678901234567890123456789.%09d", i+1), "0") {
			t.Fatalf("%s is %q", name, got[name])
		}
	}
}

func TestLongNamesOfStreamsAndPathsAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	long := strings.Repeat("é", 4000)
	stream, other := strings.Repeat("s", 512)+"1", strings.Repeat("s", 512)+"2"
	var lines []string
	for i, name := range []string{stream, other} {
		lines = append(lines, schemaOf(name, `"id"`, `"id":{"type":"integer"},"n":{"type":"integer"},"clicks":{"type":"object"},"`+long+`":{"type":"string"}`),
			recordOf(name, fmt.Sprintf(`{"id":1,"n":%d,"clicks":{"x":1,"%s":2,"%[2]s":3},"%[2]s":"v","%[2]sl":[1]}`, i, long)),
			recordOf(name, `{"id":2,"n":"no number"}`))
	}
	lines = append(lines, state(1))
	for range 3 {
		h.load(lines...)
		tables := h.rows("SELECT table_name FROM raw._sdc_columns WHERE path = N'' ORDER BY table_name")
		if len(tables) != 2 {
			t.Fatalf("tables %q", tables)
		}
		var rows []string
		for _, table := range tables {
			rows = append(rows, h.rows(fmt.Sprintf("SELECT id, n, clicks__x, _sdc_extra FROM raw.[%s]", table))...)
		}
		slices.Sort(rows)
		for i, row := range rows {
			if want := fmt.Sprintf(`1|%d|1|{"clicks/%s":3,"%[2]s":"v","%[2]sl":[1]}`, i, long); len(rows) != 2 || row != want {
				t.Fatalf("row %.200s, want %.200s", row, want)
			}
		}
	}
	if n := h.rows("SELECT COUNT(DISTINCT stream) FROM raw._sdc_rejected"); n[0] != "2" {
		t.Errorf("%s streams in _sdc_rejected", n)
	}
}

func TestRecordsDecideWhereTheSchemaSaysNothing(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{`{"type":"object","additionalProperties":true}`, `{}`, `{"type":"object","properties":{}}`} {
		h := newHouse(t)
		lines := []string{`{"type":"SCHEMA","stream":"docs","key_properties":["_id"],"schema":` + schema + `}`,
			recordOf("docs", `{"_id":"a","n":1,"o":{"x":1},"l":[1]}`), recordOf("docs", `{"_id":"b","n":"one"}`), recordOf("docs", `{"_id":7,"n":2}`), state(1)}
		for range 2 {
			h.load(lines...)
			h.want("SELECT _id, n, n__st, o__x FROM raw.docs ORDER BY _id", "7|2|NULL|NULL", "a|1|NULL|1", "b|NULL|one|NULL")
			h.want("SELECT _sdc_source_key__id, _sdc_value FROM raw.docs__l", "a|1")
		}
	}
}

func TestWhatTheSchemaSaysOfOtherPropertiesIsTheirType(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := `{"type":"SCHEMA","stream":"t","key_properties":["k_1"],"schema":{"type":"object","patternProperties":{"^k_":{"type":"integer"},"_at$":{"type":"string","format":"date-time"},"(":{"type":"number"}},"additionalProperties":%s,` +
		`"properties":{"m":{"type":"object","additionalProperties":{"type":"object","properties":{"n":{"type":"integer"}}}}}}}`
	types := "SELECT COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't' ORDER BY COLUMN_NAME"
	h.load(fmt.Sprintf(schema, `{"type":["null","integer"]}`), recordOf("t", `{"k_1":1,"a_at":"2026-01-02T03:04:05Z","x":5,"m":{"one":{"n":1}}}`))
	h.want(types, "a_at|datetimeoffset", "k_1|bigint", "m__one__n|bigint", "x|bigint")
	h.load(fmt.Sprintf(schema, `false`), recordOf("t", `{"k_1":2,"b_at":"2026-01-02T03:04:05Z"}`))
	h.load(fmt.Sprintf(schema, `true`), recordOf("t", `{"k_1":3,"x":6,"y":7}`))
	h.want("SELECT k_1, x, b_at, y FROM raw.t ORDER BY k_1", "1|5|NULL|NULL", "2|NULL|2026-01-02 03:04:05.0000000 +00:00|NULL", "3|6|NULL|7")
}

func TestAPropertyKeepsItsColumnWhenItsSchemaNoLongerNamesIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"n":{"type":"integer"},"at":{"type":"string","format":"date-time"},"d":{"type":"string","format":"date"}`),
		recordOf("t", `{"id":1,"n":1,"at":"2026-01-02T03:04:05Z","d":"2026-01-02"}`))
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":2,"n":2,"at":"2026-01-02T03:04:06Z","d":"2026-01-03"}`))
	h.want("SELECT id, n, at, d FROM raw.t ORDER BY id", "1|1|2026-01-02 03:04:05.0000000 +00:00|2026-01-02", "2|2|2026-01-02 03:04:06.0000000 +00:00|2026-01-03")
}

func TestARowWithMoreTextsThanThePoolTakesIsKept(t *testing.T) {
	t.Parallel()
	for _, empty := range []string{"native", "sentinel"} {
		t.Run(empty, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["empty_string"], h.set["add_record_metadata"] = empty, true
			value := func(i int) string {
				switch i % 50 {
				case 0:
					return ``
				case 1:
					return `"quoted", \n é😀 and long`
				}
				return strings.Repeat("x", i%40)
			}
			schema, record := wide("t", 600, `{"type":["null","string"]}`, func(i int) string { return strconv.Quote(value(i)) })
			record = strings.Replace(record, `{"id":1`, `{"id":1,"l":[`+strings.Repeat(`"a string of more than twelve characters",`, 3)+`{"a":1}]`, 1)
			short := recordOf("t", `{"id":2,"p599":"a column of its own where there is room"}`)
			for range 2 {
				o := h.load(schema, record, short)
				if !strings.Contains(o.log, "kept in _sdc_extra table=t property=/p599") {
					t.Errorf("nothing is said of it:\n%s", o.log)
				}
				h.want("SELECT p599, _sdc_extra FROM raw.t WHERE id = 2", "a column of its own where there is room|NULL")
				h.want("SELECT COUNT(*) FROM raw.t__l", "4")
				if extra := h.rows("SELECT LEN(_sdc_extra) FROM raw.t WHERE id = 1"); len(extra[0]) != 4 {
					t.Errorf("%s characters in _sdc_extra, want some thousands", extra[0])
				}
				h.rows("DELETE FROM raw.t WHERE id = 2")
				got := h.whole("raw.t")
				for i := range 600 {
					want := value(i)
					if i%50 == 1 {
						if unquoted, err := strconv.Unquote(`"` + got[fmt.Sprintf("p%d", i)] + `"`); err == nil {
							got[fmt.Sprintf("p%d", i)] = unquoted
						}
					}
					if name := fmt.Sprintf("p%d", i); strings.Trim(got[name], `"`) != strings.Trim(want, `"`) {
						t.Fatalf("%s is %q, want %q", name, got[name], want)
					}
				}
			}
		})
	}
}

func TestATableWithoutRoomEvenForTheRestSaysWhatToDo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema, _ := wide("t", 1020, `{"type":["null","string"]}`, func(int) string { return `""` })
	h.load(schema, recordOf("t", `{"id":1,"p0":"1"}`))
	h.rows("ALTER TABLE raw.t ADD mine int NULL, yours int NULL, ours int NULL")
	o := h.fail(schema, recordOf("t", `{"id":2,"p0":"2"}`), state(1), recordOf("t", `{"id":3,"p0":"3","late":1}`))
	if !strings.Contains(o.log, "line 4: stream t: /late: table t has all the 1024 columns that the pool allows and none called _sdc_extra") || !strings.Contains(o.log, "drop a column that nobody needs") {
		t.Error(o.log)
	}
	h.want("SELECT id FROM raw.t ORDER BY id", "1", "2")
	h.rows("ALTER TABLE raw.t DROP COLUMN yours, ours")
	h.load(schema, recordOf("t", `{"id":3,"p0":"3","late":1}`))
	h.want("SELECT id, _sdc_extra FROM raw.t ORDER BY id", "1|NULL", "2|NULL", `3|{"late":1}`)
}

func TestAPropertyMayBeCalledLikeTheRest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema, _ := wide("t", 1100, `{"type":["null","integer"]}`, func(int) string { return `1` })
	schema = strings.Replace(schema, `"p0":`, `"_sdc_extra":{"type":"string"},"p0":`, 1)
	for range 2 {
		h.load(schema, recordOf("t", `{"id":1,"_sdc_extra":"of the source","p1099":1}`))
		at := h.rows("SELECT column_name FROM raw._sdc_columns WHERE path = N'/_sdc_extra' AND kind = N'text'")
		h.want("SELECT "+at[0]+", _sdc_extra FROM raw.t", `of the source|{"p1099":1}`)
	}
}
