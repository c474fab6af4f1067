package singertest

import (
	"fmt"
	"strings"
)

// TargetCase is an input that every target should treat alike.
type TargetCase struct {
	Name  string
	Input string
	Fails bool // the target must refuse it, with exit code 1

	// Rows are the numbers of rows that a target which upserts by
	// key_properties, and appends without them, ends with.
	Rows map[string]int
}

// TargetCases returns inputs of the kind real taps produce: what the target
// tests of the Singer SDK and of the pipelinewise and Meltano targets are
// about, and the traps that issues of theirs tell of (the cases themselves
// are written anew).
func TargetCases() []TargetCase {
	schema := func(stream, keys, properties string) string {
		return fmt.Sprintf(`{"type":"SCHEMA","stream":%q,"schema":{"type":"object","properties":{%s}},"key_properties":[%s]}`, stream, properties, keys)
	}
	record := func(stream, body string) string {
		return fmt.Sprintf(`{"type":"RECORD","stream":%q,"record":%s}`, stream, body)
	}
	state := func(value string) string { return `{"type":"STATE","value":` + value + `}` }
	version := func(stream string, n int) string {
		return fmt.Sprintf(`{"type":"ACTIVATE_VERSION","stream":%q,"version":%d}`, stream, n)
	}
	versioned := func(stream, body string, n int) string {
		return fmt.Sprintf(`{"type":"RECORD","stream":%q,"record":%s,"version":%d}`, stream, body, n)
	}
	lines := func(list ...string) string { return strings.Join(list, "\n") + "\n" }

	id, text := `"id":{"type":"integer"}`, `"name":{"type":["null","string"]}`
	users := schema("users", `"id"`, id+","+text)
	rows := func(pairs ...any) map[string]int {
		m := make(map[string]int)
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1].(int)
		}
		return m
	}

	return []TargetCase{
		{Name: "nothing at all", Input: ""},
		{Name: "blank lines only", Input: "\n \n\r\n"},
		{Name: "states only", Input: lines(state(`{"a":1}`), state(`{"a":1}`), state(`{"a":2}`))},
		{Name: "empty state only", Input: lines(state(`{}`))},
		{Name: "a state before any schema", Input: lines(state(`{"a":0}`), users, record("users", `{"id":1}`), state(`{"a":1}`)), Rows: rows("users", 1)},
		{Name: "a record after the last state", Input: lines(users, record("users", `{"id":1}`), state(`{"a":1}`), record("users", `{"id":2}`)), Rows: rows("users", 2)},
		{Name: "a schema without records", Input: lines(users), Rows: rows("users", 0)},
		{Name: "the same key again and again", Input: lines(users, record("users", `{"id":1,"name":"a"}`), record("users", `{"id":2,"name":"b"}`), record("users", `{"id":1,"name":"c"}`), record("users", `{"id":2}`), record("users", `{"id":1,"name":"d"}`), state(`{"a":5}`)), Rows: rows("users", 2)},
		{Name: "no key", Input: lines(schema("log", ``, id), record("log", `{"id":1}`), record("log", `{"id":1}`), record("log", `{"id":2}`), state(`{"a":3}`)), Rows: rows("log", 3)},
		{Name: "key_properties left out", Input: lines(`{"type":"SCHEMA","stream":"log","schema":{"type":"object","properties":{`+id+`}}}`, record("log", `{"id":1}`), record("log", `{"id":1}`)), Rows: rows("log", 2)},
		{Name: "key_properties within the schema", Input: lines(`{"type":"SCHEMA","stream":"log","schema":{"type":"object","key_properties":["id"],"properties":{`+id+`}}}`, record("log", `{"id":1}`)), Rows: rows("log", 1)},
		{Name: "keys whose parts could run together", Input: lines(schema("pairs", `"a","b"`, `"a":{"type":"string"},"b":{"type":"string"}`), record("pairs", `{"a":"x,y","b":"z"}`), record("pairs", `{"a":"x","b":"y,z"}`), record("pairs", `{"a":"z","b":"x,y"}`)), Rows: rows("pairs", 3)},
		{Name: "keys that differ in case or trailing blanks", Input: lines(schema("words", `"w"`, `"w":{"type":"string"}`), record("words", `{"w":"a"}`), record("words", `{"w":"A"}`), record("words", `{"w":"a "}`), record("words", `{"w":""}`)), Rows: rows("words", 4)},
		{Name: "falsy keys", Input: lines(schema("flags", `"n","b"`, `"n":{"type":"integer"},"b":{"type":"boolean"}`), record("flags", `{"n":0,"b":false}`), record("flags", `{"n":0,"b":true}`)), Rows: rows("flags", 2)},
		{Name: "optional properties left out", Input: lines(users, record("users", `{"id":1}`), record("users", `{"id":2,"name":null}`), record("users", `{"id":3,"name":""}`), state(`{}`)), Rows: rows("users", 3)},
		{Name: "properties nobody declared", Input: lines(users, record("users", `{"id":1,"other":{"x":[1]}}`)), Rows: rows("users", 1)},
		{Name: "a schema sent again unchanged", Input: lines(users, record("users", `{"id":1}`), users, record("users", `{"id":2}`), users, state(`{"a":1}`)), Rows: rows("users", 2)},
		{Name: "a schema that grows and changes type", Input: lines(users, record("users", `{"id":1,"name":"a"}`), schema("users", `"id"`, id+`,"name":{"type":["null","integer"]},"born":{"type":["null","string"],"format":"date-time"}`), record("users", `{"id":2,"name":7,"born":"2026-01-02T03:04:05.123456Z"}`), schema("users", `"id"`, id), record("users", `{"id":3}`), state(`{"a":3}`)), Rows: rows("users", 3)},
		{Name: "a property without type", Input: lines(schema("any", `"id"`, id+`,"x":{}`), record("any", `{"id":1,"x":"a"}`), record("any", `{"id":2,"x":1}`), record("any", `{"id":3,"x":{"y":[true,null]}}`), record("any", `{"id":4,"x":[]}`)), Rows: rows("any", 4)},
		{Name: "unions", Input: lines(schema("any", `"id"`, id+`,"x":{"anyOf":[{"type":"string","format":"date-time"},{"type":["string","null"]}]},"y":{"type":["null","string","number","integer","boolean","object","array"]}`), record("any", `{"id":1,"x":"2026-01-02T03:04:05Z","y":1.5}`), record("any", `{"id":2,"x":"soon","y":{"z":1}}`)), Rows: rows("any", 2)},
		{Name: "a recursive definition", Input: lines(`{"type":"SCHEMA","stream":"tree","schema":{"type":"object","properties":{"id":{"type":"integer"},"tags":{"type":["null","array"],"items":{"$ref":"#/definitions/r"}}},"definitions":{"r":{"type":["null","integer","array"],"items":{"$ref":"#/definitions/r"}}}},"key_properties":["id"]}`, record("tree", `{"id":1,"tags":[1,[2,[3,null]]]}`)), Rows: rows("tree", 1)},
		{Name: "a type that is none", Input: lines(schema("odd", `"id"`, id+`,"at":{"type":"date-time"}`), record("odd", `{"id":1,"at":"2026-01-02T03:04:05Z"}`)), Rows: rows("odd", 1)},
		{Name: "nested objects and arrays", Input: lines(schema("deep", `"id"`, id+`,"o":{"type":["null","object"],"properties":{"p":{"type":["null","object"],"properties":{"q":{"type":["null","integer"]}}}}},"list":{"type":["null","array"],"items":{"type":"object","properties":{"n":{"type":["null","integer"]}}}}`), record("deep", `{"id":1,"o":{"p":{"q":1}},"list":[{"n":1},{"n":null},{}]}`), record("deep", `{"id":2,"o":null,"list":[]}`)), Rows: rows("deep", 2)},
		{Name: "an object with and without properties", Input: lines(schema("loose", `"id"`, id+`,"o":{"type":"object"}`), record("loose", `{"id":1,"o":{"a":1}}`), record("loose", `{"id":2,"o":{}}`)), Rows: rows("loose", 2)},
		{Name: "names with everything in them", Input: lines(schema("test:Odd!name?", `"Id"`, `"Id":{"type":"integer"},"a b":{"type":["null","string"]},"Select":{"type":["null","string"]},"x::y":{"type":["null","string"]},"5x":{"type":["null","string"]},"\ud83d\ude08":{"type":["null","string"]},"_sdc_x":{"type":["null","string"]}`), record("test:Odd!name?", `{"Id":1,"a b":"1","Select":"2","x::y":"3","5x":"4","\ud83d\ude08":"5","_sdc_x":"6"}`)), Rows: rows("test:Odd!name?", 1)},
		{Name: "names that differ in case", Input: lines(schema("users", `"id"`, id+`,"Name":{"type":"string"},"name":{"type":"string"}`), record("users", `{"id":1,"Name":"a","name":"b"}`)), Rows: rows("users", 1)},
		{Name: "strings with everything in them", Input: lines(users, record("users", `{"id":1,"name":"quote\" comma, cr\r lf\n tab\t nul\u0000 soh\u0001 backslash\\"}`), record("users", `{"id":2,"name":"Ελληνικά 漢字 😀 \ud83d\ude00 \ud800"}`), record("users", `{"id":3,"name":"`+strings.Repeat("x", 1<<20)+`"}`), record("users", `{"id":4,"name":"  "}`)), Rows: rows("users", 4)},
		{Name: "a string longer than its maxLength", Input: lines(schema("users", `"id"`, id+`,"name":{"type":["null","string"]}`), record("users", `{"id":1,"name":"`+strings.Repeat("é", 5000)+`"}`)), Rows: rows("users", 1)},
		{Name: "numbers at their edges", Input: lines(schema("numbers", `"id"`, id+`,"n":{"type":["null","integer"]},"x":{"type":["null","number"]}`), record("numbers", `{"id":9223372036854775807,"n":9223372036854775808,"x":0.1}`), record("numbers", `{"id":-9223372036854775808,"n":-9223372036854775809,"x":1e-7}`), record("numbers", `{"id":1,"n":1.0,"x":123456789012345678901234567890123456789}`), record("numbers", `{"id":2,"n":0,"x":-0.0}`)), Rows: rows("numbers", 4)},
		{Name: "types in small letters, and unknown ones", Input: lines(strings.Replace(users, "SCHEMA", "schema", 1), `{"type":"HEARTBEAT"}`, strings.Replace(record("users", `{"id":1}`), "RECORD", "Record", 1), `{"type":"LOG","message":"x"}`, state(`{"a":1}`)), Rows: rows("users", 1)},
		{Name: "a schema without properties", Input: lines(`{"type":"SCHEMA","stream":"users","schema":{"type":"object"},"key_properties":["id"]}`, record("users", `{"id":1,"name":"a"}`), record("users", `{"id":1,"age":2}`)), Rows: rows("users", 1)},
		{Name: "a last line without newline", Input: strings.TrimSuffix(lines(users, record("users", `{"id":1}`), state(`{"a":1}`)), "\n"), Rows: rows("users", 1)},
		{Name: "an emptied table", Input: lines(users, versioned("users", `{"id":1}`, 1), versioned("users", `{"id":2}`, 1), version("users", 1), state(`{"a":1}`), version("users", 2), state(`{"a":2}`)), Rows: rows("users", 0)},
		{Name: "a new version of a table", Input: lines(users, version("users", 1), versioned("users", `{"id":1}`, 1), versioned("users", `{"id":2}`, 1), version("users", 1), versioned("users", `{"id":2}`, 2), versioned("users", `{"id":3}`, 2), version("users", 2), state(`{"a":1}`)), Rows: rows("users", 2)},
		{Name: "a version of a stream without schema", Input: lines(version("ghosts", 1), users, record("users", `{"id":1}`)), Rows: rows("users", 1)},
		{Name: "interleaved streams", Input: lines(users, schema("tags", `"id"`, id), record("users", `{"id":1}`), state(`{"a":1,"b":0}`), record("tags", `{"id":1}`), state(`{"a":1,"b":1}`), record("users", `{"id":2}`), record("tags", `{"id":1}`), state(`{"a":2,"b":1}`), record("tags", `{"id":2}`)), Rows: rows("users", 2, "tags", 2)},

		{Name: "a record before its schema", Input: lines(state(`{"a":0}`), record("users", `{"id":1}`), users), Fails: true},
		{Name: "a record of a stream without schema", Input: lines(users, record("tags", `{"id":1}`)), Fails: true},
		{Name: "a missing key", Input: lines(users, record("users", `{"name":"a"}`), state(`{"a":1}`)), Fails: true},
		{Name: "a null key", Input: lines(users, record("users", `{"id":null}`), state(`{"a":1}`)), Fails: true},
		{Name: "a key that is not in the schema", Input: lines(schema("users", `"uid"`, id), record("users", `{"id":1}`)), Fails: true},
		{Name: "a broken line", Input: lines(users, `{"type":"RECORD","stream":"users","record":{"id":1}`, state(`{"a":1}`)), Fails: true},
		{Name: "a last line cut short", Input: lines(users, record("users", `{"id":1}`), state(`{"a":1}`)) + `{"type":"RECORD","stream":"users","rec`, Fails: true},
		{Name: "NaN", Input: lines(schema("numbers", `"id"`, id+`,"x":{"type":"number"}`), record("numbers", `{"id":1,"x":NaN}`), state(`{"a":1}`)), Fails: true},
		{Name: "a line that is no message", Input: lines(users, `"RECORD"`), Fails: true},
		{Name: "a state without value", Input: lines(users, `{"type":"STATE"}`), Fails: true},
	}
}
