package synapsetest

import (
	"context"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// selectStatement runs a SELECT: one with results, one that fills variables, or one INTO.
func (r *run) selectStatement(ctx context.Context, st *tsql.Select) error {
	if st.Into != nil {
		return r.changed(ctx, func(ctx context.Context) (int64, error) {
			// The table is always ROUND_ROBIN and columnstore (develop-ctas page), which
			// refuses (max) columns.
			return r.createAs(ctx, &tsql.CreateTable{Head: st.Head, Name: *st.Into, Query: st.Query})
		})
	}
	q, rows, err := r.rows(ctx, st.Query)
	if err != nil {
		return err
	}
	if variables := assigned(q.cols); variables > 0 {
		return r.assign(st, q, rows, variables)
	}
	cols := make([]tds.Column, len(q.cols))
	for i, c := range q.cols {
		cols[i] = tds.Column{Name: c.name, Type: resultType(r.s.e, c.typ), Nullable: c.nullable}
	}
	if err := r.w.Columns(cols); err != nil {
		return err
	}
	row := make([]any, len(cols))
	for _, x := range rows {
		for i := range row {
			row[i] = loaded(x[i], q.cols[i].typ)
		}
		if err := r.w.Row(row); err != nil {
			return err
		}
	}
	return r.done(int64(len(rows)))
}

// resultType gives a bare NULL the type int, as SQL Server does, and texts their collation.
func resultType(e *engine, t sqltype.Type) sqltype.Type {
	switch {
	case t.Kind == sqltype.KindUnknown:
		return sqltype.Int
	case t.Kind.IsCharacter() && t.Collation == "":
		t.Collation = e.collation
	}
	return t
}

// rows binds a query and reads all of its rows: the engine is locked only for that,
// so that a slow client holds nobody up.
func (r *run) rows(ctx context.Context, x *tsql.Query) (boundQuery, [][]any, error) {
	r.s.lock()
	defer r.s.e.mu.Unlock()
	var q boundQuery
	if err := bind(func() {
		b := r.binder()
		q = b.query(x, nil, true)
		b.settled(x.Pos, q.cols)
	}); err != nil {
		return q, nil, err
	}
	if r.s.options.fmtOnly {
		return q, nil, nil
	}
	text := q.sql
	if n := r.s.options.rowLimit; n > 0 {
		text = "SELECT * FROM (" + text + ") LIMIT " + itoa(n)
	}
	rows, err := r.s.e.query(ctx, text, len(q.cols))
	return q, rows, err
}

func assigned(cols []outColumn) int {
	n := 0
	for _, c := range cols {
		if c.variable != "" {
			n++
		}
	}
	return n
}

// assign is SELECT @v = …: the last row counts, and no row changes nothing.
func (r *run) assign(st *tsql.Select, q boundQuery, rows [][]any, variables int) error {
	if variables != len(q.cols) {
		return sqltype.Errorf(141, "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.")
	}
	if core, ok := st.Query.Body.(*tsql.SelectCore); ok {
		if err := noVariables(core); err != nil && len(core.From) > 0 {
			return err
		}
	}
	for _, x := range rows {
		for i, c := range q.cols {
			v, ok := r.vars[fold(c.variable)]
			if !ok {
				return sqltype.Errorf(137, "Must declare the scalar variable \"%s\".", c.variable)
			}
			value, err := r.s.options.rules.Convert(loaded(x[i], c.typ), bare(c.typ), bare(v.typ))
			if err != nil {
				return err
			}
			v.value = value
		}
	}
	return r.done(int64(len(rows)))
}

// noVariables refuses a variable that is assigned and used in the same SELECT
// (overview-features: 104473).
func noVariables(core *tsql.SelectCore) error {
	names := map[string]bool{}
	for _, it := range core.Items {
		names[fold(it.Variable)] = true
	}
	used := false
	for _, it := range core.Items {
		tsql.Walk(it.Expr, func(x tsql.Expr) bool {
			if v, ok := x.(*tsql.Variable); ok && names[fold(v.Name)] {
				used = true
			}
			return true
		})
	}
	if used {
		return sqltype.Errorf(104473, "A variable that has been assigned in a SELECT statement cannot be included in an expression or assignment when used in conjunction with a from clause.")
	}
	return nil
}
