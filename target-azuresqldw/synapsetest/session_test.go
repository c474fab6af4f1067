package synapsetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"intercomdw/target-azuresqldw/blobtest"
)

func TestACancelledStatementLeavesThePoolAsItWas(t *testing.T) {
	t.Parallel()
	s, db := pool(t, Options{})
	terms := make([]string, 1000)
	for i := range terms {
		terms[i] = fmt.Sprintf("SELECT %d", i)
	}
	exec(t, db, "CREATE TABLE dbo.t (a int) WITH (HEAP)")
	exec(t, db, "INSERT INTO dbo.t (a) "+strings.Join(terms, " UNION ALL "))
	for _, text := range []string{
		"SELECT COUNT_BIG(*) FROM dbo.t AS a, dbo.t AS b, dbo.t AS c, dbo.t AS d WHERE a.a + b.a + c.a + d.a = -1",
		"INSERT INTO dbo.t (a) SELECT 1 FROM dbo.t AS a, dbo.t AS b, dbo.t AS c, dbo.t AS d WHERE a.a + b.a + c.a + d.a = -1",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s.Fail(Fault{Match: text, Hook: func(string) { cancel() }})
		if _, err := db.ExecContext(ctx, text); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled statement: %v", err)
		}
		cancel()
		wantRows(t, read(t, db, "SELECT COUNT(*) FROM dbo.t"), "1000")
	}
}

func TestSessionsWriteOneAfterTheOther(t *testing.T) {
	t.Parallel()
	blobs := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	_, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.sum (a int, n bigint) WITH (HEAP)")
	var file strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&file, "%d\n", i)
	}
	blobs.Put("stage", "1.csv.gz", zipped(t, file.String()))
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			table := fmt.Sprintf("dbo.t%d", i)
			for _, text := range []string{
				"CREATE TABLE " + table + " (a int) WITH (HEAP)",
				copyText(blobs, table, "a 1", "1.csv.gz"),
				"UPDATE STATISTICS " + table,
			} {
				if _, err := db.Exec(text); err != nil {
					t.Errorf("%.60s: %v", text, err)
				}
			}
			tx, err := db.Begin()
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := tx.Exec("INSERT INTO dbo.sum (a, n) SELECT @p1, COUNT_BIG(*) FROM "+table, i); err != nil {
				t.Error(err)
			}
			if err := tx.Commit(); err != nil {
				t.Error(err)
			}
			if _, err := db.Exec("DROP TABLE " + table); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	wantRows(t, read(t, db, "SELECT COUNT(*), SUM(n) FROM dbo.sum"), "6|9000")
}

func TestAWriterWaitsForAnotherUntilTheTimeoutAndReadersDoNot(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{LockTimeout: time.Millisecond})
	exec(t, db, "CREATE TABLE dbo.t (a int) WITH (HEAP)")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "INSERT INTO dbo.t (a) VALUES (1)")
	if _, err := db.Exec("DELETE FROM dbo.t"); numberOf(err) != 1222 {
		t.Errorf("a second writer: %v, want 1222", err)
	}
	wantRows(t, read(t, db, "SELECT a FROM dbo.t"), "1")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "DELETE FROM dbo.t")
}

func TestWideTablesAreCopiedAndMerged(t *testing.T) {
	t.Parallel()
	blobs := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	_, db := pool(t, Options{})
	defs, names, values := make([]string, 1024), make([]string, 1024), make([]string, 1024)
	for i := range defs {
		names[i] = fmt.Sprintf("c%d", i)
		defs[i], values[i] = names[i]+" nvarchar(20)", fmt.Sprintf("\"%02d\"", i%100)
	}
	for _, table := range []string{"dbo.a", "dbo.b"} {
		exec(t, db, "CREATE TABLE "+table+" ("+strings.Join(defs, ",")+") WITH (HEAP)")
	}
	blobs.Put("stage", "1.csv.gz", zipped(t, strings.Join(values, ",")+"\n"))
	exec(t, db, copyText(blobs, "dbo.a", strings.Join(names, ","), "1.csv.gz"))
	list := strings.Join(names, ",")
	exec(t, db, "INSERT INTO dbo.b ("+list+") SELECT "+list+" FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY c0 ORDER BY c1) AS rn FROM dbo.a) AS d WHERE rn = 1")
	wantRows(t, read(t, db, "SELECT c0, c1023 FROM dbo.b"), "00|23")
	long := strings.Repeat("é😀", 500_000)
	exec(t, db, "CREATE TABLE dbo.l (a nvarchar(max)) WITH (HEAP)")
	exec(t, db, "INSERT INTO dbo.l (a) VALUES (N'"+long+"')")
	wantRows(t, read(t, db, "SELECT LEN(a) FROM dbo.l WHERE a = @p1", long), "1500000")
}

func TestTemporaryTablesEndWithTheirSession(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{})
	c := conn(t, db)
	exec(t, c, "CREATE TABLE #t (a int) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)")
	exec(t, c, "INSERT INTO #t (a) VALUES (1)")
	wantRows(t, read(t, c, "SELECT a, CASE WHEN OBJECT_ID('tempdb..#t') IS NULL THEN 0 ELSE 1 END FROM #t"), "1|1")
	other := conn(t, db)
	if _, err := other.Exec("SELECT a FROM #t"); numberOf(err) != 208 {
		t.Errorf("another session reads #t: %v, want 208", err)
	}
	if err := c.c.Close(); err != nil { // back to the client's pool, which resets it
		t.Fatal(err)
	}
	c = conn(t, db)
	if _, err := c.Exec("SELECT a FROM #t"); numberOf(err) != 208 {
		t.Errorf("after the reset: %v, want 208", err)
	}
}

func TestAWrongPasswordOrDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	s := New(t, Options{User: "u", Password: "right", Database: "dw"})
	if err := login(t, s, "wrong", "dw").Ping(); numberOf(err) != 18456 {
		t.Errorf("wrong password: %v, want 18456", err)
	}
	if err := login(t, s, "right", "other").Ping(); numberOf(err) != 4060 {
		t.Errorf("wrong database: %v, want 4060", err)
	}
}

func TestParametersKeepTheirTypes(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{})
	wantRows(t, read(t, db, "SELECT @p1 + N'x', @p2 + 1, @p3, @p4", "ü😀", int64(1)<<40, true, []byte("ab")), "ü😀x|1099511627777|true|ab")
}

func TestImplicitTransactionsBeginWithAChangeAndLastUntilCommit(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.t (a int) WITH (HEAP)")
	c := conn(t, db)
	exec(t, c, "SET IMPLICIT_TRANSACTIONS ON")
	wantRows(t, read(t, c, "SELECT @@TRANCOUNT"), "0")
	exec(t, c, "INSERT INTO dbo.t (a) VALUES (1)")
	wantRows(t, read(t, c, "SELECT @@TRANCOUNT, COUNT(*) FROM dbo.t"), "1|1")
	exec(t, c, "ROLLBACK")
	wantRows(t, read(t, db, "SELECT COUNT(*) FROM dbo.t"), "0")
	exec(t, c, "INSERT INTO dbo.t (a) VALUES (2); COMMIT; SET IMPLICIT_TRANSACTIONS OFF; INSERT INTO dbo.t (a) VALUES (3)")
	wantRows(t, read(t, db, "SELECT COUNT(*) FROM dbo.t"), "2")
	exec(t, c, "SET IMPLICIT_TRANSACTIONS ON")
	if _, err := c.Exec("CREATE TABLE dbo.u (a int) WITH (HEAP)"); numberOf(err) != 111212 {
		t.Errorf("CREATE TABLE = %v, want 111212", err)
	}
}

func TestErrorsAreToldInsideCatch(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	wantText(t, s, "BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH SELECT @@ERROR, ERROR_NUMBER(), ERROR_PROCEDURE() END CATCH", "8134,8134,NULL")
	wantText(t, s, "BEGIN TRY RAISERROR(N'%s of %d', 16, 1, N'three', 4) END TRY BEGIN CATCH SELECT ERROR_MESSAGE() END CATCH", "three of 4")
	wantText(t, s, "SELECT @@ERROR", "0")
	wantText(t, s, "DECLARE @a int = 1; SELECT @a = @a + 1; SELECT @a", "2")
}

func TestMessagesAndSeveralResultsOfABatch(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{})
	rows, err := db.Query("PRINT N'hello'; SELECT 1; SELECT 2 AS b, 3 AS c")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var widths []int
	for {
		cols, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		widths = append(widths, len(cols))
		for rows.Next() {
		}
		if !rows.NextResultSet() {
			break
		}
	}
	if fmt.Sprint(widths) != "[1 2]" || rows.Err() != nil {
		t.Errorf("widths of results %v, %v; want [1 2]", widths, rows.Err())
	}
}
