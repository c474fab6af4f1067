package tap

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// through is a proxy to a workspace that changes the bodies of some answers.
func (w world) through(t *testing.T, change func(path string, body []byte) []byte) (url string) {
	t.Helper()
	target, err := neturl.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		body = change(r.Request.URL.Path, body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", fmt.Sprint(len(body)))
		return nil
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.URL
}

// counting makes lists count one row more than they have.
func counting(path string, body []byte) []byte {
	return regexp.MustCompile(`"total_count":(\d+)`).ReplaceAllFunc(body, func(b []byte) []byte {
		var n int
		_, _ = fmt.Sscanf(string(b), `"total_count":%d`, &n)
		return fmt.Appendf(nil, `"total_count":%d`, n+1)
	})
}

func TestRowsThatAreCountedAndDoNotComeAreReported(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ stream, path, want string }{
		{"conversations", "/conversations/search", "WARNING fewer rows came than the search counts stream=conversations rows=40 total_count=41"},
		{"contacts", "/contacts/search", "WARNING fewer rows came than the search counts stream=contacts rows=45 total_count=46"},
		{"calls", "/calls", "stream=calls"},
		{"audiences", "/audiences", "WARNING rows moved each time a list was read: the next run reads it again stream=audiences rows=53 total_count=54"},
		{"help_centers", "/help_center/help_centers", "WARNING the list counts another number of rows than came stream=help_centers"},
		{"contact_segments", "/contacts/", "WARNING the API does not give all rows stream=/contacts/{id}/segments"},
	} {
		t.Run(tt.stream, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			set := settings{"page_size": 7, "custom_attributes": "json", "select": []string{tt.stream}}
			if x := w.must(t, command{settings: set}); strings.Contains(x.stderr, "WARN") {
				t.Errorf("warnings when all is well:\n%s", x.stderr)
			}
			set["base_url"] = w.through(t, func(path string, body []byte) []byte {
				if !strings.HasPrefix(path, tt.path) {
					return body
				}
				if !bytes.Contains(body, []byte(`"total_count"`)) {
					return bytes.Replace(body, []byte(`{"`), []byte(`{"total_count":99,"`), 1)
				}
				return counting(path, body)
			})
			if x := w.must(t, command{settings: set}); !strings.Contains(x.stderr, tt.want) {
				t.Errorf("the log does not say %q:\n%s", tt.want, x.stderr)
			}
		})
	}
}

// TestRowsThatChangeWhileTheyAreReadAreNotMissing moves a row out of the window
// of a search before and after it was read.
func TestRowsThatChangeWhileTheyAreReadAreNotMissing(t *testing.T) {
	t.Parallel()
	for _, ignore := range []bool{false, true} {
		o := small
		o.IgnoreSort = ignore
		w := newWorld(t, o)
		ids, err := w.IDs("conversations")
		if err != nil {
			t.Fatal(err)
		}
		page := 0
		w.Control(intercomtest.Fault{Path: "/conversations/search", Times: -1, Handle: func(http.ResponseWriter, *http.Request) bool {
			if page++; page == 3 {
				for _, id := range ids {
					w.clock.Advance(time.Second)
					if err := w.Update("conversations", id, intercomtest.Object{"title": "new"}); err != nil {
						t.Error(err)
					}
				}
			}
			return false
		}})
		x := w.must(t, command{settings: settings{"page_size": 7, "select": []string{"conversations"}}})
		if strings.Contains(x.stderr, "fewer rows") {
			t.Errorf("rows are said to be missing:\n%s", x.stderr)
		}
		if !ignore && !strings.Contains(x.stderr, "INFO rows changed while they were read") {
			t.Errorf("nothing said of rows that changed:\n%s", x.stderr)
		}
	}
}

func TestPartsBeyondTheCapAreNamedByConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"custom_attributes": "json", "select": []string{"conversation_parts", "ticket_parts"}}
	x := w.must(t, command{settings: set})
	if n := strings.Count(x.stderr, "the API does not give all rows"); n != 2 || !strings.Contains(x.stderr, "stream=ticket_parts") || !regexp.MustCompile(`stream=conversation_parts id=\d+ rows=500 of=520`).MatchString(x.stderr) {
		t.Errorf("%d warnings, want one of the conversation and one of the ticket with more than 500:\n%s", n, x.stderr)
	}
	// All of them: the log names some and counts the others.
	set["base_url"] = w.through(t, func(path string, body []byte) []byte {
		if strings.HasPrefix(path, "/conversations/2") || path == "/tickets/search" {
			return counting(path, body)
		}
		return body
	})
	x = w.must(t, command{settings: set})
	for _, stream := range []string{"conversation_parts", "ticket_parts"} {
		if n := strings.Count(x.stderr, "WARNING the API does not give all rows stream="+stream); n != shownShortfalls {
			t.Errorf("%s: %d warnings, want %d", stream, n, shownShortfalls)
		}
	}
	if want := `WARNING and others what="the API does not give all rows" stream=conversation_parts others=30`; !strings.Contains(x.stderr, want) {
		t.Errorf("the log does not say %q:\n%s", want, x.stderr)
	}
}

func TestPartsAreHeldAgainstTheStatistics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	ids, err := w.IDs("conversations")
	if err != nil {
		t.Fatal(err)
	}
	set := settings{"custom_attributes": "json", "select": []string{"conversation_parts"}}
	const said = "statistics count another number of rows than came"
	if x := w.must(t, command{settings: set}); strings.Contains(x.stderr, said) {
		t.Errorf("said when all is well:\n%s", x.stderr)
	}
	for _, id := range ids {
		if err := w.Update("conversations", id, intercomtest.Object{"statistics": intercomtest.Object{"count_conversation_parts": 99}}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Minute)
	x := w.must(t, command{settings: set})
	if n := strings.Count(x.stderr, "INFO "+said); n != len(ids) || !strings.Contains(x.stderr, "id="+ids[0]) {
		t.Errorf("said %d times, want %d:\n%s", n, len(ids), x.stderr)
	}
}
