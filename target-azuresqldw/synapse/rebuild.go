package synapse

import (
	"fmt"
	"strings"
)

// The prefixes of what a rebuild leaves when it is interrupted.
const (
	rebuildPrefix  = "_sdc_new_"
	replacedPrefix = "_sdc_old_"
)

// RebuildNames returns where a rebuild of a table is prepared, and where the
// table goes while its successor takes its name. Both carry a mark that nobody else
// knows, the identifier of the ledger: what is called so is ours to drop. Earlier releases
// had no mark.
func RebuildNames(name Name, mark string) (next, previous Name) {
	if mark != "" {
		mark += "_"
	}
	return name.sibling(Shorten(rebuildPrefix+mark+name.Table, MaxNameUnits)),
		name.sibling(Shorten(replacedPrefix+mark+name.Table, MaxNameUnits))
}

// Rebuild writes a table anew with the types, distribution and index of t, and
// puts it in the place of the old one. It is the way to change what ALTER TABLE
// does not: the type of the distribution column above all. Statistics, views' plans
// and rights given on the table itself are lost with the old one.
//
// The steps are separate requests, since no transaction takes DDL and each
// names what the one before makes; [Pool.Rebuild] sends them. Between the two
// renames the table is missing; a rebuild interrupted anywhere is found and ended by
// [FinishRebuild].
func Rebuild(t Table, mark string) []Statement {
	next, previous := RebuildNames(t.Name, mark)
	return append(prepareRebuild(t, mark), rename(t.Name, previous.Table), rename(next, t.Name.Table), DropTable(previous))
}

// prepareRebuild makes the successor of a table.
func prepareRebuild(t Table, mark string) []Statement {
	next, previous := RebuildNames(t.Name, mark)
	steps := []Statement{DropTable(next), DropTable(previous)}
	for _, c := range t.Columns {
		if c.Default != "" {
			return append(steps, createWithDefaults(next, t), copyRows(next, t))
		}
	}
	return append(steps, createAsSelect(next, t))
}

// createWithDefaults makes a table of t's shape at name, with the DEFAULTs that CREATE TABLE AS SELECT has no place for.
func createWithDefaults(name Name, t Table) Statement {
	t.Name = name
	var columns []string
	for _, c := range t.Columns {
		text := c.definition()
		if c.Default != "" {
			text += " DEFAULT " + c.Default
		}
		columns = append(columns, text)
	}
	return guarded("create table", name, fmt.Sprintf("IF OBJECT_ID(%s, N'U') IS NULL CREATE TABLE %s (\n  %s\n) WITH (%s, DISTRIBUTION = %s)",
		quoteLiteral(name.String()), name, strings.Join(columns, ",\n  "), t.Index, t.Distribution))
}

// copyRows copies the rows of t into the table at name.
func copyRows(name Name, t Table) Statement {
	var values []string
	for _, c := range t.Columns {
		values = append(values, c.cast(Quote(c.Name)))
	}
	s := dml("rebuild", t.Name, fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s\nFROM %s", name, quoteAll(columnNames(t.Columns)), strings.Join(values, ", "), t.Name))
	s.reset = "TRUNCATE TABLE " + name.String()
	return s
}

// losesByRebuild says what a rebuild would take from a table, "" for nothing but what [Rebuild] says.
func losesByRebuild(t Table) string {
	for _, c := range t.Columns {
		if c.Identity {
			return "the IDENTITY of column " + Quote(c.Name)
		}
	}
	if t.Index == OtherIndex {
		return "its clustered index"
	}
	return ""
}

// FinishRebuild returns what ends an interrupted rebuild of a table, given the
// names of the tables that exist; nothing when there was none. The successor takes
// the table's place only when the table itself is gone: before that it may be
// incomplete. It has to run before anything else makes a table of that name: what
// was made in the place of a missing table cannot be told from the table, so
// where all three are there nothing is dropped.
func FinishRebuild(name Name, mark string, exists func(table string) bool) []Statement {
	next, previous := RebuildNames(name, mark)
	old, successor, predecessor := exists(name.Table), exists(next.Table), exists(previous.Table)
	switch {
	case old && successor && predecessor:
		return nil
	case old && successor:
		return []Statement{DropTable(next)}
	case old && predecessor:
		return []Statement{DropTable(previous)}
	case old:
		return nil
	case successor && predecessor:
		return []Statement{rename(next, name.Table), DropTable(previous)}
	case predecessor: // somebody dropped the successor
		return []Statement{rename(previous, name.Table)}
	}
	return nil // a successor alone: somebody dropped both, and it may be incomplete
}

// FinishEarlierRebuild is FinishRebuild for one of an earlier release, whose names prove nothing: where the table is gone it
// comes back, from its successor or else from itself under its other name, and nothing is dropped.
func FinishEarlierRebuild(name Name, exists func(table string) bool) []Statement {
	next, previous := RebuildNames(name, "")
	switch {
	case exists(name.Table) || !exists(previous.Table):
		return nil
	case exists(next.Table):
		return []Statement{rename(next, name.Table)}
	}
	return []Statement{rename(previous, name.Table)}
}

// rename gives a table another name in its namespace.
func rename(from Name, to string) Statement {
	s := statement("rename", from.String(), fmt.Sprintf("RENAME OBJECT %s TO %s", from, Quote(to)))
	s.ddl = true
	return s
}

// createAsSelect makes a table of t's shape at name from the rows of t.
func createAsSelect(name Name, t Table) Statement {
	var columns []string
	for _, c := range t.Columns {
		value := c.cast(Quote(c.Name))
		if c.NotNull {
			value = "ISNULL(" + value + ", " + zero(c.Type) + ")" // what makes a CTAS column NOT NULL
		}
		columns = append(columns, aliased(value, c.Name))
	}
	s := ddl("rebuild", t.Name, fmt.Sprintf("CREATE TABLE %s\nWITH (%s, DISTRIBUTION = %s)\nAS SELECT %s\nFROM %s",
		name, t.Index, t.Distribution, strings.Join(columns, ",\n  "), t.Name))
	s.labelled, s.repeatable = true, false
	s.reset = DropTable(name).text.Reveal()
	return s
}

// zero is a value of a type, never stored: the column it guards has no NULL.
func zero(t Type) string {
	switch t.Base {
	case NVarChar, NChar, VarChar, Char:
		return "N''"
	case Date, DateTime, DateTime2, SmallDateTime, DateTimeOffset:
		return "'19000101'"
	case Time:
		return "'00:00:00'"
	case VarBinary, Binary:
		return "0x"
	case UniqueIdentifier:
		return "'00000000-0000-0000-0000-000000000000'"
	}
	return "0"
}
