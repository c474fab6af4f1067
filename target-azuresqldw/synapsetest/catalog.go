package synapsetest

import (
	"encoding/json"
	"strings"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// catalog is what the pool knows of its schemas and tables. Names are compared
// as the pool's default collation does ("the collation of an identifier depends on the level at which it is defined …
// identifiers of database objects are assigned the default collation of the database", sql/relational-databases/collations/
// collation-and-unicode-support).
type catalog struct {
	names   sqltype.Collation
	schemas []*schema
	tables  map[int64]*table
	byName  map[string]*table
	nextID  int64
	version int64 // grows with every change; texts of catalogue views are kept by it
}

type schema struct {
	ID   int64
	Name string
}

// table is a table; its rows are in SQLite's table t<ID>, a column in c<ID>, so
// that renaming moves nothing.
type table struct {
	ID           int64
	Schema, Name string
	Columns      []*column
	Distribution tsql.Distribution
	HashColumns  []string
	Index        tsql.Index
	IndexColumns []string
	Keys         []tsql.KeyConstraint
	Statistics   []statistics
	NextColumn   int
	Identity     int64  // last value given
	Partition    string // the column by which the table is partitioned, or ""
	Created      time.Time
	Modified     time.Time
	Session      int // owner of a temporary table, else 0

	names sqltype.Collation // by which names of columns compare
}

type column struct {
	ID       int
	Name     string
	Type     sqltype.Type
	Nullable bool
	Identity bool
	Numeric  bool   // declared as numeric, which the catalogue does not call decimal
	Default  any    // stored form
	Source   string // text of the default
}

// columnJSON is a column as the data file has it: JSON alone would make numbers and
// bytes of a default something else.
type columnJSON struct {
	*plainColumn
	Default *storedJSON `json:",omitempty"`
}

type plainColumn column

type storedJSON struct {
	Int   *int64   `json:",omitempty"`
	Float *float64 `json:",omitempty"`
	Text  *string  `json:",omitempty"`
	Bytes []byte   `json:",omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (c *column) MarshalJSON() ([]byte, error) {
	out := columnJSON{plainColumn: (*plainColumn)(c)}
	switch x := c.Default.(type) {
	case int64:
		out.Default = &storedJSON{Int: &x}
	case float64:
		out.Default = &storedJSON{Float: &x}
	case string:
		out.Default = &storedJSON{Text: &x}
	case []byte:
		out.Default = &storedJSON{Bytes: x}
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *column) UnmarshalJSON(b []byte) error {
	in := columnJSON{plainColumn: (*plainColumn)(c)}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	switch x := in.Default; {
	case x == nil:
	case x.Int != nil:
		c.Default = *x.Int
	case x.Float != nil:
		c.Default = *x.Float
	case x.Text != nil:
		c.Default = *x.Text
	default:
		c.Default = append([]byte{}, x.Bytes...)
	}
	return nil
}

type statistics struct {
	Name    string
	Columns []string
}

func newCatalog(names sqltype.Collation) *catalog {
	c := &catalog{names: names, tables: map[int64]*table{}, byName: map[string]*table{}, nextID: 100001}
	// dbo, sys and INFORMATION_SCHEMA are in every database.
	c.schemas = []*schema{{1, "dbo"}, {3, "INFORMATION_SCHEMA"}, {4, "sys"}}
	return c
}

// fold is for names that are no objects of the database: variables, functions, collations.
func fold(s string) string { return strings.ToLower(s) }

// same reports whether two names are one.
func (c *catalog) same(a, b string) bool { return c.names.Equal(a, b) }

// key is the same for names that are one.
func (c *catalog) key(names ...string) string {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = c.names.Key(n)
	}
	return strings.Join(keys, "\x00\x00\x00")
}

func (c *catalog) schema(name string) *schema {
	for _, s := range c.schemas {
		if c.same(s.Name, name) {
			return s
		}
	}
	return nil
}

func (c *catalog) addSchema(name string) *schema {
	id := int64(5)
	for _, s := range c.schemas {
		id = max(id, s.ID+1)
	}
	s := &schema{ID: id, Name: name}
	c.schemas = append(c.schemas, s)
	c.version++
	return s
}

func (c *catalog) put(t *table) {
	c.tables[t.ID] = t
	t.names = c.names
	c.byName[c.key(t.Schema, t.Name)] = t
	c.nextID = max(c.nextID, t.ID+1)
	c.version++
}

func (c *catalog) drop(t *table) {
	delete(c.tables, t.ID)
	delete(c.byName, c.key(t.Schema, t.Name))
	c.version++
}

// uniqueName refuses the name of a constraint that there is already: it "is unique
// within the database" (create-table-azure-sql-data-warehouse).
func (c *catalog) uniqueName(name string) error {
	for _, t := range c.tables {
		for _, k := range t.Keys {
			if name != "" && c.same(k.Name, name) {
				return sqltype.Errorf(2714, "There is already an object named '%s' in the database.", name)
			}
		}
	}
	return nil
}

// checkKey refuses a key that cannot be added to t.
func (c *catalog) checkKey(t *table, k tsql.KeyConstraint) error {
	for _, have := range t.Keys {
		if k.Primary && have.Primary {
			return sqltype.Errorf(1779, "Table '%s' already has a primary key defined on it.", t.Name)
		}
	}
	for _, n := range k.Columns {
		if k.Primary && t.column(n).Nullable {
			return sqltype.Errorf(8111, "Cannot define PRIMARY KEY constraint on nullable column in table '%s'.", t.Name)
		}
	}
	return c.uniqueName(k.Name)
}

func (t *table) column(name string) *column {
	for _, c := range t.Columns {
		if t.names.Equal(c.Name, name) {
			return c
		}
	}
	return nil
}

func (t *table) add(c *column) {
	t.NextColumn++
	c.ID = t.NextColumn
	t.Columns = append(t.Columns, c)
}

// clone copies the table deeply enough for a definition to change it and be undone.
func (t *table) clone() *table {
	n := *t
	n.Columns = make([]*column, len(t.Columns))
	for i, c := range t.Columns {
		d := *c
		n.Columns[i] = &d
	}
	n.Statistics = append([]statistics(nil), t.Statistics...)
	n.Keys = append([]tsql.KeyConstraint(nil), t.Keys...)
	return &n
}
