package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"intercomdw/singer/program"
	"intercomdw/tap-intercom/tap"
	"intercomdw/target-azuresqldw/target"
)

// TestDocumentsSayWhatTheCodeSays holds the generated parts of README.md, and
// the whole of docs/streams.md, meltano.yml, the definitions, the manual pages and the completions, against the programs.
// UPDATE=1 renews them.
func TestDocumentsSayWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]func(string) (string, error){
		"../README.md":                              readme,
		"../docs/streams.md":                        streamsPage,
		"../meltano.yml":                            meltano,
		"../docs/meltano/tap-intercom.yml":          defined(tapDefinition()),
		"../docs/meltano/target-azuresqldw.yml":     defined(targetDefinition()),
		"../docs/man/tap-intercom.1":                whole(tap.Program("").ManPage("target-azuresqldw(1)")),
		"../docs/man/target-azuresqldw.1":           whole(target.Program("").ManPage("tap-intercom(1)")),
		"../docs/completion/tap-intercom.bash":      completion(tap.Program("").Completion, "bash"),
		"../docs/completion/tap-intercom.zsh":       completion(tap.Program("").Completion, "zsh"),
		"../docs/completion/tap-intercom.fish":      completion(tap.Program("").Completion, "fish"),
		"../docs/completion/target-azuresqldw.bash": completion(target.Program("").Completion, "bash"),
		"../docs/completion/target-azuresqldw.zsh":  completion(target.Program("").Completion, "zsh"),
		"../docs/completion/target-azuresqldw.fish": completion(target.Program("").Completion, "fish"),
	} {
		b, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		text, err := want(string(b))
		switch {
		case err != nil:
			t.Errorf("%s: %v", file, err)
		case text == string(b):
		case os.Getenv("UPDATE") == "":
			t.Errorf("%s differs from the code: run UPDATE=1 go test ./target-azuresqldw", file)
		default:
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
}

// whole is a file with nothing in it but what is generated.
func whole(text string) func(string) (string, error) {
	return func(string) (string, error) { return text, nil }
}

func completion(script func(shell string) (string, error), shell string) func(string) (string, error) {
	return func(string) (string, error) { return script(shell) }
}

// readme renews the generated parts of the README.
func readme(text string) (_ string, err error) {
	for name, content := range map[string]string{
		"streams":                    tap.StreamsTable(),
		"settings:tap-intercom":      tap.Program("").SettingsTable(),
		"settings:target-azuresqldw": target.Program("").SettingsTable(),
		"meltano":                    plugins(),
	} {
		if text, err = between(text, name, content); err != nil {
			return "", err
		}
	}
	return text, nil
}

// between replaces what stands between the markers of a generated part.
func between(text, name, content string) (string, error) {
	before, rest, hasBegin := strings.Cut(text, "<!-- "+name+":begin")
	marker, rest, hasMarker := strings.Cut(rest, "-->\n")
	end := "<!-- " + name + ":end -->"
	_, after, hasEnd := strings.Cut(rest, end)
	if !hasBegin || !hasMarker || !hasEnd {
		return "", fmt.Errorf("there is no part %q", name)
	}
	return before + "<!-- " + name + ":begin" + marker + "-->\n" + content + end + after, nil
}

// meltano is a Meltano project with both plugins.
func meltano(string) (string, error) {
	var b strings.Builder
	b.WriteString("# A Meltano project with both programs. Generated from their settings: UPDATE=1 go test ./target-azuresqldw\n" +
		"# Put the binaries of `make build` on PATH, set the secrets in the environment or in .env, then:\n" +
		"#   meltano run tap-intercom target-azuresqldw\n" +
		"plugins:\n  extractors:\n")
	plugin(&b, tapDefinition())
	b.WriteString("  loaders:\n")
	plugin(&b, targetDefinition())
	return b.String(), nil
}

func tapDefinition() string {
	return tap.Program("").MeltanoDefinition(program.Definition{Variant: "intercomdw", Label: "Intercom"})
}

func targetDefinition() string {
	return target.Program("").MeltanoDefinition(program.Definition{
		Variant: "intercomdw", Label: "Azure SQL Data Warehouse",
		Dialect: "mssql", TargetSchema: "default_target_schema",
	})
}

// defined is a file of its own for a definition, as `meltano add` reads it.
func defined(definition string) func(string) (string, error) {
	return func(string) (string, error) {
		return "# For meltano add --from-ref. Generated from the settings: UPDATE=1 go test ./target-azuresqldw\n" + definition, nil
	}
}

// plugins is a block for a meltano.yml with both plugins, in few words: what Meltano must know to give each its settings, catalog and state.
func plugins() string {
	var b strings.Builder
	b.WriteString("```yaml\nplugins:\n")
	brief(&b, "extractors", tapDefinition())
	brief(&b, "loaders", targetDefinition())
	b.WriteString("```\n")
	return b.String()
}

// brief writes the part of a definition that cannot be done without.
func brief(b *strings.Builder, kind, definition string) {
	var d struct {
		Name, Namespace, Executable, Dialect string
		Capabilities                         []string
		Settings                             []struct {
			Name, Kind string
			Sensitive  bool
		}
	}
	if err := yaml.Unmarshal([]byte(definition), &d); err != nil {
		panic("definition: " + err.Error())
	}
	fmt.Fprintf(b, "  %s:\n  - name: %s\n    namespace: %s\n    executable: %s\n", kind, d.Name, d.Namespace, d.Executable)
	if d.Dialect != "" {
		fmt.Fprintf(b, "    dialect: %s\n", d.Dialect)
	}
	fmt.Fprintf(b, "    capabilities: [%s]\n    settings:\n", strings.Join(d.Capabilities, ", "))
	for _, s := range d.Settings {
		sensitive := ""
		if s.Sensitive {
			sensitive = ", sensitive: true"
		}
		// Meltano refuses every value of a setting of options without a list of them.
		fmt.Fprintf(b, "    - {name: %s, kind: %s%s}\n", s.Name, strings.Replace(s.Kind, "options", "string", 1), sensitive)
	}
}

// plugin writes a definition as an item of a list.
func plugin(b *strings.Builder, definition string) {
	lead := "  - "
	for line := range strings.Lines(definition) {
		b.WriteString(lead + line)
		lead = "    "
	}
}
