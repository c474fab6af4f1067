package intercom_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercom"
	"intercomdw/tap-intercom/intercomtest"
)

// ask makes n requests from 8 goroutines.
func ask(t *testing.T, c *intercom.Client, n int) {
	t.Helper()
	askFrom(t, c, n, 8)
}

func askFrom(t *testing.T, c *intercom.Client, n, goroutines int) {
	t.Helper()
	work := make(chan struct{})
	var running sync.WaitGroup
	for range goroutines {
		running.Go(func() {
			for range work {
				if _, err := c.All(t.Context(), tags); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range n {
		work <- struct{}{}
	}
	close(work)
	running.Wait()
}

// perWindow counts the requests of each window of ten seconds, and the 429s.
func perWindow(s *intercomtest.Server) (windows map[int64]int, refused int) {
	windows = map[int64]int{}
	for _, r := range s.Requests() {
		windows[r.Time.Unix()/10]++
		if r.Status == 429 {
			refused++
		}
	}
	return windows, refused
}

func TestLimiterUsesTheWholeAllowanceAndIsNeverRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{Rate: 20}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		began := time.Now()
		ask(t, c, 200)
		windows, refused := perWindow(s)
		if refused > 0 {
			t.Errorf("%d requests were refused", refused)
		}
		if took := time.Since(began); took > 120*time.Second {
			t.Errorf("200 requests at 20 per window took %v in windows %v", took, windows)
		}
	})
}

func TestLimiterLeavesTheReserve(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{Rate: 20}, intercom.Options{Reserve: 0.25}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		ask(t, c, 100)
		windows, _ := perWindow(s)
		for at, n := range windows {
			if n > 15 {
				t.Errorf("window %d: %d requests of 20, want at most 15", at, n)
			}
		}
	})
}

func TestLimiterGivesWayToOtherApps(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{Rate: 20}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		ask(t, c, 1)
		s.Spend(18)
		ask(t, c, 1) // learns of it
		began := time.Now()
		ask(t, c, 1)
		if took := time.Since(began); took < time.Second {
			t.Errorf("waited %v, want until the next window", took)
		}
		if _, refused := perWindow(s); refused > 0 {
			t.Errorf("%d requests were refused", refused)
		}
	})
}

func TestRefusedRequestsWaitForTheNextWindowTogether(t *testing.T) {
	t.Parallel()
	inBubble(t, intercomtest.Options{Rate: 20}, intercom.Options{}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.Spend(20) // before the client has seen any header
		ask(t, c, 30)
		if _, refused := perWindow(s); refused > 8 {
			t.Errorf("%d requests were refused, want one per goroutine at most", refused)
		}
	})
}

func TestFullRateAtFullWidthIsReachedAndNeverRefused(t *testing.T) {
	t.Parallel()
	const rate, latency, requests = 400, 150 * time.Millisecond, 2000
	inBubble(t, intercomtest.Options{Rate: rate, Latency: latency}, intercom.Options{Concurrency: 40}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		began := time.Now()
		askFrom(t, c, requests, 100)
		windows, refused := perWindow(s)
		if refused > 1 {
			t.Errorf("%d requests were refused, want one at most", refused)
		}
		// Five windows are enough; the first may begin anywhere within one of the server's.
		if took := time.Since(began); took > 60*time.Second {
			t.Errorf("%d requests at %d per window took %v in windows %v", requests, rate, took, windows)
		}
	})
}

func TestConcurrencyBoundsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 5} {
		inBubble(t, intercomtest.Options{Latency: time.Second}, intercom.Options{Concurrency: most}, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
			began := time.Now()
			askFrom(t, c, 100, 50)
			// The first round may be narrower.
			if took, want := time.Since(began), time.Duration(100/most)*time.Second; took < want || took > want+2*time.Second {
				t.Errorf("100 requests of a second, %d at a time, took %v, want %v", most, took, want)
			}
		})
	}
}

// TestLongWaitsAreSaidOnce has many requests wait for minutes: the log names each
// reason, and not once for each of them.
func TestLongWaitsAreSaidOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := intercom.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	inBubble(t, intercomtest.Options{ExportTime: 5 * time.Minute}, o, func(t *testing.T, s *intercomtest.Server, c *intercom.Client) {
		s.Control(intercomtest.Fault{Path: "/tags", Status: 429, Header: http.Header{"Retry-After": {"150"}}})
		ask(t, c, 30)
		if n := strings.Count(log.String(), "waiting for the rate limit"); n != 1 || !strings.Contains(log.String(), "wait=2m30s") {
			t.Errorf("%d lines about the rate limit:\n%s", n, &log)
		}
		log.Reset()
		ask(t, c, 1)
		j, err := c.StartJob(t.Context(), "/export/content/data", map[string]int64{"created_at_after": 0, "created_at_before": intercomtest.Epoch.Unix()})
		if err == nil {
			_, err = c.AwaitJob(t.Context(), "/export/content/data/{id}", j.ID, nil)
		}
		if n := strings.Count(log.String(), "waiting for an export to be ready"); err != nil || n < 3 || n > 6 || !strings.Contains(log.String(), "status=pending") {
			t.Errorf("%d lines about the export, %v:\n%s", n, err, &log)
		}
	})
}
