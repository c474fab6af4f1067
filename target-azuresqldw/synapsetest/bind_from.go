package synapsetest

import (
	"strconv"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// from binds the FROM clause and adds its sources to the scope.
func (b *binder) from(refs []tsql.TableRef, sc *scope) string {
	parts := make([]string, len(refs))
	for i, r := range refs {
		parts[i] = b.tableRef(r, sc)
	}
	return strings.Join(parts, " JOIN ")
}

func (b *binder) tableRef(ref tsql.TableRef, sc *scope) string {
	switch ref := ref.(type) {
	case *tsql.TableName:
		return b.tableName(ref, sc)
	case *tsql.Derived:
		q := b.query(ref.Query, sc.outer, false)
		return b.addDerived(sc, ref.Pos, q, ref.Alias, ref.Columns)
	case *tsql.Join:
		return b.join(ref, sc)
	}
	return ""
}

func (b *binder) join(j *tsql.Join, sc *scope) string {
	start := len(sc.sources)
	left := b.tableRef(j.L, sc)
	middle := len(sc.sources)
	right := b.tableRef(j.R, sc)
	if _, ok := j.R.(*tsql.Join); ok {
		right = "(" + right + ")"
	}
	if j.Kind == "CROSS" {
		return left + " JOIN " + right
	}
	on := b.cond(j.On, &scope{outer: sc.outer, sources: sc.sources[start:]})
	if j.Kind == "LEFT" || j.Kind == "FULL" {
		outerSide(sc.sources[middle:])
	}
	if j.Kind == "RIGHT" || j.Kind == "FULL" {
		outerSide(sc.sources[start:middle])
	}
	kind := j.Kind
	if kind == "INNER" {
		kind = ""
	}
	return left + " " + kind + " JOIN " + right + " ON " + on
}

// outerSide makes the columns of the optional side of an outer join nullable.
func outerSide(sources []*source) {
	for _, s := range sources {
		for i := range s.cols {
			s.cols[i].nullable = true
		}
	}
}

func (b *binder) addDerived(sc *scope, p tsql.Pos, q boundQuery, alias string, names []string) string {
	src := &source{alias: alias, sql: b.newAlias()}
	if len(names) > 0 && len(names) != len(q.cols) {
		refuse(p, 8158, "'%s' has more columns than were specified in the column list.", alias)
	}
	seen := map[string]bool{}
	for i, c := range q.cols {
		if len(names) > 0 {
			c.name = names[i]
		}
		if c.name == "" {
			refuse(p, 8155, "No column name was specified for column %d of '%s'.", i+1, alias)
		}
		if seen[b.e.catalog.key(c.name)] {
			refuse(p, 8156, "The column '%s' was specified multiple times for '%s'.", c.name, alias)
		}
		seen[b.e.catalog.key(c.name)] = true
		if c.label != conflict {
			c.label = implicit
		}
		src.cols = append(src.cols, sourceColumn{name: c.name, sql: "k" + strconv.Itoa(i+1), outColumn: c})
	}
	b.addSource(sc, p, src)
	return "(" + q.sql + ") AS " + src.sql
}

func (b *binder) addSource(sc *scope, p tsql.Pos, src *source) {
	src.names = b.e.catalog.names
	for _, other := range sc.sources {
		same := src.alias != "" && b.e.catalog.same(src.alias, other.alias) ||
			src.alias == "" && other.alias == "" && b.e.catalog.same(src.name, other.name) && b.e.catalog.same(src.schema, other.schema)
		if same {
			refuse(p, 1013, "The objects \"%s\" and \"%s\" in the FROM clause have the same exposed names. Use correlation names to distinguish them.", src.exposed(), other.exposed())
		}
	}
	sc.sources = append(sc.sources, src)
}

func (s *source) exposed() string {
	if s.alias != "" {
		return s.alias
	}
	return s.name
}

func (b *binder) tableName(ref *tsql.TableName, sc *scope) string {
	n := ref.Name
	if n.Schema == "" && n.Database == "" {
		for i := len(b.ctes) - 1; i >= 0; i-- {
			if b.e.catalog.same(b.ctes[i].Name, n.Object) {
				return b.cte(i, ref, sc)
			}
		}
	}
	if v := systemView(n); v != nil && (n.Database == "" || strings.EqualFold(n.Database, b.e.database)) {
		b.s.checkView(v)
		src := &source{alias: ref.Alias, schema: n.Schema, name: n.Object, sql: b.newAlias()}
		for i, c := range v.cols {
			src.cols = append(src.cols, sourceColumn{name: c.name, sql: "v" + strconv.Itoa(i+1),
				outColumn: outColumn{name: c.name, typ: c.typ, nullable: true, label: implicit}})
		}
		b.addSource(sc, n.Pos, src)
		return "(" + b.e.viewText(v, b.s) + ") AS " + src.sql
	}
	t := b.s.table(n)
	if t == nil {
		refuse(n.Pos, 208, "Invalid object name '%s'.", n)
	}
	return b.addTable(sc, n.Pos, t, ref.Alias)
}

func (b *binder) addTable(sc *scope, p tsql.Pos, t *table, alias string) string {
	src := &source{alias: alias, schema: t.Schema, name: t.Name, sql: b.newAlias(), table: t}
	for _, c := range t.Columns {
		src.cols = append(src.cols, sourceColumn{name: c.Name, sql: columnSQL(c),
			outColumn: outColumn{name: c.Name, typ: c.Type, nullable: c.Nullable, label: implicit}})
	}
	b.addSource(sc, p, src)
	return tableSQL(t) + " AS " + src.sql
}

func tableSQL(t *table) string { return "t" + strconv.FormatInt(t.ID, 10) }

func columnSQL(c *column) string { return "c" + strconv.Itoa(c.ID) }

// cte binds a common table expression where it is used; it sees those before it only.
func (b *binder) cte(i int, ref *tsql.TableName, sc *scope) string {
	c, saved := b.ctes[i], b.ctes
	b.ctes = saved[:i]
	q := b.query(c.Query, nil, false)
	b.ctes = saved
	alias := ref.Alias
	if alias == "" {
		alias = c.Name
	}
	return b.addDerived(sc, ref.Name.Pos, q, alias, c.Columns)
}

// answersTo tells whether a qualifier means this source. An alias hides the table's own name.
func (s *source) answersTo(n tsql.Name) bool {
	if s.alias != "" {
		return n.Schema == "" && s.names.Equal(n.Object, s.alias)
	}
	return s.names.Equal(n.Object, s.name) && (n.Schema == "" || s.names.Equal(n.Schema, s.schema))
}

type foundColumn struct {
	src       *source
	col       sourceColumn
	ambiguous bool
}

// find looks a column up, from the inside out, and says in which scope it is.
func (sc *scope) find(c *tsql.Column) (*foundColumn, *scope) {
	for s := sc; s != nil; s = s.outer {
		var f *foundColumn
		for _, src := range s.sources {
			if c.Table.Object != "" && !src.answersTo(c.Table) {
				continue
			}
			for _, col := range src.cols {
				if !src.names.Equal(col.name, c.Name) {
					continue
				}
				if f != nil {
					f.ambiguous = true
					return f, s
				}
				f = &foundColumn{src: src, col: col}
			}
		}
		if f != nil {
			return f, s
		}
	}
	return nil, nil
}

func (b *binder) column(c *tsql.Column, sc *scope) bound {
	f, at := sc.find(c)
	if f == nil {
		if c.Table.Object != "" && !sc.knows(c.Table) {
			refuse(c.Where(), 4104, "The multi-part identifier \"%s.%s\" could not be bound.", c.Table, c.Name)
		}
		refuse(c.Where(), 207, "Invalid column name '%s'.", c.Name)
	}
	if f.ambiguous {
		refuse(c.Where(), 209, "Ambiguous column name '%s'.", c.Name)
	}
	text := f.src.sql + "." + f.col.sql
	b.checkGrouped(at, text, c.Where(), f.src, c.Name)
	return f.col.value(text)
}

func (sc *scope) knows(n tsql.Name) bool {
	for s := sc; s != nil; s = s.outer {
		for _, src := range s.sources {
			if src.answersTo(n) {
				return true
			}
		}
	}
	return false
}

// checkGrouped refuses a column that is neither grouped by nor inside an aggregate.
func (b *binder) checkGrouped(sc *scope, text string, p tsql.Pos, src *source, name string) {
	g := sc.group
	if g == nil || g.inside > 0 || g.texts[text] {
		return
	}
	switch g.clause {
	case inHaving:
		refuse(p, inHaving, "Column '%s.%s' is invalid in the HAVING clause because it is not contained in either an aggregate function or the GROUP BY clause.", src.exposed(), name)
	case inOrderBy:
		refuse(p, inOrderBy, "Column \"%s.%s\" is invalid in the ORDER BY clause because it is not contained in either an aggregate function or the GROUP BY clause.", src.exposed(), name)
	}
	refuse(p, 8120, "Column '%s.%s' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.", src.exposed(), name)
}
