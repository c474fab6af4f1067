package target

import (
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest"
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

func TestAKeyThatChangesItsTypeIsAdoptedWhereThatIsAsked(t *testing.T) {
	t.Parallel()
	schema := func(typ string) string {
		return schemaOf("a", `"id","b"`, `"id":{"type":`+typ+`},"b":{"type":"integer"},"v":{"type":["null","string"]},"l":{"type":"array","items":{"type":"integer"}}`)
	}
	first := []string{schema(`"integer"`), recordOf("a", `{"id":7,"b":1,"v":"x","l":[1]}`), recordOf("a", `{"id":-9223372036854775808,"b":1,"v":"x","l":[2]}`), state(1)}
	text := []string{schema(`"string"`), recordOf("a", `{"id":"7","b":1,"v":"y","l":[3]}`), recordOf("a", `{"id":"B-8","b":1,"v":"z","l":[4]}`), state(2)}
	for _, apart := range []bool{true, false} {
		h := newHouse(t)
		h.load(first...)
		for range 2 { // and so for ever
			o := h.fail(text...)
			if !strings.Contains(o.log, "line 2: stream a: /id: key property is a string; the column holds another type (on_key_change: adopt makes the column a number or text, or load into another default_target_schema)") {
				t.Errorf("log:\n%s", o.log)
			}
		}
		h.set["on_key_change"] = "adopt"
		if apart {
			h.load(text...)
		} else {
			h = newHouse(t)
			h.set["on_key_change"] = "adopt"
			h.load(append(first[:len(first):len(first)], text...)...)
		}
		for _, set := range []string{"adopt", "error"} { // once it is text, nobody has to ask any more
			h.set["on_key_change"] = set
			h.want("SELECT id, v FROM raw.a ORDER BY id", "-9223372036854775808|x", "7|y", "B-8|z")
			h.want("SELECT _sdc_source_key_id, _sdc_value FROM raw.a__l ORDER BY 1", "-9223372036854775808|2", "7|3", "B-8|4")
			h.load(text...)
			h.load(schema(`"integer"`), recordOf("a", `{"id":7,"b":1,"v":"y","l":[3]}`))
		}
		h.clean()
	}
}

func TestAnAdoptionOfAKeyMayBreakOffAnywhere(t *testing.T) {
	t.Parallel()
	schema := func(typ string) string {
		return schemaOf("a", `"id"`, `"id":{"type":`+typ+`},"l":{"type":"array","items":{"type":"integer"}}`)
	}
	for _, at := range []string{"RENAME OBJECT [raw].[a]", "CREATE TABLE [raw].[_sdc_new_*_a__l]", "RENAME OBJECT [raw].[_sdc_new_*_a__l]", "INSERT INTO [raw].[a__l]", "INSERT INTO [raw].[_sdc_columns]"} {
		h := newHouse(t)
		h.load(schema(`"integer"`), recordOf("a", `{"id":7,"l":[1]}`), recordOf("a", `{"id":8,"l":[2]}`))
		h.set["on_key_change"] = "adopt"
		begin, end, _ := strings.Cut(at, "*")
		h.pool.Fail(synapsetest.Fault{MatchFunc: func(s string) bool {
			_, rest, ok := strings.Cut(s, begin)
			return ok && strings.Contains(rest, end)
		}, Number: 2628})
		h.fail(schema(`"string"`), recordOf("a", `{"id":"7","l":[3]}`), recordOf("a", `{"id":"x","l":[4]}`))
		h.set["on_key_change"] = "error"
		if at == "INSERT INTO [raw].[_sdc_columns]" {
			h.load(schema(`"integer"`), recordOf("a", `{"id":8,"l":[2]}`))
		}
		h.set["on_key_change"] = "adopt"
		h.load(schema(`"string"`), recordOf("a", `{"id":"7","l":[3]}`), recordOf("a", `{"id":"x","l":[4]}`))
		h.want("SELECT id FROM raw.a ORDER BY id", "7", "8", "x")
		h.want("SELECT _sdc_source_key_id, _sdc_value FROM raw.a__l ORDER BY 1", "7|3", "8|2", "x|4")
	}
}

func TestIntegersAreAdoptedAsNumbers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["on_key_change"] = "adopt"
	h.load(schemaOf("a", `"id"`, `"id":{"type":"integer"},"v":{"type":"string"}`), recordOf("a", `{"id":7,"v":"x"}`), recordOf("a", `{"id":9223372036854775807,"v":"x"}`))
	h.load(schemaOf("a", `"id"`, `"id":{"type":"number"},"v":{"type":"string"}`), recordOf("a", `{"id":7.0,"v":"y"}`), recordOf("a", `{"id":7.25,"v":"z"}`))
	h.want("SELECT id, v FROM raw.a ORDER BY id", "7.00|y", "7.25|z", "9223372036854775807.00|x")
}

func TestAnotherKeyIsAdoptedWhereThatIsAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	properties := `"id":{"type":"integer"},"x":{"type":"string"},"v":{"type":"string"}`
	h.load(schemaOf("a", `"id"`, properties), recordOf("a", `{"id":1,"x":"a","v":"x"}`), recordOf("a", `{"id":2,"x":"a","v":"x"}`))
	both := []string{schemaOf("a", `"id","x"`, properties), recordOf("a", `{"id":1,"x":"a","v":"y"}`), recordOf("a", `{"id":1,"x":"A","v":"z"}`), state(1)}
	if o := h.fail(both...); !strings.Contains(o.log, `line 1: stream a: key_properties are ["id" "x"] but the table is keyed by ["id"] (on_key_change: adopt takes the new key; or send the old keys, or load into another default_target_schema)`) {
		t.Error(o.log)
	}
	h.set["on_key_change"] = "adopt"
	for range 2 {
		h.load(both...)
		h.want("SELECT id, x, v FROM raw.a ORDER BY id, x COLLATE Latin1_General_100_BIN2", "1|A|z", "1|a|y", "2|a|x")
		h.set["on_key_change"] = "error"
	}
	h.set["on_key_change"] = "adopt"
	h.load(schemaOf("a", `"id"`, properties), recordOf("a", `{"id":1,"x":"n","v":"n"}`))
	h.want("SELECT id, x, v FROM raw.a ORDER BY id", "1|n|n", "2|a|x")
	if o := h.fail(schemaOf("a", ``, properties)); !strings.Contains(o.log, "without a key no row would replace another") {
		t.Error(o.log)
	}
	h.load(schemaOf("b", `"id"`, `"id":{"type":"integer"},"l":{"type":"array"}`), recordOf("b", `{"id":1,"l":[1]}`))
	if o := h.fail(schemaOf("b", `"x"`, properties), recordOf("b", `{"x":"a"}`)); !strings.Contains(o.log, "child tables carry the key") {
		t.Error(o.log)
	}
}
