package tap

import (
	"strings"
	"testing"
)

// TestBannersAreNeverAskedFor looks at the table and at the requests of a run
// that selects everything, and of discovery: each call for the banners of a
// contact counts as an impression.
func TestBannersAreNeverAskedFor(t *testing.T) {
	t.Parallel()
	for _, s := range described() {
		if strings.Contains(s.endpoint+s.probe, "banner") {
			t.Errorf("%s calls %s", s.name, s.endpoint)
		}
	}
	w := newWorld(t, tiny)
	w.must(t, command{settings: settings{"select": []string{"*"}}})
	w.must(t, command{args: []string{"--discover"}})
	for _, r := range w.Requests() {
		if strings.Contains(r.Path, "banner") {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	if n := len(w.Requests()); n < 100 {
		t.Errorf("%d requests: not everything was read", n)
	}
}
