package singer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
)

// sketch draws a schema tree on one line.
func sketch(s *singer.Schema) string {
	if s == nil {
		return "-"
	}
	var b strings.Builder
	b.WriteString(strings.Join(s.Types, "|"))
	if s.Any {
		b.WriteString("any")
	} else if s.Nullable {
		b.WriteString("?")
	}
	if s.Format != "" {
		fmt.Fprintf(&b, "<%s>", s.Format)
	}
	for _, limit := range []struct{ op, text string }{{">=", s.Minimum}, {"<=", s.Maximum}, {">", s.ExclusiveMinimum}, {"<", s.ExclusiveMaximum}, {"%", s.MultipleOf}} {
		if limit.text != "" {
			b.WriteString(limit.op + limit.text)
		}
	}
	if s.MaxLength >= 0 {
		fmt.Fprintf(&b, "#%d", s.MaxLength)
	}
	if s.Recursive {
		b.WriteString("@")
	}
	if s.Folded {
		b.WriteString("^")
	}
	if s.HasProperties {
		var parts []string
		for _, p := range s.Properties {
			parts = append(parts, p.Name+":"+sketch(p.Schema))
		}
		b.WriteString("{" + strings.Join(parts, " ") + "}")
	}
	if s.Items != nil {
		b.WriteString("[" + sketch(s.Items) + "]")
	}
	return b.String()
}

func TestParseSchemaNormalises(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, schema, want string }{
		{"type as a string", `{"type":"string"}`, "string"},
		{"type as a list", `{"type":["null","integer","string"]}`, "integer|string?"},
		{"type null only", `{"type":"null"}`, "?"},
		{"no type", `{}`, "any"},
		{"boolean schema", `true`, "any"},
		{"a type that is none", `{"type":"date-time"}`, "any"},
		{"seven types", `{"type":["null","string","number","integer","boolean","object","array"]}`, "string|number|integer|boolean|object|array?"},
		{"types from enum", `{"enum":["a",1,null,2.5]}`, "string|integer|number?"},
		{"type from const", `{"const":true}`, "boolean"},
		{"limits", `{"type":"integer","minimum":-9223372036854775808,"maximum":18446744073709551615}`, "integer>=-9223372036854775808<=18446744073709551615"},
		{"exclusive limits of draft 4", `{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":false}`, "number<=9>0"},
		{"exclusive limits of draft 6", `{"type":"number","exclusiveMaximum":1e2,"multipleOf":0.01}`, "number<1e2%0.01"},
		{"a length beyond 32 bits", `{"type":"string","maxLength":4294967295}`, "string#4294967295"},
		{"properties in their order", `{"type":"object","properties":{"b":{"type":"string"},"a":{}}}`, "object{b:string a:any}"},
		{"object without properties", `{"type":["null","object"]}`, "object?"},
		{"array", `{"type":"array","items":{"type":"object","properties":{"x":{"type":"number"}}}}`, "array[object{x:number}]"},
		{"tuple", `{"type":"array","items":[{"type":"number"},{"type":"string"}]}`, "array[number|string]"},
		{"anyOf a time or a string", `{"anyOf":[{"type":"string","format":"date-time"},{"type":["string","null"]}]}`, "string?<date-time>"},
		{"anyOf with null keeps limits", `{"anyOf":[{"type":"number","multipleOf":0.01},{"type":"null"}]}`, "number?%0.01"},
		{"anyOf of two lengths has none", `{"anyOf":[{"type":"string","maxLength":3},{"type":"string","maxLength":9}]}`, "string"},
		{"oneOf object or string", `{"oneOf":[{"type":"string"},{"type":"object","properties":{"id":{"type":"integer"}}}]}`, "string|object{id:integer}"},
		{"oneOf with anything", `{"oneOf":[{"type":"string"},{}]}`, "any"},
		{"allOf merges", `{"allOf":[{"properties":{"a":{"type":"string"}}},{"type":"object","properties":{"b":{"type":"integer"},"a":{"maxLength":5}}}]}`, "object{a:string#5 b:integer}"},
		{"allOf narrows types", `{"type":["number","null"],"allOf":[{"type":["integer","string"]}]}`, "integer"},
		{"$ref", `{"properties":{"a":{"$ref":"#/definitions/a~1b%20c"}},"definitions":{"a/b c":{"type":["null","integer"]}}}`, "any{a:integer?}"},
		{"$ref through $ref", `{"properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"$ref":"#/$defs/y"},"y":{"type":"boolean"}}}`, "any{a:boolean}"},
		{"recursive definition of tap-postgres", `{"properties":{"tags":{"type":["null","array"],"items":{"$ref":"#/definitions/r"}}},"definitions":{"r":{"type":["null","integer","array"],"items":{"$ref":"#/definitions/r"}}}}`,
			"any{tags:array?[integer|array?[integer|array?@]]}"},
		{"recursion to the root", `{"type":"object","properties":{"child":{"$ref":"#"}}}`, "object{child:object@}"},
		{"a root that is itself", `{"$ref":"#"}`, "any@"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := singer.ParseSchema(jsontext.Value(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, sketch(s)); diff != "" {
				t.Errorf("ParseSchema(%s) (-want +got):\n%s", tt.schema, diff)
			}
		})
	}
}

func TestParseSchemaRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	doubling := `{"$ref":"#/definitions/d0","definitions":{"d40":{}`
	for i := range 40 {
		doubling += fmt.Sprintf(`,"d%d":{"anyOf":[{"$ref":"#/definitions/d%d"},{"not":{},"allOf":[{"$ref":"#/definitions/d%d"}]}]}`, i, i+1, i+1)
	}
	doubling += "}}"
	for in, want := range map[string]string{
		`{"type":`: "parse schema: invalid JSON",
		`{"properties":{"a":{"$ref":"#/definitions/x"}}}`: `parse schema: a: $ref "#/definitions/x": no such definition`,
		`{"$ref":"http://example.com/s.json"}`:            `leads out of the schema`,
		`{"$ref":"#name"}`:                                `no JSON pointer`,
		doubling:                                          "unfolds into too many parts",
	} {
		if _, err := singer.ParseSchema(jsontext.Value(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseSchema(%.60s) error = %.200v, want %q", in, err, want)
		}
	}
}

func TestSchemasOfVeryManyPartsAreFoldedFromTheWidestObject(t *testing.T) {
	t.Parallel()
	object := func(n int) string {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf(`"p%d":{"type":"integer"}`, i))
		}
		return `{"type":"object","properties":{` + strings.Join(parts, ",") + `}}`
	}
	doubling := `{"$ref":"#/definitions/d0","definitions":{"d40":{}`
	for i := range 40 {
		doubling += fmt.Sprintf(`,"d%d":{"type":"object","properties":{"a":{"$ref":"#/definitions/d%d"},"b":{"$ref":"#/definitions/d%d"}}}`, i, i+1, i+1)
	}
	doubling += "}}"
	small := object(2)
	for in, want := range map[string]string{
		`{"type":"object","properties":{"a":` + small + `,"wide":` + object(25_000) + `,"l":{"type":"array","items":` + small + `},"b":{"type":"string"}}}`: "object{a:object{p0:integer p1:integer} wide:object^{} l:array[object{p0:integer p1:integer}] b:string}",
		doubling: "object{a:object^{} b:object^{}}",
	} {
		s, err := singer.ParseSchema(jsontext.Value(in))
		if err != nil {
			t.Fatal(err)
		}
		if got := sketch(s); got != want {
			t.Errorf("ParseSchema(%.60s) = %.500s, want %s", in, got, want)
		}
	}
	s, err := singer.ParseSchema(jsontext.Value(object(30_000)))
	if err != nil || len(s.Properties) != 30_000 {
		t.Errorf("a root of 30,000 properties: %v", err)
	}
	s, err = singer.ParseFlatSchema(jsontext.Value(`{"type":"object","properties":{"a":` + small + `,"l":{"type":["null","array"],"items":{"type":"integer"}},"b":{"type":"string","format":"date"}}}`))
	if got, want := sketch(s), "object{a:object^{} l:array? b:string<date>}"; err != nil || got != want {
		t.Errorf("ParseFlatSchema = %s, %v, want %s", got, err, want)
	}
}
