package intercom

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// window is how long a rate window lasts: the allowance per minute is split
// evenly into windows of ten seconds (docs: "Exceeded rate limit of 167 in
// 10_seconds").
const window = 10 * time.Second

// limiter admits requests as long as the current window has room for them.
//
// It counts from what the headers said last, not from its own requests: the
// workspace's limit is shared, and Remaining falls through other apps' calls
// too. Requests under way are subtracted, because the headers cannot know
// them yet.
type limiter struct {
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	reserve float64

	mu        sync.Mutex
	known     bool // headers were seen
	limit     int
	remaining int       // least seen in this window
	ends      time.Time // when this window is over
	reset     int64     // X-RateLimit-Reset of the newest window that was heard of
	renewed   bool      // that window is over by our clock; nothing was heard of the next
	paused    time.Time // after a 429: nobody starts before this
	running   int
	width     width
	queue     queue // those for whom running is too many

	long *longWaits // nil: nothing is said of them
}

// start waits until a request may be sent. Each start is followed by one done.
func (l *limiter) start(ctx context.Context) error {
	for waited := time.Duration(0); ; {
		wait, turn := l.admit()
		if turn != nil {
			if err := l.await(ctx, turn); err != nil {
				return err
			}
			continue
		}
		if wait <= 0 {
			return nil
		}
		// The jitter keeps several processes from starting in the same
		// instant of a new window.
		wait += time.Duration(rand.Int64N(int64(100 * time.Millisecond)))
		l.long.say(waited, wait, "for the rate limit")
		if err := l.sleep(ctx, wait); err != nil {
			l.pass()
			return err
		}
		waited += wait
	}
}

// pass calls the next one. Who was called, and then waits for the window, holds a
// place that no request under way will give to another.
func (l *limiter) pass() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue.call(1)
}

// admit takes a place in the window, or says how long to wait for one, or whose
// turn to wait for when too many requests are under way.
func (l *limiter) admit() (wait time.Duration, turn chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.width.full(l.running) {
		return 0, l.queue.join()
	}
	now := l.now()
	if wait := l.paused.Sub(now); wait > 0 {
		return wait, nil
	}
	if l.known && !now.Before(l.ends) {
		// A new window: full until the headers say otherwise.
		l.remaining = l.limit
		l.ends = now.Add(window)
		l.renewed = true
	}
	reserved := int(float64(l.limit) * l.reserve)
	if l.known && l.remaining-l.running <= reserved {
		return max(l.ends.Sub(now), time.Millisecond), nil
	}
	l.running++
	return 0, nil
}

// done takes note of how a request went, and of what its answer's headers say; h is
// nil and status 0 without an answer.
func (l *limiter) done(endpoint string, began time.Time, status int, h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	l.width.learn(endpoint, began, l.now(), status)
	defer func() { l.queue.call(int(l.width.now) - l.running) }()
	limit, err1 := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err1 != nil || err2 != nil || limit <= 0 {
		return // some answers, as those to a bad token, carry no headers
	}
	now := l.now()
	if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		if reset < l.reset || (reset == l.reset && l.renewed) {
			return // of a window that is over: what it had left says nothing of this one
		}
		l.reset, l.renewed = reset, false
	}
	ends := now.Add(untilReset(h, now))
	if l.known && ends.Sub(l.ends) < time.Second && now.Before(l.ends) {
		remaining = min(remaining, l.remaining) // answers overtake each other
		ends = l.ends
	}
	l.known, l.limit, l.remaining, l.ends = true, limit, remaining, ends
}

// pause holds everybody back for d: Intercom said 429.
func (l *limiter) pause(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := l.now().Add(d); until.After(l.paused) {
		l.paused = until
	}
}

// untilReset is how long the current window lasts by X-RateLimit-Reset, which
// is in unix seconds of Intercom's clock; the Date header says what time it is
// there, in whole seconds. Our own clock is finer and is used when it agrees.
// Without usable headers it is a whole window.
func untilReset(h http.Header, now time.Time) time.Duration {
	seconds, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return window
	}
	reset := time.Unix(seconds, 0)
	ours := reset.Sub(now)
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		theirs := reset.Sub(date)
		if theirs >= 0 && theirs <= time.Minute && (ours > theirs+time.Second/2 || ours < theirs-3*time.Second/2) {
			return theirs
		}
	}
	if ours >= 0 && ours <= time.Minute {
		return ours
	}
	return window
}
