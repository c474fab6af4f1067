package intercomtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

// call sends a request and decodes the answer.
func call(t *testing.T, s *intercomtest.Server, method, path, body string) (int, intercomtest.Object, http.Header) {
	t.Helper()
	return callVersion(t, s, "", method, path, body)
}

func callVersion(t *testing.T, s *intercomtest.Server, version, method, path, body string) (int, intercomtest.Object, http.Header) {
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
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var o intercomtest.Object
	if err := json.Unmarshal(raw, &o); err != nil && len(raw) > 0 {
		t.Fatalf("%s %s: %v in %.200s", method, path, err, raw)
	}
	return resp.StatusCode, o, resp.Header
}

func TestEveryResourceAnswers(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{})
	for _, path := range []string{
		"/me", "/admins", "/teams", "/tags", "/segments?include_count=true", "/companies", "/companies/scroll", "/contacts",
		"/conversations", "/conversations/deleted", "/conversations/attributes", "/data_attributes", "/subscription_types",
		"/ticket_types", "/ticket_states",
	} {
		if status, _, _ := call(t, s, "GET", path, ""); status != http.StatusOK {
			t.Errorf("GET %s = %d, want 200", path, status)
		}
	}
}
