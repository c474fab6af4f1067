package intercom

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

// TestAnswerOfTheLastWindowSaysNothingOfThisOne hands in an answer when the
// window it speaks of is over: what was left then is not what is left now.
func TestAnswerOfTheLastWindowSaysNothingOfThisOne(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	l := limiter{now: func() time.Time { return now }}
	answer := func(remaining int, reset int64) {
		h := http.Header{}
		h.Set("X-RateLimit-Limit", "1667")
		h.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
		h.Set("X-RateLimit-Reset", strconv.FormatInt(reset, 10))
		l.done("/tags", now, http.StatusOK, h)
	}
	first := now.Unix() + 10
	for range 4 {
		if wait, _ := l.admit(); wait > 0 {
			t.Fatalf("wait %v before anything is known", wait)
		}
	}
	answer(600, first)
	now = now.Add(10*time.Second + 50*time.Millisecond)
	if wait, _ := l.admit(); wait > 0 {
		t.Fatalf("wait %v in a new window", wait)
	}
	answer(500, first) // late
	answer(1665, first+10)
	answer(400, first) // later still
	if l.remaining != 1665 {
		t.Errorf("%d are left in the new window, want 1665", l.remaining)
	}
	answer(1666, first+10) // overtaken
	if l.remaining != 1665 {
		t.Errorf("%d are left after an answer was overtaken, want 1665", l.remaining)
	}
}
