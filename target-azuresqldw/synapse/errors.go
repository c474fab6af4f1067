package synapse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

// Class is what an error of the pool means for whoever sent the statement.
type Class uint8

// The classes. Only Transient, Paused and Internal are worth another attempt.
const (
	ClassBug       Class = iota // a statement the pool does not take, or an error nobody listed
	ClassTransient              // throttled, moved, deadlocked, connection lost
	ClassPaused                 // the pool is paused or warming up
	ClassInternal               // the data movement service stumbled; once is worth trying
	ClassAuth                   // login, firewall, database name: a person has to act
	ClassExternal               // the pool cannot read the files
	ClassData                   // a value does not fit its column
	ClassAborted                // the transaction was doomed by an earlier error
	ClassTimeout                // the pool is still at it when patience ends
)

var classNames = [...]string{"bug", "transient", "paused", "internal", "auth", "external", "data", "aborted", "timeout"}

// String names the class.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("Class(%d)", uint8(c))
}

// Error is what the pool answered to a statement, or what kept it from answering.
type Error struct {
	Op     string // what was to be done: "copy into"
	Object string // to what: "[raw].[users]"
	Label  string // under which label the pool remembers it
	Number int32  // the pool's number, 0 when the connection failed
	Class  Class
	Hint   string // the way out, "" when there is none to tell
	Err    error
}

// Error says operation, object, cause and way out on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Object != "" {
		b.WriteString(" " + e.Object)
	}
	b.WriteString(": " + cause(e.Err))
	var notes []string
	if e.Number != 0 {
		notes = append(notes, fmt.Sprintf("error %d", e.Number))
	}
	if e.Label != "" {
		notes = append(notes, "label "+e.Label)
	}
	if len(notes) > 0 {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the driver's error.
func (e *Error) Unwrap() error { return e.Err }

// UnknownOutcomeError says that COMMIT was sent and its answer never came: the
// transaction may be committed or not. [Pool.Committed] tells which.
type UnknownOutcomeError struct {
	Label string
	Err   error
}

// Error names the label of the transaction and what happened to the answer.
func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf("commit %s: outcome unknown: %s", e.Label, cause(e.Err))
}

// Unwrap returns the driver's error.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// ErrFenced is the error of a process whose pipeline another process has taken over.
var ErrFenced = errors.New("another process has taken over this pipeline")

// ErrRebuilding is the error of a load that would end while a table is written anew.
var ErrRebuilding = errors.New("another pipeline is writing a table anew")

// ErrLease is the error of a process whose lease has ended before its work.
var ErrLease = errors.New("the lease to change tables has ended, and another pipeline may have it")

// cause is the text of an error on one line. The pool's first message often
// holds the cause that the last one only repeats the consequence of.
func cause(err error) string {
	var e mssql.Error
	if !errors.As(err, &e) {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	messages := e.All
	if len(messages) == 0 {
		messages = []mssql.Error{e}
	}
	var texts []string
	for _, m := range messages {
		texts = appendNew(texts, strings.Join(strings.Fields(m.Message), " "))
	}
	return strings.Join(texts, "; ")
}

// undone says whether an answer to COMMIT means that nothing is committed. All
// other errors leave it open: even one with a number may tell of a fail-over.
func undone(err error) bool {
	var e mssql.Error
	if errors.Is(err, sql.ErrTxDone) {
		return true
	}
	if connectionLost(err) || !errors.As(err, &e) {
		return false
	}
	class, number := classify(err)
	return class == ClassAborted || number == 0 // the driver's own: the pool has rolled back
}

// numbers are the pool's numbers in an error, in the order they came.
func numbers(err error) []int32 {
	var e mssql.Error
	if !errors.As(err, &e) {
		return nil
	}
	if len(e.All) == 0 {
		return []int32{e.Number}
	}
	var list []int32
	for _, m := range e.All {
		list = append(list, m.Number)
	}
	return list
}

// lineOf is the line of the batch that the first error points at.
func lineOf(err error) int32 {
	var e mssql.Error
	if !errors.As(err, &e) {
		return 0
	}
	if len(e.All) > 0 {
		return e.All[0].LineNo
	}
	return e.LineNo
}

// connectionLost says whether an error left it open what the pool did.
func connectionLost(err error) bool {
	var server mssql.ServerError
	var stream mssql.StreamError
	var netError net.Error
	return errors.As(err, &server) || errors.As(err, &stream) || errors.As(err, &netError) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// classify finds the class of an error and the number it has it from.
func classify(err error) (Class, int32) {
	list := numbers(err)
	var silent *silentError
	if errors.As(err, &silent) {
		return silent.class(), 0
	}
	var connecting connectError
	if len(list) == 0 && errors.As(err, &connecting) {
		return connecting.class(), 0
	}
	for _, n := range list {
		if c, ok := numberClass(n); ok {
			return c, n
		}
	}
	if len(list) > 0 && list[0] != 0 {
		if connectionLost(err) {
			return ClassTransient, list[0]
		}
		return ClassBug, list[0]
	}
	if connectionLost(err) {
		return ClassTransient, 0
	}
	return ClassBug, 0
}

// numberClass is the table of numbers: Microsoft's drivers and the issues that
// users have opened are its sources.
func numberClass(n int32) (Class, bool) {
	switch n {
	case 64, 233, 997, 1204, 1205, 1222, 4060, 4221, 10053, 10054, 10060, 10928, 10929, 40020, 40143,
		40166, 40197, 40501, 40540, 40613, 49918, 49919, 49920:
		return ClassTransient, true
	case 42108, 42109:
		return ClassPaused, true
	case 110802, 110806:
		return ClassInternal, true
	case 18452, 18456, 18487, 18488, 110003, 40615, 40914, 47073, 916, 40532:
		return ClassAuth, true
	case 229, 230, 262, 297, 300, 15247:
		return ClassAuth, true
	case 105215, 106000:
		return ClassExternal, true
	case 111212, 111213, 111214, 111233, 3998, 3903:
		return ClassAborted, true
	case 105211, 8152, 2628, 511, 8114, 8115, 220, 241, 242, 245, 13807, 13808, 13809, 13810, 13811, 13812:
		return ClassData, true
	}
	if n >= 4861 && n <= 4879 {
		return ClassData, true
	}
	return ClassBug, false
}

// hint is the way out of an error.
func hint(n int32, text string) string {
	switch n {
	case 42108:
		return "the pool is paused: resume it, or raise the time to wait for it"
	case 42109:
		return "the pool is warming up: try again in a few minutes"
	case 18452, 18456, 110003:
		return "check user and password, and that the login has a user in this database"
	case 18487, 18488:
		return "the password has to be changed first"
	case 40615, 40914, 47073:
		return "the server's firewall does not let this address in: add a rule for it"
	case 229, 230, 262, 297, 300, 15247:
		return "the user lacks a right: loading takes ADMINISTER DATABASE BULK OPERATIONS and CREATE TABLE on the database," +
			" and ALTER, SELECT, INSERT, UPDATE and DELETE on the schema"
	case 4060, 916, 40532:
		return "check the name of the database and that the user may connect to it"
	case 40613:
		return "the database is not available just now"
	case 110802, 110806:
		return "the pool's data movement failed twice; sys.dm_pdw_errors has more under the label"
	case 105215:
		return locationHint(text)
	case 105211:
		return "a column without a value in the file is NOT NULL"
	case 111212:
		return "this statement does not go into a transaction"
	}
	if n == 8152 || n == 2628 || n == 511 || n >= 13807 && n <= 13812 || n >= 4861 && n <= 4879 {
		return "a value does not fit its column; the staging table and the files are kept"
	}
	return ""
}

// locationHint reads the HTTP status out of "not able to validate external location".
func locationHint(text string) string {
	switch {
	case strings.Contains(text, "403"):
		return "the storage account refused the pool: the SAS needs read and list, and the account's firewall has to let the pool in"
	case strings.Contains(text, "401"):
		return "the storage account did not accept the credential: check account_key or sas_token"
	case strings.Contains(text, "404"):
		return "the file or the container is not there: check blob_endpoint and container"
	case strings.Contains(text, "409"):
		return "the storage account does not allow this access: check whether key access or public access is disabled"
	}
	return "check that the pool can reach blob_endpoint and that the credential may read and list the container"
}
