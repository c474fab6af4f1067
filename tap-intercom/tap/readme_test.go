package tap

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const readme = "../../README.md"

// TestReadmeHasTheTables holds the generated parts of the README against the
// code. UPDATE=1 renews them.
func TestReadmeHasTheTables(t *testing.T) {
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for name, want := range map[string]string{
		"streams":               StreamsTable(),
		"settings:tap-intercom": newProgram("", outside{}).SettingsTable(),
	} {
		if text, err = between(text, name, want); err != nil {
			t.Fatal(err)
		}
	}
	if text == string(b) {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Fatal("README.md differs from the code: run UPDATE=1 go test ./tap-intercom/tap")
	}
	if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between replaces what stands between the markers of a generated part.
func between(text, name, content string) (string, error) {
	before, rest, found := strings.Cut(text, "<!-- "+name+":begin")
	marker, rest, found2 := strings.Cut(rest, "-->\n")
	end := "<!-- " + name + ":end -->"
	_, after, found3 := strings.Cut(rest, end)
	if !found || !found2 || !found3 {
		return "", fmt.Errorf("README.md has no part %q", name)
	}
	return before + "<!-- " + name + ":begin" + marker + "-->\n" + content + end + after, nil
}
