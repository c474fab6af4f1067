package synapsetest

import (
	"sort"
	"strconv"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

func itoa(n int) string { return strconv.Itoa(n) }

var objectColumns = []viewColumn{col("name", sysname), col("object_id", sqltype.Int), col("schema_id", sqltype.Int), col("type", sqltype.VarChar(2)),
	col("type_desc", sqltype.NVarChar(60)), col("create_date", sqltype.DateTimeType), col("modify_date", sqltype.DateTimeType)}

var columnColumns = []viewColumn{col("object_id", sqltype.Int), col("name", sysname), col("column_id", sqltype.Int), col("system_type_id", sqltype.TinyInt),
	col("user_type_id", sqltype.Int), col("max_length", sqltype.SmallInt), col("precision", sqltype.TinyInt), col("scale", sqltype.TinyInt),
	col("collation_name", sysname), col("is_nullable", sqltype.Bit), col("is_identity", sqltype.Bit)}

var informationColumnColumns = []viewColumn{col("TABLE_CATALOG", sysname), col("TABLE_SCHEMA", sysname), col("TABLE_NAME", sysname), col("COLUMN_NAME", sysname),
	col("ORDINAL_POSITION", sqltype.Int), col("COLUMN_DEFAULT", sqltype.NVarChar(4000)), col("IS_NULLABLE", sqltype.VarChar(3)), col("DATA_TYPE", sysname),
	col("CHARACTER_MAXIMUM_LENGTH", sqltype.Int), col("CHARACTER_OCTET_LENGTH", sqltype.Int), col("NUMERIC_PRECISION", sqltype.TinyInt),
	col("NUMERIC_PRECISION_RADIX", sqltype.SmallInt), col("NUMERIC_SCALE", sqltype.Int), col("DATETIME_PRECISION", sqltype.SmallInt),
	col("CHARACTER_SET_NAME", sysname), col("COLLATION_NAME", sysname)}

// sorted gives the permanent tables in the order of their numbers.
func (c *catalog) sorted() []*table {
	var out []*table
	for _, t := range c.tables {
		if t.Session == 0 {
			out = append(out, t)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

func schemaRows(e *engine, _ *session) (out [][]any) {
	for _, s := range e.catalog.schemas {
		out = append(out, []any{s.Name, s.ID, int64(1)})
	}
	return out
}

func schemataRows(e *engine, _ *session) (out [][]any) {
	for _, s := range e.catalog.schemas {
		out = append(out, []any{e.database, s.Name, "dbo", "iso_1"})
	}
	return out
}

func (e *engine) objectRow(t *table) []any {
	schemaID := int64(0)
	if s := e.catalog.schema(t.Schema); s != nil {
		schemaID = s.ID
	}
	return []any{t.Name, t.ID, schemaID, "U", "USER_TABLE", sqltype.DateTimeOf(t.Created.UTC()), sqltype.DateTimeOf(t.Modified.UTC())}
}

func objectRows(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		out = append(out, e.objectRow(t))
	}
	return out
}

func tableRows(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		out = append(out, append(e.objectRow(t), false, int64(0)))
	}
	return out
}

// typeNumber gives sys.types.system_type_id.
func typeNumber(k sqltype.Kind) int64 {
	n := map[sqltype.Kind]int64{sqltype.KindBit: 104, sqltype.KindTinyInt: 48, sqltype.KindSmallInt: 52, sqltype.KindInt: 56, sqltype.KindBigInt: 127,
		sqltype.KindDecimal: 106, sqltype.KindSmallMoney: 122, sqltype.KindMoney: 60, sqltype.KindReal: 59, sqltype.KindFloat: 62, sqltype.KindDate: 40,
		sqltype.KindTime: 41, sqltype.KindSmallDateTime: 58, sqltype.KindDateTime: 61, sqltype.KindDateTime2: 42, sqltype.KindDateTimeOffset: 43,
		sqltype.KindChar: 175, sqltype.KindVarChar: 167, sqltype.KindNChar: 239, sqltype.KindNVarChar: 231, sqltype.KindBinary: 173,
		sqltype.KindVarBinary: 165, sqltype.KindUniqueIdentifier: 36}
	return n[k]
}

// typeOfColumn gives name and number of a column's type: decimal and numeric are one
// type under two names and numbers (data-types/decimal-and-numeric-transact-sql).
func typeOfColumn(c *column) (string, int64) {
	if c.Numeric {
		return "numeric", numericNumber
	}
	return c.Type.Kind.String(), typeNumber(c.Type.Kind)
}

const numericNumber = 108

// typeRows gives the types with the most that each holds (sys-types-transact-sql).
func typeRows(e *engine, _ *session) (out [][]any) {
	row := func(name string, number, user int64, t sqltype.Type, nullable bool) {
		p, s := digitsOf(t)
		out = append(out, []any{name, number, user, int64(4), int64(t.MaxLength()), p, s, e.collationName(t), nullable, false})
	}
	for k := sqltype.KindBit; k <= sqltype.KindUniqueIdentifier; k++ {
		t := sqltype.Type{Kind: k}
		switch {
		case k.IsUnicode():
			t.Length = 4000
		case k.IsCharacter() || k.IsBinary():
			t.Length = 8000
		case k == sqltype.KindMoney:
			t = sqltype.Money
		case k == sqltype.KindSmallMoney:
			t = sqltype.SmallMoney
		case k == sqltype.KindDecimal:
			t.Precision, t.Scale = 38, 38
			row("numeric", numericNumber, numericNumber, t, true)
		case k.IsTemporal():
			t.Scale = 7
		}
		row(k.String(), typeNumber(k), typeNumber(k), t, true)
	}
	row("sysname", typeNumber(sqltype.KindNVarChar), 256, sqltype.NVarChar(128), false)
	return out
}

// digitsOf gives precision and scale as sys.columns has them.
func digitsOf(t sqltype.Type) (precision, scale int64) {
	switch t.Kind {
	case sqltype.KindBit:
		return 1, 0
	case sqltype.KindTinyInt:
		return 3, 0
	case sqltype.KindSmallInt:
		return 5, 0
	case sqltype.KindInt:
		return 10, 0
	case sqltype.KindBigInt:
		return 19, 0
	case sqltype.KindReal:
		return 24, 0
	case sqltype.KindFloat:
		return 53, 0
	case sqltype.KindDate:
		return 10, 0
	case sqltype.KindSmallDateTime:
		return 16, 0
	case sqltype.KindDateTime:
		return 23, 3
	case sqltype.KindTime:
		return fractional(8, t.Scale)
	case sqltype.KindDateTime2:
		return fractional(19, t.Scale)
	case sqltype.KindDateTimeOffset:
		return fractional(26, t.Scale)
	}
	return int64(t.Precision), int64(t.Scale)
}

func fractional(width, scale int) (int64, int64) {
	if scale > 0 {
		width += 1 + scale
	}
	return int64(width), int64(scale)
}

func (e *engine) collationName(t sqltype.Type) any {
	switch {
	case !t.Kind.IsCharacter():
		return nil
	case t.Collation == "":
		return e.collation
	}
	return t.Collation
}

func columnRows(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		for i, c := range t.Columns {
			p, s := digitsOf(c.Type)
			_, number := typeOfColumn(c)
			out = append(out, []any{t.ID, c.Name, int64(i + 1), number, number, int64(c.Type.MaxLength()), p, s,
				e.collationName(c.Type), c.Nullable, c.Identity})
		}
	}
	return out
}

func informationTables(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		out = append(out, []any{e.database, t.Schema, t.Name, "BASE TABLE"})
	}
	return out
}

func informationColumns(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		for i, c := range t.Columns {
			out = append(out, e.informationColumn(t, i, c))
		}
	}
	return out
}

func (e *engine) informationColumn(t *table, i int, c *column) []any {
	var length, octets, precision, radix, scale, fraction, charset, def any
	k := c.Type.Kind
	switch {
	case k.IsCharacter() || k.IsBinary():
		length, octets = int64(c.Type.Length), int64(c.Type.MaxLength())
		if k.IsUnicode() {
			charset = "UNICODE"
		} else if k.IsCharacter() {
			charset = "iso_1"
		}
	case k.IsTemporal():
		_, s := digitsOf(c.Type)
		fraction = s
	case k.IsNumeric() && k != sqltype.KindBit:
		p, s := digitsOf(c.Type)
		precision, radix, scale = p, int64(10), s
		if k.IsFloat() {
			radix, scale = int64(2), nil
		}
	}
	name, _ := typeOfColumn(c)
	nullable := "NO"
	if c.Nullable {
		nullable = "YES"
	}
	if c.Source != "" {
		def = "(" + c.Source + ")"
	}
	return []any{e.database, t.Schema, t.Name, c.Name, int64(i + 1), def, nullable, name, length, octets, precision, radix, scale, fraction, charset,
		e.collationName(c.Type)}
}

func indexRows(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		var name any = "ClusteredIndex_" + strconv.FormatInt(t.ID, 16)
		id, typ := int64(1), int64(5)
		switch t.Index {
		case tsql.Heap:
			name, id, typ = nil, 0, 0
		case tsql.Clustered:
			typ = 1
		}
		out = append(out, []any{t.ID, name, id, typ, t.Index.String(), false, false})
	}
	return out
}

func statsRows(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		for i, s := range t.Statistics {
			out = append(out, []any{t.ID, s.Name, int64(i + 2), false, true})
		}
	}
	return out
}

func databaseRows(e *engine, _ *session) [][]any {
	return [][]any{
		{"master", int64(1), e.collation, "ONLINE", false, int64(130)},
		{e.database, int64(5), e.collation, "ONLINE", false, int64(130)},
	}
}

// Numbers of sys.pdw_table_distribution_properties (system-catalog-views page).
func distributionRows(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		n := map[tsql.Distribution]int64{tsql.Hash: 2, tsql.Replicate: 3, tsql.RoundRobin: 4}[t.Distribution]
		out = append(out, []any{t.ID, n, t.Distribution.String()})
	}
	return out
}

func columnDistributionRows(e *engine, _ *session) (out [][]any) {
	for _, t := range e.catalog.sorted() {
		for i, c := range t.Columns {
			ordinal := int64(0)
			for n, h := range t.HashColumns {
				if fold(h) == fold(c.Name) {
					ordinal = int64(n + 1)
				}
			}
			out = append(out, []any{t.ID, int64(i + 1), ordinal})
		}
	}
	return out
}

func sortTables(list []Table) {
	sort.Slice(list, func(i, j int) bool {
		if list[i].Schema != list[j].Schema {
			return list[i].Schema < list[j].Schema
		}
		return list[i].Name < list[j].Name
	})
}
