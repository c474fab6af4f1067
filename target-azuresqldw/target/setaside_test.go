package target

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestOneRuleSaysWhatARecordWithoutItsKeyOrARequiredPropertyCosts goes through all paths a record can take: looked at by the short way, by
// jsonschema, or by nobody; merged or appended. Without its key the run ends; with one that its column cannot hold the record is set aside; what else
// the schema requires is looked at where records are validated.
func TestOneRuleSaysWhatARecordWithoutItsKeyOrARequiredPropertyCosts(t *testing.T) {
	t.Parallel()
	const ends, aside, loaded, validated = "ends the run", "is set aside", "is loaded", "is set aside where records are validated"
	tests := []struct{ name, key, record, want, reason string }{
		{"key missing", `"type":"integer"`, `{"name":"x","l":[1]}`, ends, "/id: key property is missing or null"},
		{"key null", `"type":"integer"`, `{"id":null,"name":"x","l":[1]}`, ends, "/id: key property is missing or null"},
		{"key null and allowed to be", `"type":["null","integer"]`, `{"id":null,"name":"x"}`, ends, "/id: key property is missing or null"},
		{"key missing, and of any type", `"title":"id"`, `{"name":"x"}`, ends, "/id: key property is missing or null"},
		{"key null the second time", `"type":"integer"`, `{"id":1,"name":"x","id":null}`, ends, "/id: key property is missing or null"},
		{"key and required missing", `"type":"integer"`, `{}`, ends, "/id: key property is missing or null"},
		{"key missing, another wrong", `"type":"integer"`, `{"name":5}`, ends, "/id: key property is missing or null"},
		{"key of another type", `"type":"integer"`, `{"id":"x","name":"x","l":[1]}`, aside, "/id: "},
		{"key of another type the first time", `"type":"integer"`, `{"id":"x","name":"x","id":1}`, loaded, ""},
		{"key an object", `"type":"integer"`, `{"id":{},"name":"x"}`, aside, "/id: "},
		{"key beyond 38 digits", `"type":"integer"`, `{"id":1` + strings.Repeat("0", 38) + `,"name":"x"}`, aside, "/id: key property is a number that its column cannot hold"},
		{"key beyond 4,000 characters", `"type":"string"`, `{"id":"` + strings.Repeat("k", 4001) + `","name":"x"}`, aside, "/id: key property is 4001 characters long"},
		{"key no time", `"type":"string","format":"date-time"`, `{"id":"soon","name":"x","l":[1]}`, aside, "/id: key property is no instant"},
		{"key no day", `"type":"string","format":"date"`, `{"id":"","name":"x"}`, aside, "/id: key property is no date"},
		{"required missing", `"type":"integer"`, `{"id":1,"l":[1]}`, validated, "missing properties: 'name'"},
		{"required null", `"type":"integer"`, `{"id":1,"name":null}`, validated, "/name: expected string, but got null"},
		{"required of another type", `"type":"integer"`, `{"id":1,"name":true}`, validated, "/name: expected string, but got boolean"},
		{"all there", `"type":"integer"`, `{"id":1,"name":"x","l":[1]}`, loaded, ""},
	}
	for _, judge := range []string{``, `,"minProperties":0`} { // which only jsonschema looks at
		for _, method := range []string{"upsert", "append-only"} {
			for _, validate := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s validate=%v%s", method, validate, judge), func(t *testing.T) {
					t.Parallel()
					h := newHouse(t)
					h.set["load_method"], h.set["validate_records"] = method, validate
					for i, tt := range tests {
						stream := fmt.Sprint("t", i)
						schema := fmt.Sprintf(`{"type":"SCHEMA","stream":%q,"key_properties":["id"],"schema":{"required":["id","name"],"properties":{"id":{%s},"name":{"type":"string"},"l":{"type":"array"}}%s}}`, stream, tt.key, judge)
						run := h.start(t.Context(), strings.NewReader(strings.Join([]string{schema, state(i), recordOf(stream, tt.record), state(100 + i)}, "\n")+"\n"))
						want := tt.want
						if want == validated && !validate {
							want = loaded
						} else if want == validated {
							want = aside
						}
						rejected := h.rows(fmt.Sprintf("SELECT reason FROM raw._sdc_rejected WHERE stream = '%s'", stream))
						got := loaded
						switch {
						case run.code == 1 && strings.Contains(run.log, "line 3: stream "+stream+": "+tt.reason) && slices.Equal(run.states, []string{fmt.Sprintf(`{"at":%d}`, i)}):
							got = ends
						case run.code != 0:
							got = fmt.Sprintf("exit code %d, %q, %s", run.code, run.states, run.log)
						case len(rejected) == 1 && strings.HasPrefix(rejected[0], tt.reason):
							got = aside
						case len(rejected) > 0:
							got = rejected[0]
						}
						if got != want {
							t.Errorf("%s: the record %s, want %s", tt.name, got, want)
						}
						rows := fmt.Sprint(len(h.rows("SELECT id FROM raw." + stream)))
						if rows != map[string]string{loaded: "1"}[want] && (want == loaded || rows != "0") {
							t.Errorf("%s: %s rows", tt.name, rows)
						}
					}
				})
			}
		}
	}
}

// TestARecordThatIsSetAsideLeavesNothingOfItsRows: its key may be the last to be read.
func TestARecordThatIsSetAsideLeavesNothingOfItsRows(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 4} {
		h := newHouse(t)
		h.set["workers"], h.set["validate_records"], h.set["add_record_metadata"] = workers, false, true
		lines := []string{schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":"string"},"l":{"type":"array","items":{"type":"object","properties":{"m":{"type":"array","items":{"type":"integer"}}}}}`)}
		for i := range 50 {
			lines = append(lines, recordOf("t", fmt.Sprintf(`{"s":"bad","l":[{"m":[1,2]},{"late":%d}],"_sdc_deleted_at":true,"new%d":{"l":[5]},"id":"x"}`, i, i%3)),
				recordOf("t", fmt.Sprintf(`{"id":%d}`, i)), recordOf("t", fmt.Sprintf(`{"l":[{"m":[%d]}],"id":%d}`, i, 100+i)))
		}
		h.load(append(lines, state(1))...)
		h.want("SELECT COUNT(*), COUNT(s), COUNT(_sdc_deleted_at), MIN(id), MAX(id) FROM raw.t", "100|0|0|0|149")
		h.want("SELECT COUNT(*), MIN(_sdc_source_key_id) FROM raw.t__l", "50|100")
		h.want("SELECT COUNT(*), MIN(_sdc_source_key_id), MIN(_sdc_value), MAX(_sdc_value) FROM raw.t__l__m", "50|100|0|49")
		h.want("SELECT COUNT(*) FROM raw._sdc_rejected", "50")
		h.clean()
	}
}

func TestTwoSpellingsOfOneKeyAreOneRow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"at"`, `"at":{"type":"string","format":"date-time"},"n":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}`)
	h.load(schema, recordOf("t", `{"at":"2020-01-01T00:00:00Z","n":1,"l":[1]}`), recordOf("t", `{"at":"2020-01-01 01:00+01","n":2,"l":[2]}`))
	h.want("SELECT at, n FROM raw.t", "2020-01-01 00:00:00.0000000 +00:00|2")
	h.load(schema, recordOf("t", `{"at":"2020-01-01","n":3,"l":[3]}`), recordOf("t", `{"at":"2019-12-31T23:59:59-00:30","n":4}`))
	h.want("SELECT at, n FROM raw.t ORDER BY n", "2020-01-01 00:00:00.0000000 +00:00|3", "2020-01-01 00:29:59.0000000 +00:00|4")
	h.want("SELECT _sdc_source_key_at, _sdc_value FROM raw.t__l", "2020-01-01 00:00:00.0000000 +00:00|3")
	for _, insert := range []string{"INSERT INTO raw.t (at, n) VALUES ('2021-01-01 01:00:00 +01:00', 5)", "INSERT INTO raw.t__l (_sdc_source_key_at, _sdc_level_0_id, _sdc_value) VALUES ('2021-01-01 01:00:00 +01:00', 0, 5)"} {
		if _, err := h.pool.Query(insert); err != nil { // as an older target has left it
			t.Fatal(err)
		}
	}
	h.load(schema, recordOf("t", `{"at":"2021-01-01","n":6,"l":[6]}`))
	h.want("SELECT n FROM raw.t ORDER BY n", "3", "4", "6")
	h.want("SELECT _sdc_value FROM raw.t__l ORDER BY 1", "3", "6")
}

func TestTimesWithoutZoneStayTextWhereThatIsAsked(t *testing.T) {
	t.Parallel()
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"at":{"type":"string","format":"date-time"}`)
	records := []string{schema, recordOf("t", `{"id":1,"at":"2020-01-01 00:00:00"}`), recordOf("t", `{"id":2,"at":"2020-01-01 00:00:00Z"}`)}
	h := newHouse(t)
	h.load(records...)
	h.want("SELECT id, at FROM raw.t ORDER BY id", "1|2020-01-01 00:00:00.0000000 +00:00", "2|2020-01-01 00:00:00.0000000 +00:00")
	h = newHouse(t)
	h.set["naive_datetimes"] = "text"
	h.load(records...)
	h.want("SELECT id, at, at__st FROM raw.t ORDER BY id", "1|NULL|2020-01-01 00:00:00", "2|2020-01-01 00:00:00.0000000 +00:00|NULL")
}

// TestAKeyThatTheTableIsNotMadeForEndsTheRun: no record would do then, and all would be set aside.
func TestAKeyThatTheTableIsNotMadeForEndsTheRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`))
	for _, in := range [][]string{
		{schemaOf("t", `"id"`, `"id":{"type":"string"}`), recordOf("t", `{"id":"x"}`)},
		{schemaOf("t", `"id"`, `"id":{"type":"integer"}`), schemaOf("t", `"id"`, `"id":{"type":"string"}`), recordOf("t", `{"id":"x"}`)},
	} {
		if run := h.fail(in...); run.code != 1 {
			t.Errorf("exit code %d:\n%s", run.code, run.log)
		}
	}
	h.want("SELECT COUNT(*) FROM raw._sdc_rejected", "0")
	h.want("SELECT id FROM raw.t", "1")
}
