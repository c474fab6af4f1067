package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"

	"intercomdw/tap-intercom/intercomtest"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// An event is something that a double was asked, before or after it was done.
type event string

// The events. The tap's requests are seen before they are answered only, its lines when the target has read them.
const (
	tapAsks    event = "request of the tap"
	tapWrote   event = "line of the tap"
	poolAsked  event = "request to the pool"
	toCommit   event = "COMMIT to the pool" // one of these requests
	poolDid    event = "answer of the pool"
	storeAsked event = "request to the storage"
	storeDid   event = "answer of the storage"
)

// Mischief is what a test does to the processes of a pipe at one event: it kills some of them and drops the connection
// that the event is on. Without victims the connection is all. Or it signals them, and drops nothing; or it kills them by the clock.
type mischief struct {
	on      []event // that count
	after   int     // so many pass first
	victims victims
	signal  os.Signal     // in place of the end; the event waits for what comes of it, see await
	again   bool          // the target is signalled once more when it has heard the first one
	delay   time.Duration // after which they are killed, whatever goes on; 0: at the event

	mu          sync.Mutex
	watching    bool
	seen        map[event]int
	struck      bool
	hit         []*exec.Cmd // who was struck
	late        bool        // what should come of the signal did not
	tap, target *exec.Cmd
	timer       *time.Timer
	gone        map[*exec.Cmd]chan struct{} // closed when the process has ended
	noted       chan struct{}               // closed when the target has heard a signal, or has ended; nil from then on
}

// watch begins to count with the start of the processes.
func (m *mischief) watch(start func() error, tap, target *exec.Cmd) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watching, m.tap, m.target, m.noted = true, tap, target, make(chan struct{})
	m.seen, m.gone = map[event]int{}, map[*exec.Cmd]chan struct{}{tap: make(chan struct{}), target: make(chan struct{})}
	err := start()
	if err == nil && m.delay > 0 {
		m.timer = time.AfterFunc(m.delay, m.killNow)
	}
	return err
}

// killNow kills the victims by the clock.
func (m *mischief) killNow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watching {
		m.struck = true
		m.strike()
	}
}

// strike does away with the victims, or signals them.
func (m *mischief) strike() {
	m.hit = m.victims(m.tap, m.target)
	for _, c := range m.hit {
		if m.signal != nil {
			_ = c.Process.Signal(m.signal) // it may have ended by itself
		} else {
			_ = c.Process.Kill()
		}
	}
}

// heard is called when the target has heard a signal.
func (m *mischief) heard() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.again {
		_ = m.target.Process.Signal(m.signal)
	}
	m.note()
}

func (m *mischief) note() {
	if m.noted != nil {
		close(m.noted)
		m.noted = nil
	}
}

// ended is called when a process has.
func (m *mischief) ended(c *exec.Cmd) {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.gone[c])
	if c == m.target {
		m.note()
	}
}

// done ends the counting and says in the outcome whether the mischief happened.
func (m *mischief) done(o *outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o.killed, o.late = m.struck, m.late
	o.tapHit, o.targetHit = slices.Contains(m.hit, m.tap), slices.Contains(m.hit, m.target)
	m.watching, m.struck, m.hit, m.late, m.on, m.signal, m.again, m.delay = false, false, nil, false, nil, nil, false, 0
	if m.timer != nil {
		m.timer.Stop()
	}
}

// strikes does away with the victims if this event is the one. It says whether to drop the connection: who lives on is not to suffer.
func (m *mischief) strikes(e event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.watching || m.struck {
		return false
	}
	m.seen[e]++
	if !slices.Contains(m.on, e) || m.total(m.on) <= m.after {
		return false
	}
	m.struck = true
	m.strike()
	if m.signal != nil {
		twice := m.again
		m.await(e)
		return twice // it is gone: nobody is to do any more for it
	}
	asked := m.target
	if e == tapAsks {
		asked = m.tap
	}
	return len(m.hit) == 0 || slices.Contains(m.hit, asked)
}

// await holds the event up until the signal has had its effect. A request of the tap, or a line of it, is held up until those who were
// signalled have ended: the input has not, so none of them can have done all its work. A request to the pool is held up until the target has
// heard the signal, for it finishes its load then; until it has ended when it is signalled again.
func (m *mischief) await(e event) {
	var effects []chan struct{}
	for _, c := range m.hit {
		switch {
		case holdsInput(e) || m.again:
			effects = append(effects, m.gone[c])
		case c == m.target && m.noted != nil:
			effects = append(effects, m.noted)
		}
	}
	m.mu.Unlock()
	late := !closed(effects)
	m.mu.Lock()
	m.late = late
}

// closed waits a while for all of a list of channels to be closed.
func closed(list []chan struct{}) bool {
	enough := time.After(patience / 5)
	for _, c := range list {
		select {
		case <-c:
		case <-enough:
			return false
		}
	}
	return true
}

// holdsInput says of an event whether the input cannot end while it is held up.
func holdsInput(e event) bool { return e == tapAsks || e == tapWrote }

// plan replaces the mischief by another.
func (m *mischief) plan(on []event, after int, who victims) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on, m.after, m.victims, m.struck = on, after, who, false
}

// counts says whether an event is one of those that count.
func (m *mischief) counts(e event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.on, e)
}

// count is how many events of some kinds there were.
func (m *mischief) count(kinds ...event) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total(kinds)
}

func (m *mischief) total(kinds []event) (n int) {
	for _, e := range kinds {
		n += m.seen[e]
	}
	return n
}

// atPool is the pool's fault.
func (m *mischief) atPool(_ context.Context, e tds.Event) error {
	point := poolAsked
	if e.Point == tds.AfterRequest {
		point = poolDid
	}
	commits := e.Kind == tds.KindCommit && point == poolAsked
	if m.strikes(point) || commits && m.strikes(toCommit) {
		return tds.ErrDropConnection
	}
	return nil
}

// atStore sets the faults of the storage account.
func (m *mischief) atStore(s *blobtest.Server) {
	for point, after := range map[event]bool{storeAsked: false, storeDid: true} {
		s.Fail(blobtest.Fault{
			Match: func(blobtest.Request) bool { return m.strikes(point) },
			Times: blobtest.Always, Drop: true, After: after,
		})
	}
}

// atWorkspace watches the tap's requests.
func (m *mischief) atWorkspace(s *intercomtest.Server) {
	s.Control(intercomtest.Fault{Times: -1, Handle: func(http.ResponseWriter, *http.Request) bool {
		if m.strikes(tapAsks) {
			panic(http.ErrAbortHandler)
		}
		return false
	}})
}

// Victims are the processes that are killed.
type victims func(tap, target *exec.Cmd) []*exec.Cmd

func tapOnly(tap, _ *exec.Cmd) []*exec.Cmd       { return []*exec.Cmd{tap} }
func targetOnly(_, target *exec.Cmd) []*exec.Cmd { return []*exec.Cmd{target} }
func both(tap, target *exec.Cmd) []*exec.Cmd     { return []*exec.Cmd{tap, target} }
func nobody(_, _ *exec.Cmd) []*exec.Cmd          { return nil }
