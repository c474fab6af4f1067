package tap

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// outcome is what a run makes of trouble with one call.
type outcome uint8

const (
	complete outcome = iota // everything is read, exit code 0
	skip                    // the stream is not read, the others are; exit code 0
	failed                  // the stream is not read, the others are; exit code 1
	gone                    // the rows of one parent are missing and counted; exit code 0
	ended                   // nothing that follows is read; exit code 1
)

// place is a call of each kind, with the stream that it brings.
type place struct {
	name, path, stream string
	skip               int // calls that go well before the one in trouble
}

var places = []place{
	{"list", "/tags", "tags", 0},
	{"search", "/conversations/search", "conversations", 1},
	{"scroll", "/companies/scroll", "companies", 1},
	{"object", "/conversations/[0-9]*", "conversation_parts", 1},
	{"child list", "/contacts/*/notes", "contact_notes", 1},
}

// troubles are the rows of the table of errors: what Intercom answers with,
// and what the run makes of it. always is trouble that does not end. at are the
// places where it comes out differently.
var troubles = []struct {
	name   string
	status int
	codes  []string
	fault  intercomtest.Fault // beside the status and code
	always bool
	want   outcome
	at     map[string]outcome
	says   string // the log
}{
	{
		name: "400, the request is wrong", status: 400, always: true, want: failed,
		codes: []string{"bad_request", "parameter_invalid", "parameter_missing", "parameter_not_found", "type_mismatch", "invalid_sort_order", "invalid_field", "intercom_version_invalid", "client_error"},
	},
	{name: "400, sorting refused", status: 400, codes: []string{"invalid_sort_order"}, want: failed, at: map[string]outcome{"search": complete}},
	{name: "400, another scroll is open", status: 400, codes: []string{"scroll_exists"}, want: failed, at: map[string]outcome{"scroll": complete, "search": complete}},
	{name: "400, another scroll stays open", status: 400, always: true, codes: []string{"scroll_exists"}, want: failed, says: "HTTP 400 scroll_exists"},
	{
		name: "401, the token is no good", status: 401, want: ended, says: "HTTP 401",
		codes: []string{"unauthorized", "token_not_found", "token_revoked", "token_blocked", "token_expired", "token_unauthorized", "missing_authorization"},
	},
	{name: "402", status: 402, always: true, codes: []string{"api_plan_restricted"}, want: skip, says: "plan"},
	{name: "403", status: 403, always: true, codes: []string{"forbidden", "action_forbidden", "api_plan_restricted"}, want: skip, says: "stream skipped"},
	{
		name: "404", status: 404, codes: []string{"not_found", "company_not_found", "resource"}, want: failed,
		at: map[string]outcome{"object": gone, "child list": gone, "scroll": complete, "search": complete},
	},
	{name: "404 of a proxy", status: 404, fault: intercomtest.Fault{Body: nginx}},
	{name: "408", status: 408, codes: []string{"request_timeout"}},
	{name: "409", status: 409, codes: []string{"conflict", "resource_conflict"}},
	{
		name: "410, merged", status: 410, codes: []string{"contact_merged"}, want: failed,
		fault: intercomtest.Fault{Header: http.Header{"Link": {`<https://api.intercom.io/contacts/6762f14a>; rel="canonical"`}}},
		at:    map[string]outcome{"object": gone, "child list": gone, "search": complete},
	},
	{name: "422", status: 422, always: true, codes: []string{"data_invalid", "unprocessable_entity"}, want: failed},
	{name: "423, another scroll is open", status: 423, codes: []string{"locked"}, want: failed, at: map[string]outcome{"scroll": complete, "search": complete}},
	{name: "425", status: 425, codes: []string{"too_early"}},
	{name: "429", status: 429, codes: []string{"rate_limit_exceeded", "too_many_requests"}},
	{name: "500", status: 500, codes: []string{"server_error"}},
	{name: "502 of a proxy", status: 502, fault: intercomtest.Fault{Body: nginx}},
	{name: "503", status: 503, codes: []string{"service_unavailable", "retry_after"}},
	{name: "504", status: 504, codes: []string{"request_timeout"}},
	{name: "500 that does not end", status: 500, always: true, codes: []string{"server_error"}, want: failed, says: "HTTP 500"},
	{name: "500 from everything", status: 500, codes: []string{"service_unavailable"}, want: ended, says: "HTTP 500"},
	{name: "200 without a body", status: 200, fault: intercomtest.Fault{Body: " "}},
	{name: "200 with a web page", status: 200, fault: intercomtest.Fault{Body: nginx}},
	{name: "200 with something else", status: 200, always: true, fault: intercomtest.Fault{Body: `[]`}, want: failed, says: "unusable answer"},
	{name: "200 cut short", fault: intercomtest.Fault{Cut: 40}},
	{name: "connection lost", fault: intercomtest.Fault{Drop: true}},
}

const nginx = "<html><head><title>404 Not Found</title></head><body><center>nginx</center></body></html>"

// TestEveryRowOfTheTableOfErrors has each error answered by each kind of call.
func TestEveryRowOfTheTableOfErrors(t *testing.T) {
	t.Parallel()
	// Patterns, so that nothing was asked for by name.
	c := command{settings: settings{"page_size": 3, "custom_attributes": "json", "select": []string{"tag?", "compan*s", "contact?", "contact_note?", "conversation?", "conversation_part?", "ticket?", "!company_*"}}}
	whole := newWorld(t, tiny).must(t, c)
	for _, row := range troubles {
		if len(row.codes) == 0 {
			row.codes = []string{""}
		}
		for i, code := range row.codes {
			for _, where := range places {
				if i > 0 && where.name != "list" {
					continue // the code makes no difference beyond its status
				}
				t.Run(strings.TrimSpace(row.name+" "+code)+", "+where.name, func(t *testing.T) {
					t.Parallel()
					want, other := row.at[where.name]
					if !other {
						want = row.want
					}
					fault := row.fault
					fault.Path, fault.Skip, fault.Status = where.path, where.skip, row.status
					if code != "" {
						fault.Body = fmt.Sprintf(`{"type":"error.list","request_id":"r-1","errors":[{"code":%q,"message":"in words"}]}`, code)
					}
					if row.always {
						fault.Times, fault.Skip = -1, 0
					}
					survive(t, c, whole, where, fault, want, row.says)
				})
			}
		}
	}
}

// survive runs c with a fault and looks at what is left of the whole.
func survive(t *testing.T, c command, whole extraction, where place, fault intercomtest.Fault, want outcome, says string) {
	t.Helper()
	w := newWorld(t, tiny)
	fresh := tables{}
	fresh.load(t, whole.msgs)
	hits := []*intercomtest.Control{w.Control(fault)}
	if want == ended { // with the first hit nothing else works any more
		c.settings = maps.Clone(c.settings)
		c.settings["concurrency"] = 1 // what would come later is known then
		hits[0].Remove()
		rest := fault
		rest.Path, rest.Skip, rest.Times = "", 0, -1
		fault = intercomtest.Fault{Path: where.path, Handle: func(http.ResponseWriter, *http.Request) bool {
			hits = append(hits, w.Control(rest))
			return false
		}}
		hits[0] = w.Control(fault)
	}
	x := w.extract(t, c)
	if hits[0].Hit() == 0 {
		t.Fatal("nothing was hit")
	}
	if wantCode := map[outcome]int{failed: 1, ended: 1}[want]; x.code != wantCode {
		t.Errorf("exit code %d, want %d\n%s", x.code, wantCode, x.stderr)
	}
	if !strings.Contains(x.stderr, says) {
		t.Errorf("the log does not say %q:\n%s", says, x.stderr)
	}
	got := tables{}
	got.load(t, x.msgs)
	switch want {
	case complete:
		wantSame(t, got, fresh)
	case skip, failed:
		if len(got[where.stream]) >= len(fresh[where.stream]) {
			t.Errorf("%s was read", where.stream)
		}
		delete(fresh, where.stream)
		if where.stream == "conversations" {
			delete(fresh, "conversation_parts") // they are read with them
		}
		wantSame(t, got, fresh)
	case gone:
		if !strings.Contains(x.stderr, "rows were deleted while their parents were read rows=1") {
			t.Errorf("nothing said of the row that is gone:\n%s", x.stderr)
		}
		if n := len(got[where.stream]); n == 0 || n >= len(fresh[where.stream]) {
			t.Errorf("%d rows of %s, want fewer than %d", n, where.stream, len(fresh[where.stream]))
		}
		if strings.Contains(fault.Body, "contact_merged") && !strings.Contains(x.stderr, "into=6762f14a") {
			t.Errorf("nothing said of the merge:\n%s", x.stderr)
		}
		delete(fresh, where.stream)
		wantSame(t, got, fresh)
	case ended:
		if len(got["tickets"]) > 0 {
			t.Errorf("%d tickets were read after the end", len(got["tickets"]))
		}
		// The end loses nothing: what is left is read from the state.
		for _, h := range hits {
			h.Remove()
		}
		w.clock.Advance(2 * time.Minute)
		c.state = x.state()
		got.load(t, w.must(t, c).msgs)
		wantSame(t, got, fresh)
	}
}
