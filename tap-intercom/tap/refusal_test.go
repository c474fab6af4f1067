package tap

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// TestPageOfALoadBalancerIsNoMissingScope has what stands before Intercom refuse one
// call of each kind, once.
func TestPageOfALoadBalancerIsNoMissingScope(t *testing.T) {
	t.Parallel()
	set := settings{"page_size": 3, "select": []string{"contact*", "conversation*", "tags"}}
	want := tables{}
	want.load(t, newWorld(t, tiny).must(t, command{settings: set}).msgs)
	for i, where := range []intercomtest.Fault{
		{Path: "/me"}, {Path: "/tags"}, {Path: "/contacts/search"}, {Path: "/contacts/search", Skip: 1},
		{Path: "/contacts/*/notes"}, {Path: "/data_attributes"}, {Path: "/conversations/[0-9]*", Skip: 2}, {Path: "/conversations/attributes"},
	} {
		w := newWorld(t, tiny)
		where.Status, where.Foreign = []int{403, 401, 402, 404}[i%4], true
		fault := w.Control(where)
		x := w.must(t, command{settings: set})
		got := tables{}
		got.load(t, x.msgs)
		wantSame(t, got, want)
		if fault.Hit() != 1 || strings.Contains(x.stderr, "skipped") || strings.Contains(x.stderr, "scope") {
			t.Errorf("%s, HTTP %d: %d hit\n%s", where.Path, where.Status, fault.Hit(), x.stderr)
		}
	}
}

// TestLoadBalancerThatDoesNotLetUsThroughIsAnError does so for good: for one stream,
// one child, and everything.
func TestLoadBalancerThatDoesNotLetUsThroughIsAnError(t *testing.T) {
	t.Parallel()
	const says = "not in Intercom's own words"
	for path, stream := range map[string]string{"/tags": "tags", "/conversations/[0-9]*": "conversation_parts", "": ""} {
		for _, status := range []int{401, 403} {
			w := newWorld(t, tiny)
			w.Control(intercomtest.Fault{Path: path, Times: -1, Status: status, Foreign: true})
			// Nothing is asked for by name.
			x := w.extract(t, command{settings: settings{"select": []string{"tag?", "team?", "conversation?", "conversation_part?"}}})
			if x.code != 1 || !strings.Contains(x.stderr, says) || strings.Contains(x.stderr, "skipped") || strings.Contains(x.stderr, "Developer Hub") {
				t.Errorf("%q, HTTP %d: exit code %d\n%s", path, status, x.code, x.stderr)
			}
			counts := x.counts()
			if stream != "" && (counts[stream] > 0 || counts["teams"] == 0 || counts["conversations"] == 0 || !strings.Contains(x.stderr, "CRITICAL "+stream+":")) {
				t.Errorf("%q, HTTP %d: counts %v\n%s", path, status, counts, x.stderr)
			}
		}
	}
}

// TestRefusalAfterRowsIsAnError refuses, in Intercom's own words, what was given a
// moment before: a page, and what is asked of each parent.
func TestRefusalAfterRowsIsAnError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stream string
		fault  intercomtest.Fault
	}{
		{"contacts", intercomtest.Fault{Path: "/contacts/search", Skip: 1}},
		{"conversation_parts", intercomtest.Fault{Path: "/conversations/[0-9]*", Skip: 2}},
		{"contact_notes", intercomtest.Fault{Path: "/contacts/*/notes", Skip: 1}},
		{"tickets", intercomtest.Fault{Path: "/tickets/search", Skip: 1}},
		{"admins", intercomtest.Fault{Path: "/admins", Skip: 0}}, // no rows came: it is skipped
	} {
		for _, status := range []int{401, 402, 403} {
			t.Run(tt.stream+" "+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, tiny)
				fault := tt.fault
				fault.Status, fault.Times = status, -1
				w.Control(fault)
				patterns := []string{"admin?", "team?", "contact*s", "conversation?", "conversation_p*s", "ticket?"} // nothing by name
				x := w.extract(t, command{settings: settings{"page_size": 3, "concurrency": 1, "select": patterns}})
				if tt.fault.Skip == 0 {
					if x.code != 0 {
						t.Errorf("exit code %d\n%s", x.code, x.stderr)
					}
					return
				}
				_, critical, _ := strings.Cut(x.stderr, "CRITICAL")
				if x.code != 1 || !strings.Contains(critical, tt.stream+": "+readBefore) || x.counts()["teams"] == 0 {
					t.Errorf("exit code %d, counts %v\n%s", x.code, x.counts(), x.stderr)
				}
			})
		}
	}
}

// TestRefusalOfWhatHasABookmarkIsAnError refuses streams that an earlier run read.
func TestRefusalOfWhatHasABookmarkIsAnError(t *testing.T) {
	t.Parallel()
	for path, stream := range map[string]string{
		"/contacts/search": "contacts", "/conversations/[0-9]*": "conversation_parts", "/companies/scroll": "companies", "/contacts/*/notes": "contact_notes", "/articles": "articles",
	} {
		w := newWorld(t, tiny)
		c := command{settings: settings{"select": []string{"team?", "contacts*", "contact_n*", "conversations*", "conversation_p*", "companies*", "articles*"}}}
		c.state = w.must(t, c).state()
		w.Churn(40)
		w.clock.Advance(time.Hour)
		w.FailNext(-1, "", path, 403)
		x := w.extract(t, c)
		_, critical, _ := strings.Cut(x.stderr, "CRITICAL")
		if x.code != 1 || !strings.Contains(critical, stream+": "+readBefore) || x.counts()["teams"] == 0 {
			t.Errorf("%s: exit code %d\n%s", path, x.code, x.stderr)
		}
	}
}

// TestEverythingRefusedIsAnErrorWhateverIsSelected answers for all but /me as for a
// workspace whose subscription has lapsed, or an app without any right.
func TestEverythingRefusedIsAnErrorWhateverIsSelected(t *testing.T) {
	t.Parallel()
	all, err := newCatalog(false)
	if err != nil {
		t.Fatal(err)
	}
	for i, status := range []int{402, 401, 403} {
		for name, c := range map[string]command{
			"sync":                  {},
			"sync of one":           {settings: settings{"select": []string{"tag?"}}},
			"sync of one, by name":  {settings: settings{"select": []string{"tags"}}},
			"sync of children":      {settings: settings{"select": []string{"contact_tag?", "conversation_part?"}}},
			"sync with a catalog":   {catalog: all},
			"sync of visits":        {settings: settings{"select": []string{"contact_event?"}}},
			"sync, JSON attributes": {settings: settings{"custom_attributes": "json"}},
			"--test":                {args: []string{"--test"}},
			"--test of one":         {args: []string{"--test"}, settings: settings{"select": []string{"tag?"}}},
			"--discover":            {args: []string{"--discover"}},
			"--discover of one":     {args: []string{"--discover"}, settings: settings{"select": []string{"tag?"}}},
		} {
			if i > 0 && name != "sync of one" && name != "--test" && name != "--discover" {
				continue
			}
			w := newWorld(t, tiny)
			w.Control(intercomtest.Fault{Except: "/me", Times: -1, Status: status})
			x := w.extract(t, c)
			_, critical, _ := strings.Cut(x.stderr, "CRITICAL")
			if x.code != 1 || !strings.Contains(critical, "everything is refused to this token") {
				t.Errorf("%s, HTTP %d: exit code %d\n%s", name, status, x.code, x.stderr)
			}
			if len(c.args) > 0 && len(x.output) > 0 {
				t.Errorf("%s, HTTP %d: something is printed", name, status)
			}
		}
	}
}

// TestOneReadableStreamIsEnough refuses everything but tags.
func TestOneReadableStreamIsEnough(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--test"}, {"--discover"}} {
		w := newWorld(t, tiny)
		w.Control(intercomtest.Fault{Path: "/tags", Times: -1, Handle: func(http.ResponseWriter, *http.Request) bool { return false }})
		w.Control(intercomtest.Fault{Except: "/me", Times: -1, Status: 403})
		x := w.must(t, command{args: args})
		if args == nil && x.counts()["tags"] == 0 {
			t.Errorf("counts %v", x.counts())
		}
	}
}

// TestWorkspaceIsReadThoughMeSaysLittle refuses /me, as for apps that Intercom has not
// reviewed, or leaves out what it says of the workspace.
func TestWorkspaceIsReadThoughMeSaysLittle(t *testing.T) {
	t.Parallel()
	date := http.Header{"Date": {"Thu, 01 Jan 2026 00:30:00 GMT"}}
	for _, tt := range []struct {
		name  string
		fault intercomtest.Fault
		lacks []string
	}{
		{"403", intercomtest.Fault{Status: 403}, []string{"app id", "timezone", "region"}},
		{"402", intercomtest.Fault{Status: 402}, []string{"app id", "timezone", "region"}},
		{"404", intercomtest.Fault{Status: 404}, []string{"app id", "timezone", "region"}},
		{"no app", intercomtest.Fault{Status: 200, Body: `{"type":"admin","id":"1"}`}, []string{"app id", "timezone", "region"}},
		{"app null", intercomtest.Fault{Status: 200, Body: `{"type":"admin","id":"1","app":null}`}, []string{"app id", "timezone", "region"}},
		{"app of another form", intercomtest.Fault{Status: 200, Body: `{"app":["a1"]}`}, []string{"app id", "timezone", "region"}},
		{"fields of another form", intercomtest.Fault{Status: 200, Body: `{"app":{"id_code":7,"region":{},"timezone":"UTC"}}`}, []string{"app id", "region"}},
		{"no timezone", intercomtest.Fault{Status: 200, Body: `{"app":{"id_code":"a","region":"US"}}`}, []string{"timezone"}},
		{"a list", intercomtest.Fault{Status: 200, Body: `[]`}, []string{"app id", "timezone", "region"}},
		{"an error list", intercomtest.Fault{Status: 200, Body: `{"type":"error.list","errors":[]}`}, []string{"app id", "timezone", "region"}},
		{"a page", intercomtest.Fault{Status: 200, Foreign: true}, []string{"app id", "timezone", "region"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{nil, {"--test"}, {"--discover"}} {
				w := newWorld(t, tiny)
				tt.fault.Path, tt.fault.Times, tt.fault.Header = "/me", -1, date
				w.Control(tt.fault)
				w.FailNext(-1, "", "/tags", 401)
				x := w.must(t, command{args: args, settings: settings{"custom_attributes": "json", "select": []string{"tag?", "team?", "contact?"}}})
				const warning = "WARNING what Intercom says of the workspace is not whole"
				if n := strings.Count(x.stderr, warning); n != 1 || !strings.Contains(x.stderr, "until=2026-01-01T00:29:59Z") {
					t.Errorf("%v: %d warnings\n%s", args, n, x.stderr)
				}
				_, line, _ := strings.Cut(x.stderr, warning)
				line, _, _ = strings.Cut(line, "\n")
				for _, field := range []string{"app id", "timezone", "region", "this machine"} {
					if strings.Contains(line, field) != slices.Contains(tt.lacks, field) {
						t.Errorf("%v: lacks %v, says %s", args, tt.lacks, line)
					}
				}
				if args == nil && (x.counts()["contacts"] == 0 || x.counts()["teams"] == 0) {
					t.Errorf("counts %v", x.counts())
				}
			}
		})
	}
}
