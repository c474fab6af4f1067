package synapsetest

import (
	"strings"
	"sync"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// Fault is trouble made on demand: the next statement that matches fails with an
// error, or takes the connection with it.
//
// The client's own requests to begin, commit and roll back match as the texts
// "BEGIN TRANSACTION", "COMMIT TRANSACTION" and "ROLLBACK TRANSACTION".
type Fault struct {
	// Match is a part of the statement's text, in any case; "" matches all. When
	// MatchFunc is set it decides instead.
	Match     string
	MatchFunc func(statement string) bool

	// Number makes the statement fail with this error, before it does anything.
	Number  int32
	Message string

	// Drop cuts the connection before or after the statement has run.
	Drop Drop

	// Skip lets this many matching statements pass first; Times is how many are hit
	// then (1 when 0, all when negative).
	Skip, Times int

	// Hook, when set, is called before the statement runs, after Skip.
	Hook func(statement string)
}

// Drop says when a Fault cuts the connection.
type Drop uint8

// The moments to cut a connection.
const (
	NoDrop Drop = iota
	DropBefore
	DropAfter
)

// Fail arranges for a fault.
func (s *Server) Fail(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, &f)
}

// Heal takes all faults back and says how many have not struck.
func (s *Server) Heal() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	n := 0
	for _, f := range s.faults.list {
		if f.Times > 0 {
			n += f.Times
		}
	}
	s.faults.list = nil
	return n
}

type faultList struct {
	mu   sync.Mutex
	list []*Fault
}

// take gives the fault that strikes a statement, if one does.
func (l *faultList) take(statement string) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, f := range l.list {
		if !f.matches(statement) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		hit := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				l.list = append(l.list[:i:i], l.list[i+1:]...)
			}
		}
		return &hit
	}
	return nil
}

func (f *Fault) matches(statement string) bool {
	if f.MatchFunc != nil {
		return f.MatchFunc(statement)
	}
	return strings.Contains(strings.ToLower(statement), strings.ToLower(f.Match))
}

// faulty runs a statement with the fault that strikes it.
func (s *session) faulty(statement string, run func() error) error {
	f := s.server.faults.take(statement)
	if f == nil {
		return run()
	}
	if f.Hook != nil {
		f.Hook(statement)
	}
	switch {
	case f.Drop == DropBefore:
		return tds.ErrDropConnection
	case f.Number != 0:
		message := f.Message
		if message == "" {
			message = "A fault was asked for."
		}
		return &sqltype.Error{Number: f.Number, Message: message}
	}
	if err := run(); err != nil {
		return err
	}
	if f.Drop == DropAfter {
		return tds.ErrDropConnection
	}
	return nil
}
