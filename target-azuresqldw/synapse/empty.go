package synapse

import (
	"context"
	"database/sql"
	"fmt"
)

// EmptyString says how the empty string travels to the pool. What a dedicated
// pool makes of the CSV field "" is not documented, so it is asked
// ([Pool.ProbeEmptyString]) or set.
type EmptyString string

// EmptyNative writes "" and trusts the pool to keep it apart from NULL.
// EmptySentinel writes [Sentinel] and takes it away when rows are merged; a text that itself begins with
// it is written with one more in front.
// EmptyNull gives up the difference: "" arrives as NULL.
const (
	EmptyNative   EmptyString = "native"
	EmptySentinel EmptyString = "sentinel"
	EmptyNull     EmptyString = "null"
)

// Sentinel stands for the empty string in a file under EmptySentinel: two
// characters of the private use area, which no language writes.
const Sentinel = "\uE000\uE001"

// decode is an expression for the value of a column of a staging table.
// The comparison is binary: under the pool's default collation characters without
// a weight, the sentinel's and any emoji, equal the empty string. 1073741823 is the longest text there is.
func (e EmptyString) decode(alias string, c Column) string {
	name := alias + "." + Quote(c.Name)
	if e != EmptySentinel || !c.Type.Textual() {
		return name
	}
	return fmt.Sprintf("CASE WHEN LEFT(%s, 2) = %s COLLATE %s THEN SUBSTRING(%s, 3, 1073741823) ELSE %s END", name, quoteLiteral(Sentinel), KeyCollation, name, name)
}

// EmptyStringProbe is the CSV that [Pool.ProbeEmptyString] wants copied.
const EmptyStringProbe = "1,,\"\"\n"

// emptyProbeTable is what the probe is copied into.
func emptyProbeTable(name Name) Table {
	return Table{Name: name, Columns: []Column{
		{Name: "id", Type: Type{Base: Int}},
		{Name: "nothing", Type: Text(10)},
		{Name: "empty", Type: Text(10)},
	}}
}

// readEmptyProbe tells how long each field came out: NULL has no length.
func readEmptyProbe(name Name) Statement {
	return query("read", name.String(), fmt.Sprintf("SELECT DATALENGTH([nothing]) AS [nothing], DATALENGTH([empty]) AS [empty] FROM %s", name))
}

// emptyStringProbe are the probe's statements around its COPY INTO.
func emptyStringProbe(name Name) []Statement {
	return []Statement{DropTable(name), CreateTable(emptyProbeTable(name)), readEmptyProbe(name), DropTable(name)}
}

// ProbeEmptyString finds out how the pool reads the empty string. The copy
// names a table that is made for the probe and dropped after it, and a gzip
// file that holds [EmptyStringProbe].
func (p *Pool) ProbeEmptyString(ctx context.Context, label string, c Copy) (found EmptyString, err error) {
	table := emptyProbeTable(c.Table)
	c.Columns = columnNames(table.Columns)
	if _, err := p.Exec(ctx, label, DropTable(c.Table), CreateTable(table)); err != nil {
		return "", err
	}
	defer func() {
		if _, dropErr := p.Exec(ctx, label, DropTable(c.Table)); err == nil {
			err = dropErr
		}
	}()
	if _, err := p.Exec(ctx, label, CopyInto(c)); err != nil {
		return "", err
	}
	rowsRead := 0
	var nothing, empty sql.NullInt64
	err = p.query(ctx, label, []Statement{readEmptyProbe(c.Table)}, func() { rowsRead = 0 }, func(_ int, rows *sql.Rows) error {
		rowsRead++
		return rows.Scan(&nothing, &empty)
	})
	switch {
	case err != nil:
		return "", err
	case rowsRead != 1:
		return "", fmt.Errorf("probe of the empty string: %d rows in %s in place of one", rowsRead, c.Table)
	case nothing.Valid:
		return "", fmt.Errorf("probe of the empty string: a field without characters became a string in place of NULL")
	case empty.Valid && empty.Int64 == 0:
		return EmptyNative, nil
	}
	return EmptySentinel, nil
}
