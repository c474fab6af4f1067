package synapse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Patience says how long the pool's answers are awaited. A request that is silent
// is looked for on a second connection at every Look; one that the pool does not
// know any more is given up then. One that runs there is awaited up to its bound.
type Patience struct {
	Look   time.Duration // silence after which the pool is asked whether it is still at work; 30s
	Read   time.Duration // for catalogue, ledger and counts; 30m
	Define time.Duration // for DDL; 1h
	Change time.Duration // for DML, and what copies a table; 6h
	Copy   time.Duration // for COPY INTO; 6h
	Commit time.Duration // for COMMIT and ROLLBACK, after which the outcome counts as unknown; 10m
}

func (p Patience) withDefaults() Patience {
	set := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	set(&p.Look, 30*time.Second)
	set(&p.Read, 30*time.Minute)
	set(&p.Define, time.Hour)
	set(&p.Change, 6*time.Hour)
	set(&p.Copy, 6*time.Hour)
	set(&p.Commit, 10*time.Minute)
	return p
}

// kind is what a request waits for, and by which setting its bound is known.
type kind uint8

// The kinds, the more patient later.
const (
	reading kind = iota
	defining
	changing
	copying
	committing
)

func (p Patience) of(k kind) (bound time.Duration, setting string) {
	switch k {
	case reading:
		return p.Read, "read_timeout_seconds"
	case defining:
		return p.Define, "ddl_timeout_seconds"
	case changing:
		return p.Change, "dml_timeout_seconds"
	case copying:
		return p.Copy, "copy_timeout_seconds"
	}
	return p.Commit, ""
}

// kind is that of the most patient statement of a batch.
func (b batch) kind() (k kind) {
	for _, s := range b.statements {
		k = max(k, s.kind())
	}
	return k
}

func (s Statement) kind() kind {
	switch {
	case s.op == "commit" || s.op == "rollback":
		return committing
	case s.op == "copy into":
		return copying
	case s.ddl && s.op != "rebuild":
		return defining
	case s.ddl || s.labelled && !strings.HasPrefix(s.masked, "SELECT"):
		return changing
	}
	return reading
}

// silentError is the error of a request whose answer did not come.
type silentError struct {
	waited  time.Duration
	setting string // of the bound that was reached, "" when the request was lost before
	found   string // what the pool said of it
}

func (e *silentError) Error() string {
	return fmt.Sprintf("no answer for %v: %s", e.waited.Round(time.Millisecond), e.found)
}

func (e *silentError) class() Class {
	if e.setting != "" {
		return ClassTimeout
	}
	return ClassTransient
}

func (e *silentError) hint() string {
	if e.setting == "" {
		return ""
	}
	return "raise " + e.setting + " if the pool needs longer; sys.dm_pdw_exec_requests shows what it did under the label"
}

// request is one request under watch.
type request struct {
	p     *Pool
	b     batch
	label string
	holds bool // locks that its session keeps when the connection is lost
	began time.Time
}

// tally counts by label.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (t *tally) add(label string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[string]int{}
	}
	t.n[label]++
}

func (t *tally) forget(label string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.n, label)
}

func (t *tally) times(label string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n[label]
}

// on takes a connection and does one thing with it, under watch. A connection
// that turns out to be dead before anything was sent is replaced at once.
func (p *Pool) on(ctx context.Context, r request, do func(ctx context.Context, conn *sql.Conn) error) error {
	for dead := 0; ; dead++ {
		conn, err := p.db.Conn(ctx)
		if err != nil {
			return err
		}
		err = p.watched(ctx, conn, r, func(ctx context.Context) error { return do(ctx, conn) })
		conn.Close()
		if errors.Is(err, driver.ErrBadConn) && dead < p.o.Connections {
			continue
		}
		return err
	}
}

// graceAfterCancel is how long the pool may take to confirm that a request was
// cancelled. The driver waits for five seconds, and for ever while it cannot send.
const graceAfterCancel = 3 * time.Second

// watched does one thing on a connection and sees to it that this ends: when the
// context does, when the pool has forgotten the request, or at its bound.
func (p *Pool) watched(ctx context.Context, conn *sql.Conn, r request, do func(ctx context.Context) error) error {
	l := p.lines.under(conn)
	if l == nil {
		return do(ctx) // it is closed, and says so at once
	}
	l.touch()
	r.p, r.began = p, time.Now()
	done, end := context.WithCancel(context.WithoutCancel(ctx))
	watch := make(chan *silentError, 1)
	go func() { watch <- r.watch(ctx, done, l) }()
	err := do(ctx)
	end()
	if err == nil {
		p.lost.forget(r.label)
	}
	if gave := <-watch; gave != nil && err != nil {
		return gave
	}
	if ctx.Err() == nil && r.holds && len(numbers(err)) == 0 && connectionLost(err) {
		if err := p.kill(ctx, l); err != nil {
			p.o.Log.DebugContext(ctx, "the session of a lost connection was not ended", "session", l.session, "err", err)
		}
	}
	return err
}

// watch waits for done. It closes the line, which ends the request, and says why
// when it was for silence.
func (r *request) watch(ctx, done context.Context, l *line) *silentError {
	bound, setting := r.p.o.Patience.of(r.b.kind())
	blind := 0
	for {
		next := min(r.p.o.Patience.Look, bound-time.Since(r.began))
		switch r.sleep(ctx, done, next) {
		case waitDone:
			return nil
		case waitCancelled:
			if r.sleep(context.WithoutCancel(ctx), done, graceAfterCancel) != waitDone {
				l.Close()
			}
			return nil
		}
		waited := time.Since(r.began)
		if waited >= bound {
			r.giveUp(done, l, running)
			return &silentError{waited: waited, setting: setting, found: "that is as long as it may take"}
		}
		quiet := l.quiet()
		found := unseen
		if quiet >= r.patience() {
			found = r.p.look(done, l, r.label)
		}
		if found == gone { // or between two statements of a batch, or its answer is on the way
			found = r.p.look(done, l, r.label)
		}
		select {
		case <-done.Done():
			return nil
		default:
		}
		if found == gone && l.quiet() < quiet {
			continue
		}
		op, object := r.b.describe()
		r.p.o.Log.InfoContext(ctx, "waiting for the pool", "for", op, "object", object, "label", r.label,
			"waited", waited.Round(time.Second), "silent", quiet.Round(time.Second), "most", bound, "there", found.String())
		switch found {
		case gone:
			blind = maxBlind
		case unreachable:
			blind++
		default:
			blind = 0
		}
		if blind >= maxBlind {
			r.p.lost.add(r.label)
			r.giveUp(done, l, found)
			return &silentError{waited: waited, found: found.String()}
		}
	}
}

// maxBlind is how often in a row the pool may be out of reach before a silent request is given up.
const maxBlind = 4

// patience is the silence that is looked into. It grows with each request of the
// label that was given up, so that a pool which does not show what it does, or not yet, cannot
// keep a long statement from its end. A COMMIT is not a statement that a pool must show.
func (r *request) patience() time.Duration {
	d := r.p.o.Patience.Look << (2 * min(r.p.lost.times(r.label), 4))
	if r.b.kind() == committing {
		d *= 4
	}
	return d * 9 / 10 // timers are not that exact
}

// giveUp closes the line at once, without a word to the other end, which may be
// dead, and has the pool end the session: the locks of a session whose client is
// gone stay until the pool notices.
func (r *request) giveUp(done context.Context, l *line, found sight) {
	defer l.Close()
	if found == unreachable {
		return
	}
	if err := r.p.kill(done, l); err != nil {
		r.p.o.Log.DebugContext(done, "the silent session was not ended", "session", l.session, "err", err)
	}
}

type waitEnd uint8

const (
	waitOver waitEnd = iota
	waitDone
	waitCancelled
)

// sleep waits, and says what ended the wait.
func (r *request) sleep(ctx, done context.Context, d time.Duration) waitEnd {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done.Done():
		return waitDone
	case <-ctx.Done():
		return waitCancelled
	case <-t.C:
		return waitOver
	}
}
