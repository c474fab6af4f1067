package intercomtest

import (
	"sync"
	"time"
)

// A Clock tells a server what time it is. Everything a server dates goes by
// it: updates, the Date header, rate windows, idle scrolls, the lag of the
// search index. Only Options.Latency and Fault.Delay are real waiting.
type Clock struct {
	mu     sync.Mutex
	frozen bool
	at     time.Time     // what a frozen clock shows
	offset time.Duration // what a running clock is ahead of the machine's
}

// NewClock returns a clock that stands still at t until it is told to move.
func NewClock(t time.Time) *Clock { return &Clock{frozen: true, at: t.UTC()} }

// RunningClock returns a clock that runs with the machine's, and ahead of it
// once it was advanced.
func RunningClock() *Clock { return &Clock{} }

// Now returns the time the clock shows, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.frozen {
		return c.at
	}
	return time.Now().UTC().Add(c.offset)
}

// Advance moves the clock forward by d, or back if d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	c.offset += d
}

// Set makes the clock show t; a running clock goes on from there.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t.UTC()
	c.offset = time.Until(t)
}
