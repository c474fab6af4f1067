package synapse

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
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

// A Survey is what is in a namespace: what its pipelines share, how they have mapped properties to columns, and all tables.
type Survey struct {
	Shared
	Mappings []Mapping
	Tables   []Table
}

// Survey reads the ledger and the catalogue in one request. The version is read first: what changes meanwhile makes it older than it is.
func (p *Pool) Survey(ctx context.Context, l Ledger) (s Survey, err error) {
	statements := append([]Statement{l.shared(), l.mappings()}, catalogue(l.Namespace)...)
	var c tableReader
	found := 0
	err = p.query(ctx, p.label("survey"), statements, func() { s, c, found = Survey{}, newTableReader(l.Namespace), 0 }, func(set int, rows *sql.Rows) error {
		switch set {
		case 0:
			found++
			return scanShared(rows, &s.Shared)
		case 1:
			var m Mapping
			err := rows.Scan(&m.Stream, &m.Path, &m.Kind, &m.Table, &m.Column)
			s.Mappings = append(s.Mappings, m)
			return err
		}
		return c.read(set-2, rows)
	})
	if err == nil && found != 1 {
		return s, fmt.Errorf("read %s: %d rows in place of one (drop the table: the next run makes it anew)", l.Shared(), found)
	}
	s.Tables = c.tables
	return s, err
}

func scanShared(rows *sql.Rows, s *Shared) error {
	var pipeline sql.NullString
	var fence sql.NullInt64
	err := rows.Scan(&s.ID, &s.Version, &pipeline, &fence)
	s.Pipeline, s.Fence = pipeline.String, fence.Int64
	return err
}

// Lease takes the lease of the ledger for the process with the fence, or renews it. What it returns says who has it then: somebody else, it may be.
func (p *Pool) Lease(ctx context.Context, l Ledger, fence int64) (s Shared, err error) {
	err = p.query(ctx, p.label("lease"), []Statement{l.lease(fence), l.shared()}, func() { s = Shared{} }, func(_ int, rows *sql.Rows) error {
		return scanShared(rows, &s)
	})
	return s, err
}

// Renew makes the lease last longer. The error is [ErrLease] when another has it by now.
func (p *Pool) Renew(ctx context.Context, l Ledger, fence int64) error {
	rows, err := p.Exec(ctx, p.label("lease"), l.renew(fence))
	if err == nil && rows == 0 {
		return ErrLease
	}
	return err
}

// AnnounceRebuild lets no load come to its end from now on, until the lease ends, and waits for those that are about to.
func (p *Pool) AnnounceRebuild(ctx context.Context, l Ledger, fence int64, table string) error {
	rows, err := p.Exec(ctx, p.label("rebuild"), l.announce(fence, table))
	if err == nil && rows == 0 {
		return ErrLease
	}
	if err == nil {
		_, err = p.Exec(ctx, p.label("rebuild"), l.touchAll())
	}
	return err
}

// EndLease ends the lease; changed says that tables or mappings are others than before it.
func (p *Pool) EndLease(ctx context.Context, l Ledger, fence int64, changed bool) error {
	_, err := p.Exec(ctx, p.label("lease"), l.endLease(fence, changed))
	return err
}

// LedgerTables describes those tables of the ledger that are there.
func (p *Pool) LedgerTables(ctx context.Context, l Ledger) (list []Table, err error) {
	var c tableReader
	err = p.query(ctx, p.label("catalogue"), []Statement{l.columns()}, func() {
		c = newTableReader(l.Namespace)
		c.partial = true
	}, func(_ int, rows *sql.Rows) error {
		return c.column(rows)
	})
	return c.tables, err
}

// Runs are those of the runs named by ids, as loads carry them before their slash, that have committed a load of the pipeline.
func (p *Pool) Runs(ctx context.Context, l Ledger, ids []string) (known map[string]bool, err error) {
	const most = 100
	known = map[string]bool{}
	for len(ids) > 0 {
		n := min(len(ids), most)
		err := p.query(ctx, p.label("runs"), []Statement{l.runs(ids[:n])}, func() {}, func(_ int, rows *sql.Rows) error {
			var load string
			err := rows.Scan(&load)
			run, _, _ := strings.Cut(load, "/")
			known[run] = true
			return err
		})
		if err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return known, nil
}

// Rejects counts for each version of a stream the records of it that were set
// aside: in earlier runs, and in this one before the line. Rows
// that the transaction has inserted count.
func (t *Tx) Rejects(ctx context.Context, l Ledger, versions []StreamVersion) ([]int64, error) {
	const most = 50
	counts := make([]int64, len(versions))
	for first := 0; first < len(versions); first += most {
		part := versions[first:min(first+most, len(versions))]
		err := t.query(ctx, l.rejects(part), func(rows *sql.Rows) error {
			var position int
			var n int64
			err := rows.Scan(&position, &n)
			counts[first+position] = n
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return counts, nil
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
