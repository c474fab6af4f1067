package tap

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

func TestMessageStatusesAreReadForTheRulesetsOfTheSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	set := settings{"select": []string{"message_statuses"}, "message_ruleset_ids": []string{"12348", "12345", "12345"}}
	first := w.must(t, command{settings: set})
	got := tables{}
	got.load(t, first.msgs)
	w.wantAll(t, got, "message_statuses")
	if n := first.counts()["message_statuses"]; n != len(got["message_statuses"]) || n == 0 {
		t.Errorf("%d records for %d rows", n, len(got["message_statuses"]))
	}
	if n := w.Count("GET", "/messages/status"); n != 3 {
		t.Errorf("%d requests, want two pages and one", n)
	}
	again := w.must(t, command{settings: set, state: first.state()})
	if len(again.counts()) != 0 || again.state() != first.state() {
		t.Errorf("unchanged rulesets gave %v and state %s", again.counts(), again.state())
	}
	w.clock.Advance(time.Hour)
	ids, err := w.IDs("message_statuses")
	if err == nil {
		err = w.Update("message_statuses", ids[0], intercomtest.Object{"status": "read"})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	changed := w.must(t, command{settings: set, state: first.state()}).records("message_statuses")
	if len(changed) != 1 || !strings.Contains(string(changed[0]), `"status":"read"`) || !strings.Contains(string(changed[0]), `"ruleset_id":"123`) {
		t.Errorf("%d records: %s", len(changed), changed)
	}
	resumedAnywhere(t, w, set, 1)
}

func TestWithoutIdsNothingIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	x := w.must(t, command{settings: settings{"select": []string{"message_statuses", "workflow_exports"}, "message_ruleset_ids": []string{}, "workflow_ids": []string{}}})
	if n := len(w.Requests()); n != 1 || len(x.counts()) != 0 {
		t.Errorf("%d requests, %v records", n, x.counts())
	}
	for _, setting := range []string{"message_ruleset_ids", "workflow_ids"} {
		if !strings.Contains(x.stderr, "setting="+setting) {
			t.Errorf("the log does not name %s:\n%s", setting, x.stderr)
		}
	}
	notCalled(t, w, settings{}, "message_statuses", "/messages/status")
	notCalled(t, w, settings{}, "workflow_exports", "/export/workflows/*")
	notCalled(t, w, settings{}, "article_version*", "/articles/*/versions", "/articles/*/versions/*")
}

func TestWorkflowThatDoesNotExistKeepsNoOtherFromBeingRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	x := w.must(t, command{settings: settings{"select": []string{"workflow_exports"}, "workflow_ids": []string{"67890", "1", "67896"}}})
	if n := x.counts()["workflow_exports"]; n != 2 || !strings.Contains(x.stderr, "id=1\n") {
		t.Errorf("%d records, log %s", n, x.stderr)
	}
	for _, r := range x.records("workflow_exports") {
		if !strings.Contains(string(r), `"snapshot":"{\"steps\":[`) || !strings.Contains(string(r), `"app_id":"12345"`) || !strings.Contains(string(r), `"workflow_id":"6789`) {
			t.Errorf("record %s", r)
		}
	}
	var kinds []singer.Kind
	for _, m := range x.msgs {
		if m.stream != "" {
			kinds = append(kinds, m.kind)
		}
	}
	if want := []singer.Kind{singer.KindSchema, singer.KindRecord, singer.KindRecord, singer.KindActivateVersion}; !slices.Equal(kinds, want) {
		t.Errorf("messages %v, want %v: the table ends with its version", kinds, want)
	}
	resumedAnywhere(t, w, settings{"select": []string{"workflow_exports"}}, 1)
}

// TestBodiesOfVersionsAreAskedForOnce counts the calls: a list per article, and
// one per version, whether or not the list is a stream too.
func TestBodiesOfVersionsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	for _, selection := range [][]string{{"article_version_contents"}, {"article_version*"}} {
		t.Run(fmt.Sprint(selection), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nobody)
			set := settings{"select": selection}
			first := w.must(t, command{settings: set})
			got := tables{}
			got.load(t, first.msgs)
			w.wantAll(t, got, selection...)
			rows := got["article_version_contents"]
			for _, row := range rows {
				if !strings.Contains(row, `"body":"`) {
					t.Fatalf("a version without its body: %s", row)
				}
			}
			if lists, bodies := w.Count("GET", "/articles/*/versions"), w.Count("GET", "/articles/*/versions/*"); lists > 70 || bodies != len(rows) {
				t.Errorf("%d lists, %d versions read for %d rows", lists, bodies, len(rows))
			}
			w.clock.Advance(time.Hour)
			ids, err := w.IDs("articles")
			if err == nil {
				err = w.Update("articles", ids[2], intercomtest.Object{"title": "new"})
			}
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Minute)
			w.ForgetRequests()
			again := w.must(t, command{settings: set, state: first.state()})
			if n := again.counts()["article_version_contents"]; n == 0 || n != w.Count("GET", "/articles/*/versions/*") || n > 3 {
				t.Errorf("%d records, %d versions read of one changed article", n, w.Count("GET", "/articles/*/versions/*"))
			}
		})
	}
}
