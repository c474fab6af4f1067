package synapse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// WidenColumns gives columns of a table the types of columns, which hold all
// that is there. have is the table as it is. ALTER COLUMN does it in place
// where the pool takes that; the distribution column, and what the pool refuses
// (statistics may stand in the way, documentation is silent on which), and numbers
// that become text are done by a rebuild of the table. A columnstore that is to hold a (max) type becomes a
// heap, since no columnstore holds one.
func (p *Pool) WidenColumns(ctx context.Context, label string, have Table, columns ...Column) error {
	want := have
	want.Columns = append([]Column(nil), have.Columns...)
	rebuild := false
	var alters []Statement
	for _, c := range columns {
		i := have.position(c.Name)
		if i < 0 {
			return fmt.Errorf("alter column %s of %s: there is no such column", Quote(c.Name), have.Name)
		}
		c.NotNull = have.Columns[i].NotNull
		want.Columns[i] = c
		alters = append(alters, AlterColumn(have.Name, c))
		rebuild = rebuild || have.Distribution.On(c.Name) || c.Type.Textual() != have.Columns[i].Type.Textual()
		if c.Type.large() && have.Index == ColumnStore {
			p.o.Log.WarnContext(ctx, "columnstore becomes a heap, for the sake of a (max) column", "table", have.Name.String(), "column", c.Name)
			want.Index, rebuild = Heap, true
		}
	}
	if !rebuild {
		_, err := p.Exec(ctx, label, alters...)
		if e, refused := errors.AsType[*Error](err); !refused || e.Class != ClassBug {
			return err
		}
		p.o.Log.InfoContext(ctx, "table will be rebuilt, since it cannot be altered", "table", have.Name.String(), "err", err)
	}
	return p.Rebuild(ctx, label, want)
}

// position is the place of a column, -1 when there is none of that name.
func (t Table) position(name string) int {
	for i, c := range t.Columns {
		if strings.EqualFold(c.Name, name) {
			return i
		}
	}
	return -1
}

// Rebuild writes a table anew as t says, see the function of this name. It
// goes on where a lost connection has left it.
func (p *Pool) Rebuild(ctx context.Context, label string, t Table) error {
	next, previous := RebuildNames(t.Name)
	there, err := p.existing(ctx, label, t.Name, next, previous)
	if err != nil {
		return err
	}
	if there[0] && there[1] && there[2] {
		return fmt.Errorf("rebuild %s: both %s and %s are there, which no interrupted rebuild leaves: drop what is not needed", t.Name, next, previous)
	}
	for _, s := range prepareRebuild(t) { // each names what the one before makes
		if _, err := p.Exec(ctx, label, s); err != nil {
			return err
		}
	}
	old, successor := true, true
	for attempt := 1; ; attempt++ {
		err := p.swap(ctx, label, t.Name, old, successor)
		if e, ok := errors.AsType[*Error](err); !ok || e.Class != ClassTransient || attempt >= p.o.Attempts || ctx.Err() != nil {
			return err
		}
		p.o.Log.WarnContext(ctx, "rebuild was interrupted and goes on", "table", t.Name.String(), "err", err)
		found, askErr := p.existing(ctx, label, t.Name, next)
		if askErr != nil {
			return errors.Join(err, askErr)
		}
		old, successor = found[0], found[1]
	}
}

// swap puts the successor of a table in its place, from wherever that has got.
func (p *Pool) swap(ctx context.Context, label string, name Name, old, successor bool) error {
	next, previous := RebuildNames(name)
	var steps []Statement
	switch {
	case old && successor:
		steps = []Statement{rename(name, previous.Table), rename(next, name.Table), DropTable(previous)}
	case successor:
		steps = []Statement{rename(next, name.Table), DropTable(previous)}
	case old:
		steps = []Statement{DropTable(previous)}
	default:
		return fmt.Errorf("rebuild %s: both the table and its successor are gone; %s has the rows as they were", name, previous)
	}
	for _, s := range steps {
		if _, err := p.Exec(ctx, label, s); err != nil {
			return err
		}
	}
	return nil
}

// FinishRebuilds ends the rebuilds that an earlier process was interrupted in:
// those that the names of the namespace's tables betray, and those of the tables
// that are wanted. A table that is wanted is no leftover, whatever it is called. It says how many there were; then the catalogue has changed.
func (p *Pool) FinishRebuilds(ctx context.Context, label string, tables []Table, wanted ...Name) (finished int, err error) {
	there, known := map[Name]bool{}, map[Name]bool{}
	for _, name := range wanted {
		known[name] = true
	}
	for _, t := range tables {
		there[t.Name] = true
		if table, ok := InterruptedRebuild(t.Name.Table); ok && !known[t.Name] {
			wanted = append(wanted, t.Name.sibling(table))
		}
	}
	done := map[Name]bool{}
	for _, name := range wanted {
		if done[name] {
			continue
		}
		done[name] = true
		steps := FinishRebuild(name, func(table string) bool {
			at := name.sibling(table)
			return there[at] && (at == name || !known[at])
		})
		if len(steps) == 0 {
			continue
		}
		p.o.Log.WarnContext(ctx, "ending an interrupted rebuild", "table", name.String())
		for _, s := range steps {
			if _, err := p.Exec(ctx, label, s); err != nil {
				return finished, err
			}
		}
		finished++
	}
	return finished, nil
}

// existing tells which of the tables there are.
func (p *Pool) existing(ctx context.Context, label string, names ...Name) ([]bool, error) {
	found := make([]bool, len(names))
	statements := make([]Statement, len(names))
	for i, n := range names {
		statements[i] = exists(n)
	}
	err := p.query(ctx, label, statements, func() {}, func(set int, rows *sql.Rows) error { return rows.Scan(&found[set]) })
	return found, err
}
