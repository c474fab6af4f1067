package target

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"intercomdw/target-azuresqldw/synapse"
)

// StreamSettings is what may be set for a stream by itself; what is empty is as it is for all.
type StreamSettings struct {
	Nested          string `json:"nested"`
	ActivateVersion *bool  `json:"activate_version"`
	Distribution    string `json:"distribution"`
	Index           string `json:"index"`
}

// The values that the settings of a stream may have. A table is distributed by the hash of its first key property, and is a heap, unless they say
// otherwise when it is made.
var streamSettings = [...]struct {
	name   string
	of     func(StreamSettings) string
	values []string
}{
	{"nested", func(s StreamSettings) string { return s.Nested }, []string{"denest", "json"}},
	{"distribution", func(s StreamSettings) string { return s.Distribution }, []string{"hash", "round_robin", "replicate"}},
	{"index", func(s StreamSettings) string { return s.Index }, []string{"heap", "columnstore"}},
}

// checkStreams looks at the patterns and values of streams.
func (c *Config) checkStreams() error {
	for _, pattern := range slices.Sorted(maps.Keys(c.Streams)) {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("streams: bad pattern %q", pattern)
		}
		for _, s := range streamSettings {
			if v := s.of(c.Streams[pattern]); v != "" && !slices.Contains(s.values, v) {
				return fmt.Errorf("streams: %s: %s %q is not one of %s", pattern, s.name, v, strings.Join(s.values, ", "))
			}
		}
	}
	return nil
}

// streamSettings are those of a stream: its own first, then those of patterns, the longest first.
func (c *Config) streamSettings(name string) (s StreamSettings) {
	patterns := slices.SortedFunc(maps.Keys(c.Streams), func(a, b string) int {
		switch {
		case a == name:
			return -1
		case b == name:
			return 1
		}
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	for _, pattern := range patterns {
		if ok, err := path.Match(pattern, name); pattern == name || ok && err == nil {
			p := c.Streams[pattern]
			s = StreamSettings{cmp.Or(s.Nested, p.Nested), cmp.Or(s.ActivateVersion, p.ActivateVersion), cmp.Or(s.Distribution, p.Distribution), cmp.Or(s.Index, p.Index)}
		}
	}
	s.Nested, s.ActivateVersion = cmp.Or(s.Nested, c.Nested), cmp.Or(s.ActivateVersion, &c.ActivateVersion)
	return s
}

// place says how a table that is to be made lies in the pool. No columnstore holds a (max) type: such a table is a heap whatever was asked for.
func (s StreamSettings) place(t *synapse.Table) {
	switch s.Distribution {
	case "round_robin":
		t.Distribution = synapse.RoundRobin()
	case "replicate":
		t.Distribution = synapse.Replicate()
	}
	large := func(c synapse.Column) bool { return c.Type.Length == synapse.Max }
	if s.Index == "columnstore" && !slices.ContainsFunc(t.Columns, large) {
		t.Index = synapse.ColumnStore
	}
}
