package intercomtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

const hour = time.Hour

// foundNames searches and returns the names of what was found, sorted.
func foundNames(t *testing.T, s *intercomtest.Server, version, query string) []string {
	t.Helper()
	var names []string
	for _, row := range searchPages(t, s, version, "/contacts/search", "data", query, 150) {
		names = append(names, fmt.Sprint(row["name"]))
	}
	slices.Sort(names)
	return names
}

func unix(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}

// days is a workspace whose contacts are named for when they were updated,
// around the second of March in its timezone.
func days(t *testing.T, zone string, offset string) *intercomtest.Server {
	t.Helper()
	s := intercomtest.New(t, intercomtest.Options{Contacts: -1, Companies: -1, Conversations: -1, Tickets: -1, Timezone: zone})
	for name, at := range map[string]string{
		"1 late": "2026-03-01T23:59:59", "2 midnight": "2026-03-02T00:00:00", "2 noon": "2026-03-02T12:00:00",
		"2 late": "2026-03-02T23:59:59", "3 midnight": "2026-03-03T00:00:00",
	} {
		if _, err := s.Add("contacts", intercomtest.Object{"name": name, "created_at": 1000, "updated_at": unix(t, at+offset)}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestContactSearchGoesByTheDaysOfTheWorkspace(t *testing.T) {
	t.Parallel()
	for zone, offset := range map[string]string{"UTC": "Z", "Asia/Kolkata": "+05:30", "America/Los_Angeles": "-08:00"} {
		s := days(t, zone, offset)
		for operator, want := range map[string][]string{
			">": {"3 midnight"},
			"=": {"2 late", "2 midnight", "2 noon"},
			"<": {"1 late"},
		} {
			for _, clock := range []string{"00:00:00", "12:00:00", "23:59:59"} {
				query := fmt.Sprintf(`{"field": "updated_at", "operator": %q, "value": %d}`, operator, unix(t, "2026-03-02T"+clock+offset))
				if got := foundNames(t, s, "2.16", query); !slices.Equal(got, want) {
					t.Errorf("%s: updated_at %s %s found %q, want %q", zone, operator, clock, got, want)
				}
			}
		}
	}
}

func TestContactSearchGoesBySecondsFrom217(t *testing.T) {
	t.Parallel()
	s := days(t, "America/Los_Angeles", "-08:00")
	noon := unix(t, "2026-03-02T12:00:00-08:00")
	for operator, want := range map[string][]string{
		">":  {"2 late", "3 midnight"},
		">=": {"2 late", "2 noon", "3 midnight"},
		"=":  {"2 noon"},
		"<=": {"1 late", "2 midnight", "2 noon"},
		"<":  {"1 late", "2 midnight"},
	} {
		query := fmt.Sprintf(`{"field": "updated_at", "operator": %q, "value": %d}`, operator, noon)
		if got := foundNames(t, s, "2.17", query); !slices.Equal(got, want) {
			t.Errorf("updated_at %s noon found %q, want %q", operator, got, want)
		}
	}
}

func TestCustomDatesGoByDaysOfUTCFrom217(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Contacts: -1, Timezone: "America/Los_Angeles"})
	evening := unix(t, "2026-03-02T20:00:00-08:00") // the third in UTC
	if _, err := s.Add("contacts", intercomtest.Object{"name": "x", "custom_attributes": intercomtest.Object{"Trial ends": evening}}); err != nil {
		t.Fatal(err)
	}
	for version, days := range map[string]map[string]int{
		"2.16": {"2026-03-02T00:00:00-08:00": 1, "2026-03-03T00:00:00Z": 1, "2026-03-03T12:00:00-08:00": 0},
		"2.17": {"2026-03-02T00:00:00-08:00": 0, "2026-03-03T00:00:00Z": 1, "2026-03-03T12:00:00-08:00": 1},
	} {
		for moment, want := range days {
			query := fmt.Sprintf(`{"field": "custom_attributes.Trial ends", "operator": "=", "value": %d}`, unix(t, moment))
			if got := foundNames(t, s, version, query); len(got) != want {
				t.Errorf("%s: the day of %s has %d contacts, want %d", version, moment, len(got), want)
			}
		}
	}
}

func TestConversationSearchTakesEqualSecondsUnlessStrict(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		s := intercomtest.New(t, intercomtest.Options{StrictSearch: strict, Conversations: 1})
		id := mustIDs(t, s, "conversations")[0]
		if err := s.Update("conversations", id, intercomtest.Object{"updated_at": 5000}); err != nil {
			t.Fatal(err)
		}
		for operator, want := range map[string]bool{">": !strict, "<": !strict, ">=": true, "<=": true, "=": true, "!=": false} {
			query := fmt.Sprintf(`{"field": "updated_at", "operator": %q, "value": 5000}`, operator)
			got := searchPages(t, s, "", "/conversations/search", "conversations", query, 20)
			if (len(got) == 1) != want {
				t.Errorf("strict %t: updated_at %s 5000 found %d, want it found: %t", strict, operator, len(got), want)
			}
		}
	}
}

// singer-io's tap searches conversations by an id that is greater than nothing, and by seconds with a fraction of nothing.
func TestConversationSearchTakesTheEmptyIDAndWholeSecondsWithAFraction(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Conversations: 3})
	for query, want := range map[string]int{
		`{"field": "id", "operator": ">", "value": ""}`:                   3,
		`{"field": "id", "operator": "=", "value": ""}`:                   0,
		`{"field": "updated_at", "operator": ">", "value": 1000.0}`:       3,
		`{"field": "updated_at", "operator": "<", "value": 1000.0}`:       0,
		`{"field": "updated_at", "operator": ">", "value": 1420070400e0}`: 3,
	} {
		if got := searchPages(t, s, "", "/conversations/search", "conversations", query, 20); len(got) != want {
			t.Errorf("%s found %d, want %d", query, len(got), want)
		}
	}
	for _, query := range []string{
		`{"query": {"field": "id", "operator": ">", "value": "abc"}}`, `{"query": {"field": "updated_at", "operator": ">", "value": 1000.5}}`,
	} {
		if status, _, _ := callVersion(t, s, "", "POST", "/conversations/search", query); status != 400 {
			t.Errorf("%s: status %d, want 400", query, status)
		}
	}
}

func mustIDs(t *testing.T, s *intercomtest.Server, kind string) []string {
	t.Helper()
	ids, err := s.IDs(kind)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestSearchPagesHoldTiesTogether(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Contacts: 300})
	rows := searchPages(t, s, "", "/contacts/search", "data", everything, 7)
	seen, ties := map[any]bool{}, 0
	for i, row := range rows {
		if seen[row["id"]] {
			t.Fatalf("contact %v came twice", row["id"])
		}
		seen[row["id"]] = true
		if i > 0 {
			switch previous := rows[i-1]["updated_at"].(float64); {
			case row["updated_at"].(float64) < previous:
				t.Fatalf("row %d is older than the one before it", i)
			case row["updated_at"].(float64) == previous:
				ties++
			}
		}
	}
	if len(rows) != 300 || ties < 10 {
		t.Errorf("read %d contacts with %d ties, want 300 with some ties longer than a page", len(rows), ties)
	}
}

func TestSearchCombinesFilters(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Contacts: 60})
	all := s.Contents()
	tag := all["contact_tags"][0]["tag_id"]
	count := func(stream string, is func(intercomtest.Object) bool) int {
		n := 0
		for _, row := range all[stream] {
			if is(row) {
				n++
			}
		}
		return n
	}
	users := count("contacts", func(o intercomtest.Object) bool { return o["role"] == "user" })
	tagged := count("contact_tags", func(o intercomtest.Object) bool { return o["tag_id"] == tag })
	hasPhone := count("contacts", func(o intercomtest.Object) bool { return o["phone"] != nil })
	for query, want := range map[string]int{
		`{"field": "role", "operator": "=", "value": "user"}`:                                                     users,
		`{"field": "role", "operator": "IN", "value": ["user", "lead"]}`:                                          60,
		`{"field": "role", "operator": "NIN", "value": ["user"]}`:                                                 60 - users,
		`{"field": "role", "operator": "^", "value": "US"}`:                                                       users,
		`{"field": "phone", "operator": "!=", "value": null}`:                                                     hasPhone,
		fmt.Sprintf(`{"field": "tag_id", "operator": "=", "value": %q}`, tag):                                     tagged,
		fmt.Sprintf(`{"field": "tag_id", "operator": "!=", "value": %q}`, tag):                                    60 - tagged,
		`{"operator": "AND", "value": [` + everything + `, {"field": "role", "operator": "=", "value": "user"}]}`: users,
		`{"operator": "OR", "value": [{"field": "role", "operator": "=", "value": "lead"},
			{"operator": "AND", "value": [` + everything + `, {"field": "role", "operator": "=", "value": "user"}]}]}`: 60,
	} {
		if got := searchPages(t, s, "", "/contacts/search", "data", query, 150); len(got) != want {
			t.Errorf("%s found %d contacts, want %d", query, len(got), want)
		}
	}
}

func TestSearchRefusesWhatTheAPIRefuses(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	sixteen := strings.Repeat(","+everything, 16)[1:]
	nested := `{"operator": "AND", "value": [{"operator": "OR", "value": [{"operator": "AND", "value": [` + everything + `]}]}]}`
	for name, test := range map[string]struct{ path, body, code string }{
		"no JSON":               {"/contacts/search", `{"query"`, "bad_request"},
		"no query":              {"/contacts/search", `{}`, "parameter_missing"},
		"unknown field":         {"/contacts/search", `{"query": {"field": "shoe_size", "operator": "=", "value": 1}}`, "invalid_field"},
		"unknown operator":      {"/contacts/search", `{"query": {"field": "role", "operator": "LIKE", "value": 1}}`, "parameter_invalid"},
		">= on a day":           {"/contacts/search", `{"query": {"field": "updated_at", "operator": ">=", "value": 1}}`, "parameter_invalid"},
		"!= on a day":           {"/contacts/search", `{"query": {"field": "updated_at", "operator": "!=", "value": 1}}`, "parameter_invalid"},
		"IN on a day":           {"/contacts/search", `{"query": {"field": "updated_at", "operator": "IN", "value": [1]}}`, "parameter_invalid"},
		"a date in words":       {"/contacts/search", `{"query": {"field": "updated_at", "operator": ">", "value": "foobar"}}`, "type_mismatch"},
		"desc":                  {"/contacts/search", `{"query": ` + everything + `, "sort": {"field": "updated_at", "order": "desc"}}`, "invalid_sort_order"},
		"151 a page":            {"/contacts/search", `{"query": ` + everything + `, "pagination": {"per_page": 151}}`, "parameter_invalid"},
		"151 tickets a page":    {"/tickets/search", `{"query": ` + everything + `, "pagination": {"per_page": 151}}`, "parameter_invalid"},
		"no such cursor":        {"/conversations/search", `{"query": ` + everything + `, "pagination": {"starting_after": "?"}}`, "parameter_invalid"},
		"sixteen filters":       {"/contacts/search", `{"query": {"operator": "AND", "value": [` + sixteen + `]}}`, "parameter_invalid"},
		"three levels":          {"/conversations/search", `{"query": ` + nested + `}`, "parameter_invalid"},
		"> on a text":           {"/conversations/search", `{"query": {"field": "state", "operator": ">", "value": "open"}}`, "parameter_invalid"},
		"companies before 2.17": {"/companies/search", `{"query": ` + everything + `}`, "intercom_version_invalid"},
	} {
		status, o, _ := call(t, s, "POST", test.path, test.body)
		if got := errorCode(o); status != http.StatusBadRequest || got != test.code {
			t.Errorf("%s: %d %s, want 400 %s", name, status, got, test.code)
		}
	}
}

// errorCode gives the code of an error.list.
func errorCode(o intercomtest.Object) string {
	errors, _ := o["errors"].([]any)
	if o["type"] != "error.list" || len(errors) != 1 {
		return fmt.Sprintf("no error.list: %v", o)
	}
	return errors[0].(map[string]any)["code"].(string)
}

func TestIgnoredSortGivesTheNewestFirst(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{IgnoreSort: true})
	_, o, _ := call(t, s, "POST", "/conversations/search", `{"query": `+everything+`, "sort": {"field": "updated_at", "order": "ascending"}}`)
	rows := o["conversations"].([]any)
	first, last := rows[0].(map[string]any), rows[len(rows)-1].(map[string]any)
	if first["updated_at"].(float64) <= last["updated_at"].(float64) {
		t.Errorf("first updated at %v, last at %v, want the newest first", first["updated_at"], last["updated_at"])
	}
}

func TestNewContactsAppearLate(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Contacts: 3, Clock: clock, IndexLag: 2 * time.Minute})
	id, err := s.Add("contacts", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := call(t, s, "GET", "/contacts/"+id, ""); status != http.StatusOK {
		t.Errorf("GET of a new contact = %d, want 200", status)
	}
	clock.Advance(time.Minute)
	if got := len(foundNames(t, s, "", everything)); got != 3 {
		t.Errorf("a minute later the search finds %d contacts, want 3", got)
	}
	clock.Advance(time.Minute)
	if got := len(foundNames(t, s, "", everything)); got != 4 {
		t.Errorf("two minutes later the search finds %d contacts, want 4", got)
	}
}
