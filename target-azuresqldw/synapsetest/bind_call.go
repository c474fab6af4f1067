package synapsetest

import (
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// call binds a function.
func (b *binder) call(c *tsql.Call, sc *scope) bound {
	if c.Over != nil || tsql.Aggregate(c.Name) {
		return b.aggregate(c, sc)
	}
	switch c.Name {
	case "COALESCE":
		return b.coalesce(c, b.args(c, sc))
	case "ISNULL":
		return b.isNull(c, b.args(c, sc))
	case "NULLIF":
		a := b.args(c, sc)
		out := a[0]
		out.sql, out.nullable, out.constant = "(CASE WHEN "+b.compare(c.Where(), "=", a[0], a[1])+" THEN NULL ELSE "+a[0].sql+" END)", true, false
		return out
	case "IIF":
		return b.choice(c.Where(), []string{b.cond(c.Args[0], sc)}, []bound{b.expr(c.Args[1], sc), b.expr(c.Args[2], sc)})
	}
	a := b.args(c, sc)
	if v, ok := b.systemFunction(c, a); ok {
		return v
	}
	if v, ok := b.textFunction(c, a); ok {
		return v
	}
	if v, ok := b.dateFunction(c, a); ok {
		return v
	}
	if v, ok := b.mathFunction(c, a); ok {
		return v
	}
	refuse(c.Where(), 195, "'%s' is not a recognized built-in function name.", c.Name)
	return bound{}
}

func (b *binder) args(c *tsql.Call, sc *scope) []bound {
	out := make([]bound, len(c.Args))
	for i, x := range c.Args {
		out[i] = b.expr(x, sc)
	}
	return out
}

func (b *binder) coalesce(c *tsql.Call, a []bound) bound {
	if allNull(a) {
		refuse(c.Where(), 4127, "At least one of the arguments to COALESCE must be an expression that is not the NULL constant.")
	}
	a, t, lab := b.unify(c.Where(), a)
	out := bound{typ: t, label: lab, nullable: true}
	texts := make([]string, len(a))
	for i, v := range a {
		texts[i] = v.sql
		out.nullable = out.nullable && v.nullable
	}
	out.sql = "coalesce(" + strings.Join(texts, ",") + ")"
	return out
}

// isNull has the type of its first argument (functions/isnull-transact-sql).
func (b *binder) isNull(c *tsql.Call, a []bound) bound {
	t := a[0].typ
	if t.Kind == sqltype.KindUnknown {
		t = a[1].typ
	}
	second := b.convert(c.Where(), a[1], t, sqltype.Explicit)
	return bound{sql: "coalesce(" + a[0].sql + "," + second.sql + ")", typ: t, label: a[0].label, nullable: a[0].nullable && a[1].nullable}
}

// as converts argument i implicitly and gives its SQL.
func (b *binder) as(c *tsql.Call, a []bound, i int, t sqltype.Type) string {
	return b.convert(c.Where(), a[i], t, sqltype.Implicit).sql
}

// aggregate binds aggregates and window functions.
func (b *binder) aggregate(c *tsql.Call, sc *scope) bound {
	if c.Over == nil {
		if sc.group == nil {
			refuse(c.Where(), 147, "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.")
		}
		if sc.group.aggregates > 0 {
			refuse(c.Where(), 130, "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.")
		}
		sc.group.inside++
		sc.group.aggregates++
		defer func() { sc.group.inside, sc.group.aggregates = sc.group.inside-1, sc.group.aggregates-1 }()
	} else if !b.windows {
		refuse(c.Where(), 4108, "Windowed functions can only appear in the SELECT or ORDER BY clauses.")
	}
	a := b.args(c, sc)
	out := b.aggregateCall(c, a, sc)
	if c.Over != nil {
		out.sql += " OVER (" + b.window(c.Over, sc) + ")"
	}
	if c.Name == "AVG" || c.Name == "SUM" || c.Name == "MIN" || c.Name == "MAX" {
		out.nullable = true
	}
	return out
}

func (b *binder) aggregateCall(c *tsql.Call, a []bound, sc *scope) bound {
	distinct := ""
	if c.Distinct {
		distinct = "DISTINCT "
		if c.Over != nil {
			refuse(c.Where(), 10759, "Use of DISTINCT is not allowed with the OVER clause.")
		}
	}
	switch c.Name {
	case "COUNT", "COUNT_BIG":
		// COUNT is int, COUNT_BIG bigint (functions/count-transact-sql).
		t := sqltype.Int
		if c.Name == "COUNT_BIG" {
			t = sqltype.BigInt
		}
		if c.Star {
			return bound{sql: "count(*)", typ: t}
		}
		return bound{sql: "count(" + distinct + a[0].sql + b.collate(a[0].typ, true) + ")", typ: t}
	case "MIN", "MAX":
		out := a[0]
		out.constant = false
		if a[0].typ.Kind == sqltype.KindBit {
			refuse(c.Where(), 8117, "Operand data type bit is invalid for %s operator.", strings.ToLower(c.Name))
		}
		out.sql = strings.ToLower(c.Name) + "(" + a[0].sql + b.collate(a[0].typ, false) + ")"
		return out
	case "SUM", "AVG":
		if !a[0].typ.Kind.IsNumeric() || a[0].typ.Kind == sqltype.KindBit {
			refuse(c.Where(), 8117, "Operand data type %s is invalid for %s operator.", a[0].typ.Kind, strings.ToLower(c.Name))
		}
		return bound{sql: fmt.Sprintf("agg_%s(%s%s,%d)", strings.ToLower(c.Name), distinct, a[0].sql, b.e.typeID(bare(a[0].typ))), typ: sumType(a[0].typ, c.Name == "AVG")}
	case "STDEV", "STDEVP", "VAR", "VARP":
		// float, whatever the argument is (functions/stdev-, var-transact-sql).
		if !a[0].typ.Kind.IsNumeric() || a[0].typ.Kind == sqltype.KindBit {
			refuse(c.Where(), 8117, "Operand data type %s is invalid for %s operator.", a[0].typ.Kind, strings.ToLower(c.Name))
		}
		v := b.convert(c.Where(), a[0], sqltype.Float, sqltype.Explicit)
		return bound{sql: fmt.Sprintf("agg_%s(%s%s)", strings.ToLower(c.Name), distinct, v.sql), typ: sqltype.Float, nullable: true}
	case "STRING_AGG":
		return b.stringAgg(c, a, sc)
	case "ROW_NUMBER", "RANK", "DENSE_RANK":
		return bound{sql: strings.ToLower(c.Name) + "()", typ: sqltype.BigInt}
	case "CUME_DIST", "PERCENT_RANK":
		return bound{sql: strings.ToLower(c.Name) + "()", typ: sqltype.Float}
	case "NTILE":
		return bound{sql: "ntile(" + a[0].sql + ")", typ: sqltype.BigInt}
	}
	// LAG, LEAD, FIRST_VALUE, LAST_VALUE
	texts := []string{a[0].sql}
	for i := 1; i < len(a); i++ {
		t := sqltype.BigInt
		if i == 2 {
			t = a[0].typ
		}
		texts = append(texts, b.as(c, a, i, t))
	}
	out := a[0]
	out.sql, out.nullable, out.constant = strings.ToLower(c.Name)+"("+strings.Join(texts, ",")+")", true, false
	return out
}

func (b *binder) stringAgg(c *tsql.Call, a []bound, sc *scope) bound {
	t := a[0].typ
	if !t.Kind.IsCharacter() {
		t = sqltype.NVarChar(4000)
	} else if !t.IsMax() {
		t.Length = 8000
		if t.Kind.IsUnicode() {
			t.Length = 4000
		}
	}
	order := ""
	if len(c.WithinGroup) > 0 {
		order = " ORDER BY " + b.orderTerms(c.WithinGroup, sc)
	}
	long := t
	long.Length = sqltype.Max
	s := fmt.Sprintf("group_concat(%s,%s%s)", b.as(c, a, 0, long), b.as(c, a, 1, long), order)
	return bound{sql: s, typ: t, nullable: true, label: a[0].label}
}

func (b *binder) orderTerms(order []tsql.Order, sc *scope) string {
	terms := make([]string, len(order))
	for i, o := range order {
		if _, ok := o.Expr.(*tsql.Literal); ok {
			refuse(o.Expr.Where(), 5308, "Windowed functions, aggregates and NEXT VALUE FOR functions do not support integer indices as ORDER BY clause expressions.")
		}
		v := b.expr(o.Expr, sc)
		terms[i] = v.sql + b.collate(v.typ, false) + direction(o)
	}
	return strings.Join(terms, ",")
}

func (b *binder) window(w *tsql.Window, sc *scope) string {
	var parts []string
	if len(w.Partition) > 0 {
		terms := make([]string, len(w.Partition))
		for i, x := range w.Partition {
			v := b.expr(x, sc)
			terms[i] = v.sql + b.collate(v.typ, true)
		}
		parts = append(parts, "PARTITION BY "+strings.Join(terms, ","))
	}
	if len(w.Order) > 0 {
		parts = append(parts, "ORDER BY "+b.orderTerms(w.Order, sc))
	}
	if f := w.Frame; f != nil {
		kind := "RANGE"
		if f.Rows {
			kind = "ROWS"
		}
		parts = append(parts, kind+" BETWEEN "+f.Start+" AND "+f.End)
	}
	return strings.Join(parts, " ")
}
