package synapsetest

import (
	"context"
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// mergePlan is a MERGE written for SQLite, which has none: what each WHEN clause
// will do is worked out into a temporary table first, then done, so that no clause
// sees another's work.
type mergePlan struct {
	prepare []string // CREATE TEMP TABLE …
	matched []string // queries for the ids of target rows that change
	apply   []string
	cleanup []string
}

func (r *run) merge(ctx context.Context, st *tsql.Merge) (int64, error) {
	var plan mergePlan
	if err := bind(func() {
		b := r.binder()
		b.ctes = st.With
		plan = b.merge(st)
	}); err != nil {
		return 0, err
	}
	e := r.s.e
	defer func() {
		for _, text := range plan.cleanup {
			_ = e.exec(context.WithoutCancel(ctx), text) // the table may not have been made
		}
	}()
	for _, text := range plan.prepare {
		if err := e.exec(ctx, text); err != nil {
			return 0, err
		}
	}
	if len(plan.matched) > 0 {
		rows, err := e.query(ctx, "SELECT 1 FROM ("+strings.Join(plan.matched, " UNION ALL ")+") GROUP BY id HAVING count(*) > 1 LIMIT 1", 1)
		if err != nil {
			return 0, err
		}
		if len(rows) > 0 {
			return 0, sqltype.Errorf(8672, "The MERGE statement attempted to UPDATE or DELETE the same row more than once. This happens when a target row matches more than one source row. A MERGE statement cannot UPDATE/DELETE the same row of the target table multiple times. Refine the ON clause to ensure a target row matches at most one source row, or use the GROUP BY clause to group the source rows.")
		}
	}
	total := int64(0)
	for _, text := range plan.apply {
		n, err := e.change(ctx, text)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// mergeAllowed holds the limits of a dedicated pool (merge-transact-sql, "Azure
// Synapse Analytics").
func mergeAllowed(st *tsql.Merge, t *table) {
	for _, w := range st.Whens {
		if w.On != tsql.NotMatchedByTarget {
			continue
		}
		if t.Distribution != tsql.Hash {
			// The page asks for a hash distributed target; its number is our assumption.
			refuse(st.Target.Pos, 100087, "MERGE with WHEN NOT MATCHED [BY TARGET] needs a target table that is hash distributed: '%s' is not.", st.Target)
		}
		if hasIdentity(t) {
			refuse(st.Target.Pos, 8102, "Cannot update identity column of table '%s' in MERGE.", st.Target)
		}
	}
}

func (b *binder) merge(st *tsql.Merge) mergePlan {
	t := b.s.table(st.Target)
	if t == nil {
		refuse(st.Target.Pos, 208, "Invalid object name '%s'.", st.Target)
	}
	mergeAllowed(st, t)
	var plan mergePlan
	for i, w := range st.Whens {
		sc := &scope{}
		target := b.addTable(sc, st.Target.Pos, t, st.Alias)
		source := b.tableRef(st.Using, sc)
		on := b.cond(st.On, sc)
		seen := sc
		var from string
		switch w.On {
		case tsql.Matched:
			from = target + " JOIN " + source + " ON " + on + " WHERE "
		case tsql.NotMatchedByTarget:
			seen = &scope{sources: sc.sources[1:]}
			from = source + " LEFT JOIN " + target + " ON " + on + " WHERE " + sc.sources[0].sql + ".rowid IS NULL AND "
		case tsql.NotMatchedBySource:
			seen = &scope{sources: sc.sources[:1]}
			from = target + " LEFT JOIN " + marked(source) + " ON " + on + " WHERE " + sc.sources[1].sql + ".mark IS NULL AND "
		}
		from += b.whenCond(st.Whens, i, seen)
		b.mergeAction(&plan, w, fmt.Sprintf("temp.m%d", i), t, sc.sources[0], seen, from)
	}
	return plan
}

// marked gives a source a column that is NULL only where an outer join found no row.
func marked(source string) string {
	i := strings.LastIndex(source, " AS ")
	return "(SELECT *, 1 AS mark FROM " + source[:i] + ")" + source[i:]
}

// whenCond is a clause's own condition, without the rows that an earlier clause of
// the same case has taken.
func (b *binder) whenCond(whens []tsql.MergeWhen, i int, sc *scope) string {
	out := "TRUE"
	if whens[i].Cond != nil {
		out = b.cond(whens[i].Cond, sc)
	}
	for _, w := range whens[:i] {
		if w.On == whens[i].On && w.Cond != nil {
			out += " AND (" + b.cond(w.Cond, sc) + ") IS NOT TRUE"
		}
	}
	return out
}

func (b *binder) mergeAction(plan *mergePlan, w tsql.MergeWhen, temp string, t *table, dst *source, sc *scope, from string) {
	plan.cleanup = append(plan.cleanup, "DROP TABLE IF EXISTS "+temp)
	make := func(columns string) {
		plan.prepare = append(plan.prepare, "CREATE TEMP TABLE "+strings.TrimPrefix(temp, "temp.")+" AS SELECT "+columns+" FROM "+from)
	}
	switch w.Action {
	case tsql.MergeDelete:
		make(dst.sql + ".rowid AS id")
		plan.apply = append(plan.apply, "DELETE FROM "+tableSQL(t)+" WHERE rowid IN (SELECT id FROM "+temp+")")
	case tsql.MergeUpdate:
		sets, values := b.sets(w.Set, dst, sc)
		make(dst.sql + ".rowid AS id," + strings.Join(values, ","))
		plan.apply = append(plan.apply, "UPDATE "+tableSQL(t)+" SET "+strings.Join(sets, ",")+" FROM "+temp+" AS u WHERE "+tableSQL(t)+".rowid = u.id")
	case tsql.MergeInsert:
		p := dst.table.pos()
		cols := insertColumns(t, w.Insert, p)
		b.checkCount(p, len(w.Values), len(cols), len(w.Insert) > 0)
		names, values := b.others(t, cols)
		for i, c := range cols {
			names = append(names, columnSQL(c))
			values = append(values, b.assign(w.Values[i].Where(), b.expr(w.Values[i], sc), c, t))
		}
		for i := range values {
			values[i] += fmt.Sprintf(" AS v%d", i)
		}
		make(strings.Join(values, ","))
		plan.apply = append(plan.apply, "INSERT INTO "+tableSQL(t)+" ("+strings.Join(names, ",")+") SELECT * FROM "+temp)
		return
	}
	plan.matched = append(plan.matched, "SELECT id FROM "+temp)
}

// pos is where errors about a clause as a whole are put.
func (t *table) pos() tsql.Pos { return tsql.Pos{Line: 1, Column: 1} }
