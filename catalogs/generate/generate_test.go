package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func library(t *testing.T) description {
	t.Helper()
	f, err := os.Open("testdata/library.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	desc, err := readDescription(f)
	if err != nil {
		t.Fatal(err)
	}
	return desc
}

var shelf = parent{name: "shelf", updated: true, except: ", not its number"}

func TestStreamsOfALibrary(t *testing.T) {
	t.Parallel()
	changes := []amendment{
		{"keeper", "email", is(number), "replaced where it stands"},
		{"shelf", "dusty", is(boolean), "added at the end"},
		{"shelf", "zone", isCalled("wing"), "renamed"},
	}
	for _, st := range []stream{
		{name: "shelves", of: "shelf"},
		{name: "shelf_events", of: "event", parent: shelf, idAs: "loan_id"},
		{name: "shelf_readers", parent: shelf, also: []property{{"reader_id", text()}}},
		{name: "settings", of: "settings"},
	} {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			s, err := newConverter(library(t), changes).stream(st)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", st.name+".json"), s.encode())
		})
	}
}

// golden compares got with a file, which UPDATE=1 renews.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestSameDescriptionSameBytes(t *testing.T) {
	t.Parallel()
	encode := func() []byte {
		s, err := newConverter(library(t), nil).stream(stream{name: "shelves", of: "shelf"})
		if err != nil {
			t.Fatal(err)
		}
		return s.encode()
	}
	first := encode()
	for range 20 {
		if again := encode(); !bytes.Equal(first, again) {
			t.Fatalf("two runs differ:\n%s\n%s", first, again)
		}
	}
}

func TestMistakesInTheTablesAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stream  stream
		changes []amendment
		want    string
	}{
		"no such component":       {stream{of: "shelv"}, nil, `no schema "shelv"`},
		"a reference to nowhere":  {stream{of: "lost"}, nil, `schema lost: /book: no schema "nowhere"`},
		"no id to rename":         {stream{of: "settings", idAs: "setting_id"}, nil, "schema settings has no id to be called setting_id"},
		"a parent's field twice":  {stream{of: "shelf", parent: parent{name: "book"}, idAs: "book_id"}, nil, "schema shelf has a property book_id of its own"},
		"nothing to rename":       {stream{of: "shelf"}, []amendment{{"shelf", "colour", isCalled("color"), ""}}, "amend schema shelf: no property colour to be called color"},
		"a change that is unused": {stream{of: "settings"}, []amendment{{"shelf", "dusty", is(boolean), ""}}, "amendment of shelf.dusty is not used by any stream"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conv := newConverter(library(t), c.changes)
			_, err := conv.stream(c.stream)
			if err == nil {
				err = conv.unused()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestLaterDescriptionsAddWhatTheFirstDoesNotHave(t *testing.T) {
	t.Parallel()
	read := func(text string) description {
		desc, err := readDescription(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return desc
	}
	desc := read("components: {schemas: {book: {type: object, properties: {title: {type: string}}}}}")
	desc.add(read(`components: {schemas: {
		book: {type: object, properties: {renamed: {type: string}}},
		loan: {type: object, properties: {book: {$ref: "#/components/schemas/book"}}}}}`))
	s, err := newConverter(desc, nil).stream(stream{of: "loan"})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(s.encode()); !strings.Contains(got, `"title"`) || strings.Contains(got, `"renamed"`) {
		t.Errorf("a later description does not build on the first:\n%s", got)
	}
}

func TestNotADescription(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a: [", "paths: {}", "components: {schemas: {a: {properties: [1]}}}"} {
		if _, err := readDescription(strings.NewReader(text)); err == nil {
			t.Errorf("readDescription(%q) has no error", text)
		}
	}
}

func TestEachStreamIsListedOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, st := range streams {
		if seen[st.name] {
			t.Errorf("stream %s is listed twice", st.name)
		}
		seen[st.name] = true
	}
	for _, a := range amendments {
		if a.source == "" {
			t.Errorf("amendment of %s.%s has no source", a.component, a.property)
		}
	}
}
