package tap

import (
	"strings"
	"testing"
)

func TestVersionsOfTheAPIAreInOrder(t *testing.T) {
	t.Parallel()
	order := []string{"", "2.9", "2.10", "2.16", "2.17", "3.0", "Preview"}
	for i, since := range order {
		for j, version := range order {
			s := stream{since: since}
			if got := s.in(version); got != (j >= i) {
				t.Errorf("stream since %q is in %q: %v", since, version, got)
			}
		}
	}
}

func TestWhatAVersionLacksIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	for version, streams := range map[string]struct{ has, lacks []string }{
		"2.14":    {[]string{"contacts", "away_status_reasons", "articles"}, []string{"brands", "macros", "deleted_conversations", "conversation_attributes", "folders"}},
		"2.15":    {[]string{"brands", "emails"}, []string{"macros", "redirects"}},
		"2.17":    {[]string{"macros", "folders"}, nil},
		"Preview": {[]string{"macros", "folders"}, nil},
	} {
		x := w.must(t, command{settings: settings{"api_version": version}})
		counts := x.counts()
		for _, s := range streams.has {
			if counts[s] == 0 {
				t.Errorf("%s: no records of %s", version, s)
			}
		}
		for _, s := range streams.lacks {
			if counts[s] != 0 || !strings.Contains(x.stderr, s) {
				t.Errorf("%s: %d records of %s, or nothing said", version, counts[s], s)
			}
		}
		if strings.Contains(x.stderr, "WARN") {
			t.Errorf("%s: %s", version, x.stderr)
		}
		discovered := parseCatalog(t, string(w.must(t, command{settings: settings{"api_version": version}, args: []string{"--discover"}}).output))
		for _, s := range streams.lacks {
			if discovered.Entry(s) != nil {
				t.Errorf("%s: discovery has %s", version, s)
			}
		}
	}
}
