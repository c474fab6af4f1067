package intercom

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// round answers as many requests as are allowed at once, each of which took took.
func (w *width) round(now *time.Time, status int, took time.Duration) {
	began := *now
	*now = now.Add(took)
	for range int(w.now) {
		w.learn("/tags", began, *now, status)
	}
	*now = now.Add(time.Millisecond)
}

func TestWidthRisesWhileAllIsWellAndFallsOnceARound(t *testing.T) {
	t.Parallel()
	const quick = 150 * time.Millisecond
	now := time.Unix(1_800_000_000, 0)
	w := newWidth(40)
	var got []int
	step := func(status int, took time.Duration) {
		w.round(&now, status, took)
		got = append(got, int(w.now))
	}
	for range 4 {
		step(200, quick) // doubles
	}
	step(429, quick)         // half, however many said so
	step(200, quick)         // about one more
	step(0, quick)           // lost connections
	step(503, quick)         // the server is in trouble
	step(404, quick)         // an answer like any other
	step(200, 4*time.Second) // far longer than the fastest
	want := []int{8, 16, 32, 40, 20, 20, 10, 5, 5, 2}
	for i := range want {
		if d := got[i] - want[i]; d < -1 || d > 1 {
			t.Fatalf("widths %v, want about %v", got, want)
		}
	}
	for range 10 {
		step(500, quick)
	}
	if w.now != 1 {
		t.Errorf("width %v after ten rounds of failures, want 1", w.now)
	}
}

func TestWhoStopsWaitingForATurnHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{now: time.Now, sleep: sleep, width: newWidth(1)}
		if err := l.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		impatient, leave := context.WithCancel(t.Context())
		left, done := make(chan error, 1), make(chan error, 1)
		go func() { left <- l.start(impatient) }()
		synctest.Wait()
		go func() { done <- l.start(t.Context()) }()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("start with a canceled context: %v", err)
		}
		l.done("/tags", time.Now(), 200, nil)
		synctest.Wait()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("the next one still waits although nothing is under way")
		}
	})
}

// TestWhoStopsWaitingForAWindowHoldsNobodyUp has those that were called wait for
// a new window, and stop waiting before it comes: nobody is under way whose end
// would call the one behind them.
func TestWhoStopsWaitingForAWindowHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{now: time.Now, sleep: sleep, width: newWidth(2)}
		for range 2 {
			if err := l.start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		group, cancel := context.WithCancel(t.Context())
		left, done := make(chan error, 3), make(chan error, 1)
		for range 3 {
			go func() { left <- l.start(group) }()
			synctest.Wait()
		}
		go func() { done <- l.start(t.Context()) }()
		synctest.Wait()
		full := http.Header{}
		full.Set("X-RateLimit-Limit", "100")
		full.Set("X-RateLimit-Remaining", "0")
		full.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Unix()+10, 10))
		for range 2 {
			l.done("/tags", time.Now(), http.StatusOK, full)
		}
		synctest.Wait()
		cancel()
		for range 3 {
			if err := <-left; !errors.Is(err, context.Canceled) {
				t.Errorf("start with a canceled context: %v", err)
			}
		}
		time.Sleep(time.Minute) // of the bubble: the next window has long begun
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Fatal("the next one still waits although nothing is under way")
		}
	})
}
