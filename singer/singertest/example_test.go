package singertest_test

import (
	"fmt"
	"io"
	"strings"

	"intercomdw/singer/singertest"
)

// Releases is a target's standard output, and tells what it should not have
// printed.
func ExampleReleases() {
	input := `{"type":"STATE","value":{"n":1}}
{"type":"STATE","value":{"n":2}}
`
	committed := int64(1) // as the warehouse under test knows it
	stdout, err := singertest.WatchReleases(strings.NewReader(input), func() int64 { return committed })
	if err != nil {
		fmt.Println(err)
		return
	}
	// The target prints two states, and dies.
	if _, err := io.WriteString(stdout, `{"n":1}`+"\n"+`{"n":2}`+"\n"); err != nil {
		fmt.Println(err)
	}
	for _, problem := range stdout.End(false) {
		fmt.Println(problem)
	}
	// Output:
	// released the state of line 2 when line 1 was the last committed
}

// CheckStream looks at the output of a tap without running it.
func ExampleCheckStream() {
	report := singertest.CheckStream(strings.NewReader(`{"type":"RECORD","stream":"users","record":{"id":1}}`+"\n"), singertest.StreamOptions{})
	fmt.Println(report.Problems)
	// Output:
	// [line 1: stream users: RECORD before SCHEMA]
}
