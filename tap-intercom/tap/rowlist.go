package tap

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A list inside of a row comes in three wrappings, and the service does not keep
// to the one that its description has for a field:
//
//	{"type": "list", "data": […], "url": …, "total_count": …, "has_more": …}
//	{"type": "tag.list", "tags": […]}
//	[…]
//
// Whatever stands where a list should be is read here, and nowhere else.

// sublist is a list inside of another object, as the tags of a contact.
type sublist struct {
	rows    []jsontext.Value
	hasMore bool
	total   string         // total_count as sent
	member  string         // of the wrapping that holds the rows; "" for a bare list, or none
	held    jsontext.Value // the list as sent
	there   bool           // there is a list, be it empty
	odd     bool           // what is there is no list that is known
}

// alsoCalled are members that hold the rows of a field under a name that neither
// the field nor the wrapping's type gives.
var alsoCalled = map[string]string{"teammates": "admins"}

// isWrapping reports whether a member says something of the wrapping, not of the
// rows in it.
func isWrapping(name string) bool {
	switch name {
	case "type", "url", "total_count", "has_more", "pages":
		return true
	}
	return false
}

// listed reads what stands where the list of a field should be. inner is the
// member that holds the rows by the description, "" where it is a bare list.
func listed(raw jsontext.Value, field, inner string) (sublist, error) {
	l := sublist{held: raw, there: true}
	var err error
	switch raw.Kind() {
	case '[':
	case '{':
		if l, err = unwrapped(jsontext.NewDecoder(bytes.NewBuffer(raw), lax...), field, inner); err != nil || !l.there {
			return l, err
		}
	default:
		return sublist{odd: len(raw) > 0 && raw.Kind() != 'n'}, nil
	}
	l.rows, err = elements(l.held)
	return l, err
}

// unwrapped finds the list in the wrapping that dec is at. The rows are in the
// member that the description names, or in one that is called data, like the
// field, or like the rows of the wrapping's type: admins of an admin.list. A
// second list beside it is not lost: what has that is odd.
func unwrapped(dec *jsontext.Decoder, field, inner string) (sublist, error) {
	if _, err := dec.ReadToken(); err != nil {
		return sublist{}, fmt.Errorf("read list: %w", err)
	}
	var (
		l      sublist
		typ    jsontext.Value
		space  [4]member
		others = space[:0] // what is not part of every wrapping
	)
	for dec.PeekKind() != '}' {
		quoted, err := dec.ReadValue()
		if err != nil {
			return sublist{}, fmt.Errorf("read list: %w", err)
		}
		name := bareName(quoted)
		v, err := dec.ReadValue()
		switch {
		case err != nil:
			return sublist{}, fmt.Errorf("read list: %w", err)
		case string(name) == inner:
			others = append(others, member{inner, v})
		case !isWrapping(string(name)):
			others = append(others, member{string(name), v})
		case string(name) == "type":
			typ = v
		case string(name) == "has_more":
			l.hasMore = string(v) == "true"
		case string(name) == "total_count":
			l.total = string(v)
		}
	}
	if len(others) == 1 && others[0].name == inner && others[0].value.Kind() == '[' { // as it is nearly always
		l.member, l.held, l.there = inner, others[0].value, true
		return l, nil
	}
	return l.choose(others, [...]string{inner, "data", field, alsoCalled[field], heldBy(typ)}), nil
}

// choose is l with its list found among members: it is called by the first of
// names that one has.
func (l sublist) choose(members []member, names [5]string) sublist {
	best := -1 // the place of the list
	rank := func(i int) int {
		if members[i].name == "" {
			return -1
		}
		return slices.Index(names[:], members[i].name)
	}
	for i, m := range members {
		if m.value.Kind() == '[' && rank(i) >= 0 && (best < 0 || rank(i) < rank(best)) {
			best = i
		}
	}
	for i, m := range members {
		switch {
		case i == best:
		case m.value.Kind() == 'n' && rank(i) >= 0:
		case best < 0, m.value.Kind() == '[' && !bytes.Equal(m.value, []byte("[]")):
			l.odd = true
		}
	}
	if best >= 0 {
		l.member, l.held, l.there = members[best].name, members[best].value, true
	}
	return l
}

// heldBy is what the rows of a wrapping are called by its type: "company.list"
// holds companies. "" where the type does not say.
func heldBy(typ jsontext.Value) string {
	if typ.Kind() != '"' {
		return ""
	}
	one, ok := strings.CutSuffix(unquoted(typ), ".list")
	switch {
	case !ok || one == "":
		return ""
	case strings.HasSuffix(one, "y"):
		return strings.TrimSuffix(one, "y") + "ies"
	}
	return one + "s"
}

// within reads the list at path: "tags.data" is the member data of the member
// tags, "admin_ids" a plain array; "source/attachments" is the plain array
// attachments of the member source. Each may come in any wrapping. Where path
// is "", or ends with a slash, the one row is the object itself.
func within(raw jsontext.Value, path string) (sublist, error) {
	if path == "" {
		if raw.Kind() == '{' {
			return sublist{rows: []jsontext.Value{raw}, there: true}, nil
		}
		return sublist{odd: len(raw) > 0 && raw.Kind() != 'n'}, nil
	}
	if first, rest, deeper := strings.Cut(path, "/"); deeper {
		found, err := pick(raw, first)
		if err != nil {
			return sublist{}, err
		}
		return within(found[0], rest)
	}
	field, inner, _ := strings.Cut(path, ".")
	found, err := pick(raw, field)
	if err != nil {
		return sublist{}, err
	}
	return listed(found[0], field, inner)
}

// withWhole returns raw with the list at path made whole: the cut-off list of
// references that a parent carries is replaced by references to all of rows.
func withWhole(raw jsontext.Value, path string, rows []jsontext.Value) (jsontext.Value, error) {
	field, inner, _ := strings.Cut(path, ".")
	found, err := pick(raw, field)
	if err != nil {
		return raw, err
	}
	l, err := listed(found[0], field, inner)
	if err != nil || !l.there {
		return raw, err
	}
	refs := jsontext.Value{'['}
	for _, row := range rows {
		ref, err := picked(row, referenced)
		if err != nil {
			return nil, err
		}
		if len(refs) > 1 {
			refs = append(refs, ',')
		}
		refs = append(refs, ref...)
	}
	refs = append(refs, ']')
	if l.member != "" {
		if refs, err = replace(found[0], member{l.member, refs}, member{"has_more", jsontext.Value("false")}); err != nil {
			return nil, err
		}
	}
	return replace(raw, member{field, refs})
}
