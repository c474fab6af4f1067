package synapsetest

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// What a row may take: "Bytes per row, defined size: 8,060 bytes. The number of bytes per row is calculated in the same
// manner as it is for SQL Server … row-overflow storage is supported, which enables variable length columns to be pushed
// off-row. When variable length rows are pushed off-row, only 24-byte root is stored in the main record" (azure/synapse-analytics/
// sql-data-warehouse/sql-data-warehouse-service-capacity-limits). The rest of a row is what
// sql/relational-databases/databases/estimate-the-size-of-a-heap counts.
const (
	maxRowBytes = 8060
	rootBytes   = 24
)

func isVariable(t sqltype.Type) bool {
	switch t.Kind {
	case sqltype.KindVarChar, sqltype.KindNVarChar, sqltype.KindVarBinary:
		return true
	}
	return false
}

// rowSize refuses columns of fixed length that cannot fit a row; variable ones may overflow.
func rowSize(t *table) error {
	bytes := 7
	for _, c := range t.Columns {
		if isVariable(c.Type) {
			bytes += 2
		} else {
			bytes += c.Type.MaxLength()
		}
	}
	if bytes > maxRowBytes {
		return sqltype.Errorf(1701, "Creating or altering table '%s' failed because the minimum row size would be %d, including 7 bytes of internal overhead. This exceeds the maximum allowable table row size of 8060 bytes.", t.Name, bytes)
	}
	return nil
}

// limitRows has rows of the table refused that are too large with all that can be pushed off-row: those that are there, and those to
// come. Most tables have none such, and no triggers.
func (e *engine) limitRows(ctx context.Context, t *table) error {
	if err := e.letRows(ctx, t); err != nil {
		return err
	}
	bytes := 4 + 2 + (len(t.Columns)+7)/8 + 2 // header, null bitmap, count of variable columns
	bits, most := 0, 0
	var sizes []string
	for _, c := range t.Columns {
		switch {
		case c.Type.Kind == sqltype.KindBit:
			bits++
		case isVariable(c.Type):
			bytes += 2
			most += rootBytes
			times := 1
			if c.Type.Kind == sqltype.KindNVarChar {
				times = 2
			}
			sizes = append(sizes, fmt.Sprintf("MIN(%d, %d * IFNULL(LENGTH(%%[1]s%s), 0))", rootBytes, times, columnSQL(c)))
		default:
			bytes += c.Type.MaxLength()
		}
	}
	if bytes += (bits + 7) / 8; bytes+most <= maxRowBytes {
		return nil
	}
	size := func(row string) string {
		return fmt.Sprintf("row_limit(%d + %s)", bytes, fmt.Sprintf(added(sizes), row))
	}
	if _, err := e.query(ctx, "SELECT MAX("+size("")+") FROM "+tableSQL(t), 1); err != nil {
		return err
	}
	for _, event := range rowEvents {
		if err := e.exec(ctx, "CREATE TRIGGER "+tableSQL(t)+"_"+event+" AFTER "+event+" ON "+tableSQL(t)+" BEGIN SELECT "+size("NEW.")+"; END"); err != nil {
			return err
		}
	}
	return nil
}

var rowEvents = []string{"INSERT", "UPDATE"}

// letRows takes back what limitRows has arranged, for columns that are to be dropped are named in it.
func (e *engine) letRows(ctx context.Context, t *table) error {
	for _, event := range rowEvents {
		if err := e.exec(ctx, "DROP TRIGGER IF EXISTS "+tableSQL(t)+"_"+event); err != nil {
			return err
		}
	}
	return nil
}

// added adds many terms, in pairs: SQLite takes no expression that is a thousand deep.
func added(terms []string) string {
	for len(terms) > 1 {
		var pairs []string
		for pair := range slices.Chunk(terms, 2) {
			pairs = append(pairs, "("+strings.Join(pair, " + ")+")")
		}
		terms = pairs
	}
	return strings.Join(terms, "")
}

// rowLimitFunction is row_limit(size): size, or error 511.
func (e *engine) rowLimitFunction(a []driver.Value) (driver.Value, error) {
	if size, _ := a[0].(int64); size > maxRowBytes {
		return e.fail(sqltype.Errorf(511, "Cannot create a row of size %d which is greater than the allowable maximum row size of 8060.", size))
	}
	return a[0], nil
}
