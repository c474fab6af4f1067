package tap

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"intercomdw/singer"
)

// TestFullSyncUnderEachVersion selects everything, whatever the version has.
func TestFullSyncUnderEachVersion(t *testing.T) {
	t.Parallel()
	usual := tables{}
	w := newWorld(t, small)
	w.relate(t)
	set := settings{"select": []string{"*"}, "page_size": 7}
	usual.load(t, w.must(t, command{settings: set}).msgs)
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			w.relate(t)
			x := w.must(t, command{settings: settings{"select": []string{"*"}, "page_size": 7, "api_version": version}})
			got := tables{}
			got.load(t, x.msgs)
			want := w.contents()
			for i := range streams {
				s := &streams[i]
				if !s.in(version) {
					if len(got[s.name]) > 0 || !strings.Contains(x.stderr, s.name) {
						t.Errorf("%s: %d rows, or nothing said of its lack", s.name, len(got[s.name]))
					}
					continue
				}
				if len(got[s.name]) != len(want[s.name]) {
					t.Errorf("%s: %d rows, the workspace has %d", s.name, len(got[s.name]), len(want[s.name]))
				}
			}
			for _, r := range w.Requests() {
				end := r.Path == "/companies/scroll" && r.Status == http.StatusNotFound // asked for once more
				if r.Version != version || (r.Status >= 400 && !end) {
					t.Errorf("%s %s of version %s: HTTP %d", r.Method, r.Path, r.Version, r.Status)
				}
			}
			for line := range strings.Lines(x.stderr) {
				if strings.Contains(line, "WARN") && !strings.Contains(line, "_parts") { // of more than 500 it gives 500
					t.Error(line)
				}
			}
			// Whatever form a version writes a value in, the record is the same.
			for _, stream := range []string{"contacts", "companies", "tickets", "ticket_parts", "conversation_parts", "contact_tags", "teams"} {
				wantSame(t, tables{stream: got[stream]}, tables{stream: usual[stream]})
			}
		})
	}
}

// TestSimulatorRefusesWhatAVersionLacks asks for every stream in the version
// before the one that has it first.
func TestSimulatorRefusesWhatAVersionLacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	placeholder := regexp.MustCompile(`\{[^}]*\}`)
	asked := 0
	for i := range streams {
		s := &streams[i]
		before := ""
		for _, v := range versions {
			if !s.in(v) {
				before = v
			}
		}
		if before == "" || s.endpoint == "" {
			continue
		}
		refused := false
		for _, method := range []string{"GET", "POST"} {
			r, err := http.NewRequestWithContext(t.Context(), method, w.URL+placeholder.ReplaceAllString(s.endpoint, "1"), strings.NewReader(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer t")
			r.Header.Set("Intercom-Version", before)
			resp, err := w.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			refused = refused || resp.StatusCode == 400 && strings.Contains(string(body), "intercom_version_invalid")
		}
		if !refused {
			t.Errorf("%s: version %s is not refused", s.name, before)
		}
		asked++
	}
	if asked < 10 {
		t.Errorf("%d streams looked at", asked)
	}
}

// TestNoChildIsOlderThanItsParent holds the table to itself.
func TestNoChildIsOlderThanItsParent(t *testing.T) {
	t.Parallel()
	for i := range streams {
		if s := &streams[i]; s.parent != "" && ordinal(s.since) < ordinal(streamNamed(s.parent).since) {
			t.Errorf("%s: since %q, its parent %s since %q", s.name, s.since, s.parent, streamNamed(s.parent).since)
		}
	}
}

// TestMergeHistoryIsAskedForWhereItExists shows the list in its parent, which
// needs the flag without the child.
func TestMergeHistoryIsAskedForWhereItExists(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		w := newWorld(t, tiny)
		c, err := newCatalog(false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := choose(c, []string{"contacts"}); err != nil {
			t.Fatal(err)
		}
		c.Entry("contacts").At("properties", "merge_history").Selected = singer.NewBool(true)
		w.must(t, command{catalog: c, settings: settings{"api_version": version}})
		for _, r := range w.Requests() {
			flagged := strings.Contains(r.Query, "include_merge_history")
			if r.Path == "/contacts/search" && flagged != streamNamed("contact_merge_history").in(version) {
				t.Errorf("%s: query %q", version, r.Query)
			}
		}
	}
}

func TestVersionThatWasNotTriedIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	for version, want := range map[string]bool{"2.13": true, "2.16": false, "Preview": false} {
		x := w.must(t, command{settings: settings{"api_version": version, "select": []string{"tags"}}})
		if got := strings.Contains(x.stderr, "WARNING this version of the API was not tried"); got != want {
			t.Errorf("%s: warned %v, want %v\n%s", version, got, want, x.stderr)
		}
	}
}
