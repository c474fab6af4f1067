package target

import (
	"fmt"
	"strings"
	"testing"
)

// TestADeletedRowNeverLooksLive sends _sdc_deleted_at in the forms that taps give it.
func TestADeletedRowNeverLooksLive(t *testing.T) {
	t.Parallel()
	const live, at, fallback = "NULL", "2018-11-22 12:51:30.0000000 +00:00", "2026-01-02 03:04:05.0000000 +00:00"
	tests := []struct{ value, want string }{
		{`null`, live}, {`false`, live}, {`""`, live}, {`0`, live}, {`-0.0e5`, live},
		{`"2018-11-22T12:51:30Z"`, at},
		{`"2018-11-22T12:51:30+00:00"`, at},
		{`"2018-11-22T12:51:30+00:00+00:00"`, at}, // an example of PipelineWise
		{`"2018-11-22T12:51:30+00:00Z"`, at},
		{`"2018-11-22T12:51:30ZZ"`, at},
		{`"2018-11-22T13:51:30+0100+01:00"`, "2018-11-22 13:51:30.0000000 +01:00"},
		{`"2018-11-22T13:51:30+01:00Z"`, fallback}, // which of the two?
		{`"2018-11-22 12:51:30"`, at},
		{`"2018-11-22T12:51:30"`, at},
		{`"2018-11-22"`, "2018-11-22 00:00:00.0000000 +00:00"},
		{`"Thu, 22 Nov 2018 12:51:30 GMT"`, at},
		{`"\u0032018-11-22T12:51:30Z"`, at},
		{`1542891090`, at}, {`"1542891090"`, at}, {`1542891090000`, at}, {`1542891090000000`, at}, {`1542891090000000000`, at},
		{`1542891090.25`, "2018-11-22 12:51:30.2500000 +00:00"},
		{`true`, fallback}, {`1`, fallback}, {`-1542891090`, fallback}, {`1e400`, fallback}, {`99999999999999999999`, fallback},
		{`"yes"`, fallback}, {`"false"`, fallback}, {`"20181122"`, fallback}, {`"10000-01-01T00:00:00Z"`, fallback}, {`{"at":"2018-11-22"}`, fallback}, {`[]`, fallback}, {`["2018"]`, fallback},
	}
	for _, metadata := range []bool{true, false} {
		for _, nested := range []string{"denest", "json"} {
			h := newHouse(t)
			h.set["add_record_metadata"], h.set["nested"], h.set["naive_datetimes"] = metadata, nested, "text"
			deleted := `"_sdc_deleted_at":{"format":"date-time","type":["null","string","boolean","number","object","array"]}`
			if metadata {
				deleted = `"n":{"type":"integer"}` // most taps do not declare it
			}
			lines := []string{schemaOf("t", `"id"`, `"id":{"type":"integer"},`+deleted)}
			var want []string
			for i, tt := range tests {
				lines = append(lines, fmt.Sprintf(`{"type":"RECORD","stream":"t","time_extracted":"2026-01-02T03:04:05Z","record":{"id":%d,"_sdc_deleted_at":%s}}`, i, tt.value))
				want = append(want, fmt.Sprintf("%d|%s", i, tt.want))
			}
			o := h.load(append(lines, state(1))...)
			h.want("SELECT id, _sdc_deleted_at FROM raw.t ORDER BY id", want...)
			h.want(fmt.Sprintf("SELECT _sdc_deleted_at__st FROM raw.t WHERE id = %d", len(tests)-7), "yes")
			h.want("SELECT COUNT(*) FROM raw._sdc_rejected", "0")
			if n := strings.Count(o.log, "_sdc_deleted_at is no time that can be read"); n != 1 {
				t.Errorf("it is said %d times that a deletion has no time:\n%s", n, o.log)
			}
		}
	}
}

func TestARowIsDeletedWhenItWasReceivedWhereNothingElseIsKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1,"_sdc_deleted_at":true}`), `{"type":"RECORD","stream":"t","time_extracted":"once","record":{"id":2,"_sdc_deleted_at":true}}`)
	h.want("SELECT COUNT(*) FROM raw.t WHERE _sdc_deleted_at = _sdc_received_at", "2")
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1,"_sdc_deleted_at":true,"_sdc_deleted_at":null}`), recordOf("t", `{"id":2}`))
	h.want("SELECT COUNT(*) FROM raw.t WHERE _sdc_deleted_at IS NULL AND _sdc_deleted_at__bo IS NULL", "2")
}

// TestAKeyCalledDeletedIsAKey: what identifies a row does not delete it.
func TestAKeyCalledDeletedIsAKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	h.load(schemaOf("t", `"_sdc_deleted_at"`, `"_sdc_deleted_at":{"type":"string","format":"date-time"}`), recordOf("t", `{"_sdc_deleted_at":"2020-01-01"}`), recordOf("t", `{"_sdc_deleted_at":"soon"}`))
	h.want("SELECT _sdc_deleted_at FROM raw.t", "2020-01-01 00:00:00.0000000 +00:00")
	h.want("SELECT line FROM raw._sdc_rejected", "3")
}

func TestADeletionIsKeptWhereTheTableHasNoRoomForItsColumn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	properties := []string{`"id":{"type":"integer"}`}
	for i := range 1100 {
		properties = append(properties, fmt.Sprintf(`"n%d":{"type":"integer"}`, i))
	}
	schema := schemaOf("t", `"id"`, strings.Join(append(properties, `"_sdc_deleted_at":{"type":["boolean","string"],"format":"date-time"}`), ","))
	h.load(schema, recordOf("t", `{"id":1,"_sdc_deleted_at":"2020-01-01"}`), recordOf("t", `{"id":2,"_sdc_deleted_at":true}`), recordOf("t", `{"id":3,"_sdc_deleted_at":false}`))
	h.want("SELECT id, _sdc_deleted_at, _sdc_extra FROM raw.t ORDER BY id", `1|NULL|{"_sdc_deleted_at":"2020-01-01"}`, "2|1|NULL", "3|NULL|NULL")
}
