package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// A bench makes rows the way the loader does: a record that the layout does not know is made again with the layout extended.
type bench struct {
	t      testing.TB
	layout *layout
	stream *stream
	rower  *rower
	out    *output
	line   int64
}

func newBench(t testing.TB, o layoutOptions, schema string, keys ...string) *bench {
	t.Helper()
	return newBenchOn(t, newMapping(nil, nil), o, schema, keys...)
}

func newBenchOn(t testing.TB, known *mapping, o layoutOptions, schema string, keys ...string) *bench {
	t.Helper()
	l := newLayout(o, known)
	b := &bench{t: t, layout: l, stream: &stream{name: "s"}, rower: newRower(l, 1000, synapse.EmptyNative), out: &output{}}
	b.declare(schema, keys...)
	b.rower.begin(b.out)
	return b
}

func (b *bench) declare(schema string, keys ...string) {
	b.t.Helper()
	s, err := singer.ParseSchema([]byte(schema))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.layout.declare(b.stream, s, keys); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) add(raw string) error {
	b.line++
	rec := &record{stream: b.stream, plan: &plan{generation: 1}, raw: []byte(raw), line: b.line}
	b.rower.extend = false
	err := b.rower.add(rec)
	if errors.Is(err, errLayout) {
		b.rower.extend = true
		err = b.rower.add(rec)
	}
	return err
}

func (b *bench) mustAdd(records ...string) {
	b.t.Helper()
	for _, raw := range records {
		if err := b.add(raw); err != nil {
			b.t.Fatalf("add %s: %v", raw, err)
		}
	}
}

// dump shows each table as its columns with their types, then its rows.
func (b *bench) dump() string {
	for _, c := range b.out.chunks {
		for i, s := range c.stats {
			c.table.columns[i].stat = c.table.columns[i].stat.union(s)
		}
	}
	var s strings.Builder
	for _, t := range b.stream.tables {
		fmt.Fprintf(&s, "%s:", t.name)
		for _, c := range t.columns {
			fmt.Fprintf(&s, " %s %s,", c.name, c.typeOf())
		}
		s.WriteByte('\n')
		for _, c := range b.out.chunks {
			if c.table == t {
				s.Write(c.data)
			}
		}
	}
	return s.String()
}

func (b *bench) want(want string) {
	b.t.Helper()
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(b.dump())); diff != "" {
		b.t.Error(diff)
	}
}

func TestARecordBecomesOneRowInTheOrderOfColumns(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{}, `{"properties":{
		"id":{"type":"string"},"n":{"type":["null","integer"]},"d":{"type":"number"},"b":{"type":"boolean"},
		"at":{"type":["null","string"],"format":"date-time"},"on":{"type":"string","format":"date"},"s":{"type":"string"}}}`, "id")
	b.mustAdd(
		`{"s":"x","id":"1","n":12,"d":1.50,"b":true,"at":"2020-01-02T03:04:05+02:00","on":"2020-01-02"}`,
		`{"id":"2","s":"","n":null,"b":false}`,
		`{"id":"3","s":"a \"b\"\r\n,\u00e9 \ud83d\ude00 \u0000 \ud83d","d":1e2}`,
	)
	b.want(`
s: _sdc_sequence bigint, id nvarchar(256), n bigint, d decimal(18,1), b bit, at datetimeoffset(7), on date, s nvarchar(128),
1001,"1",12,1.5,1,2020-01-02 03:04:05.0000000 +02:00,2020-01-02,"x"
1002,"2",,,0,,,""
1003,"3",,100,,,,"a ""b""` + "\r\n" + `,é 😀 ` + "\ufffd \ufffd" + `"`)
	if b.out.replaced != 1 {
		t.Errorf("replaced %d, want 1", b.out.replaced)
	}
}

func TestObjectsFlattenAndArraysBecomeChildTables(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"},
		"home":{"type":["null","object"],"properties":{"city":{"type":"string"},"geo":{"type":"object","properties":{"lat":{"type":"number"}}}}},
		"tags":{"type":"array","items":{"type":"string"}},
		"parts":{"type":"array","items":{"type":"object","properties":{"body":{"type":"string"},"files":{"type":"array","items":{"type":"object","properties":{"url":{"type":"string"}}}}}}}}}`, "id")
	b.mustAdd(
		`{"tags":["a","b"],"home":{"geo":{"lat":1.25},"city":"C"},"parts":[{"files":[{"url":"u0"},{"url":"u1"}],"body":"p0"},{"body":"p1","files":[{"url":"u2"}]}],"id":7}`,
		`{"id":8,"home":null,"tags":[],"parts":[]}`,
		`{"id":9,"tags":["c",null]}`,
	)
	b.want(`
s: _sdc_sequence bigint, id bigint, home__city nvarchar(128), home__geo__lat decimal(18,2),
1001,7,"C",1.25
1002,8,,
1003,9,,
s__tags: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, _sdc_value nvarchar(128),
7,1001,0,"a"
7,1001,1,"b"
9,1003,0,"c"
9,1003,1,
s__parts: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, body nvarchar(128),
7,1001,0,"p0"
7,1001,1,"p1"
s__parts__files: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, _sdc_level_1_id bigint, url nvarchar(128),
7,1001,0,0,"u0"
7,1001,0,1,"u1"
7,1001,1,0,"u2"`)
}

func TestNestedValuesCanStayText(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{nestedJSON: true}, `{"properties":{"id":{"type":"integer"},"o":{"type":"object"},"a":{"type":"array"},"m":{}}}`, "id")
	b.mustAdd(`{"id":1,"o":{"x": 1.10,"y":"é"},"a":[],"m":[1,{"z":null}]}`, `{"id":2,"m":"text"}`)
	b.want(`
s: _sdc_sequence bigint, id bigint, o nvarchar(max), a nvarchar(max), m nvarchar(max), m__st nvarchar(128),
1001,1,"{""x"": 1.10,""y"":""é""}","[]","[1,{""z"":null}]"
1002,2,,,,"text"`)
}

func TestWhatIsNestedTooDeepIsKeptAsText(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"}}}`, "id")
	b.mustAdd(`{"id":1,"a":` + strings.Repeat(`{"a":`, 5000) + `1` + strings.Repeat(`}`, 5000) + `,"l":` + strings.Repeat(`[`, 4000) + strings.Repeat(`]`, 4000) + `}`)
	if n := len(b.stream.tables); n > maxDepth {
		t.Errorf("%d tables", n)
	}
	for _, table := range []*table{b.stream.root, b.stream.tables[len(b.stream.tables)-1]} {
		if last := table.columns[len(table.columns)-1]; last.kind != kindJSON {
			t.Errorf("table %s ends with %s, a %s", table.name, last.name, last.kind)
		}
	}
}

func TestValuesOfAnotherTypeGoBesideTheirColumn(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"},"n":{"type":"integer"},"at":{"type":"string","format":"date-time"},"any":{},"d":{"type":"number"}}}`, "id")
	b.mustAdd(
		`{"id":1,"n":9223372036854775808,"at":"2020-01-01T00:00:00Z","any":"first","d":0.12345678901234567890}`,
		`{"id":2,"n":1.5,"at":"yesterday","any":true,"d":12345678901234567890123}`,
		`{"id":3,"n":"x","at":5,"any":7,"d":`+strings.Repeat("7", 39)+`}`,
		`{"id":4,"n":false,"at":null,"any":{"deep":1},"d":1e5}`,
	)
	b.want(`
s: _sdc_sequence bigint, id bigint, n decimal(38,0), at datetimeoffset(7), d decimal(25,19), any nvarchar(128), n__de decimal(18,1), at__st nvarchar(128), any__bo bit, d__st nvarchar(128), n__st nvarchar(128), at__de decimal(18,0), any__de decimal(18,0), n__bo bit, any__deep decimal(18,0),
1001,1,9223372036854775808,2020-01-01 00:00:00.0000000 +00:00,0.1234567890123456789,"first"
1002,2,,,,,1.5,"yesterday",1,"12345678901234567890123"
1003,3,,,,,,,,"777777777777777777777777777777777777777","x",5,7
1004,4,,,100000,,,,,,,,,0,1`)
}

func TestATimeOrElseTextIsATime(t *testing.T) {
	t.Parallel()
	const time, text = `{"type":"string","format":"date-time"}`, `{"type":["string","null"]}`
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"anyOf":[`+time+`,`+text+`]},"at":{"anyOf":[`+time+`,`+text+`]},"note":{"anyOf":[`+text+`,`+time+`]}}}`, "id")
	b.mustAdd(
		`{"id":"2020-01-01T00:00:00Z","at":"2020-01-01T00:00:00Z","note":"2020-01-01T00:00:00Z"}`,
		`{"id":"x","at":"0000-00-00","note":"y"}`,
	)
	b.want(`
s: _sdc_sequence bigint, id nvarchar(256), at datetimeoffset(7), note nvarchar(128), at__st nvarchar(128),
1001,"2020-01-01T00:00:00Z",2020-01-01 00:00:00.0000000 +00:00,"2020-01-01T00:00:00Z"
1002,"x",,"y","0000-00-00"`)
}

func TestKeysAreRequiredAndHoldTheirType(t *testing.T) {
	t.Parallel()
	schema := `{"properties":{"id":{"type":"integer"},"name":{"type":["string","integer"]}}}`
	for _, test := range []struct{ record, want string }{
		{`{"name":"x"}`, `line 1: stream s: /id: key property is missing or null`},
		{`{"id":null,"name":"x"}`, `line 1: stream s: /id: key property is missing or null`},
		{`{"id":1,"id":null,"name":"x"}`, `line 1: stream s: /id: key property is missing or null`},
		{`{"id":1.5,"name":"x"}`, `line 1: stream s: /id: key property is a number; the column holds another type`},
		{`{"id":"1","name":"x"}`, `line 1: stream s: /id: key property is a string; the column holds another type`},
		{`{"id":[1],"name":"x"}`, `line 1: stream s: /id: key property is an object or array`},
		{`{"id":1,"name":"` + strings.Repeat("x", 4001) + `"}`, `line 1: stream s: /name: key property is 4001 characters long; the longest key is 4000`},
		{`{"id":0,"name":""}`, ``},
		{`{"id":0,"name":7}`, ``},
	} {
		err := newBench(t, layoutOptions{}, schema, "id", "name").add(test.record)
		if got := fmt.Sprint(err); got != test.want && (err != nil || test.want != "") {
			t.Errorf("add(%.60s) = %v, want %q", test.record, err, test.want)
		}
		var at *singer.InputError
		if err != nil && !errors.As(err, &at) {
			t.Errorf("add(%.60s) is a %T", test.record, err)
		}
	}
}

func TestNamesOfTheSourceDoNotClashWithOurs(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{metadata: true}, `{"properties":{"id":{"type":"integer"},"ID":{"type":"integer"},"_sdc_sequence":{"type":"string"},"_sdc_x":{"type":"string"},"_sdc_deleted_at":{"type":"string"},"a__b":{"type":"integer"},"a":{"type":"object","properties":{"b":{"type":"integer"}}}}}`, "id")
	b.mustAdd(`{"id":1,"ID":2,"_sdc_sequence":"s","_sdc_x":"x","_sdc_deleted_at":"2020-01-01T00:00:00Z","a__b":3,"a":{"b":4}}`)
	b.want(`
s: _sdc_extracted_at datetimeoffset(7), _sdc_received_at datetimeoffset(7), _sdc_batched_at datetimeoffset(7), _sdc_table_version bigint, _sdc_sequence bigint, _sdc_deleted_at datetimeoffset(7), id bigint, ID_0c14cdb1 bigint, _sdc_sequence_71feaa75 nvarchar(128), _sdc_x nvarchar(128), a__b bigint, a__b_e0d07e07 bigint,
,,,,1001,2020-01-01 00:00:00.0000000 +00:00,1,2,"s","x",3,4`)
}

// A run of an earlier release that died after it made columns, before its load was committed, has left columns that no mapping tells of. They may be
// somebody else's, too: it takes a word to have them used.
func TestNamesGivenByARunThatDiedAreGivenAgain(t *testing.T) {
	t.Parallel()
	schema := `{"properties":{"id":{"type":"integer"},"Name":{"type":"string"},"name":{"type":"string"},"` + strings.Repeat("long", 33) + `":{"type":"number"}}}`
	record := `{"id":1,"Name":"a","name":"b","` + strings.Repeat("long", 33) + `":1.5}`
	names := func(b *bench) (names []string) {
		b.mustAdd(record)
		for _, c := range b.stream.root.columns {
			names = append(names, c.name)
		}
		return names
	}
	died := newBench(t, layoutOptions{}, schema, "id")
	want := names(died)
	table := synapse.Table{Name: synapse.Name{Namespace: "n", Table: died.stream.root.name}}
	for _, c := range died.stream.root.columns {
		table.Columns = append(table.Columns, synapse.Column{Name: c.name, Type: c.typeOf()})
	}
	known := newMapping(nil, []synapse.Table{table})
	known.adopt = true
	later := newBenchOn(t, known, layoutOptions{}, schema, "id")
	if got := names(later); !slices.Equal(got, want) {
		t.Errorf("names\n%q after a run that gave\n%q", got, want)
	}
}

func TestTheSameNamesAreGivenInALaterRun(t *testing.T) {
	t.Parallel()
	schema := `{"properties":{"id":{"type":"integer"}}}`
	b := newBench(t, layoutOptions{}, schema, "id")
	b.mustAdd(`{"id":1,"x":1,"X":"a"}`, `{"id":2,"x":"b","X":2,"list":[{"y":1}]}`)
	b.want(`
s: _sdc_sequence bigint, id bigint, x decimal(18,0), X_851b8e6b nvarchar(128), x__st nvarchar(128), X__de decimal(18,0),
1001,1,1,"a"
1002,2,,,"b",2
s__list: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, y decimal(18,0),
2,1002,0,1`)
	stored := b.layout.known.takeFresh()
	var tables []synapse.Table
	for _, t := range b.stream.tables {
		table := synapse.Table{Name: synapse.Name{Namespace: "n", Table: t.name}}
		for _, c := range t.columns {
			table.Columns = append(table.Columns, synapse.Column{Name: c.name, Type: c.typeOf()})
		}
		tables = append(tables, table)
	}
	later := newBenchOn(t, newMapping(stored, tables), layoutOptions{}, schema, "id")
	later.mustAdd(`{"id":1,"X":3,"x":"c","list":[{"y":"z"}]}`)
	later.want(`
s: _sdc_sequence bigint, id bigint, X__de decimal(18,0), x__st nvarchar(128),
1001,1,3,"c"
s__list: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, y__st nvarchar(128),
1,1001,0,"z"`)
	if got := later.layout.known.takeFresh(); len(got) != 1 || got[0].Column != "y__st" {
		t.Errorf("the later run decided %v, want nothing but y__st", got)
	}
	s, _ := singer.ParseSchema([]byte(schema))
	err := newLayout(layoutOptions{}, newMapping(stored, tables)).declare(&stream{name: "s"}, s, nil)
	if err == nil || !strings.Contains(err.Error(), `keyed by ["id"]`) {
		t.Errorf("another key: %v", err)
	}
}

// FuzzRowsComeBackAsTheyWere makes rows of any record and reads them as COPY does.
func FuzzRowsComeBackAsTheyWere(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"s":"a\"b\u0000\ud83d","n":1e5,"o":{"x":[1,[2],{"y":null}]},"s":"again"}`,
		`{"s":"","a":[{},{"b":[]},"x\r\n,"]}`, `{"":{"":1},"a/b~c":true,"A":1,"a":2}`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, raw string, nested bool) {
		v := jsontext.Value(raw)
		if !v.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) || v.Kind() != jsontext.KindBeginObject {
			return
		}
		b := newBench(t, layoutOptions{nestedJSON: nested, metadata: true}, `{"properties":{"s":{"type":"string"},"n":{"type":"integer"}}}`)
		if err := b.add(raw); err != nil {
			if strings.Contains(err.Error(), "columns that the pool allows") {
				return
			}
			t.Fatal(err)
		}
		roots := 0
		for _, c := range b.out.chunks {
			rows := parseCSV(t, c.data)
			if len(rows) != len(c.ends) {
				t.Fatalf("%d rows in %q, want %d", len(rows), c.data, len(c.ends))
			}
			for _, row := range rows {
				if len(row) != c.columns {
					t.Fatalf("%d fields in %q, want %d", len(row), row, c.columns)
				}
			}
			if c.table == b.stream.root {
				roots += len(rows)
			}
		}
		if roots != 1 {
			t.Fatalf("%d rows of the root table", roots)
		}
		b.wantText(raw)
	})
}

// wantText compares the string at "s" with what another decoder finds there.
func (b *bench) wantText(raw string) {
	var record map[string]jsontext.Value
	if err := json.Unmarshal([]byte(raw), &record, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		b.t.Fatal(err)
	}
	if record["s"].Kind() != jsontext.KindString {
		return
	}
	want, _ := jsontext.AppendUnquote(nil, record["s"])
	slot := b.stream.rootNode.members["s"].slots[kindText] - 1
	root := b.out.chunks[len(b.out.chunks)-1]
	for _, c := range b.out.chunks {
		if c.table == b.stream.root && len(c.ends) > 0 {
			root = c
		}
	}
	got := parseCSV(b.t, root.data)[0][slot]
	if expect := `"` + strings.ReplaceAll(strings.ToValidUTF8(string(want), "\ufffd"), "\x00", "\ufffd") + `"`; got != expect {
		b.t.Fatalf("text %q, want %q", got, expect)
	}
}

// parseCSV reads rows as COPY does. A field in quotes keeps them, so that "" is not NULL.
func parseCSV(t testing.TB, data []byte) (rows [][]string) {
	t.Helper()
	var row []string
	var field strings.Builder
	quoted := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"' && quoted && i+1 < len(data) && data[i+1] == '"':
			field.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
			field.WriteByte('"')
		case c == ',' && !quoted:
			row = append(row, field.String())
			field.Reset()
		case c == '\n' && !quoted:
			rows, row = append(rows, append(row, field.String())), nil
			field.Reset()
		default:
			field.WriteByte(c)
		}
	}
	if quoted || row != nil || field.Len() > 0 {
		t.Fatalf("rows end in the middle: %q", data)
	}
	return rows
}

func TestAnArrayOrObjectThatStandsTwiceCountsOnceAsItStandsLast(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"},"l":{"type":"array","items":{"type":"object","properties":{"x":{},"m":{"type":"array","items":{"type":"integer"}}}}},
		"o":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}}}}}`, "id")
	b.mustAdd(
		`{"id":1,"l":[{"x":1},{"x":2}],"l":[{"x":3}]}`,
		`{"id":2,"l":[{"x":1}],"l":null}`,
		`{"id":3,"o":{"a":1,"l":[1]},"o":{"b":2}}`,
		`{"id":4,"o":{"a":1,"l":[1]},"\u006f":{"l":[7],"l":[8,9]}}`,
		`{"id":5,"o":{"a":1},"o":5}`,
		`{"id":6,"l":[{"x":1,"m":[1,2],"m":[3]},{"x":[4],"m":[5]},{"m":[6],"m":null}]}`,
		`{"id":[7],"id":8}`,
	)
	b.want(`
s: _sdc_sequence bigint, id bigint, o__a bigint, o__b bigint, o decimal(18,0),
1001,1,,
1002,2,,
1003,3,,2
1004,4,,
1005,5,,,5
1006,6,,,
1007,8,,,
s__l: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, x decimal(18,0),
1,1001,0,3
6,1006,0,1
6,1006,1,
6,1006,2,
s__l__m: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, _sdc_level_1_id bigint, _sdc_value bigint,
6,1006,0,0,3
6,1006,1,0,5
s__o__l: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, _sdc_value bigint,
4,1004,0,8
4,1004,1,9
s__l__x: _sdc_source_key_id bigint, _sdc_sequence bigint, _sdc_level_0_id bigint, _sdc_level_1_id bigint, _sdc_value decimal(18,0),
6,1006,1,0,4
`)
}

func TestTextKeepsMembersThatStandTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{nestedJSON: true}, `{"properties":{"id":{"type":"integer"},"o":{"type":"object"}}}`, "id")
	b.mustAdd(`{"id":1,"id":2,"o":{"a":1},"o":{"b":1,"b":2}}`)
	b.want(`
s: _sdc_sequence bigint, id bigint, o nvarchar(max),
1001,2,"{""b"":1,""b"":2}"`)
}
