package tap

import (
	"net/http"
	"strings"
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

// TestTokenMayHaveALineFeedBehindIt gives the token as files and secret stores do.
func TestTokenMayHaveALineFeedBehindIt(t *testing.T) {
	t.Parallel()
	o := tiny
	o.Token = "tok" // and no other
	w := newWorld(t, o)
	for token, says := range map[string]string{
		"tok\n": "", " tok\r\n": "", "tok": "",
		"to k": "in one piece", "tok\ntok": "in one piece", "to\x00k": "in one piece", "\u00a0": "nothing but blanks", "\n": "nothing but blanks",
	} {
		w.ForgetRequests()
		x := w.extract(t, command{settings: settings{"access_token": token, "select": []string{"tags"}}})
		if says == "" {
			if x.code != 0 || x.counts()["tags"] == 0 {
				t.Errorf("token %q: exit code %d\n%s", token, x.code, x.stderr)
			}
			continue
		}
		if x.code != 2 || !strings.Contains(x.stderr, says) || strings.Contains(x.stderr, "to k") || len(w.Requests()) != 0 {
			t.Errorf("token %q: exit code %d after %d requests\n%s", token, x.code, len(w.Requests()), x.stderr)
		}
	}
}

// TestTimeoutOfNothingIsTheDefault gives request_timeout as configurations of
// singer-io's tap do.
func TestTimeoutOfNothingIsTheDefault(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]float64{`0`: 300, `0.0`: 300, `"0"`: 300, `""`: 300, `" "`: 300, `null`: 300, `"12.5"`: 12.5, `7`: 7} {
		c, err := Program("test").DecodeConfig([]byte(`{"access_token":"x","request_timeout":` + given + `}`))
		if err != nil || c.RequestTimeout != want {
			t.Errorf("request_timeout %s = %v, %v; want %v", given, c.RequestTimeout, err, want)
		}
	}
	if _, err := Program("test").DecodeConfig([]byte(`{"access_token":"x","request_timeout":0.5}`)); err == nil {
		t.Error("half a second is taken")
	}
}
