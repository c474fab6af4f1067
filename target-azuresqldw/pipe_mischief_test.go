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

// The events. The tap's requests are seen before they are answered only.
const (
	tapAsks    event = "request of the tap"
	poolAsked  event = "request to the pool"
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
	signal  os.Signal     // in place of the end
	again   chan struct{} // the target is to hear the signal twice before the event goes on; closed when it has
	delay   time.Duration // after which they are killed, whatever goes on; 0: at the event

	mu          sync.Mutex
	watching    bool
	seen        int
	struck      bool
	tap, target *exec.Cmd
	timer       *time.Timer
	gone        chan struct{} // closed when both processes have ended
}

// watch begins to count with the start of the processes.
func (m *mischief) watch(start func() error, tap, target *exec.Cmd) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watching, m.tap, m.target, m.gone = true, tap, target, make(chan struct{})
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
func (m *mischief) strike() []*exec.Cmd {
	victims := m.victims(m.tap, m.target)
	for _, c := range victims {
		if m.signal != nil {
			_ = c.Process.Signal(m.signal) // it may have ended by itself
		} else {
			_ = c.Process.Kill()
		}
	}
	return victims
}

// heard is called when the target has heard a signal.
func (m *mischief) heard() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.again != nil {
		_ = m.target.Process.Signal(m.signal)
		close(m.again)
	}
}

// done ends the counting and says whether the mischief happened.
func (m *mischief) done() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	struck := m.struck
	m.watching, m.struck, m.on, m.signal, m.again, m.delay = false, false, nil, nil, nil, 0
	if m.timer != nil {
		m.timer.Stop()
	}
	close(m.gone)
	return struck
}

// strikes does away with the victims if this event is the one. It says whether to drop the connection: who lives on is not to suffer.
func (m *mischief) strikes(e event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.watching || m.struck || !slices.Contains(m.on, e) {
		return false
	}
	if m.seen++; m.seen <= m.after {
		return false
	}
	m.struck = true
	killed := m.strike()
	if m.again != nil { // the process waits for the answer until it ends
		gone := m.gone
		m.mu.Unlock()
		<-gone
		m.mu.Lock()
		return true
	}
	if m.signal != nil {
		return false
	}
	asked := m.target
	if e == tapAsks {
		asked = m.tap
	}
	return len(killed) == 0 || slices.Contains(killed, asked)
}

// plan replaces the mischief by another.
func (m *mischief) plan(on []event, after int, who victims) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.on, m.after, m.victims, m.seen, m.struck = on, after, who, 0, false
}

// count is how many events there were.
func (m *mischief) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen
}

// atPool is the pool's fault.
func (m *mischief) atPool(_ context.Context, e tds.Event) error {
	point := poolAsked
	if e.Point == tds.AfterRequest {
		point = poolDid
	}
	if m.strikes(point) {
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
