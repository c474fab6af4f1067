package synapsetest

import (
	"context"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// fickle is a context that ends when it is looked at for the nth time.
type fickle struct {
	context.Context
	end  context.CancelFunc
	left atomic.Int32
}

func endsAt(ctx context.Context, n int) *fickle {
	c := &fickle{}
	c.left.Store(int32(n))
	c.Context, c.end = context.WithCancel(ctx)
	return c
}

// Done lets those who wait for the end see it before the one who looks goes on.
func (c *fickle) Done() <-chan struct{} {
	if c.left.Add(-1) == 0 {
		c.end()
		for range 100 {
			runtime.Gosched()
		}
	}
	return c.Context.Done()
}

// A client that is killed cancels its requests wherever they are.
func TestARequestCancelledAtAnyPointHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]string{
		"change":                  "INSERT INTO dbo.t (a) SELECT 1",
		"transaction":             "BEGIN TRAN; INSERT INTO dbo.t (a) SELECT 1; DELETE FROM dbo.t WHERE a = 2",
		"merge":                   "MERGE dbo.t USING dbo.s ON t.a = s.a WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a);",
		"new table":               "CREATE TABLE dbo.new_N (a int) WITH (HEAP)",
		"new table from a query":  "CREATE TABLE dbo.new_N WITH (HEAP, DISTRIBUTION = ROUND_ROBIN) AS SELECT a FROM dbo.s",
		"new column":              "ALTER TABLE dbo.t ADD c_N int NOT NULL DEFAULT 1",
		"wider column":            "ALTER TABLE dbo.t ALTER COLUMN b nvarchar(max)",
		"another name":            "CREATE TABLE dbo.new_N (a int) WITH (HEAP); RENAME OBJECT dbo.new_N TO old_N; DROP TABLE dbo.old_N",
		"new schema":              "EXEC('CREATE SCHEMA [s_N]')",
		"condition and temporary": "IF EXISTS (SELECT 1 FROM dbo.s) CREATE TABLE #t (a int) WITH (HEAP)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(t, Options{})
			wantText(t, s, "CREATE TABLE dbo.t (a int, b nvarchar(9)) WITH (HEAP); CREATE TABLE dbo.s (a int) WITH (HEAP); INSERT INTO dbo.s (a) SELECT 1; SELECT 1", "1")
			for n, ended := 1, true; ended; n++ {
				client, ctx := s.open("loader", ""), endsAt(t.Context(), n)
				err := client.Execute(ctx, tds.Request{Text: strings.ReplaceAll(batch, "_N", itoa(n))}, &collector{})
				if err := client.Close(); err != nil {
					t.Errorf("cancelled at look %d: Close: %v", n, err)
				}
				ended = ctx.Err() != nil
				ctx.end()
				if err != nil && !t.Failed() {
					wantText(t, s, "SELECT COUNT(*) FROM dbo.t", "0")
				}
				for _, next := range []string{"SELECT * FROM dbo.t", "INSERT INTO dbo.t (a) SELECT a FROM dbo.s", "DELETE FROM dbo.t"} {
					if _, err := s.Query(next); err != nil {
						t.Fatalf("cancelled at look %d: the next client: %s: %v", n, next, err)
					}
				}
				if _, err := s.Tables(); err != nil {
					t.Fatalf("cancelled at look %d: %v", n, err)
				}
			}
		})
	}
}
