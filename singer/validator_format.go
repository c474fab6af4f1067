package singer

import "github.com/santhosh-tekuri/jsonschema/v5"

// A format describes a string and judges none: JSON Schema calls it an
// annotation unless an application asks for more
// (https://json-schema.org/draft/2020-12/json-schema-validation#section-7),
// and sources hold addresses, times and links that are not to the letter. Whoever
// makes a column of the value looks at it then. Encoding and type of a string's
// content are the same kind of word, in all drafts.
//
// jsonschema asserts both up to draft 7.

// describeOnly has a compiler assert no format and no content.
func describeOnly(c *jsonschema.Compiler) {
	for name := range jsonschema.Formats {
		c.Formats[name] = func(any) bool { return true }
	}
	for name := range jsonschema.Decoders {
		c.Decoders[name] = func(string) ([]byte, error) { return nil, nil }
	}
	for name := range jsonschema.MediaTypes {
		c.MediaTypes[name] = func([]byte) error { return nil }
	}
}

// forgive takes out of a compiled schema what would refuse a value because a
// format somewhere below refuses nothing any more. Of "one of: a date, a
// date-time" both hold now, and of "no email" none; so one becomes any, and what
// must not hold, and what else depends on it, says nothing.
func forgive(root *jsonschema.Schema) {
	for s := range describing(root) {
		if len(s.OneOf) > 0 {
			if len(s.AnyOf) > 0 {
				s.AllOf = append(s.AllOf, anyOf(s))
			}
			s.AnyOf, s.OneOf = s.OneOf, nil
		}
		s.Not, s.If, s.Then, s.Else = nil, nil, nil, nil
		s.MaxContains = -1
	}
}

// anyOf is a schema that says nothing but what anyOf of another says.
func anyOf(s *jsonschema.Schema) *jsonschema.Schema {
	alone := *jsonschema.MustCompileString(schemaURL, "{}")
	alone.Draft, alone.AnyOf = s.Draft, s.AnyOf
	return &alone
}

// describing are the schemas with a format in them, however deep.
func describing(root *jsonschema.Schema) map[*jsonschema.Schema]bool {
	parents := map[*jsonschema.Schema][]*jsonschema.Schema{root: nil}
	found := map[*jsonschema.Schema]bool{}
	todo := []*jsonschema.Schema{root}
	var above []*jsonschema.Schema
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s.Format != "" || s.ContentEncoding != "" || s.ContentMediaType != "" {
			above = append(above, s)
		}
		for child := range subschemas(s) {
			if _, seen := parents[child]; !seen {
				todo = append(todo, child)
			}
			parents[child] = append(parents[child], s)
		}
	}
	for len(above) > 0 {
		s := above[len(above)-1]
		above = above[:len(above)-1]
		if !found[s] {
			found[s] = true
			above = append(above, parents[s]...)
		}
	}
	return found
}

// subschemas visits the schemas directly below one.
func subschemas(s *jsonschema.Schema) func(yield func(*jsonschema.Schema) bool) {
	list := []*jsonschema.Schema{s.Ref, s.RecursiveRef, s.DynamicRef, s.Not, s.If, s.Then, s.Else, s.PropertyNames,
		s.UnevaluatedProperties, s.Items2020, s.Contains, s.UnevaluatedItems}
	for _, more := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems} {
		list = append(list, more...)
	}
	for _, child := range s.Properties {
		list = append(list, child)
	}
	for _, child := range s.PatternProperties {
		list = append(list, child)
	}
	for _, child := range s.DependentSchemas {
		list = append(list, child)
	}
	for _, v := range s.Dependencies {
		child, _ := v.(*jsonschema.Schema)
		list = append(list, child)
	}
	for _, v := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		switch v := v.(type) {
		case *jsonschema.Schema:
			list = append(list, v)
		case []*jsonschema.Schema:
			list = append(list, v...)
		}
	}
	return func(yield func(*jsonschema.Schema) bool) {
		for _, child := range list {
			if child != nil && !yield(child) {
				return
			}
		}
	}
}
