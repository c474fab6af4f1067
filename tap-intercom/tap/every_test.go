package tap

import (
	"context"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

func TestEveryRepeatsTheSyncFromTheStateInMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 30, Conversations: 10})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ids, err := w.IDs("contacts")
	if err != nil {
		t.Fatal(err)
	}
	var waits []time.Duration
	x := w.must(t, command{
		settings: settings{"select": []string{"contacts"}}, args: []string{"--every", "15m"}, ctx: ctx,
		slept: func(d time.Duration) {
			if waits = append(waits, d); len(waits) == 3 {
				stop()
				return
			}
			if err := w.Update("contacts", ids[len(waits)], intercomtest.Object{"name": "changed"}); err != nil {
				t.Error(err)
			}
			w.clock.Advance(time.Minute)
		},
	})
	if len(waits) != 3 || waits[0] > 15*time.Minute || waits[0] < 14*time.Minute {
		t.Errorf("waits %v, want three of what is left of 15 minutes", waits)
	}
	if n := len(x.records("contacts")); n != 30+2 {
		t.Errorf("%d contacts in three runs, want all 30 once and the two that changed", n)
	}
}

func TestEveryGoesOnAfterAFailedRunAndEndsWhenTheTokenIsRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 3})
	runs := 0
	w.Control(intercomtest.Fault{Path: "/contacts/search", Times: 1, Status: 400})
	x := w.extract(t, command{
		settings: settings{"select": []string{"contacts"}}, args: []string{"--every", "1h"},
		slept: func(d time.Duration) {
			if d < 30*time.Minute {
				return // within a run
			}
			if runs++; runs == 2 {
				w.Control(intercomtest.Fault{Path: "/**", Times: -1, Status: 401})
			}
		},
	})
	if x.code != 1 || runs != 2 {
		t.Errorf("exit code %d after %d runs, want 1 after the third was refused", x.code, runs+1)
	}
	if n := len(x.records("contacts")); n != 3 {
		t.Errorf("%d contacts, want 3 by the second run", n)
	}
	if !strings.Contains(x.stderr, "run failed, the next one goes on from here") {
		t.Errorf("the failure of the first run is not in the log:\n%s", x.stderr)
	}
}

func TestEveryWantsAnInterval(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{})
	for _, text := range []string{"15", "0s", "-1h", "500ms", "soon"} {
		if x := w.extract(t, command{args: []string{"--every=" + text}}); x.code != 2 || !strings.Contains(x.stderr, "--every") {
			t.Errorf("--every %s: exit code %d, want 2 and its name\n%s", text, x.code, x.stderr)
		}
	}
}
