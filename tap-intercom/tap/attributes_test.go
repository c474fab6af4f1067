package tap

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// TestValueThatContradictsItsTypeIsKeptAndCounted gives tickets attributes that
// are not what their type declares. They are kept beside, under the names of the
// fields that they are not in.
func TestValueThatContradictsItsTypeIsKeptAndCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	ids, err := w.IDs("tickets")
	if err == nil {
		err = w.Update("tickets", ids[0], intercomtest.Object{"ticket_attributes": intercomtest.Object{
			"Cost (€)": "it depends", "Confirmed?": "perhaps", "priority": 1.5, "Due by": "next week", "Priority": 7, "Evidence": []any{1}, "new one": []any{"a"},
		}})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	x := w.must(t, command{settings: settings{"select": []string{"tickets"}}})
	found := false
	for _, record := range x.records("tickets") {
		members, err := pick(record, "id", "ticket_attributes", "_extra")
		if err != nil {
			t.Fatal(err)
		}
		if unquoted(members[0]) != ids[0] {
			continue
		}
		found = true
		kept, err := pick(members[2], "ticket_attributes/Cost", "ticket_attributes/Confirmed", "ticket_attributes/priority_"+hashOf("priority"), "ticket_attributes/Due_by")
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{`"it depends"`, `"perhaps"`, "1.5", `"next week"`} {
			if string(kept[i]) != want {
				t.Errorf("_extra %s, want %s in it", members[2], want)
			}
		}
		as, err := pick(members[1], "Cost", "Priority", "Evidence", "new_one_"+hashOf("new one"))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"null", `"7"`, "[1]", `["a"]`} {
			if string(as[i]) != want {
				t.Errorf("ticket_attributes %s, want %s in it", members[1], want)
			}
		}
	}
	if !found || !strings.Contains(x.stderr, "stream=tickets values=4") {
		t.Errorf("found %v, or the log does not count 4 values:\n%s", found, x.stderr)
	}
}

// TestWithoutTheirTypesStreamsAreLeftAndOthersRead has Intercom answer with errors
// where it describes attributes, custom objects and data sets.
func TestWithoutTheirTypesStreamsAreLeftAndOthersRead(t *testing.T) {
	t.Parallel()
	for path, tt := range map[string]struct {
		selected []string
		want     []string // streams that have records
		says     string
	}{
		"/data_attributes":                    {[]string{"contacts", "contact_tags", "tags"}, []string{"contact_tags", "tags"}, "custom attributes of contacts: GET /data_attributes: HTTP 500"},
		"/ticket_types":                       {[]string{"tickets", "ticket_parts"}, []string{"ticket_parts"}, "custom attributes of tickets: GET /ticket_types: HTTP 500"},
		"/conversations/attributes":           {[]string{"custom_objects__*", "tags"}, []string{"tags"}, "types of custom objects: GET /conversations/attributes: HTTP 500"},
		"/export/reporting_data/get_datasets": {[]string{"reporting__*", "tags"}, []string{"tags"}, "reporting data sets: GET /export/reporting_data/get_datasets: HTTP 500"},
	} {
		w := newWorld(t, small)
		set := settings{"select": tt.selected}
		fault := w.FailNext(-1, "GET", path, 500)
		x := w.extract(t, command{settings: set})
		if got := slices.Sorted(maps.Keys(x.counts())); x.code != 1 || !slices.Equal(got, tt.want) || !strings.Contains(x.stderr, tt.says) {
			t.Errorf("%s: exit code %d, records of %v, want %v; the log:\n%s", path, x.code, got, tt.want, x.stderr)
		}
		// When there is an answer again, the next run has the rest.
		fault.Remove()
		got := tables{}
		got.load(t, x.msgs)
		got.load(t, w.must(t, command{settings: set, state: x.state()}).msgs)
		w.wantAll(t, got, slices.DeleteFunc(slices.Clone(tt.selected), func(s string) bool { return strings.HasSuffix(s, "*") })...)
		if x = w.extract(t, command{settings: set, args: []string{"--discover"}}); x.code != 0 {
			t.Errorf("%s: discovery: exit code %d\n%s", path, x.code, x.stderr)
		}
		w.FailNext(-1, "GET", path, 500)
		if x = w.extract(t, command{settings: set, args: []string{"--discover"}}); x.code != 0 || !strings.Contains(x.stderr, tt.says) || len(x.output) == 0 {
			t.Errorf("%s: discovery without an answer: exit code %d\n%s", path, x.code, x.stderr)
		}
	}
}
