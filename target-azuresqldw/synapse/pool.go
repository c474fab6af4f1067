package synapse

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"intercomdw/singer/secret"
)

// Options say which pool, as whom, and how patiently.
type Options struct {
	Host     string
	Port     int // 1433
	Database string
	User     string
	Password secret.String

	Encrypt                Encryption // EncryptTrue
	TrustServerCertificate bool
	Certificate            string // file of the authority that signed the server's certificate
	HostNameInCertificate  string // when it is not Host

	AppName     string        // as sys.dm_pdw_exec_sessions shows it; "target-azuresqldw"
	Workstation string        // this machine's name
	Connections int           // open at once; 4
	DialTimeout time.Duration // for TCP, TLS and login together; 30s
	Patience    Patience      // with statements
	Attempts    int           // at a statement that may be repeated; 8
	PauseWait   time.Duration // for a pool that is paused or warming up; 10m
	// Sleep waits between attempts; a timer by default.
	Sleep func(context.Context, time.Duration) error

	Log *slog.Logger // none
}

// Encryption says how the connection is protected.
type Encryption string

// EncryptTrue protects everything, login included. EncryptStrict is TDS 8.0:
// TLS before the first byte. EncryptDisable protects nothing, which only a test
// server accepts.
const (
	EncryptTrue    Encryption = "true"
	EncryptStrict  Encryption = "strict"
	EncryptDisable Encryption = "disable"
)

// Pool is the connection to a dedicated SQL pool. It is safe for concurrent use.
type Pool struct {
	db     *sql.DB
	second *sql.DB // fresh connections, to ask after a silent one
	lines  *lines
	lost   tally // requests given up for their silence, by label
	o      Options
	engine Engine
}

// Open connects and makes sure that a dedicated SQL pool answers. The caller
// closes the Pool.
func Open(ctx context.Context, o Options) (*Pool, error) {
	o = o.withDefaults()
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	p := &Pool{o: o, lines: &lines{}}
	p.db = sql.OpenDB(newConnector(config, o.DialTimeout, p.lines))
	p.db.SetMaxOpenConns(o.Connections)
	p.db.SetMaxIdleConns(o.Connections)
	p.db.SetConnMaxIdleTime(maxIdle)
	p.second = sql.OpenDB(newConnector(config, o.DialTimeout, p.lines))
	p.second.SetMaxIdleConns(-1)
	if p.engine, err = p.probe(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close ends all connections.
func (p *Pool) Close() error { return errors.Join(p.second.Close(), p.db.Close()) }

// Engine says what Open found.
func (p *Pool) Engine() Engine { return p.engine }

// Exec sends statements, as few batches as the pool takes, and returns the
// number of rows they changed. Where every statement of a batch can be repeated, the
// batch is, as often as its error is one that passes. The label names the
// statements to the pool and to who reads an error.
func (p *Pool) Exec(ctx context.Context, label string, statements ...Statement) (rows int64, err error) {
	emptied := map[string]bool{}
	for _, b := range join(label, statements) {
		b.markFilled(emptied)
		n, err := p.execBatch(ctx, label, b)
		rows += n
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func (p *Pool) execBatch(ctx context.Context, label string, b batch) (rows int64, err error) {
	err = p.retry(ctx, label, b, func(ctx context.Context, attempt int) error {
		return p.on(ctx, request{b: b, label: label, holds: true}, func(ctx context.Context, conn *sql.Conn) error {
			if resets := b.resets(); attempt > 1 && resets != "" {
				if _, err := conn.ExecContext(ctx, resets); err != nil {
					return err
				}
			}
			result, err := conn.ExecContext(ctx, b.text.Reveal())
			if err != nil {
				return err
			}
			rows, err = result.RowsAffected()
			return err
		})
	})
	return rows, err
}

// query sends statements that only read in one batch, and gives the result
// sets to each in turn. It starts again from the first when the batch is
// repeated, so each begins by forgetting what it was told before.
func (p *Pool) query(ctx context.Context, label string, statements []Statement, begin func(), each func(set int, rows *sql.Rows) error) error {
	b := newBatch(label, statements)
	return p.retry(ctx, label, b, func(ctx context.Context, _ int) error {
		return p.on(ctx, request{b: b, label: label}, func(ctx context.Context, conn *sql.Conn) error {
			begin()
			rows, err := conn.QueryContext(ctx, b.text.Reveal())
			if err != nil {
				return err
			}
			return readSets(rows, each)
		})
	})
}

// readSets reads all result sets of a batch, and closes them.
func readSets(rows *sql.Rows, each func(set int, rows *sql.Rows) error) error {
	defer rows.Close()
	for set := 0; ; set++ {
		for rows.Next() {
			if err := each(set, rows); err != nil {
				return err
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if !rows.NextResultSet() {
			break
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}
