package tap

import (
	"net/http"
	"strings"
	"testing"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

// TestRefusalOfOneStreamIsNamedWithTheWayOut refuses the calls for one stream,
// which is read by default, then asked for by name.
func TestRefusalOfOneStreamIsNamedWithTheWayOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stream, path string
		status       int
		want         string
	}{
		{"admins", "/admins", 401, "give the app the scope read_admins in the Developer Hub"},
		{"tags", "/tags", 401, "give the app the permission to read it in the Developer Hub"},
		{"macros", "/macros", 402, "the workspace's plan does not include it"},
		{"tickets", "/tickets/search", 403, "the workspace's plan does not include it"}, // the simulator's 403 says api_plan_restricted
		{"contact_notes", "/contacts/*/notes", 401, "scope read_users_companies"},
		{"conversation_parts", "/conversations/[0-9]*", 403, "plan"},
		{"company_tags", "/companies/scroll", 401, "scope read_users_companies"},
	} {
		t.Run(tt.stream, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			w.FailNext(-1, "", tt.path, tt.status)
			x := w.must(t, command{})
			counts := x.counts()
			if counts[tt.stream] != 0 || counts["teams"] == 0 || counts["contacts"] == 0 {
				t.Errorf("counts %v, want all but %s", counts, tt.stream)
			}
			if !strings.Contains(x.stderr, "WARNING stream skipped") || !strings.Contains(x.stderr, tt.want) {
				t.Errorf("stderr does not say %q:\n%s", tt.want, x.stderr)
			}
			if strings.Contains(x.state(), `"`+tt.stream+`"`) {
				t.Errorf("a stream that was not read has a bookmark: %s", x.state())
			}
			named := w.extract(t, command{settings: settings{"select": []string{"teams", "contacts", "conversations", tt.stream}}})
			counts = named.counts()
			if named.code != 1 || counts["teams"] == 0 || counts["contacts"] == 0 || counts["conversations"] == 0 {
				t.Errorf("asked for by name: exit code %d, counts %v", named.code, counts)
			}
			if _, critical, _ := strings.Cut(named.stderr, "CRITICAL"); !strings.Contains(critical, tt.want) {
				t.Errorf("asked for by name: the error does not say %q:\n%s", tt.want, named.stderr)
			}
		})
	}
}

// TestScopeThatTheAPINamesIsRepeated takes the answer from the description.
func TestScopeThatTheAPINamesIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.Control(intercomtest.Fault{Path: "/macros", Status: 403, Body: `{"type":"error.list","request_id":"f097e446","errors":[` +
		`{"code":"forbidden","message":"You do not have the required scope (read_conversations) to access this resource"}]}`})
	x := w.must(t, command{settings: settings{"select": []string{"*s"}}})
	if !strings.Contains(x.stderr, "required scope (read_conversations)") || !strings.Contains(x.stderr, "give the app the scope read_conversations") {
		t.Errorf("stderr:\n%s", x.stderr)
	}
}

// TestTokenRevokedMeanwhileEndsTheRun refuses everything from the search for
// contacts on.
func TestTokenRevokedMeanwhileEndsTheRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.Control(intercomtest.Fault{Path: "/contacts/search", Handle: func(http.ResponseWriter, *http.Request) bool {
		w.FailNext(-1, "", "", 401)
		return false
	}})
	x := w.extract(t, command{settings: settings{"concurrency": 1}})
	if counts := x.counts(); x.code != 1 || counts["conversations"] != 0 || counts["teams"] == 0 {
		t.Errorf("exit code %d, counts %v", x.code, counts)
	}
	asked := w.Requests()
	if last := asked[len(asked)-1]; last.Path != "/me" {
		t.Errorf("the last request is %s, want /me: the token is to be tried before the run is given up", last.Path)
	}
	if strings.Contains(x.stderr, "skipped") {
		t.Errorf("a stream is said to be skipped:\n%s", x.stderr)
	}
}

// TestListShownInItsParentStaysAsItCameWhenItsCallIsRefused reads contacts that
// show their companies, with no right to ask for the rest of them.
func TestListShownInItsParentStaysAsItCameWhenItsCallIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{})
	refused := w.FailNext(-1, "", "/contacts/*/companies", 403)
	c, err := newCatalog(false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := choose(c, []string{"contacts"}); err != nil {
		t.Fatal(err)
	}
	yes := singer.NewBool(true)
	c.Entry("contacts").At("properties", "companies").Selected = yes
	x := w.must(t, command{catalog: c})
	if n := x.counts()["contacts"]; n != 120 || refused.Hit() == 0 || refused.Hit() > 150 {
		t.Errorf("%d contacts, want 120; %d requests refused", n, refused.Hit())
	}
	if n := strings.Count(x.stderr, "stream skipped"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, x.stderr)
	}
}

func TestDiscoveryMarksChildrenThatTheTokenCannotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	w.FailNext(-1, "", "/conversations/[0-9]*", 403)
	w.FailNext(-1, "", "/conversations/[0-9]*/*", 403)
	w.FailNext(-1, "", "/articles/**", 401)
	w.FailNext(-1, "", "/contacts/*/notes", 404) // nothing is known then
	x := w.must(t, command{args: []string{"--discover"}})
	c := parseCatalog(t, string(x.output))
	for _, e := range c.Streams {
		s := streamNamed(e.TapStreamID)
		asked := s.source().endpoint
		want := s.dialect != deep && (strings.HasPrefix(asked, "/conversations/{id}") || strings.HasPrefix(asked, "/articles/{id}"))
		if got := e.Find().Inclusion == singer.Unsupported; got != want {
			t.Errorf("%s: unsupported %v, want %v", s.name, got, want)
		}
	}
	for _, r := range w.Requests() {
		if strings.Contains(r.Path, "banners") || r.Path == "/companies/scroll" {
			t.Errorf("request for %s", r.Path)
		}
	}
}

// elsewhere serves a workspace to those who ask one of Intercom's own hosts.
func (w world) elsewhere() *http.Client {
	inner := w.Client().Transport
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(w.URL, "http://")
		return inner.RoundTrip(r)
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRegionIsCheckedAgainstTheWorkspace asks in one region for a workspace of
// another: that is an error to --test, and a warning to a run that can go on.
func TestRegionIsCheckedAgainstTheWorkspace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ region, home, want string }{
		{"us", "US", ""},
		{"eu", "Europe", ""},
		{"au", "AU", ""},
		{"us", "Europe", "set region to eu"},
		{"eu", "US", "set region to us"},
		{"us", "Australia", "set region to au"},
		{"us", "Atlantis", ""}, // a word that nobody knows proves nothing
	} {
		t.Run(tt.region+" asked, "+tt.home+" at home", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tiny)
			w.Control(intercomtest.Fault{
				Path: "/me", Times: -1, Status: 200,
				Body: `{"type":"admin","app":{"id_code":"a1","name":"Kestrel","region":"` + tt.home + `","timezone":"UTC"}}`,
			})
			set := settings{"base_url": "", "region": tt.region, "select": []string{"tags"}}
			wantCode := 0
			if tt.want != "" {
				wantCode = 1
			}
			x := w.extract(t, command{settings: set, args: []string{"--test"}, http: w.elsewhere()})
			if x.code != wantCode || !strings.Contains(x.stderr, tt.want) || strings.Contains(x.stderr, "WARN") {
				t.Errorf("--test: exit code %d, want %d and %q\n%s", x.code, wantCode, tt.want, x.stderr)
			}
			for _, args := range [][]string{nil, {"--discover"}} {
				x := w.extract(t, command{settings: set, args: args, http: w.elsewhere()})
				if x.code != 0 || !strings.Contains(x.stderr, tt.want) || strings.Contains(x.stderr, "WARN") != (tt.want != "") {
					t.Errorf("%v: exit code %d, want a warning %q\n%s", args, x.code, tt.want, x.stderr)
				}
			}
		})
	}
}
