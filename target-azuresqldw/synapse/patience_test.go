package synapse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/linetest"
	"intercomdw/target-azuresqldw/synapsetest"
)

// remember collects a log.
type remember struct {
	mu   sync.Mutex
	b    bytes.Buffer
	told func(log string) // after each line
}

func (r *remember) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.b.Write(p)
	if r.told != nil {
		r.told(r.b.String())
	}
	return n, err
}

func (r *remember) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// impatient opens a Pool that looks after a silent request within moments, over a line. On a busy machine a request may be silent for longer
// before the pool knows of it, so tests in which none must be given up look later.
func (l *lab) impatient(t *testing.T, line *linetest.Line, patience Patience) (*Pool, *remember) {
	t.Helper()
	log := &remember{}
	host, port, err := net.SplitHostPort(line.Addr)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Host: host, Database: l.pool.Database(), User: l.pool.User(), Password: secret.New(l.pool.Password()), Encrypt: EncryptDisable,
		Patience: patience, DialTimeout: 5 * time.Second, Log: slog.New(slog.NewTextHandler(log, nil)),
		Sleep: func(context.Context, time.Duration) error { return nil }}
	fmt.Sscan(port, &o.Port)
	p, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, log
}

func (l *lab) line(t *testing.T, cut *linetest.Cut) *linetest.Line {
	t.Helper()
	return linetest.NewTDS(t, l.pool.Addr(), cut)
}

func TestARequestThatNeverArrivedIsSentAgainSoon(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	line := l.line(t, &linetest.Cut{At: 4, Direction: linetest.ToServer}) // after prelogin, login, session and probe
	p, log := l.impatient(t, line, Patience{Look: 50 * time.Millisecond})
	if _, err := p.Exec(t.Context(), "run:1", CreateTable(testUsers())); err != nil {
		t.Fatal(err)
	}
	if !line.Struck() || !strings.Contains(log.String(), "waiting for the pool") || !strings.Contains(log.String(), "the pool knows no such request any more") {
		t.Errorf("struck %v:\n%s", line.Struck(), log)
	}
	l.want(t, "SELECT name FROM sys.tables", "users")
}

func TestAStatementThatThePoolIsStillAtIsAwaited(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	held := make(chan struct{})
	l.pool.Fail(synapsetest.Fault{Match: "CREATE TABLE", Hook: func(string) { <-held }})
	p, log := l.impatient(t, l.line(t, nil), Patience{Look: 300 * time.Millisecond})
	var once sync.Once
	log.told = func(log string) { // the pool lets go when it has been asked a few times
		if strings.Count(log, "there=running") == 3 {
			once.Do(func() { close(held) })
		}
	}
	if _, err := p.Exec(t.Context(), "run:1", CreateTable(testUsers())); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "repeated") {
		t.Errorf("the statement was given up:\n%s", log)
	}
	if !strings.Contains(log.String(), `for="create table" object=[raw].[users] label=run:1`) {
		t.Errorf("nothing says what is waited for:\n%s", log)
	}
}

func TestAStatementBeyondItsBoundEndsWithTheWayOut(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	held := make(chan struct{})
	defer close(held)
	l.pool.Fail(synapsetest.Fault{Match: "CREATE TABLE", Hook: func(string) { <-held }, Times: -1})
	p, _ := l.impatient(t, l.line(t, nil), Patience{Look: 100 * time.Millisecond, Define: 500 * time.Millisecond})
	_, err := p.Exec(t.Context(), "run:1", CreateTable(testUsers()))
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class != ClassTimeout || !strings.Contains(err.Error(), "create table [raw].[users]: no answer for") || !strings.Contains(err.Error(), "raise ddl_timeout_seconds") {
		t.Errorf("Exec: %v", err)
	}
}

func TestWithoutTheRightToLookOneWaitsUpToTheBound(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.pool = synapsetest.New(t, synapsetest.Options{NoViewState: true})
	line := l.line(t, &linetest.Cut{At: 4, Direction: linetest.ToServer})
	p, log := l.impatient(t, line, Patience{Look: 20 * time.Millisecond, Define: 200 * time.Millisecond})
	_, err := p.Exec(t.Context(), "run:1", CreateNamespace("raw"))
	if e, ok := errors.AsType[*Error](err); !ok || e.Class != ClassTimeout {
		t.Errorf("Exec: %v", err)
	}
	if !strings.Contains(log.String(), "VIEW DATABASE STATE") {
		t.Errorf("nothing names the right:\n%s", log)
	}
}

func TestThePoolCanBeOutOfReachOnlyForSoLong(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	line := l.line(t, &linetest.Cut{At: 4, Direction: linetest.ToServer})
	p, _ := l.impatient(t, line, Patience{Look: 20 * time.Millisecond})
	l.pool.Fail(synapsetest.Fault{Match: "dm_pdw_exec_sessions", Drop: synapsetest.DropBefore, Times: -1})
	if _, err := p.Exec(t.Context(), "run:1", CreateTable(testUsers())); err != nil {
		t.Fatal(err) // sent again on another connection
	}
}

// A transaction whose client is gone without a word holds its locks; the next one waits for them.
func TestTheSessionOfALostConnectionHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for _, death := range []linetest.Death{linetest.Silent, linetest.HalfOpen, linetest.Orphaned} {
		t.Run(death.String(), func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			l.exec(t, CreateTable(testUsers()))
			line := l.line(t, &linetest.Cut{At: 5, Direction: linetest.ToClient, Death: death}) // the answer to the INSERT
			p, _ := l.impatient(t, line, Patience{Look: 500 * time.Millisecond})
			insert := dml("insert into", testUsers().Name, "INSERT INTO raw.users (id, _sdc_sequence) SELECT N'a', 1")
			work := func(tx *Tx) error {
				_, err := tx.Exec(t.Context(), insert)
				return err
			}
			err := p.Transact(t.Context(), "run:1", work)
			if e, ok := errors.AsType[*Error](err); !ok || e.Class != ClassTransient {
				t.Fatalf("Transact: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // the emulator's own bound for locks is a minute
			defer cancel()
			if err := p.Transact(ctx, "run:1", work); err != nil {
				t.Fatal(err)
			}
			l.want(t, "SELECT COUNT(*) FROM raw.users", "1")
		})
	}
}

func TestACommitIntoSilenceIsSettledFromHistory(t *testing.T) {
	t.Parallel()
	for _, direction := range []linetest.Direction{linetest.ToServer, linetest.ToClient} {
		t.Run(direction.String(), func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			ledger := l.keep(t)
			take(t, l.Pool, ledger, 7)
			// prelogin, login, session, probe; begin, advance, record, commit
			line := l.line(t, &linetest.Cut{At: 7, Direction: direction})
			p, log := l.impatient(t, line, Patience{Look: 500 * time.Millisecond})
			load := Load{ID: "l1", Fence: 7, State: "{}"}
			err := commitLoad(t, p, ledger, load)
			if _, unknown := errors.AsType[*UnknownOutcomeError](err); !unknown || !line.Struck() {
				t.Fatalf("commit: %v, struck %v\n%s", err, line.Struck(), log)
			}
			committed, err := p.Committed(t.Context(), ledger, load)
			if err != nil || committed != (direction == linetest.ToClient) {
				t.Errorf("Committed: %v, %v", committed, err)
			}
		})
	}
}

func TestACancelledRequestOnADeadLineEndsWithinTheGrace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	line := l.line(t, &linetest.Cut{At: 4, Direction: linetest.ToServer})
	p, _ := l.impatient(t, line, Patience{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := p.Exec(ctx, "run:1", CreateTable(testUsers())); err == nil {
		t.Error("Exec: no error")
	}
	if took := time.Since(start); took > 4500*time.Millisecond { // the driver alone takes five seconds
		t.Errorf("took %v", took)
	}
}

// A pool that does not show a request, as while it reads a long text, must not be asked for it again and again in vain.
func TestSilenceIsBorneLongerEachTime(t *testing.T) {
	t.Parallel()
	p := &Pool{o: Options{}.withDefaults()}
	r := request{p: p, label: "run:1", b: newBatch("", []Statement{dml("insert into", Name{"a", "b"}, "INSERT")})}
	var last time.Duration
	for range 4 {
		if d := r.patience(); d < 2*last {
			t.Errorf("%v after %v", d, last)
		} else {
			last = d
		}
		p.lost.add("run:1")
	}
	if last < 20*time.Minute {
		t.Errorf("%v at last", last)
	}
	p.lost.forget("run:1")
	if d := r.patience(); d > time.Minute {
		t.Errorf("%v after an answer", d)
	}
}
