package synapsetest

import (
	"context"
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// assign writes a value for a column: converted as assignment does, and refused
// when it is NULL and may not be.
func (b *binder) assign(p tsql.Pos, v bound, c *column, t *table) string {
	out := b.convert(p, v, c.Type, sqltype.Implicit)
	if c.Nullable || !v.nullable {
		return out.sql
	}
	return "nn(" + out.sql + "," + sqlLiteral(c.Name) + "," + sqlLiteral(b.e.database+"."+t.Schema+"."+t.Name) + ")"
}

// insertColumns finds the columns that INSERT names, or all but the identity.
func insertColumns(t *table, names []string, p tsql.Pos) []*column {
	var out []*column
	if len(names) == 0 {
		for _, c := range t.Columns {
			if !c.Identity {
				out = append(out, c)
			}
		}
		return out
	}
	seen := map[*column]bool{}
	for _, n := range names {
		c := t.column(n)
		if c == nil {
			refuse(p, 207, "Invalid column name '%s'.", n)
		}
		if seen[c] {
			refuse(p, 264, "The column name '%s' is specified more than once in the SET clause or column list of an INSERT.", n)
		}
		if c.Identity {
			refuse(p, 544, "Cannot insert explicit value for identity column in table '%s' when IDENTITY_INSERT is set to OFF.", t.Name)
		}
		seen[c] = true
		out = append(out, c)
	}
	return out
}

// others gives the columns that INSERT leaves out and must fill all the same: those
// with a default or an identity, and those that would be NULL and may not be.
func (b *binder) others(t *table, given []*column) (names, values []string) {
	has := map[*column]bool{}
	for _, c := range given {
		has[c] = true
	}
	for _, c := range t.Columns {
		switch {
		case has[c]:
			continue
		case c.Identity:
			values = append(values, fmt.Sprintf("f_identity(%d)", t.ID))
		case c.Default != nil:
			values = append(values, sqlLiteral(c.Default))
		case !c.Nullable:
			values = append(values, "nn(NULL,"+sqlLiteral(c.Name)+","+sqlLiteral(b.e.database+"."+t.Schema+"."+t.Name)+")")
		default:
			continue
		}
		names = append(names, columnSQL(c))
	}
	return names, values
}

func (r *run) insert(ctx context.Context, st *tsql.Insert) (int64, error) {
	var text string
	var t *table
	err := bind(func() {
		b := r.binder()
		b.ctes = st.With
		if t = r.s.table(st.Table); t == nil {
			refuse(st.Table.Pos, 208, "Invalid object name '%s'.", st.Table)
		}
		cols := insertColumns(t, st.Columns, st.Table.Pos)
		var q boundQuery
		if st.Query != nil {
			q = b.query(st.Query, nil, false)
		} else {
			q = b.row(st.Values)
		}
		b.checkCount(st.Table.Pos, len(q.cols), len(cols), len(st.Columns) > 0)
		b.settled(st.Table.Pos, q.cols)
		text = b.insertText(st.Table.Pos, t, cols, q)
	})
	if err != nil {
		return 0, err
	}
	n, err := r.s.e.change(ctx, text)
	if err == nil && hasIdentity(t) {
		err = r.s.e.saveTable(ctx, t)
	}
	return n, err
}

func hasIdentity(t *table) bool {
	for _, c := range t.Columns {
		if c.Identity {
			return true
		}
	}
	return false
}

func (b *binder) checkCount(p tsql.Pos, values, cols int, named bool) {
	switch {
	case values == cols:
	case !named:
		refuse(p, 213, "Column name or number of supplied values does not match table definition.")
	case values < cols:
		refuse(p, 120, "The select list for the INSERT statement contains fewer items than the insert list. The number of SELECT values must match the number of INSERT columns.")
	default:
		refuse(p, 121, "The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns.")
	}
}

// row binds VALUES (…) as a query of one row.
func (b *binder) row(values []tsql.Expr) boundQuery {
	core := &tsql.SelectCore{}
	for _, x := range values {
		core.Items = append(core.Items, tsql.Item{Expr: x, Pos: x.Where()})
	}
	return b.selectCore(core, nil, nil)
}

func (b *binder) insertText(p tsql.Pos, t *table, cols []*column, q boundQuery) string {
	names, values := b.others(t, cols)
	for i, c := range cols {
		names = append(names, columnSQL(c))
		values = append(values, b.assign(p, q.cols[i].value(fmt.Sprintf("k%d", i+1)), c, t))
	}
	return "INSERT INTO " + tableSQL(t) + " (" + strings.Join(names, ",") + ") SELECT " + strings.Join(values, ",") + " FROM (" + q.sql + ")"
}

// target finds the table that DELETE or UPDATE is about and puts it in the scope:
// it is a member of FROM or is joined to FROM. It goes by its table's name, never by
// an alias: the Synapse blocks of delete- and update-transact-sql say table_name.
func (b *binder) target(n tsql.Name, from []tsql.TableRef, sc *scope) (*source, string) {
	text := ""
	if len(from) > 0 {
		text = b.from(from, sc)
		var found *source
		for _, src := range sc.sources {
			if src.alias == "" && src.answersTo(n) && src.table != nil {
				if found != nil {
					refuse(n.Pos, 8154, "The table '%s' is ambiguous.", n)
				}
				found = src
			}
		}
		if found == nil { // an alias hides the name, unless it is the only one of that table
			t := b.s.table(n)
			for _, src := range sc.sources {
				if t != nil && src.table == t {
					if found != nil {
						refuse(n.Pos, 8154, "The table '%s' is ambiguous.", n)
					}
					found = src
				}
			}
		}
		if found != nil {
			return found, text
		}
		text += " JOIN "
	}
	t := b.s.table(n)
	if t == nil {
		refuse(n.Pos, 208, "Invalid object name '%s'.", n)
	}
	text += b.addTable(sc, n.Pos, t, "")
	src := sc.sources[len(sc.sources)-1]
	if n.Schema != "" {
		src.schema = n.Schema
	}
	return src, text
}

func (r *run) delete(ctx context.Context, st *tsql.Delete) (int64, error) {
	var text string
	err := bind(func() {
		b := r.binder()
		b.ctes = st.With
		sc := &scope{}
		src, from := b.target(st.Target, st.From, sc)
		text = "DELETE FROM " + tableSQL(src.table)
		if st.Where == nil && len(st.From) == 0 {
			return
		}
		where := ""
		if st.Where != nil {
			where = " WHERE " + b.cond(st.Where, sc)
		}
		text += " WHERE rowid IN (SELECT " + src.sql + ".rowid FROM " + from + where + ")"
	})
	if err != nil {
		return 0, err
	}
	return r.s.e.change(ctx, text)
}

func (r *run) update(ctx context.Context, st *tsql.Update) (int64, error) {
	var text string
	err := bind(func() {
		b := r.binder()
		b.ctes = st.With
		sc := &scope{}
		src, from := b.target(st.Target, st.From, sc)
		sets, values := b.sets(st.Set, src, sc)
		where := ""
		if st.Where != nil {
			where = " WHERE " + b.cond(st.Where, sc)
		}
		// A row that joins several others gets the values of one of them, as in SQL Server.
		text = "UPDATE " + tableSQL(src.table) + " SET " + strings.Join(sets, ",") +
			" FROM (SELECT " + src.sql + ".rowid AS id," + strings.Join(values, ",") + " FROM " + from + where + ") AS u WHERE " + tableSQL(src.table) + ".rowid = u.id"
	})
	if err != nil {
		return 0, err
	}
	return r.s.e.change(ctx, text)
}

// sets writes assignments as c = u.v1, … and the values as … AS v1.
func (b *binder) sets(list []tsql.Assignment, src *source, sc *scope) (sets, values []string) {
	seen := map[*column]bool{}
	for i, a := range list {
		p := a.Column.Where()
		if a.Column.Table.Object != "" && !src.answersTo(a.Column.Table) {
			refuse(p, 4104, "The multi-part identifier \"%s.%s\" could not be bound.", a.Column.Table, a.Column.Name)
		}
		c := src.table.column(a.Column.Name)
		if c == nil {
			refuse(p, 207, "Invalid column name '%s'.", a.Column.Name)
		}
		if seen[c] {
			refuse(p, 264, "The column name '%s' is specified more than once in the SET clause or column list of an INSERT.", c.Name)
		}
		seen[c] = true
		if c.Identity {
			refuse(p, 8102, "Cannot update identity column '%s'.", c.Name)
		}
		sets = append(sets, fmt.Sprintf("%s = u.v%d", columnSQL(c), i+1))
		values = append(values, fmt.Sprintf("%s AS v%d", b.assign(p, b.expr(a.Value, sc), c, src.table), i+1))
	}
	return sets, values
}
