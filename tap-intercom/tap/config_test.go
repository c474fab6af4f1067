package tap

import (
	"net/http"
	"testing"
)

// TestUserAgentIsSentWithEveryRequest looks at all kinds of requests: lists,
// searches, scrolls, exports and their downloads.
func TestUserAgentIsSentWithEveryRequest(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": "tap-intercom/test", "Acme (data@acme.example)": "Acme (data@acme.example)"} {
		w := newWorld(t, tiny)
		set := settings{"select": []string{"tags", "contacts", "contact_notes", "companies", "conversation_parts", "content_export__open"}}
		if given != "" {
			set["user_agent"] = given
		}
		w.must(t, command{settings: set})
		for _, r := range w.Requests() {
			if got := r.Header.Get("User-Agent"); got != want {
				t.Errorf("user_agent %q: %s %s sends %q, want %q", given, r.Method, r.Path, got, want)
			}
		}
		if w.Count(http.MethodGet, "/download/content/data/*") != 1 || w.Count(http.MethodPost, "/conversations/search") == 0 || w.Count(http.MethodGet, "/companies/scroll") == 0 {
			t.Error("not all kinds of requests were made: nothing is proved")
		}
	}
}
