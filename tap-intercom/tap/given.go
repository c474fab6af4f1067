package tap

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/catalogs"
	"intercomdw/singer"
)

// A catalog that is given may be an older one of ours, one that was changed, or
// that of another tap for Intercom: the streams have the same names there, their
// keys and fields need not be the same. What it wants and the tap can do is
// done, what the tap cannot do is an error; nothing is passed over.

// settle brings the selected entries of a given catalog into the form in which
// ours are. Its error names all that cannot be.
func settle(c *singer.Catalog) error {
	var wrong []string
	for _, e := range c.Streams {
		s := streamNamed(e.TapStreamID)
		if s == nil || !e.Selected() {
			continue
		}
		if err := s.settle(e); err != nil {
			wrong = append(wrong, fmt.Sprintf("stream %s: %v", s.name, err))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("catalog: %s", strings.Join(wrong, "; "))
	}
	return nil
}

func (s *stream) settle(e *singer.CatalogEntry) error {
	if err := s.overridden(e); err != nil {
		return err
	}
	plain, err := plainSchema(e.Schema)
	if err != nil {
		return err
	}
	e.Schema = plain
	given, err := newShape(e.Schema, e.Selection().Selected)
	if err != nil {
		return err
	}
	ours, err := ownShape(s)
	if err != nil {
		return err
	}
	if against := given.against(ours, s); len(against) > 0 {
		return fmt.Errorf("%s: leave that out of the catalog, or take the schema that --discover has", strings.Join(against, "; "))
	}
	return s.complete(e, given)
}

// ownShape is the shape that the records of a stream have by our schema.
func ownShape(s *stream) (*shape, error) {
	schema, err := catalogs.Schema(s.base())
	if err != nil {
		return nil, err
	}
	return newShape(schema, func(...string) bool { return true })
}

// complete adds what is sent whatever a catalog says: the bookmark, and _extra,
// which keeps what nothing else takes.
func (s *stream) complete(e *singer.CatalogEntry, given *shape) error {
	ours, err := catalogs.Schema(s.base())
	if err != nil {
		return err
	}
	for _, name := range []string{s.bookmark, extraField} {
		if name == "" || given.members[name] != nil {
			continue
		}
		found, err := pickPath(jsontext.Value(ours), "properties."+name)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue // a data set names its own
		}
		if err := found.Compact(); err != nil {
			return err
		}
		if e.Schema, err = withMember(e.Schema, name, found); err != nil {
			return err
		}
		if p := e.At("properties", name); p.Inclusion == "" && p.Selected == nil {
			p.Inclusion = singer.Automatic
		}
	}
	return nil
}

// overridden looks at what a catalog says of keys and replication. The user may
// ask for a full table; rows are told apart and followed in one way only.
func (s *stream) overridden(e *singer.CatalogEntry) error {
	m := new(singer.Properties)
	if root := e.Find(); root != nil {
		m = root
	}
	for _, o := range []struct {
		called string
		keys   []string
	}{{"key_properties", e.KeyProperties}, {"table-key-properties", m.TableKeyProperties}, {"view-key-properties", m.ViewKeyProperties}} {
		if len(o.keys) > 0 && !slices.Equal(slices.Sorted(slices.Values(o.keys)), slices.Sorted(slices.Values(s.keys))) {
			return fmt.Errorf("%s are %s, but its rows are told apart by %s: leave them out", o.called, commas(o.keys), commas(s.keys))
		}
	}
	for _, o := range []struct{ called, key string }{{"replication_key", e.ReplicationKey}, {"replication-key", m.ReplicationKey}} {
		switch {
		case o.key == "" || o.key == s.bookmark:
		case s.bookmark == "":
			return fmt.Errorf("%s is %q, but it is read in full each time: leave it out", o.called, o.key)
		default:
			return fmt.Errorf("%s is %q, but it is followed by %s: leave it out", o.called, o.key, s.bookmark)
		}
	}
	if s.bookmark != "" && len(m.ValidReplicationKeys) > 0 && !slices.Contains(m.ValidReplicationKeys, s.bookmark) {
		return fmt.Errorf("valid-replication-keys are %s, but it is followed by %s: leave them out", commas(m.ValidReplicationKeys), s.bookmark)
	}
	switch method := methodGiven(e); method {
	case "", s.method(), fullTable:
	case incremental:
		return fmt.Errorf("replication-method is %s, but it has nothing to be followed by and is read in full each time: leave it out", method)
	default:
		return fmt.Errorf("replication-method is %q: %s and %s are known", method, fullTable, incremental)
	}
	return nil
}

// methodGiven is the replication method that a catalog asks for: that of the
// metadata, where the user has a say, or of the entry, as it was before there
// was metadata.
func methodGiven(e *singer.CatalogEntry) string {
	if m := e.Find(); m != nil && m.ReplicationMethod != "" {
		return strings.ToUpper(m.ReplicationMethod)
	}
	return strings.ToUpper(e.ReplicationMethod)
}

func commas(names []string) string { return strings.Join(names, ", ") }

// numbered are streams whose ids, though they are texts, are numbers always:
// other taps declare these keys as integers.
var numbered = map[string]bool{"admins": true, "teams": true, "tags": true}

// against lists what is declared in s so that the values the tap has, which are
// as in ours, cannot be written as they are. What only s has is nothing that the
// tap knows of.
func (s *shape) against(ours *shape, of *stream) (found []string) {
	for _, name := range slices.Sorted(maps.Keys(s.members)) {
		m, own := s.members[name], ours.members[name]
		if m.unwanted || own == nil || name == extraField {
			continue
		}
		found = append(found, m.contradicts(own, name, slices.Contains(of.keys, name) && !numbered[of.name])...)
	}
	if extra := s.members[extraField]; extra != nil && !extra.unwanted && !extra.isA(object) && !extra.isA(text) {
		found = append(found, fmt.Sprintf("property %s is declared as %s, but is an object", extraField, extra))
	}
	return found
}

// contradicts compares what is declared at path with ours, and takes over what
// ours alone tells: a plain text may be a time.
func (s *shape) contradicts(ours *shape, path string, key bool) (found []string) {
	switch {
	case s.kind == anything || ours.kind == anything || ours.kind == several:
		return nil
	case s.kind == several:
		for _, one := range s.types {
			if one.contradicts(ours, path, key) == nil {
				return nil
			}
		}
	case s.json:
		return nil
	case s.kind == text && (ours.kind == instant || ours.kind == day):
		s.kind = ours.kind // a text of the form that it has with us
		return nil
	case s.serves(ours, key):
		return nil
	case s.rows() != nil && ours.rows() != nil:
		return s.rows().contradicts(ours.rows(), path+"[]", false)
	case s.kind == object && ours.kind == object:
		for _, name := range slices.Sorted(maps.Keys(s.members)) {
			if m, own := s.members[name], ours.members[name]; own != nil && !m.unwanted {
				found = append(found, m.contradicts(own, path+"."+name, false)...)
			}
		}
		return found
	}
	return []string{fmt.Sprintf("property %s is declared as %s, but is %s", path, s, ours)}
}

// serves reports whether scalars as ours can be written as s has them. What a
// single value cannot be is kept in _extra then.
func (s *shape) serves(ours *shape, key bool) bool {
	switch s.kind {
	case text:
		return ours.kind != object && ours.kind != array
	case integer, number:
		// Ids are texts with us; all but those of contacts and companies are numbers.
		return ours.kind == integer || ours.kind == number || (ours.kind == text && !key && (isID(s.field) || isID(ours.field)))
	case object, array:
		return false
	}
	return s.kind == ours.kind
}

func isID(name string) bool {
	return name == "id" || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids")
}

// rows is the shape of the rows of a list, bare or in a wrapping; nil for what
// is no list.
func (s *shape) rows() *shape {
	switch {
	case s.kind == array:
		return s.items
	case s.list != "":
		return s.members[s.list].items
	}
	return nil
}

// isA reports whether values of a kind may be written.
func (s *shape) isA(k kind) bool {
	return s.kind == anything || s.kind == k || slices.ContainsFunc(s.types, func(one *shape) bool { return one.kind == k })
}

// String is the type of a property, for people.
func (s *shape) String() string {
	if s.kind == several {
		names := make([]string, len(s.types))
		for i, one := range s.types {
			names[i] = one.String()
		}
		return strings.Join(names, " or ")
	}
	switch s.kind {
	case text:
		return "a string"
	case instant:
		return "a string of format date-time"
	case day:
		return "a string of format date"
	case integer:
		return "an integer"
	case number:
		return "a number"
	case boolean:
		return "a boolean"
	case object:
		return "an object"
	case array:
		return "an array"
	}
	return "any value"
}

// withMember returns a schema with one more property, at the end.
func withMember(schema jsontext.Value, name string, as jsontext.Value) (jsontext.Value, error) {
	found, err := pick(schema, "properties")
	if err != nil {
		return nil, err
	}
	members, err := membersOf(found[0])
	if err != nil {
		return nil, err
	}
	b := jsontext.Value{'{'}
	for _, m := range append(members, member{name, as}) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, appendName(nil, m.name)...), ':'), m.value...)
	}
	return replace(schema, member{"properties", append(b, '}')})
}
