package tap

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

const errorList = `{"type":"error.list","request_id":"r-1","errors":[{"code":"server_error","message":"in words"}]}`

// TestAnswerWithoutTheRowsOfAParentIsNoAnswer has the call for one parent answered
// with something else: once, which is asked for again, and for good, which fails that
// child alone and leaves its bookmark before the parent.
func TestAnswerWithoutTheRowsOfAParentIsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stream, path string // path: %s is the parent's id
		kind, body         string // %s is the parent's id
	}{
		{"an error list", "conversation_parts", "/conversations/%s", "conversations", errorList},
		{"nothing in it", "conversation_parts", "/conversations/%s", "conversations", `{}`},
		{"null", "conversation_parts", "/conversations/%s", "conversations", `null`},
		{"a list", "conversation_parts", "/conversations/%s", "conversations", `[{"type":"conversation","id":"%s"}]`},
		{"without its parts", "conversation_parts", "/conversations/%s", "conversations", `{"type":"conversation","id":"%s"}`},
		{"null for its parts", "conversation_parts", "/conversations/%s", "conversations", `{"type":"conversation","id":"%s","conversation_parts":null}`},
		{"null in its parts", "conversation_parts", "/conversations/%s", "conversations", `{"type":"conversation","id":"%s","conversation_parts":{"type":"conversation_part.list","conversation_parts":null,"total_count":2}}`},
		{"another one", "conversation_parts", "/conversations/%s", "conversations", `{"type":"conversation","id":"9%s","conversation_parts":{"conversation_parts":[]}}`},
		{"an error list", "contact_notes", "/contacts/%s/notes", "contacts", errorList},
		{"null for the list", "contact_notes", "/contacts/%s/notes", "contacts", `{"type":"list","data":null}`},
		{"nothing in it", "contact_segments", "/contacts/%s/segments", "contacts", `{}`},
		{"without its statistics", "article_statistics", "/articles/%s", "articles", `{"type":"article","id":"%s"}`},
		{"another draft", "article_drafts", "/articles/%s/draft", "articles", `{"type":"article","id":"9%s"}`},
		{"an error list", "article_version_contents", "/articles/%s/versions/*", "articles", errorList},
		{"nothing in it", "handling_events", "/conversations/%s/handling_events", "conversations", `{}`},
	} {
		t.Run(tt.stream+", "+tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			parent := map[bool]string{true: "articles", false: tt.kind}[tt.kind == "articles"]
			set := settings{"select": []string{parent, tt.stream, "tags"}, "page_size": 7}
			whole := w.must(t, command{settings: set})
			fresh := tables{}
			fresh.load(t, whole.msgs)
			id := w.parentOf(t, tt.stream, whole)
			fault := intercomtest.Fault{Path: fmt.Sprintf(tt.path, id), Status: 200, Body: strings.ReplaceAll(tt.body, "%s", id)}
			once := w.Control(fault)
			x := w.must(t, command{settings: set})
			got := tables{}
			got.load(t, x.msgs)
			wantSame(t, got, fresh)
			if once.Hit() != 1 {
				t.Fatalf("asked %d times for what went wrong once", once.Hit())
			}
			fault.Times = -1
			always := w.Control(fault)
			x = w.extract(t, command{settings: set})
			if x.code != 1 || !strings.Contains(x.stderr, "unusable answer") || x.counts()[parent] != len(fresh[parent]) || x.counts()["tags"] != len(fresh["tags"]) {
				t.Errorf("exit code %d, counts %v\n%s", x.code, x.counts(), x.stderr)
			}
			if n := x.counts()[tt.stream]; n >= len(fresh[tt.stream]) {
				t.Errorf("%d rows of %s", n, tt.stream)
			}
			for _, m := range x.msgs {
				if m.stream == tt.stream && m.kind.String() == "ACTIVATE_VERSION" {
					t.Error("the target was told to drop rows")
				}
			}
			always.Remove()
			got = tables{}
			got.load(t, x.msgs)
			got.load(t, w.must(t, command{settings: set, state: x.state()}).msgs)
			wantSame(t, got, fresh)
		})
	}
}

// parentOf is the id of some parent, not the first, that has rows of stream.
func (w world) parentOf(t *testing.T, stream string, x extraction) string {
	t.Helper()
	id, member := "", streamNamed(stream).ofID
	if member == "" {
		member = "article_id"
	}
	for i, row := range x.records(stream) {
		found, err := pick(row, member)
		if err != nil || len(found[0]) == 0 {
			t.Fatalf("%s: %v", row, err)
		}
		if id = unquoted(found[0]); i > len(x.records(stream))/2 {
			break
		}
	}
	if id == "" {
		t.Fatalf("no rows of %s", stream)
	}
	return id
}

// TestPartsInAnotherWrappingAreParts has the parts of a conversation come in other
// shapes than the described one.
func TestPartsInAnotherWrappingAreParts(t *testing.T) {
	t.Parallel()
	part := `{"type":"conversation_part","id":"77","part_type":"comment","body":"hi","created_at":1746000000,"updated_at":1746000000}`
	for _, list := range []string{`[` + part + `]`, `{"type":"list","data":[` + part + `],"total_count":1}`, `{"type":"conversation_part.list","conversation_parts":[null,` + part + `]}`} {
		w := newWorld(t, small)
		ids, _ := w.IDs("conversations")
		w.Control(intercomtest.Fault{Path: "/conversations/" + ids[3], Status: 200, Body: fmt.Sprintf(`{"type":"conversation","id":%q,"conversation_parts":%s}`, ids[3], list)})
		x := w.must(t, command{settings: settings{"select": []string{"conversation_parts"}}})
		found := false
		for _, row := range x.records("conversation_parts") {
			found = found || strings.Contains(string(row), `"id":"77"`)
		}
		if !found {
			t.Errorf("%s: the part did not come", list)
		}
	}
}

// TestParentsThatAreAllMissingAreNoDeletions answers 404 to the calls for some
// parents: a few in a row may have been deleted, more are a failure, and no bookmark
// passes those that nothing came after.
func TestParentsThatAreAllMissingAreNoDeletions(t *testing.T) {
	t.Parallel()
	set := settings{"select": []string{"conversations", "conversation_parts", "tags"}, "page_size": 7, "concurrency": 1}
	for name, tt := range map[string]struct {
		skip, times int
		code        int
	}{
		"a few":           {10, fewMissing, 0},
		"one more":        {10, fewMissing + 1, 1},
		"all":             {0, -1, 1},
		"the last ones":   {37, -1, 0},
		"all of a few":    {37, 3, 0},
		"all of the rest": {30, -1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			whole := w.must(t, command{settings: set})
			fresh := tables{}
			fresh.load(t, whole.msgs)
			fault := w.Control(intercomtest.Fault{Path: "/conversations/[0-9]*", Skip: tt.skip, Times: tt.times, Status: http.StatusNotFound})
			x := w.extract(t, command{settings: set})
			if said := strings.Contains(x.stderr, "parents in a row are not found"); x.code != tt.code || said != (tt.code == 1) || fault.Hit() == 0 {
				t.Errorf("exit code %d after %d, want %d\n%s", x.code, fault.Hit(), tt.code, x.stderr)
			}
			if n := x.counts()["conversations"]; n != len(fresh["conversations"]) {
				t.Errorf("%d conversations, want %d", n, len(fresh["conversations"]))
			}
			fault.Remove()
			got := tables{}
			got.load(t, x.msgs)
			next := w.must(t, command{settings: set, state: x.state()})
			got.load(t, next.msgs)
			if name == "a few" { // what came after them says that they were deleted
				if n := next.counts()["conversation_parts"]; n != 0 {
					t.Errorf("%d parts in the next run", n)
				}
				return
			}
			wantSame(t, got, fresh)
			if next.state() != whole.state() {
				t.Errorf("state\n%s\nwant\n%s", next.state(), whole.state())
			}
		})
	}
}

// TestLateAnswerThatAParentIsMissingIsJudgedByItsBegin has the answers of calls that
// are under way together come in any order.
func TestLateAnswerThatAParentIsMissingIsJudgedByItsBegin(t *testing.T) {
	t.Parallel()
	var m missing
	first, second, third := m.begin(), m.begin(), m.begin()
	if err := m.add(first, 100); err != nil || m.proved() != 99 {
		t.Errorf("proved to %d, %v; want 99", m.proved(), err)
	}
	m.found(third)
	if m.proved() != math.MaxInt64 {
		t.Errorf("proved to %d after a later call succeeded", m.proved())
	}
	if err := m.add(second, 200); err != nil || m.proved() != math.MaxInt64 {
		t.Errorf("proved to %d, %v, although a later call had succeeded", m.proved(), err)
	}
	for n := range fewMissing + 1 {
		if err := m.add(m.begin(), 300+int64(n)); (err != nil) != (n == fewMissing) {
			t.Errorf("%d in a row: %v", n+1, err)
		}
	}
	if m.proved() != 299 {
		t.Errorf("proved to %d, want 299", m.proved())
	}
}
