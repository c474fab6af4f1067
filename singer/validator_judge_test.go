package singer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// These tests need the inside of a Validator: they hold the short way against
// the judge.

// disagreement returns what the two say of a record when they differ.
func disagreement(v *Validator, record []byte) string {
	if v.fast == nil {
		return ""
	}
	found := new(walker).record(v.fast, record)
	err := v.ask(record)
	switch {
	case found == valid && err != nil:
		return fmt.Sprintf("the short way says valid, jsonschema says %v", err)
	case found == invalid && err == nil:
		return "the short way says invalid, jsonschema says valid"
	}
	return ""
}

func FuzzValidatorAgreesWithJSONSchema(f *testing.F) {
	for _, schema := range seedSchemas {
		for _, record := range seedRecords {
			f.Add(schema, record)
		}
	}
	f.Fuzz(func(t *testing.T, schema, record string) {
		v, err := NewValidator(jsontext.Value(schema))
		if err != nil {
			return
		}
		if d := disagreement(v, []byte(record)); d != "" {
			t.Errorf("schema %s\nrecord %s\n%s", schema, record, d)
		}
	})
}

// seedSchemas have every keyword the short way knows, and some it does not.
var seedSchemas = []string{
	`{"type":"object","properties":{"a":{"type":["null","string"],"maxLength":3,"format":"date-time"}},"required":["a"]}`,
	`{"properties":{"a":{"type":"integer","minimum":-5,"exclusiveMaximum":10},"b":{"type":"number","multipleOf":0.01}},"additionalProperties":false}`,
	`{"properties":{"a":{"anyOf":[{"type":"string","format":"date-time"},{"type":["string","null"]}]},"b":{"oneOf":[{"type":"integer"},{"type":"number","minimum":2}]}}}`,
	`{"properties":{"a":{"type":"array","items":{"$ref":"#/definitions/r"},"maxItems":2,"minItems":1}},"definitions":{"r":{"type":["integer","array"],"items":{"$ref":"#/definitions/r"}}}}`,
	`{"properties":{"a":{"enum":["x",1,null,true,[1]]},"b":{"const":1.0}},"additionalProperties":{"type":"string"}}`,
	`{"allOf":[{"properties":{"a":{"type":"string"}}},{"required":["b"]}],"properties":{"b":{"not":{"type":"null"}}}}`,
	`{"properties":{"a":{"format":"date"},"b":{"format":"time","pattern":"^[0-9]"},"c":{"type":"object","minProperties":1}}}`,
	`{"properties":{"a":{"type":"date-time","maxLength":-1,"exclusiveMinimum":true,"minimum":0}}}`,
	`{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"minimum":1,"exclusiveMinimum":true}}}`,
	`{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"format":"date"}}}`,
	`{"properties":{"a":{"maximum":1e20000000,"multipleOf":3}}}`,
	`{"properties":{"a":{"oneOf":[{"format":"date"},{"format":"time"}],"anyOf":[{"type":"string"},{"type":"null"}]},"b":{"not":{"format":"email"}}}}`,
	`{"properties":{"a":{"contentEncoding":"base64","contentMediaType":"application/json"},"b":{"if":{"format":"date"},"then":{"maxLength":10},"else":{"type":"null"}}}}`,
	`{"properties":{"a":false,"b":true},"patternProperties":{"^x":{"type":"null"}}}`,
}

var seedRecords = []string{
	`{}`, `{"a":null,"b":null}`, `{"a":"2026-01-02T03:04:05Z","b":1.10}`, `{"a":"2026-02-30T03:04:05.5+01:00","b":"2"}`,
	`{"a":10,"b":0.105}`, `{"a":1e20000000,"b":1e-20000000}`, `{"a":-5.0,"b":1.0}`, `{"a":1,"a":"x","b":2}`, `{"a":"x","a":1}`,
	`{"a":[1,[2]],"b":[]}`, `{"a":[],"xy":null}`, `{"a":"\ud800\ud83d\ude00","b":"é"}`, `{"a":9223372036854775808,"b":"23:59:60Z"}`,
	`{"a":{"b":[1,2,{"c":null}]},"c":{}}`, `{"a":1`, `[]`, `{"a":1}{}`, `{"a":"` + strings.Repeat("x", 40) + `","b":true}`,
}

// TestValidatorAgreesWithJSONSchemaOnRandomOnes goes where the seeds do not
// lead: schemas and records drawn from the same few names and values, so that
// about half of the records are valid.
func TestValidatorAgreesWithJSONSchemaOnRandomOnes(t *testing.T) {
	t.Parallel()
	rounds := 80
	if testing.Short() {
		rounds = 20
	}
	r := rand.New(rand.NewPCG(1, 2))
	verdicts := map[verdict]int{}
	for range rounds {
		schema := randomSchema(r, 2)
		v, err := NewValidator(jsontext.Value(schema))
		if err != nil {
			t.Fatalf("schema %s: %v", schema, err)
		}
		for range 40 {
			record := randomValue(r, 2)
			if d := disagreement(v, []byte(record)); d != "" {
				t.Errorf("schema %s\nrecord %s\n%s", schema, record, d)
			}
			if v.fast != nil {
				verdicts[new(walker).record(v.fast, []byte(record))]++
			}
			plain, got := judgedPlainly(t, schema, record), v.Validate(jsontext.Value(record)) == nil
			if plain && !got || plain != got && !strings.Contains(schema, `"format"`) {
				t.Errorf("schema %s\nrecord %s\nValidate differs from jsonschema, which says valid is %v", schema, record, plain)
			}
			if !got && judgedPlainly(t, withoutFormats.ReplaceAllString(schema, ""), record) {
				t.Errorf("schema %s\nrecord %s\na format makes the record invalid", schema, record)
			}
		}
	}
	t.Logf("unsure %d, valid %d, invalid %d", verdicts[unsure], verdicts[valid], verdicts[invalid])
	if verdicts[valid] < rounds/10 {
		t.Errorf("only %d records were valid: the test says little", verdicts[valid])
	}
}

// withoutFormats finds the formats of a random schema.
var withoutFormats = regexp.MustCompile(`"format":"[^"]*",|,?"format":"[^"]*"`)

// judgedPlainly asks jsonschema as its documentation shows, past our code.
func judgedPlainly(t *testing.T, schema, record string) bool {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	if err := c.AddResource("schema.json", strings.NewReader(schema)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("schema %s: %v", schema, err)
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(record)))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("record %s: %v", record, err)
	}
	return s.Validate(doc) == nil
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// randomSchema draws a schema of a given depth.
func randomSchema(r *rand.Rand, depth int) string {
	var members []string
	add := func(chance float64, format string, args ...any) {
		if r.Float64() < chance {
			members = append(members, fmt.Sprintf(format, args...))
		}
	}
	add(0.6, `"type":%s`, pick(r, `"string"`, `"integer"`, `"number"`, `"null"`, `"boolean"`, `"object"`, `"array"`, `["null","string"]`, `["integer","string"]`, `["number","integer","null"]`, `["object","null"]`, `["array","object"]`))
	add(0.1, `"minimum":%s`, pick(r, "0", "1.5", "-2", "9223372036854775807"))
	add(0.1, `"maximum":%s`, pick(r, "0", "1", "1e2", "9223372036854775807"))
	add(0.05, `"exclusiveMinimum":%s`, pick(r, "0", "1"))
	add(0.05, `"exclusiveMaximum":%s`, pick(r, "1", "100"))
	add(0.1, `"multipleOf":%s`, pick(r, "0.01", "1", "3", "0.5", "1e-3"))
	add(0.1, `"maxLength":%d`, r.IntN(4))
	add(0.1, `"minLength":%d`, r.IntN(3))
	add(0.1, `"format":%s`, pick(r, `"date-time"`, `"date"`, `"time"`, `"uuid"`, `"singer.decimal"`, `"email"`))
	add(0.05, `"pattern":"^[a2]"`)
	add(0.1, `"enum":[%s,"zz"]`, randomValue(r, 1))
	add(0.05, `"const":%s`, randomValue(r, 1))
	add(0.05, `"minProperties":1`)
	add(0.1, `"maxItems":%d`, r.IntN(3))
	add(0.05, `"minItems":1`)
	add(0.03, `"uniqueItems":true`)
	if depth > 0 {
		sub := func() string { return randomSchema(r, depth-1) }
		add(0.6, `"properties":{"a":%s,"b":%s}`, sub(), sub())
		add(0.2, `"required":[%s]`, pick(r, `"a"`, `"b"`, `"a","c"`))
		add(0.2, `"additionalProperties":%s`, pick(r, "true", "false", sub()))
		add(0.2, `"items":%s`, sub())
		add(0.05, `"items":[%s]`, sub())
		add(0.1, `"anyOf":[%s,%s]`, sub(), sub())
		add(0.1, `"oneOf":[%s,%s]`, sub(), sub())
		add(0.1, `"allOf":[%s]`, sub())
		add(0.05, `"not":%s`, sub())
		add(0.05, `"if":%s,"then":%s`, sub(), sub())
		add(0.03, `"contains":%s`, sub())
		add(0.03, `"patternProperties":{"^b":%s}`, sub())
		add(0.03, `"dependencies":{"a":["b"]}`)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// randomValue draws a value of a given depth; objects may repeat a name.
func randomValue(r *rand.Rand, depth int) string {
	if depth > 0 && r.IntN(3) > 0 {
		n := r.IntN(4)
		parts := make([]string, n)
		if r.IntN(4) == 0 {
			for i := range parts {
				parts[i] = randomValue(r, depth-1)
			}
			return "[" + strings.Join(parts, ",") + "]"
		}
		for i := range parts {
			parts[i] = fmt.Sprintf(`%s:%s`, pick(r, `"a"`, `"b"`, `"c"`, `"\u0061"`, `"é"`), randomValue(r, depth-1))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return pick(r, "null", "true", "false", "0", "1", "-1", "1.0", "1.005", "2.50", "3e0", "15e-1", "100", "9223372036854775807", "9223372036854775808", "-0", "-0.0",
		`""`, `"a"`, `"ab"`, `"é😀"`, `"\u0061"`, `"\n"`, `"2026-01-02T03:04:05Z"`, `"2026-02-29T03:04:05Z"`, `"2024-02-29t23:59:60+00:00"`, `"2026-01-31"`, `"03:04:05.1-07:00"`, `"24:00:00Z"`,
		`"0b9f8a52-8a55-4f0e-9a4e-1c2d3e4f5a6b"`)
}

// TestNumbersAreJudgedAsFractions holds the short cuts for small numbers
// against big.Rat.
func TestNumbersAreJudgedAsFractions(t *testing.T) {
	t.Parallel()
	numbers := []string{"0", "-0", "-0.0", "0.5", "-0.5", "5", "5.0", "5.01", "-5", "-5.0", "-5.01", "4.99", "-4.99", "7", "0.07", "0.070", "0.075", "1e2", "1.5E-1", "-12e0",
		"999999999999999999", "-999999999999999999.5", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890.125"}
	for _, limit := range []string{"0", "5", "-5", "0.5", "0.01", "100", "7", "9223372036854775807", "1e-3", "0.03", "9223372036854775808"} {
		r, _ := new(big.Rat).SetString(limit)
		for _, number := range numbers {
			x, _ := new(big.Rat).SetString(number)
			if sign, ok := newBound(r).compare([]byte(number)); !ok || sign != x.Cmp(r) {
				t.Errorf("compare(%s, %s) = %d, %v; want %d", number, limit, sign, ok, x.Cmp(r))
			}
			if r.Sign() == 0 {
				continue
			}
			want := new(big.Rat).Quo(x, r).IsInt()
			if got, ok := newMultiple(r).divides([]byte(number)); !ok || got != want {
				t.Errorf("divides(%s, %s) = %v, %v; want %v", number, limit, got, ok, want)
			}
		}
	}
}
