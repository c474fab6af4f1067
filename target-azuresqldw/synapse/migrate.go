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
//
// begin is called before a rebuild; whoever writes to the table must not while it lasts.
func (p *Pool) WidenColumns(ctx context.Context, label, mark string, begin func() error, have Table, columns ...Column) error {
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
	if err := begin(); err != nil {
		return err
	}
	return p.Rebuild(ctx, label, mark, want)
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
func (p *Pool) Rebuild(ctx context.Context, label, mark string, t Table) error {
	if lost := losesByRebuild(t); lost != "" {
		return fmt.Errorf("rebuild %s: a column cannot be altered, and to write the table anew would lose %s (change the column by hand, or load into another default_target_schema)", t.Name, lost)
	}
	next, previous := RebuildNames(t.Name, mark)
	there, err := p.existing(ctx, label, t.Name, next, previous)
	if err != nil {
		return err
	}
	if there[0] && there[1] && there[2] {
		return fmt.Errorf("rebuild %s: both %s and %s are there, which no interrupted rebuild leaves: drop what is not needed", t.Name, next, previous)
	}
	for _, s := range prepareRebuild(t, mark) { // each names what the one before makes
		if _, err := p.Exec(ctx, label, s); err != nil {
			return err
		}
	}
	old, successor := true, true
	for attempt := 1; ; attempt++ {
		err := p.swap(ctx, label, mark, t.Name, old, successor)
		if err == nil {
			p.o.Log.WarnContext(ctx, "table was written anew, since a column could not be altered; rights given on the table itself, its statistics and constraints are gone with the old one", "table", t.Name.String())
			return nil
		}
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
func (p *Pool) swap(ctx context.Context, label, mark string, name Name, old, successor bool) error {
	next, previous := RebuildNames(name, mark)
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

// InterruptedRebuilds are those of the names given whose tables an earlier process has left in the middle of a rebuild.
func InterruptedRebuilds(mark string, tables []Table, names []Name) (list []Name) {
	exists := existsIn(tables)
	for _, name := range names {
		if len(FinishRebuild(name, mark, exists(name))) > 0 || len(FinishEarlierRebuild(name, exists(name))) > 0 {
			list = append(list, name)
		}
	}
	return list
}

func existsIn(tables []Table) func(of Name) func(table string) bool {
	there := map[Name]bool{}
	for _, t := range tables {
		there[t.Name] = true
	}
	return func(of Name) func(string) bool { return func(table string) bool { return there[of.sibling(table)] } }
}

// FinishRebuilds ends them. Then the catalogue has changed.
func (p *Pool) FinishRebuilds(ctx context.Context, label, mark string, tables []Table, names []Name) error {
	exists := existsIn(tables)
	for _, name := range InterruptedRebuilds(mark, tables, names) {
		steps := FinishRebuild(name, mark, exists(name))
		p.o.Log.WarnContext(ctx, "ending an interrupted rebuild", "table", name.String())
		if len(steps) == 0 {
			steps = FinishEarlierRebuild(name, exists(name))
			_, previous := RebuildNames(name, "")
			p.o.Log.WarnContext(ctx, "it is of an earlier release, so what it has replaced stays where it is", "table", previous.String())
		}
		for _, s := range steps {
			if _, err := p.Exec(ctx, label, s); err != nil {
				return err
			}
		}
	}
	return nil
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
