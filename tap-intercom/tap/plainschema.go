package tap

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// A schema that others wrote may say more than the tap keeps to: limits, lists
// of values, required members, types without null. The SCHEMA that is sent says
// what the records hold to, no more: what was declared is brought down to types,
// times, properties, elements and lengths of texts.

// plainSchema returns a schema in these words. One that has no others stays as
// it is, byte for byte.
func plainSchema(raw jsontext.Value) (jsontext.Value, error) {
	if isPlain(raw, true) {
		return raw, nil
	}
	s, err := singer.ParseSchema(raw)
	if err != nil {
		return nil, err
	}
	plain := appendPlain(nil, s, true)
	if !jsontext.Value(plain).IsValid(lax...) {
		return nil, fmt.Errorf("read schema: no JSON comes of it")
	}
	return plain, nil
}

// annotations are keywords that say nothing of what is valid.
var annotations = []string{"title", "description", "contentMediaType", "selected", "inclusion"}

// isPlain reports whether a schema has nothing but words that the tap keeps to.
func isPlain(raw jsontext.Value, root bool) bool {
	members, err := membersOf(raw)
	if err != nil || raw.Kind() != '{' {
		return false
	}
	var n schemaNode
	if json.Unmarshal(raw, &n, lax...) != nil {
		return false
	}
	for _, m := range members {
		switch m.name {
		case "type":
			if !root && !slices.Contains(n.typeNames(), "null") {
				return false
			}
		case "format":
			if n.Format != "date-time" && n.Format != "date" {
				return false
			}
		case "properties":
			properties, err := membersOf(m.value)
			if err != nil || slices.ContainsFunc(properties, func(p member) bool { return !isPlain(p.value, false) }) {
				return false
			}
		case "items":
			if !isPlain(m.value, false) {
				return false
			}
		case "additionalProperties":
			if m.value.Kind() != 't' && m.value.Kind() != 'f' {
				return false
			}
		case "maxLength":
		default:
			if !slices.Contains(annotations, m.name) {
				return false
			}
		}
	}
	return len(n.Type) > 0 || (len(n.Properties) == 0 && n.Items == nil)
}

func appendPlain(b []byte, s *singer.Schema, root bool) []byte {
	b = append(b, '{')
	put := func(name string, value []byte) {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(append(append(b, appendName(nil, name)...), ':'), value...)
	}
	for _, name := range annotations {
		if found, err := pick(s.Raw, name); err == nil && len(found[0]) > 0 {
			put(name, found[0])
		}
	}
	types := []string{"object"} // a record is one
	if !root {
		if s.Any {
			return append(b, '}')
		}
		types = append([]string{"null"}, s.Types...)
	}
	names, _ := json.Marshal(types)
	put("type", names)
	if format := timeFormat(s); format != "" {
		put("format", appendName(nil, format))
	}
	if s.MaxLength > 0 {
		put("maxLength", fmt.Append(nil, s.MaxLength))
	}
	if s.HasProperties || root {
		properties := []byte{'{'}
		for _, p := range s.Properties {
			if len(properties) > 1 {
				properties = append(properties, ',')
			}
			properties = append(append(properties, appendName(nil, p.Name)...), ':')
			properties = appendPlain(properties, p.Schema, false)
		}
		put("properties", append(properties, '}'))
	}
	switch {
	case s.NoAdditional:
		put("additionalProperties", []byte("false"))
	case s.Additional != nil:
		put("additionalProperties", []byte("true"))
	}
	if s.Items != nil {
		put("items", appendPlain(nil, s.Items, false))
	}
	return append(b, '}')
}

// timeFormat is the format that every text a schema allows has.
func timeFormat(s *singer.Schema) string {
	if (s.Format != "date-time" && s.Format != "date") || !s.Allows("string") {
		return ""
	}
	for _, branch := range s.Union {
		if branch.Allows("string") && branch.Format != s.Format {
			return ""
		}
	}
	return s.Format
}
