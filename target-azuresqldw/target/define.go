package target

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"intercomdw/target-azuresqldw/synapse"
)

// define makes production able to hold a load: tables and columns are added, columns widened. Nothing is ever narrowed or dropped. It runs
// before the transaction, which takes no DDL; a load that fails after it leaves empty columns, and the next run uses them. What it decides is
// stored before it is made, so that nothing of ours is ever without its mapping.
//
// It looks at what is there after each change, and ends when nothing is left to do: what another program does meanwhile, and what the pool makes
// of a statement, is seen rather than assumed.
func (w *warehouse) define(ctx context.Context, l *load) error {
	agreed := len(l.mappings) == 0
	if agreed {
		if err := w.agree(l); err != nil {
			return err
		}
		if todo, err := w.plan(l); err == nil && todo.empty() {
			return nil
		}
	}
	return w.alone(ctx, func(ctx context.Context) (changed bool, err error) {
		if !agreed {
			if err := w.agree(l); err != nil {
				return false, err
			}
		}
		if len(l.mappings) > 0 {
			changed = true
			if _, err := w.pool.Exec(ctx, w.label(l, "mappings"), w.ledger.AddMappings(l.mappings)...); err != nil {
				return changed, err
			}
		}
		for try := 1; ; try++ {
			todo, err := w.plan(l)
			if err != nil && w.moved { // the layout would have kept clear of it
				err = fmt.Errorf("%w: another pipeline has changed tables since this run began, run again", err)
			}
			if err != nil || todo.empty() {
				return changed, err
			}
			if try > defineTries {
				return changed, fmt.Errorf("tables of schema %s change while they are made ready: run again when no other program changes them", w.ledger.Namespace)
			}
			changed = true
			err = w.do(ctx, l, todo)
			if e, ok := errors.AsType[*synapse.Error](err); err != nil && (!ok || e.Class != synapse.ClassBug || try == defineTries) {
				return changed, err
			} else if ok {
				w.log.Warn("tables are looked at again, since they could not be changed as they were found", "err", err)
			}
			if err := w.survey(ctx); err != nil {
				return changed, err
			}
		}
	})
}

const defineTries = 3

// definitions are what has to be done for production to hold a load.
type definitions struct {
	add      []synapse.Statement
	wider    []change
	unmarked []synapse.Mapping // tables that are about to have a column for the pipeline
	gone     []synapse.Name    // tables that a mapping knows and that are not there
}

func (p *definitions) empty() bool { return len(p.add) == 0 && len(p.wider) == 0 }

// plan compares production with what a load needs.
func (w *warehouse) plan(l *load) (todo definitions, err error) {
	for i := range l.streams {
		for j := range l.streams[i].tables {
			t := &l.streams[i].tables[j]
			have, ok := w.have[foldName(t.table.Name.Table)]
			if !ok {
				if w.wanted(l, i, j) {
					todo.add = append(todo.add, synapse.CreateTable(t.table))
					if j == 0 && !l.brings(t.table.Name.Table) {
						todo.gone = append(todo.gone, t.table.Name)
					}
				}
				continue
			}
			more, change, err := compare(have, t.table)
			if err != nil {
				return todo, err
			}
			if len(more) > 0 {
				todo.add = append(todo.add, synapse.AddColumns(have.Name, more...))
			}
			if columnIndex(synapse.Table{Columns: more}, t.own[colPipeline]) >= 0 {
				todo.unmarked = append(todo.unmarked, synapse.Mapping{Stream: l.streams[i].name, Path: t.path, Kind: unmarkedMapping, Table: have.Name.Table})
			}
			if len(change.columns) > 0 {
				todo.wider = append(todo.wider, change)
			}
		}
	}
	return todo, nil
}

// brings says whether a load is the first to have a table.
func (l *load) brings(table string) bool {
	return slices.ContainsFunc(l.mappings, func(m synapse.Mapping) bool { return m.Table == table && m.Kind == kindObject.String() })
}

// do carries a plan out.
func (w *warehouse) do(ctx context.Context, l *load, todo definitions) error {
	for _, name := range todo.gone {
		w.log.Warn("table is not there, though _sdc_columns knows it: it was dropped, or the run that was to make it ended before; it is made anew, for what comes from now on", "table", name.String())
	}
	if len(todo.unmarked) > 0 {
		if err := w.attribute(ctx, l, todo.unmarked); err != nil {
			return err
		}
	}
	if len(todo.add) > 0 {
		if _, err := w.pool.Exec(ctx, w.label(l, "define"), todo.add...); err != nil {
			return err
		}
	}
	for _, c := range todo.wider {
		begin := func() error { return w.pool.AnnounceRebuild(ctx, w.ledger, w.fence, c.table.Name.Table) }
		if err := w.pool.WidenColumns(ctx, w.label(l, "widen"), w.id, begin, c.table, c.columns...); err != nil {
			return err
		}
	}
	return nil
}

// attribute says of tables that are about to have a column for the pipeline whose the rows are that stand there: those of the one pipeline that
// has loaded anything so far.
func (w *warehouse) attribute(ctx context.Context, l *load, unmarked []synapse.Mapping) error {
	pipelines, err := w.pool.Pipelines(ctx, w.ledger)
	if err != nil {
		return err
	}
	for i, m := range unmarked {
		if len(pipelines) == 1 {
			unmarked[i].Column = pipelines[0]
		}
		w.unmarked[foldName(m.Table)] = unmarked[i].Column
	}
	_, err = w.pool.Exec(ctx, w.label(l, "mappings"), w.ledger.AddMappings(unmarked)...)
	return err
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
		if !ok && isTextKey(col) && synapse.Holds(synapse.Number(maxDigits, 0), wide.Type) { // an integer that is a text key now
			t, ok = col.Type, true
		}
		if !ok {
			return nil, c, fmt.Errorf("table %s: column %s is %s and cannot hold %s", have.Name, synapse.Quote(wide.Name), wide.Type, col.Type)
		}
		if t != wide.Type || isTextKey(col) && wide.Collation != col.Collation {
			wide.Type = t
			if isTextKey(col) {
				wide.Collation = col.Collation
			}
			c.columns = append(c.columns, wide)
		}
	}
	if len(c.table.Columns) > maxColumns {
		return nil, c, fmt.Errorf("table %s: %d columns are more than the %d that the pool allows (nested: json makes fewer)", have.Name, len(c.table.Columns), maxColumns)
	}
	return more, c, nil
}

// isTextKey says whether a column is a key of text, which compares by its characters alone.
func isTextKey(c synapse.Column) bool { return c.Collation == synapse.KeyCollation && c.Type.Textual() }

func columnIndex(t synapse.Table, name string) int {
	for i, c := range t.Columns {
		if foldName(c.Name) == foldName(name) {
			return i
		}
	}
	return -1
}
