package program

import (
	"fmt"
	"strconv"
	"strings"
)

// Definition is what a Meltano definition says beyond the program itself.
type Definition struct {
	Variant string // who maintains it
	Label   string // Intercom
	Repo    string // URL
	Docs    string // URL; may be empty

	// Dialect and TargetSchema name the SQL dialect of a loader and the
	// setting that holds its schema; empty for others.
	Dialect, TargetSchema string
}

// MeltanoDefinition renders the plugin definition of the program, in YAML, as
// `meltano add --from-ref FILE` reads it. There is no pip_url: Meltano then
// installs nothing and looks the executable up on PATH.
func (p Program[C]) MeltanoDefinition(d Definition) string {
	var b strings.Builder
	line := func(indent int, key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s%s: %s\n", strings.Repeat(" ", indent), key, value)
		}
	}
	line(0, "name", p.Name)
	line(0, "namespace", strings.ReplaceAll(p.Name, "-", "_"))
	line(0, "variant", d.Variant)
	line(0, "label", quoteYAML(d.Label))
	line(0, "description", quoteYAML(sentence(p.Description)))
	line(0, "repo", d.Repo)
	line(0, "docs", d.Docs)
	line(0, "executable", p.Name)
	line(0, "dialect", d.Dialect)
	line(0, "target_schema", d.TargetSchema)
	b.WriteString("capabilities:\n")
	for _, c := range p.capabilities() {
		fmt.Fprintf(&b, "- %s\n", c)
	}
	var required []string
	b.WriteString("settings:\n")
	for _, s := range p.Settings() {
		if s.Required {
			required = append(required, s.Name)
		}
		fmt.Fprintf(&b, "- name: %s\n", s.Name)
		line(2, "kind", s.meltanoKind())
		if s.Secret {
			line(2, "sensitive", "true")
		}
		line(2, "label", quoteYAML(s.Label()))
		line(2, "description", quoteYAML(sentence(s.Doc)))
		if s.Default != "" {
			line(2, "value", string(s.defaultJSON())) // JSON is YAML
		}
		if len(s.Enum) > 0 {
			b.WriteString("  options:\n")
			for _, value := range s.Enum {
				fmt.Fprintf(&b, "  - label: %s\n    value: %s\n", quoteYAML(optionLabel(value)), quoteYAML(value))
			}
		}
	}
	if len(required) > 0 {
		b.WriteString("settings_group_validation:\n")
		for i, name := range required {
			lead := "  - "
			if i == 0 {
				lead = "- - "
			}
			b.WriteString(lead + name + "\n")
		}
	}
	return b.String()
}

// optionLabel is what a form shows for a value of an enum; short ones are
// mostly abbreviations.
func optionLabel(value string) string {
	if len(value) <= 3 {
		return strings.ToUpper(value)
	}
	s := Setting{Name: value}
	return s.Label()
}

// meltanoKind is the kind of a setting in Meltano's words.
func (s *Setting) meltanoKind() string {
	switch {
	case len(s.Enum) > 0:
		return "options"
	case s.Format == "date-time" || s.Format == "date":
		return "date_iso8601"
	case s.Type == "number":
		return "decimal"
	}
	return s.Type
}

// quoteYAML quotes text for YAML, whose double-quoted strings understand
// the escapes of Go for what is printable and the usual controls.
func quoteYAML(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}
