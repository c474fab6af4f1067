package intercomtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

// control sends a control request, without a token.
func control(t *testing.T, s *intercomtest.Server, method, path, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/_control/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatalf("%s %s: %v in %.200s", method, path, err, raw)
	}
	return resp.StatusCode, o
}

func TestAnotherProcessChangesTheWorkspace(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Clock: intercomtest.NewClock(intercomtest.Epoch)})
	must := func(method, path, body string) map[string]any {
		t.Helper()
		status, o := control(t, s, method, path, body)
		if status != http.StatusOK {
			t.Fatalf("%s %s = %d %v, want 200", method, path, status, o)
		}
		return o
	}
	must("POST", "clock", `{"set": "2026-02-01T00:00:00Z"}`)
	if now := must("POST", "clock", `{"advance": "90m"}`)["now"]; now != "2026-02-01T01:30:00Z" {
		t.Errorf("clock shows %v, want 01:30", now)
	}
	contact := must("POST", "records/contacts", `{"name": "Ünï", "custom_attributes": {"is_vip": true}}`)["id"].(string)
	must("PATCH", "records/contacts/"+contact, `{"phone": null, "email": "u@example.com"}`)
	must("POST", "records/contacts/"+contact+"/tags", fmt.Sprintf(`{"id": %q}`, mustIDs(t, s, "tags")[4]))
	noteID := must("POST", "records/contacts/"+contact+"/notes", `{"body": "x"}`)["id"].(string)
	must("DELETE", "records/contacts/"+contact+"/notes/"+noteID, "")

	got := must("GET", "records/contacts/"+contact, "")
	if got["name"] != "Ünï" || got["phone"] != nil || got["email"] != "u@example.com" || got["updated_at"] != float64(intercomtest.Epoch.Unix()+31*86400+5400) {
		t.Errorf("contact is %v", got)
	}
	conversation := mustIDs(t, s, "conversations")[0]
	part := must("POST", "records/conversations/"+conversation+"/parts", `{"body": "secret"}`)["id"].(string)
	must("PATCH", "records/conversations/"+conversation+"/parts/"+part, `{"body": null, "redacted": true}`)
	_, c, _ := call(t, s, "GET", "/conversations/"+conversation, "")
	parts := c["conversation_parts"].(map[string]any)["conversation_parts"].([]any)
	if last := parts[len(parts)-1].(map[string]any); last["redacted"] != true || last["body"] != nil {
		t.Errorf("last part %v, want it redacted", last)
	}
	must("POST", "merge", fmt.Sprintf(`{"from": %q, "into": %q}`, contact, mustIDs(t, s, "contacts")[0]))
	must("DELETE", "records/conversations/"+conversation, "")
	if ids := must("GET", "records/conversations", "")["ids"].([]any); len(ids) != 59 {
		t.Errorf("%d conversations left, want 59", len(ids))
	}
	if changes := must("POST", "churn", `{"changes": 5}`)["changes"].([]any); len(changes) != 5 {
		t.Errorf("churn made %d changes, want 5", len(changes))
	}
	contents := must("GET", "contents?stream=contact_merge_history", "")
	if rows := contents["contact_merge_history"].([]any); len(rows) == 0 || len(contents) != 1 {
		t.Errorf("contents %v, want the merge and nothing else", contents)
	}
}

func TestAnotherProcessMakesTrouble(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Rate: 50})
	control(t, s, "POST", "faults", `{"path": "/me", "times": 2, "status": 429, "header": {"X-RateLimit-Reset": "1"}, "body": "{}", "delay": "1ms"}`)
	status, _, header := call(t, s, "GET", "/me", "")
	if status != 429 || header.Get("X-RateLimit-Reset") != "1" {
		t.Errorf("GET /me = %d with reset %q, want 429 and 1", status, header.Get("X-RateLimit-Reset"))
	}
	_, o := control(t, s, "GET", "faults", "")
	if fault := o["faults"].([]any)[0].(map[string]any); fault["hit"] != 1.0 {
		t.Errorf("fault %v, want one hit", fault)
	}
	control(t, s, "DELETE", "faults/1", "")
	if status, _, _ := call(t, s, "GET", "/me", ""); status != http.StatusOK {
		t.Errorf("after the fault was deleted: %d, want 200", status)
	}
	control(t, s, "POST", "spend", `{"requests": 49}`)
	if status, _, _ := call(t, s, "GET", "/me", ""); status != http.StatusTooManyRequests {
		t.Errorf("after the window was spent: %d, want 429", status)
	}
	if _, o := control(t, s, "GET", "requests?path=/me&count=true", ""); o["count"] != 3.0 || o["requests"] != nil {
		t.Errorf("requests: %v, want a count of 3", o)
	}
	control(t, s, "DELETE", "requests", "")
	if _, o := control(t, s, "GET", "requests", ""); len(o["requests"].([]any)) != 0 {
		t.Errorf("requests after forgetting: %v", o)
	}
}

func TestControlSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	for _, test := range [][4]string{
		{"POST", "clock", `{"advanse": "1h"}`, "advanse"},
		{"POST", "clock", `{"advance": "soon"}`, "soon"},
		{"POST", "faults", `[`, "body"},
		{"GET", "records/unicorns", "", "unknown kind"},
		{"PATCH", "records/contacts/x", `{}`, "no such record"},
		{"DELETE", "faults/9", "", "no fault 9"},
	} {
		status, o := control(t, s, test[0], test[1], test[2])
		if message := fmt.Sprint(o["error"]); status != http.StatusBadRequest || !strings.Contains(message, test[3]) {
			t.Errorf("%s %s %s = %d %q, want 400 with %q", test[0], test[1], test[2], status, message, test[3])
		}
	}
}
