package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A converter turns components into schemas.
type converter struct {
	desc       description
	amendments []amendment
	used       []bool // by place in amendments
}

func newConverter(desc description, amendments []amendment) *converter {
	return &converter{desc, amendments, make([]bool, len(amendments))}
}

// stream returns the schema of a stream: the parent's fields, the fields of the component, those of the table,
// and _extra.
func (c *converter) stream(st stream) (*schema, error) {
	s := object()
	if st.of != "" {
		of, err := c.named(st.of, nil)
		if err != nil {
			return nil, err
		}
		s = of
	}
	if st.idAs != "" {
		i := s.property("id")
		if i < 0 {
			return nil, fmt.Errorf("schema %s has no id to be called %s", st.of, st.idAs)
		}
		s.properties[i].name = st.idAs
	}
	front := st.parent.properties()
	for _, p := range front {
		if s.property(p.name) >= 0 {
			return nil, fmt.Errorf("schema %s has a property %s of its own", st.of, p.name)
		}
	}
	s.properties = slices.Concat(front, s.properties, st.also)
	s.properties = append(s.properties, property{"_extra", freeMap().saying(
		"Fields that Intercom returned and this schema does not name.")})
	return s, nil
}

// named converts the component called name. Each call makes a new schema, which the caller may change.
// path holds the names of the components that it is part of; one that contains itself becomes a free map.
func (c *converter) named(name string, path []string) (*schema, error) {
	comp, ok := c.desc[name]
	if !ok {
		return nil, fmt.Errorf("no schema %q in the description", name)
	}
	if slices.Contains(path, name) {
		return freeMap(), nil
	}
	s, err := c.convert("", comp, append(slices.Clip(path), name))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	for i, a := range c.amendments {
		if a.component == name {
			if err := a.change(s, a.property); err != nil {
				return nil, fmt.Errorf("amend schema %s: %w", name, err)
			}
			c.used[i] = true
		}
	}
	return s, nil
}

// convert converts the component found under the property called name.
func (c *converter) convert(name string, comp *component, path []string) (*schema, error) {
	if comp.Ref != "" {
		s, err := c.named(comp.target(), path)
		if err != nil {
			return nil, err
		}
		return settle(name, s), nil
	}
	s := &schema{}
	if comp.Type != "" {
		s.types = []string{comp.Type}
	}
	switch comp.Format {
	case "date-time", "timestamp": // Intercom writes either, of integers as of strings
		return dateTime(), nil
	case "date":
		s.format = "date"
	}
	for _, m := range comp.Properties {
		p, err := c.convert(m.name, m.component, path)
		if err != nil {
			return nil, fmt.Errorf("/%s: %w", m.name, err)
		}
		s.types = []string{"object"}
		s.properties = append(s.properties, property{m.name, p})
	}
	if comp.Items != nil {
		items, err := c.convert(singular(name), comp.Items, path)
		if err != nil {
			return nil, err
		}
		s.items = items
	}
	for _, part := range slices.Concat(comp.AllOf, comp.AnyOf, comp.OneOf) {
		o, err := c.convert("", part, path)
		if err != nil {
			return nil, err
		}
		s.merge(o)
	}
	if extra, ok := comp.AdditionalProperties.(bool); ok {
		s.free = extra
	} else if slices.Contains(s.types, "object") {
		// A map. The types declared for its values are not kept to, so they may be anything.
		s.free = comp.AdditionalProperties != nil || len(s.properties) == 0
	}
	return settle(name, s), nil
}

// settle applies the rules that depend on a property's name: what is called an id is a string and what is called
// a time is a date-time, however it is declared. Lists and objects keep their shape.
func settle(name string, s *schema) *schema {
	scalar := !slices.Contains(s.types, "object") && !slices.Contains(s.types, "array")
	switch {
	case isTime(name) && scalar && s.format != "date":
		return dateTime()
	case isID(name) && scalar:
		return text()
	case isID(name) && s.items != nil:
		// One id or several: ticket_part.updated_attribute_data.value.id. What may be a scalar or a list is passed on
		// as it comes, so the numbers in the list stay numbers.
		s.items.types = []string{"string", "integer"}
	}
	return s
}

func isID(name string) bool {
	return name == "id" || strings.HasSuffix(name, "_id")
}

// isTime tells times by name, since many are declared as plain integers. The names without _at are those
// of conversations, tickets and handling events.
func isTime(name string) bool {
	return strings.HasSuffix(name, "_at") || slices.Contains([]string{"waiting_since", "snoozed_until", "timestamp"}, name)
}

// singular returns the name by which the items of the list called name are judged: team_ids holds team_id.
func singular(name string) string {
	if base, ok := strings.CutSuffix(name, "_ids"); ok {
		return base + "_id"
	}
	return ""
}

// unused reports amendments that nothing asked for: a misspelt name, or one that a later description dropped.
func (c *converter) unused() error {
	var errs []error
	for i, a := range c.amendments {
		if !c.used[i] {
			errs = append(errs, fmt.Errorf("amendment of %s.%s is not used by any stream", a.component, a.property))
		}
	}
	return errors.Join(errs...)
}
