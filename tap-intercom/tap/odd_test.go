package tap

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// oddValues are put where anything may be declared. Their texts and numbers are
// found again wherever they are kept.
var oddValues = []string{
	`null`, `""`, `" "`, `"odd-text"`, `"7e7"`, `"-0"`, `"2026-13-45T99:00:00Z"`, `"0"`, `0`, `987654321`, `-98765.25`, `987654321987654321987654321`, `9.87654e300`,
	`true`, `false`, `[]`, `[[]]`, `[null]`, `["odd-text",987654321,{"odd_name":"odd-text"},[987654321]]`, `{}`, `{"":"odd-text"}`, `{"odd_name":{"odd_name":[987654321]}}`,
	`{"type":"list","data":["odd-text"]}`, `{"type":"odd.list","odds":[{"id":987654321}]}`, `{"type":"odd.list","rows":[{"id":987654321}],"data":[]}`,
	`{"id":{"odd_name":"odd-text"},"type":["odd-text"]}`, `{"type":"list","data":{"odd_name":987654321},"total_count":"odd-text"}`, `[{"data":["odd-text"]}]`,
}

// sample is a value as the API sends it where the schema has n: ids and times are
// numbers there.
func sample(n *schemaNode, name string) any {
	kinds := n.kinds()
	if len(kinds) == 0 {
		return "any"
	}
	switch kinds[0] {
	case instant, day:
		return 1734537546
	case integer, number:
		return 3
	case boolean:
		return true
	case object:
		o := map[string]any{}
		for name, p := range n.Properties {
			o[name] = sample(p, name)
		}
		return o
	case array:
		if n.Items == nil {
			return []any{}
		}
		return []any{sample(n.Items, ""), sample(n.Items, "")}
	}
	if strings.HasSuffix(name, "id") {
		return 12345
	}
	return "text"
}

// waysInto are the ways to all values within v: to a member by its name, to an
// element by its place.
func waysInto(v any, way []any) [][]any {
	var all [][]any
	if len(way) > 0 {
		all = append(all, slices.Clone(way))
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = append(all, waysInto(v[name], append(way, name))...)
		}
	case []any:
		if len(v) > 0 {
			all = append(all, waysInto(v[0], append(way, 0))...)
		}
	}
	return all
}

// with is a copy of v with another value at one place.
func with(v any, way []any, value any) any {
	if len(way) == 0 {
		return value
	}
	switch v := v.(type) {
	case map[string]any:
		v = maps.Clone(v)
		v[way[0].(string)] = with(v[way[0].(string)], way[1:], value)
		return v
	case []any:
		v = slices.Clone(v)
		v[way[0].(int)] = with(v[way[0].(int)], way[1:], value)
		return v
	}
	panic("no way")
}

// TestWhateverComesFitsTheSchemaAndIsKept puts odd values in every place of every
// stream, one after the other.
func TestWhateverComesFitsTheSchemaAndIsKept(t *testing.T) {
	t.Parallel()
	for _, asJSON := range []bool{false, true} {
		c, err := newCatalog(asJSON)
		if err == nil {
			err = addNamed(c, asJSON, "custom_objects__Thing")
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range c.Streams {
			s := streamNamed(e.TapStreamID)
			if asJSON && freeMaps[s.base()].field == "" {
				continue
			}
			for i := range e.Metadata { // lists that have a stream, too
				e.Metadata[i].SelectedByDefault = nil
			}
			if field := freeMaps[s.base()].field; field != "" && !asJSON {
				if err := typed(e, field, []jsontext.Value{
					jsontext.Value(`{"name":"plan","data_type":"string"}`), jsontext.Value(`{"name":"seats","data_type":"integer"}`), jsontext.Value(`{"name":"mrr","data_type":"float"}`),
					jsontext.Value(`{"name":"vip","data_type":"boolean"}`), jsontext.Value(`{"name":"since","data_type":"date"}`), jsontext.Value(`{"name":"files","data_type":"files"}`),
				}); err != nil {
					t.Fatal(err)
				}
			}
			t.Run(fmt.Sprint(e.TapStreamID, " as JSON ", asJSON), func(t *testing.T) {
				t.Parallel()
				o, err := newOutput(s, e, false)
				if err != nil {
					t.Fatal(err)
				}
				checkOdd(t, o)
			})
		}
	}
}

func checkOdd(t *testing.T, o *output) {
	t.Helper()
	var n schemaNode
	if err := json.Unmarshal(o.schema, &n); err != nil {
		t.Fatal(err)
	}
	whole := sample(&n, "").(map[string]any)
	delete(whole, extraField)
	lead := []string{} // what does not come with the item
	for _, name := range []string{o.ofID, o.ofTime, o.rowAs, o.liftAs, ordinalKey} {
		if _, has := whole[name]; has && !slices.Contains(lead, name) {
			lead = append(lead, name)
		}
	}
	if o.idAs != "" {
		whole["id"] = whole[o.idAs]
		delete(whole, o.idAs)
	}
	j := newJudge(t, o.schema)
	for i, way := range waysInto(whole, nil) {
		for k, odd := range oddValues {
			if (i+k)%few(1, 9) != 0 {
				continue
			}
			first := way[0].(string) // the others change nothing
			item := map[string]any{first: with(whole[first], way[1:], jsontext.Value(odd))}
			var leads []member
			for _, name := range lead {
				if item[name] == nil {
					item[name] = whole[name]
				}
				v, err := json.Marshal(item[name])
				if err != nil {
					t.Fatal(err)
				}
				leads = append(leads, member{name, v})
				delete(item, name)
			}
			raw, err := json.Marshal(item, json.Deterministic(true))
			if err != nil {
				t.Fatal(err)
			}
			record, err := o.transform.record(raw, o.idAs, leads...)
			if err != nil {
				t.Fatalf("%v is %s: %v", way, odd, err)
			}
			if err := j.validate(record); err != nil {
				t.Fatalf("%v is %s: %v\n%s", way, odd, err, record)
			}
			if problem := misplaced(o, record, way, odd); problem != "" {
				t.Fatalf("%v is %s: %s\n%s", way, odd, problem, record)
			}
		}
	}
	if len(o.transform.lost) > 0 {
		t.Errorf("lost %v", o.transform.lost)
	}
}

// misplaced says what is wrong with where an odd value has gone: it stands in its
// place in whatever form, or in _extra.
func misplaced(o *output, record jsontext.Value, way []any, odd string) string {
	for _, mark := range []string{"odd-text", "odd_name", "987654321"} {
		number := mark == "987654321" && !strings.HasPrefix(odd, "[") && !strings.HasPrefix(odd, "{") // may have become a time
		if is, want := strings.Count(string(record), mark), strings.Count(odd, mark); is < want && !number {
			return fmt.Sprintf("%s is there %d times, not %d", mark, is, want)
		}
	}
	var r map[string]any
	if err := json.Unmarshal(record, &r, lax...); err != nil {
		return err.Error()
	}
	var v any = r
	path := ""
	for i, step := range way {
		if step == "id" && i == 0 && o.idAs != "" {
			step = o.idAs
		}
		if i > 0 {
			path += "/"
		}
		switch step := step.(type) {
		case string:
			path += step
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			path += strconv.Itoa(step)
			l, _ := v.([]any)
			if step >= len(l) {
				return "the list is shorter"
			}
			v = l[step]
		}
	}
	if v != nil || odd == `null` {
		return ""
	}
	extra, _ := r[extraField].(map[string]any)
	for name := range extra {
		if name == path || strings.HasPrefix(name, path+"/") {
			return ""
		}
	}
	zero := strings.HasSuffix(path, "_assignee_id") && strings.Trim(odd, `"`) == "0"
	if zero || odd == `{}` { // nobody; a list of nothing
		return ""
	}
	return "it is neither in its place nor in " + extraField
}

// TestWhateverComesFitsTheSchemasOfOthersToo: such as say more than we do.
func TestWhateverComesFitsTheSchemasOfOthersToo(t *testing.T) {
	t.Parallel()
	for name, schema := range map[string]string{
		"a limit":                       `{"type":"integer","minimum":5,"maximum":7}`,
		"a list of values":              `{"enum":["a",1,null]}`,
		"one value":                     `{"const":3}`,
		"a long text":                   `{"type":"string","maxLength":3}`,
		"a format":                      `{"type":["null","string"],"format":"uuid"}`,
		"a time or text":                `{"anyOf":[{"type":"string","format":"date-time"},{"type":"string"}]}`,
		"a time or nothing":             `{"oneOf":[{"type":"string","format":"date-time"},{"type":"null"}]}`,
		"a time or number":              `{"type":["string","integer"],"format":"date-time"}`,
		"a day":                         `{"type":"string","format":"date"}`,
		"two kinds of numbers":          `{"type":["integer","number"]}`,
		"a number or truth":             `{"type":["boolean","integer","null"]}`,
		"an object or text":             `{"type":["object","string"],"properties":{"id":{"type":"string"}},"required":["id"],"additionalProperties":false}`,
		"an object or list":             `{"type":["object","array"],"properties":{"data":{"type":"array","items":{"type":"integer"}}},"items":{"type":"object","properties":{"id":{"type":"integer"}}}}`,
		"a list of anything":            `{"type":"array"}`,
		"a list of a kind each":         `{"type":"array","items":[{"type":"integer"},{"type":"string"}],"minItems":2}`,
		"an object of nothing":          `{"type":"object","properties":{},"additionalProperties":false}`,
		"an object of texts":            `{"type":"object","additionalProperties":{"type":"string"},"minProperties":1}`,
		"a definition":                  `{"$ref":"#/definitions/node"}`,
		"what is not something":         `{"not":{"type":"string"},"type":"integer"}`,
		"parts of a whole":              `{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}}},{"properties":{"b":{"type":"string","pattern":"^x"}}}]}`,
		"nothing":                       `{}`,
		"everything":                    `true`,
		"no type that there is":         `{"type":"date-time"}`,
		"a text of JSON":                `{"type":"string","contentMediaType":"application/json"}`,
		"members of something untold":   `{"properties":{"a":{"type":"integer"}}}`,
		"a list in a wrapping":          `{"type":"object","properties":{"type":{"type":"string"},"rows":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"}}}}}}`,
		"a list of lists":               `{"type":"array","items":{"type":"array","items":{"type":"string"}}}`,
		"a length that is none":         `{"type":"string","maxLength":"7"}`,
		"an object that holds its like": `{"$ref":"#/definitions/tree"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := given(t, "tags", `{"id":`+someText+`,"field":`+schema+`}`).Streams[0]
			e.Schema = append(e.Schema[:len(e.Schema)-1], `,"definitions":{"node":{"type":"object","properties":{"id":{"type":"integer"}}},"tree":{"type":"object","properties":{"below":{"$ref":"#/definitions/tree"},"id":{"type":"string"}}}}}`...)
			s := streamNamed("tags")
			if err := s.settle(e); err != nil {
				t.Fatal(err)
			}
			o, err := newOutput(s, e, true)
			if err != nil {
				t.Fatal(err)
			}
			checkOdd(t, o)
		})
	}
}
