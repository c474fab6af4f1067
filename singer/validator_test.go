package singer_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"intercomdw/singer"
)

func TestValidatorNamesTheField(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object","required":["id"],"additionalProperties":false,"properties":{
		"id":{"type":"integer"},"email":{"type":["null","string"],"maxLength":5},"at":{"type":"string","format":"date-time"},
		"a/b c":{"type":"object","properties":{"n":{"type":"array","items":{"type":"number"}}}},
		"u":{"anyOf":[{"type":"string"},{"type":"null"}]},"seven":{"type":"number","multipleOf":7}}}`
	v, err := singer.NewValidator(jsontext.Value(schema))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ record, want string }{
		{`{"id":1}`, ""},
		{`{"id":1.0,"email":"héllo","at":"2026-01-02T03:04:05.123456Z","a/b c":{"n":[1,2.5]},"u":null}`, ""},
		{`{"id":9223372036854775808}`, ""},
		{`{"id":"x","id":1}`, ""}, // of two alike the last counts
		{`{"id":1e20000000}`, ""}, // panics in jsonschema v5 when not guarded
		{`{"id":1.5e20000000}`, ""},
		{`{"id":1e-20000000}`, "/id: expected integer, but got number"},
		{`{"id":1,"seven":1e400}`, "/seven: 1e400 not multipleOf 7"},
		{`{"id":"1"}`, "/id: expected integer, but got string"},
		{`{"id":1,"email":5}`, "/email: expected null or string, but got number"},
		{`{"id":1,"email":"hellö!"}`, "/email: length must be <= 5, but got 6"},
		{`{"id":1,"at":"yesterday"}`, ""}, // a format judges nothing
		{`{"id":1,"a/b c":{"n":[1,"x"]}}`, "/a~1b c/n/1: expected number, but got string"},
		{`{"id":1,"u":7}`, "/u: expected null, but got number, or expected string, but got number"},
		{`{}`, "missing properties: 'id'"},
		{`{"id":1,"y":1,"x":2}`, "additionalProperties 'x', 'y' not allowed"},
		{`{"id":"1","email":5,"at":1}`, "/at: expected string, but got number (and 2 more)"},
		{`[]`, "expected object, but got array"},
		{`{"id":1`, "invalid JSON: "},
		{`{"id":1} {}`, "invalid JSON: "},
		{``, "invalid JSON: "},
	}
	for _, tt := range tests {
		err := v.Validate(jsontext.Value(tt.record))
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("Validate(%s) = %v, want nil", tt.record, err)
		case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
			t.Errorf("Validate(%s) = %v, want %s", tt.record, err, tt.want)
		}
		if _, ok := errors.AsType[*singer.InputError](err); err != nil && !ok {
			t.Errorf("Validate(%s) error is a %T", tt.record, err)
		}
	}
}

func TestValidatorTakesSchemasAsTapsSendThem(t *testing.T) {
	t.Parallel()
	tests := []struct{ schema, good, bad string }{
		{`{"properties":{"a":{"type":"date-time"},"b":{"type":"string"}}}`, `{"a":5,"b":"x"}`, `{"b":5}`},
		{`{"properties":{"a":{"type":"string","required":true}}}`, `{}`, `{"a":1}`},
		{`{"properties":{"a":{"type":"number","minimum":0,"exclusiveMinimum":true}}}`, `{"a":0.1}`, `{"a":0}`},
		{`{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"type":"number","minimum":0,"exclusiveMinimum":true}}}`, `{"a":0.1}`, `{"a":0}`},
		{`{"properties":{"a":{"type":"integer","maximum":1e20000000}}}`, `{"a":1}`, `{"a":"1"}`},
		{`{"properties":{"a":{"type":"string","pattern":"(?=x)"}}}`, `{"a":"y"}`, `{"a":1}`},
		{`{"properties":{"a":{"type":"string","format":"singer.decimal"}}}`, `{"a":"1.5"}`, `{"a":1.5}`},
		{`{"properties":{"a":{"type":["null","array"],"items":{"$ref":"#/definitions/r"}}},"definitions":{"r":{"type":["null","integer","array"],"items":{"$ref":"#/definitions/r"}}}}`, `{"a":[[[1,null]],2]}`, `{"a":[[["x"]]]}`},
		{`{"selected":true,"properties":{"a":{"selected":"maybe","enum":"x","type":["string","string"]}}}`, `{"a":1}`, ``},
		{`{"type":"object","properties":{"a":{"maxLength":4294967295,"type":"string"}}}`, `{"a":"x"}`, `{"a":null}`},
		{`{"properties":{"a":{"enum":[1,1.0,"x",[2],[2.0]]}}}`, `{"a":1}`, `{"a":2}`},
		{`{"properties":null,"items":7,"allOf":[],"anyOf":[{"type":"object"}]}`, `{"a":1}`, `[]`},
	}
	for _, tt := range tests {
		v, err := singer.NewValidator(jsontext.Value(tt.schema))
		if err != nil {
			t.Errorf("NewValidator(%s): %v", tt.schema, err)
			continue
		}
		if err := v.Validate(jsontext.Value(tt.good)); err != nil {
			t.Errorf("schema %s: %s: %v", tt.schema, tt.good, err)
		}
		if tt.bad != "" && v.Validate(jsontext.Value(tt.bad)) == nil {
			t.Errorf("schema %s: %s passed", tt.schema, tt.bad)
		}
	}
}

// TestNoFormatRefusesARecord holds strings that are to the letter of no format against every format that jsonschema knows, and some it does not,
// wherever a format may stand in a schema and under every draft.
func TestNoFormatRefusesARecord(t *testing.T) {
	t.Parallel()
	formats := []string{"singer.decimal", "binary", "no such format"}
	for name := range jsonschema.Formats {
		formats = append(formats, name)
	}
	places := []struct{ schema, record string }{
		{`{"properties":{"a":{"type":["null","string"],"format":F}}}`, `{"a":V}`},
		{`{"properties":{"a":{"anyOf":[{"type":"string","format":F},{"type":"null"}]}}}`, `{"a":V}`},
		{`{"properties":{"a":{"oneOf":[{"type":"string","format":F},{"type":"null"}]}}}`, `{"a":V}`},
		{`{"properties":{"a":{"oneOf":[{"type":"string","format":F},{"type":"string"}]}}}`, `{"a":V}`},
		{`{"properties":{"a":{"oneOf":[{"type":"string","format":F},{"type":"string","format":"date"}],"anyOf":[{"type":"string"}]}}}`, `{"a":V}`},
		{`{"properties":{"a":{"allOf":[{"type":"string"},{"format":F}]}}}`, `{"a":V}`},
		{`{"properties":{"a":{"not":{"format":F}}}}`, `{"a":V}`},
		{`{"properties":{"a":{"if":{"format":F},"then":{"maxLength":0},"else":{"maxLength":0}}}}`, `{"a":V}`},
		{`{"properties":{"a":{"$ref":"#/definitions/x"}},"definitions":{"x":{"oneOf":[{"$ref":"#/definitions/y"},{"type":"string"}]},"y":{"format":F}}}`, `{"a":V}`},
		{`{"properties":{"a":{"type":"array","items":{"format":F}}}}`, `{"a":[V]}`},
		{`{"properties":{"a":{"contains":{"format":F},"uniqueItems":true}}}`, `{"a":[V]}`},
		{`{"patternProperties":{"^a":{"format":F}}}`, `{"a":V}`},
		{`{"additionalProperties":{"format":F}}`, `{"a":V}`},
		{`{"propertyNames":{"format":F}}`, `{V:1}`},
		{`{"dependencies":{"a":{"properties":{"a":{"format":F}}}}}`, `{"a":V}`},
		{`{"properties":{"a":{"type":"string","contentEncoding":"base64","contentMediaType":"application/json","format":F}}}`, `{"a":V}`},
		{`{"properties":{"a":{"type":"string","format":F},"b":{"type":"date-time"}}}`, `{"a":V}`}, // compiled at the second attempt
	}
	drafts := []string{"", `"$schema":"http://json-schema.org/draft-04/schema#",`, `"$schema":"http://json-schema.org/draft-06/schema#",`,
		`"$schema":"http://json-schema.org/draft-07/schema#",`, `"$schema":"https://json-schema.org/draft/2019-09/schema",`, `"$schema":"https://json-schema.org/draft/2020-12/schema",`}
	for _, draft := range drafts {
		for _, place := range places {
			for _, format := range formats {
				schema := "{" + draft + strings.ReplaceAll(place.schema, "F", fmt.Sprintf("%q", format))[1:]
				v, err := singer.NewValidator(jsontext.Value(schema))
				if err != nil {
					t.Fatalf("NewValidator(%s): %v", schema, err)
				}
				for _, value := range []string{`""`, `"no \"such\" %zz [thing\u0000"`, `"9:30:00"`, `"2020-10-01 04:59:49"`, `"2020-10-01T04:59:49+0100"`} {
					record := strings.ReplaceAll(place.record, "V", value)
					if err := v.Validate(jsontext.Value(record)); err != nil {
						t.Errorf("schema %s\nrecord %s: %v", schema, record, err)
					}
				}
			}
		}
	}
}

func TestNewValidatorRefusesReferencesItCannotFollow(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]string{
		`{"properties":{"a":{"$ref":"#/definitions/x"}}}`:    `#/definitions/x not found`,
		`{"properties":{"a":{"$ref":"file:///etc/passwd"}}}`: `$ref "file:///etc/passwd" leads out of the schema`,
		`{"properties":{"a":{"$ref":"http://x.test/s"}}}`:    `$ref "http://x.test/s" leads out of the schema`,
		`{"$ref":"#"}`:    `infinite loop`,
		`{"properties":{`: `compile schema: `,
		``:                `compile schema: unexpected EOF`,
	} {
		if _, err := singer.NewValidator(jsontext.Value(schema)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewValidator(%s) error = %v, want %q", schema, err, want)
		}
	}
}

func TestValidatorDoesNotSpendSecondsOnAHugeExponent(t *testing.T) {
	t.Parallel()
	v, err := singer.NewValidator(jsontext.Value(`{"properties":{"a":{"type":"integer","maximum":5,"multipleOf":2,"not":{"const":1}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for range 100 {
		if err := v.Validate(jsontext.Value(`{"a":1e1000000}`)); err == nil {
			t.Fatal("a number above the maximum passed")
		}
	}
	if took := time.Since(start); took > time.Second { // unguarded it is some 3 s
		t.Errorf("100 records took %v", took)
	}
}

func TestValidatorIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	v, err := singer.NewValidator(jsontext.Value(`{"properties":{"id":{"type":"integer"},"t":{"type":"array","items":{"anyOf":[{"type":"object","properties":{"x":{"type":"string"}}},{"type":"null"}]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				good := fmt.Sprintf(`{"id":%d,"t":[null,{"x":"\u00e9"}]}`, i*j)
				bad := fmt.Sprintf(`{"id":"%d","t":[{"x":1}]}`, i*j)
				if err := v.Validate(jsontext.Value(good)); err != nil {
					t.Errorf("%s: %v", good, err)
				}
				if v.Validate(jsontext.Value(bad)) == nil {
					t.Errorf("%s passed", bad)
				}
			}
		})
	}
	wg.Wait()
}
