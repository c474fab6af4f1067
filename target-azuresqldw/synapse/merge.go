package synapse

import (
	"fmt"
	"slices"
	"strings"
)

// Merge moves the rows of a staging table into its production table. All its
// statements are meant for one transaction.
//
// Two keys are one when they are equal to the last character. T-SQL ignores
// trailing blanks in comparisons whatever the collation, so string keys are compared
// by their length in bytes as well.
//
// No statement looks whether the rows that are there are newer: the order of
// loads is the order of the input, kept by the fence ([Ledger]), and a clock that
// went back must not make new rows lose against old ones.
type Merge struct {
	Table    Name
	Staging  Name
	Columns  []Column // those to fill; the staging table has them all
	Keys     []Column // of Columns: those that identify a row
	Sequence string   // column of the staging table that says which row came later
	Empty    EmptyString
	Fixed    []Fixed // columns beside Columns, which staging does not have
}

// Fixed is a column that has one text in all rows of a load.
type Fixed struct {
	Column string
	Value  string
}

// into are the columns to fill, as INSERT lists them.
func (m Merge) into() string {
	names := columnNames(m.Columns)
	for _, f := range m.Fixed {
		names = append(names, f.Column)
	}
	return quoteAll(names)
}

// selected are the values for them: those of staging, in their order, then what is fixed.
func (m Merge) selected(values []string) string {
	for _, f := range m.Fixed {
		values = append(values, Literal(f.Value))
	}
	return strings.Join(values, ", ")
}

// decoded are the values of the columns in a staging table.
func (m Merge) decoded(alias string) (values []string) {
	for _, c := range m.Columns {
		values = append(values, m.Empty.decode(alias, c))
	}
	return values
}

// DeleteMatching deletes from production what has a row of the same key in staging.
func (m Merge) DeleteMatching() Statement {
	target, alias := m.Table.String(), beside(m.Table)
	return dml("delete from", m.Table, fmt.Sprintf("DELETE FROM %s\nFROM %s AS %s\nWHERE %s",
		target, m.Staging, alias, m.same(m.Keys, target, m.Keys, alias)))
}

// InsertNewest inserts the newest row of each key. Within the statement columns go by numbers, so
// that none can be called like the rank.
func (m Merge) InsertNewest() Statement {
	return m.insertNewest(m.into(), "", "")
}

// Kept is what a merge does not replace: columns of production that have no
// value in staging. Where there are such columns, the rows that come are merged by
// Keep, [Merge.DeleteMatching], InsertAgain and InsertNew.
type Kept struct {
	Table   Name     // where they wait, with the keys of Merge.Keys
	Columns []Column // those of production, as they are there
}

// Keep copies the columns of the rows that are about to be replaced.
func (m Merge) Keep(k Kept) Statement {
	columns := append(columnNames(m.Keys), columnNames(k.Columns)...)
	values := make([]string, len(columns))
	for i, name := range columns {
		values[i] = "p." + Quote(name)
	}
	return dml("insert into", k.Table, fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s\nFROM %s AS p\nWHERE EXISTS (SELECT 1 FROM %s AS s WHERE %s)",
		k.Table, quoteAll(columns), strings.Join(values, ", "), m.Table, m.Staging, m.same(m.Keys, "p", m.Keys, "s")))
}

// InsertAgain inserts the newest row of each key that was there, with what was kept. Of rows that were double one is.
func (m Merge) InsertAgain(k Kept) Statement {
	var inner, partition, kept []string
	for i, c := range m.Keys {
		inner = append(inner, aliased("k."+Quote(c.Name), fmt.Sprintf("k%d", i)))
		partition = append(partition, EmptyNative.identity("k", c)...)
	}
	into := m.into()
	for i, c := range k.Columns {
		inner = append(inner, aliased("k."+Quote(c.Name), fmt.Sprintf("m%d", i)))
		kept = append(kept, fmt.Sprintf("k.[m%d]", i))
		into += ", " + Quote(c.Name)
	}
	return m.insertNewest(into, ", "+strings.Join(kept, ", "), fmt.Sprintf(
		"\nINNER JOIN (SELECT %s,\n  ROW_NUMBER() OVER (PARTITION BY %s ORDER BY k.%s) AS [rank]\n  FROM %s AS k) AS k\nON k.[rank] = 1 AND %s",
		strings.Join(inner, ", "), strings.Join(partition, ", "), Quote(m.Keys[0].Name), k.Table, m.sameNewest(func(i int) string { return fmt.Sprintf("k.[k%d]", i) })))
}

// InsertNew inserts the newest row of each key that was not there. The columns that are kept are left to their DEFAULT.
func (m Merge) InsertNew(k Kept) Statement {
	s := m.insertNewest(m.into(), "", "")
	text := fmt.Sprintf("%s AND NOT EXISTS (SELECT 1 FROM %s AS k WHERE %s)", s.masked, k.Table,
		m.sameNewest(func(i int) string { return "k." + Quote(m.Keys[i].Name) }))
	return dml("insert into", m.Table, text)
}

// sameNewest is the condition that a newest row has the key that other gives by its number.
func (m Merge) sameNewest(other func(i int) string) string {
	var terms []string
	for i, key := range m.Keys {
		at := slices.IndexFunc(m.Columns, func(c Column) bool { return c.Name == key.Name })
		own := fmt.Sprintf("d.[c%d]", at)
		terms = append(terms, own+" = "+other(i))
		if key.Type.Textual() {
			terms = append(terms, fmt.Sprintf("DATALENGTH(%s) = DATALENGTH(%s)", own, other(i)))
		}
	}
	return strings.Join(terms, " AND ")
}

// insertNewest inserts the newest rows that a join leaves, with more columns than those of staging.
func (m Merge) insertNewest(into, more, join string) Statement {
	var inner, outer []string
	for i, c := range m.Columns {
		name := fmt.Sprintf("c%d", i)
		inner = append(inner, aliased(m.Empty.decode("s", c), name))
		outer = append(outer, "d."+Quote(name))
	}
	var partition []string
	for _, k := range m.Keys {
		partition = append(partition, m.identity("s", k)...)
	}
	return dml("insert into", m.Table, fmt.Sprintf(
		"INSERT INTO %s (%s)\nSELECT %s%s\nFROM (SELECT %s,\n  ROW_NUMBER() OVER (PARTITION BY %s ORDER BY s.%s DESC) AS [rank]\n  FROM %s AS s) AS d%s\nWHERE d.[rank] = 1",
		m.Table, into, m.selected(outer), more,
		strings.Join(inner, ", "), strings.Join(partition, ", "), Quote(m.Sequence), m.Staging, join))
}

// InsertAll inserts every row.
func (m Merge) InsertAll() Statement {
	return dml("insert into", m.Table, fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s\nFROM %s AS s",
		m.Table, m.into(), m.selected(m.decoded("s")), m.Staging))
}

// Parent says whose rows a child table's rows belong to: the staging table of
// the root, and its keys in the order of the child's Keys.
type Parent struct {
	Staging  Name
	Keys     []Column
	Sequence string
}

// DeleteByParent deletes from a child table all rows whose parent has a row
// in the parent's staging table: the set is replaced with its parent. Keys
// are the child's columns that carry the parent's key.
func (m Merge) DeleteByParent(p Parent) Statement {
	target, alias := m.Table.String(), beside(m.Table)
	return dml("delete from", m.Table, fmt.Sprintf("DELETE FROM %s\nFROM %s AS %s\nWHERE %s",
		target, p.Staging, alias, m.same(m.Keys, target, p.Keys, alias)))
}

// InsertByParent inserts the rows of a child table that came with the newest
// row of their parent. Sequence is the number of the parent's row in both tables.
func (m Merge) InsertByParent(p Parent) Statement {
	var group, selected, on []string
	for i, k := range p.Keys {
		parts := m.identity("p", k)
		group = append(group, parts...)
		name := fmt.Sprintf("key_%d", i)
		selected = append(selected, aliased(parts[0], name))
		own := m.identity("s", m.Keys[i])
		on = append(on, fmt.Sprintf("%s = n.%s", own[0], Quote(name)))
		if len(parts) > 1 {
			size := fmt.Sprintf("size_%d", i)
			selected = append(selected, aliased(parts[1], size))
			on = append(on, fmt.Sprintf("%s = n.%s", own[1], Quote(size)))
		}
	}
	return dml("insert into", m.Table, fmt.Sprintf(
		"INSERT INTO %s (%s)\nSELECT %s\nFROM %s AS s\nINNER JOIN (SELECT %s, MAX(p.%s) AS [newest]\n  FROM %s AS p\n  GROUP BY %s) AS n\nON %s AND s.%s = n.[newest]",
		m.Table, m.into(), m.selected(m.decoded("s")), m.Staging,
		strings.Join(selected, ", "), Quote(p.Sequence), p.Staging, strings.Join(group, ", "),
		strings.Join(on, " AND "), Quote(m.Sequence)))
}

// Versions are the rows of a table that a pipeline has sent, by their version.
type Versions struct {
	Table    Name
	Version  string // the column that has it
	Pipeline Fixed  // the column that says whose a row is, and who deletes
	Unmarked bool   // rows that do not say it are the pipeline's too
}

// DeleteOlder deletes the rows whose version is older than the given one: what
// ACTIVATE_VERSION asks for. Rows without a version are none of an older one and
// stay, as they do in targets of Meltano's SDK; so do those of another pipeline.
func (v Versions) DeleteOlder(version int64) Statement {
	return v.delete(version, "")
}

// DeleteOlderBut spares the rows whose number in the column sequence lies
// between first and last: those that were sent after the ACTIVATE_VERSION and were
// merged before it takes effect.
func (v Versions) DeleteOlderBut(version int64, sequence string, first, last int64) Statement {
	s := Quote(sequence)
	return v.delete(version, fmt.Sprintf(" AND (%s < %d OR %s > %d OR %s IS NULL)", s, first, s, last, s))
}

func (v Versions) delete(version int64, but string) Statement {
	pipeline := Quote(v.Pipeline.Column)
	whose := pipeline + " = " + Literal(v.Pipeline.Value)
	if v.Unmarked {
		whose = fmt.Sprintf("(%s OR %s IS NULL)", whose, pipeline)
	}
	return dml("delete old versions from", v.Table, fmt.Sprintf("DELETE FROM %s WHERE %s < %d AND %s%s",
		v.Table, Quote(v.Version), version, whose, but))
}

// DeleteAfter deletes the rows of a staging table whose number in the column
// sequence is above last.
func DeleteAfter(name Name, sequence string, last int64) Statement {
	return dml("delete surplus rows from", name, fmt.Sprintf("DELETE FROM %s WHERE %s > %d", name, Quote(sequence), last))
}

// beside returns an alias for a staging table in a statement that names the
// production table too. The pool takes an alias s and a table called s for one and the same
// (209), and any name may be a table's.
func beside(production Name) string {
	alias := "_sdc_staged"
	for strings.EqualFold(alias, production.Table) {
		alias += "_"
	}
	return alias
}

// same is the condition that keys of a production row and a staging row are one.
func (m Merge) same(keys []Column, target string, others []Column, alias string) string {
	var terms []string
	for i, k := range keys {
		own := target + "." + Quote(k.Name)
		other := m.identity(alias, others[i])
		terms = append(terms, other[0]+" = "+own)
		if len(other) > 1 {
			terms = append(terms, other[1]+" = DATALENGTH("+own+")")
		}
	}
	return strings.Join(terms, " AND ")
}

// identity is what must be equal for two rows of a staging table to have one
// value in a key column: the value, and for strings its length.
func (m Merge) identity(alias string, k Column) []string { return m.Empty.identity(alias, k) }

func (e EmptyString) identity(alias string, k Column) []string {
	value := e.decode(alias, k)
	if !k.Type.Textual() {
		return []string{value}
	}
	return []string{value, "DATALENGTH(" + value + ")"}
}

// dml is a statement that belongs in a transaction and carries a label.
func dml(op string, name Name, text string) Statement {
	s := statement(op, name.String(), text)
	s.labelled = true
	return s
}

func columnNames(columns []Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

func aliased(expression, name string) string { return expression + " AS " + Quote(name) }
