package intercomtest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

// searchPages runs a search to its end and returns what its pages held.
func searchPages(t *testing.T, s *intercomtest.Server, version, path, key, query string, perPage int) []map[string]any {
	t.Helper()
	var rows []map[string]any
	after := "null"
	for page := 1; ; page++ {
		body := fmt.Sprintf(`{"query": %s, "sort": {"field": "updated_at", "order": "ascending"},
			"pagination": {"per_page": %d, "starting_after": %s}}`, query, perPage, after)
		status, o, _ := callVersion(t, s, version, "POST", path, body)
		if status != http.StatusOK {
			t.Fatalf("POST %s %s = %d %v, want 200", path, query, status, o)
		}
		items := o[key].([]any)
		if len(items) > perPage {
			t.Fatalf("POST %s: page of %d, want at most %d", path, len(items), perPage)
		}
		for _, item := range items {
			rows = append(rows, item.(map[string]any))
		}
		pages := o["pages"].(map[string]any)
		if pages["page"] != float64(page) {
			t.Fatalf("POST %s: page %v, want %d", path, pages["page"], page)
		}
		next, more := pages["next"].(map[string]any)
		if !more {
			if total := o["total_count"]; total != float64(len(rows)) && version == "" {
				t.Errorf("POST %s: total_count %v, but read %d", path, total, len(rows))
			}
			return rows
		}
		after = string(mustJSON(t, next["starting_after"]))
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const everything = `{"field": "created_at", "operator": ">", "value": 1}`

// listPages follows page links to their end, on the server's own host.
func listPages(t *testing.T, s *intercomtest.Server, path, key string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	for {
		status, o, _ := call(t, s, "GET", path, "")
		if status != http.StatusOK {
			t.Fatalf("GET %s = %d, want 200", path, status)
		}
		for _, item := range o[key].([]any) {
			if item != nil {
				rows = append(rows, item.(map[string]any))
			}
		}
		pages, _ := o["pages"].(map[string]any)
		next, more := pages["next"].(string)
		if !more {
			return rows
		}
		u, err := url.Parse(next)
		if err != nil {
			t.Fatal(err)
		}
		path = u.RequestURI()
	}
}

// scrollAll reads all companies.
func scrollAll(t *testing.T, s *intercomtest.Server) []map[string]any {
	t.Helper()
	var rows []map[string]any
	path := "/companies/scroll"
	for {
		status, o, _ := call(t, s, "GET", path, "")
		if status != http.StatusOK {
			t.Fatalf("GET %s = %d %v, want 200", path, status, o)
		}
		items := o["data"].([]any)
		if len(items) == 0 {
			return rows
		}
		for _, item := range items {
			rows = append(rows, item.(map[string]any))
		}
		path = "/companies/scroll?scroll_param=" + o["scroll_param"].(string)
	}
}

// crawl reads a workspace through its API, as an extractor would, and returns
// the keys that it found by stream.
func crawl(t *testing.T, s *intercomtest.Server) map[string][]string {
	t.Helper()
	keys := map[string][]string{}
	put := func(stream string, ids ...any) {
		parts := make([]string, len(ids))
		for i, id := range ids {
			if f, isNumber := id.(float64); isNumber {
				id = int64(f)
			}
			parts[i] = fmt.Sprint(id)
		}
		keys[stream] = append(keys[stream], strings.Join(parts, "/"))
	}
	for _, row := range listPages(t, s, "/teams", "teams") {
		put("teams", row["id"])
		for _, id := range row["admin_ids"].([]any) {
			put("team_admins", row["id"], id)
		}
	}
	for stream, key := range map[string]string{"admins": "admins", "tags": "data", "segments": "segments"} {
		for _, row := range listPages(t, s, "/"+stream, key) {
			put(stream, row["id"])
		}
	}
	for _, c := range searchPages(t, s, "", "/contacts/search", "data", everything, 37) {
		put("contacts", c["id"])
		for stream, list := range map[string]string{"contact_tags": "tags", "contact_companies": "companies", "contact_notes": "notes"} {
			embedded := c[list].(map[string]any)
			rows := embedded["data"].([]any)
			if embedded["has_more"] == true {
				rows = nil
				for _, row := range listPages(t, s, fmt.Sprintf("/contacts/%s/%s?per_page=7", c["id"], list), "data") {
					rows = append(rows, row)
				}
			}
			if total := embedded["total_count"]; total != float64(len(rows)) {
				t.Errorf("contact %v: %s.total_count %v, but %d are there", c["id"], list, total, len(rows))
			}
			for _, row := range rows {
				put(stream, c["id"], row.(map[string]any)["id"])
			}
		}
	}
	for _, c := range scrollAll(t, s) {
		put("companies", c["id"])
		for _, tag := range c["tags"].(map[string]any)["tags"].([]any) {
			put("company_tags", c["id"], tag.(map[string]any)["id"])
		}
		for _, segment := range c["segments"].(map[string]any)["segments"].([]any) {
			put("company_segments", c["id"], segment.(map[string]any)["id"])
		}
	}
	for _, c := range searchPages(t, s, "", "/conversations/search", "conversations", everything, 23) {
		put("conversations", c["id"])
		_, full, _ := call(t, s, "GET", "/conversations/"+c["id"].(string), "")
		for _, p := range full["conversation_parts"].(map[string]any)["conversation_parts"].([]any) {
			put("conversation_parts", c["id"], p.(map[string]any)["id"])
		}
		for stream, list := range map[string]string{"conversation_contacts": "contacts", "conversation_tags": "tags", "conversation_teammates": "teammates"} {
			holder, _ := c[list].(map[string]any)
			rows, _ := holder[list].([]any)
			for _, row := range rows {
				put(stream, c["id"], row.(map[string]any)["id"])
			}
		}
	}
	for _, row := range searchPages(t, s, "", "/tickets/search", "tickets", everything, 11) {
		put("tickets", row["id"])
		for _, p := range row["ticket_parts"].(map[string]any)["ticket_parts"].([]any) {
			put("ticket_parts", row["id"], p.(map[string]any)["id"])
		}
	}
	for _, row := range listPages(t, s, "/conversations/deleted?per_page=3", "conversations") {
		put("deleted_conversations", row["id"])
	}
	for _, row := range listPages(t, s, "/data_attributes?model=contact&include_archived=true", "data") {
		put("contact_attributes", row["full_name"])
	}
	for _, row := range listPages(t, s, "/conversations/attributes?include_archived=true", "data") {
		put("conversation_attributes", row["id"])
	}
	return keys
}

// contentKeys gives the same of what the workspace says it holds.
func contentKeys(s *intercomtest.Server) map[string][]string {
	keyed := map[string][]string{
		"admins": {"id"}, "teams": {"id"}, "team_admins": {"team_id", "admin_id"}, "tags": {"id"}, "segments": {"id"},
		"contacts": {"id"}, "contact_tags": {"contact_id", "tag_id"}, "contact_companies": {"contact_id", "company_id"},
		"contact_notes": {"contact_id", "id"}, "companies": {"id"}, "company_tags": {"company_id", "tag_id"},
		"company_segments": {"company_id", "segment_id"}, "conversations": {"id"}, "conversation_parts": {"conversation_id", "id"},
		"conversation_contacts": {"conversation_id", "contact_id"}, "conversation_tags": {"conversation_id", "tag_id"},
		"conversation_teammates": {"conversation_id", "teammate_id"}, "tickets": {"id"}, "ticket_parts": {"ticket_id", "id"},
		"deleted_conversations": {"id"}, "contact_attributes": {"full_name"}, "conversation_attributes": {"id"},
	}
	keys := map[string][]string{}
	for stream, rows := range s.Contents() {
		for _, row := range rows {
			var parts []string
			for _, name := range keyed[stream] {
				parts = append(parts, fmt.Sprint(row[name]))
			}
			if parts != nil {
				keys[stream] = append(keys[stream], strings.Join(parts, "/"))
			}
		}
	}
	return keys
}

// compareKeys reports streams whose keys differ.
func compareKeys(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for _, stream := range slices.Sorted(maps.Keys(want)) {
		slices.Sort(got[stream])
		slices.Sort(want[stream])
		if len(want[stream]) == 0 {
			t.Errorf("%s: the workspace has none, so nothing is proved", stream)
		}
		if !slices.Equal(got[stream], want[stream]) {
			t.Errorf("%s: read %d keys, the workspace holds %d", stream, len(got[stream]), len(want[stream]))
		}
	}
}

func TestWhatTheAPIGivesIsWhatTheWorkspaceHolds(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Seed: 3, Contacts: 150, Companies: 45, ScrollPage: 20})
	compareKeys(t, crawl(t, s), contentKeys(s))
}

func TestWhatTheAPIGivesFollowsTheChanges(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Seed: 4, Clock: clock})
	before := contentKeys(s)
	for range 10 {
		clock.Advance(hour)
		for _, what := range s.Churn(30) {
			if strings.Contains(what, ":") {
				t.Errorf("churn: %s", what)
			}
		}
	}
	after := contentKeys(s)
	compareKeys(t, crawl(t, s), after)
	for _, stream := range []string{"contacts", "companies", "conversations", "conversation_parts", "tickets", "contact_tags", "deleted_conversations"} {
		if slices.Equal(before[stream], after[stream]) {
			t.Errorf("%s: 300 changes left it as it was", stream)
		}
	}
}
