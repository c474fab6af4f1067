package synapsetest

import (
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// cond writes a condition.
func (b *binder) cond(x tsql.Expr, sc *scope) string {
	switch x := x.(type) {
	case *tsql.And:
		return b.terms(" AND ", x.Terms, sc)
	case *tsql.Or:
		if s, ok := b.sameOrBothNull(x, sc); ok {
			return s
		}
		return b.terms(" OR ", x.Terms, sc)
	case *tsql.Not:
		return "(NOT " + b.cond(x.X, sc) + ")"
	case *tsql.Compare:
		return b.compare(x.Where(), x.Op, b.expr(x.L, sc), b.expr(x.R, sc))
	case *tsql.IsNull:
		op := " IS NULL)"
		if x.Not {
			op = " IS NOT NULL)"
		}
		return "(" + b.expr(x.X, sc).sql + op
	case *tsql.Between:
		v := b.expr(x.X, sc)
		s := "(" + b.compare(x.Where(), ">=", v, b.expr(x.Low, sc)) + " AND " + b.compare(x.Where(), "<=", v, b.expr(x.High, sc)) + ")"
		return negated(x.Not, s)
	case *tsql.Like:
		return negated(x.Not, b.like(x, sc))
	case *tsql.In:
		return negated(x.Not, b.in(x, sc))
	case *tsql.Exists:
		if s, ok := b.existsAsIn(x, sc); ok {
			return s
		}
		return "EXISTS (" + b.query(x.Query, sc, false).sql + ")"
	}
	refuse(x.Where(), 4145, "An expression of non-boolean type specified in a context where a condition is expected.")
	return ""
}

func negated(not bool, s string) string {
	if not {
		return "(NOT " + s + ")"
	}
	return s
}

func (b *binder) terms(op string, list []tsql.Expr, sc *scope) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = b.cond(x, sc)
	}
	return joined(op, out)
}

var operationNames = map[string]string{"=": "equal to", "<>": "not equal to", "<": "less than", "<=": "less than or equal to", ">": "greater than", ">=": "greater than or equal to"}

// compare writes l op r with the conversions and the collation that SQL Server would choose.
func (b *binder) compare(p tsql.Pos, op string, l, r bound) string {
	l, r, collation := b.comparable(p, op, l, r)
	return "(" + l.sql + collation + " " + op + " " + r.sql + ")"
}

func (b *binder) comparable(p tsql.Pos, op string, l, r bound) (bound, bound, string) {
	coll, lab := b.meet(l, r)
	t := b.common(p, l, r)
	if t.Kind.IsCharacter() {
		if lab == conflict {
			b.conflict(p, l, r, operationNames[op])
		}
		t.Collation = coll
	}
	if !(l.typ.Kind == sqltype.KindDecimal && r.typ.Kind == sqltype.KindDecimal) && !(l.typ.Kind.IsCharacter() && r.typ.Kind.IsCharacter()) {
		l, r = b.convert(p, l, t, sqltype.Implicit), b.convert(p, r, t, sqltype.Implicit)
	}
	return l, r, b.collate(t, op == "=" || op == "<>" || op == "IS")
}

// sameOrBothNull recognises a = b OR (a IS NULL AND b IS NULL) and writes SQLite's
// a IS b, which joins by index where the long form would try every pair.
func (b *binder) sameOrBothNull(x *tsql.Or, sc *scope) (string, bool) {
	if len(x.Terms) != 2 {
		return "", false
	}
	c, ok := x.Terms[0].(*tsql.Compare)
	both, ok2 := x.Terms[1].(*tsql.And)
	if !ok || !ok2 {
		c, ok = x.Terms[1].(*tsql.Compare)
		both, ok2 = x.Terms[0].(*tsql.And)
	}
	if !ok || !ok2 || c.Op != "=" || len(both.Terms) != 2 {
		return "", false
	}
	n1, ok := both.Terms[0].(*tsql.IsNull)
	n2, ok2 := both.Terms[1].(*tsql.IsNull)
	if !ok || !ok2 || n1.Not || n2.Not {
		return "", false
	}
	l, r, x1, x2 := b.expr(c.L, sc), b.expr(c.R, sc), b.expr(n1.X, sc), b.expr(n2.X, sc)
	if !(l.sql == x1.sql && r.sql == x2.sql || l.sql == x2.sql && r.sql == x1.sql) {
		return "", false
	}
	l, r, collation := b.comparable(c.Where(), "IS", l, r)
	return "(" + l.sql + collation + " IS " + r.sql + ")", true
}

func (b *binder) like(x *tsql.Like, sc *scope) string {
	v, pattern := b.expr(x.X, sc), b.expr(x.Pattern, sc)
	coll, lab := b.meet(v, pattern)
	if lab == conflict {
		b.conflict(x.Where(), v, pattern, "like")
	}
	text := sqltype.NVarChar(sqltype.Max)
	escape := "NULL"
	if x.Escape != nil {
		escape = b.convert(x.Where(), b.expr(x.Escape, sc), text, sqltype.Implicit).sql
	}
	v, pattern = b.convert(x.Where(), v, text, sqltype.Implicit), b.convert(x.Where(), pattern, text, sqltype.Implicit)
	sensitive := 0
	if c, err := sqltype.ParseCollation(coll); err == nil && (c.CaseSensitive || c.Binary) {
		sensitive = 1
	}
	return fmt.Sprintf("like_(%s,%s,%s,%d)", v.sql, pattern.sql, escape, sensitive)
}

func (b *binder) in(x *tsql.In, sc *scope) string {
	v := b.expr(x.X, sc)
	if x.Query != nil {
		q := b.query(x.Query, sc, false)
		if len(q.cols) != 1 {
			refuse(x.Where(), 116, "Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.")
		}
		member := q.cols[0].value("k1")
		l, r, collation := b.comparable(x.Where(), "=", v, member)
		if r.sql == "k1" {
			return "(" + l.sql + collation + " IN (" + q.sql + "))"
		}
		return "(" + l.sql + collation + " IN (SELECT " + r.sql + " FROM (" + q.sql + ")))"
	}
	values := []bound{v}
	for _, m := range x.List {
		values = append(values, b.expr(m, sc))
	}
	for _, m := range values[1:] {
		if _, lab := b.meet(v, m); lab == conflict && m.typ.Kind.IsCharacter() && v.typ.Kind.IsCharacter() {
			b.conflict(x.Where(), v, m, "equal to")
		}
	}
	values, t, _ := b.unify(x.Where(), values)
	members := make([]string, len(values)-1)
	for i, m := range values[1:] {
		members[i] = m.sql
	}
	return "(" + values[0].sql + b.collate(t, true) + " IN (" + strings.Join(members, ",") + "))"
}

// existsAsIn recognises EXISTS (SELECT … FROM inner WHERE inner = outer AND …) and
// writes it as a membership test, for which SQLite builds one index instead of
// reading the inner tables once per row.
func (b *binder) existsAsIn(x *tsql.Exists, sc *scope) (string, bool) {
	core, ok := x.Query.Body.(*tsql.SelectCore)
	if !ok || core.Top != nil || core.Where == nil || len(core.GroupBy) > 0 || core.Having != nil || len(core.From) == 0 || len(x.Query.With) > 0 || hasAggregate(core) {
		return "", false
	}
	inner := &scope{outer: sc}
	from := b.from(core.From, inner)
	terms := []tsql.Expr{core.Where}
	if and, ok := core.Where.(*tsql.And); ok {
		terms = and.Terms
	}
	var outs, ins, rest []string
	for _, t := range terms {
		c, ok := t.(*tsql.Compare)
		if ok && c.Op == "=" {
			l, r := b.side(c.L, inner), b.side(c.R, inner)
			if l == onlyInner && r == onlyOuter || l == onlyOuter && r == onlyInner {
				lv, rv, collation := b.comparable(c.Where(), "=", b.expr(c.L, inner), b.expr(c.R, inner))
				if l == onlyInner {
					lv, rv = rv, lv
				}
				outs, ins = append(outs, lv.sql+collation), append(ins, rv.sql)
				continue
			}
		}
		if b.side(t, inner) != onlyInner && b.side(t, inner) != neither {
			return "", false
		}
		rest = append(rest, b.cond(t, inner))
	}
	if len(outs) == 0 {
		return "", false
	}
	where := ""
	if len(rest) > 0 {
		where = " WHERE " + joined(" AND ", rest)
	}
	left := outs[0]
	if len(outs) > 1 {
		left = "(" + strings.Join(outs, ",") + ")"
	}
	return "((" + left + " IN (SELECT " + strings.Join(ins, ",") + " FROM " + from + where + ")) IS TRUE)", true
}

type sideOf uint8

const (
	neither   sideOf = 0
	onlyInner sideOf = 1
	onlyOuter sideOf = 2
)

// side tells whose columns an expression uses; a subquery in it counts as both.
func (b *binder) side(x tsql.Expr, inner *scope) sideOf {
	var s sideOf
	tsql.Walk(x, func(n tsql.Expr) bool {
		switch n := n.(type) {
		case *tsql.Column:
			if found, at := inner.find(n); found != nil {
				if at == inner {
					s |= onlyInner
				} else {
					s |= onlyOuter
				}
			}
		case *tsql.Subquery, *tsql.Exists:
			s |= onlyInner | onlyOuter
		case *tsql.In:
			if n.Query != nil {
				s |= onlyInner | onlyOuter
			}
		}
		return true
	})
	return s
}
