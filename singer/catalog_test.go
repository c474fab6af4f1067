package singer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
)

const usersCatalog = `{"streams":[
 {"stream":"users","tap_stream_id":"users","schema":{"type":"object","required":["id","phone"],"properties":{
   "id":{"type":"string"},"name":{"type":"string"},"phone":{"type":"string"},"secret":{"type":"string"},
   "tags":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"label":{"type":"string"}}}},
   "home":{"type":"object","properties":{"city":{"type":"string"},"zip":{"type":"string"}}}}},
  "metadata":[
   {"breadcrumb":[],"metadata":{"selected":"true","table-key-properties":["id"],"x-ours":{"a":1}}},
   {"breadcrumb":["properties","id"],"metadata":{"inclusion":"automatic","selected":false}},
   {"breadcrumb":["properties","name"],"metadata":{"inclusion":"available"}},
   {"breadcrumb":["properties","phone"],"metadata":{"inclusion":"available","selected":"false"}},
   {"breadcrumb":["properties","secret"],"metadata":{"inclusion":"unsupported","selected":true}},
   {"breadcrumb":["properties","tags","items","properties","label"],"metadata":{"selected-by-default":false}},
   {"breadcrumb":["properties","home","properties","zip"],"metadata":{"selected":false,"selected-by-default":true}}]}]}`

func usersEntry(t *testing.T) *singer.CatalogEntry {
	t.Helper()
	c, err := singer.ParseCatalog([]byte(usersCatalog))
	if err != nil {
		t.Fatal(err)
	}
	return c.Entry("users")
}

func TestSelectionFollowsTheMetadata(t *testing.T) {
	t.Parallel()
	e := usersEntry(t)
	if !e.Selected() {
		t.Error(`Selected() = false for a stream with "selected":"true"`)
	}
	s := e.Selection()
	tests := []struct {
		path string
		want bool
		why  string
	}{
		{"id", true, "automatic wins over selected false"},
		{"name", true, "nobody speaks against it"},
		{"phone", false, `selected is the string "false"`},
		{"secret", false, "unsupported wins over selected"},
		{"tags", true, ""},
		{"tags/id", true, ""},
		{"tags/label", false, "selected-by-default false, below items"},
		{"home/city", true, ""},
		{"home/zip", false, "selected wins over selected-by-default"},
		{"phone/anything", false, "inside a field that is not sent"},
		{"undeclared", true, ""},
	}
	for _, tt := range tests {
		if got := s.Selected(strings.Split(tt.path, "/")...); got != tt.want {
			t.Errorf("Selected(%s) = %v, want %v (%s)", tt.path, got, tt.want, tt.why)
		}
	}
}

func TestSelectionPrunesSchemaAndRecordAlike(t *testing.T) {
	t.Parallel()
	e := usersEntry(t)
	schema, err := e.Selection().Schema(e.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Compact(); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"name":{"type":"string"},"tags":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"}}}},"home":{"type":"object","properties":{"city":{"type":"string"}}}}}`
	if diff := cmp.Diff(want, string(schema)); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}

	record := `{"phone":"1","id":1.50,"tags":[{"label":"x","id":"7"},null,{"label":"y"}],"secret":{"a":[1]},"home":{"zip":null,"city":"K\u00f6ln"},"new":[]}`
	got, err := e.Selection().Record([]byte("> "), jsontext.Value(record))
	if err != nil {
		t.Fatal(err)
	}
	want = `> {"id":1.50,"tags":[{"id":"7"},null,{}],"home":{"city":"K\u00f6ln"},"new":[]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if _, err := e.Selection().Record(nil, jsontext.Value(`{"id":1,`)); err == nil {
		t.Error("a record cut short passed")
	}
}

func TestSelectionReachesIntoUnions(t *testing.T) {
	t.Parallel()
	e := &singer.CatalogEntry{Schema: jsontext.Value(`{"anyOf":[{"type":"null"},{"properties":{"a":{"type":"string"},"b":{"type":"string"}}}],"allOf":7}`)}
	e.At("properties", "a").Selected = singer.NewBool(false)
	got, err := e.Selection().Schema(e.Schema)
	want := `{"anyOf":[{"type":"null"},{"properties":{"b":{"type":"string"}}}],"allOf":7}`
	if err != nil || string(got) != want {
		t.Errorf("Schema() = %s, %v; want %s", got, err, want)
	}
}

func TestLegacySelectionWithinTheSchema(t *testing.T) {
	t.Parallel()
	c, err := singer.ParseCatalog([]byte(`{"streams":[{"tap_stream_id":"a","schema":{"selected":true,"properties":{"x":{"selected":false},"y":{"selected":true},"z":{"type":"object","properties":{"w":{"selected":false}}}}}},{"stream":"b","schema":{"selected":false}},{"stream":"c","schema":{}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := names(c.SelectedStreams(nil)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("SelectedStreams = %v, want [a]", got)
	}
	s := c.Entry("a").Selection()
	for field, want := range map[string]bool{"x": false, "y": true, "z": true} {
		if got := s.Selected(field); got != want {
			t.Errorf("Selected(%s) = %v, want %v", field, got, want)
		}
	}
	if s.Selected("z", "w") {
		t.Error("Selected(z, w) = true")
	}
}

func TestSelectedStreamsBeginWhereTheLastRunStopped(t *testing.T) {
	t.Parallel()
	c := new(singer.Catalog)
	for _, name := range []string{"a", "b", "c", "d"} {
		e := &singer.CatalogEntry{Stream: name, TapStreamID: name}
		e.At().Selected = singer.NewBool(name != "b")
		c.Streams = append(c.Streams, e)
	}
	tests := map[string][]string{
		"":        {"a", "c", "d"},
		"a":       {"a", "c", "d"},
		"c":       {"c", "d", "a"},
		"d":       {"d", "a", "c"},
		"b":       {"a", "c", "d"}, // no longer selected
		"dropped": {"a", "c", "d"},
	}
	for syncing, want := range tests {
		s := new(singer.State)
		s.SetCurrentlySyncing(syncing)
		if got := names(c.SelectedStreams(s)); !slices.Equal(got, want) {
			t.Errorf("SelectedStreams(currently_syncing %q) = %v, want %v", syncing, got, want)
		}
	}
}

func names(entries []*singer.CatalogEntry) (names []string) {
	for _, e := range entries {
		names = append(names, e.TapStreamID)
	}
	return names
}

func TestCatalogComesBackAsItWentOut(t *testing.T) {
	t.Parallel()
	c, err := singer.ParseCatalog([]byte(usersCatalog))
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := singer.ParseCatalog(out)
	if err != nil {
		t.Fatalf("ParseCatalog of\n%s: %v", out, err)
	}
	out2, err := again.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(out), string(out2)); diff != "" {
		t.Errorf("second Marshal (-first +second):\n%s", diff)
	}
	if !strings.Contains(string(out), `"x-ours"`) {
		t.Errorf("metadata Singer does not know was lost:\n%s", out)
	}
}

func TestParseCatalogRefusesStreamsItCannotTellApart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"streams":[{"stream":"a"},{"tap_stream_id":"a"}]}`: `parse catalog: stream "a" is there twice`,
		`{"streams":[{"schema":{}}]}`:                        `parse catalog: stream 1 has no tap_stream_id`,
		`{"streams":[null]}`:                                 `parse catalog: stream 1 is null`,
		`[]`:                                                 `parse catalog: `,
	} {
		if _, err := singer.ParseCatalog([]byte(in)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("ParseCatalog(%s) error = %v, want %q", in, err, want)
		}
	}
}
