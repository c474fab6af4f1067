package singer

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// typesOf reads the keyword type: a name or a list of names. Names that are
// no JSON type say nothing ("date-time" has been seen there).
func typesOf(v jsontext.Value) []string {
	var names []string
	switch v.Kind() {
	case jsontext.KindString:
		name, _ := textOf(v)
		names = []string{name}
	case jsontext.KindBeginArray:
		for _, e := range elements(v) {
			if name, err := textOf(e); err == nil {
				names = append(names, name)
			}
		}
	}
	var types []string
	for _, name := range names {
		if !isType(name) {
			return nil // one that is not understood may stand for anything
		}
		if !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	return types
}

func isType(name string) bool {
	switch name {
	case "null", "boolean", "integer", "number", "string", "object", "array":
		return true
	}
	return false
}

// typesOfValues gives the types of the values in enum and const, for schemas
// that name no type.
func typesOfValues(enum, constant jsontext.Value) []string {
	values := elements(enum)
	if len(constant) > 0 {
		values = append(values, constant)
	}
	var types []string
	for _, v := range values {
		name := kindName(v.Kind())
		if name == "number" {
			if _, err := integerOf(v); err == nil {
				name = "integer"
			}
		}
		if !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	return types
}

// setTypes sets Types and Nullable from names that may hold "null".
func (s *Schema) setTypes(names []string) {
	if len(names) == 0 {
		s.Types, s.Any, s.Nullable = nil, true, true
		return
	}
	s.Any = false
	s.Nullable = slices.Contains(names, "null")
	s.Types = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "null" })
}

func (s *Schema) setProperty(name string, child *Schema) {
	for i := range s.Properties {
		if s.Properties[i].Name == name {
			s.Properties[i].Schema = child
			return
		}
	}
	s.Properties = append(s.Properties, Property{name, child})
}

// copy returns a copy whose lists may be changed.
func (s *Schema) copy() *Schema {
	c := *s
	c.Types = slices.Clone(s.Types)
	c.Properties = slices.Clone(s.Properties)
	return &c
}

// narrow adds what t says to s, as allOf does: both hold. Where they cannot
// both hold, the wider reading is kept, as the schema is not for validation.
func (s *Schema) narrow(t *Schema) {
	switch {
	case t.Any:
	case s.Any:
		s.Types, s.Any, s.Nullable = t.Types, false, t.Nullable
	default:
		s.Nullable = s.Nullable && t.Nullable
		var both []string
		for _, name := range s.Types {
			switch {
			case t.Allows(name):
				both = append(both, name)
			case name == "number" && slices.Contains(t.Types, "integer"):
				both = append(both, "integer")
			}
		}
		if len(both) > 0 {
			s.Types = both
		}
	}
	s.describe(t)
	s.tighten(t)
	for _, p := range t.Properties {
		if have := s.Property(p.Name); have != nil {
			merged := have.copy()
			merged.narrow(p.Schema)
			s.setProperty(p.Name, merged)
		} else {
			s.setProperty(p.Name, p.Schema)
		}
	}
	for _, name := range t.Required {
		if !slices.Contains(s.Required, name) {
			s.Required = append(s.Required, name)
		}
	}
	s.NoAdditional = s.NoAdditional || t.NoAdditional
}

// widen makes s allow what t allows too, as anyOf does: one of them holds.
func (s *Schema) widen(t *Schema) {
	s.loosen(t)
	if s.Any || t.Any {
		s.Types, s.Any, s.Nullable = nil, true, true
	} else {
		s.Nullable = s.Nullable || t.Nullable
		for _, name := range t.Types {
			if !slices.Contains(s.Types, name) {
				s.Types = append(s.Types, name)
			}
		}
	}
	for _, p := range t.Properties {
		if have := s.Property(p.Name); have != nil {
			merged := have.copy()
			merged.widen(p.Schema)
			s.setProperty(p.Name, merged)
		} else {
			s.setProperty(p.Name, p.Schema)
		}
	}
	s.Required = slices.DeleteFunc(slices.Clone(s.Required), func(name string) bool { return !slices.Contains(t.Required, name) })
	s.NoAdditional = s.NoAdditional && t.NoAdditional
	s.describe(t)
}

// tighten takes the limits of t that s has not.
func (s *Schema) tighten(t *Schema) {
	s.Minimum, s.Maximum = first(s.Minimum, t.Minimum), first(s.Maximum, t.Maximum)
	s.ExclusiveMinimum, s.ExclusiveMaximum = first(s.ExclusiveMinimum, t.ExclusiveMinimum), first(s.ExclusiveMaximum, t.ExclusiveMaximum)
	s.MultipleOf = first(s.MultipleOf, t.MultipleOf)
	if s.MinLength < 0 {
		s.MinLength = t.MinLength
	}
	if s.MaxLength < 0 {
		s.MaxLength = t.MaxLength
	}
}

// loosen drops the limits that only one branch of a union has, where the
// other branch allows the kind of value they limit: a branch for null alone
// takes no limit off a number.
func (s *Schema) loosen(t *Schema) {
	limits := *s
	if t.Allows("integer") {
		limits.Minimum, limits.Maximum = same(s.Minimum, t.Minimum), same(s.Maximum, t.Maximum)
		limits.ExclusiveMinimum = same(s.ExclusiveMinimum, t.ExclusiveMinimum)
		limits.ExclusiveMaximum = same(s.ExclusiveMaximum, t.ExclusiveMaximum)
		limits.MultipleOf = same(s.MultipleOf, t.MultipleOf)
		if !s.Allows("integer") {
			limits.Minimum, limits.Maximum = t.Minimum, t.Maximum
			limits.ExclusiveMinimum, limits.ExclusiveMaximum = t.ExclusiveMinimum, t.ExclusiveMaximum
			limits.MultipleOf = t.MultipleOf
		}
	}
	if t.Allows("string") {
		switch {
		case !s.Allows("string"):
			limits.MinLength, limits.MaxLength = t.MinLength, t.MaxLength
		default:
			if s.MinLength != t.MinLength {
				limits.MinLength = -1
			}
			if s.MaxLength != t.MaxLength {
				limits.MaxLength = -1
			}
		}
	}
	*s = limits
}

// describe takes from t what s does not say itself.
func (s *Schema) describe(t *Schema) {
	s.Format = first(s.Format, t.Format)
	s.HasProperties = s.HasProperties || t.HasProperties
	s.Recursive = s.Recursive || t.Recursive
	s.Folded = s.Folded || t.Folded
	if s.Additional == nil {
		s.Additional = t.Additional
	}
	s.Patterns = append(slices.Clip(s.Patterns), t.Patterns...)
	switch {
	case t.Items == nil:
	case s.Items == nil:
		s.Items = t.Items
	default:
		s.Items = s.Items.copy()
		s.Items.widen(t.Items)
	}
	s.Union = append(slices.Clip(s.Union), t.Union...)
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func same(a, b string) string {
	if a == b {
		return a
	}
	return ""
}
