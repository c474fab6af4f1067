package program

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// build is what the Go toolchain has stamped into the binary about where it comes from. It is the only source: whoever
// builds from a checkout, in whatever way, gets the same answer, and the same bytes, since the time is that of the commit.
type build struct {
	version string // without the v of its tag; of a commit without a tag, Go's pseudo-version; 0.0.0 when nothing is known
	commit  string // "" when built from something else than a checkout
	date    string // of the commit, RFC 3339
}

// readBuild takes from info what it holds; "nothing" is an answer.
func readBuild(info *debug.BuildInfo) build {
	b := build{version: "0.0.0"}
	if info == nil {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.version = strings.TrimPrefix(v, "v")
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.commit = s.Value
		case "vcs.time":
			b.date = s.Value
		}
	}
	return b
}

func ownBuild() build {
	info, _ := debug.ReadBuildInfo()
	return readBuild(info)
}

// version returns the version alone.
func (p Program[C]) version() string {
	if p.Version != "" {
		return p.Version
	}
	return ownBuild().version
}

// versionLine is what --version prints: name and version, and in parentheses what else is known.
func (p Program[C]) versionLine(b build) string {
	rest := goVersion()
	if b.commit != "" {
		rest = fmt.Sprintf("commit %s, %s, %s", b.commit[:min(12, len(b.commit))], b.date, rest)
	}
	return fmt.Sprintf("%s %s (%s)\n", p.Name, p.version(), rest)
}
