package tap

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercomtest"
)

// TestDiscoverySurvivesAnySickCall has one call of discovery answered wrongly after the
// other, in each way. The catalog has all its streams, and a sync without a catalog
// loses no other stream.
func TestDiscoverySurvivesAnySickCall(t *testing.T) {
	t.Parallel()
	healthy := parseCatalog(t, string(newWorld(t, tiny).must(t, command{args: []string{"--discover"}}).output))
	page := func(body string) intercomtest.Fault { return intercomtest.Fault{Status: 200, Body: body} }
	for name, sick := range map[string]intercomtest.Fault{
		"500":               {Status: 500},
		"404":               {Status: 404},
		"403":               {Status: 403},
		"400":               {Status: 400},
		"422":               {Status: 422},
		"no answer":         {Drop: true},
		"a load balancer's": {Status: 403, Foreign: true},
		"no list":           page(`{"type":"list"}`),
		"null":              page(`{"data":null,"admins":null,"ticket_types":null}`),
		"a bare list":       page(`[]`),
		"a word":            page(`"ok"`),
		"rows of words":     page(`{"type":"list","data":["a",7,null,[]],"admins":["a",7],"ticket_types":["a"]}`),
		"odd rows":          page(`{"type":"list","data":[{"id":{},"name":["a"],"attributes":7,"ticket_type_attributes":"none","updated_at":{}}],"admins":[{"id":null}]}`),
		"a web page":        page(`<html></html>`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, where := range []struct {
				path    string
				untyped string // template whose streams are not listed, or stream whose attributes have no types
			}{
				{"/conversations/attributes", "custom_objects__"}, {"/data_attributes", ""}, {"/ticket_types", ""},
				{"/export/reporting_data/get_datasets", "reporting__"}, {"/admins", ""}, {"/contacts/search", ""},
				{"/contacts/*/notes", ""}, {"/conversations/[0-9]*", ""},
			} {
				if !slices.Contains([]string{"500", "404", "403", "rows of words"}, name) && !slices.Contains([]string{"/data_attributes", "/ticket_types", "/contacts/search"}, where.path) {
					continue // the way of being sick makes no other difference
				}
				w := newWorld(t, tiny)
				sick.Path, sick.Times = where.path, -1
				w.Control(sick)
				x := w.must(t, command{args: []string{"--discover"}})
				c := parseCatalog(t, string(x.output))
				for _, e := range healthy.Streams {
					if c.Entry(e.TapStreamID) == nil && (where.untyped == "" || !strings.HasPrefix(e.TapStreamID, where.untyped)) {
						t.Errorf("%s: no stream %s", where.path, e.TapStreamID)
					}
				}
				if n := strings.Count(x.stderr, "WARNING "); n == 0 && name != "404" && !strings.HasPrefix(name, "odd") && !strings.HasPrefix(name, "rows") && name != "null" && name != "no list" {
					t.Errorf("%s: no warning\n%s", where.path, x.stderr)
				}
				if strings.Contains(x.stderr, "does not answer any more") || w.Count("GET", "/teams") == 0 {
					t.Errorf("%s: nothing else is asked any more\n%s", where.path, x.stderr)
				}
				if admins := c.Entry("admins"); where.path == "/admins" && (admins.Find().Inclusion == singer.Unsupported) != (name == "403") {
					t.Errorf("admins are %s", admins.Find().Inclusion)
				}
			}
		})
	}
}

// TestSyncWithoutACatalogLosesNoOtherStream reads with the same calls sick.
func TestSyncWithoutACatalogLosesNoOtherStream(t *testing.T) {
	t.Parallel()
	set := settings{"select": []string{"conversation*s", "contact*s", "compan*", "ticket*", "custom_objects__*", "reporting__*", "tags", "teams"}}
	whole := newWorld(t, tiny).must(t, command{settings: set}).counts()
	for name, sick := range map[string]intercomtest.Fault{
		"404":           {Status: 404},
		"no answer":     {Drop: true},
		"a bare list":   {Status: 200, Body: `[]`},
		"rows of words": {Status: 200, Body: `{"type":"list","data":["a",7],"ticket_types":["a"]}`},
		"odd rows":      {Status: 200, Body: `{"type":"list","data":[{"id":{},"name":["a"],"attributes":7,"ticket_type_attributes":"none"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for path, lost := range map[string][]string{
				"/conversations/attributes":           {"conversations", "conversation_attributes", "custom_objects__"},
				"/data_attributes":                    {"contacts", "companies", "contact_attributes", "company_attributes"},
				"/ticket_types":                       {"tickets", "ticket_types", "ticket_type_attributes"},
				"/export/reporting_data/get_datasets": {"reporting__"},
			} {
				w := newWorld(t, tiny)
				sick.Path, sick.Times = path, -1
				w.Control(sick)
				x := w.extract(t, command{settings: set})
				for stream, n := range whole {
					concerned := slices.ContainsFunc(lost, func(name string) bool {
						return stream == name || strings.HasSuffix(name, "__") && strings.HasPrefix(stream, name)
					})
					if got := x.counts()[stream]; got != n && !concerned {
						t.Errorf("%s: %d rows of %s, want %d\n%s", path, got, stream, n, x.stderr)
					}
				}
			}
		})
	}
}

// TestDiscoveryWithoutANetworkPrintsWhatIsKnown discovers with a token where nobody can
// be asked.
func TestDiscoveryWithoutANetworkPrintsWhatIsKnown(t *testing.T) {
	t.Parallel()
	_, want, _ := offline(t, "--discover")
	for name, trouble := range map[string]error{
		"connection refused": &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: connection refused")},
		"no such host":       &net.DNSError{Err: "no such host", Name: "api.intercom.io", IsNotFound: true},
	} {
		w := newWorld(t, tiny)
		tries := 0
		x := w.must(t, command{args: []string{"--discover"}, settings: settings{"message_ruleset_ids": []string{}, "workflow_ids": []string{}}, http: &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			tries++
			return nil, trouble
		})}})
		if string(x.output) != want {
			t.Errorf("%s: another catalog than without a token", name)
		}
		if !strings.Contains(x.stderr, "WARNING Intercom does not answer: the catalog is what is known without asking") || !strings.Contains(x.stderr, trouble.Error()) || tries > 3 {
			t.Errorf("%s: %d tries\n%s", name, tries, x.stderr)
		}
	}
}

// TestDiscoveryDoesNotWaitForASilentNetwork gives no answer at all.
func TestDiscoveryDoesNotWaitForASilentNetwork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		silent := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
		began := time.Now()
		var out, errs bytes.Buffer
		name := file(t, t.TempDir(), "config.json", settings{"access_token": "tok"})
		code := newProgram("test", outside{http: silent}).Main(t.Context(), program.Stdio{
			Args: []string{"--discover", "--config", name}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Signals: make(chan os.Signal), Exit: func(int) {},
		})
		stdout, stderr := out.String(), errs.String()
		if took := time.Since(began); code != 0 || took > 20*time.Second || len(parseCatalog(t, stdout).Streams) == 0 || !strings.Contains(stderr, "no answer within 15s") {
			t.Errorf("exit code %d after %v\n%s", code, took, stderr)
		}
	})
}

// TestDiscoveryEndsWhenTheNetworkDoes loses the network after /me: what was not asked
// about is as it is known without.
func TestDiscoveryEndsWhenTheNetworkDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	dead := false
	inner := w.Client().Transport
	x := w.must(t, command{args: []string{"--discover"}, http: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if dead = dead || r.URL.Path == "/teams"; dead {
			return nil, errors.New("network is unreachable")
		}
		return inner.RoundTrip(r)
	})}})
	if n := strings.Count(x.stderr, "WARNING Intercom does not answer any more"); n != 1 || len(x.output) == 0 || w.Count("GET", "/contacts/search") > 0 {
		t.Errorf("%d warnings\n%s", n, x.stderr)
	}
}

// TestWrongTokenIsAnErrorOfDiscovery is no matter of the network.
func TestWrongTokenIsAnErrorOfDiscovery(t *testing.T) {
	t.Parallel()
	o := tiny
	o.Token = "another"
	w := newWorld(t, o)
	for _, args := range [][]string{{"--discover"}, {"--test"}, nil} {
		x := w.extract(t, command{args: args})
		if x.code != 1 || len(x.output) > 0 || !strings.Contains(x.stderr, "check access_token, and region") {
			t.Errorf("%v: exit code %d\n%s", args, x.code, x.stderr)
		}
	}
}

// TestUnknownVersionIsSaidAtOnce asks for a version of the API that there is not.
func TestUnknownVersionIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	for _, args := range [][]string{{"--discover"}, {"--test"}, nil} {
		w.ForgetRequests()
		x := w.extract(t, command{args: args, settings: settings{"api_version": "9.9"}})
		if x.code != 1 || len(x.output) > 0 || !strings.Contains(x.stderr, "CRITICAL GET /me: HTTP 400 intercom_version_invalid") || len(w.Requests()) != 1 {
			t.Errorf("%v: exit code %d, %d requests\n%s", args, x.code, len(w.Requests()), x.stderr)
		}
	}
}
