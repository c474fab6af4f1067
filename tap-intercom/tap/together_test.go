package tap

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"intercomdw/tap-intercom/intercomtest"
)

func TestTranscriptsComeForTwentyConversationsAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 5, Companies: -1, Conversations: 90, Tickets: -1})
	calls, err1 := w.IDs("calls")
	conversations, err2 := w.IDs("conversations")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for i, id := range calls { // 25 conversations to a page
		if err := w.Update("calls", id, intercomtest.Object{"conversation_id": conversations[i]}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Minute)
	set := settings{"select": []string{"calls", "call_transcripts"}}
	got := tables{}
	first := w.must(t, command{settings: set})
	got.load(t, first.msgs)
	w.wantAll(t, got, "calls", "call_transcripts")
	if n := len(got["call_transcripts"]); n != len(w.contents()["call_transcripts"]) || n < 40 {
		t.Errorf("%d transcripts, the workspace has %d", n, len(w.contents()["call_transcripts"]))
	}
	searches := 0
	for _, r := range w.Requests() {
		if r.Path != "/calls/search" {
			continue
		}
		searches++
		var body struct {
			ConversationIDs []string `json:"conversation_ids"`
		}
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil || len(body.ConversationIDs) == 0 || len(body.ConversationIDs) > 20 {
			t.Errorf("asked for %d conversations: %v", len(body.ConversationIDs), err)
		}
	}
	if searches != 5 {
		t.Errorf("%d searches for the calls of pages of 25, 25 and 7, want 5", searches)
	}
	record := first.records("call_transcripts")[0]
	members, err := membersOf(record)
	if err != nil || !strings.Contains(string(record), `"text":"`) {
		t.Errorf("%s, %v", record, err)
	}
	for _, m := range members {
		if !strings.Contains("call_id call_updated_at conversation_id transcript transcript_status", m.name) {
			t.Errorf("member %s of the call in %s", m.name, record)
		}
	}

	w.clock.Advance(time.Hour)
	w.ForgetRequests()
	again := w.must(t, command{settings: set, state: first.state()})
	if len(again.counts()) != 0 || again.state() != first.state() || w.Count("POST", "/calls/search") != 0 {
		t.Errorf("unchanged: records %v, %d searches, state %s", again.counts(), w.Count("POST", "/calls/search"), again.state())
	}
	id, err := pick(record, "call_id")
	if err == nil {
		err = w.Update("calls", unquoted(id[0]), intercomtest.Object{"transcript": []intercomtest.Object{{"speaker": "User", "text": "corrected"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	changed := w.must(t, command{settings: set, state: first.state()})
	if r := changed.records("call_transcripts"); len(r) != 1 || !strings.Contains(string(r[0]), "corrected") {
		t.Errorf("after a change: %s", r)
	}
	w.ForgetRequests()
	w.must(t, command{settings: settings{"select": []string{"calls"}}})
	if n := w.Count("POST", "/calls/search"); n != 0 {
		t.Errorf("%d searches for transcripts that nobody wants", n)
	}
}

func TestCallsAreReadWhenTranscriptsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	refused := w.FailNext(-1, "", "/calls/search", 403)
	x := w.must(t, command{settings: settings{"select": []string{"call*"}}})
	if n := x.counts(); n["calls"] != 57 || n["call_transcripts"] != 0 || refused.Hit() != 1 || strings.Contains(x.state(), "call_transcripts") {
		t.Errorf("records %v, %d refused, state %s", n, refused.Hit(), x.state())
	}
	insisted := w.extract(t, command{settings: settings{"select": []string{"call_transcripts"}}})
	if insisted.code != 1 || !strings.Contains(insisted.stderr, "CRITICAL call_transcripts: ") {
		t.Errorf("exit code %d\n%s", insisted.code, insisted.stderr)
	}
	x = w.must(t, command{args: []string{"--discover"}})
	if e := parseCatalog(t, string(x.output)).Entry("call_transcripts"); e.Selected() || e.Find().Inclusion != "unsupported" {
		t.Errorf("discovery: %+v", e.Find())
	}
}

func TestTranscriptsStoppedAtEveryRequestThenResumed(t *testing.T) {
	t.Parallel()
	resumedAnywhere(t, newWorld(t, small), settings{"select": []string{"calls", "call_transcripts"}}, 1)
}
