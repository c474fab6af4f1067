package tap

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// TestReadingWithoutRowsIsSaidInTheLog scrolls through companies that did not
// change, and lets a minute pass at the second page.
func TestReadingWithoutRowsIsSaidInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"companies"}}
	first := w.must(t, command{settings: set})
	if strings.Contains(first.stderr, "INFO reading") {
		t.Errorf("said before a minute has passed:\n%s", first.stderr)
	}
	w.EndScroll()
	ticks := make(chan time.Time)
	w.Control(intercomtest.Fault{Path: "/companies/scroll", Skip: 1, Handle: func(http.ResponseWriter, *http.Request) bool {
		for range 2 { // when the second is heard, the first has been answered
			select {
			case ticks <- w.clock.Now():
			case <-time.After(10 * time.Second):
				t.Error("nobody listens")
			}
		}
		return false
	}})
	w.ForgetRequests()
	x := w.must(t, command{settings: set, state: first.state(), ticks: ticks})
	// /me, the attributes, the first page, and the one that has not been answered yet.
	if want := "INFO reading streams=[companies] requests=4\n"; len(x.counts()) > 0 || !strings.Contains(x.stderr, want) {
		t.Errorf("records %v; the log does not say %q:\n%s", x.counts(), want, x.stderr)
	}
}
