package synapsetest

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// expr binds a scalar expression. In a grouped SELECT an expression that is grouped
// by may be used as a whole; otherwise its columns may not be.
func (b *binder) expr(x tsql.Expr, sc *scope) bound {
	if g := sc.group; g != nil && g.inside == 0 && len(g.texts) > 0 {
		g.inside++
		v := b.node(x, sc)
		g.inside--
		if g.texts[v.sql] {
			return v
		}
	}
	return b.node(x, sc)
}

func (b *binder) node(x tsql.Expr, sc *scope) bound {
	switch x := x.(type) {
	case *tsql.Column:
		return b.column(x, sc)
	case *tsql.Literal:
		return b.literal(x)
	case *tsql.Variable:
		return b.variable(x)
	case *tsql.Global:
		return b.global(x)
	case *tsql.Unary:
		return b.unary(x, sc)
	case *tsql.Binary:
		return b.binary(x, sc)
	case *tsql.Collate:
		return b.collated(x, sc)
	case *tsql.Case:
		return b.caseExpr(x, sc)
	case *tsql.Cast:
		return b.cast(x, sc)
	case *tsql.Call:
		return b.call(x, sc)
	case *tsql.Subquery:
		return b.subquery(x, sc)
	}
	refuse(x.Where(), 103010, "Parse error at line: %d, column: %d: Incorrect syntax near a condition.", x.Where().Line, x.Where().Column)
	return bound{}
}

// literal gives a constant its type (data-types/constants-transact-sql).
func (b *binder) literal(x *tsql.Literal) bound {
	switch x.Kind {
	case tsql.StringLiteral:
		t := sqltype.VarChar(max(1, len(x.Text)))
		// 'x' is read in the code page of the database: what it lacks becomes "?".
		s := sqltype.DecodeVarChar(sqltype.EncodeVarChar(x.Text))
		if t.Length = max(1, len(sqltype.EncodeVarChar(x.Text))); t.Length > 8000 {
			t.Length = sqltype.Max
		}
		return constant(s, t)
	case tsql.NStringLiteral:
		n := max(1, sqltype.UTF16Len(x.Text))
		if n > 4000 {
			n = sqltype.Max
		}
		return constant(x.Text, sqltype.NVarChar(n))
	case tsql.IntLiteral:
		if n, err := strconv.ParseInt(x.Text, 10, 32); err == nil {
			return constant(n, sqltype.Int)
		}
		return b.decimalLiteral(x)
	case tsql.DecimalLiteral:
		return b.decimalLiteral(x)
	case tsql.FloatLiteral:
		f, err := strconv.ParseFloat(strings.TrimRight(x.Text, "eE+-"), 64)
		if err != nil {
			refuse(x.Where(), 168, "The floating point value '%s' is out of the range of computer representation (8 bytes).", x.Text)
		}
		return constant(f, sqltype.Float)
	case tsql.MoneyLiteral:
		v, err := sqltype.Rules{}.Parse(x.Text, sqltype.Money)
		must(x.Where(), err)
		return constant(v, sqltype.Money)
	case tsql.BinaryLiteral:
		digits := x.Text
		if len(digits)%2 == 1 {
			digits = "0" + digits
		}
		v, _ := hex.DecodeString(digits)
		n := max(1, len(v))
		if n > 8000 {
			n = sqltype.Max
		}
		return constant(v, sqltype.VarBinary(n))
	}
	return bound{sql: "NULL", typ: sqltype.Null, nullable: true, constant: true}
}

func (b *binder) decimalLiteral(x *tsql.Literal) bound {
	text := strings.TrimSuffix(x.Text, ".")
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	d, ok := sqltype.ParseDecimal(text)
	precision := max(d.Digits(), d.Scale, 1)
	if !ok || precision > 38 {
		refuse(x.Where(), 1007, "The number '%s' is out of the range for numeric representation (maximum precision 38).", x.Text)
	}
	return constant(d, sqltype.DecimalType(precision, d.Scale))
}

func (b *binder) variable(x *tsql.Variable) bound {
	v, ok := b.vars[fold(x.Name)]
	if !ok {
		refuse(x.Where(), 137, "Must declare the scalar variable \"%s\".", x.Name)
	}
	c := constant(v.value, v.typ)
	c.nullable = true
	return c
}

func (b *binder) unary(x *tsql.Unary, sc *scope) bound {
	v := b.expr(x.X, sc)
	if x.Op == "+" || v.typ.Kind == sqltype.KindUnknown {
		return v
	}
	if x.Op == "~" {
		if !v.typ.Kind.IsInteger() && v.typ.Kind != sqltype.KindBit {
			refuse(x.Where(), 8117, "Operand data type %s is invalid for '~' operator.", v.typ.Kind)
		}
		v.sql, v.constant = "(~"+v.sql+")", false
		return v
	}
	if v.constant && v.value != nil {
		switch n := v.value.(type) {
		case int64:
			return constant(-n, v.typ)
		case float64:
			return constant(-n, v.typ)
		case sqltype.Decimal:
			if n.Unscaled != nil {
				n.Unscaled = new(big.Int).Neg(n.Unscaled)
			}
			return constant(n, v.typ)
		}
	}
	if !v.typ.Kind.IsNumeric() || v.typ.Kind == sqltype.KindBit {
		refuse(x.Where(), 8117, "Operand data type %s is invalid for minus operator.", v.typ.Kind)
	}
	zero := sqltype.Int
	if v.typ.Kind.IsInteger() {
		zero = v.typ
	}
	out := v
	out.constant = false
	out.sql = fmt.Sprintf("ar('-',0,%s,%d,%d)", v.sql, b.e.typeID(zero), b.e.typeID(bare(v.typ)))
	return out
}

func (b *binder) binary(x *tsql.Binary, sc *scope) bound {
	l, r := b.expr(x.L, sc), b.expr(x.R, sc)
	if strings.Contains("&|^", x.Op) {
		return b.bits(x, l, r)
	}
	op := x.Op[0]
	l, r = shortened(l, r), shortened(r, l)
	t, err := sqltype.ArithmeticType(op, bare(l.typ), bare(r.typ))
	must(x.Where(), err)
	out := bound{typ: t, nullable: l.nullable || r.nullable}
	switch {
	case t.Kind.IsCharacter():
		coll, lab := b.meet(l, r)
		out.typ.Collation, out.label = coll, lab
		return b.concatenate(x.Where(), l, r, out)
	case l.typ.Kind == sqltype.KindUnknown || r.typ.Kind == sqltype.KindUnknown:
		out.sql = "NULL"
		return out
	}
	out.sql = fmt.Sprintf("ar('%c',%s,%s,%d,%d)", op, l.sql, r.sql, b.e.typeID(bare(l.typ)), b.e.typeID(bare(r.typ)))
	if l.constant && r.constant {
		if v, vt, err := b.e.rules.Arithmetic(op, l.value, r.value, bare(l.typ), bare(r.typ)); err == nil && bare(vt) == bare(t) {
			return constant(v, t)
		}
	}
	return out
}

// shortened gives an integer constant beside a decimal only the precision it needs,
// so that 7.0 / 2 is decimal(7,6).
func shortened(v, other bound) bound {
	n, ok := v.value.(int64)
	if !ok || !v.constant || v.nullable || v.typ.Kind != sqltype.KindInt || other.typ.Kind != sqltype.KindDecimal {
		return v
	}
	d := sqltype.NewDecimal(n, 0)
	return constant(d, sqltype.DecimalType(max(d.Digits(), 1), 0))
}

// concatenate writes l + r for texts; what is beyond 4,000 or 8,000 is cut, as SQL
// Server does when no side is a (max) type.
func (b *binder) concatenate(p tsql.Pos, l, r, out bound) bound {
	long := out.typ
	long.Length = sqltype.Max
	l, r = b.convert(p, l, long, sqltype.Implicit), b.convert(p, r, long, sqltype.Implicit)
	out.sql = "(" + l.sql + " || " + r.sql + ")"
	limit := 8000
	if out.typ.Kind.IsUnicode() {
		limit = 4000
	}
	if !out.typ.IsMax() && out.typ.Length >= limit {
		return b.convert(p, bound{sql: out.sql, typ: long, nullable: out.nullable, label: out.label}, out.typ, sqltype.Explicit)
	}
	return out
}

func (b *binder) bits(x *tsql.Binary, l, r bound) bound {
	whole := func(v bound) bool {
		return v.typ.Kind.IsInteger() || v.typ.Kind == sqltype.KindBit || v.typ.Kind == sqltype.KindUnknown
	}
	if !whole(l) || !whole(r) {
		refuse(x.Where(), 402, "The data types %s and %s are incompatible in the '%s' operator.", l.typ.Kind, r.typ.Kind, x.Op)
	}
	out := bound{typ: b.common(x.Where(), l, r), nullable: l.nullable || r.nullable}
	out.sql = "(" + l.sql + " " + x.Op + " " + r.sql + ")"
	if x.Op == "^" {
		out.sql = "((" + l.sql + "|" + r.sql + ")-(" + l.sql + "&" + r.sql + "))"
	}
	return out
}

func (b *binder) collated(x *tsql.Collate, sc *scope) bound {
	v := b.expr(x.X, sc)
	if !v.typ.Kind.IsCharacter() {
		refuse(x.Where(), 447, "Expression type %s is invalid for COLLATE clause.", v.typ.Kind)
	}
	v.typ.Collation, v.label = x.Name, explicit
	if x.Name == "database_default" {
		v.typ.Collation = b.e.collation
	}
	return v
}

func (b *binder) caseExpr(x *tsql.Case, sc *scope) bound {
	conds := make([]string, len(x.Whens))
	var values []bound
	for i, w := range x.Whens {
		if x.Operand != nil {
			conds[i] = b.compare(w.Cond.Where(), "=", b.expr(x.Operand, sc), b.expr(w.Cond, sc))
		} else {
			conds[i] = b.cond(w.Cond, sc)
		}
		values = append(values, b.expr(w.Then, sc))
	}
	otherwise := bound{sql: "NULL", nullable: true}
	if x.Else != nil {
		otherwise = b.expr(x.Else, sc)
	}
	values = append(values, otherwise)
	if allNull(values) {
		refuse(x.Where(), 8133, "At least one of the result expressions in a CASE specification must be an expression other than the NULL constant.")
	}
	return b.choice(x.Where(), conds, values)
}

func allNull(values []bound) bool {
	for _, v := range values {
		if v.typ.Kind != sqltype.KindUnknown {
			return false
		}
	}
	return true
}

// choice writes CASE WHEN cond THEN value … ELSE the last value END.
func (b *binder) choice(p tsql.Pos, conds []string, values []bound) bound {
	values, t, lab := b.unify(p, values)
	out := bound{typ: t, label: lab}
	var s strings.Builder
	s.WriteString("(CASE")
	for i, c := range conds {
		s.WriteString(" WHEN " + c + " THEN " + values[i].sql)
	}
	s.WriteString(" ELSE " + values[len(values)-1].sql + " END)")
	for _, v := range values {
		out.nullable = out.nullable || v.nullable
	}
	out.sql = s.String()
	return out
}

func (b *binder) cast(x *tsql.Cast, sc *scope) bound {
	v, t := b.expr(x.X, sc), typeOf(x.Type)
	if x.Style != nil {
		return b.castStyle(x, v, t, sc)
	}
	if !x.Try {
		out := b.convert(x.Where(), v, t, sqltype.Explicit)
		if !v.typ.Kind.IsCharacter() {
			out.typ.Collation, out.label = "", coercible
		}
		return out
	}
	must(x.Where(), sqltype.Rules{}.Allowed(v.typ, t))
	out := bound{typ: t, nullable: true, label: v.label, sql: "NULL"}
	out.typ.Collation = v.typ.Collation
	if v.typ.Kind != sqltype.KindUnknown {
		out.sql = fmt.Sprintf("cv(%s,%d,%d,%d)", v.sql, b.e.typeID(bare(v.typ)), b.e.typeID(bare(t)), tryMode)
	}
	return out
}

func (b *binder) castStyle(x *tsql.Cast, v bound, t sqltype.Type, sc *scope) bound {
	must(x.Where(), sqltype.Rules{}.Allowed(v.typ, t))
	style := b.convert(x.Where(), b.expr(x.Style, sc), sqltype.Int, sqltype.Implicit)
	mode := 0
	if x.Try {
		mode = tryMode
	}
	out := bound{typ: t, nullable: v.nullable || x.Try, sql: "NULL"}
	if v.typ.Kind != sqltype.KindUnknown {
		out.sql = fmt.Sprintf("cvs(%s,%d,%d,%d,%s)", v.sql, b.e.typeID(bare(v.typ)), b.e.typeID(bare(t)), mode, style.sql)
	}
	return out
}

func (b *binder) subquery(x *tsql.Subquery, sc *scope) bound {
	q := b.query(x.Query, sc, false)
	if len(q.cols) != 1 {
		refuse(x.Where(), 116, "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.")
	}
	out := q.cols[0].value("(" + q.sql + ")")
	if !q.single {
		out.sql = "(SELECT agg_one(k1) FROM (" + q.sql + "))"
	}
	out.nullable = true
	return out
}
