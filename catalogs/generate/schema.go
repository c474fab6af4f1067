package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A schema is a JSON Schema of the kind that package catalogs holds.
type schema struct {
	description string   // ours, never Intercom's
	types       []string // without null, which is implied everywhere but at the root; none means any value
	format      string
	media       string // of a text that holds something else
	properties  []property
	free        bool // further properties may appear: a map with free keys
	items       *schema
}

type property struct {
	name   string
	schema *schema
}

// The constructors below are the vocabulary of the tables in streams.go and amendments.go.

func text() *schema     { return &schema{types: []string{"string"}} }
func integer() *schema  { return &schema{types: []string{"integer"}} }
func number() *schema   { return &schema{types: []string{"number"}} }
func boolean() *schema  { return &schema{types: []string{"boolean"}} }
func dateTime() *schema { return &schema{types: []string{"string"}, format: "date-time"} }
func jsonText() *schema { return &schema{types: []string{"string"}, media: "application/json"} }
func freeMap() *schema  { return &schema{types: []string{"object"}, free: true} }

func list(items *schema) *schema { return &schema{types: []string{"array"}, items: items} }

func object(properties ...property) *schema {
	return &schema{types: []string{"object"}, properties: properties}
}

func (s *schema) saying(description string) *schema {
	s.description = description
	return s
}

// property returns the place of the property called name, or -1.
func (s *schema) property(name string) int {
	return slices.IndexFunc(s.properties, func(p property) bool { return p.name == name })
}

// merge widens s so that it also describes what o describes: the union of an anyOf, the sum of an allOf.
func (s *schema) merge(o *schema) {
	if len(s.types) == 0 && len(s.properties) == 0 && !s.free {
		*s = *o
		return
	}
	if s.format != o.format {
		s.format = ""
	}
	for _, t := range o.types {
		if !slices.Contains(s.types, t) {
			s.types = append(s.types, t)
		}
	}
	if slices.Contains(s.types, "number") { // which every integer is
		s.types = slices.DeleteFunc(s.types, func(t string) bool { return t == "integer" })
	}
	s.free = s.free || o.free
	for _, p := range o.properties {
		if i := s.property(p.name); i >= 0 {
			s.properties[i].schema.merge(p.schema)
		} else {
			s.properties = append(s.properties, p)
		}
	}
	switch {
	case s.items == nil:
		s.items = o.items
	case o.items != nil:
		s.items.merge(o.items)
	}
}

// encode returns s as the root schema of a stream: an object that is never null, indented, with a newline at
// the end. Schemas without properties of their own take one line, so that a catalog reads as a list of fields.
func (s *schema) encode() []byte {
	var b bytes.Buffer
	s.write(&b, "", true)
	b.WriteByte('\n')
	return b.Bytes()
}

func (s *schema) write(b *bytes.Buffer, indent string, root bool) {
	b.WriteByte('{')
	sep := "" // what stands before the next keyword
	keyword := func(name string, value any) {
		b.WriteString(sep + quoted(name) + ": ")
		if value != nil {
			b.WriteString(quoted(value))
		}
		sep = ", "
		if root {
			sep = ",\n" + indent + "  "
		}
	}
	if root {
		sep = "\n" + indent + "  "
		keyword("type", "object")
	} else if len(s.types) > 0 {
		keyword("type", append([]string{"null"}, s.types...))
	}
	if s.format != "" {
		keyword("format", s.format)
	}
	if s.media != "" {
		keyword("contentMediaType", s.media)
	}
	if s.description != "" {
		keyword("description", s.description)
	}
	if s.free {
		keyword("additionalProperties", true)
	}
	if s.items != nil {
		keyword("items", nil)
		s.items.write(b, indent, false)
	}
	if len(s.properties) > 0 {
		inner := indent + "  "
		if root {
			inner += "  "
		}
		keyword("properties", nil)
		b.WriteByte('{')
		for i, p := range s.properties {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("\n" + inner + quoted(p.name) + ": ")
			p.schema.write(b, inner, false)
		}
		b.WriteString("\n" + inner[2:] + "}")
	}
	if root {
		b.WriteString("\n" + indent)
	}
	b.WriteByte('}')
}

// quoted returns v as JSON on one line, with a blank after each comma.
func quoted(v any) string {
	if l, ok := v.([]string); ok {
		parts := make([]string, len(l))
		for i, s := range l {
			parts[i] = quoted(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("generate: " + err.Error()) // strings and booleans only
	}
	return strings.TrimSuffix(b.String(), "\n")
}
