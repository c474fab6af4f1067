package intercomtest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// call sends a request and decodes the answer.
func call(t *testing.T, s *intercomtest.Server, method, path, body string) (int, intercomtest.Object, http.Header) {
	t.Helper()
	return callVersion(t, s, "", method, path, body)
}

func callVersion(t *testing.T, s *intercomtest.Server, version, method, path, body string) (int, intercomtest.Object, http.Header) {
	t.Helper()
	status, raw, header, err := send(t, s, version, method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	var o intercomtest.Object
	if err := json.Unmarshal(raw, &o); err != nil && len(raw) > 0 {
		t.Fatalf("%s %s: %v in %.200s", method, path, err, raw)
	}
	return status, o, header
}

// send sends a request over a connection of its own.
func send(t *testing.T, s *intercomtest.Server, version, method, path, body string) (int, []byte, http.Header, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret")
	if version != "" {
		req.Header.Set("Intercom-Version", version)
	}
	client := s.Client()
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, raw, resp.Header, err
}

func TestEveryResourceAnswers(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	admin, team, tag, segment := mustIDs(t, s, "admins")[0], mustIDs(t, s, "teams")[0], mustIDs(t, s, "tags")[0], mustIDs(t, s, "segments")[0]
	for _, path := range []string{
		"/me", "/admins", "/admins/" + admin, "/teams", "/teams/" + team, "/tags", "/tags/" + tag, "/segments?include_count=true",
		"/segments/" + segment, "/companies", "/companies/scroll", "/contacts", "/conversations", "/conversations/deleted",
		"/conversations/attributes", "/data_attributes", "/subscription_types", "/ticket_types", "/ticket_states",
		"/tickets/" + mustIDs(t, s, "tickets")[0], "/ticket_types/" + mustIDs(t, s, "ticket_types")[0],
		"/companies/" + mustIDs(t, s, "companies")[0] + "/contacts", "/companies/" + mustIDs(t, s, "companies")[0] + "/segments",
		"/companies/" + mustIDs(t, s, "companies")[0] + "/notes", "/contacts/" + mustIDs(t, s, "contacts")[0] + "/segments",
		"/contacts/" + mustIDs(t, s, "contacts")[0] + "/subscriptions",
	} {
		if status, o, _ := call(t, s, "GET", path, ""); status != http.StatusOK || o["type"] == nil {
			t.Errorf("GET %s = %d %v, want 200 and a type", path, status, o)
		}
	}
	for path, code := range map[string]string{
		"/nothing": "not_found", "/contacts/nobody": "not_found", "/companies/none": "company_not_found",
		"/conversations/1": "not_found", "/tickets/1": "not_found", "/contacts/nobody/tags": "not_found",
	} {
		if status, o, _ := call(t, s, "GET", path, ""); status != http.StatusNotFound || errorCode(o) != code {
			t.Errorf("GET %s = %d %s, want 404 %s", path, status, errorCode(o), code)
		}
	}
}

func TestSameSeedGivesTheSameWorkspace(t *testing.T) {
	t.Parallel()
	encoded := func(o intercomtest.Options) []byte { return mustJSON(t, intercomtest.New(t, o).Contents()) }
	first := encoded(intercomtest.Options{Seed: 11})
	if !bytes.Equal(first, encoded(intercomtest.Options{Seed: 11})) {
		t.Error("the same seed gave another workspace")
	}
	if bytes.Equal(first, encoded(intercomtest.Options{Seed: 12})) {
		t.Error("another seed gave the same workspace")
	}
}

func TestPartsDoNotDependOnWhenTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	var contents [2][]byte
	for i := range contents {
		s := intercomtest.New(t, intercomtest.Options{Clock: intercomtest.NewClock(intercomtest.Epoch)})
		if i == 0 {
			s.Contents()
		}
		if err := s.Update("admins", mustIDs(t, s, "admins")[1], intercomtest.Object{"name": "Renamed"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete("tags", mustIDs(t, s, "tags")[0]); err != nil {
			t.Fatal(err)
		}
		contents[i] = mustJSON(t, s.Contents()["conversation_parts"])
	}
	if !bytes.Equal(contents[0], contents[1]) {
		t.Error("parts that were asked for before the change differ from those asked for after it")
	}
}

func TestLargerWorkspaceBeginsLikeTheSmaller(t *testing.T) {
	t.Parallel()
	small := intercomtest.New(t, intercomtest.Options{Contacts: 10}).Contents()["contacts"]
	large := intercomtest.New(t, intercomtest.Options{Contacts: 30}).Contents()["contacts"]
	if got, want := mustJSON(t, large[:10]), mustJSON(t, small); !bytes.Equal(got, want) {
		t.Error("the first ten of thirty contacts are not the ten of the smaller workspace")
	}
}

func TestTokenIsAskedFor(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Token: "right"})
	for header, want := range map[string]int{"": 401, "Bearer wrong": 401, "Bearer ": 401, "right": 401, "Bearer right": 200} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("Authorization %q: %d, want %d", header, resp.StatusCode, want)
		}
		if limited := resp.Header.Get("X-RateLimit-Limit") != ""; limited != (want == 200) {
			t.Errorf("Authorization %q: rate headers sent: %t, want only when authorized", header, limited)
		}
	}
}

func TestVersionsAreChecked(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Version: "2.11"})
	for _, test := range []struct {
		version, path, code string
	}{
		{"", "/conversations/deleted", "intercom_version_invalid"}, // what the app is set to
		{"2.15", "/conversations/attributes", "intercom_version_invalid"},
		{"2.16", "/conversations/deleted", ""},
		{"2.16", "/contacts/activities", "intercom_version_invalid"},
		{"2.17", "/contacts/activities", ""},
		{"Preview", "/contacts/activities", ""},
		{"2.99", "/me", "intercom_version_invalid"},
		{"latest", "/me", "intercom_version_invalid"},
		{"2.16", "/data_attributes?model=conversation", "parameter_invalid"},
		{"2.15", "/data_attributes?model=conversation", ""},
	} {
		status, o, _ := callVersion(t, s, test.version, "GET", test.path, "")
		if (test.code == "") != (status == http.StatusOK) || test.code != "" && errorCode(o) != test.code {
			t.Errorf("GET %s at %q = %d %v, want error %q", test.path, test.version, status, o["errors"], test.code)
		}
	}
}

func TestRateWindowsOpenAndClose(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(3 * time.Second))
	s := intercomtest.New(t, intercomtest.Options{Rate: 5, Clock: clock})
	expect := func(status int, remaining string) {
		t.Helper()
		got, o, header := call(t, s, "GET", "/me", "")
		if got != status || header.Get("X-RateLimit-Remaining") != remaining || header.Get("X-RateLimit-Limit") != "5" {
			t.Errorf("GET /me = %d with %s of %s left, want %d with %s of 5", got,
				header.Get("X-RateLimit-Remaining"), header.Get("X-RateLimit-Limit"), status, remaining)
		}
		if status == http.StatusTooManyRequests && errorCode(o) != "rate_limit_exceeded" {
			t.Errorf("429 with %v, want rate_limit_exceeded", o)
		}
	}
	expect(200, "4")
	expect(200, "3")
	s.Spend(2)
	expect(200, "0")
	expect(429, "0")
	_, _, header := call(t, s, "GET", "/me", "")
	if got, want := header.Get("X-RateLimit-Reset"), "1767225610"; got != want {
		t.Errorf("X-RateLimit-Reset %s, want %s, the end of the window", got, want)
	}
	clock.Advance(6 * time.Second)
	expect(429, "0")
	clock.Advance(time.Second)
	expect(200, "4")
	s.Spend(100)
	expect(429, "0")
}

func TestOlderVersionsHaveOlderForms(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	conversation := mustIDs(t, s, "conversations")[0]
	contact, ticket := mustIDs(t, s, "contacts")[0], mustIDs(t, s, "tickets")[0]
	for kind, id := range map[string]string{"conversations": conversation, "tickets": ticket} {
		if err := s.Update(kind, id, intercomtest.Object{"admin_assignee_id": 0, "team_assignee_id": 77}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Update("contacts", contact, intercomtest.Object{"owner_id": "99"}); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]struct{ nobody, team, ticketTeam, owner any }{
		"2.16": {0.0, 77.0, 77.0, "99"},
		"2.15": {nil, 77.0, "77", 99.0},
	} {
		_, c, _ := callVersion(t, s, version, "GET", "/conversations/"+conversation, "")
		if c["admin_assignee_id"] != want.nobody || c["team_assignee_id"] != want.team {
			t.Errorf("%s: conversation assigned to %v and %v, want %v and %v", version, c["admin_assignee_id"], c["team_assignee_id"], want.nobody, want.team)
		}
		_, k, _ := callVersion(t, s, version, "GET", "/tickets/"+ticket, "")
		if k["team_assignee_id"] != want.ticketTeam {
			t.Errorf("%s: ticket of team %v, want %v", version, k["team_assignee_id"], want.ticketTeam)
		}
		_, p, _ := callVersion(t, s, version, "GET", "/contacts/"+contact, "")
		if p["owner_id"] != want.owner {
			t.Errorf("%s: owner_id %v, want %v", version, p["owner_id"], want.owner)
		}
	}
}

func TestServerInABubbleAnswersAfterItsLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := intercomtest.New(t, intercomtest.Options{Pipe: true, Latency: 20 * time.Minute})
		before := time.Now()
		status, _, _ := call(t, s, "GET", "/me", "")
		if took := time.Since(before); status != http.StatusOK || took != 20*time.Minute {
			t.Errorf("GET /me = %d after %v, want 200 after 20m", status, took)
		}
	})
}

func TestClockOwnsTheDate(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch)
	s := intercomtest.New(t, intercomtest.Options{Clock: clock})
	clock.Set(intercomtest.Epoch.Add(hour))
	clock.Advance(hour)
	_, _, header := call(t, s, "GET", "/me", "")
	if got, want := header.Get("Date"), "Thu, 01 Jan 2026 02:00:00 GMT"; got != want {
		t.Errorf("Date %s, want %s", got, want)
	}
}
