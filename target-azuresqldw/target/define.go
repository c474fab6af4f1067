package target

import (
	"context"
	"errors"
	"fmt"

	"intercomdw/target-azuresqldw/synapse"
)

// define makes production able to hold a load: tables and columns are added, columns widened. Nothing is ever narrowed or dropped. It runs
// before the transaction, which takes no DDL; a load that fails after it leaves empty columns, and the next run uses them.
func (w *warehouse) define(ctx context.Context, l *load) error {
	var add []synapse.Statement
	var wider []change
	for i := range l.streams {
		for j := range l.streams[i].tables {
			want := l.streams[i].tables[j].table
			have, ok := w.have[foldName(want.Name.Table)]
			if !ok {
				add = append(add, synapse.CreateTable(want))
				continue
			}
			more, change, err := compare(have, want)
			if err != nil {
				return err
			}
			if len(more) > 0 {
				add = append(add, synapse.AddColumns(have.Name, more...))
			}
			if len(change.columns) > 0 {
				wider = append(wider, change)
			}
		}
	}
	if len(add) > 0 {
		if _, err := w.pool.Exec(ctx, w.label(l, "define"), add...); err != nil {
			return err
		}
	}
	for _, c := range wider {
		if err := w.widen(ctx, l, c); err != nil {
			return err
		}
	}
	w.remember(l)
	return nil
}

// A change is a table with columns that need another type.
type change struct {
	table   synapse.Table // as it shall be
	columns []synapse.Column
	rebuild bool // ALTER COLUMN is not for these
}

// compare finds what a table lacks, and the columns that are too narrow.
func compare(have, want synapse.Table) (more []synapse.Column, c change, err error) {
	c.table = have
	c.table.Columns = append([]synapse.Column(nil), have.Columns...)
	for _, col := range want.Columns {
		i := columnIndex(have, col.Name)
		if i < 0 {
			more = append(more, col)
			c.table.Columns = append(c.table.Columns, col)
			continue
		}
		old := have.Columns[i]
		t, ok := synapse.Widen(old.Type, col.Type)
		if !ok {
			return nil, c, fmt.Errorf("table %s: column %s is %s and cannot hold %s", have.Name, synapse.Quote(old.Name), old.Type, col.Type)
		}
		if t == old.Type {
			continue
		}
		old.Type = t
		c.table.Columns[i] = old
		c.columns = append(c.columns, old)
		c.rebuild = c.rebuild || have.Distribution.On(old.Name)
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

// widen alters columns where the pool lets it, and otherwise writes the table anew. What keeps ALTER COLUMN from working, statistics
// perhaps, is not documented for a dedicated pool, so a refusal is no reason to give up.
func (w *warehouse) widen(ctx context.Context, l *load, c change) error {
	label := w.label(l, "widen")
	if !c.rebuild {
		var alter []synapse.Statement
		for _, col := range c.columns {
			alter = append(alter, synapse.AlterColumn(c.table.Name, col))
		}
		_, err := w.pool.Exec(ctx, label, alter...)
		e, refused := errors.AsType[*synapse.Error](err)
		if err == nil || !refused || e.Class != synapse.ClassBug && e.Class != synapse.ClassData {
			return err
		}
		w.log.Warn("column cannot be altered; the table is written anew", "table", c.table.Name.String(), "err", err)
	}
	w.log.Info("table is written anew for wider columns", "table", c.table.Name.String())
	for _, step := range synapse.Rebuild(c.table) { // each in a request of its own: a later one names what an earlier one makes
		if _, err := w.pool.Exec(ctx, label, step); err != nil {
			return err
		}
	}
	return nil
}

// remember takes down what production is now.
func (w *warehouse) remember(l *load) {
	for i := range l.streams {
		for j := range l.streams[i].tables {
			want := l.streams[i].tables[j].table
			if have, ok := w.have[foldName(want.Name.Table)]; ok {
				_, c, _ := compare(have, want)
				want = c.table
			}
			w.have[foldName(want.Name.Table)] = want
		}
	}
}
