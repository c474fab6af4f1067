package target

import (
	"strings"
	"testing"
)

func TestColumnsOfOthersKeepTheirValues(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"integer", "string"} {
		for _, empty := range []string{"native", "sentinel"} {
			h := newHouse(t)
			h.set["add_record_metadata"], h.set["empty_string"] = true, empty
			id := func(n string) string {
				if key == "string" {
					return `"` + n + `"`
				}
				return n
			}
			schema := schemaOf("s", `"id"`, `"id":{"type":"`+key+`"},"name":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}}`)
			record := func(n, rest string) string { return recordOf("s", `{"id":`+id(n)+rest+`}`) }
			h.load(schema, record("1", `,"name":"a","l":[1]`), record("2", `,"name":"b"`), record("3", `,"name":"c"`), state(1))
			h.rows("ALTER TABLE raw.s ADD note nvarchar(50) NULL, [rank] int NULL, src nvarchar(9) NOT NULL DEFAULT N'ic', [k0] datetime2(3) NULL")
			h.rows("UPDATE raw.s SET note = N'vip', [rank] = 7, src = N'crm', [k0] = '2026-01-02' WHERE id = '1'")
			h.rows("UPDATE raw.s SET note = N'spam' WHERE id = '2'")
			h.load(schema, record("1", `,"name":"x"`), record("1", `,"name":"A","l":[2]`), record("2", ""), record("4", `,"name":"d"`), state(2))
			h.want("SELECT id, name, note, [rank], src, [k0] FROM raw.s ORDER BY id",
				"1|A|vip|7|crm|2026-01-02 00:00:00.000", "2|NULL|spam|NULL|ic|NULL", "3|c|NULL|NULL|ic|NULL", "4|d|NULL|NULL|ic|NULL")
			h.want("SELECT _sdc_value FROM raw.s__l", "2")
			h.clean()
		}
	}
}

func TestOfOursTheColumnsKeepTheirValuesThatTheSchemaNoLongerHas(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"], h.set["max_batch_rows"] = true, 1
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"kept":{"type":"string"},"gone":{"type":"integer"},"a":{"type":"object","properties":{"b":{"type":"integer"},"c":{"type":"integer"}}},"o":{"type":"object"}`),
		recordOf("t", `{"id":1,"kept":"k","gone":5,"a":{"b":1,"c":2},"o":{"p":3},"more":"m"}`), recordOf("t", `{"id":2,"gone":"text","kept":7.5,"a":{"b":3,"c":4},"more":"n"}`), state(1))
	all := "SELECT id, kept, kept__de, gone, gone__st, a__b, a__c, o__p, more FROM raw.t ORDER BY id"
	h.set["validate_records"] = false
	h.want("SELECT id FROM raw.t", "1") // the second was set aside
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"kept":{"type":"string"},"gone":{"type":"integer"},"a":{"type":"object","properties":{"b":{"type":"integer"},"c":{"type":"integer"}}},"o":{"type":"object"}`)
	h.load(schema, recordOf("t", `{"id":2,"gone":"text","kept":7.5,"a":{"b":3,"c":4},"more":"n"}`), state(2))
	h.want(all, "1|k|NULL|5|NULL|1|2|3|m", "2|NULL|7.5|NULL|text|3|4|NULL|n")
	// gone and a.c are no longer in the schema; more never was, and o leaves its members to the records
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"kept":{"type":"string"},"a":{"type":"object","properties":{"b":{"type":"integer"}}},"o":{"type":"object"}`),
		recordOf("t", `{"id":1}`), recordOf("t", `{"id":2,"kept":"x"}`), recordOf("t", `{"id":3}`), state(3))
	h.want(all, "1|NULL|NULL|5|NULL|NULL|2|NULL|NULL", "2|x|NULL|NULL|text|NULL|4|NULL|NULL", "3|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL")
	// and where a schema has no properties at all, the records say what a row has
	h.load(`{"type":"SCHEMA","stream":"t","key_properties":["id"],"schema":{"type":"object"}}`, recordOf("t", `{"id":2}`), state(4))
	h.want(all, "1|NULL|NULL|5|NULL|NULL|2|NULL|NULL", "2|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL", "3|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL")
	h.clean()
}

func TestMetadataOfARowIsNotKeptWithoutMetadata(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"}`)
	h.load(schema, recordOf("t", `{"id":1,"_sdc_deleted_at":"2026-01-01T00:00:00Z"}`), state(1))
	h.set["add_record_metadata"] = false
	h.load(schema, recordOf("t", `{"id":1}`), state(2))
	h.want("SELECT id, _sdc_deleted_at, _sdc_sequence, _sdc_pipeline FROM raw.t", "1|NULL|NULL|NULL")
}

// Rows of an adopted table may be double; the one that replaces them keeps what one of them had.
func TestAnAdoptedTableKeepsItsColumns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["existing_tables"] = "adopt"
	h.theirs("raw.tags", "id bigint NOT NULL, label nvarchar(50) NULL, owner nvarchar(50) NULL", "1, N'vip', N'sales'", "2, N'spam', N'support'", "3, N'x', N'y'", "3, N'x', N'y'")
	h.load(tagSchema, recordOf("tags", `{"id":1,"name":"bug"}`), recordOf("tags", `{"id":3,"name":"double"}`), state(1))
	h.want("SELECT id, label, owner, name FROM raw.tags ORDER BY id", "1|vip|sales|bug", "2|spam|support|NULL", "3|x|y|double")
}

func TestOnlyTablesWithSuchColumnsPayForThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["keep_staging"] = true
	h.load(tagSchema, recordOf("tags", `{"id":1,"name":"bug","more":1}`), state(1))
	h.load(tagSchema, recordOf("tags", `{"id":1,"name":"bug"}`), state(2))
	tables := h.rows("SELECT name FROM sys.tables WHERE name LIKE '[_]sdc[_]stg[_]%'")
	if len(tables) != 2 {
		t.Errorf("%d staging tables, want one for each load: %s", len(tables), strings.Join(tables, " "))
	}
}
