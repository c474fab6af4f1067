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
	"testing"

	mssql "github.com/microsoft/go-mssqldb"
)

func TestErrorsAreOfTheClassThatSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for class, list := range map[Class][]int32{
		ClassTransient: {233, 1205, 4060, 10928, 40197, 40501, 40613, 49920},
		ClassPaused:    {42108, 42109},
		ClassInternal:  {110802, 110806},
		ClassAuth:      {18456, 110003, 40615, 40914, 47073, 229, 262, 15247},
		ClassExternal:  {105215, 106000},
		ClassData:      {105211, 2628, 8152, 8115, 13812, 4863, 4879},
		ClassAborted:   {111212, 111213, 111214, 111233, 3998},
		ClassBug:       {102, 156, 10713, 103010, 104334, 5074, 4860, 50000},
	} {
		for _, n := range list {
			e := newBatch("", []Statement{{}}).explain("", mssql.Error{Number: n, Message: "no"})
			if e.Class != class || e.Number != n {
				t.Errorf("%d is of class %v, want %v", n, e.Class, class)
			}
			if class == ClassAuth && e.Hint == "" {
				t.Errorf("%d comes without a way out", n)
			}
		}
	}
}

func TestConnectionsAreLostInManyWays(t *testing.T) {
	t.Parallel()
	lost := []error{
		io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn, sql.ErrConnDone, context.DeadlineExceeded,
		&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}, mssql.ServerError{}, mssql.StreamError{InnerError: io.EOF},
		fmt.Errorf("wrapped: %w", io.EOF),
	}
	for _, err := range lost {
		if !connectionLost(err) || undone(err) {
			t.Errorf("%T %v: lost %v, undone %v", err, err, connectionLost(err), undone(err))
		}
		if class, _ := classify(err); class != ClassTransient {
			t.Errorf("%T %v is of class %v", err, err, class)
		}
	}
	for _, err := range []error{mssql.Error{Number: 111233}, mssql.Error{Number: 0, Message: "rolled back"}, sql.ErrTxDone} {
		if !undone(err) {
			t.Errorf("%v leaves it open whether anything was committed", err)
		}
	}
}

func TestErrorsFitOneLine(t *testing.T) {
	t.Parallel()
	e := newBatch("run:1", []Statement{{op: "copy into", object: "[a].[b]"}}).explain("run:1", mssql.Error{Number: 102, Message: "Incorrect\r\n\tsyntax"})
	if want := "copy into [a].[b]: Incorrect syntax (error 102, label run:1)"; e.Error() != want {
		t.Errorf("error = %q, want %q", e, want)
	}
	var many []Statement
	for i := range 9 {
		many = append(many, Statement{op: "drop table", object: fmt.Sprint("t", i)})
	}
	e = newBatch("", many).explain("", mssql.Error{Number: 102, Message: "no"})
	if !strings.HasPrefix(e.Error(), "drop table t0, t1, t2, t3, t4, …: no") {
		t.Errorf("error = %q", e)
	}
}
