package target

import (
	"context"
	"fmt"
	"slices"

	"intercomdw/target-azuresqldw/synapse"
)

// define makes production able to hold a load: tables and columns are added, columns widened. Nothing is ever narrowed or dropped. It runs
// before the transaction, which takes no DDL; a load that fails after it leaves empty columns, and the next run uses them.
func (w *warehouse) define(ctx context.Context, l *load) error {
	var add []synapse.Statement
	var wider []change
	var unmarked []synapse.Mapping
	for i := range l.streams {
		for j := range l.streams[i].tables {
			want := l.streams[i].tables[j].table
			have, ok := w.have[foldName(want.Name.Table)]
			if !ok {
				if w.wanted(l, i, j) {
					add = append(add, synapse.CreateTable(want))
				}
				continue
			}
			more, change, err := compare(have, want)
			if err != nil {
				return err
			}
			if len(more) > 0 {
				add = append(add, synapse.AddColumns(have.Name, more...))
			}
			if columnIndex(synapse.Table{Columns: more}, l.streams[i].tables[j].own[colPipeline]) >= 0 {
				unmarked = append(unmarked, synapse.Mapping{Stream: l.streams[i].name, Path: l.streams[i].tables[j].path, Kind: unmarkedMapping, Table: have.Name.Table})
			}
			if len(change.columns) > 0 {
				wider = append(wider, change)
			}
		}
	}
	if len(unmarked) > 0 {
		if err := w.attribute(ctx, l, unmarked); err != nil {
			return err
		}
	}
	if len(add) > 0 {
		if _, err := w.pool.Exec(ctx, w.label(l, "define"), add...); err != nil {
			return err
		}
	}
	for _, c := range wider {
		if err := w.pool.WidenColumns(ctx, w.label(l, "widen"), c.table, c.columns...); err != nil {
			return err
		}
	}
	w.remember(l)
	return nil
}

// attribute says of tables that are about to have a column for the pipeline whose the rows are that stand there: those of the one pipeline that
// has loaded anything so far.
func (w *warehouse) attribute(ctx context.Context, l *load, unmarked []synapse.Mapping) error {
	pipelines, err := w.pool.Pipelines(ctx, w.ledger)
	if err != nil {
		return err
	}
	for _, m := range unmarked {
		if len(pipelines) == 1 {
			m.Column = pipelines[0]
		}
		w.unmarked[foldName(m.Table)] = m.Column
		l.mappings = append(l.mappings, m)
	}
	return nil
}

// wanted says whether a stream's table is there or has to be made. A child table comes with its first row: schemas declare many arrays that no
// record ever has, and each table costs the pool about a second.
func (w *warehouse) wanted(l *load, stream, table int) bool {
	t := &l.streams[stream].tables[table]
	_, ok := w.have[foldName(t.table.Name.Table)]
	return ok || table == 0 || t.rows > 0
}

// A change is a table, with its new columns already, and the columns that need another type.
type change struct {
	table   synapse.Table
	columns []synapse.Column
}

// compare finds what a table lacks, and the columns that are too narrow.
func compare(have, want synapse.Table) (more []synapse.Column, c change, err error) {
	c.table = have
	c.table.Columns = slices.Clone(have.Columns)
	for _, col := range want.Columns {
		i := columnIndex(have, col.Name)
		if i < 0 {
			if have.Index == synapse.ColumnStore && col.Type.Length == synapse.Max { // which it cannot have: it becomes a heap when the column is widened
				c.columns = append(c.columns, col)
				col.Type = synapse.Text(maxKeyLength)
			}
			more = append(more, col)
			c.table.Columns = append(c.table.Columns, col)
			continue
		}
		wide := have.Columns[i]
		t, ok := synapse.Widen(wide.Type, col.Type)
		if !ok {
			return nil, c, fmt.Errorf("table %s: column %s is %s and cannot hold %s", have.Name, synapse.Quote(wide.Name), wide.Type, col.Type)
		}
		if t != wide.Type {
			wide.Type = t
			c.columns = append(c.columns, wide)
		}
	}
	if len(c.table.Columns) > maxColumns {
		return nil, c, fmt.Errorf("table %s: %d columns are more than the %d that the pool allows (nested: json makes fewer)", have.Name, len(c.table.Columns), maxColumns)
	}
	return more, c, nil
}

func columnIndex(t synapse.Table, name string) int {
	for i, c := range t.Columns {
		if foldName(c.Name) == foldName(name) {
			return i
		}
	}
	return -1
}

// remember takes down what production is now.
func (w *warehouse) remember(l *load) {
	for i := range l.streams {
		for j := range l.streams[i].tables {
			if !w.wanted(l, i, j) {
				continue
			}
			want := l.streams[i].tables[j].table
			if have, ok := w.have[foldName(want.Name.Table)]; ok {
				_, c, _ := compare(have, want) // it was possible above
				want = c.table
				for _, col := range c.columns {
					want.Columns[columnIndex(want, col.Name)] = col
					if col.Type.Length == synapse.Max && want.Index == synapse.ColumnStore {
						want.Index = synapse.Heap
					}
				}
			}
			w.have[foldName(want.Name.Table)] = want
		}
	}
}
