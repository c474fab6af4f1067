package program_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"intercomdw/singer/program"
)

// golden compares got with a file in testdata, or renews the file when the
// tests run with UPDATE=1.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestAboutInEveryFormat(t *testing.T) {
	t.Parallel()
	for format, file := range map[string]string{"text": "about.txt", "json": "about.json", "markdown": "about.md"} {
		got := run(t, greet(), nil, "--about", "--format", format)
		if got.code != 0 || got.stderr != "" {
			t.Errorf("--format %s: %+v", format, got)
		}
		golden(t, file, got.stdout)
	}
}

// Meltano's hub-utils read settings.properties and settings.required, take the
// first type that is not null, and index the words of every description.
func TestAboutIsWhatHubUtilsRead(t *testing.T) {
	t.Parallel()
	got := run(t, greet(), nil, "--about", "--format=json")
	var about struct {
		Name, Description, Version string
		SDKVersion                 any `json:"sdk_version"`
		PythonVersions             any `json:"supported_python_versions"`
		Capabilities               []string
		Settings                   struct {
			Properties map[string]struct {
				Type        []string
				Description string
				Default     any
				Enum        []string
			}
			Required []string
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &about); err != nil {
		t.Fatal(err)
	}
	if about.Name != "tap-greet" || about.Version != "1.2.3" || !slices.Contains(about.Capabilities, "discover") || !slices.Equal(about.Settings.Required, []string{"access_token"}) {
		t.Errorf("about = %+v", about)
	}
	for name, kind := range map[string]string{"access_token": "string", "page_size": "integer", "ratio": "number", "select": "array", "nested": "object", "keep_files": "boolean", "log_level": "string"} {
		p, ok := about.Settings.Properties[name]
		if !ok || len(p.Type) == 0 || p.Type[0] != kind || p.Description == "" {
			t.Errorf("setting %s = %+v, want type %s and a description", name, p, kind)
		}
	}
	if got := about.Settings.Properties["page_size"].Default; got != 150.0 {
		t.Errorf("default of page_size = %v, want the number 150", got)
	}
}

func TestMeltanoDefinition(t *testing.T) {
	t.Parallel()
	text := greet().MeltanoDefinition(program.Definition{Variant: "ours", Label: `Greet "all": friends`, Repo: "https://example.com/greet"})
	golden(t, "meltano.yml", text)

	var d struct {
		Name, Namespace, Label, Executable string
		PipURL                             string `yaml:"pip_url"`
		Capabilities                       []string
		Settings                           []struct {
			Name, Kind string
			Sensitive  bool
			Value      any
			Options    []struct{ Label, Value string }
		}
		Required [][]string `yaml:"settings_group_validation"`
	}
	if err := yaml.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if d.Name != "tap-greet" || d.Namespace != "tap_greet" || d.Executable != "tap-greet" || d.PipURL != "" || d.Label != `Greet "all": friends` {
		t.Errorf("definition = %+v", d)
	}
	if diff := cmp.Diff([][]string{{"access_token"}}, d.Required); diff != "" {
		t.Errorf("settings_group_validation (-want +got):\n%s", diff)
	}
	kinds := map[string]string{}
	for _, s := range d.Settings {
		kinds[s.Name] = s.Kind
		if s.Name == "access_token" && !s.Sensitive || s.Name == "region" && len(s.Options) != 3 || s.Name == "page_size" && s.Value != 150 {
			t.Errorf("setting %+v", s)
		}
	}
	want := map[string]string{"access_token": "string", "start_date": "date_iso8601", "region": "options", "page_size": "integer", "lookback_seconds": "integer", "ratio": "decimal", "select": "array", "nested": "object", "keep_files": "boolean", "log_format": "options", "log_level": "options"}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}
