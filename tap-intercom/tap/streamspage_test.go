package tap

import (
	"fmt"
	"strings"
	"testing"
)

// TestStreamsPageTellsWhatTheTableKnows looks for every stream's section, and in
// it for what the table says.
func TestStreamsPageTellsWhatTheTableKnows(t *testing.T) {
	t.Parallel()
	sections := map[string]string{}
	example := func(stream string) string { return "an example of " + stream }
	for _, section := range strings.Split(StreamsPage(example), "\n## ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		sections[name] = text
	}
	if len(sections) != len(described()) {
		t.Errorf("%d sections, want %d", len(sections), len(described()))
	}
	for _, s := range described() {
		text, found := sections[s.name]
		if !found {
			t.Errorf("%s: no section", s.name)
			continue
		}
		want := []string{"```json\nan example of " + s.name + "\n```\n", "- Cost: " + s.cost + "\n", "`" + s.keys[0] + "`", s.endpoint, s.limits, s.bookmark, strings.TrimSuffix(s.within, "/")}
		if s.parent != "" {
			want = append(want, fmt.Sprintf("- Parent: [%s](#%s)", s.parent, s.parent))
		}
		if s.since > oldest {
			want = append(want, "- API: from "+s.since+"\n")
		}
		if s.off {
			want = append(want, "- Read: when selected")
		} else {
			want = append(want, "- Read: by default")
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: the section does not say %q:\n%s", s.name, w, text)
			}
		}
	}
}

// TestEveryStreamSaysItsPrice holds the table to what --discover and the
// catalog's metadata promise.
func TestEveryStreamSaysItsPrice(t *testing.T) {
	t.Parallel()
	_, stdout, _ := offline(t, "--discover")
	c := parseCatalog(t, stdout)
	for i := range streams {
		s := &streams[i]
		if s.cost == "" || s.doc == "" {
			t.Errorf("%s: no cost or no description", s.name)
		}
		if e := c.Entry(s.name); e != nil && !strings.Contains(string(e.Find().Others), fmt.Sprintf(`"cost":%q`, s.cost)) {
			t.Errorf("%s: metadata %s does not have cost %q", s.name, e.Find().Others, s.cost)
		}
		if s.dialect == each && s.bookmark != "" && !s.off {
			t.Errorf("%s: one call per row of a table that grows, and on by default", s.name)
		}
	}
}
