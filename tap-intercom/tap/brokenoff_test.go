package tap

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

// afterTheFirst has every page of a search fail that a cursor leads to.
func (w world) afterTheFirst(path string, status int, code string) *intercomtest.Control {
	return w.Control(intercomtest.Fault{Path: path, Times: -1, Handle: func(rw http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil || !strings.Contains(string(body), "starting_after") {
			return false
		}
		rw.WriteHeader(status)
		fmt.Fprintf(rw, `{"type":"error.list","errors":[{"code":%q,"message":"in words"}]}`, code)
		return true
	}})
}

// TestSearchWhoseCursorsFailGoesOnFromItsLastClosedSecond has no page but the first
// of each search: everything comes all the same, and each row once.
func TestSearchWhoseCursorsFailGoesOnFromItsLastClosedSecond(t *testing.T) {
	t.Parallel()
	set := settings{"page_size": 7, "select": []string{"contacts", "contact_tags", "conversations", "conversation_tags", "tickets", "ticket_parts"}}
	for name, tt := range map[string]struct {
		status int
		code   string
		o      intercomtest.Options
	}{
		"refused":             {400, "parameter_invalid", intercomtest.Options{}},
		"failing":             {500, "server_error", intercomtest.Options{}},
		"of a proxy":          {504, "", intercomtest.Options{}},
		"not sorted, refused": {400, "parameter_invalid", intercomtest.Options{IgnoreSort: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := small
			o.IgnoreSort = tt.o.IgnoreSort
			w := newWorld(t, o)
			whole := w.must(t, command{settings: set})
			fresh := tables{}
			fresh.load(t, whole.msgs)
			for _, path := range []string{"/contacts/search", "/conversations/search", "/tickets/search"} {
				w.afterTheFirst(path, tt.status, tt.code)
			}
			x := w.must(t, command{settings: set})
			got := tables{}
			got.load(t, x.msgs)
			wantSame(t, got, fresh)
			if x.state() != whole.state() {
				t.Errorf("state\n%s\nwant\n%s", x.state(), whole.state())
			}
			if !o.IgnoreSort {
				for _, stream := range []string{"contacts", "conversations", "tickets"} {
					if n := x.counts()[stream]; n != len(fresh[stream]) {
						t.Errorf("%d records of %d %s", n, len(fresh[stream]), stream)
					}
				}
				if !strings.Contains(x.stderr, "searching on from its last closed second") {
					t.Errorf("nothing is said of it:\n%s", x.stderr)
				}
			}
		})
	}
}

// TestSearchThatCannotGoOnEndsAtItsLastClosedSecond has more rows of one second than
// a page holds, and no second page.
func TestSearchThatCannotGoOnEndsAtItsLastClosedSecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	const second = 1746000000
	for range 12 {
		if _, err := w.Add("conversations", intercomtest.Object{"updated_at": second}); err != nil {
			t.Fatal(err)
		}
	}
	set := settings{"page_size": 7, "select": []string{"conversations", "conversation_tags"}}
	fresh := tables{}
	fresh.load(t, w.must(t, command{settings: set}).msgs)
	broken := w.afterTheFirst("/conversations/search", 400, "parameter_invalid")
	x := w.extract(t, command{settings: set})
	// The first rows of the second come with the page before.
	if want := timeText(second - 1); x.code != 1 || strings.Count(x.state(), want) != 2 {
		t.Errorf("exit code %d, state %s; want 1 and bookmarks at %s\n%s", x.code, x.state(), want, x.stderr)
	}
	broken.Remove()
	got := tables{}
	got.load(t, x.msgs)
	got.load(t, w.must(t, command{settings: set, state: x.state()}).msgs)
	wantSame(t, got, fresh)
}

// TestPagesThatNeverEndAreRead has the last page of each search come again and again.
func TestPagesThatNeverEndAreRead(t *testing.T) {
	t.Parallel()
	for _, unsorted := range []bool{false, true} {
		o := small
		o.IgnoreSort = unsorted
		set := settings{"page_size": 7, "select": []string{"contacts", "conversations", "tickets", "macros"}}
		whole := newWorld(t, o).must(t, command{settings: set})
		fresh := tables{}
		fresh.load(t, whole.msgs)
		o.EndlessPages = true
		w := newWorld(t, o)
		for range 10 { // all of one second: the order says nothing
			if _, err := w.Add("tickets", intercomtest.Object{"updated_at": 1746000000}); err != nil {
				t.Fatal(err)
			}
		}
		x := w.extract(t, command{settings: set})
		got := tables{}
		got.load(t, x.msgs)
		wantSame(t, got, fresh)
		// Macros do not say how many they are: the last page may not be the last.
		if x.code != 1 || !strings.Contains(x.stderr, "macros: GET /macros: pages go in circles") || strings.Count(x.stderr, "go in circles") != 2 {
			t.Errorf("exit code %d:\n%s", x.code, x.stderr)
		}
		if n := len(got["tickets"]); n != len(fresh["tickets"])+10 {
			t.Errorf("%d tickets, want %d", n, len(fresh["tickets"])+10)
		}
	}
}

// TestLogWhosePagesAreRefusedIsReadInShorterSlices refuses the third page of each list
// of the activity log.
func TestLogWhosePagesAreRefusedIsReadInShorterSlices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"activity_logs"}, "start_date": "2024-06-01T00:00:00Z"}
	fresh := tables{}
	fresh.load(t, w.must(t, command{settings: set}).msgs)
	w.ForgetRequests()
	refused := 0
	w.Control(intercomtest.Fault{Path: "/admins/activity_logs", Times: -1, Handle: func(rw http.ResponseWriter, r *http.Request) bool {
		q := r.URL.Query()
		if q.Get("per_page") != "2" { // smaller pages than were asked for
			q.Set("per_page", "2")
			r.URL.RawQuery = q.Encode()
		}
		if slices.Contains([]string{"", "1", "2"}, q.Get("page")) {
			return false
		}
		refused++
		rw.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(rw, `{"type":"error.list","errors":[{"code":"bad_request","message":"page limit reached, please use scroll API"}]}`)
		return true
	}})
	x := w.must(t, command{settings: set})
	got := tables{}
	got.load(t, x.msgs)
	wantSame(t, got, fresh)
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// TestVisitsGoOnWhenTheSearchForParentsBreaksOff has no page but the first of each
// search for contacts: all are visited, each once.
func TestVisitsGoOnWhenTheSearchForParentsBreaksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"page_size": 7, "select": []string{"contact_events"}}
	whole := w.must(t, command{settings: set})
	w.afterTheFirst("/contacts/search", http.StatusBadRequest, "parameter_invalid")
	w.ForgetRequests()
	x := w.must(t, command{settings: set})
	if n := len(whole.records("contact_events")); n == 0 || x.counts()["contact_events"] != n || x.state() != whole.state() {
		t.Errorf("%v, want %d events; state\n%s\nwant\n%s\n%s", x.counts(), n, x.state(), whole.state(), x.stderr)
	}
	visited := map[string]int{}
	for _, r := range w.Requests() {
		if q := query(t, r); r.Path == "/events" && !q.Has("before_cursor") {
			visited[q.Get("intercom_user_id")]++
		}
	}
	if len(visited) != 45 {
		t.Errorf("%d contacts visited, want 45", len(visited))
	}
}
