package synapsetest

import (
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// setOp binds UNION and its like: the branches are brought to common types.
func (b *binder) setOp(body tsql.QueryBody, outer *scope, p tsql.Pos) boundQuery {
	op, ok := body.(*tsql.SetOp)
	if !ok {
		core := body.(*tsql.SelectCore)
		q := b.selectCore(core, nil, outer)
		if core.Top != nil {
			q.sql = "SELECT * FROM (" + q.sql + ")"
		}
		return q
	}
	branches := []tsql.QueryBody{op.R}
	left := op.L
	for op.Op == "UNION ALL" { // a chain, as one list
		l, ok := left.(*tsql.SetOp)
		if !ok || l.Op != op.Op {
			break
		}
		branches = append(branches, l.R)
		left = l.L
	}
	branches = append(branches, left)
	queries := make([]boundQuery, len(branches))
	for i := range branches {
		queries[i] = b.setOp(branches[len(branches)-1-i], outer, p)
	}
	cols := b.unionColumns(p, queries)
	texts := make([]string, len(queries))
	for i, q := range queries {
		texts[i] = b.branch(p, q, cols, op.Op != "UNION ALL")
	}
	return boundQuery{sql: compound(op.Op, texts), cols: cols}
}

// compound joins branches; SQLite takes 500 of them at once.
func compound(op string, texts []string) string {
	const most = 400
	for len(texts) > most {
		var next []string
		for i := 0; i < len(texts); i += most {
			part := texts[i:min(i+most, len(texts))]
			next = append(next, "SELECT * FROM ("+strings.Join(part, " "+op+" ")+")")
		}
		texts = next
	}
	return strings.Join(texts, " "+op+" ")
}

func (b *binder) unionColumns(p tsql.Pos, queries []boundQuery) []outColumn {
	cols := append([]outColumn(nil), queries[0].cols...)
	for _, q := range queries[1:] {
		if len(q.cols) != len(cols) {
			refuse(p, 205, "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.")
		}
		for i := range cols {
			l, r := cols[i].value(""), q.cols[i].value("")
			coll, lab := b.meet(l, r)
			cols[i].typ = b.common(p, l, r)
			if cols[i].typ.Kind.IsCharacter() {
				cols[i].typ.Collation, cols[i].label = coll, lab
			}
			cols[i].nullable = cols[i].nullable || q.cols[i].nullable
		}
	}
	return cols
}

// branch writes one branch with its columns converted; distinct ones carry their collations.
func (b *binder) branch(p tsql.Pos, q boundQuery, cols []outColumn, distinct bool) string {
	out := make([]string, len(cols))
	changed := false
	for i, c := range cols {
		k := fmt.Sprintf("k%d", i+1)
		v := b.convert(p, q.cols[i].value(k), c.typ, sqltype.Implicit)
		s := v.sql
		if distinct {
			if c.label == conflict {
				b.conflict(p, v, v, "UNION")
			}
			s += b.collate(c.typ, true)
		}
		changed = changed || s != k
		out[i] = s + " AS " + k
	}
	if !changed {
		return q.sql
	}
	return "SELECT " + strings.Join(out, ",") + " FROM (" + q.sql + ")"
}
