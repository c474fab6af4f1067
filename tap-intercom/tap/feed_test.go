package tap

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// live makes n entries of the log of contacts.
func (w world) live(t testing.TB, n int) {
	t.Helper()
	for range n {
		if _, err := w.Add("contacts", nil); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Second)
	}
	w.clock.Advance(time.Minute)
}

var activities = settings{"select": []string{"contact_activities"}, "api_version": "2.17"}

func TestLogOfContactsIsReadOnFromWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.live(t, 320)
	got := tables{}
	first := w.must(t, command{settings: activities})
	got.load(t, first.msgs)
	if n := first.counts()["contact_activities"]; n != 320 || len(got["contact_activities"]) != 320 {
		t.Errorf("%d records, want 320", n)
	}
	state := first.state()
	for round, n := range []int{0, 0, 3, 200, 0} {
		w.live(t, n)
		w.ForgetRequests()
		x := w.must(t, command{settings: activities, state: state})
		got.load(t, x.msgs)
		if x.counts()["contact_activities"] < n || x.counts()["contact_activities"] != len(w.contents()["contact_activities"])-(len(got["contact_activities"])-x.counts()["contact_activities"]) {
			t.Errorf("round %d: %d records of %d new ones", round, x.counts()["contact_activities"], n)
		}
		if n == 0 && (x.state() != state || len(x.counts()) != 0) {
			t.Errorf("round %d: unchanged, state\n%s\nwant\n%s", round, x.state(), state)
		}
		if pages := w.Count("GET", "/contacts/activities"); pages > 4 {
			t.Errorf("round %d: %d pages", round, pages)
		}
		state = x.state()
	}
	if want := w.contents()["contact_activities"]; len(got["contact_activities"]) != len(want) {
		t.Errorf("%d rows, the workspace has %d", len(got["contact_activities"]), len(want))
	}
}

// TestEmptyAnswerIsNotTheEndOfTheLog answers with an empty list, as the API
// does when it cannot read its log.
func TestEmptyAnswerIsNotTheEndOfTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.live(t, 40)
	first := w.must(t, command{settings: activities}) // its last page was empty, too
	if !strings.Contains(first.state(), `"starting_after":"`) || !strings.Contains(first.state(), `"id":"`) {
		t.Errorf("no cursor, or no row, in %s", first.state())
	}
	w.live(t, 20)
	empty := w.Control(intercomtest.Fault{Path: "/contacts/activities", Times: -1, Status: http.StatusOK, Body: `{"type":"list","data":[],"pages":{"type":"pages","per_page":150,"next":null}}`})
	x := w.must(t, command{settings: activities, state: first.state()})
	if x.state() != first.state() {
		t.Errorf("an empty answer moved the state\n%s\nto\n%s", first.state(), x.state())
	}
	empty.Remove()
	x = w.must(t, command{settings: activities, state: x.state()})
	if n := x.counts()["contact_activities"]; n != 20 {
		t.Errorf("%d records afterwards, want 20", n)
	}
}

// TestLogWithoutACursorOfTheLastPage serves the log as if the last page told of
// no next one: it is asked for again, and its rows are not sent again.
func TestLogWithoutACursorOfTheLastPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.live(t, 5)
	row := func(i int) string {
		return fmt.Sprintf(`{"type":"contact_activity","id":"%d.1","event_type":"contact.created","contact_id":"c%d","created_at":%d}`, i, i, intercomtest.Epoch.Unix()+int64(i))
	}
	rows := []string{row(1), row(2)}
	serve := func() *intercomtest.Control {
		return w.Control(intercomtest.Fault{Path: "/contacts/activities", Times: -1, Status: http.StatusOK, Body: `{"type":"list","data":[` + strings.Join(rows, ",") + `],"pages":{"type":"pages","next":null}}`})
	}
	fixed := serve()
	first := w.must(t, command{settings: activities})
	again := w.must(t, command{settings: activities, state: first.state()})
	if first.counts()["contact_activities"] != 2 || len(again.counts()) != 0 || again.state() != first.state() {
		t.Errorf("records %v, then %v", first.counts(), again.counts())
	}
	fixed.Remove()
	rows = append(rows, row(2), row(3)) // one more of the same second
	rows[2] = strings.Replace(rows[2], `"2.1"`, `"2.2"`, 1)
	serve()
	x := w.must(t, command{settings: activities, state: first.state()})
	if n := x.counts()["contact_activities"]; n != 2 {
		t.Errorf("%d records of two more", n)
	}
}

// TestCursorThatIsNotKnownAnyMore goes back to the beginning of the log, and
// sends nothing twice but what the lookback holds.
func TestCursorThatIsNotKnownAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.live(t, 30)
	first := w.must(t, command{settings: activities})
	w.clock.Advance(24 * time.Hour)
	w.live(t, 7)
	state := strings.Replace(first.state(), `"starting_after":"`, `"starting_after":"x`, 1)
	if state == first.state() {
		t.Fatalf("no cursor in %s", state)
	}
	set := settings{"lookback_seconds": 5}
	for k, v := range activities {
		set[k] = v
	}
	x := w.must(t, command{settings: set, state: state})
	if n := x.counts()["contact_activities"]; n != 7+6 || !strings.Contains(x.stderr, "not known any more") {
		t.Errorf("%d records, want the 7 new ones and 6 of the lookback\n%s", n, x.stderr)
	}
	if strings.Contains(x.state(), `"starting_after":"x`) {
		t.Errorf("the cursor stays: %s", x.state())
	}
}

func TestLogStoppedAtEveryRequestThenResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.live(t, 500)
	resumedAnywhere(t, w, activities, 1)
	end := settings{"end_date": w.clock.Now().Add(-5 * time.Minute).Format(time.RFC3339)}
	for k, v := range activities {
		end[k] = v
	}
	got := tables{}
	early := w.must(t, command{settings: end})
	got.load(t, early.msgs)
	if n := len(got["contact_activities"]); n == 0 || n >= 500 {
		t.Fatalf("%d rows before end_date", n)
	}
	rest := w.must(t, command{settings: activities, state: early.state()})
	got.load(t, rest.msgs)
	if n, sent := len(got["contact_activities"]), early.counts()["contact_activities"]+rest.counts()["contact_activities"]; n != 500 || sent != n {
		t.Errorf("%d rows of 500, %d records", n, sent)
	}
}

// TestCompaniesAreSearchedForFromTheSecondRunOn counts the scrolls of a
// workspace of 2.17.
func TestCompaniesAreSearchedForFromTheSecondRunOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"companies", "company_tags"}, "api_version": "2.17", "page_size": 7}
	got := tables{}
	first := w.must(t, command{settings: set})
	got.load(t, first.msgs)
	w.wantAll(t, got, "companies", "company_tags")
	if w.Count("POST", "/companies/search") != 0 || w.Count("GET", "/companies/scroll") == 0 {
		t.Error("the first run did not scroll")
	}
	w.clock.Advance(24 * time.Hour)
	w.ForgetRequests()
	again := w.must(t, command{settings: set, state: first.state()})
	if len(again.counts()) != 0 || again.state() != first.state() {
		t.Errorf("unchanged: %v, state\n%s\nwant\n%s", again.counts(), again.state(), first.state())
	}
	changed := ""
	for _, c := range w.Contents()["companies"] {
		if n, _ := c["user_count"].(int64); n > 0 || fmt.Sprint(c["user_count"]) > "0" {
			changed = c["id"].(string)
		}
	}
	if err := w.Update("companies", changed, intercomtest.Object{"name": "Another name"}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	x := w.must(t, command{settings: set, state: first.state()})
	if r := x.records("companies"); len(r) != 1 || !strings.Contains(string(r[0]), "Another name") {
		t.Errorf("changed %s: %s", changed, r)
	}
	if n := w.Count("GET", "/companies/scroll"); n != 0 {
		t.Errorf("%d pages of a scroll", n)
	}
	refused := w.FailNext(1, "POST", "/companies/search", 400)
	x = w.must(t, command{settings: set, state: first.state()})
	if r := x.records("companies"); len(r) != 1 || refused.Hit() != 1 || w.Count("GET", "/companies/scroll") == 0 {
		t.Errorf("after a refusal: %d records, %d refused", len(r), refused.Hit())
	}
	var err error
	for _, more := range []settings{{"companies": "scroll"}, {"api_version": "2.16"}, {"select": []string{"companies", "company_segments"}}} {
		w.ForgetRequests()
		other := settings{}
		for _, from := range []settings{set, more} {
			for k, v := range from {
				other[k] = v
			}
		}
		w.must(t, command{settings: other, state: first.state()})
		if w.Count("GET", "/companies/scroll") == 0 || w.Count("POST", "/companies/search") != 0 {
			err = errors.Join(err, fmt.Errorf("%v: no scroll", more))
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestCompaniesThatASearchLeavesOutAreRemembered changes one without users before
// a scroll; the search that follows does not find it, and the next scroll does not
// send it again.
func TestCompaniesThatASearchLeavesOutAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	alone := ""
	for _, c := range w.Contents()["companies"] {
		if fmt.Sprint(c["user_count"]) == "0" {
			alone = c["id"].(string)
		}
	}
	if err := w.Update("companies", alone, intercomtest.Object{"name": "Nobody"}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	set := settings{"select": []string{"companies"}, "api_version": "2.17"}
	first := w.must(t, command{settings: set})
	if !strings.Contains(first.state(), alone) {
		t.Fatalf("state without %s: %s", alone, first.state())
	}
	again := w.must(t, command{settings: set, state: first.state()})
	set["companies"] = "scroll"
	scrolled := w.must(t, command{settings: set, state: again.state()})
	if again.state() != first.state() || len(again.counts())+len(scrolled.counts()) > 0 {
		t.Errorf("searched: %v, scrolled: %v, state\n%s\nwant\n%s", again.counts(), scrolled.counts(), again.state(), first.state())
	}
}
