package tap

import (
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// TestTicketsThatAreOlderThanTheirPartsAreSaid gives two tickets parts that do not
// move their updated_at. A run by changes does not see them, and says how they are
// read; one of all tickets does.
func TestTicketsThatAreOlderThanTheirPartsAreSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"tickets", "ticket_parts", "tags"}}
	const said = "rows hold newer ones than their updated_at says"
	first := w.must(t, command{settings: set})
	if strings.Contains(first.stderr, said) {
		t.Errorf("said of tickets that are not older:\n%s", first.stderr)
	}
	w.clock.Advance(time.Hour)
	for _, row := range w.Contents()["tickets"][:2] {
		id := row["id"].(string)
		if _, err := w.AddTo("tickets", id, "parts", intercomtest.Object{"body": "later"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Update("tickets", id, intercomtest.Object{"updated_at": row["updated_at"]}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Hour)
	later := func(x extraction) (n int) {
		for _, row := range x.records("ticket_parts") {
			n += strings.Count(string(row), `"later"`)
		}
		return n
	}
	fresh := w.must(t, command{settings: set})
	if later(fresh) != 2 || !strings.Contains(fresh.stderr, said) || !strings.Contains(fresh.stderr, "stream=tickets rows=2") || strings.Count(fresh.stderr, said) != 1 {
		t.Errorf("%d later parts in the first run, or nothing said of them:\n%s", later(fresh), fresh.stderr)
	}
	if changed := w.must(t, command{settings: set, state: first.state()}); later(changed) != 0 {
		t.Fatal("a run by changes sees the parts: nothing to test")
	}
	set["tickets"] = "all"
	all := w.must(t, command{settings: set, state: first.state()})
	if later(all) != 2 || all.counts()["tickets"] != 20 || all.state() != fresh.state() || strings.Contains(all.stderr, said) {
		t.Errorf("%d later parts, %v, state\n%s\nwant\n%s\n%s", later(all), all.counts(), all.state(), fresh.state(), all.stderr)
	}
}

// TestRelationsToNothingAreNotSent has lists of relations with rows that lack the id
// of what they relate to.
func TestRelationsToNothingAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	ids, err := w.IDs("conversations")
	if err == nil {
		err = w.Update("conversations", ids[2], intercomtest.Object{
			"tags": intercomtest.Object{"type": "tag.list", "tags": []intercomtest.Object{
				{"type": "tag", "id": nil, "name": "x"}, {"type": "tag", "id": "77", "name": "y"}, {"type": "tag", "name": "z"},
			}},
			"contacts": intercomtest.Object{"type": "contact.list", "contacts": []any{nil, intercomtest.Object{"type": "contact", "id": nil}}},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	x := w.must(t, command{settings: settings{"select": []string{"conversation_tags", "conversation_contacts"}}})
	found := false
	for _, stream := range []string{"conversation_tags", "conversation_contacts"} {
		for _, row := range x.records(stream) {
			keyOf(t, stream, row)
			found = found || strings.Contains(string(row), `"tag_id":"77"`)
		}
	}
	if !found || !strings.Contains(x.stderr, "are not sent stream=conversation_tags rows=2") || !strings.Contains(x.stderr, "are not sent stream=conversation_contacts rows=1") {
		t.Errorf("the relation between them is sent: %v\n%s", found, x.stderr)
	}
}

// TestRowsOfTheFutureAreSaid dates rows in the year 2043: no run reads them before
// that, which the first one says.
func TestRowsOfTheFutureAreSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"select": []string{"contacts", "conversations", "tickets", "articles", "companies"}}
	const said = "rows are dated in the future"
	if x := w.must(t, command{settings: set}); strings.Contains(x.stderr, said) {
		t.Errorf("said of a workspace without:\n%s", x.stderr)
	}
	w.clock.Advance(2 * time.Minute)
	for _, kind := range []string{"contacts", "conversations", "tickets", "articles", "companies"} {
		if _, err := w.Add(kind, intercomtest.Object{"updated_at": 2328134400}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Minute)
	x := w.must(t, command{settings: set})
	for _, kind := range []string{"contacts", "conversations", "tickets", "articles", "companies"} {
		if !strings.Contains(x.stderr, said+": they are read when that time has come stream="+kind+" rows=1") {
			t.Errorf("nothing said of %s:\n%s", kind, x.stderr)
		}
	}
	if strings.Contains(x.state(), "2043") {
		t.Errorf("a bookmark of the future: %s", x.state())
	}
	// A search that answers with whatever there is says nothing of the future.
	w = newWorld(t, tiny)
	w.Control(intercomtest.Fault{Path: "/tickets/search", Times: -1, Status: 200, Body: `{"type":"ticket.list","tickets":[{"type":"ticket","id":"1","updated_at":1746000000}],"total_count":1}`})
	if x := w.must(t, command{settings: set}); strings.Contains(x.stderr, said) {
		t.Errorf("said of rows of the past:\n%s", x.stderr)
	}
}
