package tap

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// nobody is a workspace without people: for streams that do not need them.
var nobody = intercomtest.Options{Contacts: -1, Companies: -1, Conversations: -1, Tickets: -1}

// notCalled runs the tap with everything but the streams that match selected,
// and wants no request for the paths they are read from.
func notCalled(t *testing.T, w world, set settings, taken string, paths ...string) {
	t.Helper()
	set["select"] = []string{"*", "!" + taken}
	w.ForgetRequests()
	w.must(t, command{settings: set})
	for _, path := range paths {
		if n := w.Count("", path); n != 0 {
			t.Errorf("%d requests for %s, which nothing selected needs", n, path)
		}
	}
}

// log adds n entries to the activity log, spread over a stretch of time that
// ends now.
func (w world) log(t *testing.T, n int, over time.Duration) {
	t.Helper()
	for i := range n {
		at := w.clock.Now().Add(-over * time.Duration(i) / time.Duration(n)).Unix()
		if _, err := w.Add("activity_logs", intercomtest.Object{"created_at": at}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestActivityLogIsReadWholeAndThenFromItsBookmark(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		t.Run(fmt.Sprint("strict bounds ", strict), func(t *testing.T) {
			t.Parallel()
			o := nobody
			o.StrictSearch = strict
			w := newWorld(t, o)
			w.log(t, 700, time.Hour)
			w.clock.Advance(time.Minute)
			set := settings{"select": []string{"activity_logs"}}
			got := tables{}
			first := w.must(t, command{settings: set})
			got.load(t, first.msgs)
			w.wantAll(t, got, "activity_logs")
			if n := first.counts()["activity_logs"]; n != len(got["activity_logs"]) {
				t.Errorf("%d records for %d rows", n, len(got["activity_logs"]))
			}
			if n := w.Count("GET", "/admins/activity_logs"); n > 30 {
				t.Errorf("%d requests for the years from 2011 on", n)
			}
			w.clock.Advance(48 * time.Hour)
			if again := w.must(t, command{settings: set, state: first.state()}); again.counts()["activity_logs"] != 0 || again.state() != first.state() {
				t.Errorf("an unchanged log gave %v and state %s", again.counts(), again.state())
			}
			w.log(t, 30, 24*time.Hour)
			w.clock.Advance(time.Minute)
			w.ForgetRequests()
			second := w.must(t, command{settings: set, state: first.state()})
			got.load(t, second.msgs)
			w.wantAll(t, got, "activity_logs")
			if n := second.counts()["activity_logs"]; n != 30 {
				t.Errorf("%d records, want the 30 new ones", n)
			}
			if n := w.Count("GET", "/admins/activity_logs"); n > 5 {
				t.Errorf("%d requests for two days", n)
			}
		})
	}
}

// TestActivityLogThatGrowsWhileItIsReadLosesNothing logs new activities between
// any two pages; newest first, they would push rows from page to page.
func TestActivityLogThatGrowsWhileItIsReadLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	w.log(t, 1100, time.Hour)
	w.clock.Advance(time.Minute)
	w.Control(intercomtest.Fault{Path: "/admins/activity_logs", Times: -1, Handle: func(http.ResponseWriter, *http.Request) bool {
		for range 9 {
			if _, err := w.Add("activity_logs", nil); err != nil {
				t.Error(err)
			}
		}
		w.clock.Advance(time.Second)
		return false
	}})
	set := settings{"select": []string{"activity_logs"}}
	old, err := w.IDs("activity_logs")
	if err != nil {
		t.Fatal(err)
	}
	first := w.must(t, command{settings: set})
	got := tables{}
	got.load(t, first.msgs)
	for _, id := range old {
		if _, found := got["activity_logs"][id]; !found {
			t.Fatalf("row %s is missing after the first run", id)
		}
	}
	w.clock.Advance(time.Minute)
	got.load(t, w.must(t, command{settings: set, state: first.state()}).msgs)
	for _, id := range old {
		if _, found := got["activity_logs"][id]; !found {
			t.Fatalf("row %s is missing", id)
		}
	}
	if w.Count("GET", "/admins/activity_logs") < 8 {
		t.Error("the log was not read in pages: nothing is proved")
	}
}

func TestActivityLogResumedAnywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	w.log(t, 600, 30*24*time.Hour)
	w.clock.Advance(time.Minute)
	resumedAnywhere(t, w, settings{"select": []string{"activity_logs"}}, 1)
}

// TestActivityLogBeginsAtStartDate has rows in the first second, in the last of
// the slice of a day, and in the first of the next slice.
func TestActivityLogBeginsAtStartDate(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		o := nobody
		o.StrictSearch = strict
		w := newWorld(t, o)
		w.log(t, 50, 50*time.Hour)
		start := w.clock.Now().Add(-30 * time.Hour)
		if _, err := w.Add("activity_logs", intercomtest.Object{"created_at": start.Unix() + daySeconds - 1}); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		x := w.must(t, command{settings: settings{"select": []string{"activity_logs"}, "start_date": start.Format(time.RFC3339)}})
		got := tables{}
		got.load(t, x.msgs)
		if n := x.counts()["activity_logs"]; n != 32 || len(got["activity_logs"]) != n {
			t.Errorf("strict bounds %v: %d records of %d rows, want 32, those of thirty hours", strict, n, len(got["activity_logs"]))
		}
		if n := w.Count("GET", "/admins/activity_logs"); n > 4 {
			t.Errorf("%d requests for two slices", n)
		}
		for _, r := range x.records("activity_logs") {
			if !strings.Contains(string(r), `"performed_by":{"`) {
				t.Errorf("record without its doer: %s", r)
			}
		}
		notCalled(t, w, settings{}, "activity_logs", "/admins/activity_logs")
	}
}
