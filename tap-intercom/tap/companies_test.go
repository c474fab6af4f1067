package tap

import (
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercomtest"
)

func TestSpoolGivesBackWhatWasPutAndLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	files := func() int {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	if n := files(); n != 0 && runtime.GOOS != "windows" {
		t.Errorf("%d files while the spool is open: a killed program would leave them", n)
	}
	long := jsontext.Value(`"` + strings.Repeat("x", 1<<17) + `"`)
	for _, v := range []jsontext.Value{jsontext.Value(`{"id":"1"}`), long, jsontext.Value(`{}`)} {
		if err := s.put(v); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for {
		values, err := s.next(2)
		if err != nil {
			t.Fatal(err)
		}
		if len(values) == 0 {
			break
		}
		for _, v := range values {
			got = append(got, string(v))
		}
	}
	if want := []string{`{"id":"1"}`, string(long), `{}`}; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the spool gave %d values that differ from what was put", len(got))
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if n := files(); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

// TestCompaniesOfAScrollThatBreaksOffAreWritten has a scroll fail for good in the
// middle: what came is written, the bookmark stays, and the next run has all.
func TestCompaniesOfAScrollThatBreaksOffAreWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"companies", "company_tags"}}
	fresh := tables{}
	whole := w.must(t, command{settings: set})
	fresh.load(t, whole.msgs)
	w.clock.Advance(2 * time.Minute)
	pages := 0
	broken := w.Control(intercomtest.Fault{Path: "/companies/scroll", Times: -1, Handle: func(rw http.ResponseWriter, r *http.Request) bool {
		if r.FormValue("scroll_param") == "" {
			pages = 0
		}
		if pages++; pages <= 2 {
			return false
		}
		http.Error(rw, "<html>", http.StatusBadGateway)
		return true
	}})
	x := w.extract(t, command{settings: set})
	if n := x.counts()["companies"]; n != 12 || x.code != 1 || strings.Contains(x.state(), "updated_at") || broken.Hit() > 100 {
		t.Errorf("%d companies in %d requests, exit code %d, state %s; want 12, 1 and no bookmark", n, broken.Hit(), x.code, x.state())
	}
	broken.Remove()
	got := tables{}
	got.load(t, x.msgs)
	next := w.must(t, command{settings: set, state: x.state()})
	got.load(t, next.msgs)
	wantSame(t, got, fresh)
	if next.state() != whole.state() {
		t.Errorf("state %s, want %s", next.state(), whole.state())
	}
}
