package singertest

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"intercomdw/singer"
)

// TapOptions say how a tap is checked.
type TapOptions struct {
	// Config is the configuration, a JSON object.
	Config string

	// MayBeEmpty names streams that need not send a record.
	MayBeEmpty []string

	// StreamOptions say what the output may hold.
	StreamOptions
}

// CheckTap runs a tap as Singer does and reports to tb what is wrong:
//
//   - --version and --about print, the latter as JSON too;
//   - --discover prints a catalog, and nothing else, that [CheckCatalog] passes;
//   - with every stream and field of it selected, the tap ends with exit code 0
//     and its output passes [CheckStream], with a SCHEMA for every stream, and a
//     record unless it may be empty;
//   - with the last STATE of that run, it does so again.
//
// It returns the reports of both runs, the first with everything the source holds.
func CheckTap(tb testing.TB, tap Program, o TapOptions) (first, second *Report) {
	tb.Helper()
	dir := tb.TempDir()
	config := writeFile(tb, dir, "config.json", []byte(o.Config))
	checkAbout(tb, tap)

	out, code := runTap(tb, tap, "--config", config, "--discover")
	if code != 0 {
		tb.Fatalf("--discover: exit code %d", code)
	}
	catalog, err := singer.ParseCatalog(out)
	if err != nil {
		tb.Fatalf("--discover: %v", err)
	}
	for _, p := range CheckCatalog(catalog) {
		tb.Error(p)
	}
	all, err := selectAll(catalog).Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	selected := writeFile(tb, dir, "catalog.json", all)

	first = checkSync(tb, "first run", tap, o, "--config", config, "--catalog", selected)
	for _, e := range catalog.Streams {
		counts := first.Streams[e.Stream]
		switch {
		case counts == nil || counts.Schemas == 0:
			tb.Errorf("first run: stream %s: no SCHEMA", e.Stream)
		case counts.Records == 0 && !slices.Contains(o.MayBeEmpty, e.Stream):
			tb.Errorf("first run: stream %s: no records", e.Stream)
		}
	}
	if first.State == nil {
		tb.Error("first run: no STATE")
		return first, nil
	}
	state := writeFile(tb, dir, "state.json", first.State)
	second = checkSync(tb, "second run", tap, o, "--config", config, "--catalog", selected, "--state", state)
	for stream, counts := range second.Streams {
		if first.Streams[stream] != nil && counts.Records > first.Streams[stream].Records {
			tb.Logf("second run: stream %s: %d records, more than the %d before", stream, counts.Records, first.Streams[stream].Records)
		}
	}
	return first, second
}

// checkSync runs the tap and checks its output.
func checkSync(tb testing.TB, name string, tap Program, o TapOptions, args ...string) *Report {
	tb.Helper()
	out, code := runTap(tb, tap, args...)
	if code != 0 {
		tb.Errorf("%s: exit code %d", name, code)
	}
	report := CheckStream(bytes.NewReader(out), o.StreamOptions)
	for _, p := range report.Problems {
		tb.Errorf("%s: %s", name, p)
	}
	for _, w := range report.Warnings {
		tb.Logf("%s: %s", name, w)
	}
	for _, stream := range slices.Sorted(maps.Keys(report.Streams)) {
		tb.Logf("%s: stream %s: %d records", name, stream, report.Streams[stream].Records)
	}
	return report
}

// checkAbout checks what a program says of itself.
func checkAbout(tb testing.TB, p Program) {
	tb.Helper()
	for _, args := range [][]string{{"--version"}, {"--about"}, {"--help"}} {
		if out, code := runTap(tb, p, args...); code != 0 || len(bytes.TrimSpace(out)) == 0 {
			tb.Errorf("%s: exit code %d, output %q", args[0], code, out)
		}
	}
	out, code := runTap(tb, p, "--about", "--format", "json")
	var about struct {
		Name         *string
		Description  *string
		Version      *string
		Capabilities []string
		Settings     *struct {
			Properties map[string]struct{ Type, Description json.RawMessage }
		}
	}
	if err := json.Unmarshal(out, &about); code != 0 || err != nil {
		tb.Errorf("--about --format json: exit code %d, %v", code, err)
		return
	}
	if about.Name == nil || about.Description == nil || about.Version == nil || len(about.Capabilities) == 0 || about.Settings == nil {
		tb.Errorf("--about --format json lacks one of name, description, version, capabilities, settings:\n%s", out)
		return
	}
	for name, s := range about.Settings.Properties {
		if s.Type == nil || s.Description == nil {
			tb.Errorf("--about --format json: setting %s has no type or no description", name)
		}
	}
}

// runTap runs a program without input and returns what it wrote. Its log goes
// to that of the test.
func runTap(tb testing.TB, p Program, args ...string) ([]byte, int) {
	tb.Helper()
	var stdout, stderr bytes.Buffer
	code := p(tb.Context(), strings.NewReader(""), &stdout, &stderr, args...)
	if stderr.Len() > 0 {
		tb.Logf("%s\n%s", strings.Join(args, " "), &stderr)
	}
	return stdout.Bytes(), code
}

func writeFile(tb testing.TB, dir, name string, text []byte) string {
	tb.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}
