package synapse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

func TestOpenLogsInAsTold(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	o := s.options()
	o.AppName, o.Workstation = "target-azuresqldw/1.0", "worker-7"
	p := s.open(t, o)
	l := s.seen()[0]
	if l.User != "loader" || l.Password != "pass=w0rd;&@" || l.Database != "pool" || l.App != "target-azuresqldw/1.0" || l.Host != "worker-7" || l.ReadOnly || l.TLS {
		t.Errorf("login = %+v", l)
	}
	if e := p.Engine(); e.Edition != 6 || e.Collation != "SQL_Latin1_General_CP1_CI_AS" {
		t.Errorf("engine = %+v", e)
	}
}

func TestOpenEncryptsUnlessItIsToldNotTo(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{RequireEncryption: true})
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, s.server.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, encrypt := range []Encryption{"", EncryptTrue, EncryptStrict} {
		o := s.options()
		o.Encrypt, o.Certificate = encrypt, authority
		s.open(t, o)
		if l := s.seen()[len(s.seen())-1]; !l.TLS {
			t.Errorf("encrypt %q: login was not encrypted", encrypt)
		}
	}
	o := s.options()
	o.Encrypt, o.TrustServerCertificate = EncryptTrue, true
	s.open(t, o)
}

func TestOpenRefusesWhatItDoesNotTrust(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	o := s.options()
	o.Encrypt = EncryptTrue
	_, err := Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "certificate is not trusted") || len(s.waits()) > 0 {
		t.Errorf("Open: %v, after %d attempts", err, len(s.waits())+1)
	}
	if len(s.seen()) > 0 {
		t.Error("the password was sent to a server without a trusted certificate")
	}
	bare := newScript(t, tds.Options{NoEncryption: true})
	o = bare.options()
	o.Encrypt = EncryptTrue
	if _, err = Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "encrypt: disable") || len(bare.seen()) > 0 {
		t.Errorf("Open: %v", err)
	}
}

func TestOpenRefusesEveryOtherEngine(t *testing.T) {
	t.Parallel()
	for edition, want := range map[int64]string{
		3:  "this is an SQL Server, not a dedicated SQL pool: give the host and the name of a dedicated SQL pool",
		5:  "this is an Azure SQL Database, not a dedicated SQL pool: check the database",
		8:  "this is an Azure SQL Managed Instance",
		11: "this is a serverless SQL pool or a Fabric warehouse",
		12: "this is an SQL database in Fabric",
		99: "this is engine edition 99 (Microsoft Azure SQL Data Warehouse - 10.0.18330.0)",
	} {
		s := newScript(t, tds.Options{})
		s.say(func(_ string, _ int, w tds.ResultWriter) error { return answerEngine(w, edition) })
		if _, err := Open(t.Context(), s.options()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("edition %d: %v, want %s", edition, err, want)
		}
	}
}

func TestServerlessHostNamesItsDedicatedSibling(t *testing.T) {
	t.Parallel()
	got := Engine{Edition: 11}.wayOut("ws-ondemand.sql.azuresynapse.net")
	if !strings.Contains(got, " ws.sql.azuresynapse.net") {
		t.Errorf("way out = %q", got)
	}
}

func TestLoginErrorsNameTheWayOutAndAreNotRepeated(t *testing.T) {
	t.Parallel()
	for number, want := range map[int32]string{
		18456:  "check user and password",
		110003: "check user and password",
		40615:  "add a rule",
		40532:  "check the name of the database",
	} {
		s := newScript(t, tds.Options{})
		s.admit(func(int) error { return refuse(number, "no") })
		_, err := Open(t.Context(), s.options())
		var e *Error
		if !errors.As(err, &e) || e.Number != number || e.Class != ClassAuth || !strings.Contains(err.Error(), want) || len(s.waits()) > 0 {
			t.Errorf("%d: %v (%d attempts), want %s", number, err, len(s.waits())+1, want)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "w0rd") {
			t.Errorf("%d: the error holds the password: %v", number, err)
		}
	}
}

func TestHostThatIsNotThereIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	o := s.options()
	o.Host = "no-such-host.invalid"
	_, err := Open(t.Context(), o)
	if err == nil || !strings.HasPrefix(err.Error(), "connect: ") {
		t.Errorf("Open: %v", err)
	}
}

func TestConnectingIsRepeatedWhileTheDatabaseMoves(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	s.admit(func(n int) error {
		if n < 3 {
			return refuse(40613, "Database 'pool' on server 'x' is not currently available.")
		}
		return nil
	})
	s.open(t, s.options())
	if len(s.waits()) != 2 {
		t.Errorf("slept %v, want two waits", s.waits())
	}
}

func TestPausedPoolIsAwaitedForMinutes(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	s.admit(func(n int) error {
		if n < 20 {
			return refuse(42108, "Can not connect to the SQL pool since it is paused.")
		}
		return nil
	})
	var log bytes.Buffer
	o := s.options()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	s.open(t, o)
	if len(s.waits()) != 19 || !strings.Contains(log.String(), "paused") {
		t.Errorf("slept %d times, log %s", len(s.waits()), log.String())
	}

	o.PauseWait = time.Minute
	s.admit(func(int) error { return refuse(42109, "The SQL pool is warming up.") })
	s.forget()
	_, err := Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "warming up: try again in a few minutes") || len(s.waits()) != 4 {
		t.Errorf("Open: %v after %d waits", err, len(s.waits()))
	}
}

// one, two and three are statements whose kinds differ.
func repeatableStatement(text string) Statement {
	s := statement("make", "[a].["+text+"]", text)
	s.repeatable = true
	return s
}

func TestExecJoinsStatementsAndSumsTheirRows(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	s.say(func(asked string, _ int, w tds.ResultWriter) error {
		w.Done(3)
		w.Done(-1)
		return w.Done(4)
	})
	rows, err := p.Exec(t.Context(), "run:1", statement("", "", "ONE"), dml("", Name{}, "TWO"), statement("", "", "THREE"))
	if err != nil || rows != 7 {
		t.Errorf("Exec = %d, %v", rows, err)
	}
	if got, want := s.heard(), "ONE;\nTWO\nOPTION (LABEL = 'run:1');\nTHREE"; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestJoinKeepsBatchesWithinTheirLimits(t *testing.T) {
	t.Parallel()
	var many []Statement
	for i := range 250 {
		many = append(many, statement("", "", fmt.Sprint("S", i)))
	}
	big := statement("", "", strings.Repeat("x", maxBatchBytes-10))
	batches := join("", append(many, big, big))
	var sizes []int
	for _, b := range batches {
		sizes = append(sizes, len(b.statements))
	}
	if fmt.Sprint(sizes) != "[100 100 50 1 1]" {
		t.Errorf("batches of %v statements", sizes)
	}
}

func TestTransientErrorsAreRepeatedWithGrowingPatience(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	s.say(func(_ string, n int, w tds.ResultWriter) error {
		if n < 4 {
			return refuse(40197, "The service has encountered an error processing your request.")
		}
		return errUsual
	})
	if _, err := p.Exec(t.Context(), "x", repeatableStatement("ONE")); err != nil {
		t.Fatal(err)
	}
	if len(s.waits()) != 3 || s.waits()[2] < time.Second || s.waits()[0] > time.Second {
		t.Errorf("slept %v", s.waits())
	}
	s.say(func(string, int, tds.ResultWriter) error { return refuse(40501, "The service is currently busy.") })
	s.forget()
	_, err := p.Exec(t.Context(), "x", repeatableStatement("TWO"))
	if err == nil || len(s.waits()) != 7 || s.waits()[0] < 10*time.Second {
		t.Errorf("Exec: %v, slept %v", err, s.waits())
	}
}

func TestWhatCannotBeRepeatedIsNot(t *testing.T) {
	t.Parallel()
	for number, attempts := range map[int32]int{
		1205:   1, // the statement may have been one of several
		40197:  1,
		40501:  8, // the pool did not take it
		110802: 1,
	} {
		s := newScript(t, tds.Options{})
		p := s.open(t, s.options())
		s.say(func(string, int, tds.ResultWriter) error { return refuse(number, "no") })
		p.Exec(t.Context(), "x", dml("insert into", Name{"a", "b"}, "ONE"))
		if got := len(s.waits()) + 1; got != attempts {
			t.Errorf("%d: %d attempts, want %d", number, got, attempts)
		}
	}
}

func TestDataMovementThatStumblesIsTriedOnceMore(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	s.say(func(string, int, tds.ResultWriter) error { return refuse(110802, "An internal DMS error occurred.") })
	_, err := p.Exec(t.Context(), "run:1:copy", repeatableStatement("ONE"))
	if err == nil || len(s.waits()) != 1 || !strings.Contains(err.Error(), "(error 110802, label run:1:copy)") {
		t.Errorf("Exec: %v after %d waits", err, len(s.waits()))
	}
}

func TestCopyThatLostItsConnectionBeginsWithAnEmptyTable(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	s.say(func(asked string, n int, w tds.ResultWriter) error {
		if strings.HasPrefix(asked, "COPY") && n < 3 {
			return tds.ErrDropConnection
		}
		return errUsual
	})
	copying := func(table string) Statement {
		return CopyInto(Copy{Table: Name{"a", table}, Columns: []string{"x"}, URLs: []string{"https://u/1.csv.gz"}})
	}
	if _, err := p.Exec(t.Context(), "", copying("b"), copying("c")); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, line := range strings.Split(s.heard(), " | ") {
		kinds = append(kinds, line[:4]+fmt.Sprint(strings.Count(line, ";\n")+1))
	}
	if got := strings.Join(kinds, " "); got != "COPY2 KILL1 TRUN2 COPY2 KILL1 TRUN2 COPY2" {
		t.Errorf("heard %s", got)
	}
}

func TestErrorsNameTheStatementTheyPointAt(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	s.say(func(string, int, tds.ResultWriter) error {
		return &tds.Error{Number: 105215, Class: 16, Line: 5, Message: "Not able to validate external location because The remote server returned an error: (403) Forbidden."}
	})
	copying := func(table string) Statement {
		return CopyInto(Copy{Table: Name{"a", table}, Columns: []string{"x"}, URLs: []string{"https://u/1.csv.gz"},
			Credential: Credential{SharedSignature, secret.New("sig=topsecret")}})
	}
	_, err := p.Exec(t.Context(), "run:1:copy", copying("one"), copying("two"))
	want := "copy into [a].[two]: Not able to validate external location because The remote server returned an error: (403) Forbidden. " +
		"(error 105215, label run:1:copy); the storage account refused the pool: the SAS needs read and list, and the account's firewall has to let the pool in"
	if err == nil || err.Error() != want {
		t.Errorf("Exec: %v\nwant %s", err, want)
	}
	// a line that points nowhere names them all
	s.say(func(string, int, tds.ResultWriter) error { return refuse(105215, "Not able (404)") })
	_, err = p.Exec(t.Context(), "", copying("one"), copying("two"))
	if err == nil || !strings.HasPrefix(err.Error(), "copy into [a].[one], [a].[two]: Not able (404) (error 105215); the file or the container is not there") {
		t.Errorf("Exec: %v", err)
	}
}

func TestFirstMessageOfThePoolIsNotLost(t *testing.T) {
	t.Parallel()
	err := newBatch("", []Statement{dml("insert into", Name{"a", "b"}, "INSERT")}).explain("x", mssql.Error{
		Number: 111233, Message: "The current transaction has aborted.",
		All: []mssql.Error{
			{Number: 13812, Message: "Bulk load data conversion error (truncation) for row 17, column 3."},
			{Number: 111233, Message: "The current transaction has aborted."},
		},
	})
	if err.Number != 13812 || err.Class != ClassData || !strings.Contains(err.Error(), "row 17, column 3.; The current") {
		t.Errorf("explain = %v", err)
	}
}

func TestTransactCommitsWhatSucceeds(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	err := p.Transact(t.Context(), "run:1", func(tx *Tx) error {
		if err := tx.ExecOne(t.Context(), dml("update", Name{"a", "b"}, "FENCE")); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), statement("", "", "DELETE"), statement("", "", "INSERT"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.heard(), "BEGIN | FENCE\nOPTION (LABEL = 'run:1') | DELETE;\nINSERT | COMMIT"; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestTransactRollsBackOnce(t *testing.T) {
	t.Parallel()
	ours := errors.New("ours")
	for name, c := range map[string]struct {
		answer func(string, int, tds.ResultWriter) error
		do     func(context.Context, *Tx) error
		want   string
		is     error
	}{
		"statement fails": {
			func(asked string, _ int, _ tds.ResultWriter) error {
				if asked == "ONE;\n" {
					return refuse(8115, "Arithmetic overflow error")
				}
				return errUsual
			},
			func(ctx context.Context, tx *Tx) error { _, err := tx.Exec(ctx, statement("", "", "ONE")); return err },
			"BEGIN | ONE | ROLLBACK", nil,
		},
		"caller gives up": {nil, func(context.Context, *Tx) error { return ours }, "BEGIN | ROLLBACK", ours},
		"fenced off": {
			func(_ string, _ int, w tds.ResultWriter) error {
				if w == nil {
					return nil
				}
				return w.Done(0)
			},
			func(ctx context.Context, tx *Tx) error { return tx.ExecOne(ctx, statement("update", "[s]", "FENCE")) },
			"BEGIN | FENCE | ROLLBACK", ErrFenced,
		},
		"connection lost": {
			func(asked string, _ int, _ tds.ResultWriter) error {
				if asked == "ONE;\n" {
					return tds.ErrDropConnection
				}
				return errUsual
			},
			func(ctx context.Context, tx *Tx) error { _, err := tx.Exec(ctx, statement("", "", "ONE")); return err },
			"BEGIN | ONE | KILL 'SID1'", nil,
		},
		"DDL": {nil, func(ctx context.Context, tx *Tx) error { _, err := tx.Exec(ctx, DropTable(Name{"a", "b"})); return err }, "BEGIN | ROLLBACK", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, tds.Options{})
			p := s.open(t, s.options())
			s.say(c.answer)
			err := p.Transact(t.Context(), "x", func(tx *Tx) error { return c.do(t.Context(), tx) })
			if err == nil || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("Transact: %v", err)
			}
			if _, unknown := errors.AsType[*UnknownOutcomeError](err); unknown {
				t.Errorf("Transact: %v, though nothing was committed", err)
			}
			if got := s.heard(); got != c.want {
				t.Errorf("heard %q, want %q", got, c.want)
			}
			s.say(nil)
			if _, err := p.Exec(t.Context(), "", repeatableStatement("AFTER")); err != nil {
				t.Errorf("the pool is of no use afterwards: %v", err)
			}
		})
	}
}

func TestCommitWithoutAnswerHasAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   func(tds.Event) error
		unknown bool
	}{
		"dropped before": {func(e tds.Event) error { return dropAt(e, tds.BeforeRequest) }, true},
		"dropped after":  {func(e tds.Event) error { return dropAt(e, tds.AfterRequest) }, true},
		"failed over":    {func(e tds.Event) error { return failAt(e, 40197) }, true},
		"aborted":        {func(e tds.Event) error { return failAt(e, 111233) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t, tds.Options{})
			s.fault = c.fault
			p := s.open(t, s.options())
			err := p.Transact(t.Context(), "run:9", func(*Tx) error { return nil })
			_, unknown := errors.AsType[*UnknownOutcomeError](err)
			if err == nil || unknown != c.unknown {
				t.Errorf("Transact: %v, unknown %v, want %v", err, unknown, c.unknown)
			}
			if unknown && !strings.Contains(err.Error(), "commit run:9: outcome unknown: ") {
				t.Errorf("Transact: %v", err)
			}
		})
	}
}

func dropAt(e tds.Event, point tds.Point) error {
	if e.Kind == tds.KindCommit && e.Point == point {
		return tds.ErrDropConnection
	}
	return nil
}

func failAt(e tds.Event, number int32) error {
	if e.Kind == tds.KindCommit && e.Point == tds.BeforeRequest {
		return refuse(number, "no")
	}
	return nil
}

func TestCommitThatHangsHasAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	o := s.options()
	o.Patience.Commit = 20 * time.Millisecond
	p := s.open(t, o)
	s.hangs = true
	err := p.Transact(t.Context(), "run:9", func(*Tx) error { return nil })
	if _, unknown := errors.AsType[*UnknownOutcomeError](err); !unknown {
		t.Errorf("Transact: %v", err)
	}
}

func TestCancelledContextKeepsCommitFromBeingSent(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	ctx, cancel := context.WithCancel(t.Context())
	err := p.Transact(ctx, "x", func(*Tx) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || s.heard() != "BEGIN | ROLLBACK" {
		t.Errorf("Transact: %v, heard %q", err, s.heard())
	}
}

func TestBeginIsRepeatedOnAFreshConnection(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	s.server.DropConnections() // as a gateway does to idle ones
	if err := p.Transact(t.Context(), "x", func(*Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got := s.heard(); !strings.HasSuffix(got, "BEGIN | COMMIT") {
		t.Errorf("heard %q", got)
	}
}

func TestLogShowsStatementsWithoutSecrets(t *testing.T) {
	t.Parallel()
	s := newScript(t, tds.Options{})
	var log bytes.Buffer
	o := s.options()
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p := s.open(t, o)
	c := CopyInto(Copy{Table: Name{"a", "b"}, Columns: []string{"x"}, URLs: []string{"https://u/1.csv.gz"},
		Credential: Credential{AccountKey, secret.New("topsecret==")}})
	if _, err := p.Exec(t.Context(), "run:1", c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.heard(), "topsecret==") {
		t.Error("the pool was not told the secret")
	}
	text := log.String() + fmt.Sprintf("%v %+v %s %#v %q %v %+v", c, c, c, c, c, []Statement{c}, struct{ s Statement }{c})
	if !strings.Contains(text, "COPY INTO [a].[b]") || !strings.Contains(text, "SECRET = 'REDACTED'") || strings.Contains(text, "topsecret") {
		t.Errorf("log: %s", text)
	}
}
