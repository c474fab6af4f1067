package target

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// Names of the columns that the target adds. The source may send _sdc_deleted_at itself; any other property that is called so gets another
// column name.
const (
	colExtractedAt  = "_sdc_extracted_at"
	colReceivedAt   = "_sdc_received_at"
	colBatchedAt    = "_sdc_batched_at"
	colSequence     = "_sdc_sequence"
	colTableVersion = "_sdc_table_version"
	colDeletedAt    = "_sdc_deleted_at"
	colPipeline     = "_sdc_pipeline" // which pipeline a row is of: the same for all rows of a load, so it is in no file
	colValue        = "_sdc_value"    // an array's items that are no objects
)

const (
	maxColumns   = 1024 // of a table in a dedicated pool
	maxDepth     = 24   // objects and arrays within each other; what is deeper is kept as text
	maxKeyLength = 4000 // nvarchar(max) can be neither a hash nor a join key worth having
)

// A layout is the tables of all streams: which place in a record goes to which column. Workers read it while they make rows; what a record
// brings that the layout does not know is added by the one goroutine that sees records in order (see sequencer), so that the same
// input always gives the same tables.
type layout struct {
	options layoutOptions
	known   *mapping // what earlier runs decided
	names   *nameSet // of all tables
	tables  []*table
	ordered []*stream // as they were declared first
	nodes   int       // how many there are

	rejected *table // the ledger's own, for records set aside
}

type layoutOptions struct {
	nestedJSON bool                               // objects and arrays are kept as text
	streams    func(stream string) StreamSettings // nil: nestedJSON for all
	metadata   bool                               // _sdc_* columns on every table
	appendOnly bool                               // never merge by key
	adoptKeys  bool                               // a stream whose key changes goes on with the new one
	needZone   bool                               // a time without zone is text
}

// A stream is one stream's part of the layout.
type stream struct {
	name       string
	settings   StreamSettings
	generation int // of the schema in force; 0 before the first
	schema     *singer.Schema
	keys       []string // key properties
	root       *table
	rootNode   *node
	keyNodes   []*node         // in the order of keys
	tables     []*table        // root first, then in order of appearance
	rekeyed    bool            // it has another key than its table was made with
	adopted    bool            // that, or its key is of another kind
	folded     map[string]bool // paths of objects that are kept as JSON text for want of room
	folds      []string        // those of the last schema, for the log
	kept       bool            // it was said that ACTIVATE_VERSION deletes nothing
	undated    bool            // it was said that deletions have no time
}

// A table is one table of the layout.
type table struct {
	id      int // position among all tables of the layout
	layout  *layout
	stream  *stream
	parent  *table // nil for the root
	path    string // of the array in the record; "" for the root
	name    string
	level   int       // arrays around a row: 0 for the root
	columns []*column // in the order in which rows are written; only ever grows
	prefix  int       // how many of them are the same for all rows of a record
	names   *nameSet
	own     map[string]string // the target's own columns, as they are called here
	extra   int32             // 1 + index of the column for what has none; 0 until it is needed
	fixed   int               // bytes that each row takes
	texts   int               // columns that may take pointerBytes more
}

// A column is one column of a table, with the room that its values have needed so far.
type column struct {
	index   int32
	name    string
	path    string // of the value in the record; "" for the target's own
	kind    kind
	key     bool // part of the key, or a copy of the parent's key
	staging bool // not in the production table
	there   bool // in the warehouse already
	stat
}

// A stat is what a column must have room for.
type stat struct {
	extent
	width int // of a text, in UTF-16 units
}

func (s stat) union(o stat) stat { return stat{s.extent.union(o.extent), max(s.width, o.width)} }

// A node is one place in the records of a stream.
type node struct {
	id      int // among all nodes of the layout
	table   *table
	path    string
	name    string       // columns begin with it; "" for the root of a row
	slots   [kinds]int32 // 1 + index into table.columns, by kind
	used    []int32      // the indexes of the slots that are set
	members map[string]*node
	items   *node // in the child table
	depth   int   // objects and arrays around it

	strings    kind           // what a string is here: text unless the schema knows better
	numbers    kind           // what a number is here
	others     *singer.Schema // says of members that it does not name what they are; nil: nothing
	closed     bool           // the schema forbids members it does not name
	undeclared bool           // no schema had named it when it was met
	folded     bool           // an object here is kept as JSON text for want of room
	full       bool           // no more columns can be made for it
	key        bool           // it has one column for all values
	asSent     bool           // a key that stands in the table as it was sent, see exactKey
	only       kind           // of that column
	unlike     bool           // which is not what the schema says
	deletes    bool           // a value says that the row is deleted, and when
	own        bool           // one of the target's own columns: its kind is not the schema's to say
}

func newLayout(o layoutOptions, known *mapping) *layout {
	l := &layout{options: o, known: known, names: newNameSet()}
	for _, t := range (synapse.Ledger{}).Tables() {
		l.names.take(t.Name.Table, "ledger")
	}
	known.reserveTables(l.names)
	for table := range known.types {
		if !known.mapped[table] {
			l.names.take(table, foreignOwner(table))
		}
	}
	l.rejected = &table{layout: l, name: (synapse.Ledger{}).Rejected().Table}
	l.tables = append(l.tables, l.rejected)
	for _, c := range rejectedColumns {
		l.rejected.add(&column{name: c.name, kind: c.kind})
	}
	return l
}

// settle has the columns own all the room of the types that they are about to get. A type may be roomier than the values so far needed, and
// it is from the type that the next one is widened: decimal(18,2) takes no thirtieth digit of a fraction, however few digits stand before the point.
func (l *layout) settle() {
	for _, t := range l.tables {
		for _, c := range t.columns {
			if room, ok := roomOf(c.typeOf(), c.kind); ok {
				c.stat = c.stat.union(room)
			}
		}
	}
}

// rejectedColumns are those of the ledger's table for records that were set aside, in the order of its files.
var rejectedColumns = [...]struct {
	name string
	kind kind
}{
	{"pipeline", kindText}, {"load_id", kindText}, {"stream", kindText}, {"line", kindInteger},
	{"reason", kindText}, {"record", kindJSON}, {"rejected_at", kindInstant}, {"table_version", kindInteger},
}

// merged says whether rows of the stream replace rows with the same key.
func (l *layout) merged(s *stream) bool { return len(s.keys) > 0 && !l.options.appendOnly }

// sequenced says whether production tables keep the sequence: it is the only link between parent and child where there is no key, and where
// a key has several rows.
func (l *layout) sequenced(s *stream) bool {
	return l.options.metadata || len(s.keys) == 0 || l.options.appendOnly
}

// declare puts a stream's schema in force. Columns are only ever added. A stream whose first schema is refused has no tables.
func (l *layout) declare(s *stream, schema *singer.Schema, keys []string) error {
	fresh, ordered, first := len(l.known.fresh), len(l.ordered), s.root == nil
	err := l.redeclare(s, schema, keys)
	if err != nil && first {
		l.known.fresh, l.ordered = l.known.fresh[:fresh], l.ordered[:ordered]
	}
	return err
}

func (l *layout) redeclare(s *stream, schema *singer.Schema, keys []string) error {
	if s.root == nil {
		if err := l.settleKeys(s, keys); err != nil {
			return err
		}
		l.newRoot(s)
	} else if !sameKeys(s.keys, keys) {
		return keyChange(s.keys, keys, "a key that changes within a run is not adopted")
	}
	first := s.generation == 0
	for _, key := range s.keyNodes {
		property := schema.Property(key.name)
		if property == nil {
			property = schema.Undeclared(key.name)
		}
		if property == nil && len(schema.Properties) == 0 { // the records decide
			property = &singer.Schema{Any: true}
		}
		if property == nil {
			return fmt.Errorf("key property %q is not among the properties of the schema", key.name)
		}
		if err := l.declareKey(key, property); err != nil {
			return err
		}
	}
	s.generation++
	s.schema = schema
	if first {
		if s.folded = l.known.foldedPaths(s.name); !l.known.hasPlace(s.name, "") && !l.isFlat(s.settings) {
			for _, path := range foldWide(schema) {
				s.folded[path] = true
			}
		}
		l.known.keepKeys(s)
		l.restoreChildren(s)
	}
	tables := len(s.tables)
	l.declareMembers(s.rootNode, schema)
	if first {
		tables = 0
	}
	for _, t := range s.tables[tables:] {
		if err := l.checkAdopted(t); err != nil {
			return err
		}
	}
	return nil
}

// restoreChildren brings back the child tables that earlier runs made. A parent's set of rows is replaced with the parent even where this run
// never sees the array.
func (l *layout) restoreChildren(s *stream) {
	for _, path := range l.known.childPaths(s.name) {
		n := s.rootNode
		for _, step := range strings.Split(path, "/")[1:] {
			switch {
			case "/"+step != itemStep:
				n = n.member(unescapeStep(step))
			case n.items != nil:
				n = n.items
			default:
				n = l.newChild(n)
			}
		}
	}
}

// newRoot makes a stream's first table with the columns that are ours. Key properties come first, so that they get the plain names.
func (l *layout) newRoot(s *stream) {
	if l.options.streams != nil {
		s.settings = l.options.streams(s.name)
	}
	t := l.newTable(s, nil, "", s.name)
	s.root = t
	l.ordered = append(l.ordered, s)
	if l.options.metadata {
		t.addOwn(colExtractedAt, kindInstant)
		t.addOwn(colReceivedAt, kindInstant)
		t.addOwn(colBatchedAt, kindInstant)
		t.addOwn(colTableVersion, kindInteger)
		t.claimOwn(colPipeline)
	}
	t.addOwn(colSequence, kindInteger).staging = !l.sequenced(s)
	t.prefix = len(t.columns)
	s.rootNode = newNode(t, "", "")
	for _, key := range s.keys {
		n := s.rootNode.newMember(key)
		n.key, n.asSent = true, l.known.isKeyAsSent(s, n)
		s.keyNodes = append(s.keyNodes, n)
	}
	if l.options.metadata { // filled from the record: some taps mark deleted rows so, most without declaring it
		n := s.rootNode.member(colDeletedAt)
		if !n.key {
			n.own, n.deletes, n.strings = true, true, kindInstant
			n.setSlot(kindInstant, t.addOwn(colDeletedAt, kindInstant).index)
		}
	}
}

// newChild makes the table for the items of an array at n.
func (l *layout) newChild(n *node) *node {
	s, parent := n.table.stream, n.table
	t := l.newTable(s, parent, n.path+itemStep, joinName(parent.name, n.name))
	t.level = parent.level + 1
	for _, key := range s.keyNodes {
		have := s.root.columns[key.used[0]]
		c := t.addOwn("_sdc_source_key_"+key.name, have.kind)
		c.key, c.stat = true, have.stat
	}
	t.addOwn(colSequence, kindInteger).staging = !l.sequenced(s)
	if l.options.metadata {
		t.addOwn(colTableVersion, kindInteger)
		t.claimOwn(colPipeline)
	}
	t.prefix = len(t.columns)
	for i := range t.level {
		t.addOwn("_sdc_level_"+strconv.Itoa(i)+"_id", kindInteger)
	}
	n.items = newNode(t, t.path, "")
	n.items.depth = n.depth + 1
	return n.items
}

func (l *layout) newTable(s *stream, parent *table, path, want string) *table {
	t := &table{id: len(l.tables), layout: l, stream: s, parent: parent, path: path, names: newNameSet(), own: map[string]string{}}
	t.name = l.known.tables[[2]string{ledgerName(s.name), path}]
	if t.name == "" {
		owner := tableOwner(s.name, path)
		if name := tableName(want); l.names.owner(name) == foreignOwner(name) {
			l.names.give(name, owner) // whether it is loaded into is decided elsewhere
		}
		t.name = l.names.claim(tableName(want), owner, nil)
		l.known.keep(t, path, kindObject.String(), "")
	}
	l.known.reserveColumns(t)
	t.claimOwn(colExtra)
	for _, c := range l.known.types[foldName(t.name)] {
		bytes, text := rowBytesOf(c.Type)
		t.weigh(bytes, text)
	}
	l.tables = append(l.tables, t)
	s.tables = append(s.tables, t)
	return t
}

// addOwn adds a column of the target's own.
func (t *table) addOwn(name string, k kind) *column {
	c := &column{name: t.claimOwn(name), kind: k}
	t.add(c)
	return c
}

// claimOwn names a column of the target's own. It is called as it is wanted, unless a property was given the name by an earlier run, which went
// without the column.
func (t *table) claimOwn(name string) string {
	owner := ownOwner(name)
	if t.names.owner(name) == foreign {
		t.names.give(name, owner) // an earlier run made it
	}
	t.own[name] = t.names.claim(name, owner, func(string) bool { return true }) // what has the hash of the owner is the owner's
	return t.own[name]
}

func (t *table) add(c *column) {
	if t.stream != nil && !c.there {
		t.weigh(c.kind.rowBytes(), c.kind.isText())
	}
	c.index = int32(len(t.columns))
	t.columns = append(t.columns, c)
}

// declareMembers walks the properties of an object; a nested object's members become columns of the same table.
func (l *layout) declareMembers(n *node, schema *singer.Schema) {
	n.closed, n.others = schema.NoAdditional, schema
	for i := range schema.Properties {
		if path := n.path + "/" + escapeStep(schema.Properties[i].Name); utf16Length(path) > maxPath {
			continue // its values are spilled
		}
		member := n.member(schema.Properties[i].Name)
		if !member.key && !member.own {
			l.declareNode(member, schema.Properties[i].Schema)
		}
	}
}

// declareNode makes the column of the first type a property is declared with; further types get theirs when a value needs it.
func (l *layout) declareNode(n *node, schema *singer.Schema) {
	n.numbers, n.strings = numberKind(schema), stringKind(schema)
	s := n.table.stream
	if schema.Folded && !l.isFlat(s.settings) && !l.known.hasBelow(s.name, n.path) {
		n.folded = true
	}
	if n.folded && !l.keepsJSON(n) {
		s.folds = append(s.folds, n.path)
	}
	for i, typ := range schema.Types {
		switch k := l.kindOf(n, typ); {
		case k == kindObject:
			l.declareMembers(n, schema)
		case k == kindArray:
			l.declareArray(n, schema.Items)
		case i == 0 || n.slots[k] > 0:
			l.declareColumn(n, k, schema)
		}
	}
	l.noteDeletion(n)
}

// noteDeletion has a property _sdc_deleted_at that is a time delete its row. Without metadata it is a property like any other, and says the same.
func (l *layout) noteDeletion(n *node) {
	if n.path == "/"+colDeletedAt && !n.key {
		n.deletes = n.strings == kindInstant || slices.Contains(l.known.kindsAt(n.table.name, n.path), kindInstant) || n.slots[kindInstant] > 0
	}
}

// undeclared makes the node of a member that the schema does not name: of the kind that the schema gives to all such, unless earlier runs have put it
// into a column of another kind.
func (l *layout) undeclared(n *node, name string) *node {
	m := n.newMember(name)
	m.undeclared = true
	kinds := l.known.kindsAt(n.table.name, m.path)
	var schema *singer.Schema
	if n.others != nil {
		schema = n.others.Undeclared(name)
	}
	if schema != nil {
		m.numbers, m.strings = numberKind(schema), stringKind(schema)
	}
	asked := [2]kind{m.numbers, m.strings}
	m.numbers = among(kinds, m.numbers, kindNumber, kindInteger)
	m.strings = among(kinds, m.strings, kindText, kindInstant, kindDate, kindTime)
	if schema != nil && asked == [2]kind{m.numbers, m.strings} {
		l.declareNode(m, schema)
	}
	l.noteDeletion(m)
	return m
}

// among is the kind that is wanted, unless there are columns for others of its like only.
func among(kinds []kind, want kind, likes ...kind) kind {
	if slices.Contains(kinds, want) {
		return want
	}
	for _, k := range likes {
		if slices.Contains(kinds, k) {
			return k
		}
	}
	return want
}

func (l *layout) declareColumn(n *node, k kind, schema *singer.Schema) {
	if i, ok := n.slot(k); ok && k == kindInteger && beyondLimits(schema) {
		n.table.columns[i].beyond64 = true
	}
}

// declareArray declares what an array holds: objects have their members in the child table, anything else is a _sdc_value.
func (l *layout) declareArray(n *node, items *singer.Schema) {
	if n.items == nil {
		if utf16Length(n.path+itemStep) > maxPath {
			return
		}
		l.newChild(n)
	}
	if items == nil || len(items.Types) == 0 {
		return
	}
	if items.Types[0] != "object" {
		l.declareNode(n.items.member(colValue), items)
		return
	}
	l.declareMembers(n.items, items)
}

// declareKey fixes the one kind that a key property has: what its table was made with, else what the schema says. A key of several types or formats is
// text: 1 and "1" are the same key then.
func (l *layout) declareKey(n *node, schema *singer.Schema) error {
	k := l.keyKind(n, schema)
	if len(n.used) > 0 {
		l.fitKey(n, k)
		l.declareColumn(n, n.only, schema)
		return nil
	}
	if k >= kindJSON {
		return fmt.Errorf("key property %q is an %s; a key must be a single value", n.name, schema.Types[0])
	}
	n.only = k
	if have := l.known.keyKindAt(n.table.name, n.path); have != kindNone {
		n.only = have
	}
	n.strings, n.numbers = n.only, n.only
	l.declareColumn(n, n.only, schema)
	if len(n.used) == 0 {
		return fmt.Errorf("key property %q: its table has no room for its column, or its name is too long", n.name)
	}
	n.table.columns[n.used[0]].key = true
	l.fitKey(n, k)
	return nil
}

// keyKind is the kind of a key that a schema asks for.
func (l *layout) keyKind(n *node, schema *singer.Schema) kind {
	if len(schema.Types) != 1 || manyStrings(schema) {
		return kindText
	}
	as := node{table: n.table, depth: n.depth, numbers: numberKind(schema), strings: stringKind(schema)}
	return l.kindOf(&as, schema.Types[0])
}

// keepsJSON says whether objects and arrays at a place are kept as text.
func (l *layout) keepsJSON(n *node) bool {
	return l.isFlat(n.table.stream.settings) || n.depth >= maxDepth
}

// isFlat says whether a stream keeps all objects and arrays as text.
func (l *layout) isFlat(s StreamSettings) bool { return l.options.nestedJSON || s.Nested == "json" }

// kindOf is the kind of values of a JSON type at a place.
func (l *layout) kindOf(n *node, typ string) kind {
	switch typ {
	case "integer", "number":
		return n.numbers
	case "string":
		return n.strings
	case "boolean":
		return kindBool
	case "object":
		if n.folded || l.keepsJSON(n) {
			return kindJSON
		}
		return kindObject
	case "array":
		if l.keepsJSON(n) {
			return kindJSON
		}
		return kindArray
	}
	return kindText
}

func newNode(t *table, path, name string) *node {
	t.layout.nodes++
	return &node{id: t.layout.nodes, table: t, path: path, name: name, numbers: kindNumber, strings: kindText}
}

// member finds or makes the node of a member.
func (n *node) member(name string) *node {
	if m := n.members[name]; m != nil {
		return m
	}
	return n.newMember(name)
}

func (n *node) newMember(name string) *node {
	m := newNode(n.table, n.path+"/"+escapeStep(name), joinName(n.name, name))
	m.depth, m.folded = n.depth+1, n.table.stream.folded[m.path]
	if n.members == nil {
		n.members = map[string]*node{}
	}
	n.members[name] = m
	return m
}

// slot finds or makes the column for a kind; false when there is no room for one. The first kind takes the plain name.
func (n *node) slot(k kind) (int32, bool) {
	if i := n.slots[k]; i > 0 {
		return i - 1, true
	}
	t := n.table
	want := n.name
	if len(n.used) > 0 || t.layout.known.taken(t, n.path, k) {
		want += k.suffix()
	}
	decided := len(t.layout.known.fresh)
	c := t.layout.known.place(t, n.path, want, k)
	if n.undeclared && t.parent == nil && len(t.layout.known.fresh) > decided { // only roots keep what a record is without
		t.layout.known.keep(t, n.path, undeclaredMapping, c.name)
	}
	if c == nil {
		n.full = true
		return 0, false
	}
	t.add(c)
	n.setSlot(k, c.index)
	if n.folded && k == kindJSON {
		t.layout.known.keepFolded(n, c.name)
	}
	return c.index, true
}

func (n *node) setSlot(k kind, index int32) {
	n.slots[k] = index + 1
	n.used = append(n.used, index)
}

func joinName(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "__" + name
}

// itemStep in a path stands for the items of an array. No member can be called so: ~ is always escaped in names.
const itemStep = "/~*"

func escapeStep(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

func unescapeStep(step string) string {
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
}
