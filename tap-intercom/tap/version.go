package tap

import (
	"slices"
	"strconv"
	"strings"

	"intercomdw/tap-intercom/intercom"
)

// versions are those of the API that the tap is tried with, the oldest first.
// What a version has stands in the table of streams (since), and nowhere else:
// a stream that it lacks is left out, with the parameters and fields that
// would bring it.
var versions = []string{oldest, "2.15", intercom.DefaultVersion, "2.17", "Preview"}

// oldest is the first version of the API that the tap is tried with.
const oldest = "2.14"

// warnUntried says that nobody knows what a version has.
func (r *run) warnUntried() {
	if !slices.Contains(versions, r.api) && r.api != "Unstable" { // Preview's name of before
		r.log.Warn("this version of the API was not tried", "api_version", r.api, "tried", versions)
	}
}

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
