package synapsetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"modernc.org/sqlite"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// engine is the pool behind all sessions: the catalogue and the rows.
//
// There is one SQLite connection, used by one statement at a time (mu). A
// transaction that has written holds the writer's place until it ends; readers
// of other sessions meanwhile see its rows, which is what READ UNCOMMITTED means.
// So there is one writer at a time where a real pool may have several.
type engine struct {
	mu      sync.Mutex
	writer  chan struct{} // holds one token while a transaction writes
	db      *sql.DB
	conn    *sql.Conn
	catalog *catalog
	views   viewCache

	// What the functions given to SQLite need to know; guarded by mu.
	types   []sqltype.Type
	typeIDs map[sqltype.Type]int
	rules   sqltype.Rules
	failure *sqltype.Error
	current *session

	multiColumn bool // DW_COMPATIBILITY_LEVEL = 50, forgotten at the end
	database    string
	collation   string
	started     time.Time
	requests    requestLog
	readers     *readers
}

// connector opens SQLite with a driver of the engine's own, so that its functions
// reach the engine and nothing is registered for the whole program.
type connector struct {
	driver *sqlite.Driver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.driver }

// openEngine opens file, or a database in memory when file is "".
func openEngine(file, database, collation string) (*engine, error) {
	names, err := sqltype.ParseCollation(collation)
	if err != nil {
		return nil, err
	}
	e := &engine{writer: make(chan struct{}, 1), catalog: newCatalog(names), typeIDs: map[sqltype.Type]int{}, database: database,
		readers: newReaders(), collation: names.Name, started: time.Now()}
	d := &sqlite.Driver{}
	if err := e.register(d); err != nil {
		return nil, err
	}
	dsn := ":memory:"
	if file != "" {
		dsn = "file:" + file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"
	}
	e.db = sql.OpenDB(connector{d, dsn})
	e.db.SetMaxOpenConns(1)
	conn, err := e.db.Conn(context.Background())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dsn, err)
	}
	e.conn = conn
	if _, err := conn.ExecContext(context.Background(), "PRAGMA temp_store = MEMORY"); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", dsn, err), e.close())
	}
	if err := e.loadCatalog(); err != nil {
		return nil, errors.Join(fmt.Errorf("read the catalogue of %s: %w", dsn, err), e.close())
	}
	return e, nil
}

func (e *engine) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return errors.Join(e.conn.Close(), e.db.Close())
}

// object is a row of SQLite's table sys_object: a table, or the list of schemas as ID 0.
type object struct {
	Table   *table    `json:",omitempty"`
	Schemas []*schema `json:",omitempty"`
}

func (e *engine) loadCatalog() error {
	ctx := context.Background()
	if _, err := e.conn.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS sys_object (id INTEGER PRIMARY KEY, body TEXT)`); err != nil {
		return err
	}
	rows, err := e.conn.QueryContext(ctx, `SELECT body FROM sys_object`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		var o object
		if err := json.Unmarshal([]byte(body), &o); err != nil {
			return err
		}
		if o.Table != nil {
			e.catalog.put(o.Table)
		} else {
			e.catalog.schemas = o.Schemas
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	return e.removeOrphans(ctx)
}

// removeOrphans drops the rows of temporary tables that a crash left behind.
func (e *engine) removeOrphans(ctx context.Context) error {
	names, err := e.query(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 't[0-9]*'", 1)
	if err != nil {
		return err
	}
	for _, row := range names {
		name, _ := row[0].(string)
		if id, err := strconv.ParseInt(name[1:], 10, 64); err == nil && e.catalog.tables[id] == nil {
			if err := e.exec(ctx, "DROP TABLE "+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *engine) saveTable(ctx context.Context, t *table) error {
	if t.Session != 0 {
		return nil // temporary tables end with the session
	}
	body, err := json.Marshal(object{Table: t})
	if err != nil {
		return err
	}
	return e.exec(ctx, `INSERT OR REPLACE INTO sys_object (id, body) VALUES (?, ?)`, t.ID, string(body))
}

func (e *engine) saveSchemas(ctx context.Context) error {
	body, err := json.Marshal(object{Schemas: e.catalog.schemas})
	if err != nil {
		return err
	}
	return e.exec(ctx, `INSERT OR REPLACE INTO sys_object (id, body) VALUES (0, ?)`, string(body))
}

// typeID gives t a number by which generated SQL names it.
func (e *engine) typeID(t sqltype.Type) int {
	id, ok := e.typeIDs[t]
	if !ok {
		id = len(e.types)
		e.types = append(e.types, t)
		e.typeIDs[t] = id
	}
	return id
}

// sqliteError turns what SQLite says into an error of the pool: the one a function
// of ours left behind, or else a bug of this model, told as such.
func (e *engine) sqliteError(err error, text string) error {
	if err == nil {
		return nil
	}
	if f := e.failure; f != nil {
		e.failure = nil
		return f
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if len(text) > 2000 {
		text = text[:2000] + "…"
	}
	return sqltype.Errorf(110802, "An internal error of the emulator occurred: %v in %s", err, text)
}

func (e *engine) exec(ctx context.Context, text string, args ...any) error {
	_, err := e.change(ctx, text, args...)
	return err
}

// change runs a statement and gives the number of rows it changed.
func (e *engine) change(ctx context.Context, text string, args ...any) (int64, error) {
	e.failure = nil
	r, err := e.conn.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, e.sqliteError(err, text)
	}
	return r.RowsAffected()
}

// query runs a SELECT and gives all rows in stored form.
func (e *engine) query(ctx context.Context, text string, width int) ([][]any, error) {
	e.failure = nil
	rows, err := e.conn.QueryContext(ctx, text)
	if err != nil {
		return nil, e.sqliteError(err, text)
	}
	defer rows.Close()
	var out [][]any
	targets := make([]any, width)
	for rows.Next() {
		row := make([]any, width)
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, e.sqliteError(err, text)
		}
		out = append(out, row)
	}
	return out, e.sqliteError(rows.Err(), text)
}

// asError makes any error one of the pool's, with the line of the statement.
func asError(err error, s tsql.Statement) error {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*tsql.Error](err); ok {
		return &sqltype.Error{Number: p.Number, Message: p.Message, Line: p.Line}
	}
	if f, ok := errors.AsType[*sqltype.Error](err); ok && s != nil && f.Line == 0 {
		g := *f
		g.Line = s.Start().Line
		return &g
	}
	return err
}
