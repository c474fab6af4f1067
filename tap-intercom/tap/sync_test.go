package tap

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

// small is a workspace whose tables all span several pages of 7.
var small = intercomtest.Options{Contacts: 45, Companies: 25, Conversations: 40, Tickets: 20, ScrollPage: 6}

// shapes are the forms in which the service gives the same.
var shapes = map[string]intercomtest.Shapes{
	"as described": intercomtest.Described, "as recorded": intercomtest.Recorded, "lists by name": intercomtest.Named,
	"lists under data": intercomtest.UnderData, "bare lists": intercomtest.Bare,
}

func TestFullSyncGivesTheWholeWorkspace(t *testing.T) {
	t.Parallel()
	for name, form := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := small
			o.Shapes = form
			fullSyncGivesAll(t, newWorld(t, o))
		})
	}
}

func fullSyncGivesAll(t *testing.T, w world) {
	t.Helper()
	x := w.must(t, command{settings: settings{"page_size": 7}})
	got := tables{}
	got.load(t, x.msgs)
	w.wantAll(t, got)
	want := w.contents()
	for stream, rows := range got {
		if len(rows) != len(want[stream]) {
			t.Errorf("%s: %d rows, the workspace has %d", stream, len(rows), len(want[stream]))
		}
	}
	for stream, n := range x.counts() {
		if n != len(got[stream]) {
			t.Errorf("%s: %d records for %d rows", stream, n, len(got[stream]))
		}
	}
}

func TestUnchangedWorkspaceYieldsNoRecordsAndTheSameState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	first := w.must(t, command{}).state()
	for range 2 {
		w.clock.Advance(24 * time.Hour)
		w.ForgetRequests()
		again := w.must(t, command{state: first})
		for stream, n := range again.counts() {
			if streamNamed(stream).bookmark != "" {
				t.Errorf("%s: %d records of an unchanged workspace", stream, n)
			}
		}
		if again.state() != first {
			t.Errorf("state of an unchanged workspace changed\nfrom %s\n  to %s", first, again.state())
		}
		if n := w.Count("GET", "/conversations/*") - w.Count("GET", "/conversations/attributes") - w.Count("GET", "/conversations/deleted"); n != 0 {
			t.Errorf("%d conversations were fetched for nothing", n)
		}
	}
}

func TestIncrementalSyncEndsWithWhatAFullOneGives(t *testing.T) {
	t.Parallel()
	for seed := range uint64(few(4, 1)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			o := tiny
			o.Seed, o.StrictSearch = seed, seed%2 == 1
			o.Shapes = intercomtest.Recorded + intercomtest.Shapes(seed) // other tests have them as described
			o.Timezone = []string{"America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata", "UTC"}[seed%4]
			w := newWorld(t, o)
			got, state := tables{}, ""
			for round := range 6 {
				x := w.must(t, command{state: state, settings: settings{"page_size": 3, "select": core}})
				got.load(t, x.msgs)
				state = x.state()
				for i := range 5 {
					w.clock.Advance(time.Duration(1+round*round*97) * time.Second)
					w.change(t, 4, seed*100+uint64(5*round+i))
				}
				w.clock.Advance(3 * time.Second)
			}
			x := w.must(t, command{state: state, settings: settings{"select": core}})
			got.load(t, x.msgs)
			fresh := tables{}
			fresh.load(t, w.must(t, command{settings: settings{"select": core}}).msgs)
			w.wantAll(t, got, core...)
			wantSame(t, got, fresh)
		})
	}
}

// core are the streams that change most, for tests that read them again and
// again.
var core = []string{
	"teams", "team_admins", "companies", "company_tags", "company_segments",
	"contacts", "contact_tags", "contact_companies", "contact_notes", "contact_merge_history",
	"conversations", "conversation_contacts", "conversation_tags", "conversation_teammates", "conversation_parts",
	"tickets", "ticket_parts", "ticket_contacts",
}

// tiny is a workspace that is read a hundred times in a test. Every table spans
// pages of 3; it ends before the conversation and the ticket with 500 parts.
var tiny = intercomtest.Options{Contacts: 14, Companies: 8, Conversations: 7, Tickets: 5, ScrollPage: 3}

// TestKilledAtEveryStateThenResumed takes a run for dead after each of its
// states in turn: what came after it is lost.
func TestKilledAtEveryStateThenResumed(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]struct {
		intercomtest.Options
		every int // the how manieth states are tried
	}{
		"in order":                {every: 1},
		"search ignores sorting":  {intercomtest.Options{IgnoreSort: true}, 1},
		"bounds exclude":          {intercomtest.Options{StrictSearch: true}, 5},
		"far from the meridian":   {intercomtest.Options{Timezone: "Pacific/Kiritimati"}, 5},
		"as recorded":             {intercomtest.Options{Shapes: intercomtest.Recorded}, 5},
		"far from it the far way": {intercomtest.Options{Timezone: "Pacific/Pago_Pago"}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tiny
			s.StrictSearch, s.IgnoreSort, s.Timezone, s.Shapes = o.StrictSearch, o.IgnoreSort, o.Timezone, o.Shapes
			w := newWorld(t, s)
			set := settings{"page_size": 3, "select": core}
			whole := w.must(t, command{settings: set})
			fresh := tables{}
			fresh.load(t, whole.msgs)
			for _, stream := range []string{"contacts", "contact_tags", "companies", "conversations", "conversation_parts", "tickets", "ticket_parts"} {
				if want := len(w.contents()[stream]); len(fresh[stream]) != want || want == 0 {
					t.Errorf("%s: %d rows, the workspace has %d", stream, len(fresh[stream]), want)
				}
			}
			states := 0
			for i, m := range whole.msgs {
				if m.kind != singer.KindState {
					continue
				}
				if states++; states%(o.every*few(1, 4)) != 0 {
					continue
				}
				got := tables{}
				got.load(t, whole.msgs[:i])
				resumed := w.must(t, command{settings: set, state: string(m.body)})
				got.load(t, resumed.msgs)
				wantSame(t, got, fresh)
				if resumed.state() != whole.state() {
					t.Errorf("resumed from state %d: ends with state\n%s\nwant\n%s", states, resumed.state(), whole.state())
				}
				if t.Failed() {
					t.Fatalf("killed after state %d: %s", states, m.body)
				}
			}
			// 16 at most; one that is the same as the one before is not sent.
			if states < 12 {
				t.Errorf("%d states in a run, want one per page", states)
			}
		})
	}
}

func TestStoppedAtEveryRequestThenResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	set := settings{"page_size": 3, "concurrency": 2, "select": core}
	fresh := tables{}
	fresh.load(t, w.must(t, command{settings: set}).msgs)
	requests := len(w.Requests())
	for n := 0; n < requests; n += few(2, 14) {
		x := w.stopped(t, command{settings: set}, n)
		if x.code == 0 && n < requests-10 {
			t.Errorf("stopped at request %d: exit code 0", n)
		}
		got := tables{}
		got.load(t, x.msgs)
		got.load(t, w.must(t, command{settings: set, state: x.state()}).msgs)
		wantSame(t, got, fresh)
		if t.Failed() {
			t.Fatalf("stopped at request %d of %d with state %s", n, requests, x.state())
		}
	}
}

// deadWriter is a pipe whose reader goes away after so many bytes.
type deadWriter struct{ left int }

func (d *deadWriter) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestTapEndsWhenNobodyReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	x := w.extract(t, command{stdout: &deadWriter{left: 1 << 16}})
	if x.code != 1 {
		t.Errorf("exit code %d, want 1", x.code)
	}
}

func TestChangesDuringTheRunAreNotLost(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/contacts/search", "/conversations/search", "/tickets/search", "/companies/scroll"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tiny)
			// Before every page something changes.
			round := uint64(0)
			changes := w.Control(intercomtest.Fault{Path: path, Times: -1, Handle: func(http.ResponseWriter, *http.Request) bool {
				round++
				w.clock.Advance(time.Second)
				w.change(t, 2, round)
				return false
			}})
			set := settings{"page_size": 3, "select": core}
			got, state := tables{}, ""
			for range 3 {
				x := w.must(t, command{settings: set, state: state})
				got.load(t, x.msgs)
				state = x.state()
				w.clock.Advance(time.Minute)
			}
			changes.Remove()
			got.load(t, w.must(t, command{settings: set, state: state}).msgs)
			fresh := tables{}
			fresh.load(t, w.must(t, command{settings: settings{"select": core}}).msgs)
			w.wantAll(t, got, core...)
			wantSame(t, got, fresh)
		})
	}
}

func TestTiesInOneSecondSpanPages(t *testing.T) {
	t.Parallel()
	for _, ignore := range []bool{false, true} {
		w := newWorld(t, intercomtest.Options{Contacts: -1, Companies: -1, Conversations: -1, Tickets: -1, IgnoreSort: ignore})
		for range 3 {
			for range 5 {
				for _, kind := range []string{"contacts", "conversations", "tickets"} {
					if _, err := w.Add(kind, nil); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.clock.Advance(time.Second)
		}
		w.clock.Advance(time.Second)
		set := settings{"page_size": 2, "lookback_seconds": 0, "start_date": "2025-12-31", "select": []string{"contacts", "conversations", "tickets"}, "custom_attributes": "json"}
		whole := w.must(t, command{settings: set})
		fresh := tables{}
		fresh.load(t, whole.msgs)
		for _, stream := range []string{"contacts", "conversations", "tickets"} {
			if len(fresh[stream]) != 15 {
				t.Errorf("%d %s, want 15", len(fresh[stream]), stream)
			}
		}
		for i, m := range whole.msgs {
			if m.kind != singer.KindState {
				continue
			}
			got := tables{}
			got.load(t, whole.msgs[:i])
			got.load(t, w.must(t, command{settings: set, state: string(m.body)}).msgs)
			wantSame(t, got, fresh)
		}
	}
}

func TestSecondThatIsNotOverIsLeftForTheNextRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	ids, err := w.IDs("conversations")
	if err != nil {
		t.Fatal(err)
	}
	update := func(title string) {
		t.Helper()
		if err := w.Update("conversations", ids[3], intercomtest.Object{"title": title}); err != nil {
			t.Fatal(err)
		}
	}
	update("first")
	got := tables{}
	x := w.must(t, command{})
	got.load(t, x.msgs)
	update("second, within the same second")
	w.clock.Advance(time.Second)
	x = w.must(t, command{state: x.state()})
	got.load(t, x.msgs)
	if row := got["conversations"][ids[3]]; !strings.Contains(row, "second, within") {
		t.Errorf("the second change of a second is lost: %.200s", row)
	}
}

func TestNewContactsThatBecomeSearchableLateAreFound(t *testing.T) {
	t.Parallel()
	o := small
	o.IndexLag = 5 * time.Minute
	w := newWorld(t, o)
	late, err := w.Add("contacts", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	ids, _ := w.IDs("contacts")
	if err := w.Update("contacts", ids[0], intercomtest.Object{"name": "moves the bookmark past the new one"}); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	got := tables{}
	x := w.must(t, command{})
	got.load(t, x.msgs)
	if _, there := got["contacts"][late]; there {
		t.Fatal("the new contact is searchable at once: nothing to test")
	}
	w.clock.Advance(time.Hour)
	got.load(t, w.must(t, command{state: x.state()}).msgs)
	if _, there := got["contacts"][late]; !there {
		t.Error("the contact that became searchable late is lost")
	}
}

func TestScrollIsDrainedBeforeASlowTargetReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	// Every write to the target takes two minutes: a scroll would be gone.
	slow := writerFunc(func(p []byte) (int, error) {
		w.clock.Advance(2 * time.Minute)
		return len(p), nil
	})
	x := w.must(t, command{stdout: slow, settings: settings{"select": []string{"companies", "company_tags"}}})
	if n := x.counts()["companies"]; n != 25 {
		t.Errorf("%d companies, want 25", n)
	}
	if n := w.Count("GET", "/companies/scroll"); n != 7 { // 5 pages, the empty one, and the 404 that confirms it
		t.Errorf("%d scroll requests, want 7: it started over\n%s", n, x.stderr)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestCirclingSearchGoesOnFromTheLastClosedSecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	fresh := tables{}
	fresh.load(t, w.must(t, command{}).msgs)
	proxy := circling(t, w.URL)
	got := tables{}
	x := w.must(t, command{settings: settings{"page_size": 7, "base_url": proxy}})
	got.load(t, x.msgs)
	wantSame(t, got, fresh)
	if !strings.Contains(x.stderr, "pages go in circles") {
		t.Errorf("nothing said of the circle:\n%s", x.stderr)
	}
}

// circling is a proxy to a workspace. The third page of every search for
// conversations points back to the second.
func circling(t *testing.T, to string) (url string) {
	t.Helper()
	target, err := neturl.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	cursor := regexp.MustCompile(`"starting_after":"[^"]*"`)
	page, second := 0, ""
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.URL.Path != "/conversations/search" {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		switch page++; page {
		case 1:
			second = cursor.FindString(string(body))
		case 3:
			body = cursor.ReplaceAll(body, []byte(second))
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", fmt.Sprint(len(body)))
		return nil
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.URL
}

func TestPartsOfAConversationDeletedMeanwhileAreSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	ids, _ := w.IDs("conversations")
	w.Control(intercomtest.Fault{Path: "/conversations/" + ids[5], Times: -1, Status: 404})
	x := w.must(t, command{})
	if !strings.Contains(x.stderr, "rows were deleted while their parents were read rows=1") {
		t.Errorf("nothing said of it:\n%s", x.stderr)
	}
	if n := x.counts()["conversations"]; n != len(ids) {
		t.Errorf("%d conversations, want %d", n, len(ids))
	}
}

func TestStreamThatTheTokenDoesNotCoverIsSkippedUnlessAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	w.FailNext(-1, "", "/tickets/search", 403)
	w.FailNext(-1, "", "/contacts/*/notes", 403)
	x := w.must(t, command{})
	counts := x.counts()
	if counts["tickets"] != 0 || counts["contact_notes"] != 0 || counts["contacts"] == 0 || counts["conversations"] == 0 {
		t.Errorf("counts %v, want all but tickets and notes", counts)
	}
	if strings.Contains(x.state(), "contact_notes") || strings.Contains(x.state(), "tickets") {
		t.Errorf("a stream that was not read has a bookmark: %s", x.state())
	}
	named := w.extract(t, command{settings: settings{"select": []string{"tickets", "tags"}}})
	if named.code != 1 || named.counts()["tags"] == 0 || !strings.Contains(named.stderr, "CRITICAL tickets: POST /tickets/search: HTTP 403") {
		t.Errorf("asked for by name: exit code %d, counts %v\n%s", named.code, named.counts(), named.stderr)
	}
}

func TestBadTokenEndsTheRunAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Token: "another"})
	x := w.extract(t, command{})
	if x.code != 1 || len(x.output) > 0 || len(w.Requests()) != 1 {
		t.Errorf("exit code %d after %d requests, output %q", x.code, len(w.Requests()), x.output)
	}
	if !strings.Contains(x.stderr, "unauthorized") || strings.Contains(x.stderr, "tok") && strings.Contains(x.stderr, `"tok"`) {
		t.Errorf("stderr: %s", x.stderr)
	}
}

func TestEmptyWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: -1, Companies: -1, Conversations: -1, Tickets: -1})
	x := w.must(t, command{})
	for _, stream := range []string{"contacts", "companies", "conversations", "tickets"} {
		if n := x.counts()[stream]; n != 0 {
			t.Errorf("%s: %d records", stream, n)
		}
		if strings.Contains(x.state(), `"`+stream+`"`) {
			t.Errorf("%s has a bookmark: %s", stream, x.state())
		}
	}
}

func TestEndDateLeavesTheRestForLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	half := "2025-03-01T00:00:00Z"
	x := w.must(t, command{settings: settings{"end_date": half}})
	got := tables{}
	got.load(t, x.msgs)
	for _, stream := range []string{"contacts", "companies", "conversations", "tickets"} {
		if n := x.counts()[stream]; n == 0 {
			t.Errorf("%s: nothing before %s", stream, half)
		}
		for _, r := range x.records(stream) {
			if at, _ := pick(r, "updated_at"); unquoted(at[0]) >= half {
				t.Errorf("%s: record of %s, end_date %s", stream, at[0], half)
			}
		}
	}
	got.load(t, w.must(t, command{state: x.state()}).msgs)
	w.wantAll(t, got)
}

func TestRecordsAreWrittenInOrderWhateverTheCallsTake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	for pattern, delay := range map[string]time.Duration{"*[0-2]": 20 * time.Millisecond, "*[3-5]": 5 * time.Millisecond} {
		w.Control(intercomtest.Fault{Method: "GET", Path: "/conversations/" + pattern, Times: -1, Delay: delay})
	}
	x := w.must(t, command{settings: settings{"select": []string{"conversations", "conversation_parts"}, "concurrency": 6}})
	var marks []string
	for _, r := range x.records("conversation_parts") {
		at, _ := pick(r, "conversation_updated_at")
		marks = append(marks, unquoted(at[0]))
	}
	if len(marks) == 0 || !slices.IsSorted(marks) {
		t.Errorf("%d parts, not in the order of their conversations", len(marks))
	}
}

// TestKilledAgainAndAgainWhileTheWorkspaceChanges kills each run after one of
// its messages, loads what came before its last state then, and lets the
// workspace change before the next.
func TestKilledAgainAndAgainWhileTheWorkspaceChanges(t *testing.T) {
	t.Parallel()
	for seed := range uint64(few(3, 1)) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			o := tiny
			o.Seed, o.IgnoreSort, o.Timezone = seed, seed == 1, []string{"UTC", "Asia/Tokyo", "America/St_Johns"}[seed]
			w := newWorld(t, o)
			g := rand.New(rand.NewPCG(seed, 7))
			set := settings{"page_size": 1 + g.IntN(4), "select": core}
			got, state := tables{}, ""
			for round := range uint64(12) {
				x := w.must(t, command{settings: set, state: state})
				survived := x.msgs[:g.IntN(len(x.msgs)+1)]
				for round%2 == 1 && len(survived) > 0 && survived[len(survived)-1].kind != singer.KindState {
					survived = survived[:len(survived)-1] // a target that commits at states only
				}
				got.load(t, survived)
				if last := (extraction{msgs: survived}).state(); last != "" {
					state = last
				}
				w.clock.Advance(time.Duration(g.IntN(3000)) * time.Second)
				w.change(t, 5, seed*1000+round)
				w.clock.Advance(2 * time.Second)
			}
			got.load(t, w.must(t, command{settings: set, state: state}).msgs)
			fresh := tables{}
			fresh.load(t, w.must(t, command{settings: set}).msgs)
			wantSame(t, got, fresh)
			for _, stream := range []string{"contacts", "companies", "conversations", "conversation_parts", "tickets"} {
				if want := len(w.contents()[stream]); len(fresh[stream]) != want {
					t.Errorf("%s: %d rows, the workspace has %d", stream, len(fresh[stream]), want)
				}
			}
		})
	}
}

// TestOrderThatBreaksLateTakesTheBookmarkBack answers the first pages of a search
// in order and then comes with an older row: the states sent so far were wrong.
func TestOrderThatBreaksLateTakesTheBookmarkBack(t *testing.T) {
	t.Parallel()
	row := func(id string, minutes int64) string {
		return fmt.Sprintf(`{"id":%q,"updated_at":%d}`, id, intercomtest.Epoch.Unix()+60*minutes)
	}
	sorted := []string{row("a", 1) + "," + row("b", 2), row("c", 3) + "," + row("d", 4), row("late", 1) + "," + row("e", 5)}
	whole := strings.Join(sorted, ",")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", intercomtest.Epoch.Add(time.Hour).Format(http.TimeFormat))
		raw, _ := io.ReadAll(r.Body)
		body := string(raw)
		page := 0
		if _, after, found := strings.Cut(body, `"starting_after":"`); found {
			page = int(after[0] - '0')
		}
		switch {
		case r.URL.Path != "/conversations/search":
			fmt.Fprint(w, `{"data":[]}`)
		case !strings.Contains(body, `"sort"`):
			fmt.Fprintf(w, `{"conversations":[%s],"pages":{"next":null}}`, whole)
		case page == 2:
			fmt.Fprintf(w, `{"conversations":[%s],"pages":{"next":null}}`, sorted[2])
		default:
			fmt.Fprintf(w, `{"conversations":[%s],"pages":{"next":{"starting_after":"%d"}}}`, sorted[page], page+1)
		}
	}))
	t.Cleanup(s.Close)
	w := newWorld(t, tiny)
	x := w.must(t, command{settings: settings{"base_url": s.URL, "select": []string{"conversations"}, "start_date": "2026-01-01"}})
	var marks []string
	for _, m := range x.msgs {
		if m.kind == singer.KindState {
			found, _ := pick(m.body, "bookmarks")
			found, _ = pick(found[0], "conversations")
			found, _ = pick(found[0], "updated_at")
			marks = append(marks, string(found[0]))
		}
	}
	// Nothing, after the first page, after the second, taken back, and after each slice.
	want := `["" "\"2026-01-01T00:01:59Z\"" "\"2026-01-01T00:03:59Z\"" ""`
	if got := fmt.Sprintf("%q", marks); !strings.HasPrefix(got, want) || !strings.Contains(marks[len(marks)-1], "00:05:00Z") {
		t.Errorf("bookmarks %s, want %s and so on", got, want)
	}
	got := tables{}
	got.load(t, x.msgs)
	if len(got["conversations"]) != 6 {
		t.Errorf("%d conversations, want 6: %v", len(got["conversations"]), got)
	}
}

// TestSlicesLeaveNoSecondOut looks at the bounds that the slices of a search
// ask for: each begins with the second after the one before.
func TestSlicesLeaveNoSecondOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: -1, Companies: -1, Conversations: 7, Tickets: -1, IgnoreSort: true})
	w.must(t, command{settings: settings{"select": []string{"conversations"}, "start_date": "2024-01-01", "page_size": 2}})
	bounds := regexp.MustCompile(`"operator":"=","value":(\d+)`)
	next := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	slices := 0
	for _, r := range w.Requests() {
		if r.Path != "/conversations/search" || strings.Contains(r.Body, `"sort"`) || strings.Contains(r.Body, "starting_after") || strings.Contains(r.Body, fmt.Sprint(farAhead)) {
			continue
		}
		slices++
		found := bounds.FindAllStringSubmatch(r.Body, -1)
		if len(found) != 2 || found[0][1] != fmt.Sprint(next) {
			t.Fatalf("slice %d: bounds %v, want the first to be %d", slices, found, next)
		}
		fmt.Sscan(found[1][1], &next)
		next++
	}
	if end := intercomtest.Epoch.Add(time.Hour).Unix(); next != end || slices < 5 {
		t.Errorf("%d slices end before %d, want %d", slices, next, end)
	}
}
