package tap

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

var visits = []string{"contact_events", "contact_event_summaries", "data_connector_executions"}

// query is that of a request.
func query(t *testing.T, r intercomtest.Request) url.Values {
	t.Helper()
	values, err := url.ParseQuery(r.Query)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestVisitsBringWhatIsNew reads events of contacts that did not change.
func TestVisitsBringWhatIsNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": visits, "page_size": 7}
	got := tables{}
	first := w.must(t, command{settings: set})
	got.load(t, first.msgs)
	w.wantAll(t, got, visits...)
	for _, stream := range visits {
		if n := first.counts()[stream]; n != len(w.contents()[stream]) || n == 0 {
			t.Errorf("%s: %d records, the workspace has %d", stream, n, len(w.contents()[stream]))
		}
	}
	newest := int64(0)
	for _, e := range w.Contents()["contact_events"] {
		newest = max(newest, e["created_at"].(int64))
	}
	if want := `"contact_events":{"created_at":"` + timeText(newest) + `"`; !strings.Contains(first.state(), want) {
		t.Errorf("state %s, want %s, the newest event", first.state(), want)
	}
	w.clock.Advance(time.Hour)
	w.ForgetRequests()
	again := w.must(t, command{settings: set, state: first.state()})
	if n := again.counts(); n["contact_events"]+n["data_connector_executions"] != 0 || again.state() != first.state() {
		t.Errorf("unchanged: records %v, state\n%s\nwant\n%s", n, again.state(), first.state())
	}
	if n := w.Count("GET", "/events"); n != 2*45 {
		t.Errorf("%d calls for events of 45 contacts, want one each for events and summaries", n)
	}
	connectors, err := w.IDs("data_connectors")
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.Add("data_connector_executions", intercomtest.Object{"data_connector_id": connectors[5]})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.ForgetRequests()
	later := w.must(t, command{settings: set, state: first.state()})
	if r := later.records("data_connector_executions"); len(r) != 1 || keyOf(t, "data_connector_executions", r[0]) != id {
		t.Errorf("after one more: %s", r)
	}
	for _, r := range w.Requests() {
		if r.Path == "/data_connectors/"+connectors[5]+"/execution_results" && (query(t, r).Get("start_ts") == "" || query(t, r).Get("end_ts") == "") {
			t.Errorf("executions of the last hour only: %v", r.Query)
		}
	}
}

// TestEventsAreAskedForInMilliseconds looks at the bounds of the calls. What a
// bound brings of the second before is not sent.
func TestEventsAreAskedForInMilliseconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 45, Companies: -1, Conversations: -1, Tickets: -1})
	events := w.Contents()["contact_events"]
	start := time.Unix(events[len(events)/2]["created_at"].(int64)+1, 0).UTC()
	x := w.must(t, command{settings: settings{"select": []string{"contact_events"}, "start_date": start.Format(time.RFC3339)}})
	want := 0
	for _, e := range events {
		if e["created_at"].(int64) >= start.Unix() {
			want++
		}
	}
	if n := x.counts()["contact_events"]; n != want || n == 0 || n == len(events) {
		t.Errorf("%d events since %v, want %d", n, start, want)
	}
	asked := map[string]int{}
	for _, r := range w.Requests() {
		if r.Path != "/events" {
			continue
		}
		asked[query(t, r).Get("intercom_user_id")]++
		since, err := strconv.ParseInt(query(t, r).Get("since"), 10, 64)
		if err != nil || since/1000 != start.Unix()-1 || !query(t, r).Has("before") {
			t.Errorf("events asked for by %v", r.Query)
		}
	}
	if len(asked) != 45 {
		t.Errorf("%d contacts were asked about, want 45", len(asked))
	}
}

// TestEventsOfManyPagesComeWhole answers for one contact with a page that has
// another behind it.
func TestEventsOfManyPagesComeWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	before := strconv.FormatInt(intercomtest.Epoch.UnixMilli()+7, 10)
	w.Control(intercomtest.Fault{Path: "/events", Status: http.StatusOK, Body: `{"type":"event.list","events":[
		{"type":"event","id":"e1","event_name":"a","created_at":` + strconv.FormatInt(intercomtest.Epoch.Unix()+9, 10) + `},
		{"type":"event","id":"e2","event_name":"a","created_at":` + strconv.FormatInt(intercomtest.Epoch.Unix()+8, 10) + `}],
		"pages":{"next":"https://elsewhere.example/events?before=` + before + `"}}`})
	x := w.must(t, command{settings: settings{"select": []string{"contact_events"}, "concurrency": 1}})
	if n, want := x.counts()["contact_events"], len(w.contents()["contact_events"])+2; n != want {
		t.Errorf("%d events, want %d", n, want)
	}
	var asked []url.Values
	for _, r := range w.Requests() {
		if r.Path == "/events" {
			asked = append(asked, query(t, r))
		}
	}
	if q := asked[1]; q.Get("before") != before || q.Get("intercom_user_id") != asked[0].Get("intercom_user_id") || q.Get("type") != "user" {
		t.Errorf("second page asked for by %v", q)
	}
}

// TestBodiesOfExecutionsComeWhenSelected counts the requests that ask for them.
func TestBodiesOfExecutionsComeWhenSelected(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{false, true} {
		w := newWorld(t, small)
		c, err := newCatalog(false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := choose(c, []string{"data_connector_executions"}); err != nil {
			t.Fatal(err)
		}
		if wanted {
			yes := c.Entry("data_connector_executions").At("properties", "response_body")
			yes.Selected = c.Entry("data_connector_executions").Find().Selected
		}
		x := w.must(t, command{catalog: c})
		for _, r := range w.Requests() {
			if got := query(t, r).Get("include_bodies") == "true"; got != (wanted && len(r.Path) > len("/data_connectors")) {
				t.Errorf("wanted %v: %s %v", wanted, r.Path, r.Query)
			}
		}
		var names []string
		members, err := membersOf(x.records("data_connector_executions")[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			names = append(names, m.name)
		}
		if slices.Contains(names, "response_body") != wanted || slices.Contains(names, "request_body") {
			t.Errorf("wanted %v: members %v", wanted, names)
		}
	}
}

// TestVisitsThatNoRunCanFinishComeToAnEnd stops each run after a few of the
// contacts: the next one visits the others, and all again only then. Between the
// runs something happens to a contact that was visited, and later to one that was
// not.
func TestVisitsThatNoRunCanFinishComeToAnEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 45, Companies: -1, Conversations: -1, Tickets: -1})
	set := settings{"select": []string{"contact_events"}, "page_size": 5, "concurrency": 2}
	ids, err := w.IDs("contacts")
	if err != nil {
		t.Fatal(err)
	}
	unvisited := func(id string) bool {
		return !slices.ContainsFunc(w.Requests(), func(r intercomtest.Request) bool { return strings.Contains(r.Query, id) })
	}
	got, state, runs := tables{}, "", 0
	for ; !strings.Contains(state, "created_at"); runs++ {
		if runs == 10 {
			t.Fatalf("after 10 runs the state is %s", state)
		}
		x := w.stopped(t, command{settings: set, state: state}, 20)
		got.load(t, x.msgs)
		state = cmp.Or(x.state(), state)
		if i := slices.IndexFunc(ids, func(id string) bool { return unvisited(id) == (runs > 0) }); i >= 0 && runs < 2 {
			if _, err := w.AddTo("contacts", ids[i], "events", nil); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.Advance(time.Hour)
	}
	// 45 contacts, a dozen a run: a page is asked for ahead, and one that is not done is done again.
	if runs < 3 {
		t.Errorf("%d runs were enough, though each was stopped", runs)
	}
	x := w.must(t, command{settings: set, state: state})
	got.load(t, x.msgs)
	w.wantAll(t, got, "contact_events")
	if again := w.must(t, command{settings: set, state: x.state()}); len(again.counts()) != 0 || again.state() != x.state() || strings.Contains(x.state(), "visited") {
		t.Errorf("unchanged: records %v, state\n%s\nwant\n%s", again.counts(), again.state(), x.state())
	}
}

// TestVisitsOutOfOrderBeginAgain has contacts come in no order after a while, and
// the search fail behind them.
func TestVisitsOutOfOrderBeginAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 45, Companies: -1, Conversations: -1, Tickets: -1})
	w.Control(intercomtest.Fault{Path: "/contacts/search", Skip: 2, Status: http.StatusOK,
		Body: `{"type":"list","data":[{"type":"contact","id":"none","updated_at":1}],"pages":{"next":{"starting_after":"no cursor"}}}`})
	x := w.extract(t, command{settings: settings{"select": []string{"contact_events"}, "page_size": 5, "concurrency": 1}})
	if calls := w.Count("GET", "/events"); x.code != 1 || calls != 11 {
		t.Fatalf("exit code %d after %d calls:\n%s", x.code, calls, x.stderr)
	}
	states := 0
	for _, m := range x.msgs {
		if m.kind == singer.KindState && strings.Contains(string(m.body), "visited") {
			states++
		}
	}
	if states == 0 || strings.Contains(x.state(), "visited") {
		t.Errorf("%d states said how far the visits came, and the last is %s", states, x.state())
	}
}

func TestVisitsStoppedAtEveryRequestThenResumed(t *testing.T) {
	t.Parallel()
	resumedAnywhere(t, newWorld(t, tiny), settings{"select": visits, "page_size": 3, "concurrency": 2}, 3)
}
