package synapse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// Tx is an open transaction. It belongs to the function it was given to.
type Tx struct {
	p     *Pool
	conn  *sql.Conn
	tx    *sql.Tx
	label string
}

// Transact runs do in a transaction and commits it when do returns nil. An
// error of do rolls it back and is returned as it is. When the answer to COMMIT
// is lost the error is an *[UnknownOutcomeError]; every other error means that
// nothing was committed. Nothing is repeated here: the caller repeats the whole
// unit, since after one failed statement the pool takes none but ROLLBACK.
//
// The context ends statements, and keeps COMMIT from being sent; it never
// interrupts COMMIT itself.
func (p *Pool) Transact(ctx context.Context, label string, do func(*Tx) error) (err error) {
	var t transaction
	b := batch{statements: []Statement{{op: "begin transaction", repeatable: true}}}
	err = p.retry(ctx, label, b, func(ctx context.Context, _ int) error { // nothing has been done before it
		t, err = p.begin(ctx, request{b: b, label: label})
		return err
	})
	if err != nil {
		return err
	}
	return p.conclude(ctx, label, t, do)
}

// transactReading is Transact for what changes nothing, which is repeated as a whole like any statement that only reads.
func (p *Pool) transactReading(ctx context.Context, label string, s Statement, do func(*Tx) error) error {
	b := batch{statements: []Statement{s}}
	return p.retry(ctx, label, b, func(ctx context.Context, _ int) error {
		t, err := p.begin(ctx, request{b: b, label: label})
		if err != nil {
			return err
		}
		read := false
		err = p.conclude(ctx, label, t, func(tx *Tx) error {
			err := do(tx)
			read = err == nil
			return err
		})
		if read {
			return nil // whatever has become of COMMIT
		}
		return err
	})
}

// transaction is one that was begun, on a connection of its own. Its context ends with end, not with the one it was begun under.
type transaction struct {
	conn *sql.Conn
	tx   *sql.Tx
	end  context.CancelFunc
}

// begin opens a transaction.
func (p *Pool) begin(ctx context.Context, r request) (t transaction, err error) {
	free, end := context.WithCancel(context.WithoutCancel(ctx))
	begun := context.AfterFunc(ctx, end)
	defer begun()
	t.end = end
	if t.conn, err = p.db.Conn(ctx); err != nil {
		end()
		return t, err
	}
	err = p.watched(ctx, t.conn, r, func(context.Context) error {
		t.tx, err = t.conn.BeginTx(free, nil)
		return err
	})
	if err != nil {
		end()
		discard(t.conn)
		t.conn.Close()
	}
	return t, err
}

// conclude runs do in an open transaction, and commits it or rolls it back.
func (p *Pool) conclude(ctx context.Context, label string, t transaction, do func(*Tx) error) error {
	defer t.conn.Close()
	defer t.end()
	if err := do(&Tx{p, t.conn, t.tx, label}); err != nil {
		p.rollback(ctx, t, label)
		return err
	}
	commit := batch{statements: []Statement{{op: "commit"}}}
	if err := ctx.Err(); err != nil {
		p.rollback(ctx, t, label)
		return commit.explain(label, err)
	}
	start := time.Now()
	err := p.watched(context.WithoutCancel(ctx), t.conn, request{b: commit, label: label, holds: true}, func(context.Context) error { return t.tx.Commit() })
	p.o.Log.DebugContext(ctx, "commit", "label", label, "took", time.Since(start), "ok", err == nil)
	if err == nil {
		return nil
	}
	discard(t.conn)
	if undone(err) {
		return commit.explain(label, err)
	}
	return &UnknownOutcomeError{Label: label, Err: err}
}

// rollback ends a transaction that failed. It is sent once, and the driver
// sends nothing when the connection is gone or the pool has rolled back itself. A
// connection whose rollback failed is not used again.
func (p *Pool) rollback(ctx context.Context, t transaction, label string) {
	end := batch{statements: []Statement{{op: "rollback"}}}
	err := p.watched(context.WithoutCancel(ctx), t.conn, request{b: end, label: label, holds: true}, func(context.Context) error { return t.tx.Rollback() })
	if err == nil || errors.Is(err, sql.ErrTxDone) {
		return
	}
	p.o.Log.DebugContext(ctx, "rollback", "label", label, "err", err)
	discard(t.conn)
}

// discard makes sure a connection does not return to the others.
func discard(conn *sql.Conn) {
	conn.Raw(func(any) error { return driver.ErrBadConn })
}

// Exec sends statements in the transaction, as one batch where they fit one,
// and returns the number of rows they changed.
func (t *Tx) Exec(ctx context.Context, statements ...Statement) (rows int64, err error) {
	for _, b := range join(t.label, statements) {
		n, err := t.execBatch(ctx, b)
		rows += n
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// ExecOne sends a statement that has to change exactly one row; its error is
// [ErrFenced] when it changes another number.
func (t *Tx) ExecOne(ctx context.Context, s Statement) error {
	rows, err := t.Exec(ctx, s)
	if err == nil && rows != 1 {
		return fmt.Errorf("%s %s: %d rows in place of one: %w", s.op, s.object, rows, ErrFenced)
	}
	return err
}

// Record writes a load's row of history; its error is [ErrRebuilding] when it must not be committed now.
func (t *Tx) Record(ctx context.Context, l Ledger, load Load) error {
	rows, err := t.Exec(ctx, l.Record(load))
	if err == nil && rows != 1 {
		return ErrRebuilding
	}
	return err
}

func (t *Tx) execBatch(ctx context.Context, b batch) (rows int64, err error) {
	for _, s := range b.statements {
		if s.ddl {
			return 0, fmt.Errorf("%s %s: DDL does not go into a transaction", s.op, s.object)
		}
	}
	var n int64
	err = t.attempt(ctx, b, func(ctx context.Context) error {
		result, err := t.tx.ExecContext(ctx, b.text.Reveal())
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, err
}

// query sends one reading statement in the transaction.
func (t *Tx) query(ctx context.Context, s Statement, each func(*sql.Rows) error) error {
	b := newBatch(t.label, []Statement{s})
	return t.attempt(ctx, b, func(ctx context.Context) error {
		rows, err := t.tx.QueryContext(ctx, b.text.Reveal())
		if err != nil {
			return err
		}
		return readSets(rows, func(_ int, rows *sql.Rows) error { return each(rows) })
	})
}

// attempt sends a batch of the transaction once.
func (t *Tx) attempt(ctx context.Context, b batch, do func(context.Context) error) error {
	start := time.Now()
	err := t.p.watched(ctx, t.conn, request{b: b, label: t.label, holds: true}, do)
	t.p.o.Log.DebugContext(ctx, "statement", "label", t.label, "sql", b.shown(), "took", time.Since(start), "ok", err == nil)
	if err != nil {
		return b.explain(t.label, err)
	}
	return nil
}
