package synapsetest

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"
)

// pool starts a server and connects to it over the wire.
func pool(t *testing.T, o Options) (*Server, *sql.DB) {
	t.Helper()
	s := New(t, o)
	return s, connect(t, s)
}

func connect(t *testing.T, s *Server) *sql.DB {
	t.Helper()
	return login(t, s, s.Password(), s.Database())
}

func login(t *testing.T, s *Server, password, database string) *sql.DB {
	t.Helper()
	return dial(t, s.Addr(), url.UserPassword(s.User(), password), database)
}

func dial(t *testing.T, addr string, user *url.Userinfo, database string) *sql.DB {
	t.Helper()
	u := url.URL{Scheme: "sqlserver", User: user, Host: addr,
		RawQuery: url.Values{"database": {database}, "encrypt": {"true"}, "TrustServerCertificate": {"true"}}.Encode()}
	db, err := sql.Open("sqlserver", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t *testing.T, db interface {
	Exec(string, ...any) (sql.Result, error)
}, text string, args ...any) int64 {
	t.Helper()
	r, err := db.Exec(text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	n, _ := r.RowsAffected()
	return n
}

// read gives the rows of a query as lines of text, NULL as "NULL".
func read(t *testing.T, db interface {
	Query(string, ...any) (*sql.Rows, error)
}, text string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	cols, _ := rows.Columns()
	var out []string
	for rows.Next() {
		values, targets := make([]any, len(cols)), make([]any, len(cols))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(cols))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
				texts[i] = "NULL"
			case []byte:
				texts[i] = string(v)
			default:
				texts[i] = fmt.Sprint(v)
			}
		}
		out = append(out, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func wantRows(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("rows:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func numberOf(err error) int32 {
	if e, ok := errors.AsType[mssql.Error](err); ok {
		return e.Number
	}
	return 0
}

func TestAClientLogsInAndFindsADedicatedPool(t *testing.T) {
	t.Parallel()
	s, db := pool(t, Options{})
	wantRows(t, read(t, db, "SELECT CAST(SERVERPROPERTY('EngineEdition') AS int), @@VERSION, DATABASEPROPERTYEX(DB_NAME(),'Collation'), DB_NAME()"),
		"6|"+Version+"|SQL_Latin1_General_CP1_CI_AS|"+s.Database())
}

func TestTablesAreMadeFilledAndRead(t *testing.T) {
	t.Parallel()
	_, db := pool(t, Options{})
	exec(t, db, "IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'x') EXEC('CREATE SCHEMA [x]')")
	exec(t, db, "IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'x') EXEC('CREATE SCHEMA [x]')")
	create := "IF OBJECT_ID(N'[x].[t]', N'U') IS NULL CREATE TABLE [x].[t] ([id] nvarchar(256) COLLATE Latin1_General_100_BIN2 NOT NULL, [n] bigint NULL, [d] decimal(10,2) NULL, [at] datetimeoffset(7) NULL) WITH (HEAP, DISTRIBUTION = HASH([id]))"
	exec(t, db, create)
	exec(t, db, create)
	if n := exec(t, db, "INSERT INTO [x].[t] ([id],[n],[d],[at]) SELECT N'a', 1, 1.5, '2024-01-02T03:04:05.1234567+02:00' UNION ALL SELECT N'A', 9223372036854775807, NULL, NULL"); n != 2 {
		t.Errorf("INSERT changed %d rows, want 2", n)
	}
	wantRows(t, read(t, db, "SELECT id, n, d, CONVERT(nvarchar(40), [at]) FROM x.t ORDER BY id"),
		"A|9223372036854775807|NULL|NULL", "a|1|1.50|2024-01-02 03:04:05.1234567 +02:00")
	if n := exec(t, db, "DELETE FROM [x].[t] FROM (SELECT N'a' COLLATE Latin1_General_100_BIN2 AS id) AS s WHERE s.id = [x].[t].[id]"); n != 1 {
		t.Errorf("DELETE changed %d rows, want 1", n)
	}
	wantRows(t, read(t, db, "SELECT COUNT_BIG(*) FROM x.t WHERE id = @p1", "A"), "1")
}
