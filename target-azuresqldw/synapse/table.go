package synapse

import (
	"fmt"
	"strings"
)

// KeyCollation is the collation of string keys. The pool's default one takes
// "a" for "A" and does not weigh characters it does not know; this one compares code
// points. Trailing blanks are equal to none even here, see [Merge].
const KeyCollation = "Latin1_General_100_BIN2"

// Column is one column of a table.
type Column struct {
	Name      string
	Type      Type
	Collation string // "" is the database's own
	NotNull   bool
	Default   string // as the catalogue has it, "" when there is none; only others make such columns
	Identity  bool   // the pool fills it; likewise
}

// definition is the column as CREATE TABLE and ALTER TABLE carry it.
func (c Column) definition() string {
	var b strings.Builder
	b.WriteString(Quote(c.Name) + " " + c.Type.String())
	if c.Collation != "" && c.Type.Textual() {
		b.WriteString(" COLLATE " + c.Collation)
	}
	if c.NotNull {
		b.WriteString(" NOT NULL")
	} else {
		b.WriteString(" NULL")
	}
	return b.String()
}

// cast gives a value the column's type, where a query makes a table.
func (c Column) cast(value string) string {
	value = fmt.Sprintf("CAST(%s AS %s)", value, c.Type)
	if c.Collation != "" && c.Type.Textual() {
		value += " COLLATE " + c.Collation
	}
	return value
}

// Distribution says which of the pool's 60 distributions a row lives in. The
// zero value is round robin.
type Distribution struct {
	Replicated bool
	Hash       []string // columns; more than one needs compatibility level 50
}

// RoundRobin spreads rows evenly, without regard to their values.
func RoundRobin() Distribution { return Distribution{} }

// HashOn keeps rows with equal values in these columns together.
func HashOn(columns ...string) Distribution { return Distribution{Hash: columns} }

// Replicate keeps a copy of the whole table on each compute node.
func Replicate() Distribution { return Distribution{Replicated: true} }

// String returns the distribution as a statement carries it.
func (d Distribution) String() string {
	switch {
	case d.Replicated:
		return "REPLICATE"
	case len(d.Hash) > 0:
		return "HASH(" + quoteAll(d.Hash) + ")"
	}
	return "ROUND_ROBIN"
}

// On says whether rows are distributed by the values of a column.
func (d Distribution) On(column string) bool {
	for _, c := range d.Hash {
		if strings.EqualFold(c, column) {
			return true
		}
	}
	return false
}

// Index is how a table's rows are stored.
type Index uint8

// Heap is the default: it takes (max) types, which a columnstore refuses, and
// is the faster to fill. OtherIndex is what somebody else's table may have.
const (
	Heap Index = iota
	ColumnStore
	OtherIndex
)

// String returns the index as a statement carries it.
func (i Index) String() string {
	if i == ColumnStore {
		return "CLUSTERED COLUMNSTORE INDEX"
	}
	return "HEAP"
}

// Table is a table, as it is or as it shall be.
type Table struct {
	Name         Name
	Columns      []Column
	Distribution Distribution
	Index        Index
}

// Column returns the column of a name; the case of names does not matter.
func (t Table) Column(name string) (Column, bool) {
	if i := t.position(name); i >= 0 {
		return t.Columns[i], true
	}
	return Column{}, false
}

// Describe names the columns with their types, for a person.
func (t Table) Describe() string {
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, Quote(c.Name)+" "+c.Type.String())
	}
	const most = 20
	if len(columns) > most {
		columns = append(columns[:most], fmt.Sprintf("and %d more", len(columns)-most))
	}
	if len(columns) == 0 {
		return "no columns"
	}
	return strings.Join(columns, ", ")
}

// Staging returns the table that the rows for t are copied into: same
// columns and distribution, so that nothing moves between distributions later, but a
// heap, and every column nullable, since COPY INTO refuses NOT NULL columns that
// its file leaves empty (105211). Extra columns come last.
func (t Table) Staging(table string, extra ...Column) Table {
	s := Table{Name: t.Name.sibling(table), Distribution: t.Distribution}
	if t.Distribution.Replicated {
		s.Distribution = RoundRobin()
	}
	for _, list := range [][]Column{t.Columns, extra} {
		for _, c := range list {
			c.NotNull, c.Default, c.Identity = false, "", false
			s.Columns = append(s.Columns, c)
		}
	}
	return s
}

// CreateNamespace makes a namespace unless it is there. CREATE SCHEMA has to be
// alone in its batch, hence EXEC.
func CreateNamespace(namespace string) Statement {
	create := plainLiteral("CREATE SCHEMA " + Quote(namespace))
	if strings.ContainsFunc(namespace, func(r rune) bool { return r > '~' }) {
		create = "N" + create
	}
	s := statement("create schema", Quote(namespace), fmt.Sprintf(
		"IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = %s) EXEC(%s)", quoteLiteral(namespace), create))
	s.ddl, s.repeatable, s.guarded = true, true, true
	return s
}

// CreateTable makes a table unless there is one of its name.
func CreateTable(t Table) Statement {
	var b strings.Builder
	fmt.Fprintf(&b, "IF OBJECT_ID(%s, N'U') IS NULL CREATE TABLE %s (\n", quoteLiteral(t.Name.String()), t.Name)
	for i, c := range t.Columns {
		b.WriteString("  " + c.definition())
		if i < len(t.Columns)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, ") WITH (%s, DISTRIBUTION = %s)", t.Index, t.Distribution)
	return guarded("create table", t.Name, b.String())
}

// DropTable drops a table if there is one.
func DropTable(name Name) Statement {
	return guarded("drop table", name, fmt.Sprintf(
		"IF OBJECT_ID(%s, N'U') IS NOT NULL DROP TABLE %s", quoteLiteral(name.String()), name))
}

// AddColumns adds columns to a table. They are nullable whatever they say,
// because the rows that are there have nothing to put in them. Sent again after its
// answer was lost, it does nothing: the columns come all or none, so the first
// stands for all.
func AddColumns(name Name, columns ...Column) Statement {
	var b strings.Builder
	fmt.Fprintf(&b, "IF NOT EXISTS (SELECT 1 FROM sys.columns WHERE object_id = OBJECT_ID(%s, N'U') AND name = %s)\nALTER TABLE %s ADD ",
		quoteLiteral(name.String()), quoteLiteral(columns[0].Name), name)
	for i, c := range columns {
		c.NotNull = false
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.definition())
	}
	return guarded("add columns to", name, b.String())
}

// AlterColumn gives a column the type of c. It is for wider types only, and not
// for the distribution column, for which the pool documents no way: that takes
// a [Rebuild].
func AlterColumn(name Name, c Column) Statement {
	return ddl("alter column "+Quote(c.Name)+" of", name, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s", name, c.definition()))
}

// ddl is a statement that no transaction may contain and that can be repeated.
func ddl(op string, name Name, text string) Statement {
	s := statement(op, name.String(), text)
	s.ddl, s.repeatable = true, true
	return s
}

// guarded is DDL that looks first whether there is anything to do.
func guarded(op string, name Name, text string) Statement {
	s := ddl(op, name, text)
	s.guarded = true
	return s
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = Quote(n)
	}
	return strings.Join(quoted, ", ")
}
