package tap

import (
	"strings"
	"testing"
)

// TestSelectNamesFieldsToo shows the tags of contacts in the contacts, and leaves
// attributes out everywhere.
func TestSelectNamesFieldsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	for _, tt := range []struct {
		patterns []string
		with     string // member of contacts
		without  string
		streams  string
	}{
		{[]string{"contacts"}, "custom_attributes", "tags", "contacts"},
		{[]string{"contacts", "contacts.tags"}, "tags", "companies", "contacts"},
		{[]string{"contacts", "tag?", "*.companies", "!*.custom_attributes"}, "companies", "custom_attributes", "contacts tags"},
		{[]string{"contacts", "contacts.*", "!contacts.no*"}, "merge_history", "notes", "contacts"},
	} {
		x := w.must(t, command{settings: settings{"select": tt.patterns}})
		var read []string
		for i := range streams {
			if x.counts()[streams[i].name] > 0 {
				read = append(read, streams[i].name)
			}
		}
		if want := strings.Fields(tt.streams); len(read) != len(want) {
			t.Errorf("%v: streams %v, want %v", tt.patterns, read, want)
		}
		found, err := pick(x.records("contacts")[0], tt.with, tt.without)
		if err != nil || len(found[0]) == 0 || len(found[1]) != 0 {
			t.Errorf("%v: contact %s, want it with %s and without %s (%v)", tt.patterns, x.records("contacts")[0], tt.with, tt.without, err)
		}
	}
	// Patterns of fields only leave the streams as they are.
	c, err := newCatalog(false)
	if err != nil {
		t.Fatal(err)
	}
	named, err := choose(c, []string{"contacts.tags"})
	if err != nil || len(named) != 0 || !c.Entry("tickets").Selected() || c.Entry("contact_segments").Selected() || !c.Entry("contacts").Selection().Selected("tags") {
		t.Errorf("fields only: named %v, %v, or streams were changed", named, err)
	}
	for pattern, want := range map[string]string{
		"contacts.tag":   `unknown field "contacts.tag" (did you mean "contacts.tags"?)`,
		"contact.tags":   `unknown field "contact.tags"`,
		"contacts.[":     "bad pattern",
		"!contacts.zzzz": `unknown field "contacts.zzzz"`,
	} {
		if _, err := choose(c, []string{pattern}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
	}
}
