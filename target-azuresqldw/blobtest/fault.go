package blobtest

import "time"

// Always as Fault.Times makes a fault last until it is cleared.
const Always = -1

// A Fault is trouble that a test wants. Of those that match a request, the one that was added first happens.
type Fault struct {
	Match func(Request) bool // which requests; nil means all. It must not call the Server.
	Times int                // how many of them, Always for all; 0 means 1

	// What happens first: nothing, a wait, or a wait until somebody closes Hold.
	Delay time.Duration
	Hold  <-chan struct{}

	// What happens then. Without Drop and Status the request is served as ever.
	Drop   bool   // the connection is closed instead of an answer
	Status int    // the answer is this
	Code   string // with this x-ms-error-code; "ServerBusy" for 503, "InternalError" for others when empty
	After  bool   // Drop or Status come only when the work is done: the client does not know that it is
}

// On matches requests of an operation, for all blobs.
func On(op Operation) func(Request) bool {
	return func(r Request) bool { return r.Operation == op }
}

// Fail adds a fault.
func (s *Server) Fail(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all faults and returns how many had not happened as often as they were meant to.
func (s *Server) ClearFaults() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := 0
	for _, f := range s.faults {
		if f.Times > 0 {
			left++
		}
	}
	s.faults = nil
	return left
}

// takeFault returns the fault that happens to a request, or nil.
func (s *Server) takeFault(r Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times == 0 || f.Match != nil && !f.Match(r) {
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		return f
	}
	return nil
}

// withFaults does the work, and what a fault wants before it, after it or in its place. It returns nil when the
// connection is to be dropped.
func (s *Server) withFaults(c *call, id string, work func() *answer) *answer {
	f := s.takeFault(c.public())
	if f == nil {
		return work()
	}
	if !s.wait(f, c) {
		return nil
	}
	if f.After || !f.Drop && f.Status == 0 {
		if a := work(); !f.Drop && f.Status == 0 {
			return a
		}
	}
	if f.Drop {
		return nil
	}
	code := f.Code
	switch {
	case code != "":
	case f.Status == 503:
		code = "ServerBusy"
	default:
		code = "InternalError"
	}
	return s.refused(refuse(f.Status, code, "as the test wants"), id)
}

// wait waits as long as the fault says and tells whether client and server were still there.
func (s *Server) wait(f *Fault, c *call) bool {
	if f.Hold != nil && !receive(s, c, f.Hold) {
		return false
	}
	if f.Delay <= 0 {
		return true
	}
	t := time.NewTimer(f.Delay)
	defer t.Stop()
	return receive(s, c, t.C)
}

// receive waits for ch and tells whether it came before the client went away or the server was closed.
func receive[T any](s *Server, c *call, ch <-chan T) bool {
	select {
	case <-ch:
		return true
	case <-c.request.Context().Done():
		return false
	case <-s.closing:
		return false
	}
}
