package synapse

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// script is a pool that understands nothing: a test says what it answers. It
// speaks the real protocol to the real driver.
type script struct {
	server *tds.Server
	addr   *net.TCPAddr

	mu     sync.Mutex
	asked  []string // batches, and BEGIN, COMMIT, ROLLBACK
	logins []tds.Login
	slept  []time.Duration

	// answer answers what the engine probe does not; nil means done.
	answer func(asked string, nth int, w tds.ResultWriter) error
	login  func(nth int) error
	hangs  bool // COMMIT is answered when the client loses patience
	fault  func(tds.Event) error
}

func newScript(t *testing.T, o tds.Options) *script {
	t.Helper()
	s := &script{}
	o.Handler = s
	o.Fault = func(_ context.Context, e tds.Event) error {
		if s.fault == nil {
			return nil
		}
		return s.fault(e)
	}
	server, err := tds.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.server, s.addr = server, l.Addr().(*net.TCPAddr)
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(l)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return s
}

func (s *script) options() Options {
	return Options{
		Host: "127.0.0.1", Port: s.addr.Port, Database: "pool", User: "loader", Password: secret.New("pass=w0rd;&@"),
		Encrypt: EncryptDisable,
		Sleep: func(_ context.Context, d time.Duration) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.slept = append(s.slept, d)
			return nil
		},
	}
}

func (s *script) open(t *testing.T, o Options) *Pool {
	t.Helper()
	p, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// say sets what the script answers, admit how it takes logins.
func (s *script) say(answer func(asked string, nth int, w tds.ResultWriter) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *script) admit(login func(nth int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.login = login
}

func (s *script) waits() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slept
}

func (s *script) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slept = nil
}

func (s *script) seen() []tds.Login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// reply is the answer to what was asked.
func (s *script) reply(asked string, w tds.ResultWriter) error {
	n := s.note(asked)
	s.mu.Lock()
	answer := s.answer
	s.mu.Unlock()
	if answer == nil {
		return errUsual
	}
	return answer(asked, n, w)
}

// note remembers what was asked and says the how manieth it was of its kind.
func (s *script) note(asked string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 1
	for _, a := range s.asked {
		if a == asked {
			n++
		}
	}
	s.asked = append(s.asked, asked)
	return n
}

// heard is what was asked after the engine probe.
func (s *script) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, a := range s.asked {
		if !strings.Contains(a, "EngineEdition") {
			lines = append(lines, strings.TrimSuffix(a, ";\n"))
		}
	}
	return strings.Join(lines, " | ")
}

func (s *script) Login(_ context.Context, l tds.Login) (tds.Session, error) {
	s.mu.Lock()
	s.logins = append(s.logins, l)
	n, login := len(s.logins), s.login
	s.mu.Unlock()
	if login != nil {
		if err := login(n); err != nil {
			return nil, err
		}
	}
	return &scriptSession{s}, nil
}

type scriptSession struct{ s *script }

func (*scriptSession) Database() string              { return "pool" }
func (*scriptSession) Reset(context.Context) error   { return nil }
func (*scriptSession) Close() error                  { return nil }
func (c *scriptSession) Begin(context.Context) error { return c.s.manage("BEGIN") }
func (c *scriptSession) Commit(ctx context.Context) error {
	if c.s.hangs {
		<-ctx.Done()
	}
	return c.s.manage("COMMIT")
}
func (c *scriptSession) Rollback(context.Context) error { return c.s.manage("ROLLBACK") }

func (s *script) manage(what string) error {
	if err := s.reply(what, nil); !errors.Is(err, errUsual) {
		return err
	}
	return nil
}

func (c *scriptSession) Execute(_ context.Context, r tds.Request, w tds.ResultWriter) error {
	if r.Text == "SELECT SESSION_ID()" {
		return answerRow(w, []tds.Column{{Type: sqltype.NVarChar(32)}}, "SID1")
	}
	if err := c.s.reply(r.Text, w); !errors.Is(err, errUsual) {
		return err
	}
	if strings.Contains(r.Text, "EngineEdition") {
		return answerEngine(w, 6)
	}
	return w.Done(1)
}

// errUsual makes the script answer as it would by itself.
var errUsual = errors.New("the usual answer")

func answerEngine(w tds.ResultWriter, edition int64) error {
	return answerRow(w, []tds.Column{
		{Name: "edition", Type: sqltype.Int},
		{Name: "version", Type: sqltype.NVarChar(300)},
		{Name: "collation", Type: sqltype.NVarChar(128)},
	}, edition, "Microsoft Azure SQL Data Warehouse - 10.0.18330.0", sqltype.DefaultCollation)
}

func answerRow(w tds.ResultWriter, columns []tds.Column, values ...any) error {
	if err := w.Columns(columns); err != nil {
		return err
	}
	if err := w.Row(values); err != nil {
		return err
	}
	return w.Done(1)
}

func refuse(number int32, message string) error {
	return &tds.Error{Number: number, Class: 16, State: 1, Message: message, Line: 1}
}

func intType() sqltype.Type { return sqltype.Int }
