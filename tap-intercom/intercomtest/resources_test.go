package intercomtest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

func TestScrollGivesOneAtATimeAndDiesOfIdleness(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Companies: 25, ScrollPage: 10, Clock: clock})
	scroll := func(param string) (int, intercomtest.Object) {
		status, o, _ := call(t, s, "GET", "/companies/scroll?scroll_param="+param, "")
		return status, o
	}
	_, first := scroll("")
	param := first["scroll_param"].(string)
	if status, o := scroll(""); status != http.StatusBadRequest || errorCode(o) != "scroll_exists" {
		t.Errorf("a second scroll = %d %v, want 400 scroll_exists", status, o)
	}
	clock.Advance(time.Minute)
	if status, o := scroll(param); status != http.StatusOK || len(o["data"].([]any)) != 10 {
		t.Errorf("after a minute the scroll gives %d, want 200 and ten more", status)
	}
	clock.Advance(time.Minute + time.Second)
	if status, o := scroll(param); status != http.StatusNotFound || errorCode(o) != "not_found" {
		t.Errorf("after more than a minute the scroll gives %d, want 404 not_found", status)
	}
	_, again := scroll("")
	param = again["scroll_param"].(string)
	var sizes []int
	for range 3 {
		_, o := scroll(param)
		sizes = append(sizes, len(o["data"].([]any)))
	}
	if fmt.Sprint(sizes) != "[10 5 0]" {
		t.Errorf("pages of a scroll over 25 companies after the first: %v, want [10 5 0]", sizes)
	}
	if status, _ := scroll(param); status != http.StatusNotFound {
		t.Errorf("a scroll that came to its end gives %d, want 404", status)
	}
	if status, _ := scroll(""); status != http.StatusOK {
		t.Errorf("a new scroll after the end = %d, want 200", status)
	}
}

func TestLostScrollCanBeginAgain(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{ScrollPage: 10})
	_, first, _ := call(t, s, "GET", "/companies/scroll", "")
	s.EndScroll()
	if status, _, _ := call(t, s, "GET", "/companies/scroll?scroll_param="+first["scroll_param"].(string), ""); status != http.StatusNotFound {
		t.Errorf("a lost scroll gives %d, want 404", status)
	}
	if got := len(scrollAll(t, s)); got != 40 {
		t.Errorf("the next one gives %d companies, want 40", got)
	}
}

func TestScrollKeepsItsSetAndSkipsTheDeleted(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Companies: 4, ScrollPage: 2})
	_, first, _ := call(t, s, "GET", "/companies/scroll", "")
	if err := s.Delete("companies", mustIDs(t, s, "companies")[2]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add("companies", nil); err != nil {
		t.Fatal(err)
	}
	_, second, _ := call(t, s, "GET", "/companies/scroll?scroll_param="+first["scroll_param"].(string), "")
	if got := len(second["data"].([]any)); got != 1 {
		t.Errorf("second page has %d companies, want the one that was there from the start and still is", got)
	}
}

func TestCompanyListLeavesOutThoseWithoutUsers(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	listed := listPages(t, s, "/companies?per_page=9", "data")
	alone := 0
	for _, c := range s.Contents()["companies"] {
		if fmt.Sprint(c["user_count"]) == "0" {
			alone++
		}
	}
	if alone == 0 || len(listed) != 40-alone {
		t.Errorf("listed %d of 40 companies, of which %d have no users", len(listed), alone)
	}
	for path, want := range map[string]string{
		"/companies?per_page=61": "parameter_invalid", "/companies?page=0": "parameter_invalid", "/companies?per_page=50&page=201": "bad_request",
	} {
		if status, o, _ := call(t, s, "GET", path, ""); status != http.StatusBadRequest || errorCode(o) != want {
			t.Errorf("GET %s = %d %v, want 400 %s", path, status, o["errors"], want)
		}
	}
	rows := searchPages(t, s, "2.17", "/companies/search", "data", everything, 9)
	if len(rows) != len(listed) {
		t.Errorf("companies/search found %d, the list has %d", len(rows), len(listed))
	}
}

func TestPageLinksNameThePublicHost(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	_, o, _ := call(t, s, "GET", "/companies?order=asc", "")
	next, _ := o["pages"].(map[string]any)["next"].(string)
	if want := "https://api.intercom.io/companies?order=asc&page=2&per_page=15"; next != want {
		t.Errorf("pages.next = %q, want %q", next, want)
	}
}

func TestContactsCarryTenOfEachList(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	cut := map[string]int{}
	for _, c := range searchPages(t, s, "", "/contacts/search", "data", everything, 150) {
		for _, list := range []string{"tags", "notes", "companies"} {
			o := c[list].(map[string]any)
			n, total := len(o["data"].([]any)), int(o["total_count"].(float64))
			if more := o["has_more"] == true; n != min(total, 10) || more != (total > 10) {
				t.Errorf("contact %v has %d of %d %s, has_more %t", c["id"], n, total, list, more)
			} else if more {
				cut[list]++
			}
		}
	}
	if cut["tags"] == 0 || cut["notes"] == 0 || cut["companies"] == 0 {
		t.Errorf("contacts with more than ten of a list: %v, want some for each", cut)
	}
}

func TestOnlyTheNewestPartsAreGiven(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Conversations: 1, Clock: clock})
	id := mustIDs(t, s, "conversations")[0]
	for i := range 520 {
		clock.Advance(time.Second)
		if _, err := s.AddTo("conversations", id, "parts", intercomtest.Object{"body": fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	_, c, _ := call(t, s, "GET", "/conversations/"+id, "")
	holder := c["conversation_parts"].(map[string]any)
	parts := holder["conversation_parts"].([]any)
	first, last := parts[0].(map[string]any), parts[len(parts)-1].(map[string]any)
	if len(parts) != 500 || first["body"] != "20" || last["body"] != "519" {
		t.Errorf("%d parts from %v to %v, want 500 from 20 to 519", len(parts), first["body"], last["body"])
	}
	if total := holder["total_count"].(float64); total < 520 {
		t.Errorf("total_count %v, want all of them counted", total)
	}
	if c["updated_at"] != float64(clock.Now().Unix()) {
		t.Errorf("updated_at %v, want the time of the last part", c["updated_at"])
	}
}

func TestPlaintextHasNoMarkup(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Conversations: 1})
	id := mustIDs(t, s, "conversations")[0]
	if _, err := s.AddTo("conversations", id, "parts", intercomtest.Object{"body": "<p>a &lt;b</p><p>c</p>"}); err != nil {
		t.Fatal(err)
	}
	_, c, _ := call(t, s, "GET", "/conversations/"+id+"?display_as=plaintext", "")
	parts := c["conversation_parts"].(map[string]any)["conversation_parts"].([]any)
	if got, want := parts[len(parts)-1].(map[string]any)["body"], "a <b\n\nc"; got != want {
		t.Errorf("body %q, want %q", got, want)
	}
}

func TestMergedContactIsGoneAndPointsToTheOther(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	ids := mustIDs(t, s, "contacts")
	for _, pair := range [][2]string{{ids[2], ids[1]}, {ids[1], ids[0]}} {
		if err := s.Merge(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	status, o, header := call(t, s, "GET", "/contacts/"+ids[2], "")
	if status != http.StatusGone || errorCode(o) != "contact_merged" || !strings.Contains(header.Get("Link"), "/contacts/"+ids[0]+">") {
		t.Errorf("GET of a merged contact = %d %s, Link %q, want 410 contact_merged with the last it went into", status, errorCode(o), header.Get("Link"))
	}
	if status, _, _ := call(t, s, "GET", "/contacts/"+ids[2]+"/tags", ""); status != http.StatusNotFound {
		t.Errorf("GET of its tags = %d, want 404", status)
	}
	if got := len(foundNames(t, s, "", everything)); got != 118 {
		t.Errorf("search finds %d contacts, want 118", got)
	}
	_, history, _ := call(t, s, "GET", "/contacts/"+ids[0]+"/merge_history", "")
	if rows := history["data"].([]any); len(rows) != 1 || rows[0].(map[string]any)["source_contact_id"] != ids[1] {
		t.Errorf("merge history %v, want the second contact", rows)
	}
	_, with, _ := call(t, s, "GET", "/contacts/"+ids[0]+"?include_merge_history=true", "")
	if rows, _ := with["merge_history"].([]any); len(rows) != 1 {
		t.Errorf("include_merge_history gives %v, want one", with["merge_history"])
	}
}

func TestMergedContactHandsOverItsConversations(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	relation := s.Contents()["conversation_contacts"][0]
	from, conversation := relation["contact_id"].(string), relation["conversation_id"]
	into := mustIDs(t, s, "contacts")[0]
	if into == from {
		into = mustIDs(t, s, "contacts")[1]
	}
	if err := s.Merge(from, into); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, row := range s.Contents()["conversation_contacts"] {
		if row["contact_id"] == from {
			t.Errorf("conversation %v still has the merged contact", row["conversation_id"])
		}
		found = found || row["conversation_id"] == conversation && row["contact_id"] == into
	}
	if !found {
		t.Errorf("conversation %v has not become the other contact's", conversation)
	}
}

func TestUpdatesAreDatedByTheClockUnlessTheySayOtherwise(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(hour))
	s := intercomtest.New(t, intercomtest.Options{Clock: clock})
	for kind, patch := range map[string]intercomtest.Object{"contacts": {"name": "n"}, "companies": {"updated_at": 77}, "tags": {"name": "n"}} {
		id := mustIDs(t, s, kind)[0]
		if err := s.Update(kind, id, patch); err != nil {
			t.Fatal(err)
		}
		o, err := s.Get(kind, id)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"contacts": clock.Now().Unix(), "companies": 77, "tags": nil}[kind]
		if got := o["updated_at"]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: updated_at %v, want %v", kind, got, want)
		}
	}
}

func TestActivitiesTellWhatBecameOfContacts(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	ids := mustIDs(t, s, "contacts")
	added, err := s.Add("contacts", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("contacts", ids[5]); err != nil {
		t.Fatal(err)
	}
	if err := s.Merge(ids[6], ids[7]); err != nil {
		t.Fatal(err)
	}
	var got []string
	after := ""
	for range 4 {
		_, o, _ := callVersion(t, s, "2.17", "GET", "/contacts/activities?per_page=1&starting_after="+after, "")
		for _, row := range o["data"].([]any) {
			a := row.(map[string]any)
			got = append(got, fmt.Sprint(a["event_type"], " ", a["contact_id"]))
		}
		if next, more := o["pages"].(map[string]any)["next"].(map[string]any); more {
			after = next["starting_after"].(string)
		}
	}
	want := []string{"contact.created " + added, "contact.deleted " + ids[5], "contact.merged " + ids[7]}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("activities %q, want %q", got, want)
	}
}

func TestDeletedConversationIsListedAsSuch(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(hour))
	s := intercomtest.New(t, intercomtest.Options{Clock: clock})
	id := mustIDs(t, s, "conversations")[3]
	if err := s.Delete("conversations", id); err != nil {
		t.Fatal(err)
	}
	if status, o, _ := call(t, s, "GET", "/conversations/"+id, ""); status != http.StatusNotFound || errorCode(o) != "not_found" {
		t.Errorf("GET of a deleted conversation = %d, want 404 not_found", status)
	}
	newest := listPages(t, s, "/conversations/deleted?per_page=1", "conversations")[0]
	if newest["id"] != id || newest["deleted_at"] != float64(clock.Now().Unix()) {
		t.Errorf("newest deleted conversation %v, want %s, deleted now", newest, id)
	}
}

func TestDeletingTakesAwayWhatHangsOnIt(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	before := s.Contents()
	tag, company := before["contact_tags"][0]["tag_id"].(string), before["contact_companies"][0]["company_id"].(string)
	for kind, id := range map[string]string{"tags": tag, "companies": company} {
		if err := s.Delete(kind, id); err != nil {
			t.Fatal(err)
		}
	}
	after := s.Contents()
	for stream, gone := range map[string]string{"contact_tags": tag, "conversation_tags": tag, "company_tags": tag, "contact_companies": company} {
		for _, row := range after[stream] {
			if row["tag_id"] == gone || row["company_id"] == gone && stream == "contact_companies" {
				t.Errorf("%s still has %v", stream, row)
			}
		}
		if len(after[stream]) == len(before[stream]) {
			t.Errorf("%s: nothing was taken away", stream)
		}
	}
}

func TestChangesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	contact := mustIDs(t, s, "contacts")[0]
	_, unknown := s.Add("unicorns", nil)
	_, taken := s.Add("contacts", intercomtest.Object{"id": contact})
	_, noTag := s.AddTo("contacts", contact, "tags", intercomtest.Object{"id": "none"})
	_, noList := s.AddTo("contacts", contact, "shoes", nil)
	for want, err := range map[string]error{
		`unknown kind "unicorns" (there are activity_logs, admins,`: unknown,
		"is taken":                      taken,
		`no tag "none"`:                 noTag,
		`contacts have no list "shoes"`: noList,
		"tags cannot be set":            s.Update("contacts", contact, intercomtest.Object{"tags": nil}),
		"an id cannot change":           s.Update("contacts", contact, intercomtest.Object{"id": "x"}),
		"no such record":                s.Delete("contacts", "x"),
		"into itself":                   s.Merge(contact, contact),
		`no entry "1"`:                  s.RemoveFrom("contacts", contact, "notes", "1"),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestListsByCursorGiveEverythingOnce(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	for path, key := range map[string]string{"/contacts": "data", "/conversations": "conversations"} {
		seen := map[any]bool{}
		after := ""
		for page := 1.0; ; page++ {
			_, o, _ := call(t, s, "GET", path+"?per_page=50&starting_after="+url.QueryEscape(after), "")
			for _, item := range o[key].([]any) {
				seen[item.(map[string]any)["id"]] = true
			}
			pages := o["pages"].(map[string]any)
			if pages["page"] != page {
				t.Fatalf("GET %s: page %v, want %v", path, pages["page"], page)
			}
			next, more := pages["next"].(map[string]any)
			if !more {
				if total := o["total_count"]; total != float64(len(seen)) {
					t.Errorf("GET %s gave %d of %v", path, len(seen), total)
				}
				break
			}
			after = next["starting_after"].(string)
		}
	}
}

func TestRenamedAdminSignsWithTheNewName(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	if err := s.Update("admins", mustIDs(t, s, "admins")[0], intercomtest.Object{"name": "Renamed"}); err != nil {
		t.Fatal(err)
	}
	conversation := mustIDs(t, s, "conversations")[0]
	if _, err := s.AddTo("conversations", conversation, "parts", nil); err != nil {
		t.Fatal(err)
	}
	_, c, _ := call(t, s, "GET", "/conversations/"+conversation, "")
	parts := c["conversation_parts"].(map[string]any)["conversation_parts"].([]any)
	author := parts[len(parts)-1].(map[string]any)["author"].(map[string]any)
	if author["name"] != "Renamed" {
		t.Errorf("the part is signed by %v, want Renamed", author["name"])
	}
}

func TestChangesKeepTheirHandsOffOthers(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	types := mustJSON(t, s.Contents()["ticket_types"])
	given := intercomtest.Object{"ticket_type": intercomtest.Object{"name": "changed"}}
	var last string
	for range 5 { // some of each type
		id, err := s.Add("tickets", given)
		if err != nil {
			t.Fatal(err)
		}
		last = id
	}
	fresh, err := s.Add("tickets", nil)
	if err != nil {
		t.Fatal(err)
	}
	for id, changed := range map[string]bool{last: true, fresh: false} {
		o, err := s.Get("tickets", id)
		if err != nil {
			t.Fatal(err)
		}
		if name := o["ticket_type"].(map[string]any)["name"]; (name == "changed") != changed {
			t.Errorf("ticket %s has the type %v, changed: %t", id, name, changed)
		}
	}
	if len(given) != 1 || len(given["ticket_type"].(intercomtest.Object)) != 1 {
		t.Errorf("the caller's object became %v", given)
	}
	if !bytes.Equal(types, mustJSON(t, s.Contents()["ticket_types"])) {
		t.Error("the ticket types changed")
	}
}
