package tap

import (
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
