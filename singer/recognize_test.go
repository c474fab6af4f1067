package singer_test

import (
	"strings"
	"testing"

	"intercomdw/singer"
)

func TestFilesAreRecognized(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{usersCatalog, "a catalog"},
		{`{"streams":[]}`, "a catalog"},
		{`{"streams":{"users":{"nested":"json"}}}`, "a configuration"}, // a setting of that name
		{`{"bookmarks":{}}`, "a state"},
		{`{"singer_state":{}}`, "a state"},
		{`{"currently_syncing":null}`, "a state"},
		{`{"type":"STATE","value":{}}`, "a STATE message"},
		{`{"type":"record","stream":"a","record":{}}`, "a RECORD message"},
		{`{"type":"object","properties":{"a":{}}}`, "a JSON Schema"},
		{"\ufeff" + `{"access_token":"x","more":1}`, "a configuration"},
		{`{"streams":[],"access_token":"x"}`, "a catalog"},
		{`{"a":1}`, ""},
		{`[]`, ""},
		{``, ""},
		{`{"bookmarks":`, ""},
	} {
		if got := singer.Recognize([]byte(tt.in), "access_token", "streams"); got != tt.want {
			t.Errorf("Recognize(%s) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestParseCatalogRefusesWhatIsNoCatalog(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                             "nothing in it",
		" \n":                          "nothing in it",
		"null":                         "expected object with a list of streams, got null",
		"[]":                           "got array",
		`{}`:                           "no list of streams in it",
		`{"bookmarks":{}}`:             "no list of streams in it",
		`{"streams":null}`:             "no list of streams in it",
		`{"streams":{"users":{}}}`:     "no list of streams in it",
		`{"streams":[]}{"streams":[]}`: "after top-level value",
	} {
		if _, err := singer.ParseCatalog([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseCatalog(%q): %v, want %q", in, err, want)
		}
	}
	if c, err := singer.ParseCatalog([]byte("\ufeff{\"streams\":[]}")); err != nil || len(c.Streams) != 0 {
		t.Errorf("%v, %v", c, err)
	}
}
