package tap

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

func TestSelectingAllGivesAllThatTheWorkspaceHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	w.relate(t)
	x := w.must(t, command{settings: settings{"select": []string{"*"}, "page_size": 7}})
	got := tables{}
	got.load(t, x.msgs)
	want := w.contents()
	w.wantAll(t, got, "*")
	for i := range streams {
		s := &streams[i]
		if !s.in("2.16") {
			continue
		}
		if len(got[s.name]) != len(want[s.name]) || len(got[s.name]) == 0 {
			t.Errorf("%s: %d rows, the workspace has %d", s.name, len(got[s.name]), len(want[s.name]))
		}
		if n := x.counts()[s.name]; n != len(got[s.name]) {
			t.Errorf("%s: %d records for %d rows", s.name, n, len(got[s.name]))
		}
	}
}

// TestExpensiveStreamsAreReadWhenAskedForOnly looks at default selections, and
// at those that only take away.
func TestExpensiveStreamsAreReadWhenAskedForOnly(t *testing.T) {
	t.Parallel()
	_, stdout, stderr := offline(t, "--discover")
	c := parseCatalog(t, stdout)
	named, err := newCatalog(false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := choose(named, []string{"!tags"}); err != nil {
		t.Fatal(err)
	}
	off := 0
	for _, e := range c.Streams {
		s := streamNamed(e.TapStreamID)
		if e.Selected() == s.off || (s.name != "tags" && named.Entry(s.name).Selected() == s.off) {
			t.Errorf("%s: selected %v, off %v", s.name, e.Selected(), s.off)
		}
		if s.off {
			off++
			if want := fmt.Sprintf("stream=%s cost=%q", s.name, s.cost); !strings.Contains(stderr, want) {
				t.Errorf("discovery does not say %s:\n%s", want, stderr)
			}
		}
	}
	if off == 0 {
		t.Error("no stream is off")
	}
}

// warehouse keeps rows as a target does that knows versions of tables.
type warehouse map[string]map[string]int64

func (h warehouse) load(t testing.TB, msgs []message) {
	t.Helper()
	for _, m := range msgs {
		switch m.kind {
		case singer.KindRecord:
			if h[m.stream] == nil {
				h[m.stream] = map[string]int64{}
			}
			h[m.stream][keyOf(t, m.stream, m.body)] = m.version
		case singer.KindActivateVersion:
			for key, version := range h[m.stream] {
				if version < m.version {
					delete(h[m.stream], key)
				}
			}
		}
	}
}

func (h warehouse) keys(stream string) []string {
	var keys []string
	for k := range h[stream] {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func TestRowsThatAreGoneLeaveFullTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"admins", "teams", "team_admins", "tags", "brands", "audiences", "collections", "office*", "help_centers", "redirects", "news*", "article*"}}
	h := warehouse{}
	first := w.must(t, command{settings: set})
	h.load(t, first.msgs)
	for _, kind := range []string{"tags", "brands", "audiences", "collections", "redirects", "office_hours_exceptions", "articles"} {
		ids, err := w.IDs(kind)
		if err == nil {
			err = errors.Join(w.Delete(kind, ids[0]), w.Delete(kind, ids[len(ids)-1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Hour)
	h.load(t, w.must(t, command{settings: set, state: first.state()}).msgs)
	want := w.contents()
	for _, stream := range []string{
		"teams", "team_admins", "tags", "brands", "audiences", "collections", "redirects", "office_hours_schedules", "office_hours_exceptions",
		"newsfeeds", "newsfeed_items", "article_statistics", "article_drafts", "article_versions",
	} {
		if got := h.keys(stream); !slices.Equal(got, want[stream]) {
			t.Errorf("%s: %d rows are left, the workspace has %d", stream, len(got), len(want[stream]))
		}
	}
}

func TestListThatWasNotReadToItsEndDropsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	w.FailNext(-1, "", "/tags", 403)
	w.FailNext(-1, "", "/help_center/help_centers/*/redirects", 403)
	x := w.must(t, command{settings: settings{"select": []string{"*s"}}})
	activated := map[string]bool{}
	for _, m := range x.msgs {
		activated[m.stream] = activated[m.stream] || m.kind == singer.KindActivateVersion
	}
	for stream, want := range map[string]bool{"tags": false, "redirects": false, "help_centers": true, "audiences": true, "macros": false, "contacts": false} {
		if activated[stream] != want {
			t.Errorf("%s: version activated %v, want %v", stream, activated[stream], want)
		}
	}
}

// TestListWhoseRowsMoveIsReadAgain deletes a row of the first page before the
// second is asked for: the first row of the second page moves to the first.
func TestListWhoseRowsMoveIsReadAgain(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"audiences", "internal_articles", "redirects"} {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			path := strings.Replace(strings.Replace(streamNamed(stream).endpoint, "{id}", "79", 1), "redirects", "redirects*", 1)
			if stream == "redirects" {
				for range 260 {
					if _, err := w.Add("redirects", intercomtest.Object{"help_center_id": "79"}); err != nil {
						t.Fatal(err)
					}
				}
			}
			ids, err := w.IDs(stream)
			if err != nil {
				t.Fatal(err)
			}
			w.Control(intercomtest.Fault{Path: path, Skip: 1, Handle: func(http.ResponseWriter, *http.Request) bool {
				if err := errors.Join(w.Delete(stream, ids[3]), w.Delete(stream, ids[5])); err != nil {
					t.Error(err)
				}
				return false
			}})
			x := w.must(t, command{settings: settings{"select": []string{stream}}})
			got := tables{}
			got.load(t, x.msgs)
			w.wantAll(t, got, stream)
			if n := w.Count("GET", path); n < 4 {
				t.Errorf("%d requests: the list was not read again", n)
			}
			h := warehouse{}
			h.load(t, x.msgs)
			if want := w.contents()[stream]; streamNamed(stream).bookmark == "" && !slices.Equal(h.keys(stream), want) {
				t.Errorf("%d rows are left, the workspace has %d", len(h.keys(stream)), len(want))
			}
		})
	}
}

// TestNewestFirstStopsAtWhatIsOld counts the pages of a list that is read from
// its new end.
func TestNewestFirstStopsAtWhatIsOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: -1, Companies: -1, Conversations: 200, Tickets: -1})
	ids, err := w.IDs("conversations")
	if err != nil {
		t.Fatal(err)
	}
	remove := func(ids []string) {
		t.Helper()
		for _, id := range ids {
			if err := w.Delete("conversations", id); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Minute)
		}
	}
	remove(ids[:150])
	got, state := tables{}, ""
	for round, pages := range []int{3, 1, 2} {
		w.clock.Advance(time.Hour)
		w.ForgetRequests()
		x := w.must(t, command{state: state, settings: settings{"select": []string{"deleted_conversations"}}})
		got.load(t, x.msgs)
		w.wantAll(t, got, "deleted_conversations")
		if n := w.Count("GET", "/conversations/deleted"); n != pages {
			t.Errorf("round %d: %d pages, want %d", round, n, pages)
		}
		state = x.state()
		if round == 1 {
			remove(ids[150:])
			for range 40 {
				id, err := w.Add("conversations", nil)
				if err != nil {
					t.Fatal(err)
				}
				remove([]string{id})
			}
		}
	}
}

func TestMacrosAreAskedForByTheirTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"macros"}}
	x := w.must(t, command{settings: set})
	ids, err := w.IDs("macros")
	if err == nil {
		err = w.Update("macros", ids[7], intercomtest.Object{"name": "another name"})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	w.ForgetRequests()
	again := w.must(t, command{settings: set, state: x.state()})
	if got := again.records("macros"); len(got) != 1 || !strings.Contains(string(got[0]), "another name") {
		t.Errorf("%d records: %s, want the changed one", len(got), got)
	}
	for _, r := range w.Requests() {
		if r.Path == "/macros" && !strings.Contains(fmt.Sprint(r), "updated_since=") {
			t.Errorf("request for all macros: %v", r)
		}
	}
}

// TestRelationLooksTheSameFromBothSources compares rows that came with the
// contact with those that a call of their own brought.
func TestRelationLooksTheSameFromBothSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{})
	x := w.must(t, command{settings: settings{"select": []string{"contact_companies"}}})
	if w.Count("GET", "/contacts/*/companies") == 0 {
		t.Fatal("no list was cut off: nothing to compare")
	}
	for _, r := range x.records("contact_companies") {
		members, err := membersOf(r)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, m := range members {
			names = append(names, m.name)
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != "company_id contact_id contact_updated_at type url" {
			t.Errorf("members %s: %s", got, r)
		}
		if found, _ := pick(r, "company_id", "url"); unquoted(found[1]) != "/companies/"+unquoted(found[0]) {
			t.Errorf("url of another company: %s", r)
		}
	}
}

func TestListsStoppedAtEveryRequestThenResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	set := settings{"concurrency": 2, "select": []string{"macros", "articles", "article_drafts", "internal_articles", "news*", "audiences", "redirects", "deleted_conversations", "contact_segments"}}
	resumedAnywhere(t, w, set, 5)
}

// TestCensusKnowsWhatItCannotKnow looks at the proofs that a list was whole.
func TestCensusKnowsWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		totals       []int64 // of pages of two rows each
		again        bool    // the last page brings a row that was there
		whole, moved bool
	}{
		"one page without a total":       {[]int64{-1}, false, true, false},
		"one page that is all":           {[]int64{2}, false, true, false},
		"one page of more":               {[]int64{3}, false, false, false},
		"pages without totals":           {[]int64{-1, -1}, false, false, false},
		"pages that hold what they say":  {[]int64{4, 4}, false, true, false},
		"pages that disagree":            {[]int64{5, 4}, false, false, true},
		"a row that stands there twice":  {[]int64{4, 4}, true, false, true},
		"twice, and without totals":      {[]int64{-1, -1}, true, false, false},
		"no page":                        {nil, false, true, false},
		"a page more than the total has": {[]int64{2, 2}, false, false, false},
	} {
		var c census
		c.total = -1
		for i, total := range tt.totals {
			first := fmt.Sprint("a", i)
			if tt.again && i == len(tt.totals)-1 {
				first = "a0"
			}
			c.add(total, []item{{id: first}, {id: fmt.Sprint("b", i)}})
		}
		if c.whole() != tt.whole || c.moved() != tt.moved {
			t.Errorf("%s: whole %v, moved %v; want %v, %v", name, c.whole(), c.moved(), tt.whole, tt.moved)
		}
	}
}

// TestRelationsKeepLittleOfTheirRows looks at what is kept of a contact among the
// thousands of a company until it is written.
func TestRelationsKeepLittleOfTheirRows(t *testing.T) {
	t.Parallel()
	c, err := newCatalog(false)
	if err != nil {
		t.Fatal(err)
	}
	child := streamNamed("company_contacts")
	o, err := newOutput(child, c.Entry(child.name), false)
	if err != nil {
		t.Fatal(err)
	}
	row := jsontext.Value(`{"type":"contact","id":"1","external_id":"e","name":"` + strings.Repeat("x", 1000) + `","custom_attributes":{"a":1},"url":"/contacts/1"}`)
	kept, err := child.keep([]*output{o})(row)
	if want := `{"type":"contact","id":"1","url":"/contacts/1","external_id":"e"}`; err != nil || string(kept) != want {
		t.Errorf("kept %s, %v, want %s", kept, err, want)
	}
	if streamNamed("company_notes").keep(nil) != nil {
		t.Error("rows that are written whole are cut")
	}
}
