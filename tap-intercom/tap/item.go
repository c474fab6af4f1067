package tap

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// item is one row of a list as Intercom sent it.
type item struct {
	raw     jsontext.Value
	id      string // "" when it has none, as standard attributes
	idRaw   jsontext.Value
	timeRaw jsontext.Value
	updated int64   // when it changed last, in unix seconds; 0 when it does not say
	more    details // what a call for many items brought for this one
}

// newItem reads the head of a row; clock names the member that dates it.
func newItem(raw jsontext.Value, clock string) (item, error) {
	found, err := pick(raw, "id", clock)
	if err != nil {
		return item{}, err
	}
	it := item{raw: raw, idRaw: found[0], timeRaw: found[1]}
	if len(it.idRaw) > 0 {
		it.id = unquoted(it.idRaw)
	}
	if len(it.timeRaw) > 0 && it.timeRaw.Kind() != 'n' {
		if at, ok := parseTime(unquoted(it.timeRaw)); ok {
			it.updated = at.Unix()
		}
	}
	return it, nil
}

// pick returns the named members of an object, nil for those it does not have.
func pick(raw jsontext.Value, names ...string) ([]jsontext.Value, error) {
	found := make([]jsontext.Value, len(names))
	if raw.Kind() != '{' {
		return found, nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lax...)
	if _, err := dec.ReadToken(); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	for left := len(names); left > 0 && dec.PeekKind() != '}'; {
		name, err := dec.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		bare := bareName(name)
		i := slices.IndexFunc(names, func(name string) bool { return name == string(bare) })
		if i < 0 {
			if err := dec.SkipValue(); err != nil {
				return nil, fmt.Errorf("read object: %w", err)
			}
			continue
		}
		if found[i], err = dec.ReadValue(); err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		left--
	}
	return found, nil
}

// elements returns the elements of an array; nothing else has any.
func elements(raw jsontext.Value) ([]jsontext.Value, error) {
	if raw.Kind() != '[' {
		return nil, nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lax...)
	if _, err := dec.ReadToken(); err != nil {
		return nil, fmt.Errorf("read array: %w", err)
	}
	var out []jsontext.Value
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read array: %w", err)
		}
		if v.Kind() != 'n' {
			out = append(out, v)
		}
	}
	return out, nil
}

// referenced are the members that the lists inside of parents hold.
var referenced = []string{"type", "id", "url"}

// picked is row with those of its members that names has. What is no object stays
// as it is.
func picked(row jsontext.Value, names []string) (jsontext.Value, error) {
	if row.Kind() != '{' {
		return row.Clone(), nil
	}
	found, err := pick(row, names...)
	if err != nil {
		return nil, err
	}
	b := []byte{'{'}
	for i, v := range found {
		if v == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, appendName(nil, names[i])...), ':'), v...)
	}
	return append(b, '}'), nil
}

// withURL returns row with its url, made of its id, when it has none.
func withURL(row jsontext.Value, url string) (jsontext.Value, error) {
	found, err := pick(row, "id", "url")
	if err != nil || len(found[0]) == 0 || len(found[1]) > 0 || row.Kind() != '{' {
		return row, err
	}
	out := append(row.Clone()[:len(row)-1], `,"url":`...)
	out, err = jsontext.AppendQuote(out, strings.Replace(url, "{id}", unquoted(found[0]), 1))
	return append(out, '}'), err
}

// replace returns the object raw with the values of some of its members
// replaced.
func replace(raw jsontext.Value, with ...member) (jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lax...)
	if _, err := dec.ReadToken(); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	out := []byte{'{'}
	for dec.PeekKind() != '}' {
		quoted, err := dec.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(out, quoted...), ':')
		name := unquoted(quoted)
		v, err := dec.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		for _, m := range with {
			if m.name == name {
				v = m.value
			}
		}
		out = append(out, v...)
	}
	return append(out, '}'), nil
}

// membersOf lists the members of an object in their order.
func membersOf(raw jsontext.Value) ([]member, error) {
	if raw.Kind() != '{' {
		return nil, nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw), lax...)
	if _, err := dec.ReadToken(); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	var members []member
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		m := member{name: name.String()}
		if m.value, err = dec.ReadValue(); err != nil {
			return nil, fmt.Errorf("read object: %w", err)
		}
		members = append(members, m)
	}
	return members, nil
}

// pickPath returns the member at path, nil when there is none.
func pickPath(raw jsontext.Value, path string) (jsontext.Value, error) {
	for name := range strings.SplitSeq(path, ".") {
		found, err := pick(raw, name)
		if err != nil {
			return nil, err
		}
		raw = found[0]
	}
	return raw, nil
}

// outlived reports whether the row holds a row that is newer than it says it is
// itself, so that what is added to it need not move its time.
func (s *stream) outlived(it item) (bool, error) {
	if s.newer == "" || it.updated == 0 {
		return false, nil
	}
	l, err := within(it.raw, s.newer)
	if err != nil {
		return false, err
	}
	for _, row := range l.rows {
		part, err := newItem(row, "created_at")
		if err != nil {
			return false, err
		}
		if part.updated > it.updated {
			return true, nil
		}
	}
	return false, nil
}
