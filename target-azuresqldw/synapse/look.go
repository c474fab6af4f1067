package synapse

import (
	"context"
	"database/sql"
	"fmt"
)

// sight is what a second connection says about a silent request.
type sight uint8

const (
	unseen      sight = iota // it was not looked for
	running                  // the pool is at it
	gone                     // the pool knows the session, and nothing that it does
	hidden                   // the pool does not show it: a right is missing, or it is too old
	unreachable              // there is no second connection
)

var sightNames = [...]string{"not asked", "running", "the pool knows no such request any more", "not shown (VIEW DATABASE STATE shows it)", "the pool cannot be reached"}

// String says it to a person.
func (s sight) String() string { return sightNames[s] }

// look asks on a fresh connection whether the request on a line is still under
// way. Only the session's own row proves that its requests are shown at all.
func (p *Pool) look(ctx context.Context, l *line, label string) sight {
	if l.session == "" {
		return hidden
	}
	var sessions, requests sql.NullInt64
	err := p.aside(ctx, func(ctx context.Context, conn *sql.Conn) error {
		return conn.QueryRowContext(ctx, lookFor(l.session, cleanLabel(label)).SQL("")).Scan(&sessions, &requests)
	})
	switch {
	case err != nil:
		p.o.Log.DebugContext(ctx, "look for a silent request", "session", l.session, "err", err)
		if class, number := classify(err); number != 0 && class != ClassTransient && class != ClassPaused {
			return hidden
		}
		return unreachable
	case requests.Int64 > 0:
		return running
	case sessions.Int64 > 0:
		return gone
	}
	return hidden
}

// lookFor counts a session's rows, and what it has under way: under its name or, since
// a session may get another one when it is reset, under the label of the request.
// A request is over when it has an end (sys-dm-pdw-exec-requests-transact-sql).
func lookFor(session, label string) Statement {
	same := "[session_id] = " + plainLiteral(session)
	if label != "" {
		same = "(" + same + " OR [label] = " + plainLiteral(label) + ")"
	}
	s := statement("look for", "the request", fmt.Sprintf("SELECT (SELECT COUNT_BIG(*) FROM sys.dm_pdw_exec_sessions WHERE [session_id] = %s),\n"+
		"  (SELECT COUNT_BIG(*) FROM sys.dm_pdw_exec_requests WHERE %s AND [end_time] IS NULL)", plainLiteral(session), same))
	s.repeatable = true
	return s
}

// killSession ends a session (kill-transact-sql, "Syntax for Azure Synapse Analytics").
func killSession(session string) Statement {
	return statement("kill", session, "KILL "+plainLiteral(session))
}

// kill ends the session of a line.
func (p *Pool) kill(ctx context.Context, l *line) error {
	if l.session == "" || l.killed.Swap(true) {
		return nil
	}
	return p.aside(ctx, func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, killSession(l.session).SQL(""))
		return err
	})
}

// aside does something short on a fresh connection, which no other request waits for.
func (p *Pool) aside(ctx context.Context, do func(context.Context, *sql.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, p.o.DialTimeout)
	defer cancel()
	conn, err := p.second.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if l := p.lines.under(conn); l != nil {
		// a dead line is closed before the driver waits for the confirmation that its request was cancelled
		defer context.AfterFunc(ctx, func() { l.Close() })()
	}
	return do(ctx, conn)
}
