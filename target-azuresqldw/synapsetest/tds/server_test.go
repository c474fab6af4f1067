package tds_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// pool is a Handler whose sessions answer requests from a table of texts.
type pool struct {
	answers map[string]func(ctx context.Context, r tds.Request, w tds.ResultWriter) error
	events  chan string
}

func (p *pool) Login(_ context.Context, l tds.Login) (tds.Session, error) {
	if l.Token != "" && l.Token != "a token" || l.Token == "" && (l.User != "loader" || l.Password != "pä$$wörd" || l.Database != "dw") {
		return nil, errors.New("who is that")
	}
	return &session{p: p}, nil
}

type session struct{ p *pool }

func (s *session) Database() string { return "dw" }
func (s *session) Execute(ctx context.Context, r tds.Request, w tds.ResultWriter) error {
	if f := s.p.answers[r.Text]; f != nil {
		return f(ctx, r, w)
	}
	return &tds.Error{Number: 208, Class: 16, Message: "Invalid object name '" + r.Text + r.Procedure + "'.", Line: 3}
}
func (s *session) event(e string) error {
	select {
	case s.p.events <- e:
	default:
	}
	return nil
}
func (s *session) Begin(context.Context) error    { return s.event("begin") }
func (s *session) Commit(context.Context) error   { return s.event("commit") }
func (s *session) Rollback(context.Context) error { return s.event("rollback") }
func (s *session) Reset(context.Context) error    { return s.event("reset") }
func (s *session) Close() error                   { return s.event("close") }

// start serves on the loopback and gives the DSN of a client without encryption.
func start(t *testing.T, p *pool, o tds.Options) (*tds.Server, *url.URL) {
	t.Helper()
	o.Handler = p
	o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := tds.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; !errors.Is(err, tds.ErrServerClosed) {
			t.Errorf("Serve = %v, want ErrServerClosed", err)
		}
	})
	return s, &url.URL{
		Scheme: "sqlserver", User: url.UserPassword("loader", "pä$$wörd"), Host: l.Addr().String(),
		RawQuery: "database=dw&encrypt=disable&dial+timeout=5",
	}
}

func open(t *testing.T, dsn *url.URL, query string) *sql.DB {
	t.Helper()
	u := *dsn
	q := u.Query()
	extra, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range extra {
		q[k] = v
	}
	u.RawQuery = q.Encode()
	db, err := sql.Open("sqlserver", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func selectOne(_ context.Context, _ tds.Request, w tds.ResultWriter) error {
	return errors.Join(
		w.Columns([]tds.Column{{Name: "one", Type: sqltype.Int}}),
		w.Row([]any{int64(1)}),
		w.Done(1))
}

func newPool() *pool {
	return &pool{events: make(chan string, 16), answers: map[string]func(context.Context, tds.Request, tds.ResultWriter) error{
		"SELECT 1":  selectOne,
		"select 1;": selectOne, // Ping
	}}
}

func mustScanOne(t *testing.T, db *sql.DB) {
	t.Helper()
	var one int
	if err := db.QueryRowContext(t.Context(), "SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Fatalf("SELECT 1 = %d, %v", one, err)
	}
}

func TestClientsLogInWithEveryKindOfEncryption(t *testing.T) {
	t.Parallel()
	s, dsn := start(t, newPool(), tds.Options{})
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, s.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"encrypt=disable",
		"encrypt=false&TrustServerCertificate=true",
		"encrypt=true&certificate=" + url.QueryEscape(file),
		"encrypt=true&TrustServerCertificate=true&packet+size=32767",
		"encrypt=strict&certificate=" + url.QueryEscape(file),
		"encrypt=disable&packet+size=512",
	} {
		t.Run(query, func(t *testing.T) { mustScanOne(t, open(t, dsn, query)) })
	}
}

func TestCertificateOfAnotherServerIsNotBelieved(t *testing.T) {
	t.Parallel()
	_, dsn := start(t, newPool(), tds.Options{})
	other, err := tds.NewServer(tds.Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, other.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	err = open(t, dsn, "encrypt=true&certificate="+url.QueryEscape(file)).PingContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("ping = %v, want a certificate error", err)
	}
}

func TestServersThatRequireEncryptionRefuseClearText(t *testing.T) {
	t.Parallel()
	_, dsn := start(t, newPool(), tds.Options{RequireEncryption: true})
	if err := open(t, dsn, "encrypt=disable").PingContext(t.Context()); err == nil {
		t.Error("a client without encryption was let in")
	}
	mustScanOne(t, open(t, dsn, "encrypt=false&TrustServerCertificate=true"))
}

func TestWrongPasswordsHaveTheNumberOfTheServerOrOfTheGateway(t *testing.T) {
	t.Parallel()
	for _, gateway := range []bool{false, true} {
		_, dsn := start(t, newPool(), tds.Options{GatewayError: gateway})
		dsn.User = url.UserPassword("loader", "guess")
		want := int32(18456)
		if gateway {
			want = 110003
		}
		for _, query := range []string{"encrypt=disable", "encrypt=true&TrustServerCertificate=true", "encrypt=false&TrustServerCertificate=true"} {
			err := open(t, dsn, query).PingContext(t.Context())
			if e, ok := errors.AsType[mssql.Error](err); !ok || e.Number != want {
				t.Errorf("gateway %v, %s: ping = %v, want number %d", gateway, query, err, want)
			}
		}
	}
}

func TestTokensLogIn(t *testing.T) {
	t.Parallel()
	_, dsn := start(t, newPool(), tds.Options{})
	dsn.User = nil
	for _, token := range []string{"a token", "another"} {
		connector, err := mssql.NewAccessTokenConnector(dsn.String(), func() (string, error) { return token, nil })
		if err != nil {
			t.Fatal(err)
		}
		db := sql.OpenDB(connector)
		defer db.Close()
		if err := db.PingContext(t.Context()); (err == nil) != (token == "a token") {
			t.Errorf("ping with %q = %v", token, err)
		}
	}
}

func TestValuesOfEveryTypeArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	p := newPool()
	dec, _ := sqltype.ParseDecimal("-12345678901234567890123456789012345678")
	small, _ := sqltype.ParseDecimal("0.0000000001")
	date, _ := sqltype.NewDate(9999, 12, 31)
	clock, _ := sqltype.NewTime(23, 59, 59, 9999999)
	first, _ := sqltype.NewDate(1, 1, 1)
	offset, _ := sqltype.NewDateTimeOffset(sqltype.DateTime{Date: date - 1, Time: clock}, -330)
	guid, _ := sqltype.ParseGUID("01020304-0506-0708-090A-0B0C0D0E0F10")
	long := strings.Repeat("ü😀", 70_000)
	cases := []struct {
		t    sqltype.Type
		v    any
		want string
	}{
		{sqltype.Bit, true, "true"},
		{sqltype.TinyInt, int64(255), "255"},
		{sqltype.SmallInt, int64(-32768), "-32768"},
		{sqltype.Int, int64(math.MinInt32), "-2147483648"},
		{sqltype.BigInt, int64(math.MinInt64), "-9223372036854775808"},
		{sqltype.DecimalType(38, 0), dec, "-12345678901234567890123456789012345678"},
		{sqltype.DecimalType(38, 10), small, "0.0000000001"},
		{sqltype.Money, sqltype.NewDecimal(math.MinInt64, 4), "-922337203685477.5808"},
		{sqltype.SmallMoney, sqltype.NewDecimal(-5, 4), "-0.0005"},
		{sqltype.Real, float64(float32(0.1)), "0.10000000149011612"},
		{sqltype.Float, 0.1, "0.1"},
		{sqltype.DateType, first, "0001-01-01 00:00:00 +0000 UTC"},
		{sqltype.DateType, date, "9999-12-31 00:00:00 +0000 UTC"},
		{sqltype.TimeType(7), clock, "0001-01-01 23:59:59.9999999 +0000 UTC"},
		{sqltype.DateTime2Type(7), sqltype.DateTime{Date: date, Time: clock}, "9999-12-31 23:59:59.9999999 +0000 UTC"},
		{sqltype.DateTime2Type(0), sqltype.DateTime{Date: first}, "0001-01-01 00:00:00 +0000 UTC"},
		{sqltype.DateTimeOffsetType(7), offset, "9999-12-30 23:59:59.9999999 -0530 -0530"},
		{sqltype.NVarChar(4000), "grüße 😀", "grüße 😀"},
		{sqltype.NVarChar(1), "", ""},
		{sqltype.NVarChar(sqltype.Max), long, long},
		{sqltype.NVarChar(sqltype.Max), "", ""},
		{sqltype.VarChar(10), "grüße", "grüße"},
		{sqltype.VarBinary(4), []byte{0, 1, 255}, "[0 1 255]"},
		{sqltype.VarBinary(sqltype.Max), []byte{1}, "[1]"},
		{sqltype.UniqueIdentifier, guid, "[4 3 2 1 6 5 8 7 9 10 11 12 13 14 15 16]"},
	}
	p.answers["SELECT *"] = func(_ context.Context, _ tds.Request, w tds.ResultWriter) error {
		var cols []tds.Column
		var row, nulls []any
		for i, c := range cases {
			cols = append(cols, tds.Column{Name: fmt.Sprint("c", i), Type: c.t, Nullable: true})
			row = append(row, c.v)
			nulls = append(nulls, nil)
		}
		return errors.Join(w.Columns(cols), w.Row(row), w.Row(nulls), w.Row(row), w.Done(3))
	}
	_, dsn := start(t, p, tds.Options{})
	rows, err := open(t, dsn, "packet size=512").QueryContext(t.Context(), "SELECT *")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := make([]any, len(cases))
	into := make([]any, len(cases))
	for i := range got {
		into[i] = &got[i]
	}
	n := 0
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, c := range cases {
			text := fmt.Sprint(got[i])
			if b, ok := got[i].([]byte); ok && c.t.Kind.IsDecimal() {
				text = string(b)
			}
			if n == 1 {
				if got[i] != nil {
					t.Errorf("%v: NULL arrived as %v", c.t, got[i])
				}
			} else if text != c.want {
				t.Errorf("%v: %.60s arrived, want %.60s", c.t, text, c.want)
			}
		}
	}
	if err := rows.Err(); err != nil || n != 3 {
		t.Errorf("%d rows, %v; want 3", n, err)
	}
}

func TestParametersArriveWithTheirDeclaredTypes(t *testing.T) {
	t.Parallel()
	p := newPool()
	var got []tds.Param
	p.answers["SELECT @p1"] = func(ctx context.Context, r tds.Request, w tds.ResultWriter) error {
		got = r.Params
		return selectOne(ctx, r, w)
	}
	_, dsn := start(t, p, tds.Options{})
	db := open(t, dsn, "")
	when := time.Date(2024, 2, 29, 23, 59, 58, 123456700, time.FixedZone("", 5*3600+1800))
	long := strings.Repeat("😀", 5000)
	_, err := db.ExecContext(t.Context(), "SELECT @p1", "grüße", int64(-5), true, 0.5, when, []byte{1, 2}, nil, long, mssql.DateTime1(when), mssql.VarChar("plain"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"@p1 nvarchar(5) grüße", "@p2 bigint -5", "@p3 bit true", "@p4 float 0.5", "@p5 datetimeoffset(7) 2024-02-29 23:59:58.1234567 +05:30",
		"@p6 varbinary(2) [1 2]", "@p7 nvarchar(1) <nil>", "@p8 nvarchar(max) " + long, "@p9 datetime 2024-02-29 23:59:58.1230000", "@p10 varchar(5) plain",
	} {
		if i >= len(got) {
			t.Fatalf("%d parameters", len(got))
		}
		if text := fmt.Sprint(got[i].Name, " ", got[i].Type, " ", got[i].Value); text != want {
			t.Errorf("parameter %d = %.80s, want %.80s", i+1, text, want)
		}
	}
	if _, err := db.ExecContext(t.Context(), "SELECT @p1", mssql.UniqueIdentifier{1}); err == nil || !strings.Contains(err.Error(), "Unsupported parameter type") {
		t.Errorf("a uniqueidentifier parameter = %v, want it refused", err)
	}
}

func TestPreparedStatementsCanBeUsedAgain(t *testing.T) {
	t.Parallel()
	p := newPool()
	p.answers["SELECT @p1"] = func(_ context.Context, r tds.Request, w tds.ResultWriter) error {
		return errors.Join(w.Columns([]tds.Column{{Name: "p", Type: r.Params[0].Type}}), w.Row([]any{r.Params[0].Value}), w.Done(1))
	}
	_, dsn := start(t, p, tds.Options{})
	stmt, err := open(t, dsn, "").PrepareContext(t.Context(), "SELECT @p1")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	for _, want := range []int64{1, 2} {
		var got int64
		if err := stmt.QueryRowContext(t.Context(), want).Scan(&got); err != nil || got != want {
			t.Errorf("prepared query = %d, %v, want %d", got, err, want)
		}
	}
}

func TestErrorsAmongStatementsKeepTheirNumbersAndTheResultsAroundThem(t *testing.T) {
	t.Parallel()
	p := newPool()
	p.answers["three statements"] = func(ctx context.Context, r tds.Request, w tds.ResultWriter) error {
		return errors.Join(
			w.Done(7),
			w.Info(&tds.Error{Number: 0, Message: "by the way"}),
			w.Done(5),
			w.Error(&tds.Error{Number: 8152, Class: 16, State: 4, Message: "too long", Line: 9}))
	}
	p.answers["two results"] = func(ctx context.Context, r tds.Request, w tds.ResultWriter) error {
		return errors.Join(selectOne(ctx, r, w), w.Done(-1), w.Done(3), selectOne(ctx, r, w))
	}
	_, dsn := start(t, p, tds.Options{ServerName: "pool1"})
	db := open(t, dsn, "")
	_, err := db.ExecContext(t.Context(), "three statements")
	e, ok := errors.AsType[mssql.Error](err)
	if !ok || e.Number != 8152 || e.State != 4 || e.Class != 16 || e.LineNo != 9 || e.ServerName != "pool1" || e.Message != "too long" {
		t.Errorf("error = %+v, want 8152 as it was sent", err)
	}
	_, err = db.ExecContext(t.Context(), "no such thing", "with a parameter")
	if e, ok := errors.AsType[mssql.Error](err); !ok || e.Number != 208 || e.LineNo != 3 {
		t.Errorf("error of a call = %v, want 208", err)
	}
	rows, err := db.QueryContext(t.Context(), "two results")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	sets := 0
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			sets++
		}
	}
	if err := rows.Err(); err != nil || sets != 2 {
		t.Errorf("%d rows in all result sets, %v; want 2", sets, err)
	}
}

func TestTransactionsAreToldApart(t *testing.T) {
	t.Parallel()
	p := newPool()
	p.answers["BEGIN TRAN"] = func(_ context.Context, _ tds.Request, w tds.ResultWriter) error {
		return errors.Join(w.Transaction(tds.Began), w.Done(-1))
	}
	p.answers["COMMIT"] = func(_ context.Context, _ tds.Request, w tds.ResultWriter) error {
		return errors.Join(w.Transaction(tds.Committed), w.Done(-1))
	}
	_, dsn := start(t, p, tds.Options{})
	db := open(t, dsn, "")
	for _, end := range []string{"commit", "rollback"} {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "SELECT 1"); err != nil {
			t.Fatal(err)
		}
		if end == "commit" {
			err = tx.Commit()
		} else {
			err = tx.Rollback()
		}
		if err != nil {
			t.Fatal(err)
		}
		for got := ""; got != end; {
			if got = <-p.events; got != "reset" && got != "begin" && got != end {
				t.Errorf("event %q, want begin and %s", got, end)
			}
		}
	}
	if _, err := db.ExecContext(t.Context(), "BEGIN TRAN"); err != nil {
		t.Error(err)
	}
}

func TestConnectionsAreResetBetweenUses(t *testing.T) {
	t.Parallel()
	p := newPool()
	_, dsn := start(t, p, tds.Options{})
	db := open(t, dsn, "")
	db.SetMaxOpenConns(1)
	mustScanOne(t, db)
	mustScanOne(t, db)
	if got := <-p.events; got != "reset" {
		t.Errorf("event %q, want reset", got)
	}
}

func TestCancelledQueriesLeaveTheConnectionUsable(t *testing.T) {
	t.Parallel()
	p := newPool()
	running := make(chan struct{})
	p.answers["WAIT FOR IT"] = func(ctx context.Context, _ tds.Request, w tds.ResultWriter) error {
		running <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	_, dsn := start(t, p, tds.Options{})
	for _, query := range []string{"encrypt=disable", "encrypt=true&TrustServerCertificate=true"} {
		db := open(t, dsn, query)
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-running
				cancel()
			}()
			if _, err := conn.ExecContext(ctx, "WAIT FOR IT"); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled query = %v, want context.Canceled", err)
			}
			if _, err := conn.ExecContext(t.Context(), "SELECT 1"); err != nil {
				t.Errorf("after a cancelled query: %v", err)
			}
		}
	}
}

func TestSessionsCloseWhenTheirClientsGo(t *testing.T) {
	t.Parallel()
	p := newPool()
	running := make(chan struct{}, 1)
	p.answers["WAIT FOR IT"] = func(ctx context.Context, _ tds.Request, w tds.ResultWriter) error {
		running <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	s, dsn := start(t, p, tds.Options{})
	db := open(t, dsn, "")
	done := make(chan error, 1)
	go func() {
		_, err := db.ExecContext(t.Context(), "WAIT FOR IT")
		done <- err
	}()
	<-running
	s.DropConnections()
	if err := <-done; err == nil {
		t.Error("a query outlived its connection")
	}
	for got := ""; got != "close"; {
		if got = <-p.events; got != "close" && got != "reset" {
			t.Errorf("event %q, want close", got)
		}
	}
}

func TestFaultsStandBeforeAndBehindRequests(t *testing.T) {
	t.Parallel()
	p := newPool()
	var current atomic.Value
	set := func(f tds.Fault) { current.Store(f) }
	set(func(context.Context, tds.Event) error { return nil })
	_, dsn := start(t, p, tds.Options{Fault: func(ctx context.Context, e tds.Event) error {
		return current.Load().(tds.Fault)(ctx, e)
	}})
	commit := func() error {
		t.Helper()
		tx, err := open(t, dsn, "").BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return tx.Commit()
	}
	committed := func() bool {
		for {
			select {
			case e := <-p.events:
				if e == "commit" {
					return true
				}
			default:
				return false
			}
		}
	}
	for _, point := range []tds.Point{tds.BeforeRequest, tds.AfterRequest} {
		set(func(_ context.Context, e tds.Event) error {
			if e.Kind == tds.KindCommit && e.Point == point {
				return tds.ErrDropConnection
			}
			return nil
		})
		if err := commit(); err == nil {
			t.Errorf("point %d: commit returned nil on a dropped connection", point)
		}
		if got, want := committed(), point == tds.AfterRequest; got != want {
			t.Errorf("point %d: committed = %v, want %v", point, got, want)
		}
	}
	set(func(_ context.Context, e tds.Event) error {
		if e.Kind == tds.KindBatch && e.Point == tds.BeforeRequest {
			return &tds.Error{Number: 40501, Class: 20, Message: "The service is currently busy."}
		}
		return nil
	})
	conn, err := open(t, dsn, "").Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = conn.ExecContext(t.Context(), "SELECT 1")
	if e, ok := errors.AsType[mssql.Error](err); !ok || e.Number != 40501 {
		t.Errorf("error = %v, want 40501", err)
	}
	set(func(context.Context, tds.Event) error { return nil })
	if _, err = conn.ExecContext(t.Context(), "SELECT 1"); err == nil {
		t.Error("a connection outlived an error of class 20")
	}
}

func TestRequestsBeyondTheCapAreRefused(t *testing.T) {
	t.Parallel()
	p := newPool()
	_, dsn := start(t, p, tds.Options{MaxMessageBytes: 1 << 16})
	db := open(t, dsn, "")
	_, err := db.ExecContext(t.Context(), "SELECT "+strings.Repeat("x", 1<<16))
	if e, ok := errors.AsType[mssql.Error](err); !ok || e.Number != 4002 {
		t.Errorf("a request of 128 KiB = %v, want 4002", err)
	}
	mustScanOne(t, open(t, dsn, ""))
}
