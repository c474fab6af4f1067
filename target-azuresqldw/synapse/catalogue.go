package synapse

import (
	"database/sql"
	"fmt"
	"strings"
)

// catalogue returns four statements that describe all tables of a namespace:
// the tables with distribution and index, their columns, the columns of hash
// distributions, those that the pool fills. One batch answers them all.
func catalogue(namespace string) []Statement {
	ns := Literal(namespace)
	return []Statement{
		query("read tables of", Quote(namespace), "SELECT t.name, d.distribution_policy_desc, i.type_desc\n"+
			"FROM sys.tables AS t\n"+
			"INNER JOIN sys.schemas AS s ON s.schema_id = t.schema_id\n"+
			"LEFT JOIN sys.pdw_table_distribution_properties AS d ON d.object_id = t.object_id\n"+
			"LEFT JOIN sys.indexes AS i ON i.object_id = t.object_id AND i.index_id < 2\n"+
			"WHERE s.name = "+ns),
		readColumns(namespace, ""),
		query("read distributions of", Quote(namespace), "SELECT t.name, c.name AS column_name\n"+
			"FROM sys.pdw_column_distribution_properties AS p\n"+
			"INNER JOIN sys.columns AS c ON c.object_id = p.object_id AND c.column_id = p.column_id\n"+
			"INNER JOIN sys.tables AS t ON t.object_id = p.object_id\n"+
			"INNER JOIN sys.schemas AS s ON s.schema_id = t.schema_id\n"+
			"WHERE s.name = "+ns+" AND p.distribution_ordinal > 0\n"+
			"ORDER BY t.name, p.distribution_ordinal"),
		query("read identities of", Quote(namespace), "SELECT t.name, c.name AS column_name\n"+
			"FROM sys.columns AS c\n"+
			"INNER JOIN sys.tables AS t ON t.object_id = c.object_id\n"+
			"INNER JOIN sys.schemas AS s ON s.schema_id = t.schema_id\n"+
			"WHERE s.name = "+ns+" AND c.is_identity = 1"),
	}
}

// readColumns describes the columns of the tables that a condition leaves.
func readColumns(namespace, condition string) Statement {
	return query("read columns of", Quote(namespace), "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, COLLATION_NAME, IS_NULLABLE, COLUMN_DEFAULT\n"+
		"FROM INFORMATION_SCHEMA.COLUMNS\n"+
		"WHERE TABLE_SCHEMA = "+Literal(namespace)+condition+"\n"+
		"ORDER BY TABLE_NAME, ORDINAL_POSITION")
}

// columns describes the columns of the ledger's tables.
func (l Ledger) columns() Statement {
	var names []string
	for _, t := range l.Tables() {
		names = append(names, Literal(t.Name.Table))
	}
	return readColumns(l.Namespace, " AND TABLE_NAME IN ("+strings.Join(names, ", ")+")")
}

// countRows counts the rows of many tables in one statement.
func countRows(names []Name) Statement {
	parts := make([]string, len(names))
	objects := make([]string, len(names))
	for i, n := range names {
		parts[i] = fmt.Sprintf("SELECT %d AS [position], COUNT_BIG(*) AS [row_count] FROM %s", i, n)
		objects[i] = n.String()
	}
	s := query("count rows of", strings.Join(objects, ", "), strings.Join(parts, "\nUNION ALL "))
	s.labelled = true
	return s
}

// exists asks whether there is a table.
func exists(name Name) Statement {
	return query("look for", name.String(), fmt.Sprintf("SELECT CASE WHEN OBJECT_ID(%s, N'U') IS NULL THEN 0 ELSE 1 END AS [found]", quoteLiteral(name.String())))
}

// engine asks what answers at the other end.
func engine() Statement {
	return query("probe", "the engine", "SELECT CAST(SERVERPROPERTY('EngineEdition') AS int) AS [edition], @@VERSION AS [version],\n"+
		"  CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)) AS [collation]")
}

// UpdateStatistics renews the statistics of a table after a load.
func UpdateStatistics(name Name) Statement {
	s := statement("update statistics of", name.String(), "UPDATE STATISTICS "+name.String())
	s.ddl, s.repeatable = true, true
	return s
}

// query is a statement that only reads.
func query(op, object, text string) Statement {
	s := statement(op, object, text)
	s.repeatable = true
	return s
}

// tableReader puts the answers to catalogue together.
type tableReader struct {
	namespace string
	tables    []Table
	index     map[string]int
	partial   bool // nothing but columns is read
}

func newTableReader(namespace string) tableReader {
	return tableReader{namespace: namespace, index: map[string]int{}}
}

func (r *tableReader) read(set int, rows *sql.Rows) error {
	switch set {
	case 0:
		return r.table(rows)
	case 1:
		return r.column(rows)
	}
	return r.mark(rows, set == 3)
}

func (r *tableReader) table(rows *sql.Rows) error {
	var name string
	var distribution, index sql.NullString
	if err := rows.Scan(&name, &distribution, &index); err != nil {
		return err
	}
	t := Table{Name: Name{r.namespace, name}}
	t.Distribution.Replicated = strings.EqualFold(distribution.String, "REPLICATE")
	switch {
	case strings.EqualFold(index.String, "HEAP"), !index.Valid:
		t.Index = Heap
	case strings.EqualFold(index.String, "CLUSTERED COLUMNSTORE"):
		t.Index = ColumnStore
	default:
		t.Index = OtherIndex
	}
	r.index[name] = len(r.tables)
	r.tables = append(r.tables, t)
	return nil
}

func (r *tableReader) column(rows *sql.Rows) error {
	var table, name, dataType, nullable string
	var length, precision, scale, fraction sql.NullInt64
	var collation, standard sql.NullString
	err := rows.Scan(&table, &name, &dataType, &length, &precision, &scale, &fraction, &collation, &nullable, &standard)
	if err != nil {
		return err
	}
	i, ok := r.index[table]
	switch {
	case ok:
	case r.partial:
		i = len(r.tables)
		r.index[table] = i
		r.tables = append(r.tables, Table{Name: Name{r.namespace, table}})
	default:
		return nil // a view's
	}
	c := Column{Name: name, Collation: collation.String, NotNull: strings.EqualFold(nullable, "NO"), Default: standard.String}
	c.Type.Base = parseBase(dataType)
	switch c.Type.Base {
	case NVarChar, NChar, VarChar, Char, VarBinary, Binary:
		c.Type.Length = int(length.Int64)
	case Decimal:
		c.Type.Precision, c.Type.Scale = int(precision.Int64), int(scale.Int64)
	case DateTimeOffset, DateTime2, Time:
		c.Type.Scale = int(fraction.Int64)
	}
	r.tables[i].Columns = append(r.tables[i].Columns, c)
	return nil
}

// mark takes down a column by which rows are distributed, or which the pool fills.
func (r *tableReader) mark(rows *sql.Rows, identity bool) error {
	var table, column string
	if err := rows.Scan(&table, &column); err != nil {
		return err
	}
	i, ok := r.index[table]
	switch {
	case !ok:
	case identity:
		r.tables[i].Columns[r.tables[i].position(column)].Identity = true
	default:
		r.tables[i].Distribution.Hash = append(r.tables[i].Distribution.Hash, column)
	}
	return nil
}
