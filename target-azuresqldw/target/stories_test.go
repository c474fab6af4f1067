package target

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/synapse"
	"intercomdw/target-azuresqldw/synapsetest"
)

func schemaOf(stream, keys, properties string) string {
	return fmt.Sprintf(`{"type":"SCHEMA","stream":%q,"key_properties":[%s],"schema":{"properties":{%s}}}`, stream, keys, properties)
}

func recordOf(stream, body string) string {
	return fmt.Sprintf(`{"type":"RECORD","stream":%q,"record":%s}`, stream, body)
}

func TestColumnsWidenAndNeverNarrow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	columns := "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't' ORDER BY COLUMN_NAME"
	schema := schemaOf("t", `"k"`, `"k":{"type":"string"},"n":{"type":"integer"},"d":{"type":"number"},"s":{"type":"string"}`)
	h.load(schema, recordOf("t", `{"k":"a","n":1,"d":1.5,"s":"x"}`))
	h.want(columns, "d|decimal|NULL|18|1", "k|nvarchar|256|NULL|NULL", "n|bigint|NULL|19|0", "s|nvarchar|128|NULL|NULL")
	long := strings.Repeat("k", 300)
	h.load(schema, recordOf("t", `{"k":"`+long+`","n":9223372036854775808,"d":0.000001,"s":"`+strings.Repeat("😀", 65)+`"}`))
	h.want(columns, "d|decimal|NULL|23|6", "k|nvarchar|512|NULL|NULL", "n|decimal|NULL|38|0", "s|nvarchar|256|NULL|NULL")
	h.load(schema, recordOf("t", `{"k":"b","n":2,"d":3,"s":"`+strings.Repeat("y", 5000)+`"}`))
	h.want(columns, "d|decimal|NULL|23|6", "k|nvarchar|512|NULL|NULL", "n|decimal|NULL|38|0", "s|nvarchar|-1|NULL|NULL")
	h.want("SELECT LEN(k), n, d, LEN(s) FROM raw.t ORDER BY n", "1|1|1.500000|1", "1|2|3.000000|5000", "300|9223372036854775808|0.000001|130")
	h.clean()
}

func TestAWiderKeyIsWiderInChildTablesToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"k"`, `"k":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}}`)
	h.load(schema, recordOf("t", `{"k":"a","l":[1,2]}`))
	h.load(schema, recordOf("t", `{"k":"`+strings.Repeat("k", 300)+`"}`))
	h.load(schema, recordOf("t", `{"k":"`+strings.Repeat("k", 300)+`","l":[3]}`), recordOf("t", `{"k":"a","l":[]}`))
	h.want("SELECT LEN(_sdc_source_key_k), _sdc_value FROM raw.t__l", "300|3")
}

func TestWhatATableHoldsOtherwiseIsSplit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["validate_records"] = false
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"v":{"type":"integer"}`),
		recordOf("t", `{"id":1,"v":1}`), recordOf("t", `{"id":2,"v":"two"}`), recordOf("t", `{"id":3,"v":3.25}`), recordOf("t", `{"id":4,"v":true}`))
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"v":{"type":"string","format":"date-time"}`),
		recordOf("t", `{"id":5,"v":"2020-01-01T00:00:00Z"}`), recordOf("t", `{"id":6,"v":"10000-01-01T00:00:00Z"}`), recordOf("t", `{"id":7,"v":7}`))
	h.want("SELECT id, v, v__st, v__de, v__bo, v__inst FROM raw.t ORDER BY id",
		"1|1|NULL|NULL|NULL|NULL", "2|NULL|two|NULL|NULL|NULL", "3|NULL|NULL|3.25|NULL|NULL", "4|NULL|NULL|NULL|1|NULL",
		"5|NULL|NULL|NULL|NULL|2020-01-01 00:00:00.0000000 +00:00", "6|NULL|10000-01-01T00:00:00Z|NULL|NULL|NULL", "7|NULL|NULL|7.00|NULL|NULL")
}

func TestMetadataTellsWhenAndInWhichOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`),
		`{"type":"RECORD","stream":"t","time_extracted":"2026-01-02T03:04:05.000006Z","version":7,"record":{"id":1}}`,
		recordOf("t", `{"id":2,"_sdc_deleted_at":"2026-01-01T00:00:00Z"}`))
	h.want("SELECT id, _sdc_extracted_at, _sdc_table_version, _sdc_deleted_at FROM raw.t ORDER BY _sdc_sequence",
		"1|2026-01-02 03:04:05.0000060 +00:00|7|NULL", "2|NULL|NULL|2026-01-01 00:00:00.0000000 +00:00")
	h.want("SELECT COUNT(*) FROM raw.t WHERE _sdc_received_at <= _sdc_batched_at AND _sdc_sequence > 1000000000000000000", "2")
}

func TestANewVersionEndsTheOldOneInChildTablesToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["add_record_metadata"] = true
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}`)
	versioned := func(id, version int) string {
		return fmt.Sprintf(`{"type":"RECORD","stream":"t","version":%d,"record":{"id":%d,"l":[%d]}}`, version, id, id)
	}
	h.load(schema, versioned(1, 5), versioned(2, 5), `{"type":"ACTIVATE_VERSION","stream":"t","version":5}`)
	h.want("SELECT id FROM raw.t ORDER BY id", "1", "2")
	h.load(schema, versioned(2, 6), versioned(3, 6), `{"type":"ACTIVATE_VERSION","stream":"t","version":6}`)
	h.want("SELECT id FROM raw.t ORDER BY id", "2", "3")
	h.want("SELECT _sdc_value FROM raw.t__l ORDER BY 1", "2", "3")
}

func TestRowsWithoutAVersionAreNoOldVersion(t *testing.T) {
	t.Parallel()
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}`)
	lines := []string{schema, `{"type":"RECORD","stream":"t","version":6,"record":{"id":1,"l":[1]}}`, recordOf("t", `{"id":2,"l":[2]}`), recordOf("t", `{"id":3,"l":[3]}`), state(1),
		`{"type":"ACTIVATE_VERSION","stream":"t","version":7}`, state(2)}
	for cut := 1; cut < len(lines); cut++ { // a restart may fall anywhere
		h := newHouse(t)
		h.set["add_record_metadata"] = true
		h.load(lines[:cut]...)
		h.load(append([]string{schema}, lines[cut:]...)...)
		h.want("SELECT id FROM raw.t ORDER BY id", "2", "3")
		h.want("SELECT _sdc_value FROM raw.t__l ORDER BY 1", "2", "3")
	}
}

func TestRowsAfterANewVersionStayInWhateverLoadTheyCome(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{1, 1000} {
		h := newHouse(t)
		h.set["add_record_metadata"], h.set["max_batch_rows"] = true, rows
		versioned := func(id, version int) string {
			return fmt.Sprintf(`{"type":"RECORD","stream":"t","version":%d,"record":{"id":%d,"l":[%d]}}`, version, id, id)
		}
		h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}`),
			versioned(1, 5), versioned(2, 5), versioned(3, 6), `{"type":"ACTIVATE_VERSION","stream":"t","version":6}`,
			versioned(4, 6), versioned(2, 5), recordOf("t", `{"id":5,"l":[5]}`), state(1))
		h.want("SELECT id FROM raw.t ORDER BY id", "2", "3", "4", "5")
		h.want("SELECT _sdc_value FROM raw.t__l ORDER BY 1", "2", "3", "4", "5")
	}
}

func TestAppendOnlyKeepsEveryRow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["load_method"] = "append-only"
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"v":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}}`)
	h.load(schema, recordOf("t", `{"id":1,"v":"a","l":[1]}`), recordOf("t", `{"id":1,"v":"b","l":[2]}`))
	h.load(schema, recordOf("t", `{"id":1,"v":"c","l":[3]}`))
	h.want("SELECT COUNT(*) FROM raw.t WHERE id = 1", "3")
	h.want("SELECT _sdc_value FROM raw.t__l ORDER BY 1", "1", "2", "3")
	// the house adds no metadata, and yet each child tells which row of its key it is of
	h.want("SELECT t.v, l._sdc_value FROM raw.t AS t JOIN raw.t__l AS l ON l._sdc_source_key_id = t.id AND l._sdc_sequence = t._sdc_sequence ORDER BY t.v",
		"a|1", "b|2", "c|3")
}

func TestNestedJSONStaysText(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["nested"] = "json"
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"o":{"type":"object"},"a":{"type":"array"}`),
		recordOf("t", `{"id":1,"o":{"n":1.10,"s":"\u00e9"},"a":[]}`))
	h.want("SELECT o, a FROM raw.t", `{"n":1.10,"s":"\u00e9"}|[]`)
}

func TestTheEmptyStringIsNotNULL(t *testing.T) {
	t.Parallel()
	for set, want := range map[string][]string{
		"auto": {"|0|", "x|NULL|x"}, "native": {"|0|", "x|NULL|x"}, "sentinel": {"|0|", "x|NULL|x"},
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["empty_string"] = set
			h.load(schemaOf("t", `"k"`, `"k":{"type":"string"},"s":{"type":["null","string"]},"l":{"type":"array","items":{"type":"string"}}`),
				recordOf("t", `{"k":"","s":"","l":[""]}`), recordOf("t", `{"k":"x","s":null,"l":["x"]}`))
			h.want("SELECT t.k, LEN(t.s), l._sdc_value FROM raw.t AS t INNER JOIN raw.t__l AS l ON l._sdc_source_key_k = t.k ORDER BY t.k", want...)
		})
	}
}

func TestTheEmptyStringIsNULLWhereThatIsAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["empty_string"] = "null"
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":["null","string"]},"l":{"type":"array","items":{"type":"string"}}`),
		recordOf("t", `{"id":1,"s":"","l":["","x"]}`), recordOf("t", `{"id":2,"s":" "}`), recordOf("t", `{"id":3,"s":null}`))
	h.want("SELECT id, s, LEN(s) FROM raw.t ORDER BY id", "1|NULL|NULL", "2| |0", "3|NULL|NULL")
	h.want("SELECT _sdc_level_0_id, _sdc_value FROM raw.t__l ORDER BY 1", "0|NULL", "1|x")
}

func TestATextLikeTheSentinelIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["empty_string"] = "sentinel"
	var lines, want []string
	lines = append(lines, schemaOf("t", `"k","n"`, `"k":{"type":"string"},"n":{"type":"integer"},"s":{"type":"string"}`))
	for i, text := range []string{"", synapse.Sentinel, synapse.Sentinel + " ", synapse.Sentinel + synapse.Sentinel + "x", synapse.Sentinel[:3], " "} {
		lines = append(lines, recordOf("t", fmt.Sprintf(`{"k":%q,"n":%d,"s":%q}`, text, i, text)))
		want = append(want, text+"|"+text)
	}
	h.load(append(lines, lines...)...)
	h.want("SELECT k, s FROM raw.t ORDER BY n", want...)
}

func TestAnEmptyKeyIsNotMadeNULL(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["empty_string"] = "null"
	o := h.fail(schemaOf("t", `"n","k"`, `"k":{"type":"string"},"n":{"type":"integer"}`), recordOf("t", `{"n":1,"k":""}`))
	if !strings.Contains(o.log, "line 2: stream t: /k: key property is empty, and empty_string: null makes that NULL") {
		t.Error(o.log)
	}
}

func TestNamesThatNoPoolWouldTake(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	long := strings.Repeat("n", 129)
	h.load(schemaOf("select]", `"order"`, `"order":{"type":"integer"},"`+long+`a":{"type":"integer"},"`+long+`b":{"type":"integer"},"a.b c":{"type":"integer"},"":{"type":"integer"}`),
		recordOf("select]", `{"order":1,"`+long+`a":2,"`+long+`b":3,"a.b c":4,"":5}`),
		schemaOf("Select]", `"order"`, `"order":{"type":"integer"}`), recordOf("Select]", `{"order":7}`),
		schemaOf("_sdc_state", `"id"`, `"id":{"type":"integer"}`), recordOf("_sdc_state", `{"id":8}`),
		schemaOf(long, `"id"`, `"id":{"type":"integer"}`), recordOf(long, `{"id":9}`), state(1))
	h.want(`SELECT [order], [a.b c], [_] FROM raw.[select]]]`, "1|4|5")
	for stream, query := range map[string]string{"select]": "/" + long + "a", "Select]": "/order", "_sdc_state": "/id", long: "/id"} {
		at := h.rows("SELECT table_name, column_name FROM raw._sdc_columns WHERE stream = " + synapse.Literal(stream) + " AND kind = 'integer' AND path = " + synapse.Literal(query))
		if len(at) != 1 {
			t.Fatalf("mapping of %s: %q", stream, at)
		}
		table, column, _ := strings.Cut(at[0], "|")
		if n := len(h.rows("SELECT " + synapse.Quote(column) + " FROM " + synapse.Name{Namespace: "raw", Table: table}.String())); n != 1 {
			t.Errorf("%d rows of %s in %s", n, stream, at[0])
		}
	}
}

func TestRejectedRecordsAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"n":{"type":"integer"}`)
	lines := []string{schema, recordOf("t", `{"id":1,"n":"x \u00e9"}`), recordOf("t", `{"id":2,"n":2}`), state(1)}
	h.load(lines...)
	h.want("SELECT id FROM raw.t", "2")
	h.want("SELECT pipeline, stream, line, record FROM raw._sdc_rejected", `test|t|2|{"id":1,"n":"x \u00e9"}`)
	if r := h.rows("SELECT reason FROM raw._sdc_rejected"); !strings.Contains(r[0], "/n") {
		t.Errorf("reason %q", r)
	}
	h.set["max_rejects"] = 0
	if o := h.fail(lines...); !strings.Contains(o.log, "more than max_rejects") || len(o.states) > 0 {
		t.Errorf("states %q:\n%s", o.states, o.log)
	}
}

func TestATableThatSomebodyElseMadeIsUsedWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["existing_tables"] = "adopt"
	h.rows("IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'raw') EXEC('CREATE SCHEMA [raw]')")
	h.rows("CREATE TABLE raw.t (ID int NOT NULL, name varchar(10) NULL, d float NULL, note nvarchar(20) NULL) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)")
	h.rows("INSERT INTO raw.t (ID, note) VALUES (1, N'old')")
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"name":{"type":"string"},"d":{"type":"number"},"note":{"type":"string"}`),
		recordOf("t", `{"id":1,"name":"é","d":0.1,"note":"`+strings.Repeat("n", 30)+`"}`), recordOf("t", `{"id":3000000000}`))
	h.want("SELECT ID, name__st, d__de, LEN(note) FROM raw.t ORDER BY ID", "1|é|0.1|30", "3000000000|NULL|NULL|NULL")
}

func TestColumnsOfAnInterruptedLoadAreUsedWhateverTheirNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	long := strings.Repeat("n", 129)
	lines := []string{schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`),
		schemaOf("t", `"id"`, `"id":{"type":"integer"},"a\u0000b":{"type":"string"},"":{"type":"string"},"`+long+`":{"type":"number"},"x":{"type":"string"},"X":{"type":"string"},"_sdc_table_version":{"type":"string"}`),
		recordOf("t", `{"id":2,"x":5,"`+long+`":0.5}`)}
	columns := "SELECT COLUMN_NAME, DATA_TYPE, NUMERIC_SCALE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 't' ORDER BY COLUMN_NAME"
	h.set["max_batch_rows"], h.set["add_record_metadata"], h.set["validate_records"] = 1, true, false
	h.pool.Fail(synapsetest.Fault{Match: "INSERT INTO [raw].[t]", Skip: 1, Number: 2628})
	h.fail(lines...)
	want := h.rows(columns)
	h.load(lines...)
	h.want(columns, want...)
}

func TestStagingCanBeKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["keep_staging"] = true
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`))
	if tables := h.rows("SELECT name FROM sys.tables WHERE name LIKE '[_]sdc[_]stg[_]%'"); len(tables) != 1 || len(h.store.Names("files", "")) != 1 {
		t.Errorf("kept %q and %q", tables, h.store.Names("files", ""))
	}
}

func TestWrongSettingsAreSaidBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["sas_token"] = "sv=1"
	if o := h.start(t.Context(), os.Stdin); o.code != 2 || !strings.Contains(o.log, "either account_key or sas_token") {
		t.Errorf("exit code %d:\n%s", o.code, o.log)
	}
	h = newHouse(t)
	h.set["password"] = "wrong"
	if o := h.start(t.Context(), os.Stdin); o.code != 1 || !strings.Contains(o.log, "check user and password") || strings.Contains(o.log, "wrong") {
		t.Errorf("exit code %d:\n%s", o.code, o.log)
	}
}

func TestWhoTriesAConfigurationIsNotKeptWaiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(closed.Addr().String())
	closed.Close()
	h.set["port"] = port
	o := h.start(t.Context(), strings.NewReader(""), "--test")
	if again := strings.Count(o.log, "statement will be repeated"); o.code != 1 || again != 2 || !strings.Contains(o.log, "check host and port, and that no firewall is in between") {
		t.Errorf("exit code %d after %d more tries, want 1 after 2:\n%s", o.code, again, o.log)
	}
}

func TestAColumnMayAppearWhenAFileIsOnItsWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["keep_staging"] = true
	filler := strings.Repeat("x", 1000)
	lines := []string{schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":"string"}`)}
	for id := range 1500 {
		lines = append(lines, recordOf("t", fmt.Sprintf(`{"id":%d,"s":"%s"}`, id, filler)))
	}
	for id := range 10 {
		lines = append(lines, recordOf("t", fmt.Sprintf(`{"id":%d,"late":%d}`, 1490+id*2, id)))
	}
	h.load(lines...)
	h.want("SELECT COUNT(*), COUNT(s), COUNT(late), SUM(late) FROM raw.t", "1505|1495|10|45")
	if names := h.store.Names("files", ""); len(names) != 2 {
		t.Errorf("files %q, want one for each width", names)
	}
}

func TestAPropertyThatStandsTwiceCountsOnceAsItStandsLast(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":["null","string"]},"v":{}`),
		recordOf("t", `{"id":1,"s":"a","s":"b","v":1,"v":"x"}`), recordOf("t", `{"id":2,"id":3,"s":"a","s":null}`))
	h.want("SELECT id, s, v FROM raw.t ORDER BY id", "1|b|x", "3|NULL|NULL")
}

func TestAChildTableComesWithItsFirstRow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"l":{"type":"array","items":{"type":"object","properties":{"x":{"type":"integer"},"m":{"type":"array","items":{"type":"string"}}}}}`)
	tables := "SELECT name FROM sys.tables WHERE name LIKE 't%' ORDER BY name"
	h.load(schema)
	h.want(tables, "t")
	h.load(schema, recordOf("t", `{"id":1,"l":[]}`))
	h.want(tables, "t")
	h.load(schema, recordOf("t", `{"id":1,"l":[{"x":1}]}`))
	h.want(tables, "t", "t__l")
	h.load(schema, recordOf("t", `{"id":1,"l":[{"m":["a"]}]}`))
	h.want(tables, "t", "t__l", "t__l__m")
	h.load(schema, recordOf("t", `{"id":1,"l":[]}`))
	h.want("SELECT (SELECT COUNT(*) FROM raw.t), (SELECT COUNT(*) FROM raw.t__l), (SELECT COUNT(*) FROM raw.t__l__m)", "1|0|0")
}

func TestANumberThatItsColumnCannotBeWidenedForIsKeptBeside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["max_batch_rows"] = 1
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"d":{"type":"number"}`),
		recordOf("t", `{"id":1,"d":1.5}`), recordOf("t", `{"id":2,"d":1e-30}`), recordOf("t", `{"id":3,"d":1e-20}`))
	h.want("SELECT id, d, d__st FROM raw.t ORDER BY id", "1|1.50000000000000000000|NULL", "2|NULL|1e-30", "3|0.00000000000000000001|NULL")
}

func TestFilesGoWhereAndAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["path_prefix"], h.set["compression_level"], h.set["keep_staging"] = "in/box", 9, true
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`))
	h.want("SELECT id FROM raw.t", "1")
	names := h.store.Names("files", "")
	if len(names) != 1 || !strings.HasPrefix(names[0], "in/box/sdc-") {
		t.Fatalf("files %q", names)
	}
	raw, _ := h.store.Get("files", names[0])
	if len(raw) < 10 || raw[8] != 2 { // XFL of RFC 1952: the slowest and best compression
		t.Errorf("file begins with %x", raw[:min(10, len(raw))])
	}
}

func TestALineIsOnlySoLong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["max_line_bytes"] = 1024
	o := h.fail(schemaOf("t", `"id"`, `"id":{"type":"integer"}`), recordOf("t", `{"id":1}`), state(1), recordOf("t", `{"id":2,"s":"`+strings.Repeat("x", 1024)+`"}`))
	if !strings.Contains(o.log, "line 4:") || !slices.Equal(o.states, []string{`{"at":1}`}) {
		t.Errorf("states %q:\n%s", o.states, o.log)
	}
}

func TestALoadDoesNotWaitForTheEndOfTheInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["max_batch_age_seconds"] = 1
	in, feed := io.Pipe()
	released, printed := io.Pipe()
	ended := make(chan int)
	go func() {
		var log bytes.Buffer
		ended <- Program("").Main(t.Context(), program.Stdio{
			Args: []string{"--config", h.config()}, Stdin: in, Stdout: printed, Stderr: &log, Signals: make(chan os.Signal), Exit: func(int) {},
		})
	}()
	fmt.Fprintf(feed, "%s\n%s\n%s\n", usersSchema, user(1), state(1))
	if line, err := bufio.NewReader(released).ReadString('\n'); err != nil || line != "{\"at\":1}\n" {
		t.Errorf("released %q, %v", line, err)
	}
	h.want("SELECT id FROM raw.users", "1")
	feed.Close()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestATableIsAlteredWhenItsReadersHaveGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":"string"}`), recordOf("t", `{"id":1,"s":"x"}`))
	release, err := h.pool.Read("raw.t")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan outcome)
	go func() {
		done <- h.start(t.Context(), strings.NewReader(schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":"string"}`)+"\n"+recordOf("t", `{"id":2,"s":"`+strings.Repeat("x", 200)+`","n":1}`)+"\n"))
	}()
	for h.pool.Waiting() == 0 {
		runtime.Gosched()
	}
	h.want("SELECT id FROM raw.t", "1")
	release()
	if o := <-done; o.code != 0 {
		t.Fatalf("exit code %d:\n%s", o.code, o.log)
	}
	h.want("SELECT id, LEN(s), n FROM raw.t ORDER BY id", "1|1|NULL", "2|200|1")
	h.clean()
}
