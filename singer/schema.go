package singer

import (
	"regexp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Schema is what a JSON Schema says about a value, brought into a form a
// target can make columns from. It is a finite tree: $ref is resolved, allOf is
// merged, anyOf and oneOf become the union of what their branches allow, and
// where a definition refers to itself the tree ends in a leaf with Recursive set.
//
// It describes more than the JSON Schema allows, never less: it is for typing,
// not for validation (see [Validator]). Nothing in it limits what a record may
// hold; taps are known to declare maxLength 16 and send longer strings.
type Schema struct {
	// Types are the JSON types allowed, without "null", in the order they are
	// declared: string, number, integer, boolean, object, array. When Any is
	// set there are none.
	Types []string

	// Any reports that nothing is said of the type, be there properties or not.
	Any bool

	// Nullable reports whether null is allowed: by name, or because anything is.
	Nullable bool

	// Format is the format of a string: date-time, date, time, singer.decimal, …
	// In a union it is the first one any branch names, so a value need not
	// have it.
	Format string

	// Properties are those of an object, in the order they are declared.
	Properties []Property

	// HasProperties reports whether properties were declared, be they none.
	HasProperties bool

	// Required names the properties an object must have.
	Required []string

	// Additional describes properties that are not declared. Nil means that
	// additionalProperties was not given or is false; see NoAdditional.
	Additional *Schema

	// Patterns describe properties by their names, in the order they are
	// declared. Patterns that are no regular expressions are left out.
	Patterns []Pattern

	// NoAdditional reports whether additionalProperties is false.
	NoAdditional bool

	// Items describes the elements of an array; nil when they are not described.
	Items *Schema

	// Limits as they are declared. Numbers are kept as text; "" means none.
	Minimum, Maximum                   string
	ExclusiveMinimum, ExclusiveMaximum string
	MultipleOf                         string
	MinLength, MaxLength               int64 // -1 means none

	// Union holds the branches of anyOf or oneOf, for who wants to choose.
	Union []*Schema

	// Recursive marks a leaf that stands for a definition within itself. Its
	// types are those of the definition, its properties and items are left out.
	Recursive bool

	// Folded marks an object whose properties, patterns and items are left out
	// because the whole schema has too many parts.
	Folded bool

	// Raw is the schema as given; its $refs are relative to the root.
	Raw jsontext.Value
}

// Property is a named property of an object.
type Property struct {
	Name   string
	Schema *Schema
}

// Pattern is what patternProperties says of properties whose names match.
type Pattern struct {
	Name   *regexp.Regexp
	Schema *Schema
}

// Undeclared returns the schema of a property that is not declared by name:
// what a pattern says, or else additionalProperties. Nil means that nothing is said,
// or that there may be none; see NoAdditional.
func (s *Schema) Undeclared(name string) *Schema {
	for _, p := range s.Patterns {
		if p.Name.MatchString(name) {
			return p.Schema
		}
	}
	return s.Additional
}

// Property returns the schema of a property, nil when it is not declared.
func (s *Schema) Property(name string) *Schema {
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			return s.Properties[i].Schema
		}
	}
	return nil
}

// Allows reports whether values of a JSON type are allowed; "integer" is
// allowed where "number" is.
func (s *Schema) Allows(typ string) bool {
	if typ == "null" {
		return s.Nullable
	}
	return s.Any || slices.Contains(s.Types, typ) ||
		typ == "integer" && slices.Contains(s.Types, "number")
}

// emptySchema returns the schema that allows anything.
func emptySchema(raw jsontext.Value) *Schema {
	return &Schema{Any: true, Nullable: true, MinLength: -1, MaxLength: -1, Raw: raw}
}
