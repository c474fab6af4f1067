package target

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// A generator makes inputs by chance: the same seed gives the same input.
type generator struct {
	*rand.Rand
	settings
	restart bool // what cannot come out the same after a restart is left out
	streams []*generated
	lines   []string
	states  int
	quiet   bool // no record since the last STATE
}

type generated struct {
	name       string
	keys       []string
	keyTypes   []string
	schema     map[string]string // property → schema
	properties []string          // in order
	closed     bool
	declared   bool
	versioned  bool
	version    int64
}

func newGenerator(seed uint64, s settings, restart bool) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1)), settings: s, restart: restart, quiet: true}
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

var modelStreams = []string{"users", "Users", "users__tags", "select", "events log", "é😀", "a__b", "_sdc_state", "u.s'er]s", "o", strings.Repeat("long", 40), "x\ny"}

var modelProperties = []string{"a", "A", "tags", "o", "o__a", "x", "x__st", "x__de", "X", "order", "a.b/c~d", "é", "", " ", "_sdc_sequence", "_sdc_value", "_sdc_level_0_id",
	"_sdc_source_key_id", "_sdc_deleted_at", "_sdc_table_version", "n]", "l", strings.Repeat("p", 128), strings.Repeat("p", 129), "q\u0000q", "😀", "😁"}

// input makes the lines of an input.
func (g *generator) input() []string {
	for range 1 + g.IntN(5) {
		g.newStream()
	}
	for range g.IntN(80) {
		s := pick(g, g.streams...)
		switch p := g.IntN(100); {
		case !s.declared || p < 3:
			if s.declared && p < 2 && !s.closed {
				g.change(s)
			}
			g.declare(s)
		case p < 18:
			g.emitState()
		case p < 22:
			g.line(`{"type":"ACTIVATE_VERSION","stream":%s,"version":%d}`, quoted(s.name), s.version-int64(g.IntN(2)))
			s.version += int64(g.IntN(2))
		case p < 24:
			g.line(`{"type":"WHATEVER","x":1}`)
		default:
			g.emitRecord(s)
		}
	}
	if g.restart || g.chance(80) {
		g.emitState()
	}
	return g.lines
}

func (g *generator) line(format string, args ...any) {
	g.lines = append(g.lines, fmt.Sprintf(format, args...))
}

func (g *generator) emitState() {
	if g.quiet && !g.restart && g.chance(30) && g.states > 0 {
		g.line(`{"type":"STATE","value":{"at":%d}}`, g.states) // once more
		return
	}
	if !g.restart && g.chance(5) {
		g.line(`{"type":"STATE","value":{}}`)
		return
	}
	g.states++
	g.quiet = true
	g.line(`{"type":"STATE","value":{"at":%d}}`, g.states)
}

func quoted(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

func (g *generator) newStream() {
	s := &generated{name: pick(g, modelStreams...), version: 5, versioned: g.chance(50), schema: map[string]string{}}
	if slices.ContainsFunc(g.streams, func(o *generated) bool { return o.name == s.name }) {
		return
	}
	for i := range pick(g, 0, 1, 1, 1, 2, 3) {
		s.keys = append(s.keys, pick(g, "id", "ID", "order", "a.b/c~d", "é", "k\"")+[]string{"", "2", "3"}[i])
		s.keyTypes = append(s.keyTypes, pick(g, "integer", "string", "string", "number", "boolean", "mixed", "date-time", "date"))
	}
	g.streams = append(g.streams, s)
	g.change(s)
}

// change gives a stream another schema with the same keys.
func (g *generator) change(s *generated) {
	clear(s.schema)
	for i, k := range s.keys {
		s.schema[k] = map[string]string{
			"integer": `{"type":"integer"}`, "string": `{"type":"string"}`, "number": `{"type":["null","number"]}`, "boolean": `{"type":"boolean"}`,
			"mixed": `{"type":["integer","string"]}`, "date-time": `{"type":"string","format":"date-time"}`, "date": `{"type":["string"],"format":"date"}`,
		}[s.keyTypes[i]]
	}
	for range 1 + g.IntN(6) {
		if name := pick(g, modelProperties...); s.schema[name] == "" {
			s.schema[name] = g.anySchema(0)
		}
	}
	s.properties = slices.Sorted(maps.Keys(s.schema))
	g.Shuffle(len(s.properties), func(i, j int) { s.properties[i], s.properties[j] = s.properties[j], s.properties[i] })
	s.closed = !s.declared && g.chance(8)
}

func (g *generator) declare(s *generated) {
	s.declared = true
	var b strings.Builder
	for i, name := range s.properties {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoted(name) + ":" + s.schema[name])
	}
	closed := ""
	if s.closed {
		closed = `,"additionalProperties":false`
	}
	keys, _ := json.Marshal(append([]string{}, s.keys...))
	g.line(`{"type":"SCHEMA","stream":%s,"key_properties":%s,"schema":{"type":"object","properties":{%s}%s}}`, quoted(s.name), keys, b.String(), closed)
}

func (g *generator) anySchema(depth int) string {
	switch p := g.IntN(16); {
	case p < 2:
		return pick(g, `{"type":["null","string"]}`, `{"type":"string","maxLength":5}`, `{"type":["string","null"]}`)
	case p < 4:
		return pick(g, `{"type":["null","integer"]}`, `{"type":"integer"}`, `{"type":["integer","null"],"minimum":0,"maximum":18446744073709551615}`)
	case p < 6:
		return `{"type":["null","number"]}`
	case p == 6:
		return pick(g, `{"type":["null","boolean"]}`, `{"type":["boolean","string","null"]}`)
	case p == 7:
		return `{"type":["null","string"],"format":"date-time"}`
	case p == 8:
		return pick(g, `{"type":["null","string"],"format":"date"}`, `{"type":["null","string"],"format":"time"}`, `{"type":["null","string"],"format":"singer.decimal"}`)
	case p == 9:
		return pick(g, `{}`, `{"type":["integer","string","null"]}`, `{"type":["null","string","object","array"]}`, `{"anyOf":[{"type":"string","format":"date-time"},{"type":["string","null"]}]}`,
			`{"anyOf":[{"type":"null"},{"type":"integer"},{"type":"array","items":{"type":"string"}}]}`)
	case p < 13 && depth < 3:
		return `{"type":["null","array"],"items":` + g.anySchema(depth+1) + `}`
	case depth < 3:
		return fmt.Sprintf(`{"type":["null","object"],"properties":{%s:%s,"%c":%s}}`, quoted(pick(g, modelProperties...)), g.anySchema(depth+1), 'r'+g.IntN(3), g.anySchema(depth+1))
	}
	return `{"type":["null","array"]}`
}

func (g *generator) emitRecord(s *generated) {
	g.quiet = false
	var b strings.Builder
	b.WriteByte('{')
	add := func(name, value string) {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quoted(name) + ":" + value)
	}
	for _, name := range s.properties {
		if g.chance(4) { // stands twice
			add(name, g.anyValue(0))
		}
		if i := slices.Index(s.keys, name); i >= 0 {
			add(name, g.key(s.keyTypes[i]))
		} else if g.chance(85) {
			add(name, g.valueFor(s.schema[name], 0))
		}
	}
	for g.chance(12) {
		if name := pick(g, modelProperties...); s.schema[name] == "" && !slices.Contains(s.keys, name) && !strings.Contains(b.String(), quoted(name)) {
			add(name, g.anyValue(0))
		}
	}
	b.WriteByte('}')
	var more string
	if s.versioned && g.chance(90) {
		more = fmt.Sprintf(`,"version":%d`, s.version)
	}
	if g.chance(30) {
		more += pick(g, `,"time_extracted":"2026-01-02T03:04:05.123456Z"`, `,"time_extracted":"2026-01-02T03:04:05+05:30"`, `,"time_extracted":"sometimes"`)
	}
	g.line(`{"type":"RECORD","stream":%s%s,"record":%s}`, quoted(s.name), more, b.String())
}

func (g *generator) key(typ string) string {
	switch typ {
	case "integer":
		return pick(g, "0", "1", "2", "3", "4", "5", "1.0", "2e0", "-1", "9223372036854775807", "-0", "9223372036854775808")
	case "number":
		return pick(g, "0", "1", "0.1", "0.10", "1e-1", "1E+2", "100", "-0.5", "12345678901234567890.5")
	case "boolean":
		return pick(g, "true", "false")
	case "mixed":
		return pick(g, "1", `"1"`, `"one"`, "2", `"2 "`, `""`)
	case "date-time":
		return pick(g, `"2020-01-01T00:00:00Z"`, `"2020-01-01T00:00:00.0000001Z"`, `"2020-01-01T01:00:00+01:00"`, `"1999-12-31T23:59:59-11:30"`, `"2020-01-01"`, `"2020-01-01 02:00+0200"`, `"soon"`)
	case "date":
		return pick(g, `"2020-01-01"`, `"2020-02-29"`, `"0001-01-01"`, `"never"`)
	}
	if g.chance(4) {
		return quoted(strings.Repeat("k", pick(g, 257, 513, 4000)))
	}
	return pick(g, `"a"`, `"A"`, `"a "`, `"a  "`, `" a"`, `""`, `" "`, `"é"`, `"e\u0301"`, `"😀"`, `"😁"`, `"ß"`, `"ss"`, `"K"`, `"k"`, `"\u212a"`, `"a\"\r\n,"`, `"\t"`, `"ａ"`, `"1"`, `"1.0"`, `"ab\u00adc"`, `"abc"`)
}

// valueFor is a value that a schema allows, most of the time.
func (g *generator) valueFor(schema string, depth int) string {
	if g.chance(10) {
		return "null"
	}
	if g.chance(8) {
		return g.anyValue(depth)
	}
	var s struct {
		Type       any
		Format     string
		Properties map[string]json.RawMessage
		Items      json.RawMessage
		AnyOf      []json.RawMessage
	}
	json.Unmarshal([]byte(schema), &s)
	if len(s.AnyOf) > 0 {
		return g.valueFor(string(pick(g, s.AnyOf...)), depth)
	}
	types, _ := s.Type.([]any)
	if name, ok := s.Type.(string); ok {
		types = []any{name}
	}
	if len(types) == 0 {
		return g.anyValue(depth)
	}
	switch pick(g, types...) {
	case "integer":
		return g.integer()
	case "number":
		return g.number()
	case "boolean":
		return pick(g, "true", "false")
	case "string":
		return g.formatted(s.Format)
	case "array":
		if s.Items == nil {
			s.Items = json.RawMessage("{}")
		}
		return g.array(string(s.Items), depth)
	case "object":
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			for g.chance(80) {
				parts = append(parts, quoted(name)+":"+g.valueFor(string(s.Properties[name]), depth+1))
				if g.chance(90) { // else it stands twice
					break
				}
			}
		}
		if g.chance(10) {
			parts = append(parts, `"more":`+g.anyValue(depth+1))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "null"
}

func (g *generator) array(items string, depth int) string {
	var parts []string
	for range g.IntN(4) {
		parts = append(parts, g.valueFor(items, depth+1))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (g *generator) anyValue(depth int) string {
	n := 9
	if depth >= 3 {
		n = 6
	}
	switch g.IntN(n) {
	case 0:
		return g.integer()
	case 1:
		return g.number()
	case 2, 3:
		return g.formatted(pick(g, "", "", "date-time", "date"))
	case 4:
		return pick(g, "true", "false")
	case 5:
		return "null"
	case 6:
		return g.array("{}", depth)
	case 7:
		return `{"r":` + g.anyValue(depth+1) + `,"` + pick(g, "s t", "s t", "s t", "\\u0072", "r") + `":` + g.anyValue(depth+1) + `}`
	}
	return pick(g, "{}", "[]", "[[]]", "[[[1],[2,3]],[]]", `[{}]`, `[null]`, `[1,"x",{"_sdc_value":2}]`)
}

func (g *generator) integer() string {
	return pick(g, "0", "1", "-1", "42", "7.0", "1e3", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999999999999999999999", "1e37", "1e38",
		"123456789012345678901234567890123456789012345", "1000000000000000000", "-0")
}

func (g *generator) number() string {
	return pick(g, "0", "0.1", "1e-7", "-1.5", "1e-30", "1e-38", "1e-39", "123456789.123456789", "3.0", "1E5", "1e400", "1e-400", "0e999999", "12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678",
		"1234567890123456789012345678.5", "-0.0", "2.50", "1e25")
}

func (g *generator) formatted(format string) string {
	switch format {
	case "date-time":
		return pick(g, `"2020-01-02T03:04:05Z"`, `"2020-01-02T03:04:05.123456789Z"`, `"2020-01-02T03:04:05.1234567+14:00"`, `"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.9999999Z"`, `"10000-01-01T00:00:00Z"`,
			`"0001-01-01T00:00:00+01:00"`, `"2020-02-30T00:00:00Z"`, `"2016-12-31T23:59:60Z"`, `"2020-01-02t03:04:05z"`, `"2020-01-02T03:04:05-00:30"`, `""`, `"2020-01-02T24:00:00Z"`, `"2020-01-02T03:04:05.12345670Z"`,
			`"2020-01-02 03:04:05"`, `"2020-01-02T03:04:05+0100"`, `"2020-01-02 3:04 -0130"`, `"2020-01-02t03:04:05,25+02"`, `"2020-01-02"`, `"soon"`, `"2020-01-02T03:04:05+00:00Z"`)
	case "date":
		return pick(g, `"2020-01-02"`, `"0001-01-01"`, `"9999-12-31"`, `"2020-02-30"`, `"0000-01-01"`, `""`, `"2020-1-2"`)
	case "time":
		return pick(g, `"03:04:05Z"`, `"03:04:05.1234567Z"`, `"03:04:05+01:00"`, `"23:59:60Z"`, `"03:04:05"`, `"03:04:05.12345678Z"`, `"03:04:05.1+00:00"`, `"9:30:00"`, `"04:00"`, `"24:00:00"`, `""`, `"838:59:59"`)
	case "singer.decimal":
		return pick(g, `"1.50"`, `"-0"`, `"1e-5"`, `"abc"`, `""`, `" 1"`, `"NaN"`, `"99999999999999999999999999999999999999"`, `"0.01"`, `"+1"`, `"01"`, `".5"`, `"-7."`, `"1.2.3"`, `"."`)
	}
	if g.chance(8) {
		return quoted(strings.Repeat(pick(g, "x", "é", "😀", "\"", "\n"), pick(g, 127, 128, 129, 256, 257, 2048, 2049, 4001, 9000)))
	}
	return pick(g, `""`, `" "`, `"a"`, `"\ue000\ue001"`, `"A "`, `"NULL"`, `"null"`, `"a\"b"`, `"\r\n"`, `"line\nline\r"`, `"é"`, `"😀"`, `"\ud83d"`, `"a\u0000b"`, `"\\"`, `"\\N"`, `"'"`, `"''"`, `","`, `"\"\""`, `"\u2028"`, `"\ufeffx"`, `"trailing  "`, `"1"`, `"true"`, `"\u007f\u0001"`)
}
