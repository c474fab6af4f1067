package program

import (
	"runtime/debug"
	"testing"
)

func TestBuildIsWhatTheToolchainHasStamped(t *testing.T) {
	t.Parallel()
	const revision, at = "3a7b5510123456789abcdef0123456789abcdef0", "2026-11-28T06:53:05Z"
	stamped := func(version string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: []debug.BuildSetting{
			{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision}, {Key: "vcs.time", Value: at},
		}}
	}
	tests := []struct {
		name string
		info *debug.BuildInfo
		want build
	}{
		{"at a tag", stamped("v1.2.3"), build{"1.2.3", revision, at}},
		{"behind a tag, with changes", stamped("v1.2.4-0.20261128065305-3a7b55101234+dirty"), build{"1.2.4-0.20261128065305-3a7b55101234+dirty", revision, at}},
		{"outside of a checkout", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, build{version: "0.0.0"}},
		{"without modules", nil, build{version: "0.0.0"}},
	}
	for _, tt := range tests {
		if got := readBuild(tt.info); got != tt.want {
			t.Errorf("%s: readBuild = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestVersionNamesCommitAndDateWhereTheyAreKnown(t *testing.T) {
	t.Parallel()
	p := Program[struct{}]{Name: "tap-greet", Version: "1.2.3"}
	if got, want := p.versionLine(build{}), "tap-greet 1.2.3 ("+goVersion()+")\n"; got != want {
		t.Errorf("without a checkout: %q, want %q", got, want)
	}
	b := build{commit: "3a7b5510123456789abcdef0123456789abcdef0", date: "2026-11-28T06:53:05Z"}
	if got, want := p.versionLine(b), "tap-greet 1.2.3 (commit 3a7b55101234, 2026-11-28T06:53:05Z, "+goVersion()+")\n"; got != want {
		t.Errorf("with a commit: %q, want %q", got, want)
	}
}
