package singer_test

import (
	"encoding/json"
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
	for _, in := range []string{"", " \n", "null", "{}", `{"bookmarks":null,"currently_syncing":null}`} {
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

func TestParseStateRefusesOtherForms(t *testing.T) {
	t.Parallel()
	for _, in := range []string{`[]`, `{"bookmarks":[]}`, `{"currently_syncing":1}`, `{"bookmarks":`, `{} {}`} {
		if _, err := singer.ParseState([]byte(in)); err == nil {
			t.Errorf("ParseState(%s) passed", in)
		} else {
			t.Log(err)
		}
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
