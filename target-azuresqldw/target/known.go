package target

import (
	"fmt"
	"slices"
	"strings"

	"intercomdw/target-azuresqldw/synapse"
)

// foreign owns the columns that somebody else has made.
const foreign = "\x00catalogue"

// mapping is what the warehouse holds before the run: the tables and columns that earlier runs gave to streams and properties, and the types
// of all columns. It is the reason why a name once given stays, whatever comes first in a later run.
type mapping struct {
	tables  map[[2]string]string           // stream, path → table
	columns map[string]map[placeKey]string // table → column
	rekeyed map[string]int                 // stream → how many times its key was changed
	keysOf  map[string][]string            // stream → paths of its key properties
	asSent  map[string]bool                // streams whose keys stand in the tables as they were sent
	places  map[[2]string]bool             // stream, path: there are columns or tables at it; true: below it, too
	folded  map[[2]string]bool             // stream, path: an object that is kept as JSON text for want of room
	types   map[string][]synapse.Column    // folded table name → columns in the warehouse
	fresh   []synapse.Mapping              // decided in this run and not stored yet

	namespace string
	mapped    map[string]bool // folded names of the tables that are some stream's

	undeclared map[[2]string]bool // stream, path: no schema declared the property when its column was made
	adopt      bool               // tables and columns that somebody else has made are used
}

type placeKey struct {
	path string
	kind kind
}

const (
	// keyMapping begins the kind under which the order of key properties is kept.
	keyMapping = "key "
	// exactKey ends that kind where a key has one spelling in the table: numbers in text columns, moments in UTC. In tables from before that
	// a key stands as it was sent, and has to be written so to meet its row.
	exactKey = " exact"
	// unmarkedMapping is the kind under which it is kept whose the rows of a table are that stood there before rows were marked with their
	// pipeline: its name stands in place of a column, nothing where it may have been several.
	unmarkedMapping = "unmarked"
)

func newMapping(stored []synapse.Mapping, catalogue []synapse.Table) *mapping {
	m := &mapping{
		tables: map[[2]string]string{}, columns: map[string]map[placeKey]string{},
		keysOf: map[string][]string{}, asSent: map[string]bool{}, types: map[string][]synapse.Column{}, places: map[[2]string]bool{}, folded: map[[2]string]bool{}, rekeyed: map[string]int{},
		mapped: map[string]bool{}, undeclared: map[[2]string]bool{},
	}
	slices.SortFunc(stored, func(a, b synapse.Mapping) int { // the keys of a stream in their order
		return strings.Compare(a.Stream+"\x00"+a.Kind, b.Stream+"\x00"+b.Kind)
	})
	for _, t := range catalogue {
		m.types[foldName(t.Name.Table)], m.namespace = t.Columns, t.Name.Namespace
	}
	for _, s := range stored {
		m.restore(s)
	}
	return m
}

func (m *mapping) restore(s synapse.Mapping) {
	for i, c := range s.Path {
		if c == '/' && i > 0 {
			m.places[[2]string{s.Stream, s.Path[:i]}] = true
		}
	}
	if at := [2]string{s.Stream, s.Path}; !m.places[at] {
		m.places[at] = false // there is something at it, and nothing is known to be below it
	}
	switch {
	case s.Kind == unmarkedMapping:
	case s.Kind == undeclaredMapping:
		m.undeclared[[2]string{s.Stream, s.Path}] = true
	case s.Kind == foldedMapping:
		m.folded[[2]string{s.Stream, s.Path}] = true
	case strings.HasPrefix(s.Kind, keyMapping):
		if generation := generationOf(s.Kind); generation > m.rekeyed[s.Stream] { // those before it were sorted before it
			m.rekeyed[s.Stream], m.keysOf[s.Stream], m.asSent[s.Stream] = generation, nil, false
		}
		m.keysOf[s.Stream] = append(m.keysOf[s.Stream], s.Path)
		m.asSent[s.Stream] = m.asSent[s.Stream] || !strings.HasSuffix(s.Kind, exactKey)
	case s.Column == "":
		m.tables[[2]string{s.Stream, s.Path}] = s.Table
		m.mapped[foldName(s.Table)] = true
		if _, ok := m.keysOf[s.Stream]; !ok {
			m.keysOf[s.Stream] = nil
		}
	default:
		if m.columns[s.Table] == nil {
			m.columns[s.Table] = map[placeKey]string{}
		}
		m.columns[s.Table][placeKey{s.Path, kindNamed(s.Kind)}] = s.Column
	}
}

// keys returns the key properties that a stream's tables were made with; false when there are no tables.
func (m *mapping) keys(stream string) ([]string, bool) {
	paths, ok := m.keysOf[ledgerName(stream)]
	var names []string
	for _, p := range paths {
		names = append(names, unescapeStep(strings.TrimPrefix(p, "/")))
	}
	return names, ok
}

// childPaths returns the paths of a stream's child tables, parents first.
func (m *mapping) childPaths(stream string) (paths []string) {
	for at := range m.tables {
		if at[0] == ledgerName(stream) && at[1] != "" {
			paths = append(paths, at[1])
		}
	}
	slices.Sort(paths)
	return paths
}

// hasPlace says whether earlier runs have put values at a path of a stream, or below it, into columns or tables.
func (m *mapping) hasPlace(stream, path string) bool {
	_, ok := m.places[[2]string{ledgerName(stream), path}]
	return ok
}

// hasBelow says whether they have so with what stands below a path.
func (m *mapping) hasBelow(stream, path string) bool {
	return m.places[[2]string{ledgerName(stream), path}]
}

// foldedPaths are the objects of a stream that earlier runs have kept as JSON text for want of room.
func (m *mapping) foldedPaths(stream string) map[string]bool {
	paths := map[string]bool{}
	for at := range m.folded {
		if at[0] == ledgerName(stream) {
			paths[at[1]] = true
		}
	}
	return paths
}

func (m *mapping) keepFolded(n *node, column string) {
	if at := [2]string{ledgerName(n.table.stream.name), n.path}; !m.folded[at] {
		m.folded[at] = true
		m.keep(n.table, n.path, foldedMapping, column)
	}
}

// keep remembers a decision, to be stored with the load that carries the first rows made by it.
func (m *mapping) keep(t *table, path, kind, column string) {
	m.fresh = append(m.fresh, synapse.Mapping{Stream: ledgerName(t.stream.name), Path: path, Kind: kind, Table: t.name, Column: column})
}

func (m *mapping) keepKeys(s *stream) {
	generation, mark := 0, exactKey
	if s.rekeyed {
		mark, generation = "", m.rekeyed[ledgerName(s.name)]+1
	} else if _, ok := m.keysOf[ledgerName(s.name)]; ok {
		return
	}
	for i, key := range s.keyNodes {
		m.keep(s.root, key.path, fmt.Sprintf("%s%03d%s", keyGeneration(generation), i, mark), s.root.columns[key.used[0]].name)
	}
}

// isKeyAsSent says of a key whether it stands in its table as it was sent. So do the columns that become a key later on; integers that became
// text do not.
func (m *mapping) isKeyAsSent(s *stream, key *node) bool {
	return s.rekeyed || m.asSent[ledgerName(s.name)] && !m.hasColumn(key, kindInteger)
}

// takeFresh hands over the decisions that are not stored yet.
func (m *mapping) takeFresh() []synapse.Mapping {
	fresh := m.fresh
	m.fresh = nil
	return fresh
}

// reserveTables marks the names of known tables as taken by what they hold.
func (m *mapping) reserveTables(names *nameSet) {
	for at, table := range m.tables {
		names.take(table, tableOwner(at[0], at[1]))
	}
}

func tableOwner(stream, path string) string { return ledgerName(stream) + "\x00" + path }

// ledgerName is a stream as the ledger has it: as it is called, as far as that fits.
func ledgerName(stream string) string { return synapse.Shorten(stream, synapse.MaxStreamUnits) }

func ownOwner(name string) string { return "\x00own\x00" + name }

// foreignOwner owns a table that no mapping knows. A stream whose name is but like the table's gets another.
func foreignOwner(table string) string { return foreign + "\x00" + foldName(table) }

func columnOwner(path string, k kind) string { return path + "\x00" + k.String() }

// reserveColumns marks the names of a table's columns as taken, by what they hold or by somebody else.
func (m *mapping) reserveColumns(t *table) {
	for at, name := range m.columns[t.name] {
		t.names.take(name, columnOwner(at.path, at.kind))
	}
	for _, c := range m.types[foldName(t.name)] {
		t.names.take(c.Name, foreign) // unless it is ours
	}
}

// kindsAt returns the kinds of values at a path for which a table has columns.
func (m *mapping) kindsAt(table, path string) []kind {
	var found []kind
	for k := range kinds {
		if _, ok := m.columns[table][placeKey{path, k}]; ok {
			found = append(found, k)
		}
	}
	return found
}

// keyKindAt is the kind of a key in its column: the one that it was turned into, if it was; kindNone when there is no column.
func (m *mapping) keyKindAt(table, path string) kind {
	at := m.kindsAt(table, path)
	if len(at) == 0 {
		return kindNone
	}
	turned := at[0]
	for _, k := range []kind{kindNumber, kindText} {
		if name, ok := m.columns[table][placeKey{path, k}]; ok && name == m.columns[table][placeKey{path, at[0]}] {
			turned = k
		}
	}
	return turned
}

// turn remembers that a key's column holds another kind now.
func (m *mapping) turn(t *table, path string, k kind, column string) {
	if m.columns[t.name] == nil {
		m.columns[t.name] = map[placeKey]string{}
	}
	if at := (placeKey{path, k}); m.columns[t.name][at] == "" {
		m.columns[t.name][at] = column
		m.keep(t, path, k.String(), column)
	}
}

// hasColumn says whether an earlier run gave a column to a kind of value at a place.
func (m *mapping) hasColumn(n *node, k kind) bool {
	_, ok := m.columns[n.table.name][placeKey{n.path, k}]
	return ok
}

// taken says whether an earlier run gave the plain name of a path to values of another kind.
func (m *mapping) taken(t *table, path string, k kind) bool {
	at := m.kindsAt(t.name, path)
	return len(at) > 0 && !slices.Contains(at, k)
}

// place finds or names the column for a kind of value at a path. A column that somebody else has made is taken when that is wanted, and its type can
// hold the kind; otherwise the kind's suffix keeps clear of it. Nil means that there is no such column and that the table has no room for another.
func (m *mapping) place(t *table, path, want string, k kind) *column {
	c := &column{path: path, kind: k}
	if name, ok := m.columns[t.name][placeKey{path, k}]; ok {
		c.name = name
		if have, ok := m.column(t, name); ok {
			c.there = true
			c.stat, _ = roomOf(have.Type, k)
		}
		return c
	}
	owner := columnOwner(path, k)
	// A name of ours that ends in a hash of the owner, and that no mapping knows, was given by a run that died before its load was committed.
	fits := func(name string) bool {
		have, ok := m.column(t, name)
		room, can := roomOf(have.Type, k)
		if ok && can {
			c.stat = room
		}
		return ok && can
	}
	room := t.hasRoom(k) && utf16Length(path) <= maxPath
	for _, name := range []string{cleanName(want), cleanName(want + k.suffix())} {
		if t.names.owner(name) != foreign {
			if !room {
				return nil
			}
			c.name = t.names.claim(name, owner, fits)
			break
		}
		if m.adopt && fits(name) {
			have, _ := m.column(t, name)
			c.name = have.Name
			t.names.give(name, owner)
			break
		}
	}
	if c.name == "" {
		if !room {
			return nil
		}
		c.name = t.names.claim(want, owner, fits)
	}
	_, c.there = m.column(t, c.name)
	m.keep(t, path, k.String(), c.name)
	return c
}

// column is a column as the warehouse has it.
func (m *mapping) column(t *table, name string) (synapse.Column, bool) {
	for _, c := range m.types[foldName(t.name)] {
		if foldName(c.Name) == foldName(name) {
			return c, true
		}
	}
	return synapse.Column{}, false
}
