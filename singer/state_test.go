package singer_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

func TestStateKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s, err := singer.ParseState([]byte(`{"version": 3, "currently_syncing":"b","bookmarks":{"b":{"at":1.10},"a":{}},"activate_versions":{"x":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.CurrentlySyncing(); got != "b" {
		t.Errorf("CurrentlySyncing() = %q", got)
	}
	if got := string(s.Bookmark("b")); got != `{"at":1.10}` {
		t.Errorf("Bookmark(b) = %s", got)
	}
	s.SetBookmark("c", jsontext.Value(`{"at" : "2026"}`))
	s.ClearBookmark("a")
	s.SetCurrentlySyncing("")
	got, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"bookmarks":{"b":{"at":1.10},"c":{"at":"2026"}},"activate_versions":{"x":1},"version":3}`
	if string(got) != want {
		t.Errorf("Marshal = %s\nwant      %s", got, want)
	}
}

func TestStateOfAFirstRun(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"{}", " { }\n", `{"bookmarks":null,"currently_syncing":null}`, `{"currently_syncing":null}`, `{"bookmarks":{}}`,
		`{"singer_state":{}}`, `{"type":"STATE","value":{}}`, `{"singer_state":{"bookmarks":{}}}`, "\ufeff{}",
	} {
		s, err := singer.ParseState([]byte(in))
		if err != nil {
			t.Errorf("ParseState(%q): %v", in, err)
			continue
		}
		if got, err := s.MarshalJSON(); err != nil || string(got) != "{}" {
			t.Errorf("ParseState(%q) marshals as %s, %v; want {}", in, got, err)
		}
		if s.Bookmark("users") != nil {
			t.Errorf("ParseState(%q) has a bookmark", in)
		}
	}
}

// TestStateIsFoundWithinWhatHoldsIt reads what `meltano state get` prints, and the
// line that a tap wrote.
func TestStateIsFoundWithinWhatHoldsIt(t *testing.T) {
	t.Parallel()
	const want = `{"bookmarks":{"a":{"at":1}},"currently_syncing":"a"}`
	for _, in := range []string{
		want,
		"\ufeff" + want + "\n",
		`{"singer_state":` + want + `}`,
		`{"type":"STATE","value":` + want + `}`,
		`{"value":` + want + `,"type":"state"}`,
		`{"type":"STATE","value":{"singer_state":` + want + `}}`,
	} {
		s, err := singer.ParseState([]byte(in))
		if err != nil {
			t.Errorf("ParseState(%s): %v", in, err)
			continue
		}
		if got, err := s.MarshalJSON(); err != nil || string(got) != want {
			t.Errorf("ParseState(%s) marshals as %s, %v", in, got, err)
		}
	}
	// Beside bookmarks such a member is one of those that are kept.
	s, err := singer.ParseState([]byte(`{"bookmarks":{},"singer_state":{"bookmarks":{"a":1}}}`))
	if err != nil || s.Bookmark("a") != nil {
		t.Errorf("bookmark %s, %v", s.Bookmark("a"), err)
	}
}

func TestParseStateRefusesWhatIsNoState(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"", "nothing in it"},
		{" \n\t\r\n", "nothing in it"},
		{"\ufeff", "nothing in it"},
		{"null", "expected object with bookmarks, got null"},
		{`[]`, "got array"},
		{`[{"type":"STREAM","stream":{}}]`, "got array"},
		{`"2026-01-01T00:00:00Z"`, "got string"},
		{`{"bookmarks":[]}`, "bookmarks: expected object with one member per stream, got array"},
		{`{"currently_syncing":1}`, "currently_syncing: expected string, got number"},
		{`{"currently_syncing":["a"]}`, "currently_syncing: expected string, got array"},
		{`{"bookmarks":`, "unexpected EOF"},
		{"{}\n{\"bookmarks\":{}}\n", "the last line is the one to keep"},
		{`{"a":1}`, `neither bookmarks nor currently_syncing in it, but "a"`},
		{`{"f":1,"e":1,"d":1,"c":1,"b":1,"a":1}`, `but "a", "b", "c", "d", "e", ...`},
		{`{"type":"RECORD","stream":"a","record":{}}`, `but "record", "stream", "type"`},
		{`{"type":"STATE"}`, `but "type"`},
		{`{"type":"STATE","value":null}`, "got null"},
		{`{"singer_state":null}`, "got null"},
		{`{"singer_state":{"a":1}}`, `but "a"`},
	} {
		if _, err := singer.ParseState([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseState(%q): %v, want %q", tt.in, err, tt.want)
		}
	}
}

// TestStateThatIsEmptyButForOthersIsReadAgain writes one without bookmarks.
func TestStateThatIsEmptyButForOthersIsReadAgain(t *testing.T) {
	t.Parallel()
	s, err := singer.ParseState([]byte(`{"bookmarks":{"a":1},"version":3}`))
	if err != nil {
		t.Fatal(err)
	}
	s.ClearBookmark("a")
	got, err := s.MarshalJSON()
	if err != nil || string(got) != `{"bookmarks":{},"version":3}` {
		t.Errorf("marshals as %s, %v", got, err)
	}
	if _, err := singer.ParseState(got); err != nil {
		t.Error(err)
	}
}

func TestCloneOfAStateIsItsOwn(t *testing.T) {
	t.Parallel()
	s := new(singer.State)
	s.SetBookmark("a", jsontext.Value(`1`))
	c := s.Clone()
	c.SetBookmark("a", jsontext.Value(`2`))
	c.SetBookmark("b", jsontext.Value(`3`))
	if got, _ := s.MarshalJSON(); string(got) != `{"bookmarks":{"a":1}}` {
		t.Errorf("the original became %s", got)
	}
}
