package intercom

import (
	"log/slog"
	"sync"
	"time"
)

// longWait is how long something is waited for before the log says so: what runs a
// program takes a longer silence for a hang.
const longWait = time.Minute

// longWaits says in the log what is waited for, once a minute at most for each
// reason, however many requests wait for the same.
type longWaits struct {
	log *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	said map[string]time.Time
}

func newLongWaits(log *slog.Logger, now func() time.Time) *longWaits {
	return &longWaits{log: log, now: now, said: map[string]time.Time{}}
}

// say is told that wait comes after waited, and why.
func (w *longWaits) say(waited, wait time.Duration, why string, more ...any) {
	if w == nil || waited+wait <= longWait {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := w.now(); now.Sub(w.said[why]) >= longWait {
		w.said[why] = now
		w.log.Info("waiting "+why, append([]any{"wait", wait.Round(time.Second), "waited", waited.Round(time.Second)}, more...)...)
	}
}
