// Package tds is the server's side of the Tabular Data Stream 7.4 protocol, as far as the clients of a dedicated SQL pool
// use it: login with and without TLS, SQL batches, sp_executesql and prepared statements, transactions, attention and
// connection reset. The protocol is described in Microsoft's open specification [MS-TDS].
//
// It knows no SQL. What a statement means is a Session's business; the types of columns and parameters are sqltype's.
package tds

import (
	"context"
	"errors"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// Error is an error with SQL Server's number, state and class.
type Error = sqltype.Error

// ErrDropConnection makes the server cut the connection without another byte when a Session or a Fault returns it.
var ErrDropConnection = errors.New("drop the connection")

// Handler admits clients.
type Handler interface {
	// Login opens a session. An *Error is sent to the client as it is; any other error becomes 18456. It is called
	// after the encryption that the client asked for is in place. Login.Password is in the clear.
	Login(ctx context.Context, l Login) (Session, error)
}

// Login is what a client says when it logs in.
type Login struct {
	User, Password, Database    string
	Host, App, Server, Language string
	Library                     string // client interface, "go-mssqldb"
	Version                     uint32 // TDS version asked for, 0x74000004
	ReadOnly                    bool   // ApplicationIntent=ReadOnly
	TLS                         bool   // the login came encrypted
	Token                       string // federated authentication token; User and Password are empty then
	RemoteAddr                  string
	HangUp                      func() // cuts the connection; nil where there is none
}

// Session is one connection's state. The server calls one method at a time; ctx ends when the client sends an attention,
// goes away, or the server is closed.
//
// An *Error returned by a method is sent to the client in place of a result, after whatever was written before. Errors
// that end one statement and not the batch are given to ResultWriter.Error instead. ErrDropConnection cuts the connection.
// Once ctx has ended, what is returned is of no interest.
type Session interface {
	// Database is the current database: it is told to the client at login.
	Database() string

	// Execute runs a batch of statements, or calls a procedure when r.Procedure is set.
	Execute(ctx context.Context, r Request, w ResultWriter) error

	// Begin, Commit and Rollback are the requests of the transaction manager (MS-TDS 2.2.6.9). Transactions that are begun
	// and ended by statements are made known with ResultWriter.Transaction.
	Begin(ctx context.Context) error
	Commit(ctx context.Context) error
	Rollback(ctx context.Context) error

	// Reset returns the session to what it was after login: an open transaction is rolled back, temporary tables go.
	Reset(ctx context.Context) error

	// Close is called once, when the connection is gone; an open transaction is rolled back.
	Close() error
}

// Request is a batch or a call.
type Request struct {
	Text      string  // statements
	Procedure string  // name of the procedure called by RPC, other than sp_executesql and the like, which come as Text
	Params    []Param // named @name; for a Procedure a name may be empty
}

// Param is a parameter of sp_executesql, converted to its declared type.
type Param struct {
	Name   string // with its @
	Type   sqltype.Type
	Value  any
	Output bool
}

// Column describes a column of a result.
type Column struct {
	Name     string
	Type     sqltype.Type
	Nullable bool
}

// Transition is a change of the transaction's state.
type Transition uint8

// The transitions.
const (
	Began Transition = iota + 1
	Committed
	RolledBack
)

// ResultWriter takes the results of a request, in order: for each statement, Columns and its Rows if it has a result set,
// then Done. Methods give an error when the client is gone or has sent an attention; the request should then end.
type ResultWriter interface {
	// Columns begins a result set.
	Columns(cols []Column) error

	// Row writes a row: one value for each column, in the Go type that package sqltype gives to the column's type, or nil.
	// The slice may be used again.
	Row(values []any) error

	// Done ends a statement. count is the number of rows selected or changed, or negative when the statement counts none.
	Done(count int64) error

	// Error reports a failed statement and ends it; more statements may follow.
	Error(e *Error) error

	// Info sends a message such as PRINT's. Class is at most 10.
	Info(e *Error) error

	// Transaction tells the client that a statement began or ended a transaction.
	Transaction(t Transition) error

	// Output sets the value of an output parameter; name is that of the request.
	Output(name string, value any) error
}

// Point is a place at which a Fault is asked.
type Point uint8

// The points.
const (
	BeforeRequest Point = iota + 1 // nothing has been done
	AfterRequest                   // done, but the answer has not been sent
)

// Event is what a Fault is asked about.
type Event struct {
	Point   Point
	Kind    RequestKind
	Request Request // of batches and calls
	Login   Login
}

// RequestKind says what the client asked for.
type RequestKind uint8

// The kinds.
const (
	KindLogin RequestKind = iota + 1
	KindBatch
	KindBegin
	KindCommit
	KindRollback
)

// Fault makes trouble for tests. ErrDropConnection cuts the connection, an *Error is sent in place of the answer, nil lets
// things go their way.
type Fault func(ctx context.Context, e Event) error
