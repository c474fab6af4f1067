package tap

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/catalogs"
	"intercomdw/singer"
	"intercomdw/singer/program"
)

// The words for replication methods.
const (
	fullTable   = "FULL_TABLE"
	incremental = "INCREMENTAL"
)

// newCatalog returns the catalog of all streams as it is known without asking
// anybody.
func newCatalog(asJSON bool) (*singer.Catalog, error) {
	c := new(singer.Catalog)
	for i := range streams {
		s := &streams[i]
		schema, err := catalogs.Schema(s.name)
		if err != nil {
			return nil, err
		}
		if asJSON {
			if schema, err = attributesAsJSON(s, schema); err != nil {
				return nil, err
			}
		}
		e, err := s.entry(jsontext.Value(schema))
		if err != nil {
			return nil, err
		}
		c.Streams = append(c.Streams, e)
	}
	return c, nil
}

// entry is the catalog entry of s, with everything selected by default but the
// lists that streams of their own carry.
func (s *stream) entry(schema jsontext.Value) (*singer.CatalogEntry, error) {
	if err := schema.Compact(); err != nil {
		return nil, fmt.Errorf("schema of %s: %w", s.name, err)
	}
	e := &singer.CatalogEntry{
		Stream: s.name, TapStreamID: s.name, Schema: schema,
		KeyProperties: s.keys, ReplicationKey: s.bookmark, ReplicationMethod: s.method(),
	}
	root := e.At()
	root.Inclusion = singer.Available
	root.SelectedByDefault = singer.NewBool(!s.off)
	root.Others = note("cost", s.cost)
	root.TableKeyProperties = s.keys
	root.ForcedReplicationMethod = s.method()
	root.ParentTapStreamID = s.parent
	if s.bookmark != "" {
		root.ValidReplicationKeys = []string{s.bookmark}
	}
	names, err := propertyNames(schema)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", s.name, err)
	}
	carried := s.carried()
	for _, name := range names {
		p := e.At("properties", name)
		p.Inclusion = singer.Available
		switch {
		case s.automatic(name):
			p.Inclusion = singer.Automatic
		case slices.Contains(carried, name):
			p.SelectedByDefault = singer.NewBool(false)
		}
	}
	return e, nil
}

// note is metadata that Singer does not know of: names and their texts.
func note(pairs ...string) jsontext.Value {
	b := []byte{'{'}
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendName(b, pairs[i]), ':')
		b = appendName(b, pairs[i+1])
	}
	return append(b, '}')
}

func (s *stream) method() string {
	if s.bookmark == "" {
		return fullTable
	}
	return incremental
}

// automatic reports whether a field is sent whatever is selected.
func (s *stream) automatic(field string) bool {
	return field == s.bookmark || field == extraField || slices.Contains(s.keys, field)
}

// carried names the fields of s that its child streams hold too, and those that
// come only when they are asked for. A child that is off is no reason to leave
// anything out of what is not.
func (s *stream) carried() []string {
	var names []string
	for i := range streams {
		child := &streams[i]
		if child.off && !s.off {
			continue
		}
		if child.beside == s.name || (child.parent == s.name && child.beside == "") {
			names = append(names, child.field())
		}
	}
	return append(names, s.more...)
}

// propertyNames lists the properties of a schema in their order.
func propertyNames(schema jsontext.Value) ([]string, error) {
	found, err := pick(schema, "properties")
	if err != nil {
		return nil, err
	}
	members, err := membersOf(found[0])
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	return names, err
}

// leaveOut takes out of c what the version of the API does not have: streams,
// and fields that their parents would have by a flag. It returns the names of
// the streams that were selected.
func leaveOut(c *singer.Catalog, version string) (left []string) {
	for i := range streams {
		s := &streams[i]
		if e := c.Entry(s.parent); e != nil && s.flag != "" && !s.in(version) {
			e.At("properties", s.field()).Inclusion = singer.Unsupported
		}
	}
	c.Streams = slices.DeleteFunc(c.Streams, func(e *singer.CatalogEntry) bool {
		s := streamNamed(e.TapStreamID)
		if s == nil || s.in(version) {
			return false
		}
		if e.Selected() {
			left = append(left, s.name)
		}
		return true
	})
	return left
}

// choose selects streams by the patterns of the select setting, in their
// order: each adds what it matches, "!pattern" takes away. It returns the
// streams that were asked for by name.
func choose(c *singer.Catalog, patterns []string) (named map[string]bool, err error) {
	named = map[string]bool{}
	patterns, err = chooseFields(c, patterns)
	if err != nil || len(patterns) == 0 {
		return named, err
	}
	chosen := map[string]bool{}
	if strings.HasPrefix(patterns[0], "!") {
		for _, e := range c.Streams {
			chosen[e.TapStreamID] = e.Selected()
		}
	}
	for _, pattern := range patterns {
		glob, taken := strings.CutPrefix(pattern, "!")
		matched := false
		for _, e := range c.Streams {
			ok, err := path.Match(glob, e.TapStreamID)
			if err != nil {
				return nil, fmt.Errorf("select: bad pattern %q", pattern)
			}
			if !ok {
				continue
			}
			matched = true
			chosen[e.TapStreamID] = !taken
			named[e.TapStreamID] = !taken && glob == e.TapStreamID
		}
		if !matched && !slices.ContainsFunc(templates, func(t stream) bool { return mayName(glob, t.name) }) {
			return nil, unknownStream("select", glob)
		}
	}
	for _, e := range c.Streams {
		e.At().Selected = singer.NewBool(chosen[e.TapStreamID])
	}
	return named, nil
}

// unknownStream is the error for a name that is in no row of the table.
func unknownStream(where, name string) error {
	names := make([]string, len(streams))
	for i := range streams {
		names[i] = streams[i].name
	}
	near := program.Nearest(name, names)
	if near == "" {
		return fmt.Errorf("%s: unknown stream %q (--discover lists the streams)", where, name)
	}
	return fmt.Errorf("%s: unknown stream %q (did you mean %q?)", where, name, near)
}

// groupsOf returns what is selected, by parent, in the order of the table; the
// group that an interrupted run was at comes first.
func groupsOf(c *singer.Catalog, named map[string]bool, syncing string, given bool) ([]*group, error) {
	for _, e := range c.Streams {
		if streamNamed(e.TapStreamID) == nil && e.Selected() {
			return nil, unknownStream("catalog", e.TapStreamID)
		}
	}
	var groups []*group
	byParent := map[string]*group{}
	first := -1
	for _, s := range rowsIn(c) {
		e := c.Entry(s.name)
		if e == nil || !e.Selected() {
			continue
		}
		o, err := newOutput(s, e, given)
		if err != nil {
			return nil, err
		}
		o.insisted = named[s.name]
		root := s
		if s.parent != "" {
			root = streamNamed(s.parent)
		}
		of := root.name
		if s.dialect == visited {
			of = s.name // by itself: its parents are read whole
		}
		g := byParent[of]
		if g == nil {
			g = &group{parent: root}
			if s.dialect == visited {
				g = visitor(root)
			}
			byParent[of] = g
			groups = append(groups, g)
		}
		if s == root {
			g.head = o
		}
		o.group = g
		g.outs = append(g.outs, o)
		if s.name == syncing {
			first = slices.Index(groups, g)
		}
	}
	for _, g := range groups {
		g.carry()
	}
	if first > 0 {
		groups = slices.Concat(groups[first:], groups[:first])
	}
	return groups, nil
}

// carry marks the lists in the parent's rows that are not selected there because
// their rows go to other streams.
func (g *group) carry() {
	for _, o := range g.outs {
		if g.head == nil || o.dialect != embedded || o.beside != "" {
			continue
		}
		if m := g.head.shape.members[o.field()]; m != nil && (m.list != "" || m.kind == array) {
			m.carried = true
		}
	}
}

// selects reports whether a stream is among those of groups.
func selects(groups []*group, name string) bool {
	return slices.ContainsFunc(groups, func(g *group) bool {
		return slices.ContainsFunc(g.outs, func(o *output) bool { return o.name == name })
	})
}

// newOutput compiles the selection of a catalog entry.
func newOutput(s *stream, e *singer.CatalogEntry, given bool) (*output, error) {
	// Keys and bookmarks are sent even if the catalog forgot to say so.
	for _, name := range append(slices.Clone(s.keys), s.bookmark) {
		if name != "" {
			e.At("properties", name).Inclusion = singer.Automatic
		}
	}
	selection := e.Selection()
	schema, err := selection.Schema(e.Schema)
	if err != nil {
		return nil, fmt.Errorf("catalog: stream %s: %w", s.name, err)
	}
	shape, err := newShape(e.Schema, selection.Selected)
	if err != nil {
		return nil, fmt.Errorf("catalog: stream %s: %w", s.name, err)
	}
	if err := shape.custom(e, freeMaps[s.base()].field); err != nil {
		return nil, fmt.Errorf("catalog: stream %s: %w", s.name, err)
	}
	for _, key := range s.keys {
		if shape.members[key] == nil {
			return nil, fmt.Errorf("catalog: stream %s: schema without its key %q", s.name, key)
		}
	}
	o := &output{stream: s, schema: schema, shape: shape, initial: none, mark: none}
	if given {
		ours, err := ownShape(s)
		if err != nil {
			return nil, err
		}
		shape.against(ours, s) // nothing is, but times are told from texts
		o.full = s.bookmark != "" && methodGiven(e) == fullTable
	}
	o.transform = newTransform(s.name, shape, s.refs)
	return o, nil
}
