package target

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

const (
	uploadsAtOnce = 4
	copiesAtOnce  = 4 // the smallest pool runs four statements at once; others wait there
	commitTries   = 6
)

// A warehouse delivers loads: each step may be repeated, and what must not be is one transaction.
type warehouse struct {
	pool    *synapse.Pool
	files   *stage.Container
	ledger  synapse.Ledger
	fence   int64
	mark    string // of whose files and staging tables are
	id      string // of the ledger
	empty   synapse.EmptyString
	keep    bool // staging tables and files stay
	adopt   bool // tables that somebody else has made are loaded into
	log     *slog.Logger
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	release func(state []byte) error

	have      map[string]synapse.Table // production, by folded name
	known     *mapping                 // the mappings that are stored
	version   int64                    // of both
	moved     bool                     // another pipeline has changed them since the run began
	called    map[string]*calling      // what is called otherwise than the layout has it, by its name of the table
	committed string                   // the state in the ledger
	aside     asides                   // records that were set aside, in all loads that are committed
	staged    int                      // staging tables so far
	unmarked  map[string]string        // whose rows that do not say it are, by folded name of their table; "" for a table of several pipelines
}

// A stagedTable is a table's rows in the pool, outside production.
type stagedTable struct {
	*sealedTable
	name   synapse.Name
	copies []synapse.Statement
	files  []string
	keep   *synapse.Kept // what the rows that are there keep; nil for nothing
}

// deliver brings a load into the warehouse and releases its state.
func (w *warehouse) deliver(ctx context.Context, l *load) error {
	if l.rows == 0 && len(l.mappings) == 0 && len(l.activations) == 0 && (l.state == nil || string(l.state) == w.committed) {
		return w.releaseState(l)
	}
	start := w.now()
	var staged map[string]*stagedTable
	var size int64
	err := w.define(ctx, l)
	if err == nil {
		staged, size, err = w.stage(ctx, l)
	}
	entry := &synapse.Load{ID: l.id, Fence: w.fence, FirstLine: l.first, LastLine: l.last, Rows: l.rows - l.setAside, Rejected: l.setAside, Bytes: size, State: string(l.state)}
	if err == nil {
		err = w.commit(ctx, l, staged, entry)
	}
	if err != nil {
		return w.failed(ctx, l, staged, err)
	}
	if l.state != nil {
		w.committed = string(l.state)
	}
	if err := w.releaseState(l); err != nil {
		return err
	}
	w.log.Info("load committed", "load", l.id, "first_line", l.first, "last_line", l.last, "rows", entry.Rows, "rejected", entry.Rejected, "deleted", entry.Deleted,
		"bytes", size, "tables", len(staged), "took", w.now().Sub(start))
	w.aside.addAll(l.asides)
	if !w.keep {
		w.clean(ctx, l, staged)
	}
	return nil
}

func (w *warehouse) releaseState(l *load) error {
	if l.state == nil {
		return nil
	}
	return w.release(l.state)
}

func (w *warehouse) label(l *load, step string) string {
	return "target-azuresqldw " + l.id + " " + step
}

// stage uploads the files of a load and copies them into staging tables, and makes sure that every row has arrived.
func (w *warehouse) stage(ctx context.Context, l *load) (staged map[string]*stagedTable, size int64, err error) {
	staged = map[string]*stagedTable{}
	var list []*stagedTable
	for t := range l.tables() {
		if t.rows > 0 {
			w.staged++
			s := &stagedTable{sealedTable: t, name: synapse.Name{Namespace: t.table.Name.Namespace,
				Table: synapse.StagingName(w.mark, w.fence, w.staged, t.table.Name.Table)}}
			staged[t.table.Name.Table] = s
			list = append(list, s)
		}
	}
	for i := range l.streams {
		t := &l.streams[i].tables[0]
		if columns := w.kept(&l.streams[i], t); len(columns) > 0 && t.rows > 0 {
			w.staged++
			staged[t.table.Name.Table].keep = &synapse.Kept{Columns: columns, Table: synapse.Name{Namespace: t.table.Name.Namespace,
				Table: synapse.StagingName(w.mark, w.fence, w.staged, t.table.Name.Table)}}
		}
	}
	if size, err = w.upload(ctx, list); err != nil || len(list) == 0 {
		return staged, size, err
	}
	var create []synapse.Statement
	var names []synapse.Name
	for _, s := range list {
		create = append(create, synapse.CreateTable(w.stagingTable(s)))
		if s.keep != nil {
			create = append(create, synapse.CreateTable(w.keepTable(s)))
		}
		names = append(names, s.name)
	}
	if _, err := w.pool.Exec(ctx, w.label(l, "stage"), create...); err != nil {
		return staged, size, err
	}
	copies, copyCtx := errgroup.WithContext(ctx)
	copies.SetLimit(copiesAtOnce)
	for _, s := range list {
		copies.Go(func() error { // one batch for a table: what repeats it empties the table first
			_, err := w.pool.Exec(copyCtx, w.label(l, "copy"), s.copies...)
			return err
		})
	}
	if err := copies.Wait(); err != nil {
		return staged, size, err
	}
	counts, err := w.pool.CountRows(ctx, w.label(l, "count"), names...)
	if err != nil {
		return staged, size, err
	}
	for i, s := range list {
		if counts[i] != s.rows {
			return staged, size, fmt.Errorf("copy into %s: %d rows arrived of %d", s.name, counts[i], s.rows)
		}
	}
	if l.surplus {
		return staged, size, w.dropSurplus(ctx, l, list, names)
	}
	return staged, size, nil
}

// dropSurplus takes the rows out of the staging tables that were read after the line that the load ends with.
func (w *warehouse) dropSurplus(ctx context.Context, l *load, list []*stagedTable, names []synapse.Name) error {
	var drop []synapse.Statement
	for _, s := range list {
		column, last := s.own[colSequence], l.base+l.last
		if s.sealedTable == l.rejected {
			column, last = "line", l.last
		}
		drop = append(drop, synapse.DeleteAfter(s.name, column, last))
	}
	if _, err := w.pool.Exec(ctx, w.label(l, "cut"), drop...); err != nil {
		return err
	}
	counts, err := w.pool.CountRows(ctx, w.label(l, "count"), names...)
	l.rows = 0
	for i, n := range counts {
		l.rows += n
		if list[i].sealedTable == l.rejected {
			l.setAside = n
		}
	}
	return err
}

// stagingTable has the columns of the files, and lives where its production table does.
func (w *warehouse) stagingTable(s *stagedTable) synapse.Table {
	t := s.table
	if have, ok := w.have[foldName(t.Name.Table)]; ok {
		t.Distribution = have.Distribution
	}
	t.Columns = s.file
	t = t.Staging(s.name.Table)
	for _, c := range t.Distribution.Hash {
		if _, ok := t.Column(c); !ok { // somebody else's table, distributed by a column we do not fill
			t.Distribution = synapse.RoundRobin()
		}
	}
	return t
}

// upload ends all files and makes the statements that copy them.
func (w *warehouse) upload(ctx context.Context, list []*stagedTable) (size int64, err error) {
	uploads, ctx := errgroup.WithContext(ctx)
	uploads.SetLimit(uploadsAtOnce)
	sizes := make([]int64, len(list))
	credential := w.files.Credential()
	for i, s := range list {
		size := &sizes[i]
		uploads.Go(func() error {
			for i := range s.parts {
				p := &s.parts[i]
				if len(p.rest) > 0 {
					if _, err := p.parts.Write(p.rest); err != nil {
						return err
					}
					p.rest = nil
				}
				blobs, err := p.parts.Commit(ctx)
				if err != nil {
					return err
				}
				c := synapse.Copy{Table: s.name, Columns: columnNames(s.file[:p.columns]), Credential: synapse.Credential(credential)}
				for _, b := range blobs {
					c.URLs = append(c.URLs, b.URL)
					s.files = append(s.files, b.Name)
					*size += b.Bytes
				}
				s.copies = append(s.copies, synapse.CopyInto(c))
			}
			return nil
		})
	}
	err = uploads.Wait()
	for _, n := range sizes {
		size += n
	}
	return size, err
}

func columnNames(columns []synapse.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// commit merges all tables of a load and moves the ledger, in one transaction. When the pool does not say whether it committed, the load's
// row of history does.
func (w *warehouse) commit(ctx context.Context, l *load, staged map[string]*stagedTable, entry *synapse.Load) error {
	merges, ends := w.merges(l, staged), w.endings(l)
	began := w.now()
	for try := 1; ; try++ {
		err := w.pool.Transact(ctx, w.label(l, "merge"), func(tx *synapse.Tx) error {
			return w.apply(ctx, tx, l, merges, ends, entry)
		})
		if _, unknown := errors.AsType[*synapse.UnknownOutcomeError](err); unknown {
			committed, lookErr := w.pool.Committed(ctx, w.ledger, *entry)
			if lookErr != nil {
				return fmt.Errorf("%w; look for its row of history: %w", err, lookErr)
			}
			w.log.Warn("the answer to COMMIT was lost", "load", l.id, "committed", committed)
			if committed {
				err = nil
			}
		}
		if err == nil {
			w.sayKept(ends)
			return nil
		}
		if errors.Is(err, synapse.ErrRebuilding) && w.now().Sub(began) < leaseWait {
			w.log.Info("the load waits for another pipeline that writes a table anew", "load", l.id)
			if err := w.sleep(ctx, min(time.Second<<try, 30*time.Second)); err != nil {
				return err
			}
			try = min(try, commitTries-2)
			continue
		}
		if _, unknown := errors.AsType[*synapse.UnknownOutcomeError](err); !unknown && !again(err) || try == commitTries {
			return err
		}
		w.log.Warn("transaction is repeated", "load", l.id, "attempt", try, "err", err)
		if err := w.sleep(ctx, time.Second<<(try-1)); err != nil {
			return err
		}
	}
}

// apply does what belongs to the transaction of a load.
func (w *warehouse) apply(ctx context.Context, tx *synapse.Tx, l *load, merges []synapse.Statement, ends []ending, entry *synapse.Load) error {
	if err := tx.ExecOne(ctx, w.ledger.Advance(*entry)); err != nil {
		return err
	}
	if rest := w.ledger.AppendState(*entry); len(rest) > 0 {
		if _, err := tx.Exec(ctx, rest...); err != nil {
			return err
		}
	}
	last := merges
	if len(ends) > 0 {
		if _, err := tx.Exec(ctx, merges...); err != nil {
			return err
		}
		var err error
		if entry.Deleted, err = w.endVersions(ctx, tx, ends); err != nil {
			return err
		}
		last = nil
	}
	if _, err := tx.Exec(ctx, last...); err != nil {
		return err
	}
	return tx.Record(ctx, w.ledger, *entry)
}

// again says whether a transaction that failed is worth another attempt.
func again(err error) bool {
	e, ok := errors.AsType[*synapse.Error](err)
	if !ok {
		return false
	}
	switch e.Class {
	case synapse.ClassTransient, synapse.ClassPaused, synapse.ClassInternal, synapse.ClassAborted:
		return !errors.Is(err, context.Canceled)
	}
	return false
}

// merges are the statements that move rows from staging into production.
func (w *warehouse) merges(l *load, staged map[string]*stagedTable) (list []synapse.Statement) {
	for i := range l.streams {
		s := &l.streams[i]
		root := staged[s.tables[0].table.Name.Table]
		for j := range s.tables {
			if !w.wanted(l, i, j) {
				continue
			}
			t := &s.tables[j]
			list = append(list, w.merge(s, t, root, staged[t.table.Name.Table], j > 0)...)
		}
	}
	if l.rejected != nil {
		t := staged[l.rejected.table.Name.Table]
		list = append(list, synapse.Merge{Table: t.table.Name, Staging: t.name, Columns: t.table.Columns, Empty: w.empty}.InsertAll())
	}
	return list
}

func (w *warehouse) merge(s *sealedStream, t *sealedTable, root, own *stagedTable, child bool) (list []synapse.Statement) {
	if root == nil {
		return nil
	}
	m := synapse.Merge{Table: t.table.Name, Keys: t.keys, Sequence: t.own[colSequence], Empty: w.empty}
	for _, c := range t.table.Columns {
		if c.Name == t.own[colPipeline] {
			m.Fixed = append(m.Fixed, synapse.Fixed{Column: c.Name, Value: w.ledger.Pipeline})
		} else {
			m.Columns = append(m.Columns, c)
		}
	}
	if own != nil {
		m.Staging = own.name
	}
	parent := synapse.Parent{Staging: root.name, Keys: root.keys, Sequence: root.own[colSequence]}
	switch {
	case !s.merged && own != nil:
		list = append(list, m.InsertAll())
	case s.merged && child:
		list = append(list, m.DeleteByParent(parent))
		if own != nil {
			list = append(list, m.InsertByParent(parent))
		}
	case s.merged && root.keep != nil:
		list = append(list, m.Keep(*root.keep), m.DeleteMatching(), m.InsertAgain(*root.keep), m.InsertNew(*root.keep))
	case s.merged:
		list = append(list, m.DeleteMatching(), m.InsertNewest())
	}
	return list
}

// failed keeps what helps to find the cause and says where it is. The loser of two runs may see any error: the winner sweeps its tables.
func (w *warehouse) failed(ctx context.Context, l *load, staged map[string]*stagedTable, err error) error {
	if errors.Is(err, synapse.ErrFenced) {
		return err
	}
	if e, ok := errors.AsType[*synapse.Error](err); ok && e.Number != 0 { // the pool answers
		if _, lookErr := w.pool.Committed(ctx, w.ledger, synapse.Load{ID: l.id, Fence: w.fence}); errors.Is(lookErr, synapse.ErrFenced) {
			return lookErr
		}
	}
	var tables []string
	for _, s := range staged {
		tables = append(tables, s.name.String())
	}
	if len(tables) > 0 {
		w.log.Warn("load failed; its staging tables and files stay until the next run of the pipeline", "load", l.id, "first_line", l.first, "last_line", l.last, "tables", strings.Join(tables, " "))
	}
	return fmt.Errorf("load %s (lines %d to %d): %w", l.id, l.first, l.last, err)
}

// clean drops what a committed load has left. What cannot be dropped now is swept by a later run.
func (w *warehouse) clean(ctx context.Context, l *load, staged map[string]*stagedTable) {
	var drop []synapse.Statement
	var files []string
	for _, s := range staged {
		drop = append(drop, synapse.DropTable(s.name))
		if s.keep != nil {
			drop = append(drop, synapse.DropTable(s.keep.Table))
		}
		files = append(files, s.files...)
	}
	if _, err := w.pool.Exec(ctx, w.label(l, "clean"), drop...); err != nil {
		w.log.Warn("staging tables are left to a later run", "load", l.id, "err", err)
	}
	w.remove(ctx, files)
}

func (w *warehouse) remove(ctx context.Context, files []string) {
	group := errgroup.Group{}
	group.SetLimit(uploadsAtOnce)
	for _, name := range files {
		group.Go(func() error { return w.files.Delete(ctx, name) })
	}
	if err := group.Wait(); err != nil {
		w.log.Warn("files are left to a later run", "err", err)
	}
}
