package target

import (
	"strings"
	"testing"
)

func TestTheOrderOfKeysIsNoneOfTheirs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	properties := `"a":{"type":"integer"},"b":{"type":"string"},"n":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}`
	h.load(schemaOf("t", `"a","b"`, properties), recordOf("t", `{"a":1,"b":"2","n":1,"l":[1]}`),
		schemaOf("t", `"b","a"`, properties), recordOf("t", `{"a":1,"b":"2","n":2,"l":[2]}`))
	h.want("SELECT a, b, n FROM raw.t", "1|2|2")
	h.load(schemaOf("t", `"b","a"`, properties), recordOf("t", `{"a":1,"b":"2","n":3,"l":[3]}`), recordOf("t", `{"a":2,"b":"2","n":4,"l":[4]}`))
	h.load(schemaOf("t", `"b","a","b"`, properties), recordOf("t", `{"a":1,"b":"2","n":5,"l":[5]}`))
	h.want("SELECT a, b, n FROM raw.t ORDER BY a", "1|2|5", "2|2|4")
	h.want("SELECT _sdc_source_key_a, _sdc_source_key_b, _sdc_value FROM raw.t__l ORDER BY 1", "1|2|5", "2|2|4")
}

func TestAKeyNamedTwiceIsOneKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schema := schemaOf("t", `"id","id"`, `"id":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}`)
	h.load(schema, recordOf("t", `{"id":1,"l":[1]}`))
	h.load(schema, recordOf("t", `{"id":1,"l":[2]}`))
	h.want("SELECT id FROM raw.t", "1")
	h.want("SELECT _sdc_source_key_id, _sdc_value FROM raw.t__l", "1|2")
}

func TestANumberInAKeyIsOneHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for key, want := range map[string][]string{
		`{"type":["string","number"]}`:           {"0", "1", "1.0", "1e-50", "1e0", "1e41", "2.5"}, // strings stay as they are
		`{"type":"number"}`:                      {"0.0", "1.0", "2.5"},
		`{"type":["integer","number"]}`:          {"0", "1", "2.5"},
		`{"type":["string","integer","number"]}`: {"0", "1", "1.0", "1e-50", "1e0", "1e41", "2.5"},
	} {
		h := newHouse(t)
		lines := []string{schemaOf("t", `"id"`, `"id":`+key)}
		for _, n := range []string{`1`, `1.0`, `1e0`, `0.1e1`, `10E-1`, `0`, `-0`, `0.0e5`, `2.5`, `25e-1`, `2.50`} {
			lines = append(lines, recordOf("t", `{"id":`+n+`}`))
		}
		if strings.Contains(key, "string") {
			for _, n := range []string{`"1"`, `"1.0"`, `"1e0"`, `1e41`, `100000000000000000000000000000000000000000`, `1e-50`, `0.1e-49`} {
				lines = append(lines, recordOf("t", `{"id":`+n+`}`))
			}
		}
		h.load(lines...)
		h.want("SELECT id FROM raw.t ORDER BY id", want...)
	}
}
