package intercomtest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// given returns rows with what their place says of them.
func given(rows []map[string]any, more map[string]any) []map[string]any {
	for _, row := range rows {
		for name, v := range more {
			row[name] = v
		}
	}
	return rows
}

// listIn returns a list inside of an object.
func listIn(o map[string]any, path string) []map[string]any {
	for {
		first, rest, nested := strings.Cut(path, ".")
		if !nested {
			list, _ := o[first].([]any)
			var rows []map[string]any
			for _, v := range list {
				rows = append(rows, v.(map[string]any))
			}
			return rows
		}
		o, _ = o[first].(map[string]any)
		path = rest
	}
}

// renamed returns rows with the id under another name and nothing but keep.
func renamed(rows []map[string]any, id string, keep ...string) []map[string]any {
	for _, row := range rows {
		row[id] = row["id"]
		for name := range row {
			if name != id && !slices.Contains(keep, name) {
				delete(row, name)
			}
		}
	}
	return rows
}

func TestContactsRelateToTheirLists(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Contacts: 50})
	var segments, subscriptions, merges, embedded []map[string]any
	for _, c := range searchPages(t, s, "", "/contacts/search?include_merge_history=true", "data", everything, 150) {
		path, of := "/contacts/"+c["id"].(string), map[string]any{"contact_id": c["id"]}
		segments = append(segments, given(renamed(readAll(t, s, "", path+"/segments", "data"), "segment_id"), of)...)
		subscriptions = append(subscriptions, given(renamed(readAll(t, s, "", path+"/subscriptions", "data"), "subscription_type_id"), of)...)
		embedded = append(embedded, given(listIn(c, "merge_history"), of)...)
		if c["role"] == "user" {
			_, o, _ := call(t, s, "GET", path+"/merge_history", "")
			merges = append(merges, given(listIn(o, "data"), of)...)
		}
	}
	held := s.Contents()
	wantStream(t, held, "contact_segments", segments, "contact_id", "segment_id")
	wantStream(t, held, "contact_subscriptions", subscriptions, "contact_id", "subscription_type_id")
	wantStream(t, held, "contact_merge_history", merges, "contact_id", "source_contact_id", "merged_at")
	wantStream(t, held, "contact_merge_history", embedded, "contact_id", "source_contact_id", "merged_at")
}

func TestMergeHistoryIsNewestFirstUnlessAsked(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Clock: clock})
	ids := mustIDs(t, s, "contacts")
	for _, from := range ids[1:4] {
		clock.Advance(hour)
		if err := s.Merge(from, ids[0]); err != nil {
			t.Fatal(err)
		}
	}
	for order, want := range map[string][]string{"": {ids[3], ids[2], ids[1]}, "desc": {ids[3], ids[2], ids[1]}, "asc": ids[1:4]} {
		var got []string
		_, o, _ := call(t, s, "GET", "/contacts/"+ids[0]+"/merge_history?order="+order, "")
		for _, row := range listIn(o, "data") {
			got = append(got, row["source_contact_id"].(string))
		}
		if !slices.Equal(got, want) {
			t.Errorf("order %q gives %v, want %v", order, got, want)
		}
	}
}

func TestCompaniesRelateToTheirLists(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.16", "2.17"} {
		s := intercomtest.New(t, intercomtest.Options{})
		var notes, contacts []map[string]any
		for _, id := range mustIDs(t, s, "companies") {
			path, of := "/companies/"+id, map[string]any{"company_id": id}
			notes = append(notes, given(readAll(t, s, version, path+"/notes", "data"), of)...)
			contacts = append(contacts, given(renamed(readAll(t, s, version, path+"/contacts?per_page=2", "data"), "contact_id"), of)...)
		}
		wantStream(t, s.Contents(), "company_notes", notes, "company_id", "id")
		wantStream(t, s.Contents(), "company_contacts", contacts, "company_id", "contact_id")
	}
}

func TestConversationsRelateToTheirLists(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Conversations: 40})
	var linked, attached, partAttached, handled, sides, sideParts, evaluations, scorecards []map[string]any
	number := func(rows []map[string]any) []map[string]any {
		for i, row := range rows {
			row["ordinal"] = i
		}
		return rows
	}
	for _, c := range searchPages(t, s, "", "/conversations/search?include_monitors=true&include_scorecards=true", "conversations", everything, 150) {
		path, of := "/conversations/"+c["id"].(string), map[string]any{"conversation_id": c["id"]}
		linked = append(linked, given(renamed(listIn(c, "linked_objects.data"), "linked_object_id", "type", "category"), of)...)
		attached = append(attached, given(number(listIn(c, "source.attachments")), of)...)
		evaluations = append(evaluations, given(listIn(c, "monitor_evaluations"), of)...)
		scorecards = append(scorecards, given(listIn(c, "scorecards"), of)...)
		_, full, _ := call(t, s, "GET", path, "")
		for _, p := range listIn(full, "conversation_parts.conversation_parts") {
			of := map[string]any{"conversation_id": c["id"], "conversation_part_id": keysOf([]map[string]any{p}, "id")[0]}
			partAttached = append(partAttached, given(number(listIn(p, "attachments")), of)...)
		}
		_, events, _ := call(t, s, "GET", path+"/handling_events", "")
		handled = append(handled, given(listIn(events, "handling_events"), of)...)
		for _, side := range readAll(t, s, "", path+"/side_conversations", "side_conversations") {
			of := map[string]any{"conversation_id": c["id"], "side_conversation_id": side["side_conversation_id"]}
			sideParts = append(sideParts, given(listIn(side, "conversation_parts"), of)...)
			delete(side, "conversation_parts") // they were given more than they had
			sides = append(sides, given([]map[string]any{side}, of)...)
		}
	}
	held := s.Contents()
	wantStream(t, held, "conversation_linked_objects", linked, "conversation_id", "type", "linked_object_id")
	wantStream(t, held, "conversation_attachments", attached, "conversation_id", "ordinal", "url")
	wantStream(t, held, "conversation_part_attachments", partAttached, "conversation_id", "conversation_part_id", "ordinal", "url")
	wantStream(t, held, "handling_events", handled, "conversation_id", "timestamp", "type")
	wantStream(t, held, "side_conversations", sides, "conversation_id", "side_conversation_id")
	wantStream(t, held, "side_conversation_parts", sideParts, "conversation_id", "side_conversation_id", "id")
	wantStream(t, held, "conversation_monitor_evaluations", evaluations, "conversation_id", "monitor_id", "evaluated_at")
	wantStream(t, held, "conversation_scorecards", scorecards, "conversation_id", "scorecard_id")
}

func TestListsOfConversationsHaveTheirVersions(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	path := "/conversations/" + mustIDs(t, s, "conversations")[0]
	for list, version := range map[string]string{"handling_events": "2.14", "side_conversations": "2.15"} {
		if status, o, _ := callVersion(t, s, version, "GET", path+"/"+list, ""); errorCode(o) != "intercom_version_invalid" {
			t.Errorf("%s at %s = %d %s, want intercom_version_invalid", list, version, status, errorCode(o))
		}
		if status, _, _ := call(t, s, "GET", "/conversations/1/"+list, ""); status != http.StatusNotFound {
			t.Errorf("%s of no conversation = %d, want 404", list, status)
		}
	}
	if status, _, _ := call(t, s, "GET", path+"/monitors", ""); status != http.StatusNotFound {
		t.Errorf("a list that does not exist = %d, want 404", status)
	}
	if status, _, _ := call(t, s, "GET", path+"/side_conversations?per_page=51", ""); status != http.StatusBadRequest {
		t.Errorf("a page of 51 side conversations = %d, want 400", status)
	}
	_, o, _ := callVersion(t, s, "2.15", "GET", path+"?include_monitors=true", "")
	if _, found := o["monitor_evaluations"]; found {
		t.Error("2.15 gives monitor evaluations")
	}
}

func TestTicketsRelateToTheirLists(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	var linked, contacts []map[string]any
	for _, c := range searchPages(t, s, "", "/tickets/search", "tickets", everything, 150) {
		of := map[string]any{"ticket_id": c["id"]}
		linked = append(linked, given(renamed(listIn(c, "linked_objects.data"), "linked_object_id", "type", "category"), of)...)
		contacts = append(contacts, given(renamed(listIn(c, "contacts.contacts"), "contact_id"), of)...)
	}
	held := s.Contents()
	wantStream(t, held, "ticket_linked_objects", linked, "ticket_id", "type", "linked_object_id")
	wantStream(t, held, "ticket_contacts", contacts, "ticket_id", "contact_id")
}

func TestEventsAreListedForNinetyDays(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Contacts: 40, Clock: clock})
	read := func() (events, summaries []map[string]any) {
		for _, id := range mustIDs(t, s, "contacts") {
			of := map[string]any{"contact_id": id}
			events = append(events, given(readAll(t, s, "", "/events?type=user&per_page=7&intercom_user_id="+id, "events"), of)...)
			_, o, _ := call(t, s, "GET", "/events?type=user&summary=true&intercom_user_id="+id, "")
			summaries = append(summaries, given(listIn(o, "events"), of)...)
		}
		return events, summaries
	}
	events, summaries := read()
	wantStream(t, s.Contents(), "contact_events", events, "contact_id", "id")
	wantStream(t, s.Contents(), "contact_event_summaries", summaries, "contact_id", "name", "first", "last", "count")

	oldest := float64(clock.Now().Unix() - 90*86400)
	if slices.ContainsFunc(events, func(e map[string]any) bool { return e["created_at"].(float64) < oldest }) {
		t.Error("events of more than 90 days ago are listed")
	}
	clock.Advance(60 * 24 * hour)
	later, same := read()
	wantStream(t, s.Contents(), "contact_events", later, "contact_id", "id")
	if len(later) >= len(events) || len(same) != len(summaries) {
		t.Errorf("after 60 days there are %d of %d events and %d of %d summaries, want fewer and all", len(later), len(events), len(same), len(summaries))
	}
}

func TestEventsThatAreAddedComeFirstAndLeaveTheContactAsItWas(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Clock: clock})
	id := mustIDs(t, s, "contacts")[0]
	before, err := s.Get("contacts", id)
	if err != nil {
		t.Fatal(err)
	}
	path := "/events?type=user&intercom_user_id=" + id
	were := keysOf(readAll(t, s, "", path, "events"), "id")
	var added []string
	for range 3 {
		clock.Advance(time.Second)
		event, err := s.AddTo("contacts", id, "events", intercomtest.Object{"event_name": "moved"})
		if err != nil {
			t.Fatal(err)
		}
		added = append([]string{event}, added...)
	}
	if _, err := s.AddTo("contacts", id, "events", nil); err == nil {
		t.Error("two events of one second")
	}
	if got, want := keysOf(readAll(t, s, "", path, "events"), "id"), slices.Concat(added, were); !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	if after, err := s.Get("contacts", id); err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("contact %v, %v; want it as it was: %v", after, err, before)
	}
}

func TestEventsByAnyNameAndTime(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Clock: clock})
	event := s.Contents()["contact_events"][0]
	for _, row := range s.Contents()["contact_events"] {
		if row["email"] != nil && row["user_id"] != nil {
			event = row
		}
	}
	ids := func(query string) []string {
		return keysOf(readAll(t, s, "", "/events?type=user&"+query, "events"), "id")
	}
	want := ids(fmt.Sprint("intercom_user_id=", event["contact_id"]))
	for _, query := range []string{fmt.Sprint("user_id=", event["user_id"]), "email=" + url.QueryEscape(fmt.Sprint(event["email"]))} {
		if got := ids(query); len(got) == 0 || !slices.Equal(got, want) {
			t.Errorf("events by %s: %v, want %v", query, got, want)
		}
	}
	at := event["created_at"].(int64) * 1000
	if got := ids(fmt.Sprintf("intercom_user_id=%v&since=%d&before=%d", event["contact_id"], at, at+1)); !slices.Equal(got, []string{event["id"].(string)}) {
		t.Errorf("events of one moment: %v, want %v", got, event["id"])
	}
	for query, want := range map[string]int{"intercom_user_id=nobody&type=user": 404, "type=company": 400, "email=&type=user": 404} {
		if status, _, _ := call(t, s, "GET", "/events?"+query, ""); status != want {
			t.Errorf("events with %s = %d, want %d", query, status, want)
		}
	}
}

func TestActivitiesOfContactsAreHeld(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	ids := mustIDs(t, s, "contacts")
	if err := s.Merge(ids[0], ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("contacts", ids[2]); err != nil {
		t.Fatal(err)
	}
	_, o, _ := callVersion(t, s, "2.17", "GET", "/contacts/activities", "")
	held := s.Contents()
	wantStream(t, held, "contact_activities", listIn(o, "data"), "id", "event_type")
	wantStream(t, held, "deleted_conversations", readAll(t, s, "", "/conversations/deleted", "conversations"), "id")
}
