package program

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// About is what --about tells. As JSON it has the members of the Singer SDK,
// which Meltano's hub-utils (hub_utils/meltano_util.py) make a definition of.
type About struct {
	Name                    string         `json:"name"`
	Description             string         `json:"description"`
	Version                 string         `json:"version"`
	SDKVersion              *string        `json:"sdk_version"`
	SupportedPythonVersions []string       `json:"supported_python_versions"`
	Capabilities            []string       `json:"capabilities"`
	Settings                SettingsSchema `json:"settings"`
}

// SettingsSchema is the JSON Schema of a configuration.
type SettingsSchema struct {
	Type                 string     `json:"type"`
	Properties           properties `json:"properties"`
	Required             []string   `json:"required"`
	AdditionalProperties bool       `json:"additionalProperties"`
}

// properties keep the order of the settings.
type properties []property

type property struct {
	name string

	Type        []string        `json:"type"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Default     json.RawMessage `json:"default,omitempty"`
	Enum        []string        `json:"enum,omitempty"`
	Format      string          `json:"format,omitempty"`
	Minimum     json.RawMessage `json:"minimum,omitempty"`
	Maximum     json.RawMessage `json:"maximum,omitempty"`
	Items       *items          `json:"items,omitempty"`
	Secret      bool            `json:"secret,omitempty"`
	WriteOnly   bool            `json:"writeOnly,omitempty"`
}

type items struct {
	Type string `json:"type"`
}

// MarshalJSON writes the properties as the members of an object.
func (list properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(p.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		body, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		b.Write(body)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// About describes the program.
func (p Program[C]) About() About {
	a := About{
		Name: p.Name, Description: p.Description, Version: p.version(), Capabilities: p.capabilities(),
		Settings: SettingsSchema{Type: "object", Required: []string{}, AdditionalProperties: true},
	}
	for _, s := range p.Settings() {
		a.Settings.Properties = append(a.Settings.Properties, s.property())
		if s.Required {
			a.Settings.Required = append(a.Settings.Required, s.Name)
		}
	}
	return a
}

// capabilities are those of the program and those of every program here.
func (p Program[C]) capabilities() []string {
	list := []string{"about", "structured-logging"}
	for _, c := range p.Capabilities {
		if c != "about" && c != "structured-logging" {
			list = append(list, c)
		}
	}
	return list
}

func (s *Setting) property() property {
	out := property{
		name: s.Name, Type: []string{s.Type}, Title: s.Label(), Description: sentence(s.Doc),
		Enum: s.Enum, Format: s.Format, Secret: s.Secret, WriteOnly: s.Secret,
		Minimum: json.RawMessage(s.Min), Maximum: json.RawMessage(s.Max),
	}
	if !s.Required {
		out.Type = append(out.Type, "null")
	}
	if s.Type == "array" {
		out.Items = &items{"string"}
	}
	if s.Default != "" {
		out.Default = s.defaultJSON()
	}
	return out
}

// defaultJSON is the default as a JSON value.
func (s *Setting) defaultJSON() json.RawMessage {
	switch s.Type {
	case "integer", "number", "boolean":
		return json.RawMessage(s.Default)
	case "array", "object":
		if json.Valid([]byte(s.Default)) {
			return json.RawMessage(s.Default)
		}
		list, _ := json.Marshal(strings.Split(s.Default, ",")) // strings always marshal
		return list
	}
	text, _ := json.Marshal(s.Default)
	return text
}

// Label is the name of the setting for a form: access_token is Access Token.
func (s *Setting) Label() string {
	words := strings.Split(s.Name, "_")
	for i, w := range words {
		switch w {
		case "url", "api", "sas", "id", "sql", "json":
			words[i] = strings.ToUpper(w)
		default:
			if w != "" {
				words[i] = strings.ToUpper(w[:1]) + w[1:]
			}
		}
	}
	return strings.Join(words, " ")
}

// sentence gives a phrase a capital letter and a full stop.
func sentence(phrase string) string {
	if phrase == "" {
		return ""
	}
	return strings.ToUpper(phrase[:1]) + strings.TrimSuffix(phrase[1:], ".") + "."
}

func (p Program[C]) printAbout(w io.Writer, format string) error {
	var out []byte
	switch format {
	case "json":
		b, err := json.MarshalIndent(p.About(), "", "  ")
		if err != nil {
			return err
		}
		out = append(b, '\n')
	case "markdown":
		out = []byte(p.aboutMarkdown())
	case "", "text":
		out = []byte(p.aboutText())
	default:
		return Usagef("--format %q is not one of text, json, markdown", format)
	}
	_, err := w.Write(out)
	return err
}

func (p Program[C]) aboutText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Name: %s\nDescription: %s\nVersion: %s\nCapabilities: %s\nSettings:\n",
		p.Name, p.Description, p.version(), strings.Join(p.capabilities(), ", "))
	for _, s := range p.Settings() {
		fmt.Fprintf(&b, "  %s (%s): %s\n", s.Name, strings.Join(s.traits(), ", "), s.Doc)
	}
	return b.String()
}

// traits are what there is to say of a setting besides its purpose.
func (s *Setting) traits() []string {
	list := []string{s.Type}
	if s.Secret {
		list = append(list, "secret")
	}
	if s.Required {
		list = append(list, "required")
	}
	if len(s.Enum) > 0 {
		list = append(list, "one of "+strings.Join(s.Enum, " | "))
	}
	if s.Default != "" {
		list = append(list, "default "+s.Default)
	}
	return list
}

func (p Program[C]) aboutMarkdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# `%s`\n\n%s\n\n## Capabilities\n\n", p.Name, sentence(p.Description))
	for _, c := range p.capabilities() {
		fmt.Fprintf(&b, "* `%s`\n", c)
	}
	b.WriteString("\n## Settings\n\n")
	b.WriteString(p.SettingsTable())
	return b.String()
}

// SettingsTable is the table of the settings in Markdown, as a README has it.
func (p Program[C]) SettingsTable() string {
	var b strings.Builder
	b.WriteString("| Setting | Required | Default | Description |\n| :-- | :-- | :-- | :-- |\n")
	for _, s := range p.Settings() {
		required, fallback, doc := "no", "", sentence(s.Doc)
		if s.Required {
			required = "yes"
		}
		if s.Default != "" {
			fallback = "`" + s.Default + "`"
		}
		if len(s.Enum) > 0 {
			doc += " One of `" + strings.Join(s.Enum, "`, `") + "`."
		}
		if s.Secret {
			doc += " Secret."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, required, fallback, strings.ReplaceAll(doc, "|", "\\|"))
	}
	return b.String()
}
