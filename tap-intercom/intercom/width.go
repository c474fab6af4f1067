package intercom

import (
	"context"
	"net/http"
	"time"
)

// width is how many requests may be under way. It begins small and doubles with
// each round of answers until something goes wrong; from then on it rises by
// about one a round. A 429, a failure of the server or of the connection, and an
// answer that took far longer than the fastest of its kind halve it, once a
// round. (Chiu and Jain 1989: additive increase, multiplicative decrease.)
type width struct {
	most    int     // 0: no bound
	now     float64 // at least 1
	steady  bool    // something went wrong before
	halved  time.Time
	fastest map[string]time.Duration // by endpoint
}

const (
	firstWidth = 4
	// slow times the fastest answer of an endpoint, and at least slowest, is taken
	// for an overloaded server.
	slow    = 8
	slowest = 3 * time.Second
)

func newWidth(most int) width {
	return width{most: most, now: float64(min(firstWidth, max(most, 1))), fastest: map[string]time.Duration{}}
}

func (w *width) full(running int) bool { return w.most > 0 && running >= int(w.now) }

// learn takes note of how a request that began at began went.
func (w *width) learn(endpoint string, began, ended time.Time, status int) {
	if w.most == 0 {
		return
	}
	took := ended.Sub(began)
	fastest, known := w.fastest[endpoint]
	good := status > 0 && status < 500 && status != http.StatusTooManyRequests
	if good && (!known || took < fastest) {
		w.fastest[endpoint] = took
	}
	switch {
	case !good || known && took > max(slow*fastest, slowest):
		if began.After(w.halved) { // what began before has been answered for
			w.now, w.steady, w.halved = max(w.now/2, 1), true, ended
		}
	case w.steady:
		w.now = min(w.now+1/w.now, float64(w.most))
	default:
		w.now = min(w.now+1, float64(w.most))
	}
}

// queue are those that wait for others to end, first come, first served.
type queue struct{ waiting []chan struct{} }

// join adds one; the channel is closed when it is its turn.
func (q *queue) join() chan struct{} {
	turn := make(chan struct{})
	q.waiting = append(q.waiting, turn)
	return turn
}

// call wakes up to n.
func (q *queue) call(n int) {
	for ; n > 0 && len(q.waiting) > 0; n-- {
		close(q.waiting[0])
		q.waiting = q.waiting[1:]
	}
}

// leave takes one out that does not want to wait any longer; false when it was
// called already.
func (q *queue) leave(turn chan struct{}) bool {
	for i, t := range q.waiting {
		if t == turn {
			q.waiting = append(q.waiting[:i:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// await waits until it is turn's turn.
func (l *limiter) await(ctx context.Context, turn chan struct{}) error {
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.queue.leave(turn) {
			l.queue.call(1) // its place goes to the next
		}
		return context.Cause(ctx)
	}
}
