package synapsetest

import (
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// textArgs gives functions on texts their arguments and result types.
type textArgs struct {
	b *binder
	c *tsql.Call
	a []bound
}

// text gives argument i as nvarchar(max), num as bigint.
func (x textArgs) text(i int) string { return x.b.as(x.c, x.a, i, sqltype.NVarChar(sqltype.Max)) }
func (x textArgs) num(i int) string  { return x.b.as(x.c, x.a, i, sqltype.BigInt) }

// shaped is the type of a text of length n in the family of argument i.
func (x textArgs) shaped(i, n int) sqltype.Type {
	t := sqltype.NVarChar(n)
	if x.narrow(i) {
		t = sqltype.VarChar(n)
	}
	t.Collation = x.a[i].typ.Collation
	return t
}

func (x textArgs) narrow(i int) bool {
	return x.a[i].typ.Kind == sqltype.KindVarChar || x.a[i].typ.Kind == sqltype.KindChar
}

// whole is as long as argument i, widest as long as its family goes.
func (x textArgs) whole(i int) sqltype.Type {
	if !x.a[i].typ.Kind.IsCharacter() {
		return sqltype.NVarChar(4000)
	}
	return x.shaped(i, x.a[i].typ.Length)
}

func (x textArgs) widest(i int) sqltype.Type {
	switch {
	case x.a[i].typ.IsMax():
		return x.shaped(i, sqltype.Max)
	case x.narrow(i):
		return x.shaped(i, 8000)
	}
	return x.shaped(i, 4000)
}

// count is the type of a function that counts within argument i.
func (x textArgs) count(i int) sqltype.Type {
	if x.a[i].typ.IsMax() {
		return sqltype.BigInt
	}
	return sqltype.Int
}

// textFunction binds the functions on texts.
func (b *binder) textFunction(c *tsql.Call, a []bound) (bound, bool) {
	x := textArgs{b, c, a}
	name := "f_" + strings.ToLower(c.Name)
	out := bound{nullable: true}
	if len(a) > 0 {
		out.label = a[0].label
	}
	switch c.Name {
	case "LEN":
		out.typ, out.sql = x.count(0), "f_len("+x.text(0)+")"
	case "ASCII", "UNICODE", "ISNUMERIC", "ISDATE", "ISJSON":
		out.typ, out.sql = sqltype.Int, name+"("+x.text(0)+")"
	case "DATALENGTH":
		out.typ, out.sql = x.count(0), fmt.Sprintf("f_datalength(%s,%d)", a[0].sql, b.e.typeID(bare(a[0].typ)))
	case "LOWER", "UPPER", "LTRIM", "RTRIM", "TRIM", "REVERSE":
		out.typ, out.sql = x.whole(0), name+"("+x.text(0)+")"
	case "LEFT", "RIGHT":
		out.typ, out.sql = x.whole(0), name+"("+x.text(0)+","+x.num(1)+")"
	case "SUBSTRING":
		out.typ, out.sql = x.whole(0), name+"("+x.text(0)+","+x.num(1)+","+x.num(2)+")"
	case "STUFF":
		out.typ, out.sql = x.widest(0), name+"("+x.text(0)+","+x.num(1)+","+x.num(2)+","+x.text(3)+")"
	case "REPLACE":
		out.typ, out.sql = x.widest(0), fmt.Sprintf("f_replace(%s,%s,%s,%d)", x.text(0), x.text(1), x.text(2), b.sensitive(a[0]))
	case "REPLICATE":
		out.typ, out.sql = x.widest(0), name+"("+x.text(0)+","+x.num(1)+")"
	case "SPACE":
		out.typ, out.sql = sqltype.VarChar(8000), name+"("+x.num(0)+")"
	case "CHAR":
		out.typ, out.sql = sqltype.VarChar(1), "f_nchar("+x.num(0)+")"
	case "NCHAR":
		out.typ, out.sql = sqltype.NVarChar(1), "f_nchar("+x.num(0)+")"
	case "QUOTENAME":
		out.typ, out.sql = sqltype.NVarChar(258), name+"("+x.text(0)+")"
	case "PATINDEX":
		out.typ, out.sql = sqltype.Int, fmt.Sprintf("f_patindex(%s,%s,%d)", x.text(0), x.text(1), b.sensitive(a[1]))
	default:
		return b.longTextFunction(c, x, out)
	}
	return out, true
}

// longTextFunction binds the functions on texts that have optional arguments or other types.
func (b *binder) longTextFunction(c *tsql.Call, x textArgs, out bound) (bound, bool) {
	optional := func(i int, otherwise string) string {
		if i < len(x.a) {
			return x.num(i)
		}
		return otherwise
	}
	switch c.Name {
	case "CHARINDEX":
		out.typ, out.sql = sqltype.Int, fmt.Sprintf("f_charindex(%s,%s,%s,%d)", x.text(0), x.text(1), optional(2, "1"), b.sensitive(x.a[1]))
	case "CONCAT", "CONCAT_WS":
		out.typ, out.nullable, out.label = sqltype.NVarChar(4000), false, coercible
		args := make([]string, len(x.a))
		for i := range x.a {
			if x.a[i].typ.IsMax() {
				out.typ.Length = sqltype.Max
			}
			out.typ.Collation, out.label = b.meet(out, x.a[i])
			args[i] = x.text(i)
		}
		out.sql = "f_" + strings.ToLower(c.Name) + "(" + strings.Join(args, ",") + ")"
	case "STR":
		out.typ, out.sql = sqltype.VarChar(8000), "f_str("+b.as(c, x.a, 0, sqltype.Float)+","+optional(1, "10")+","+optional(2, "0")+")"
	case "JSON_VALUE":
		out.typ, out.sql = sqltype.NVarChar(4000), "f_json_value("+x.text(0)+","+x.text(1)+")"
	case "JSON_QUERY":
		path := "'$'"
		if len(x.a) > 1 {
			path = x.text(1)
		}
		out.typ, out.sql = sqltype.NVarChar(sqltype.Max), "f_json_query("+x.text(0)+","+path+")"
	case "HASHBYTES":
		// The bytes hashed are those of the argument's own type.
		out.typ, out.sql = sqltype.VarBinary(8000), fmt.Sprintf("f_hashbytes(%s,%s,%d)", x.text(0), x.a[1].sql, b.e.typeID(bare(x.a[1].typ)))
	default:
		return bound{}, false
	}
	return out, true
}

func (b *binder) sensitive(v bound) int {
	c, err := sqltype.ParseCollation(b.collationOf(v))
	if err == nil && (c.CaseSensitive || c.Binary) {
		return 1
	}
	return 0
}

// mathFunction binds the functions on numbers. Those that are transcendental work on floats.
func (b *binder) mathFunction(c *tsql.Call, a []bound) (bound, bool) {
	name := "f_" + strings.ToLower(c.Name)
	switch c.Name {
	case "PI":
		return constant(3.141592653589793, sqltype.Float), true
	case "SQRT", "SQUARE", "EXP", "LOG", "LOG10", "POWER", "SIN", "COS", "TAN", "COT", "ASIN", "ACOS", "ATAN", "ATN2", "DEGREES", "RADIANS":
		args := make([]string, len(a))
		for i := range a {
			args[i] = b.as(c, a, i, sqltype.Float)
		}
		out := bound{typ: sqltype.Float, nullable: true, sql: name + "(" + strings.Join(args, ",") + ")"}
		// These have the type of their argument (functions/power-, degrees-, radians-transact-sql).
		if (c.Name == "POWER" || c.Name == "DEGREES" || c.Name == "RADIANS") && !a[0].typ.Kind.IsFloat() && a[0].typ.Kind.IsNumeric() {
			t := a[0].typ
			if t.Kind.IsInteger() && t.Kind < sqltype.KindInt {
				t = sqltype.Int
			}
			return b.convert(c.Where(), out, t, sqltype.Explicit), true
		}
		return out, true
	case "ABS", "SIGN", "CEILING", "FLOOR", "ROUND":
		v := a[0]
		if !v.typ.Kind.IsNumeric() {
			v = b.convert(c.Where(), v, sqltype.Float, sqltype.Implicit)
		}
		out := bound{typ: bare(v.typ), nullable: true}
		if v.typ.Kind == sqltype.KindDecimal && (c.Name == "CEILING" || c.Name == "FLOOR") {
			out.typ.Scale = 0
		}
		extra := ""
		for i := 1; i < len(a); i++ {
			extra += "," + b.as(c, a, i, sqltype.Int)
		}
		out.sql = fmt.Sprintf("%s(%s,%d%s)", name, v.sql, b.e.typeID(bare(v.typ)), extra)
		return out, true
	}
	return bound{}, false
}
