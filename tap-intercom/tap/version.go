package tap

import (
	"strconv"
	"strings"
)

// in reports whether a version of the API has the stream.
func (s *stream) in(version string) bool { return ordinal(version) >= ordinal(s.since) }

// ordinal puts the versions of the API in order: 2.16 comes after 2.9, Preview
// (named Unstable before) after every number.
func ordinal(version string) int {
	if version == "" {
		return 0
	}
	major, minor, _ := strings.Cut(version, ".")
	ma, err1 := strconv.Atoi(major)
	mi, err2 := strconv.Atoi(minor)
	if err1 != nil || err2 != nil {
		return 1 << 30
	}
	return ma*1000 + mi
}
