package tsql

import "strings"

// facets says what may stand in parentheses after a type's name.
type facets uint8

const (
	plain     facets = iota
	charLike         // (n | max), at most limit
	fixedChar        // (n)
	decimal          // (p [, s])
	fraction         // (0…7)
	mantissa         // (1…53)
)

type typeRule struct {
	facets facets
	limit  int
	name   string // the name it is another spelling of
}

// typeRuleOf lists the types of a dedicated pool
// (create-table-azure-sql-data-warehouse.md, sql-data-warehouse-tables-data-types.md).
func typeRuleOf(name string) (typeRule, bool) {
	switch name {
	case "bigint", "int", "smallint", "tinyint", "bit", "money", "smallmoney", "real", "date", "datetime", "smalldatetime", "uniqueidentifier":
		return typeRule{facets: plain, name: name}, true
	case "sysname": // nvarchar(128), accepted in DECLARE and CAST
		return typeRule{facets: plain, name: name}, true
	case "integer":
		return typeRule{facets: plain, name: "int"}, true
	case "decimal", "numeric":
		return typeRule{facets: decimal, name: name}, true
	case "dec":
		return typeRule{facets: decimal, name: "decimal"}, true
	case "float":
		return typeRule{facets: mantissa, name: "float"}, true
	case "datetime2", "datetimeoffset", "time":
		return typeRule{facets: fraction, name: name}, true
	case "nvarchar":
		return typeRule{facets: charLike, limit: 4000, name: name}, true
	case "varchar", "varbinary":
		return typeRule{facets: charLike, limit: 8000, name: name}, true
	case "nchar":
		return typeRule{facets: fixedChar, limit: 4000, name: name}, true
	case "char", "binary":
		return typeRule{facets: fixedChar, limit: 8000, name: name}, true
	case "character":
		return typeRule{facets: fixedChar, limit: 8000, name: "char"}, true
	}
	return typeRule{}, false
}

// dataType reads a type. cast is true in CAST and CONVERT, where a length that is
// left out means 30 instead of 1 (char-and-varchar-transact-sql.md).
func (p *parser) dataType(cast bool) Type {
	t := p.tok()
	if t.kind != kindWord && t.kind != kindQuoted {
		p.fail()
	}
	p.at++
	name := strings.ToLower(t.text)
	if name == "double" && p.accept("PRECISION") {
		return Type{Name: "float", Precision: 53}
	}
	rule, ok := typeRuleOf(name)
	if !ok {
		switch name {
		case "text", "ntext", "image", "xml", "sql_variant", "geography", "geometry", "hierarchyid", "timestamp", "rowversion", "table", "cursor", "json":
			// Named as unsupported in sql-data-warehouse-tables-data-types.md.
			panic(refused(t.pos, t.text, "The type is not supported by a dedicated pool."))
		}
		panic(Refuse(t.pos, 2715, "Column, parameter, or variable: Cannot find data type %s.", t.text))
	}
	typ := Type{Name: rule.name}
	if p.isOp("(") {
		if rule.facets == plain {
			// 2716: SQL Server's number for a width on a type that has none.
			panic(Refuse(t.pos, 2716, "Column, parameter, or variable: Cannot specify a column width on data type %s.", name))
		}
		typ.Explicit = true
	}
	switch rule.facets {
	case charLike, fixedChar:
		typ.Length = 1
		if cast {
			typ.Length = 30
		}
		p.length(&typ, rule, t)
	case decimal:
		typ.Precision, typ.Scale = 18, 0
		p.precision(&typ, t)
	case fraction:
		typ.Scale = 7
		if typ.Explicit {
			typ.Scale = p.facet(t, 0, 7, 1002, "Specified scale %d is invalid.")
		}
	case mantissa:
		typ.Precision = 53
		if typ.Explicit {
			typ.Precision = p.facet(t, 1, 53, 2750, "Specified column precision %d is invalid. The maximum precision is 53.")
		}
	}
	if typ.Name == "sysname" {
		typ = Type{Name: "nvarchar", Length: 128, Explicit: true}
	}
	return typ
}

func (p *parser) facet(t token, low, high int, number int32, format string) int {
	p.expectOp("(")
	n := p.integer()
	p.expectOp(")")
	if n < low || n > high {
		panic(Refuse(t.pos, number, format, n))
	}
	return n
}

func (p *parser) length(typ *Type, rule typeRule, t token) {
	if !typ.Explicit {
		return
	}
	p.expectOp("(")
	switch {
	case rule.facets == charLike && p.accept("MAX"):
		typ.Length = -1
	default:
		typ.Length = p.integer()
		if typ.Length < 1 {
			panic(Refuse(t.pos, 1001, "Line %d: Length or precision specification %d is invalid.", t.pos.Line, typ.Length))
		}
		if typ.Length > rule.limit {
			// 131: SQL Server's number for a length beyond the type's maximum.
			panic(Refuse(t.pos, 131, "The size (%d) given to the type '%s' exceeds the maximum allowed for any data type (%d).", typ.Length, typ.Name, rule.limit))
		}
	}
	p.expectOp(")")
}

func (p *parser) precision(typ *Type, t token) {
	if !typ.Explicit {
		return
	}
	p.expectOp("(")
	typ.Precision = p.integer()
	if p.acceptOp(",") {
		typ.Scale = p.integer()
	}
	p.expectOp(")")
	if typ.Precision < 1 || typ.Precision > 38 {
		panic(Refuse(t.pos, 2750, "Specified column precision %d is greater than the maximum precision of 38.", typ.Precision))
	}
	if typ.Scale > typ.Precision {
		panic(Refuse(t.pos, 183, "The scale (%d) must be less than or equal to the precision (%d).", typ.Scale, typ.Precision))
	}
}

// Max tells whether the type is one of the (max) types, which a columnstore cannot hold.
func (t Type) Max() bool { return t.Length == -1 }

// Text tells whether the type holds characters and so may have a collation.
func (t Type) Text() bool {
	switch t.Name {
	case "nvarchar", "varchar", "nchar", "char":
		return true
	}
	return false
}
