package target

import (
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest"
)

// theirs makes a table of somebody else's.
func (h *house) theirs(name, columns string, rows ...string) {
	h.t.Helper()
	h.rows("IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'raw') EXEC('CREATE SCHEMA [raw]')")
	h.rows("CREATE TABLE " + name + " (" + columns + ") WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)")
	for _, row := range rows {
		h.rows("INSERT INTO " + name + " SELECT " + row)
	}
}

const tagSchema = `{"type":"SCHEMA","stream":"tags","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"name":{"type":"string"},"l":{"type":"array","items":{"type":"string"}}}}}`

func TestATableOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ table, want string }{
		{"tags", "[id] bigint, [label] nvarchar(50)"},
		{"TAGS", "[id] bigint, [label] nvarchar(50)"},
		{"tags__l", "table [raw].[tags__l] is there"},
	} {
		h := newHouse(t)
		h.theirs("raw."+test.table, "id bigint NOT NULL, label nvarchar(50) NULL", "1, N'vip'", "2, N'spam'")
		o := h.fail(tagSchema, recordOf("tags", `{"id":1,"name":"bug","l":["x"]}`), state(1))
		if !strings.Contains(o.log, test.want) || !strings.Contains(o.log, "existing_tables: adopt") || !strings.Contains(o.log, "line 1: stream tags") || len(o.states) > 0 {
			t.Errorf("states %q, log:\n%s", o.states, o.log)
		}
		h.want("SELECT * FROM raw."+test.table+" ORDER BY id", "1|vip", "2|spam")
		h.clean()
	}
}

// A child table may be seen to be needed long after the schema.
func TestATableOfSomebodyElseIsRefusedWhenARecordComesToIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.theirs("raw.t__l", "a int NULL")
	o := h.fail(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`), state(1), recordOf("t", `{"id":2,"l":[1]}`), state(2))
	if !strings.Contains(o.log, "table [raw].[t__l] is there, and this target has not made it") || len(o.states) > 0 {
		t.Errorf("states %q, log:\n%s", o.states, o.log)
	}
	h.want("SELECT * FROM raw.t__l")
}

// Between a run's look and its deed somebody may make a table.
func TestATableThatSomebodyMakesMeanwhileIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.open("b")
	h.theirs("raw.tags", "id bigint NOT NULL, label nvarchar(50) NULL", "1, N'vip'")
	h.rows("UPDATE raw._sdc_shared SET version = version + 1")
	if o := b.load(tagSchema, recordOf("tags", `{"id":1,"name":"bug"}`), state(1)); o.code != 1 || !strings.Contains(o.log, "this target has not made it") {
		t.Errorf("exit code %d:\n%s", o.code, o.log)
	}
	h.want("SELECT * FROM raw.tags", "1|vip")
}

func TestAnAdoptedTableCanTakeWhatAMergeNeeds(t *testing.T) {
	t.Parallel()
	text := schemaOf("t", `"id"`, `"id":{"type":"string"},"v":{"type":"string"}`)
	number := schemaOf("t", `"id"`, `"id":{"type":"integer"},"v":{"type":"string"}`)
	for _, test := range []struct{ columns, schema, want string }{
		{"id varchar(20) NOT NULL", text, "column [id] is varchar(20), which does not hold the key /id as nvarchar(256)"},
		{"id float NOT NULL", number, "column [id] is float, which does not hold the key /id as bigint"},
		{"ID nvarchar(20) NOT NULL", text, "of the collation SQL_Latin1_General_CP1_CI_AS"},
		{"id bigint NULL, _sdc_batched_at datetime2 NULL", number, "column [_sdc_batched_at] is datetime2(7), and this target's own of that name is datetimeoffset(7)"},
		{"id bigint NULL, _sdc_pipeline int NULL", number, "column [_sdc_pipeline] is int"},
		{"id bigint NULL, owner nvarchar(9) NOT NULL", number, "column [owner] is nvarchar(9), NOT NULL without a DEFAULT"},
	} {
		h := newHouse(t)
		h.set["existing_tables"], h.set["add_record_metadata"] = "adopt", true
		h.theirs("raw.t", test.columns)
		if o := h.fail(test.schema, state(1)); !strings.Contains(o.log, test.want) || !strings.Contains(o.log, "table [raw].[t] cannot be adopted") {
			t.Errorf("%s: log:\n%s", test.columns, o.log)
		}
	}
	h := newHouse(t)
	h.set["existing_tables"], h.set["add_record_metadata"] = "adopt", true
	h.theirs("raw.t", "no int IDENTITY(1,1) NOT NULL, id int NOT NULL, owner nvarchar(9) NOT NULL DEFAULT N'us', _sdc_batched_at datetimeoffset NULL")
	h.load(number, recordOf("t", `{"id":1,"v":"a"}`), state(1))
	h.load(number, recordOf("t", `{"id":1,"v":"b"}`), recordOf("t", `{"id":2,"v":"b"}`), state(2))
	h.want("SELECT id, owner, v FROM raw.t ORDER BY id", "1|us|b", "2|us|b")
}

// A column of an analyst's in one of our tables is theirs, whatever a tap comes to send by its name.
func TestAColumnOfSomebodyElseInOurTableIsNotTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`), state(1))
	h.rows("ALTER TABLE raw.t ADD note nvarchar(50) NULL")
	h.rows("UPDATE raw.t SET note = N'mine'")
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"note":{"type":"string"}`), recordOf("t", `{"id":2,"note":"theirs"}`), state(2))
	h.want("SELECT id, note, note__st FROM raw.t ORDER BY id", "1|mine|NULL", "2|NULL|theirs")
}

func TestATableOfOursThatIsGoneIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"}`)
	if o := h.load(schema, recordOf("t", `{"id":1}`), state(1)); strings.Contains(o.log, "is not there") {
		t.Errorf("a new table is said to be gone:\n%s", o.log)
	}
	h.rows("DROP TABLE raw.t")
	if o := h.load(schema, recordOf("t", `{"id":2}`), state(2)); strings.Count(o.log, "WARNING table is not there, though _sdc_columns knows it") != 1 {
		t.Errorf("nothing is said:\n%s", o.log)
	}
	h.want("SELECT id FROM raw.t", "2")
}

func TestALedgerOfAnotherToolIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.theirs("raw._sdc_rejected", "reason nvarchar(100) NULL, table_name nvarchar(100) NULL")
	o := h.fail(state(1))
	if !strings.Contains(o.log, "[raw].[_sdc_rejected] is not the one that this target makes") || !strings.Contains(o.log, "another default_target_schema") {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT name FROM sys.tables", "_sdc_rejected")
}

// What a run has stored of its decisions is its own, whatever it did not come to make.
func TestWhatARunHasMadeBeforeItDiedIsOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.pool.Fail(synapsetest.Fault{Match: "CREATE TABLE [raw].[_sdc_stg_", Times: -1, Number: 50000})
	h.fail(tagSchema, recordOf("tags", `{"id":1,"name":"a"}`), state(1))
	h.pool.Heal()
	o := h.load(tagSchema, recordOf("tags", `{"id":1,"name":"a"}`), state(1))
	if strings.Contains(o.log, "WARN") {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT id, name FROM raw.tags", "1|a")
}
