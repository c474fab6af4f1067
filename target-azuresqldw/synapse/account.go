package synapse

import (
	"context"
	"database/sql"
	"fmt"
)

// Progress is a pipeline's row of the ledger.
type Progress struct {
	Fence  int64
	LoadID string // the last load committed, "" when there was none
	State  string // the last state committed, "" when there was none
	Empty  EmptyString
}

// TakeFence puts this process in charge of the ledger's pipeline and returns
// what the process before it had committed. It waits for a load of that process
// that is still under way. The ledger's tables have to be there; the
// fence is a number no other process uses, best a later one than any before:
// of two processes that begin a new pipeline at once the greater goes on.
func (p *Pool) TakeFence(ctx context.Context, l Ledger, fence int64) (Progress, error) {
	changed, err := p.Exec(ctx, p.label("fence"), l.take(fence))
	if err != nil {
		return Progress{}, err
	}
	if changed == 0 {
		if _, err := p.Exec(ctx, p.label("fence"), l.enter(fence)); err != nil {
			return Progress{}, err
		}
	}
	rows, err := p.progress(ctx, l)
	if err != nil {
		return Progress{}, err
	}
	switch {
	case len(rows) == 0 || rows[0].Fence != fence:
		if len(rows) > 1 {
			if _, err := p.Exec(ctx, p.label("fence"), l.leave(fence, true)); err != nil {
				return Progress{}, err
			}
		}
		return Progress{}, fmt.Errorf("take the fence of pipeline %q: %w", l.Pipeline, ErrFenced)
	case len(rows) > 1:
		if _, err := p.Exec(ctx, p.label("fence"), l.leave(fence, false)); err != nil {
			return Progress{}, err
		}
	}
	return rows[0], nil
}

// label names what the Pool asks on its own account.
func (p *Pool) label(what string) string { return p.o.AppName + " " + what }

func (p *Pool) progress(ctx context.Context, l Ledger) (list []Progress, err error) {
	err = p.query(ctx, p.label("fence"), []Statement{l.progress()}, func() { list = nil }, func(_ int, rows *sql.Rows) error {
		row, err := scanProgress(rows)
		list = append(list, row)
		return err
	})
	return list, err
}

func scanProgress(rows *sql.Rows) (Progress, error) {
	var loadID, state, empty sql.NullString
	var row Progress
	err := rows.Scan(&row.Fence, &loadID, &state, &empty)
	row.LoadID, row.State, row.Empty = loadID.String, state.String, EmptyString(empty.String)
	return row, err
}

// Progress returns the last progress that a pipeline has committed, false when
// there is none. It waits for a load that is under way and does not disturb it, and
// asks again where the pool stumbles.
func (p *Pool) Progress(ctx context.Context, l Ledger) (row Progress, found bool, err error) {
	there, err := p.Exists(ctx, l.State())
	if err != nil || !there {
		return Progress{}, false, err
	}
	err = p.transactReading(ctx, p.label("state"), l.progress(), func(tx *Tx) error {
		row, found = Progress{}, false
		if _, err := tx.Exec(ctx, l.touch()); err != nil {
			return err
		}
		return tx.query(ctx, l.progress(), func(rows *sql.Rows) error {
			if found {
				return nil // the greatest fence comes first
			}
			found = true
			row, err = scanProgress(rows)
			return err
		})
	})
	if err != nil {
		return Progress{}, false, err
	}
	return row, found, nil
}

// Committed tells whether a load whose COMMIT got no answer was committed. It
// waits until the pool has decided, as a plain SELECT would not: under READ
// UNCOMMITTED that sees rows that are about to be rolled back. The error is
// [ErrFenced] when another process has taken over.
func (p *Pool) Committed(ctx context.Context, l Ledger, load Load) (committed bool, err error) {
	held, err := p.Exec(ctx, load.ID, l.hold(load.Fence))
	if err != nil {
		return false, err
	}
	if held != 1 {
		return false, fmt.Errorf("look for load %s: %w", load.ID, ErrFenced)
	}
	err = p.query(ctx, load.ID, []Statement{l.committed(load.ID)}, func() {}, func(_ int, rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		committed = n > 0
		return err
	})
	return committed, err
}

// Pipelines are those that have committed a load.
func (p *Pool) Pipelines(ctx context.Context, l Ledger) (names []string, err error) {
	err = p.query(ctx, p.label("pipelines"), []Statement{l.loaded()}, func() { names = nil }, func(_ int, rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}

// Mappings reads all mappings of the ledger.
func (p *Pool) Mappings(ctx context.Context, l Ledger) (list []Mapping, err error) {
	err = p.query(ctx, p.label("mappings"), []Statement{l.mappings()}, func() { list = nil }, func(_ int, rows *sql.Rows) error {
		var m Mapping
		err := rows.Scan(&m.Stream, &m.Path, &m.Kind, &m.Table, &m.Column)
		list = append(list, m)
		return err
	})
	return list, err
}

// Exists tells whether there is a table.
func (p *Pool) Exists(ctx context.Context, name Name) (bool, error) {
	found, err := p.existing(ctx, p.label("look"), name)
	return err == nil && found[0], err
}

// CountRows counts the rows of tables, in their order, in one round trip for
// every fifty.
func (p *Pool) CountRows(ctx context.Context, label string, names ...Name) ([]int64, error) {
	const most = 50
	counts := make([]int64, 0, len(names))
	for len(names) > 0 {
		n := min(len(names), most)
		part := make([]int64, n)
		err := p.query(ctx, label, []Statement{countRows(names[:n])}, func() {}, func(_ int, rows *sql.Rows) error {
			var position int
			var count int64
			if err := rows.Scan(&position, &count); err != nil {
				return err
			}
			part[position] = count
			return nil
		})
		if err != nil {
			return nil, err
		}
		counts = append(counts, part...)
		names = names[n:]
	}
	return counts, nil
}

// Tables describes all tables of a namespace; none when it is not there.
func (p *Pool) Tables(ctx context.Context, namespace string) ([]Table, error) {
	var c tableReader
	err := p.query(ctx, p.label("catalogue"), catalogue(namespace), func() { c = newTableReader(namespace) }, func(set int, rows *sql.Rows) error {
		return c.read(set, rows)
	})
	if err != nil {
		return nil, err
	}
	return c.tables, nil
}
