package synapsetest

import (
	"fmt"
	"strconv"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// scope is what names mean inside one SELECT.
type scope struct {
	outer   *scope
	sources []*source
	group   *grouping
}

// source is one table of FROM.
type source struct {
	alias        string // as written; "" when the table goes by its own name
	schema, name string
	sql          string // SQLite's alias
	cols         []sourceColumn
	table        *table
	names        sqltype.Collation // by which its name and those of its columns compare
}

type sourceColumn struct {
	name string
	sql  string
	outColumn
}

// grouping is there when a SELECT has GROUP BY or aggregates: outside of aggregates
// only what is grouped by may be used.
// The clauses that SQL Server has numbers of their own for.
const (
	inHaving  = 8121
	inOrderBy = 8127
)

type grouping struct {
	texts      map[string]bool
	inside     int // >0 where columns may be used: within an aggregate's arguments
	aggregates int // >0 within an aggregate's arguments only
	clause     int32
}

type outColumn struct {
	name     string
	typ      sqltype.Type
	nullable bool
	label    label
	variable string
}

func (c outColumn) value(sql string) bound {
	return bound{sql: sql, typ: c.typ, nullable: c.nullable, label: c.label}
}

type boundQuery struct {
	sql    string
	cols   []outColumn
	single bool // at most one row
}

func (b *binder) newAlias() string {
	b.alias++
	return "s" + strconv.Itoa(b.alias)
}

// query binds a query. ordered is true where ORDER BY without TOP is allowed: at
// the top of a statement.
func (b *binder) query(q *tsql.Query, outer *scope, ordered bool) boundQuery {
	if len(q.With) > 0 {
		saved := b.ctes
		b.ctes = append(append([]tsql.CTE(nil), saved...), q.With...)
		defer func() { b.ctes = saved }()
	}
	if core, ok := q.Body.(*tsql.SelectCore); ok {
		if len(q.Order) > 0 && core.Top == nil && !ordered {
			refuse(q.Pos, 1033, "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.")
		}
		return b.selectCore(core, q.Order, outer)
	}
	if len(q.Order) > 0 && !ordered {
		refuse(q.Pos, 1033, "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.")
	}
	out := b.setOp(q.Body, outer, q.Pos)
	if len(q.Order) > 0 {
		out.sql = "SELECT * FROM (" + out.sql + ")" + b.orderByOutput(q.Order, out.cols)
	}
	return out
}

// orderByOutput writes ORDER BY where only the columns of the result can be meant.
func (b *binder) orderByOutput(order []tsql.Order, cols []outColumn) string {
	terms := make([]string, len(order))
	for i, o := range order {
		n := b.outputIndex(o.Expr, cols)
		if n < 0 {
			refuse(o.Expr.Where(), 104, "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.")
		}
		terms[i] = fmt.Sprintf("k%d%s%s", n+1, b.collate(cols[n].typ, false), direction(o))
	}
	return " ORDER BY " + strings.Join(terms, ",")
}

func direction(o tsql.Order) string {
	if o.Desc {
		return " DESC"
	}
	return ""
}

// outputIndex finds the output column that a term of ORDER BY means, by number or name; -1 if none.
func (b *binder) outputIndex(x tsql.Expr, cols []outColumn) int {
	switch x := x.(type) {
	case *tsql.Literal:
		if x.Kind != tsql.IntLiteral {
			return -1
		}
		n, err := strconv.Atoi(x.Text)
		if err != nil || n < 1 || n > len(cols) {
			refuse(x.Where(), 108, "The ORDER BY position number %s is out of range of the number of items in the select list.", x.Text)
		}
		return n - 1
	case *tsql.Column:
		if x.Table.Object != "" {
			return -1
		}
		for i, c := range cols {
			if b.e.catalog.same(c.name, x.Name) {
				return i
			}
		}
	}
	return -1
}

// selectCore binds one SELECT with its ORDER BY.
func (b *binder) selectCore(core *tsql.SelectCore, order []tsql.Order, outer *scope) boundQuery {
	if b.depth++; b.depth > 32 {
		refuse(core.Pos, 191, "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries.") // capacity limits: 32 nested subqueries
	}
	defer func(windows bool) { b.depth, b.windows = b.depth-1, windows }(b.windows)
	b.windows = false
	sc := &scope{outer: outer}
	var from, where, group, having string
	if len(core.From) > 0 {
		from = " FROM " + b.from(core.From, sc)
	}
	if core.Where != nil {
		where = " WHERE " + b.cond(core.Where, sc)
	}
	grouped := len(core.GroupBy) > 0 || core.Having != nil || hasAggregate(core) || orderHasAggregate(order)
	if grouped {
		group = b.groupBy(core, sc)
	}
	if core.Having != nil {
		sc.group.clause = inHaving
		having = " HAVING " + b.cond(core.Having, sc)
		sc.group.clause = 0
	}
	b.windows = true
	q := boundQuery{single: grouped && len(core.GroupBy) == 0}
	items, raw := b.items(core, sc, &q)
	s := "SELECT "
	if core.Distinct {
		s += "DISTINCT "
	}
	s += strings.Join(items, ",") + from + where + group + having
	if len(order) > 0 {
		if sc.group != nil {
			sc.group.clause = inOrderBy
		}
		s += b.orderBy(order, core, sc, q.cols, raw)
	}
	if core.Top != nil {
		n := b.convert(core.Top.Where(), b.expr(core.Top, &scope{}), sqltype.BigInt, sqltype.Implicit)
		s += " LIMIT top_(" + n.sql + ")"
		q.single = q.single || n.constant && n.value == int64(1)
	}
	q.sql = s
	return q
}

func (b *binder) groupBy(core *tsql.SelectCore, sc *scope) string {
	g := &grouping{texts: map[string]bool{}}
	var terms []string
	for _, x := range core.GroupBy {
		v := b.expr(x, sc)
		if v.constant {
			refuse(x.Where(), 164, "Each GROUP BY expression must contain at least one column that is not an outer reference.")
		}
		if v.label == conflict {
			b.conflict(x.Where(), v, v, "GROUP BY")
		}
		g.texts[v.sql] = true
		terms = append(terms, v.sql+b.collate(v.typ, true))
	}
	sc.group = g
	if len(terms) == 0 {
		return ""
	}
	return " GROUP BY " + strings.Join(terms, ",")
}

// items binds the select list; raw holds the expressions without their aliases.
func (b *binder) items(core *tsql.SelectCore, sc *scope, q *boundQuery) (texts, raw []string) {
	add := func(v bound, name, variable string) {
		col := outColumn{name: name, typ: v.typ, nullable: v.nullable, label: v.label, variable: variable}
		q.cols = append(q.cols, col)
		s := v.sql
		raw = append(raw, s)
		if core.Distinct {
			if v.label == conflict {
				b.conflict(core.Pos, v, v, "DISTINCT")
			}
			s += b.collate(v.typ, true)
		}
		texts = append(texts, s+" AS k"+strconv.Itoa(len(q.cols)))
	}
	for _, it := range core.Items {
		switch {
		case it.Star:
			b.star(it, sc, func(c sourceColumn, src *source) {
				b.checkGrouped(sc, src.sql+"."+c.sql, it.Pos, src, c.name)
				add(c.value(src.sql+"."+c.sql), c.name, "")
			})
		default:
			v := b.expr(it.Expr, sc)
			name := it.Alias
			if c, ok := it.Expr.(*tsql.Column); ok && name == "" {
				name = c.Name
			}
			add(v, name, it.Variable)
		}
	}
	if len(q.cols) > 4096 {
		refuse(core.Pos, 1056, "The number of elements in the select list exceeds the maximum allowed number of 4096 elements.") // capacity limits
	}
	return texts, raw
}

func (b *binder) star(it tsql.Item, sc *scope, add func(sourceColumn, *source)) {
	found := false
	for _, src := range sc.sources {
		if it.Of.Object != "" && !src.answersTo(it.Of) {
			continue
		}
		found = true
		for _, c := range src.cols {
			add(c, src)
		}
	}
	switch {
	case found:
	case it.Of.Object != "":
		refuse(it.Pos, 107, "The column prefix '%s' does not match with a table name or alias name used in the query.", it.Of)
	default:
		refuse(it.Pos, 263, "Must specify table to select from.")
	}
}

func (b *binder) orderBy(order []tsql.Order, core *tsql.SelectCore, sc *scope, cols []outColumn, raw []string) string {
	terms := make([]string, len(order))
	for i, o := range order {
		n := b.outputIndex(o.Expr, cols)
		if n >= 0 {
			// k1 would mean the alias, which SQLite takes too
			terms[i] = "k" + strconv.Itoa(n+1) + b.collate(cols[n].typ, false) + direction(o)
			continue
		}
		v := b.expr(o.Expr, sc)
		if core.Distinct {
			n = indexOf(raw, v.sql)
			if n < 0 {
				refuse(o.Expr.Where(), 145, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.")
			}
		}
		if v.label == conflict {
			b.conflict(o.Expr.Where(), v, v, "ORDER BY")
		}
		terms[i] = v.sql + b.collate(v.typ, false) + direction(o)
	}
	return " ORDER BY " + strings.Join(terms, ",")
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

func hasAggregate(core *tsql.SelectCore) bool {
	found := false
	look := func(x tsql.Expr) {
		tsql.Walk(x, func(n tsql.Expr) bool {
			if c, ok := n.(*tsql.Call); ok && tsql.Aggregate(c.Name) && c.Over == nil {
				found = true
			}
			return !found
		})
	}
	for _, it := range core.Items {
		look(it.Expr)
	}
	return found
}

func orderHasAggregate(order []tsql.Order) bool {
	core := &tsql.SelectCore{}
	for _, o := range order {
		core.Items = append(core.Items, tsql.Item{Expr: o.Expr})
	}
	return hasAggregate(core)
}
