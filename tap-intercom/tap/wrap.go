package tap

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// A list is written in the wrapping that the schema has, whatever it came in.
// Paths in _extra are those of the record.

// passedOver stands for a member that is passed over.
var passedOver = &shape{unwanted: true}

// wrapping returns the member of an object that holds the rows of a list, when
// the object is nothing but a wrapping of it.
func (s *shape) wrapping() string {
	held := ""
	for name, m := range s.members {
		switch {
		case m.kind == array && held == "":
			held = name
		case m.kind == array, !isWrapping(name):
			return ""
		}
	}
	return held
}

// listAt is a wrapped list that is being read. Where its rows are is looked up
// only when they are not where the schema has them.
type listAt struct {
	t     *transform
	s     *shape
	start int64 // of the wrapping
	found *sublist
}

func (l *listAt) find() (err error) {
	if l.found == nil {
		var found sublist
		found, err = l.t.ahead(l.start, l.s.field, l.s.list)
		l.found = &found
		if found.odd {
			l.t.isOddHere()
		}
	}
	return err
}

// member says what a member of the wrapping is, and what it is called in the
// record, given what it is by its own name.
func (l *listAt) member(name []byte, m *shape, written jsontext.Value) (*shape, jsontext.Value, error) {
	k := l.t.dec.PeekKind()
	own := string(name) == l.s.list
	if (own && k == '[') || (!own && (m != nil || isWrapping(string(name)))) { // as the schema has it, or no rows
		return m, written, nil
	}
	if err := l.find(); err != nil {
		return nil, nil, err
	}
	switch {
	case own && l.found.member != "":
		if k == 'n' {
			return passedOver, nil, nil // the rows are in another member
		}
		return nil, written, nil
	case !own && string(name) == l.found.member:
		return l.s.members[l.s.list], appendName(nil, l.s.list), nil
	}
	return m, written, nil
}

// ahead looks ahead at the wrapping that begins with the next value after an
// offset in the input.
func (t *transform) ahead(offset int64, field, inner string) (sublist, error) {
	t.next = *bytes.NewBuffer(bytes.TrimLeft(t.src[offset:], ":, \t\r\n"))
	t.peek.Reset(&t.next, lax...)
	return unwrapped(t.peek, field, inner)
}

// wrap writes a bare list, or text, as the member of an object that s wants.
func (t *transform) wrap(s *shape, name string) error {
	t.out = append(t.out, '{')
	m := s.members[name]
	if m.unwanted {
		if err := t.dec.SkipValue(); err != nil {
			return err
		}
	} else {
		quoted := appendName(nil, name)
		t.sentName(quoted)
		if err := t.at(step{name: quoted}, m); err != nil {
			return err
		}
	}
	t.out = append(t.out, '}')
	return nil
}

// unwrap writes the list in a wrapping as the bare one s wants.
func (t *transform) unwrap(s *shape) error {
	l, err := t.ahead(t.dec.InputOffset(), s.field, "")
	if err != nil {
		return err
	}
	if l.odd {
		t.isOddHere()
	}
	if !l.there {
		raw, err := t.dec.ReadValue()
		if l.odd {
			t.setAsideUnfit(raw)
		}
		t.out = append(t.out, "null"...)
		return err
	}
	if _, err := t.dec.ReadToken(); err != nil {
		return err
	}
	for t.dec.PeekKind() != '}' {
		sent, err := t.dec.ReadValue()
		if err != nil {
			return err
		}
		switch name := string(bareName(sent)); {
		case name == l.member:
			err = t.array(s)
		case isWrapping(name):
			err = t.dec.SkipValue()
		default:
			err = t.unknown(sent)
		}
		if err != nil {
			return err
		}
	}
	_, err = t.dec.ReadToken()
	return err
}

// carried passes over a list that is not selected here because its rows have a
// stream of their own. What stands there and is no list makes no rows: it is
// kept.
func (t *transform) carried(sent jsontext.Value, m *shape) error {
	k := t.dec.PeekKind()
	odd := k != '[' && k != '{' && k != 'n'
	if k == '{' {
		l, err := t.ahead(t.dec.InputOffset(), m.field, m.list)
		if err != nil {
			return err
		}
		odd = l.odd
	}
	if !odd {
		return t.dec.SkipValue()
	}
	raw, err := t.dec.ReadValue()
	if err != nil {
		return err
	}
	t.path = append(t.path, step{name: sent})
	t.setAside(raw)
	t.isOddHere()
	t.path = t.path[:len(t.path)-1]
	return nil
}
