package synapsetest

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/blobtest"
)

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func copyText(b *blobtest.Server, table, columns string, blobs ...string) string {
	urls := make([]string, len(blobs))
	for i, n := range blobs {
		urls[i] = "'" + b.BlobURL("stage", n) + "'"
	}
	return "COPY INTO " + table + " (" + columns + ") FROM " + strings.Join(urls, ", ") +
		" WITH (FILE_TYPE = 'CSV', CREDENTIAL = (IDENTITY = 'Storage Account Key', SECRET = '" + b.Key + "'), COMPRESSION = 'GZIP', FIELDQUOTE = '\"'," +
		" FIELDTERMINATOR = ',', ROWTERMINATOR = '0x0A', ENCODING = 'UTF8', DATEFORMAT = 'ymd', FIRSTROW = 1, MAXERRORS = 0, IDENTITY_INSERT = 'OFF') OPTION (LABEL = 'load 7')"
}

const staging = `CREATE TABLE dbo.stg ([id] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL, [n] decimal(12,2) NULL, [body] nvarchar(max) NULL,
	[at] datetimeoffset(7) NULL, [ok] bit NULL, [seq] bigint NULL) WITH (HEAP, DISTRIBUTION = HASH([id]))`

func TestALoadIsCopiedMergedAndCommitted(t *testing.T) {
	t.Parallel()
	blobs := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	s, db := pool(t, Options{})
	exec(t, db, staging)
	exec(t, db, strings.ReplaceAll(staging, "dbo.stg", "dbo.prod"))
	exec(t, db, "INSERT INTO dbo.prod (id, n, seq) VALUES (N'a', 1, 0)")
	exec(t, db, "INSERT INTO dbo.prod (id, n, seq) VALUES (N'A', 2, 0)")
	blobs.Put("stage", "1.csv.gz", zipped(t, "\"a\",1.50,\"say \"\"hi\"\"\nthere\",2024-01-02 03:04:05.1234567 +02:00,1,1\n\"b\",,\"\",,0,2\n"))
	blobs.Put("stage", "2.csv.gz", zipped(t, "\"a\",2.5,\"😀\",,,3\n"))
	if n := exec(t, db, copyText(blobs, "dbo.stg", "[id] 1, [n] 2, [body] 3, [at] 4, [ok] 5, [seq] 6", "1.csv.gz", "2.csv.gz")); n != 3 {
		t.Errorf("COPY says %d rows, want 3", n)
	}
	wantRows(t, read(t, db, "SELECT [id], [n], [body], CAST([at] AS nvarchar(40)), [ok], [seq] FROM dbo.stg ORDER BY seq"),
		"a|1.50|say \"hi\"\nthere|2024-01-02 03:04:05.1234567 +02:00|true|1", "b|NULL||NULL|false|2", "a|2.50|😀|NULL|NULL|3")

	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if n := exec(t, tx, "DELETE FROM [dbo].[prod] FROM [dbo].[stg] AS s WHERE s.[id] = [dbo].[prod].[id] AND DATALENGTH(s.[id]) = DATALENGTH([dbo].[prod].[id])"); n != 1 {
		t.Errorf("DELETE says %d rows, want 1", n)
	}
	if n := exec(t, tx, `INSERT INTO [dbo].[prod] ([id], [n], [seq]) SELECT d.[id], d.[n], d.[seq] FROM (SELECT s.[id] AS [id], s.[n] AS [n], s.[seq] AS [seq],
		ROW_NUMBER() OVER (PARTITION BY s.[id], DATALENGTH(s.[id]) ORDER BY s.[seq] DESC) AS [_rank] FROM [dbo].[stg] AS s) AS d WHERE d.[_rank] = 1`); n != 2 {
		t.Errorf("INSERT says %d rows, want 2", n)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	wantRows(t, read(t, db, "SELECT id, n, seq FROM dbo.prod ORDER BY id"), "A|2.00|0", "a|2.50|3", "b|NULL|2")
	wantRows(t, read(t, db, "SELECT [label], status FROM sys.dm_pdw_exec_requests WHERE [label] IS NOT NULL"), "load 7|Completed")
	for _, b := range s.Batches() {
		if strings.Contains(b.Text, blobs.Key) {
			t.Errorf("the record shows the key: %s", b.Text)
		}
	}
	wantRows(t, read(t, db, "SELECT COUNT(*) FROM sys.dm_pdw_exec_requests WHERE command LIKE N'%SECRET = ''***''%'"), "1")
}

func TestCopyStoresNothingWhenAFieldDoesNotFit(t *testing.T) {
	t.Parallel()
	blobs := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	_, db := pool(t, Options{})
	exec(t, db, staging)
	var file strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&file, "\"k%d\",%d,,,,%d\n", i, i, i)
	}
	blobs.Put("stage", "1.csv.gz", zipped(t, file.String()+"\"x\",99999999999.5,,,,1\n"))
	_, err := db.Exec(copyText(blobs, "dbo.stg", "[id] 1, [n] 2, [body] 3, [at] 4, [ok] 5, [seq] 6", "1.csv.gz"))
	if err == nil {
		t.Fatal("COPY took a number that does not fit decimal(12,2)")
	}
	wantRows(t, read(t, db, "SELECT COUNT_BIG(*) FROM dbo.stg"), "0")
}

func TestCopyRefusesATableItCannotFill(t *testing.T) {
	t.Parallel()
	blobs := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	_, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.t (a int NOT NULL, b int) WITH (HEAP)")
	_, err := db.Exec(copyText(blobs, "dbo.t", "b 1", "1.csv.gz"))
	if numberOf(err) != 105211 {
		t.Errorf("COPY = %v, want 105211", err)
	}
}

func TestCopyFillsIdentityColumnsAsThePageSays(t *testing.T) {
	t.Parallel()
	blobs := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	_, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.t (id bigint IDENTITY(1,1), a int) WITH (HEAP)")
	blobs.Put("stage", "1.csv.gz", zipped(t, "70,7\n80,8\n"))
	blobs.Put("stage", "2.csv.gz", zipped(t, ",7\n"))
	for _, c := range []struct {
		insert, columns, blob string
		number                int32
	}{
		{"OFF", "a 2", "1.csv.gz", 0},
		{"OFF", "id 1, a 2", "1.csv.gz", 544},
		{"OFF", "", "1.csv.gz", 544},
		{"ON", "a 2", "1.csv.gz", 545},
		{"ON", "id DEFAULT 5 1, a 2", "1.csv.gz", 103010},
		{"ON", "id 1, a 2", "2.csv.gz", 515},
		{"ON", "id 1, a 2", "1.csv.gz", 0},
		{"ON", "", "1.csv.gz", 0},
	} {
		text := strings.Replace(copyText(blobs, "dbo.t", c.columns, c.blob), "IDENTITY_INSERT = 'OFF'", "IDENTITY_INSERT = '"+c.insert+"'", 1)
		if _, err := db.Exec(strings.Replace(text, "()", "", 1)); numberOf(err) != c.number {
			t.Errorf("COPY (%s) with IDENTITY_INSERT %s = %v, want %d", c.columns, c.insert, err, c.number)
		}
	}
	wantRows(t, read(t, db, "SELECT id, a FROM dbo.t ORDER BY id"), "1|7", "2|8", "70|7", "70|7", "80|8", "80|8")
	exec(t, db, "INSERT INTO dbo.t (a) VALUES (9)")
	wantRows(t, read(t, db, "SELECT id FROM dbo.t WHERE a = 9"), "3")
}

func TestCopyReadsDatesInTheOrderOfTheSession(t *testing.T) {
	t.Parallel()
	blobs := blobtest.New(t, blobtest.Options{Containers: []string{"stage"}})
	_, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.t (d date) WITH (HEAP)")
	blobs.Put("stage", "1.csv.gz", zipped(t, "02/03/2024\n"))
	text := strings.Replace(copyText(blobs, "dbo.t", "d 1", "1.csv.gz"), "DATEFORMAT = 'ymd', ", "", 1)
	exec(t, db, text+"; SET DATEFORMAT dmy; "+text)
	wantRows(t, read(t, db, "SELECT CAST(d AS nvarchar(10)) FROM dbo.t ORDER BY d"), "2024-02-03", "2024-03-02")
}

func TestWhatATransactionDidIsSeenUncommittedAndGoneAfterRollback(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.t (a int) WITH (HEAP)")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "INSERT INTO dbo.t (a) VALUES (1)")
	wantRows(t, read(t, db, "SELECT a FROM dbo.t"), "1") // READ UNCOMMITTED
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	wantRows(t, read(t, db, "SELECT a FROM dbo.t"))
}

// conn pins a connection, so that BEGIN TRAN in a text stays with it.
func conn(t *testing.T, db *sql.DB) pinned {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return pinned{c, t.Context()}
}

type pinned struct {
	c   *sql.Conn
	ctx context.Context
}

func (p pinned) Exec(text string, args ...any) (sql.Result, error) {
	return p.c.ExecContext(p.ctx, text, args...)
}

func (p pinned) Query(text string, args ...any) (*sql.Rows, error) {
	return p.c.QueryContext(p.ctx, text, args...)
}

func TestAnErrorInATransactionDoomsIt(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{})
	exec(t, db, "CREATE TABLE dbo.t (a int) WITH (HEAP)")
	c := conn(t, db)
	exec(t, c, "BEGIN TRAN")
	exec(t, c, "INSERT INTO dbo.t (a) VALUES (1)")
	if _, err := c.Exec("INSERT INTO dbo.t (a) VALUES ('x')"); numberOf(err) != 245 {
		t.Errorf("INSERT of a text = %v, want 245", err)
	}
	for _, text := range []string{"INSERT INTO dbo.t (a) VALUES (2)", "SELECT 1", "COMMIT"} {
		if _, err := c.Exec(text); numberOf(err) != 111233 {
			t.Errorf("%s = %v, want 111233", text, err)
		}
	}
	exec(t, c, "ROLLBACK")
	if _, err := c.Exec("ROLLBACK"); numberOf(err) != 111214 {
		t.Errorf("ROLLBACK without a transaction = %v, want 111214", err)
	}
	wantRows(t, read(t, c, "SELECT COUNT(*) FROM dbo.t"), "0")
}

func TestDefinitionsAreRefusedInATransaction(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"CREATE TABLE dbo.u (a int) WITH (HEAP)", "TRUNCATE TABLE dbo.t", "DROP TABLE dbo.t", "ALTER TABLE dbo.t ADD b int",
		"RENAME OBJECT dbo.t TO u", "CREATE TABLE dbo.u WITH (HEAP, DISTRIBUTION = ROUND_ROBIN) AS SELECT a FROM dbo.t", "SELECT * INTO dbo.u FROM dbo.t",
		"EXEC('CREATE SCHEMA x')", "UPDATE STATISTICS dbo.t", "BEGIN TRAN"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s := New(t, Options{})
			if _, err := s.Query("CREATE TABLE dbo.t (a int) WITH (HEAP)"); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Query("BEGIN TRAN; " + text); numberIn(err) != 111212 {
				t.Errorf("in a transaction = %v, want 111212", err)
			}
		})
	}
}

func TestTablesOutliveTheServerWhenTheyHaveAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pool.db")
	s, err := Start(Options{DataFile: file})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Query(`EXEC('CREATE SCHEMA x'); CREATE TABLE x.t (a bigint NOT NULL DEFAULT 7, b nvarchar(10) COLLATE Latin1_General_100_BIN2, c decimal(5,2)) WITH (HEAP, DISTRIBUTION = HASH(b));
		INSERT INTO x.t (b, c) VALUES (N'é', 1.5); RENAME OBJECT x.t TO u`); err != nil {
		t.Fatal(err)
	}
	before, err := s.Tables()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = New(t, Options{DataFile: file})
	after, err := s.Tables()
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(before) != fmt.Sprint(after) || len(after) != 1 {
		t.Errorf("tables after the restart %v, want %v", after, before)
	}
	r, err := s.Query("INSERT INTO x.u (c) VALUES (2); SELECT a, b, c FROM x.u ORDER BY c")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Text()); got != "[[7 é 1.50] [7 NULL 2.00]]" {
		t.Errorf("rows after the restart %s", got)
	}
}
