package tap

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercomtest"
)

// besideConversations are the streams that hang on conversations and have no
// id of their own, or stand within the rows of another child.
var besideConversations = []string{
	"conversation_attachments", "conversation_part_attachments", "conversation_monitor_evaluations", "conversation_scorecards",
	"handling_events", "side_conversations", "side_conversation_parts",
}

func TestChildrenWithinAnswersOfConversationsFollowThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 5, Companies: -1, Conversations: 60, Tickets: -1})
	set := settings{"page_size": 7, "select": besideConversations}
	got := tables{}
	first := w.must(t, command{settings: set})
	got.load(t, first.msgs)
	w.wantAll(t, got, besideConversations...)
	for _, stream := range besideConversations {
		if n := first.counts()[stream]; n == 0 || n != len(w.contents()[stream]) {
			t.Errorf("%s: %d records, the workspace has %d", stream, n, len(w.contents()[stream]))
		}
	}
	if n := w.Count("GET", "/conversations/*/side_conversations"); n != 60 {
		t.Errorf("%d calls for side conversations, want one per conversation", n)
	}
	w.clock.Advance(time.Hour)
	w.ForgetRequests()
	again := w.must(t, command{settings: set, state: first.state()})
	if len(again.counts()) != 0 || again.state() != first.state() {
		t.Errorf("an unchanged workspace yields %v and the state %s", again.counts(), again.state())
	}
	if n := w.Count("GET", "/conversations/**"); n != 0 {
		t.Errorf("%d calls for conversations that did not change", n)
	}
	ids, err := w.IDs("conversations")
	if err == nil {
		_, err = w.AddTo("conversations", ids[4], "parts", intercomtest.Object{"body": "late", "attachments": []intercomtest.Object{
			{"type": "upload", "name": "a.pdf", "url": "https://files.example/a"}, {"type": "upload", "name": "a.pdf", "url": "https://files.example/a"},
		}})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	changed := w.must(t, command{settings: set, state: first.state()})
	got.load(t, changed.msgs)
	w.wantAll(t, got, besideConversations...)
	for stream := range changed.counts() {
		for _, r := range changed.records(stream) {
			if found, _ := pick(r, "conversation_id"); unquoted(found[0]) != ids[4] {
				t.Errorf("%s: row of a conversation that did not change: %s", stream, r)
			}
		}
	}
	if n := changed.counts()["conversation_part_attachments"]; n < 2 {
		t.Errorf("%d attachments of parts, want the two new ones", n)
	}
}

func TestChildrenWithinAnswersStoppedAtEveryRequestThenResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	resumedAnywhere(t, w, settings{"page_size": 2, "concurrency": 2, "select": besideConversations}, 1)
}

// TestWhatIsWithinAChildIsLostWithIt refuses the call of a sibling: its rows,
// and what is within them, come when it is allowed.
func TestWhatIsWithinAChildIsLostWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.FailNext(-1, "", "/conversations/*/side_conversations", 403)
	set := settings{"select": []string{"conversations", "side_*"}}
	x := w.must(t, command{settings: set})
	if n := x.counts(); n["conversations"] == 0 || n["side_conversations"]+n["side_conversation_parts"] != 0 {
		t.Errorf("records %v", n)
	}
	if strings.Contains(x.state(), "side_") {
		t.Errorf("a bookmark of what was not read: %s", x.state())
	}
	insisted := w.extract(t, command{settings: settings{"select": []string{"side_conversation_parts"}}})
	if insisted.code != 1 || !strings.Contains(insisted.stderr, "CRITICAL side_conversations: ") {
		t.Errorf("exit code %d\n%s", insisted.code, insisted.stderr)
	}
}

// TestRowsAlikeAreNumbered looks at keys of rows without ids: the ordinal counts
// those that are the same in the rest of the key.
func TestRowsAlikeAreNumbered(t *testing.T) {
	t.Parallel()
	raw := func(rows ...string) []childRow {
		var out []childRow
		for _, r := range rows {
			out = append(out, childRow{jsontext.Value(r), []member{{"conversation_id", jsontext.Value(`"7"`)}}})
		}
		return out
	}
	for name, tt := range map[string]struct {
		stream string
		rows   []childRow
		want   string
	}{
		"attachments":       {"conversation_attachments", raw(`{"url":"a"}`, `{"url":"a"}`, `{"url":"b"}`), "0 1 2"},
		"monitors":          {"conversation_monitor_evaluations", raw(`{"monitor_id":"1"}`, `{"monitor_id":"2"}`, `{"monitor_id":"1","evaluated_at":null}`), "0 0 1"},
		"reviewed twice":    {"conversation_scorecards", raw(`{"scorecard_id":"9","score":1}`, `{"scorecard_id":"9","score":2}`), "0 1"},
		"two in one second": {"handling_events", raw(`{"teammate":{"id":1},"type":"paused","timestamp":"t"}`, `{"teammate":{"id":2},"type":"paused","timestamp":"t"}`, `{"teammate":{"id":1},"type":"paused","timestamp":"t"}`), "0 0 1"},
		"nobody's":          {"handling_events", raw(`{"teammate":null,"type":"paused","timestamp":"t"}`, `{"type":"paused","timestamp":"t"}`, `{"teammate":{"id":null},"type":"paused","timestamp":"t"}`), "0 1 2"},
	} {
		s := streamNamed(tt.stream)
		if err := errors.Join(s.lift(tt.rows), s.number(tt.rows)); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range tt.rows {
			last := row.lead[len(row.lead)-1]
			got = append(got, string(last.value))
		}
		if fmt.Sprint(got) != "["+tt.want+"]" {
			t.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}
