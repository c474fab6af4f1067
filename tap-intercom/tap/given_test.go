package tap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

// judge is a schema as others read it, and as the target does.
type judge struct {
	strict *jsonschema.Schema
	ours   *singer.Validator
}

func newJudge(t testing.TB, schema jsontext.Value) judge {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("schema.json", bytes.NewReader(schema)); err != nil {
		t.Fatal(err)
	}
	strict, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("schema %s: %v", schema, err)
	}
	ours, err := singer.NewValidator(schema)
	if err != nil {
		t.Fatalf("schema %s: %v", schema, err)
	}
	return judge{strict, ours}
}

func (j judge) validate(record jsontext.Value) error {
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	if err := j.strict.Validate(v); err != nil {
		return err
	}
	return j.ours.Validate(record)
}

// wantValid checks that records are as the SCHEMA before them says.
func wantValid(t testing.TB, msgs []message) {
	t.Helper()
	judges := map[string]judge{}
	for _, m := range msgs {
		switch m.kind {
		case singer.KindSchema:
			judges[m.stream] = newJudge(t, m.body)
		case singer.KindRecord:
			if err := judges[m.stream].validate(m.body); err != nil {
				t.Errorf("%s: %v\n%s", m.stream, err, m.body)
			}
		}
	}
}

// given is a catalog with one stream of given properties, as other taps have
// them.
func given(t testing.TB, stream, properties string, more ...func(*singer.CatalogEntry)) *singer.Catalog {
	t.Helper()
	e := &singer.CatalogEntry{Stream: stream, TapStreamID: stream, Schema: jsontext.Value(`{"type":"object","additionalProperties":false,"properties":` + properties + `}`)}
	e.At().Selected = singer.NewBool(true)
	for _, change := range more {
		change(e)
	}
	return &singer.Catalog{Streams: []*singer.CatalogEntry{e}}
}

const (
	someText = `{"type":["null","string"]}`
	someTime = `{"type":["null","string"],"format":"date-time"}`
)

func TestCatalogOfAnotherTapLosesNothing(t *testing.T) {
	t.Parallel()
	for name, form := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, intercomtest.Options{Contacts: 12, Companies: 3, Conversations: -1, Tickets: -1, Shapes: form})
			x := w.must(t, command{catalog: given(t, "contacts", `{
				"id":{"type":"string","minLength":30},"updated_at":{"type":"string","format":"date-time"},"created_at":`+someText+`,
				"email":{"type":"string","format":"email","maxLength":5},"role":{"enum":["owner"]},"name":{"anyOf":[{"type":"string","pattern":"^z"},{"type":"null"}]},
				"tags":{"anyOf":[{"type":"array","minItems":50,"items":{"type":"object","properties":{"id":{"type":"integer"}},"required":["nothing"],"additionalProperties":false}},{"type":"null"}]},
				"companies":{"type":["null","object"],"properties":{"companies":{"type":"array","items":{"type":["null","object"],"properties":{"id":`+someText+`}}}}},
				"location":{"type":"object","properties":{},"additionalProperties":false},"custom_attributes":{"type":["null","object"],"properties":{},"additionalProperties":false},
				"of another tap":`+someText+`}`)})
			wantValid(t, x.msgs)
			ours := w.must(t, command{settings: settings{"select": []string{"contacts", "contacts.tags", "contacts.companies"}}})
			if strings.Contains(x.stderr, "values are lost") || len(x.records("contacts")) != 12 {
				t.Errorf("%d contacts\n%s", len(x.records("contacts")), x.stderr)
			}
			theirs := tables{}
			theirs.load(t, x.msgs)
			for _, contact := range ours.records("contacts") {
				theirs := theirs["contacts"][keyOf(t, "contacts", contact)]
				for _, v := range leaves(t, contact) {
					if !strings.Contains(theirs, v) {
						t.Errorf("%s is nowhere in %s", v, theirs)
					}
				}
			}
			if c := string(x.records("contacts")[0]); !strings.Contains(c, `"created_at":"20`) || !strings.Contains(c, `"_extra":{`) {
				t.Errorf("a time as text is another, or there is no _extra: %s", c)
			}
		})
	}
}

// leaves are the texts of what a record consists of, but for times, which have
// another form in _extra, and what all wrappings of lists have.
func leaves(t testing.TB, v jsontext.Value) (texts []string) {
	t.Helper()
	members, err1 := membersOf(v)
	rows, err2 := elements(v)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		if !isWrapping(m.name) {
			texts = append(texts, leaves(t, m.value)...)
		}
	}
	for _, row := range rows {
		texts = append(texts, leaves(t, row)...)
	}
	if k := v.Kind(); k == '{' || k == '[' || k == 'n' {
		return texts
	}
	text := strings.Trim(string(v), `"`)
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return nil
	}
	return append(texts, text)
}

func TestDeclarationsThatContradictOursAreNamed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ stream, properties, want string }{
		"an integer for a time": {"contacts", `{"id":` + someText + `,"last_seen_at":{"type":["null","integer"]}}`,
			"stream contacts: property last_seen_at is declared as an integer, but is a string of format date-time"},
		"a time for a text": {"contacts", `{"id":` + someText + `,"name":` + someTime + `}`, "property name is declared as a string of format date-time, but is a string"},
		"an array for an object": {"contacts", `{"id":` + someText + `,"location":{"type":["null","array"],"items":{}}}`,
			"property location is declared as an array, but is an object"},
		"a text for an object":  {"contacts", `{"id":` + someText + `,"location":` + someText + `}`, "property location is declared as a string, but is an object"},
		"an object for a text":  {"contacts", `{"id":` + someText + `,"name":{"type":["null","object"]}}`, "property name is declared as an object, but is a string"},
		"a key that is no text": {"contacts", `{"id":{"type":["null","integer"]}}`, "property id is declared as an integer, but is a string"},
		"within an object": {"conversations", `{"id":` + someText + `,"source":{"type":["null","object"],"properties":{"body":{"type":["null","boolean"]}}}}`,
			"property source.body is declared as a boolean, but is a string"},
		"within the rows of a list": {"contacts", `{"id":` + someText + `,"tags":{"type":["null","array"],"items":{"type":["null","object"],"properties":{"url":{"type":"integer"}}}}}`,
			"property tags[].url is declared as an integer, but is a string"},
		"two": {"contacts", `{"id":` + someText + `,"name":{"type":"boolean"},"role":{"type":"integer"}}`,
			"property name is declared as a boolean, but is a string; property role is declared as an integer"},
		"_extra for something else": {"contacts", `{"id":` + someText + `,"_extra":{"type":"integer"}}`, "property _extra is declared as an integer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, intercomtest.Options{Contacts: 1, Companies: -1, Conversations: -1, Tickets: -1})
			x := w.extract(t, command{catalog: given(t, tt.stream, tt.properties)})
			if x.code != 2 || !strings.Contains(x.stderr, tt.want) || len(x.output) > 0 {
				t.Errorf("exit code %d, want 2 and %q\n%s", x.code, tt.want, x.stderr)
			}
		})
	}
}

func TestDeclarationsThatCanBeServedAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 3, Companies: 2, Conversations: -1, Tickets: -1})
	x := w.must(t, command{catalog: given(t, "companies", `{"id":`+someText+`,"updated_at":{"type":["null","string","integer"]},"user_count":`+someText+`,
		"session_count":{"type":["null","number"]},"monthly_spend":{"type":["null","integer"]},"app_id":{},
		"custom_attributes":{"type":["null","string"],"contentMediaType":"application/json"}}`)})
	wantValid(t, x.msgs)
	if len(x.records("companies")) != 2 || strings.Contains(x.stderr, "values are lost") {
		t.Fatalf("%d companies\n%s", len(x.records("companies")), x.stderr)
	}
	for _, r := range x.records("companies") {
		found, err := pick(r, "user_count", "custom_attributes")
		if err != nil || found[0].Kind() != '"' || !strings.HasPrefix(unquoted(found[1]), "{") {
			t.Errorf("company %s, %v", r, err)
		}
	}
}

// TestAllThatIsWrongWithACatalogIsSaidAtOnce: it need not be run as often as
// there are streams.
func TestAllThatIsWrongWithACatalogIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 1, Companies: -1, Conversations: -1, Tickets: -1})
	c := given(t, "contacts", `{"id":`+someText+`,"avatar":`+someText+`}`)
	c.Streams = append(c.Streams, given(t, "segments", `{"id":{"type":"integer"}}`).Streams...)
	x := w.extract(t, command{catalog: c})
	if x.code != 2 || !strings.Contains(x.stderr, "stream contacts: property avatar is declared as a string, but is an object") || !strings.Contains(x.stderr, "stream segments: property id is declared as an integer") {
		t.Errorf("exit code %d\n%s", x.code, x.stderr)
	}
}

func TestNumbersThatOtherTapsTakeForKeysAreServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: -1, Companies: -1, Conversations: -1, Tickets: -1})
	for _, stream := range []string{"admins", "teams", "tags"} {
		x := w.must(t, command{catalog: given(t, stream, `{"id":{"type":["null","integer"]},"team_ids":{"anyOf":[{"type":"array","items":{"type":"integer"}},{"type":"null"}]},"name":`+someText+`}`)})
		wantValid(t, x.msgs)
		for _, r := range x.records(stream) {
			if found, err := pick(r, "id"); err != nil || found[0].Kind() != '0' {
				t.Errorf("%s %s, %v", stream, r, err)
			}
		}
		if len(x.records(stream)) == 0 {
			t.Errorf("no %s", stream)
		}
	}
}

func TestWhatACatalogSaysOfKeysAndReplicationIsDoneOrRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		stream string
		change func(*singer.CatalogEntry)
		want   string // "" when it is honoured
	}{
		"the keys that it has":        {"contact_tags", func(e *singer.CatalogEntry) { e.KeyProperties = []string{"tag_id", "contact_id"} }, ""},
		"other keys":                  {"contact_tags", func(e *singer.CatalogEntry) { e.KeyProperties = []string{"tag_id"} }, "key_properties are tag_id, but its rows are told apart by contact_id, tag_id"},
		"other keys in metadata":      {"contacts", func(e *singer.CatalogEntry) { e.At().TableKeyProperties = []string{"email"} }, "table-key-properties are email"},
		"keys of a view":              {"contacts", func(e *singer.CatalogEntry) { e.At().ViewKeyProperties = []string{"email"} }, "view-key-properties are email"},
		"another replication key":     {"contacts", func(e *singer.CatalogEntry) { e.At().ReplicationKey = "created_at" }, `replication-key is "created_at", but it is followed by updated_at`},
		"another one of old":          {"contacts", func(e *singer.CatalogEntry) { e.ReplicationKey = "created_at" }, `replication_key is "created_at"`},
		"its own replication key":     {"contacts", func(e *singer.CatalogEntry) { e.At().ReplicationKey = "updated_at" }, ""},
		"one where there is none":     {"tags", func(e *singer.CatalogEntry) { e.At().ReplicationKey = "updated_at" }, `replication-key is "updated_at", but it is read in full each time`},
		"none of the valid ones":      {"contacts", func(e *singer.CatalogEntry) { e.At().ValidReplicationKeys = []string{"created_at"} }, "valid-replication-keys are created_at"},
		"a full table":                {"contacts", func(e *singer.CatalogEntry) { e.At().ReplicationMethod = "FULL_TABLE" }, ""},
		"incremental where it cannot": {"tags", func(e *singer.CatalogEntry) { e.At().ReplicationMethod = "INCREMENTAL" }, "replication-method is INCREMENTAL"},
		"by a log":                    {"contacts", func(e *singer.CatalogEntry) { e.At().ReplicationMethod = "LOG_BASED" }, `replication-method is "LOG_BASED"`},
		"what is not selected": {"contacts", func(e *singer.CatalogEntry) {
			e.KeyProperties, e.At().Selected = []string{"email"}, singer.NewBool(false)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, intercomtest.Options{Contacts: 2, Companies: -1, Conversations: -1, Tickets: -1})
			_, stdout, _ := offline(t, "--discover")
			c := parseCatalog(t, stdout)
			for _, e := range c.Streams {
				e.At().Selected = singer.NewBool(e.TapStreamID == tt.stream)
			}
			tt.change(c.Entry(tt.stream))
			x := w.extract(t, command{catalog: c})
			if tt.want == "" && x.code != 0 || tt.want != "" && (x.code != 2 || !strings.Contains(x.stderr, "catalog: stream "+tt.stream+": "+tt.want)) {
				t.Errorf("exit code %d, want %q\n%s", x.code, tt.want, x.stderr)
			}
		})
	}
}

// TestFullTableInACatalogIsReadInFull: the bookmark does not count while it says
// so, and is there for the run that says so no more.
func TestFullTableInACatalogIsReadInFull(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"contacts", "contact_tags", "companies", "articles", "conversation_parts", "activity_logs", "contact_events", "content_export__receipt"} {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			_, stdout, _ := offline(t, "--discover")
			c := parseCatalog(t, stdout)
			for _, e := range c.Streams {
				e.At().Selected = singer.NewBool(e.TapStreamID == stream)
			}
			first := w.must(t, command{catalog: c})
			want := first.counts()[stream]
			if again := w.must(t, command{catalog: c, state: first.state()}); again.counts()[stream] == want {
				t.Fatalf("%s is read in full anyway", stream)
			}
			c.Entry(stream).At().ReplicationMethod = "FULL_TABLE"
			full := w.must(t, command{catalog: c, state: first.state(), settings: settings{"start_date": "2025-12-31T00:00:00Z"}})
			if n := full.counts()[stream]; n != want || want == 0 {
				t.Errorf("%d records, want %d", n, want)
			}
			if full.state() != first.state() {
				t.Errorf("state\n%s, want\n%s", full.state(), first.state())
			}
		})
	}
}

func TestSomethingElseGivenAsCatalogIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for what, v := range map[string]any{
		"a configuration": settings{"access_token": "tok-secret"}, "a state": settings{"bookmarks": settings{}}, "nothing": settings{}, "null": nil, "a list": []string{},
	} {
		w := newWorld(t, intercomtest.Options{Contacts: 1, Companies: -1, Conversations: -1, Tickets: -1})
		x := w.extract(t, command{args: []string{"--catalog", file(t, dir, "c.json", v)}})
		if x.code != 2 || len(x.output) > 0 || strings.Contains(x.stderr, "tok-secret") {
			t.Errorf("%s: exit code %d\n%s", what, x.code, x.stderr)
		}
	}
}

// TestExtraIsSentUnlessItIsExcluded: by a catalog in which it may be, or by name.
func TestExtraIsSentUnlessItIsExcluded(t *testing.T) {
	t.Parallel()
	_, stdout, _ := offline(t, "--discover")
	only := func(change func(*singer.CatalogEntry)) command {
		c := parseCatalog(t, stdout)
		for _, e := range c.Streams {
			e.At().Selected = singer.NewBool(e.TapStreamID == "tags")
		}
		change(c.Entry("tags"))
		return command{catalog: c}
	}
	for name, tt := range map[string]struct {
		command
		sent bool
	}{
		"by default": {only(func(*singer.CatalogEntry) {}), true},
		"not selected, as all that Meltano is not told of": {only(func(e *singer.CatalogEntry) { e.At("properties", extraField).Selected = singer.NewBool(false) }), true},
		"available and not selected": {only(func(e *singer.CatalogEntry) {
			m := e.At("properties", extraField)
			m.Inclusion, m.Selected = singer.Available, singer.NewBool(false)
		}), false},
		"unsupported":              {only(func(e *singer.CatalogEntry) { e.At("properties", extraField).Inclusion = singer.Unsupported }), false},
		"not in the schema":        {command{catalog: given(t, "tags", `{"id":`+someText+`}`)}, true},
		"nor wanted":               {command{catalog: given(t, "tags", `{"id":`+someText+`}`, func(e *singer.CatalogEntry) { e.At("properties", extraField).Selected = singer.NewBool(false) })}, false},
		"left out by name":         {command{settings: settings{"select": []string{"tags", "!tags._extra"}}}, false},
		"left out of all by name":  {command{settings: settings{"select": []string{"tags", "!*._extra"}}}, false},
		"left out with everything": {command{settings: settings{"select": []string{"tags", "!tags.*"}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, intercomtest.Options{Contacts: -1, Companies: -1, Conversations: -1, Tickets: -1})
			ids, err := w.IDs("tags")
			if err == nil {
				err = w.Update("tags", ids[0], intercomtest.Object{"brand_new": "kept?"})
			}
			if err != nil {
				t.Fatal(err)
			}
			x := w.must(t, tt.command)
			wantValid(t, x.msgs)
			sent := strings.Contains(fmt.Sprint(x.records("tags")), "kept?")
			lost := strings.Contains(x.stderr, "WARNING values are lost: no field takes them, and _extra is not selected stream=tags field=brand_new values=1")
			if sent != tt.sent || lost == tt.sent {
				t.Errorf("sent %t, want %t; said to be lost %t\n%s", sent, tt.sent, lost, x.stderr)
			}
		})
	}
}
