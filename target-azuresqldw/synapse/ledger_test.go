package synapse

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest"
)

// keep makes the ledger's tables.
func (l *lab) keep(t *testing.T) Ledger {
	t.Helper()
	ledger := Ledger{Namespace: "raw", Pipeline: "it's a pipe "}
	missing, err := ledger.Make(nil, strings.Repeat("1d", 16))
	if err != nil {
		t.Fatal(err)
	}
	l.exec(t, missing...)
	return ledger
}

// take puts p in charge.
func take(t *testing.T, p *Pool, ledger Ledger, fence int64) Progress {
	t.Helper()
	row, err := p.TakeFence(t.Context(), ledger, fence)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// load commits an empty load.
func commitLoad(t *testing.T, p *Pool, ledger Ledger, load Load) error {
	return p.Transact(t.Context(), load.ID, func(tx *Tx) error {
		if err := tx.ExecOne(t.Context(), ledger.Advance(load)); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), append(ledger.AppendState(load), ledger.Record(load))...)
		return err
	})
}

func TestLedgerRemembersTheLastStateOfEachPipeline(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ledger := l.keep(t)
	if _, found, err := l.Progress(t.Context(), ledger); found || err != nil {
		t.Errorf("Progress = %v, %v before anything", found, err)
	}
	if row := take(t, l.Pool, ledger, 7); row != (Progress{Fence: 7}) {
		t.Errorf("TakeFence = %+v", row)
	}
	other := Ledger{Namespace: "raw", Pipeline: "It's a pipe "} // another one: pipelines differ in case
	take(t, l.Pool, other, 8)
	long := `{"bookmarks":{"x":"` + strings.Repeat("ü'😀", 5000) + `"}}`
	for _, load := range []Load{
		{ID: "r-1", Fence: 7, FirstLine: 1, LastLine: 10, Rows: 5, Bytes: 50, State: long},
		{ID: "r-2", Fence: 7, FirstLine: 11, LastLine: 20, Rows: 6, Bytes: 60},
	} {
		if err := commitLoad(t, l.Pool, ledger, load); err != nil {
			t.Fatal(err)
		}
	}
	l.exec(t, ledger.KeepEmptyString(EmptySentinel))
	want := Progress{Fence: 7, LoadID: "r-2", State: long, Empty: EmptySentinel}
	if row, found, err := l.Progress(t.Context(), ledger); row != want || !found || err != nil {
		t.Errorf("Progress = %.200v, %v, %v", row, found, err)
	}
	want.Fence = 9
	if row := take(t, l.Pool, ledger, 9); row != want {
		t.Errorf("TakeFence = %.200v", row)
	}
	if row, found, err := l.Progress(t.Context(), other); row != (Progress{Fence: 8}) || !found || err != nil {
		t.Errorf("Progress of the other = %+v, %v, %v", row, found, err)
	}
	l.want(t, "SELECT load_id, pipeline, fence, first_line, last_line, row_count, byte_count, DATALENGTH(state) FROM raw._sdc_loads ORDER BY first_line",
		"r-1|it's a pipe |7|1|10|5|50|40044", "r-2|it's a pipe |7|11|20|6|60|NULL")
}

func TestProgressOfANamespaceWithoutLedgerIsNone(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	if row, found, err := l.Progress(t.Context(), Ledger{Namespace: "nowhere", Pipeline: "p"}); found || err != nil {
		t.Errorf("Progress = %+v, %v, %v", row, found, err)
	}
}

func TestProcessThatWasReplacedCommitsNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ledger := l.keep(t)
	first, second := l.connect(t), l.connect(t)
	take(t, first, ledger, 1)
	take(t, second, ledger, 2)
	if err := commitLoad(t, first, ledger, Load{ID: "a", Fence: 1, State: "{}"}); !errors.Is(err, ErrFenced) {
		t.Errorf("the first commits: %v", err)
	}
	if err := commitLoad(t, second, ledger, Load{ID: "b", Fence: 2}); err != nil {
		t.Errorf("the second cannot commit: %v", err)
	}
	if _, err := first.Committed(t.Context(), ledger, Load{ID: "a", Fence: 1}); !errors.Is(err, ErrFenced) {
		t.Errorf("Committed: %v", err)
	}
	l.want(t, "SELECT load_id FROM raw._sdc_loads", "b")
}

func TestOfTwoThatBeginAPipelineAtOnceOneGoesOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		own, other int64
		wins       bool
	}{{5, 4, true}, {5, 6, false}} {
		l := newLab(t)
		ledger := l.keep(t)
		rival := true
		// the other's row comes between our UPDATE, which finds none, and our INSERT
		l.pool.Fail(synapsetest.Fault{Match: "INSERT INTO [raw].[_sdc_state]", Hook: func(string) {
			if rival {
				rival = false
				if _, err := l.pool.Query(ledger.enter(c.other).SQL("")); err != nil {
					t.Error(err)
				}
			}
		}})
		_, err := l.TakeFence(t.Context(), ledger, c.own)
		if c.wins != (err == nil) || !c.wins && !errors.Is(err, ErrFenced) {
			t.Errorf("fence %d against %d: %v", c.own, c.other, err)
		}
		l.want(t, "SELECT COUNT_BIG(*), MAX(fence) FROM raw._sdc_state", map[bool]string{true: "1|5", false: "1|6"}[c.wins])
	}
}

func TestLostCommitIsFoundOut(t *testing.T) {
	t.Parallel()
	for drop, want := range map[synapsetest.Drop]bool{synapsetest.DropBefore: false, synapsetest.DropAfter: true} {
		l := newLab(t)
		ledger := l.keep(t)
		take(t, l.Pool, ledger, 1)
		load := Load{ID: "r-1", Fence: 1, State: "{}"}
		l.pool.Fail(synapsetest.Fault{Match: "COMMIT TRANSACTION", Drop: drop})
		err := commitLoad(t, l.Pool, ledger, load)
		if _, unknown := errors.AsType[*UnknownOutcomeError](err); !unknown {
			t.Errorf("Transact: %v", err)
		}
		if committed, err := l.Committed(t.Context(), ledger, load); committed != want || err != nil {
			t.Errorf("dropped %v: Committed = %v, %v, want %v", drop, committed, err, want)
		}
	}
}

// A SELECT of a dedicated pool sees rows that may yet be rolled back. Whoever
// asks how far a pipeline has got has to wait for the load under way.
func TestNobodyReadsProgressWhileALoadIsUndecided(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*testing.T, *Pool, Ledger) string{
		"state": func(t *testing.T, p *Pool, ledger Ledger) string {
			row, _, err := p.Progress(t.Context(), ledger)
			if err != nil {
				t.Error(err)
			}
			return row.State
		},
		"fence": func(t *testing.T, p *Pool, ledger Ledger) string {
			row, err := p.TakeFence(t.Context(), ledger, 2)
			if err != nil {
				t.Error(err)
			}
			return row.State
		},
	} {
		for _, commits := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				ledger := l.keep(t)
				take(t, l.Pool, ledger, 1)
				if err := commitLoad(t, l.Pool, ledger, Load{ID: "r-1", Fence: 1, State: "before"}); err != nil {
					t.Fatal(err)
				}
				asked := make(chan struct{})
				l.pool.Fail(synapsetest.Fault{
					MatchFunc: func(text string) bool {
						return strings.HasPrefix(text, "UPDATE") && !strings.Contains(text, "load_id")
					},
					Hook: func(string) { close(asked) },
				})
				answer := make(chan string, 1)
				other := l.connect(t)
				rollback := errors.New("rollback")
				err := l.Transact(t.Context(), "r-2", func(tx *Tx) error {
					if err := tx.ExecOne(t.Context(), ledger.Advance(Load{ID: "r-2", Fence: 1, State: "after"})); err != nil {
						return err
					}
					go func() { answer <- ask(t, other, ledger) }()
					select {
					case <-asked:
					case got := <-answer:
						t.Errorf("%q was read beside an open transaction", got)
						answer <- got
					}
					if commits {
						return nil
					}
					return rollback
				})
				if err != nil && !errors.Is(err, rollback) {
					t.Error(err)
				}
				want := map[bool]string{true: "after", false: "before"}[commits]
				if got := <-answer; got != want {
					t.Errorf("state = %q, want %q", got, want)
				}
			})
		}
	}
}

// Who asks for the state right after a crash may meet a pool that is still busy with it.
func TestProgressIsReadThoughThePoolStumbles(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"BEGIN TRANSACTION", "UPDATE [raw].[_sdc_state]", "SELECT [fence]", "COMMIT TRANSACTION"} {
		for name, fault := range map[string]synapsetest.Fault{
			"connection lost before":  {Drop: synapsetest.DropBefore, Times: 3},
			"connection lost after":   {Drop: synapsetest.DropAfter, Times: 3},
			"deadlock":                {Number: 1205, Times: 3},
			"lock held too long":      {Number: 1222, Times: 3},
			"database moving":         {Number: 40613, Times: 3},
			"paused":                  {Number: 42108, Times: 3},
			"data movement stumbling": {Number: 110802},
		} {
			t.Run(step+": "+name, func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				ledger := l.keep(t)
				take(t, l.Pool, ledger, 1)
				if err := commitLoad(t, l.Pool, ledger, Load{ID: "r-1", Fence: 1, State: "{}"}); err != nil {
					t.Fatal(err)
				}
				fault.Match = step
				l.pool.Fail(fault)
				want := Progress{Fence: 1, LoadID: "r-1", State: "{}"}
				if row, found, err := l.Progress(t.Context(), ledger); row != want || !found || err != nil {
					t.Errorf("Progress = %+v, %v, %v, want %+v", row, found, err, want)
				}
				if l.pool.Heal(); t.Failed() {
					return
				}
				if err := commitLoad(t, l.Pool, ledger, Load{ID: "r-2", Fence: 1}); err != nil {
					t.Errorf("a load after it: %v", err)
				}
			})
		}
	}
}

func TestProgressIsNotAskedForAgainWithoutEnd(t *testing.T) {
	t.Parallel()
	for number, attempts := range map[int32]int{1205: 8, 110802: 2, 229: 1} {
		l := newLab(t)
		ledger := l.keep(t)
		asked := 0
		l.pool.Fail(synapsetest.Fault{Match: "UPDATE [raw].[_sdc_state]", Number: number, Times: -1, Hook: func(string) { asked++ }})
		_, found, err := l.Progress(t.Context(), ledger)
		if e, ok := errors.AsType[*Error](err); !ok || e.Number != number || found || asked != attempts {
			t.Errorf("%d: Progress = %v, %v after %d attempts, want %d", number, found, err, asked, attempts)
		}
	}
}

func TestMappingsComeBackAsTheyWereStored(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ledger := l.keep(t)
	var list []Mapping
	for i := range 450 {
		list = append(list, Mapping{Stream: "it's", Path: "/" + strings.Repeat("x", i), Kind: "string", Table: "t]", Column: "c"})
	}
	l.exec(t, ledger.AddMappings(list)...)
	l.exec(t, ledger.AddMappings(list[:10])...) // as after a lost answer
	found, err := l.Survey(t.Context(), ledger)
	if err != nil || len(found.Mappings) != len(list) {
		t.Fatalf("Mappings = %d, %v", len(found.Mappings), err)
	}
	stored := map[Mapping]bool{}
	for _, m := range found.Mappings {
		stored[m] = true
	}
	for _, m := range list {
		if !stored[m] {
			t.Fatalf("%+v is missing", m)
		}
	}
}

func TestALedgerIsMadeWhereItLacksSomething(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ledger := l.keep(t)
	made, err := l.LedgerTables(t.Context(), ledger)
	if err != nil || len(made) != len(ledger.Tables()) {
		t.Fatalf("%d tables, %v", len(made), err)
	}
	if missing, err := ledger.Make(made, "2e"); len(missing) > 0 || err != nil {
		t.Errorf("Make gives %v, %v for a ledger that is there", missing, err)
	}
	found, err := l.Survey(t.Context(), ledger)
	if err != nil || found.ID != strings.Repeat("1d", 16) || found.Version != 0 || len(found.Tables) != len(made) {
		t.Errorf("Survey = %+v, %v", found, err)
	}
	l.exec(t, createShared(ledger.Tables()[4], "another")) // by a first run at the same moment
	if found, err = l.Survey(t.Context(), ledger); err != nil || found.ID != strings.Repeat("1d", 16) {
		t.Errorf("Survey = %+v, %v", found, err)
	}
}

func TestATableOfAnotherToolIsNoLedger(t *testing.T) {
	t.Parallel()
	ledger := Ledger{Namespace: "dbo"}
	rejected := Table{Name: Name{"dbo", "_SDC_rejected"}, Columns: []Column{{Name: "reason", Type: Text(100)}, {Name: "table_name", Type: Text(100)}}}
	if _, err := ledger.Make([]Table{rejected}, "1d"); err == nil || !strings.Contains(err.Error(), "[dbo].[_SDC_rejected] is not the one that this target makes: it has [reason] nvarchar(100), [table_name] nvarchar(100), and ours has [pipeline]") {
		t.Errorf("Make: %v", err)
	}
	loads := ledger.Tables()[1]
	loads.Columns[0].Type = Type{Base: VarChar, Length: 128}
	if _, err := ledger.Make([]Table{loads}, "1d"); err == nil {
		t.Error("a varchar passes for our column")
	}
	loads = ledger.Tables()[1]
	more := append(loads.Columns, Column{Name: "note", Type: Text(9)})
	if missing, err := ledger.Make([]Table{{Name: loads.Name, Columns: more}}, "1d"); err != nil || len(missing) != 4 {
		t.Errorf("Make gives %v, %v for a table of ours with a column more", missing, err)
	}
}

func TestALeaseIsOnesUntilItEnds(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ledger := l.keep(t)
	other := Ledger{Namespace: "raw", Pipeline: "another"}
	lease := func(ledger Ledger, fence int64, holder string, version int64) {
		t.Helper()
		s, err := l.Lease(t.Context(), ledger, fence)
		if err != nil || s.Pipeline != holder || s.Version != version {
			t.Errorf("Lease = %+v, %v, want %q at version %d", s, err, holder, version)
		}
	}
	lease(ledger, 7, ledger.Pipeline, 0)
	lease(other, 8, ledger.Pipeline, 0)
	lease(ledger, 9, ledger.Pipeline, 0) // a later process of the pipeline needs no patience
	if s, err := l.Lease(t.Context(), ledger, 7); err != nil || s.Fence != 9 {
		t.Errorf("an earlier one has it: %+v, %v", s, err)
	}
	if err := l.Renew(t.Context(), ledger, 7); !errors.Is(err, ErrLease) {
		t.Errorf("it is renewed for who has it no more: %v", err)
	}
	if err := errors.Join(l.Renew(t.Context(), ledger, 9), l.EndLease(t.Context(), ledger, 7, true)); err != nil {
		t.Error(err)
	}
	lease(other, 8, ledger.Pipeline, 0)
	if err := l.EndLease(t.Context(), ledger, 9, true); err != nil {
		t.Error(err)
	}
	lease(other, 8, "another", 1)
	l.want(t, "SELECT CASE WHEN DATEDIFF(second, SYSUTCDATETIME(), until) BETWEEN 60 AND 120 THEN 1 END FROM raw._sdc_shared", "1")
	if _, err := l.pool.Query("UPDATE raw._sdc_shared SET until = SYSUTCDATETIME()"); err != nil { // two minutes later
		t.Fatal(err)
	}
	lease(ledger, 10, ledger.Pipeline, 1)
}

// Two statements of many pieces, cut before a character of two units.
func TestALargeStateComesBackAsItWas(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ledger := l.keep(t)
	take(t, l.Pool, ledger, 1)
	state := `{"a":"` + strings.Repeat("x", stateUnits-7) + strings.Repeat("😀'ü", 3000) + `"}`
	if err := commitLoad(t, l.Pool, ledger, Load{ID: "l1", Fence: 1, State: state}); err != nil {
		t.Fatal(err)
	}
	row, found, err := l.Progress(t.Context(), ledger)
	if err != nil || !found || row.State != state {
		t.Errorf("Progress: %v, %v, %d bytes of %d", found, err, len(row.State), len(state))
	}
	l.want(t, "SELECT LEFT([state], 7), LEN([state]) FROM raw._sdc_loads", fmt.Sprintf("sha256:|%d", len(history(state))))
}
