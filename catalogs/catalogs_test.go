package catalogs_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"intercomdw/catalogs"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// A node is a schema as these tests look at it.
type node struct {
	Type                 types           `json:"type"`
	Format               string          `json:"format"`
	ContentMediaType     string          `json:"contentMediaType"`
	Description          string          `json:"description"`
	Properties           map[string]node `json:"properties"`
	Items                *node           `json:"items"`
	AdditionalProperties *bool           `json:"additionalProperties"`
}

// types are the value of the keyword type: one name or a list of them.
type types []string

func (t *types) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		*t = make(types, 1)
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// walk calls visit for every property and every items below n, with its path and the name by which it is judged.
func walk(n node, path, name string, visit func(path, name string, n node)) {
	for p, child := range n.Properties {
		visit(path+"/"+p, p, child)
		walk(child, path+"/"+p, p, visit)
	}
	if n.Items != nil {
		item := ""
		if base, ok := strings.CutSuffix(name, "_ids"); ok {
			item = base + "_id"
		}
		visit(path+"[]", item, *n.Items)
		walk(*n.Items, path+"[]", item, visit)
	}
}

func read(t *testing.T, stream string) node {
	t.Helper()
	raw, err := catalogs.Schema(stream)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields() // a keyword these tests do not judge
	var n node
	if err := dec.Decode(&n); err != nil {
		t.Fatalf("%s: %v", stream, err)
	}
	return n
}

// eachStream runs check as a subtest for every stream.
func eachStream(t *testing.T, check func(t *testing.T, stream string, root node)) {
	for _, stream := range catalogs.Names() {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			check(t, stream, read(t, stream))
		})
	}
}

func TestStreamsOfTheTap(t *testing.T) {
	t.Parallel()
	names := catalogs.Names()
	for _, want := range []string{
		"admins", "teams", "team_admins", "tags", "segments",
		"contacts", "contact_tags", "contact_companies", "contact_notes",
		"companies", "company_tags", "company_segments",
		"conversations", "conversation_contacts", "conversation_tags", "conversation_teammates", "conversation_parts",
		"tickets", "ticket_parts",
		"contact_attributes", "company_attributes", "conversation_attributes",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("no schema for stream %s", want)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("Names() = %v, want them in alphabetical order", names)
	}
}

func TestUnknownStreamIsNotFound(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"user", "", "../go", "catalogs.go"} {
		if _, err := catalogs.Schema(stream); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Schema(%q) error = %v, want fs.ErrNotExist", stream, err)
		}
	}
}

func TestRecordsAreObjectsWithRoomForTheUnknown(t *testing.T) {
	t.Parallel()
	eachStream(t, func(t *testing.T, stream string, root node) {
		if !slices.Equal(root.Type, types{"object"}) || len(root.Properties) < 2 {
			t.Errorf("root is %v with %d properties, want an object with some", root.Type, len(root.Properties))
		}
		extra, ok := root.Properties["_extra"]
		if !ok || !slices.Contains(extra.Type, "object") || extra.AdditionalProperties == nil || !*extra.AdditionalProperties {
			t.Errorf("_extra = %+v, want a free object", extra)
		}
	})
}

func TestEverythingMayBeNull(t *testing.T) {
	t.Parallel()
	eachStream(t, func(t *testing.T, stream string, root node) {
		walk(root, "", "", func(path, _ string, n node) {
			if len(n.Type) < 2 || n.Type[0] != "null" {
				t.Errorf("%s: type %v, want null and something else", path, n.Type)
			}
		})
	})
}

func TestIdsAreStrings(t *testing.T) {
	t.Parallel()
	// A ticket attribute may refer to one object or to several; the API tells them by the type of the id.
	several := "/updated_attribute_data/value/id"
	eachStream(t, func(t *testing.T, stream string, root node) {
		walk(root, "", "", func(path, name string, n node) {
			switch {
			case strings.HasSuffix(path, several):
				if !slices.Equal(n.Type, types{"null", "string", "array"}) || !slices.Equal(n.Items.Type, types{"null", "string", "integer"}) {
					t.Errorf("%s: %v of %v, want a string or an array of ids", path, n.Type, n.Items)
				}
			case slices.Contains(n.Type, "object"): // named so for another reason, as by the language id
			case name == "id" || strings.HasSuffix(name, "_id"):
				if !slices.Equal(n.Type, types{"null", "string"}) {
					t.Errorf("%s: type %v, want a string", path, n.Type)
				}
			}
		})
	})
}

func TestTimesAreDateTimes(t *testing.T) {
	t.Parallel()
	eachStream(t, func(t *testing.T, stream string, root node) {
		walk(root, "", "", func(path, name string, n node) {
			called := strings.HasSuffix(name, "_at") || slices.Contains([]string{"waiting_since", "snoozed_until", "timestamp"}, name) ||
				stream == "content_export__receipt" && strings.HasPrefix(name, "first_") || name == "exported_until" ||
				stream == "contact_event_summaries" && (name == "first" || name == "last")
			if day := name == "exception_date"; day != (n.Format == "date") {
				t.Errorf("%s: format %q, want that of a day: %t", path, n.Format, day)
			}
			if called != (n.Format == "date-time") {
				t.Errorf("%s: format %q", path, n.Format)
			}
			if n.Format != "" && !slices.Equal(n.Type, types{"null", "string"}) {
				t.Errorf("%s: format %s on type %v, want a string", path, n.Format, n.Type)
			}
			if n.Format != "" && n.Format != "date-time" && n.Format != "date" {
				t.Errorf("%s: format %q, want none but times", path, n.Format)
			}
		})
	})
}

// An object that lists no properties and is not free, or a list of no known items, would lose data in a target
// that makes columns of what it is told.
func TestEveryShapeIsTold(t *testing.T) {
	t.Parallel()
	eachStream(t, func(t *testing.T, stream string, root node) {
		walk(root, "", "", func(path, _ string, n node) {
			free := n.AdditionalProperties != nil && *n.AdditionalProperties
			if slices.Contains(n.Type, "object") != (free || len(n.Properties) > 0) {
				t.Errorf("%s: type %v, free %v, %d properties", path, n.Type, free, len(n.Properties))
			}
			if slices.Contains(n.Type, "array") != (n.Items != nil) {
				t.Errorf("%s: type %v, items %v", path, n.Type, n.Items)
			}
		})
	})
}

func TestChildrenBeginWithTheirParent(t *testing.T) {
	t.Parallel()
	for stream, parent := range map[string]string{
		"contact_tags": "contact", "contact_companies": "contact", "contact_notes": "contact",
		"company_tags": "company", "company_segments": "company",
		"conversation_contacts": "conversation", "conversation_tags": "conversation",
		"conversation_teammates": "conversation", "conversation_parts": "conversation",
		"ticket_parts": "ticket", "ticket_contacts": "ticket", "ticket_linked_objects": "ticket",
		"contact_segments": "contact", "contact_subscriptions": "contact", "contact_merge_history": "contact",
		"contact_events": "contact", "contact_event_summaries": "contact",
		"company_contacts": "company", "company_notes": "company",
		"conversation_linked_objects": "conversation", "conversation_attachments": "conversation",
		"conversation_part_attachments": "conversation", "handling_events": "conversation",
		"side_conversations": "conversation", "side_conversation_parts": "conversation",
		"conversation_monitor_evaluations": "conversation", "conversation_scorecards": "conversation",
		"article_statistics": "article", "article_drafts": "article", "newsfeed_items": "newsfeed",
	} {
		raw, err := catalogs.Schema(stream)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.Index(string(raw), `"`+parent+`_id"`)
		updated := strings.Index(string(raw), `"`+parent+`_updated_at"`)
		if first := strings.Index(string(raw), `_id"`); id < 0 || updated < id || first < id {
			t.Errorf("%s does not begin with %[2]s_id and %[2]s_updated_at:\n%s", stream, parent, raw)
		}
	}
}

// Intercom's prose is not ours to repeat: only fields of our own making are described.
func TestOnlyOurOwnFieldsAreDescribed(t *testing.T) {
	t.Parallel()
	eachStream(t, func(t *testing.T, stream string, root node) {
		walk(root, "", "", func(path, _ string, n node) {
			ours := path == "/_extra" ||
				strings.HasSuffix(path, "_id") && strings.HasPrefix(n.Description, "The id of the ") ||
				strings.HasSuffix(path, "_updated_at") && strings.HasPrefix(n.Description, "The updated_at of the ")
			if n.Description != "" && !ours {
				t.Errorf("%s is described: %s", path, n.Description)
			}
		})
	})
}

func TestSchemasCompileAndAcceptNulls(t *testing.T) {
	t.Parallel()
	eachStream(t, func(t *testing.T, stream string, root node) {
		raw, err := catalogs.Schema(stream)
		if err != nil {
			t.Fatal(err)
		}
		s, err := jsonschema.CompileString(stream+".json", string(raw))
		if err != nil {
			t.Fatal(err)
		}
		record := map[string]any{}
		for name := range root.Properties {
			record[name] = nil
		}
		record["_extra"] = map[string]any{"new": []any{json.Number("1"), "two"}}
		if err := s.Validate(record); err != nil {
			t.Errorf("a record of nulls: %v", err)
		}
		if err := s.Validate(map[string]any{"_extra": "text"}); err == nil {
			t.Error("a record with text for _extra is valid")
		}
	})
}
