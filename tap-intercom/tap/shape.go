package tap

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// kind is what a value has to become.
type kind uint8

const (
	anything kind = iota // left as it is
	text
	instant // RFC 3339 in UTC
	day
	integer
	number
	boolean
	object
	array
)

// shape is a JSON Schema as the transform needs it: what each value has to
// become, and which ones are wanted at all.
type shape struct {
	kind     kind
	members  map[string]*shape // of an object
	free     bool              // an object that may have other members too
	open     bool              // an object of whose members nothing is said; taken for anything
	names    *naming           // of an object that customers define: what its members are called
	called   jsontext.Value    // the member's name in records, with quotes; nil for the one it comes with
	items    *shape            // of an array
	unwanted bool              // not selected
	zeroNull bool              // 0 means "nobody": an assignee
	json     bool              // text that holds JSON, whatever the value is
}

// schemaNode is the part of JSON Schema that catalogs use.
type schemaNode struct {
	Type                 jsontext.Value         `json:"type"`
	Format               string                 `json:"format"`
	Properties           map[string]*schemaNode `json:"properties"`
	Items                *schemaNode            `json:"items"`
	AdditionalProperties jsontext.Value         `json:"additionalProperties"`
	ContentMediaType     string                 `json:"contentMediaType"`
}

// newShape reads a stream's schema. selected is asked for each property by its
// breadcrumb below the stream: "tags", then "tags", "data".
func newShape(schema []byte, selected func(path ...string) bool) (*shape, error) {
	var n schemaNode
	if err := json.Unmarshal(schema, &n); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if len(n.Properties) == 0 {
		return nil, fmt.Errorf("read schema: no properties")
	}
	return n.shape(nil, selected), nil
}

func (n *schemaNode) shape(path []string, selected func(...string) bool) *shape {
	s := &shape{kind: n.kind(), json: n.ContentMediaType == "application/json"}
	if s.kind == object && len(n.Properties) == 0 {
		s.kind, s.open = anything, true
	}
	switch s.kind {
	case object:
		s.free = string(n.AdditionalProperties) == "true"
		s.members = make(map[string]*shape, len(n.Properties))
		for name, p := range n.Properties {
			below := append(path[:len(path):len(path)], name)
			m := p.shape(below, selected)
			m.unwanted = !selected(below...)
			// Intercom says "nobody" with null up to 2.15 and with 0 since.
			m.zeroNull = strings.HasSuffix(name, "_assignee_id")
			s.members[name] = m
		}
	case array:
		if n.Items == nil {
			s.kind = anything
			break
		}
		// Fields inside of array items are not selected one by one.
		s.items = n.Items.shape(path, func(...string) bool { return true })
	}
	return s
}

// kind is the one type a property has besides null. A property of several
// types, or of none, takes what comes.
func (n *schemaNode) kind() kind {
	var types []string
	var one string
	if json.Unmarshal(n.Type, &one) == nil {
		types = []string{one}
	} else if json.Unmarshal(n.Type, &types) != nil {
		return anything
	}
	found := anything
	for _, t := range types {
		k := map[string]kind{"string": text, "integer": integer, "number": number, "boolean": boolean, "object": object, "array": array}[t]
		if t == "null" {
			continue
		}
		if found != anything || k == anything {
			return anything
		}
		found = k
	}
	switch {
	case found == text && n.Format == "date-time":
		return instant
	case found == text && n.Format == "date":
		return day
	}
	return found
}

// custom makes the member called field of a stream's shape one that customers
// define: its members come as the workspace calls them and are written as the
// catalog does.
func (s *shape) custom(e *singer.CatalogEntry, field string) error {
	m := s.members[field]
	if m == nil || (m.kind != object && !m.open) {
		return nil // as JSON text, or as the user's catalog has it
	}
	properties, err := propertiesOf(e.Schema, field)
	if err != nil {
		return err
	}
	declared := m.members
	m.kind, m.free, m.members = object, true, map[string]*shape{}
	m.names = namingOf(e, field, properties)
	for attribute, name := range m.names.names {
		declared[name].called = appendName(nil, name)
		m.members[attribute] = declared[name]
	}
	return nil
}
