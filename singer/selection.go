package singer

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Selection says which fields of a stream are sent. It is a tree: nested
// fields may be chosen one by one. A nil Selection is that of a field which
// is not sent; the zero Selection sends everything below it.
type Selection struct {
	fields map[string]field
}

// field is what the metadata says of one field, and of those inside it.
type field struct {
	dropped bool
	within  *Selection
}

// Selection returns which fields of the stream are sent:
//
//   - inclusion unsupported: never;
//   - inclusion automatic: always;
//   - otherwise selected, when the user set it, in the metadata or in the schema
//     as properties files had it;
//   - otherwise selected-by-default, when the tap set it;
//   - otherwise yes: a field nobody speaks of goes with what it is in.
//
// A field inside one that is not sent is not sent either. The elements of an
// array need no word of their own: ["properties","tags","properties","id"] and
// ["properties","tags","items","properties","id"] are the same field.
func (e *CatalogEntry) Selection() *Selection {
	root := new(Selection)
	root.legacy(e.Schema)
	for i := range e.Metadata {
		path := fieldPath(e.Metadata[i].Breadcrumb)
		if len(path) == 0 {
			continue
		}
		at := root
		for _, name := range path[:len(path)-1] {
			at = at.child(name)
		}
		at.set(path[len(path)-1], &e.Metadata[i].Properties)
	}
	return root
}

// fieldPath returns the names in a breadcrumb, nil when it is no field's.
func fieldPath(breadcrumb []string) []string {
	var path []string
	for i := 0; i < len(breadcrumb); i++ {
		switch {
		case breadcrumb[i] == "properties" && i+1 < len(breadcrumb):
			i++
			path = append(path, breadcrumb[i])
		case breadcrumb[i] == "items" && len(path) > 0:
		default:
			return nil
		}
	}
	return path
}

// child returns the selection within a field, made when it was not there.
func (s *Selection) child(name string) *Selection {
	f := s.fields[name]
	if f.within == nil {
		f.within = new(Selection)
		s.put(name, f)
	}
	return f.within
}

func (s *Selection) put(name string, f field) {
	if s.fields == nil {
		s.fields = make(map[string]field)
	}
	s.fields[name] = f
}

func (s *Selection) set(name string, p *Properties) {
	f := s.fields[name]
	switch {
	case p.Inclusion == Unsupported:
		f.dropped = true
	case p.Inclusion == Automatic:
		f.dropped = false
	case p.Selected != nil:
		f.dropped = !bool(*p.Selected)
	case f.dropped: // said within the schema
	case p.SelectedByDefault != nil:
		f.dropped = !bool(*p.SelectedByDefault)
	}
	s.put(name, f)
}

// legacy takes "selected": false from within the schema's properties.
func (s *Selection) legacy(schema jsontext.Value) {
	var properties, items jsontext.Value
	for name, v := range members(schema) {
		switch name {
		case "properties":
			properties = v
		case "items":
			items = v
		}
	}
	s.legacyFields(properties)
	if items.Kind() == jsontext.KindBeginObject {
		s.legacy(items)
	}
}

func (s *Selection) legacyFields(properties jsontext.Value) {
	for name, v := range members(properties) {
		var within Selection
		within.legacy(v)
		selected := legacySelected(v)
		dropped := selected != nil && !bool(*selected)
		if dropped || within.fields != nil {
			s.put(name, field{dropped: dropped, within: &within})
		}
	}
}

// everything is the selection within a field nobody speaks of. It is not changed.
var everything = new(Selection)

// Field returns the selection within a field, nil when the field is not sent.
func (s *Selection) Field(name string) *Selection {
	if s == nil {
		return nil
	}
	f, known := s.fields[name]
	return f.selection(known)
}

func (f field) selection(known bool) *Selection {
	switch {
	case known && f.dropped:
		return nil
	case f.within == nil:
		return everything
	}
	return f.within
}

// quotedField is Field for a name as it stands in a record.
func (s *Selection) quotedField(quoted jsontext.Value) *Selection {
	if bytes.IndexByte(quoted, '\\') >= 0 || !isASCII(quoted) {
		name, _ := textOf(quoted)
		return s.Field(name)
	}
	f, known := s.fields[string(quoted[1:len(quoted)-1])] // no allocation
	return f.selection(known)
}

// Selected reports whether a field is sent; names lead into nested fields.
func (s *Selection) Selected(names ...string) bool {
	for _, name := range names {
		if s = s.Field(name); s == nil {
			return false
		}
	}
	return s != nil
}

// all reports whether everything below is sent.
func (s *Selection) all() bool { return len(s.fields) == 0 }

// Schema returns a schema without the properties that are not sent.
func (s *Selection) Schema(schema jsontext.Value) (jsontext.Value, error) {
	if !schema.IsValid(lax) {
		return nil, fmt.Errorf("select fields: invalid JSON")
	}
	return s.appendSchema(nil, schema), nil
}

func (s *Selection) appendSchema(b []byte, schema jsontext.Value) []byte {
	if s.all() || schema.Kind() != jsontext.KindBeginObject {
		return append(b, schema...)
	}
	b = append(b, '{')
	for name, v := range members(schema) {
		b = append(appendText(appendComma(b), name), ':')
		switch {
		case name == "properties" && v.Kind() == jsontext.KindBeginObject:
			b = append(b, '{')
			for name, v := range members(v) {
				if within := s.Field(name); within != nil {
					b = append(appendText(appendComma(b), name), ':')
					b = within.appendSchema(b, v)
				}
			}
			b = append(b, '}')
		case name == "items" && v.Kind() == jsontext.KindBeginObject:
			b = s.appendSchema(b, v)
		case name == "anyOf" || name == "oneOf" || name == "allOf":
			b = s.appendSchemas(b, v)
		case name == "required" && v.Kind() == jsontext.KindBeginArray:
			names, _ := textsOf(v)
			kept := names[:0]
			for _, name := range names {
				if s.Selected(name) {
					kept = append(kept, name)
				}
			}
			b = appendTexts(b, kept)
		default:
			b = append(b, v...)
		}
	}
	return append(b, '}')
}

// appendSchemas appends a list of schemas for the same value.
func (s *Selection) appendSchemas(b []byte, list jsontext.Value) []byte {
	if list.Kind() != jsontext.KindBeginArray {
		return append(b, list...)
	}
	b = append(b, '[')
	for i, v := range elements(list) {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.appendSchema(b, v)
	}
	return append(b, ']')
}

// Record appends to b a record without the fields that are not sent. What is
// kept is copied as it stands.
func (s *Selection) Record(b []byte, record jsontext.Value) ([]byte, error) {
	if s.all() {
		return append(b, record...), nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(record), lax)
	b, err := s.appendValue(b, dec)
	if err != nil {
		return b, fmt.Errorf("select fields: %w", err)
	}
	return b, nil
}

func (s *Selection) appendValue(b []byte, dec *jsontext.Decoder) ([]byte, error) {
	kind := dec.PeekKind()
	if s.all() || kind != jsontext.KindBeginObject && kind != jsontext.KindBeginArray {
		v, err := dec.ReadValue()
		return append(b, v...), err
	}
	if _, err := dec.ReadToken(); err != nil {
		return b, err
	}
	b = append(b, byte(kind))
	start := len(b)
	for next := dec.PeekKind(); next != jsontext.KindEndObject && next != jsontext.KindEndArray; next = dec.PeekKind() {
		within, comma := s, len(b) > start
		if kind == jsontext.KindBeginObject {
			quoted, err := dec.ReadValue()
			if err != nil {
				return b, err
			}
			if within = s.quotedField(quoted); within == nil {
				if err := dec.SkipValue(); err != nil {
					return b, err
				}
				continue
			}
			if comma {
				b = append(b, ',')
			}
			comma = false
			b = append(append(b, quoted...), ':')
		}
		if comma {
			b = append(b, ',')
		}
		var err error
		if b, err = within.appendValue(b, dec); err != nil {
			return b, err
		}
	}
	_, err := dec.ReadToken()
	return append(b, byte(kind)+2), err // '{'+2 is '}', '['+2 is ']'
}
