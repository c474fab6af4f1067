package tap

import (
	"fmt"
	"slices"
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
	several // one of a few types
)

// shape is a JSON Schema as the transform needs it: what each value has to
// become, and which ones are wanted at all.
type shape struct {
	kind     kind
	members  map[string]*shape // of an object
	free     bool              // an object that may have other members too
	open     bool              // an object of whose members nothing is said
	closed   bool              // an object that has no members but these
	names    *naming           // of an object that customers define: what its members are called
	called   jsontext.Value    // the member's name in records, with quotes; nil for the one it comes with
	items    *shape            // of an array
	unwanted bool              // not selected
	zeroNull bool              // 0 means "nobody": an assignee
	json     bool              // text that holds JSON, whatever the value is
	types    []*shape          // of several: those it may have, in the order in which they are tried

	maxLength int    // of a text, in characters; 0 for any
	field     string // what the member is called in the schema; of an element, its list
	list      string // of an object that is a wrapping: the member that holds the rows
	textIn    string // of an object that comes as a text, too: the member that the text is
	carried   bool   // not selected because its rows have a stream of their own
}

// schemaNode is the part of JSON Schema that catalogs use.
type schemaNode struct {
	Type                 jsontext.Value         `json:"type"`
	Format               string                 `json:"format"`
	Properties           map[string]*schemaNode `json:"properties"`
	Items                *schemaNode            `json:"items"`
	AdditionalProperties jsontext.Value         `json:"additionalProperties"`
	ContentMediaType     string                 `json:"contentMediaType"`
	MaxLength            int                    `json:"maxLength"`
}

// alsoText are objects that come as texts, too, with the member that the text is.
// The state of a ticket is "submitted" up to API 2.11.
var alsoText = map[string]string{"ticket_state": "category"}

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
	kinds := n.kinds()
	switch len(kinds) {
	case 0:
		return &shape{kind: anything}
	case 1:
		return n.shapeAs(kinds[0], path, selected)
	}
	s := &shape{kind: several}
	for _, k := range kinds {
		s.types = append(s.types, n.shapeAs(k, path, selected))
	}
	return s
}

// shapeAs is the shape of a value of one of the types that the schema allows.
func (n *schemaNode) shapeAs(k kind, path []string, selected func(...string) bool) *shape {
	s := &shape{kind: k}
	switch k {
	case text:
		s.json, s.maxLength = n.ContentMediaType == "application/json", n.MaxLength
	case object:
		s.closed = string(n.AdditionalProperties) == "false"
		s.open = len(n.Properties) == 0 && !s.closed
		s.free = s.open || string(n.AdditionalProperties) == "true"
		s.members = make(map[string]*shape, len(n.Properties))
		for name, p := range n.Properties {
			below := append(path[:len(path):len(path)], name)
			m := p.shape(below, selected)
			m.unwanted = !selected(below...)
			for _, one := range append(m.types, m) {
				one.field = name
				if one.items != nil {
					one.items.field = name // admin_ids holds ids
				}
				if member := alsoText[name]; one.members[member] != nil {
					one.textIn = member
				}
				// Intercom says "nobody" with null up to 2.15 and with 0 since.
				one.zeroNull = strings.HasSuffix(name, "_assignee_id")
			}
			s.members[name] = m
		}
		if !s.free {
			s.list = s.wrapping()
		}
	case array:
		s.items = &shape{kind: anything}
		if n.Items != nil {
			// Fields inside of array items are not selected one by one.
			s.items = n.Items.shape(path, func(...string) bool { return true })
		}
	}
	return s
}

// kinds are the types a property has besides null, in the order in which a
// value of none of them is tried to be made one; none where nothing is said.
func (n *schemaNode) kinds() []kind {
	types := n.typeNames()
	var kinds []kind
	for _, k := range []struct {
		typ  string
		kind kind
	}{{"integer", integer}, {"number", number}, {"boolean", boolean}, {"string", text}, {"object", object}, {"array", array}} {
		if !slices.Contains(types, k.typ) {
			continue
		}
		switch {
		case k.kind == text && n.Format == "date-time":
			k.kind = instant
		case k.kind == text && n.Format == "date":
			k.kind = day
		}
		kinds = append(kinds, k.kind)
	}
	return kinds
}

// typeNames are the types that a schema names.
func (n *schemaNode) typeNames() []string {
	var one string
	if json.Unmarshal(n.Type, &one) == nil {
		return []string{one}
	}
	var types []string
	if json.Unmarshal(n.Type, &types) != nil {
		return nil
	}
	return types
}

// takes reports whether a value of a JSON kind is of the type as it stands.
func (s *shape) takes(k jsontext.Kind) bool {
	switch s.kind {
	case object:
		return k == '{'
	case array:
		return k == '['
	case text:
		return k == '"' && s.maxLength == 0
	case number:
		return k == '0'
	case boolean:
		return k == 't' || k == 'f'
	}
	return false
}

// custom makes the member called field of a stream's shape one that customers
// define: its members come as the workspace calls them and are written as the
// catalog does.
func (s *shape) custom(e *singer.CatalogEntry, field string) error {
	m := s.members[field]
	if m == nil || m.kind != object {
		return nil // as JSON text, or as the user's catalog has it
	}
	properties, err := propertiesOf(e.Schema, field)
	if err != nil {
		return err
	}
	declared := m.members
	m.free, m.open, m.list, m.members = !m.closed, false, "", map[string]*shape{}
	m.names = namingOf(e, field, properties)
	for attribute, name := range m.names.names {
		declared[name].called = appendName(nil, name)
		m.members[attribute] = declared[name]
	}
	return nil
}
