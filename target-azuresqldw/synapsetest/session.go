package synapsetest

import (
	"context"
	"errors"
	"strings"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// transaction is what XACT_STATE() answers. A pool says -2 after an error, where
// SQL Server says -1 (sql-data-warehouse-develop-transactions, "Transaction state").
type transaction int64

const (
	noTransaction transaction = 0
	active        transaction = 1
	doomed        transaction = -2
)

// session is one client's connection.
type session struct {
	server    *Server
	e         *engine
	id        int
	user      string
	app       string
	hangUp    func() // cuts the connection; nil for Server.Query's own
	direct    bool   // Server.Query's own: not recorded
	tran      transaction
	writing   bool // holds the writer's place and an open SQLite transaction
	rowCount  int64
	lastError int32          // @@ERROR
	caught    *sqltype.Error // inside CATCH
	options   sessionOptions
	temp      map[string]*table // by folded name
}

type sessionOptions struct {
	noCount, fmtOnly bool
	implicit         bool // IMPLICIT_TRANSACTIONS
	rowLimit         int
	rules            sqltype.Rules
}

// Database gives the only database there is.
func (s *session) Database() string { return s.e.database }

// Execute runs a batch.
func (s *session) Execute(ctx context.Context, q tds.Request, w tds.ResultWriter) error {
	if q.Procedure != "" {
		return sqltype.Errorf(2812, "Could not find stored procedure '%s'.", q.Procedure)
	}
	record := s.server.record(s, q)
	if len(q.Params) > 2098 {
		// capacity limits: 2,098 parameters of a procedure or sp_executesql
		return record.finish(sqltype.Errorf(8003, "The incoming request has too many parameters. The server supports a maximum of 2098 parameters."))
	}
	list, err := tsql.Parse(q.Text)
	if err != nil {
		s.doom()
		return record.finish(asError(err, nil))
	}
	r := &run{s: s, w: w, vars: map[string]*variable{}}
	for _, p := range q.Params {
		r.vars[fold(p.Name)] = &variable{typ: p.Type, value: p.Value, output: p.Output}
	}
	if err := r.statements(ctx, list); err != nil {
		if errors.Is(err, errBreak) {
			err = sqltype.Errorf(135, "Cannot use a BREAK statement outside the scope of a WHILE statement.")
		}
		return record.finish(err)
	}
	for _, p := range q.Params {
		if v := r.vars[fold(p.Name)]; p.Output {
			if err := w.Output(p.Name, v.value); err != nil {
				return record.finish(err)
			}
		}
	}
	return record.finish(nil)
}

// Begin is the client's request to begin a transaction.
func (s *session) Begin(ctx context.Context) error {
	return s.around("BEGIN TRANSACTION", func() error { return s.begin() })
}

// Commit is the client's request to commit.
func (s *session) Commit(ctx context.Context) error {
	return s.around("COMMIT TRANSACTION", func() error { return s.commit() })
}

// Rollback is the client's request to roll back.
func (s *session) Rollback(ctx context.Context) error {
	return s.around("ROLLBACK TRANSACTION", func() error { return s.rollback() })
}

// around records a request of the transaction manager and lets faults happen to it.
func (s *session) around(text string, f func() error) error {
	record := s.server.record(s, tds.Request{Text: text})
	return record.finish(s.faulty(text, f))
}

// Reset returns the session to what it was after login.
func (s *session) Reset(context.Context) error {
	s.options = sessionOptions{}
	s.rowCount = 0
	if s.tran != noTransaction {
		if err := s.rollback(); err != nil {
			return err
		}
	}
	return s.dropTemporary()
}

// Close ends the session.
func (s *session) Close() error {
	var err error
	if s.tran != noTransaction {
		err = s.rollback()
	}
	err = errors.Join(err, s.dropTemporary())
	s.server.forget(s)
	return err
}

func (s *session) dropTemporary() error {
	if len(s.temp) == 0 {
		return nil
	}
	for _, t := range s.temp {
		if _, err := s.change(context.Background(), func(ctx context.Context) (int64, error) {
			s.e.catalog.drop(t)
			return 0, s.e.exec(ctx, "DROP TABLE IF EXISTS "+tableSQL(t))
		}); err != nil {
			return err
		}
	}
	s.temp = map[string]*table{}
	return nil
}

func (s *session) begin() error {
	switch s.tran {
	case doomed:
		return errAborted()
	case active:
		// develop-transactions: no nested transactions; the number is our assumption.
		return errInTransaction()
	}
	s.tran = active
	return nil
}

func (s *session) commit() error {
	switch s.tran {
	case noTransaction:
		return errNoTransaction()
	case doomed:
		return errAborted()
	}
	s.tran = noTransaction
	if !s.writing {
		return nil
	}
	return s.end("COMMIT")
}

func (s *session) rollback() error {
	if s.tran == noTransaction {
		return errNoTransaction()
	}
	s.tran = noTransaction
	if !s.writing {
		return nil
	}
	return s.end("ROLLBACK")
}

// end ends the SQLite transaction and gives up the writer's place.
func (s *session) end(verb string) error {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	err := s.e.exec(context.Background(), verb)
	s.writing = false
	s.e.catalog.version++ // identity values and temporary tables may have gone back
	<-s.e.writer
	return err
}

// doom makes a transaction one that can only be rolled back; what it did is undone at once.
func (s *session) doom() {
	if s.tran != active {
		return
	}
	s.tran = doomed
	if s.writing {
		_ = s.end("ROLLBACK") // SQLite may have rolled back by itself
	}
}

// Errors of transactions: numbers from sql-data-warehouse-develop-transactions and
// sqlalchemy issue 8231.
func errAborted() error {
	return sqltype.Errorf(111233, "111233;The current transaction has aborted, and any pending changes have been rolled back. Cause: A transaction in a rollback-only state was not explicitly rolled back before a DDL, DML or SELECT statement.")
}

func errNoTransaction() error {
	return sqltype.Errorf(111214, "111214;An attempt to complete a transaction has failed. No corresponding transaction found.")
}

func errInTransaction() error {
	return sqltype.Errorf(111212, "111212;Operation cannot be performed within a transaction.")
}

// lock takes the engine for one statement of this session.
func (s *session) lock() {
	s.e.mu.Lock()
	s.e.current = s
	s.e.rules = s.options.rules
	s.e.failure = nil
}

// become waits for the writer's place, if the session does not hold it.
func (s *session) become(ctx context.Context) error {
	if s.writing {
		return nil
	}
	select {
	case s.e.writer <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(s.server.options.LockTimeout)
	defer timer.Stop()
	select {
	case s.e.writer <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return sqltype.Errorf(1222, "Lock request time out period exceeded.")
	}
}

// start begins the SQLite transaction a change needs; the engine is locked.
func (s *session) start(ctx context.Context) error {
	if s.writing {
		return nil
	}
	// A context that ends meanwhile makes an error of a BEGIN that was done, and nobody would end that transaction.
	if err := s.e.exec(context.WithoutCancel(ctx), "BEGIN"); err != nil {
		<-s.e.writer
		return err
	}
	s.writing = true
	return nil
}

// change runs f, which changes rows or the catalogue, as one unit.
func (s *session) change(ctx context.Context, f func(ctx context.Context) (int64, error)) (int64, error) {
	if err := s.become(ctx); err != nil {
		return 0, err
	}
	s.lock()
	if err := s.start(ctx); err != nil {
		s.e.mu.Unlock()
		return 0, err
	}
	n, err := f(ctx)
	s.e.mu.Unlock()
	return n, s.finish(err)
}

// finish ends the SQLite transaction when no transaction of the client's is open.
// After an error inside one, the caller dooms it.
func (s *session) finish(err error) error {
	if s.tran == active {
		return err
	}
	if err != nil {
		_ = s.end("ROLLBACK") // the error at hand tells more
		return err
	}
	return s.end("COMMIT")
}

// table finds a table by its name as a statement has it; the engine is locked.
func (s *session) table(n tsql.Name) *table {
	if strings.HasPrefix(n.Object, "#") {
		return s.temp[s.e.catalog.key(n.Object)]
	}
	if n.Database != "" && !strings.EqualFold(n.Database, s.e.database) {
		return nil
	}
	schema := n.Schema
	if schema == "" {
		schema = "dbo"
	}
	return s.e.catalog.byName[s.e.catalog.key(schema, n.Object)]
}

// tableNamed finds a table by a name inside a string, as OBJECT_ID takes it.
func (s *session) tableNamed(text string) *table {
	list, err := tsql.Parse("TRUNCATE TABLE " + text)
	if err != nil || len(list) != 1 {
		return nil
	}
	return s.table(list[0].(*tsql.TruncateTable).Name)
}
