package program

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercomdw/singer"
	"intercomdw/singer/secret"
)

// loadConfig reads the configuration: the defaults, then the files in their
// order, then the environment when one of the names is ENV.
func (p Program[C]) loadConfig(names []string, env []string, relaxed bool, warn func(msg string, args ...any)) (config[C], error) {
	var c config[C]
	l := loader{settings: p.Settings(), into: reflect.ValueOf(&c).Elem(), set: make(map[string]bool), warn: warn}
	if err := l.defaults(); err != nil {
		panic(fmt.Sprintf("program: %v", err))
	}
	for _, name := range names {
		if name == "ENV" {
			continue
		}
		if err := l.file(name); err != nil {
			return c, &UsageError{err}
		}
	}
	if slices.Contains(names, "ENV") {
		if err := l.environment(p.envPrefix(), env); err != nil {
			return c, &UsageError{err}
		}
	}
	if relaxed {
		return c, nil
	}
	if err := l.missing(names); err != nil {
		return c, &UsageError{err}
	}
	if p.Check != nil {
		if err := p.Check(&c.Program); err != nil {
			return c, &UsageError{fmt.Errorf("config: %w", err)}
		}
	}
	return c, nil
}

// DecodeConfig reads a configuration as the program would from a file, for
// tests and for programs that hold another.
func (p Program[C]) DecodeConfig(raw []byte) (C, error) {
	var c config[C]
	l := loader{settings: p.Settings(), into: reflect.ValueOf(&c).Elem(), set: make(map[string]bool), warn: func(string, ...any) {}}
	if err := l.defaults(); err != nil {
		panic(fmt.Sprintf("program: %v", err))
	}
	if err := l.object("config", raw); err != nil {
		return c.Program, &UsageError{err}
	}
	if err := l.missing([]string{"config"}); err != nil {
		return c.Program, &UsageError{err}
	}
	if p.Check != nil {
		if err := p.Check(&c.Program); err != nil {
			return c.Program, &UsageError{fmt.Errorf("config: %w", err)}
		}
	}
	return c.Program, nil
}

// loader sets the fields of a configuration.
type loader struct {
	settings []Setting
	into     reflect.Value // the struct
	set      map[string]bool
	warn     func(msg string, args ...any)
}

func (l *loader) defaults() error {
	for i := range l.settings {
		if s := &l.settings[i]; s.Default != "" {
			if err := s.setText(l.into.FieldByIndex(s.index), s.Default); err != nil {
				return fmt.Errorf("default of setting %q: %w", s.Name, err)
			}
		}
	}
	return nil
}

// file sets what the JSON object in a file sets.
func (l *loader) file(name string) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read config: %w", err)
	}
	return l.object(name, raw)
}

func (l *loader) object(name string, raw []byte) error {
	var members map[string]json.RawMessage
	if len(bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))) == 0 {
		return fmt.Errorf("%s: nothing in it", name)
	}
	switch what := singer.Recognize(raw, l.names()...); what {
	case "", "a configuration", "a JSON Schema":
	default: // whose members would be passed over as settings of others
		return fmt.Errorf("%s: no configuration (it seems to be %s)", name, what)
	}
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), &members); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			line := 1 + bytes.Count(raw[:min(syntax.Offset, int64(len(raw)))], []byte("\n"))
			return fmt.Errorf("%s: line %d: %w", name, line, err)
		}
		return fmt.Errorf("%s: expected a JSON object", name)
	}
	for _, key := range sortedKeys(members) {
		v := members[key]
		if string(v) == "null" { // Meltano's word for a setting that is not set
			continue
		}
		s := l.find(key)
		if s == nil {
			if near := nearest(key, l.names()); near != "" {
				return fmt.Errorf("%s: unknown setting %q (did you mean %q?)", name, key, near)
			}
			// A configuration may be written for another variant of the program.
			l.warn("unknown setting ignored", "setting", key, "config", name)
			continue
		}
		if err := s.setJSON(l.into.FieldByIndex(s.index), v); err != nil {
			return fmt.Errorf("%s: setting %q: %w", name, key, err)
		}
		l.set[key] = true
	}
	return nil
}

// environment sets what the variables PREFIX_SETTING set.
func (l *loader) environment(prefix string, env []string) error {
	values := make(map[string]string)
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	for i := range l.settings {
		s := &l.settings[i]
		name := prefix + strings.ToUpper(s.Name)
		text, ok := values[name]
		if !ok || text == "" {
			continue
		}
		if err := s.setText(l.into.FieldByIndex(s.index), text); err != nil {
			return fmt.Errorf("environment variable %s: %w", name, err)
		}
		l.set[s.Name] = true
	}
	return nil
}

// missing reports the required settings nobody set.
func (l *loader) missing(names []string) error {
	var missing []string
	for _, s := range l.settings {
		v := l.into.FieldByIndex(s.index)
		if s.Required && s.Default == "" && (!l.set[s.Name] || v.IsZero() && s.Type == "string") {
			missing = append(missing, strconv.Quote(s.Name))
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case len(names) == 0:
		return fmt.Errorf("no --config given; required: %s", strings.Join(missing, ", "))
	case len(missing) == 1:
		return fmt.Errorf("config: missing setting %s", missing[0])
	}
	return fmt.Errorf("config: missing settings %s", strings.Join(missing, ", "))
}

func (l *loader) find(name string) *Setting {
	for i := range l.settings {
		if l.settings[i].Name == name {
			return &l.settings[i]
		}
	}
	return nil
}

func (l *loader) names() []string {
	names := make([]string, len(l.settings))
	for i := range l.settings {
		names[i] = l.settings[i].Name
	}
	return names
}

// setJSON sets a field from a JSON value. Numbers and booleans may come as
// strings, which is how they leave an environment variable in other tools.
func (s *Setting) setJSON(field reflect.Value, v json.RawMessage) error {
	var text string
	isText := json.Unmarshal(v, &text) == nil
	switch s.Type {
	case "string":
		if !isText {
			return fmt.Errorf("expected string, got %s", jsonKind(v))
		}
		return s.setText(field, text)
	case "integer", "number", "boolean":
		if !isText {
			if k := jsonKind(v); k != s.Type && !(k == "number" && s.Type == "integer") {
				return fmt.Errorf("expected %s, got %s", s.Type, k)
			}
			text = string(v)
		}
		return s.setText(field, text)
	}
	if isText {
		return s.setText(field, text)
	}
	if k := jsonKind(v); k != s.Type {
		return fmt.Errorf("expected %s, got %s", s.Type, k)
	}
	return unmarshalStrict(v, field)
}

// setText sets a field from text: of a default, of the environment. A number or a
// boolean without any text is one that is not set.
func (s *Setting) setText(field reflect.Value, text string) error {
	switch s.Type {
	case "integer", "number", "boolean":
		if trimmed := strings.TrimSpace(text); trimmed == "" {
			return nil
		} else if x, err := strconv.ParseFloat(trimmed, 64); err == nil && s.isUnset(x) {
			text = s.Default
		}
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	switch s.Type {
	case "string":
		return s.setString(field, text)
	case "boolean":
		b, err := parseBool(text)
		if err != nil {
			return err
		}
		field.SetBool(b)
		return nil
	case "integer":
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, field.Type().Bits())
		if err != nil {
			return fmt.Errorf("expected integer, got %q", text)
		}
		field.SetInt(n)
		return s.inRange(float64(n))
	case "number":
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return fmt.Errorf("expected number, got %q", text)
		}
		field.SetFloat(x)
		return s.inRange(x)
	}
	if field.Type() == reflect.TypeFor[[]string]() && !strings.HasPrefix(strings.TrimSpace(text), "[") {
		var list []string
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		field.Set(reflect.ValueOf(list))
		return nil
	}
	return unmarshalStrict([]byte(text), field)
}

func (s *Setting) setString(field reflect.Value, text string) error {
	if s.Secret {
		field.Set(reflect.ValueOf(secret.New(text)))
		return nil
	}
	if text != "" && len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		if near := nearest(text, s.Enum); near != "" {
			return fmt.Errorf("%q is not one of %s (did you mean %q?)", text, strings.Join(s.Enum, ", "), near)
		}
		return fmt.Errorf("%q is not one of %s", text, strings.Join(s.Enum, ", "))
	}
	if text != "" && s.Format == "date-time" {
		if _, err := ParseTime(text); err != nil {
			return err
		}
	}
	field.SetString(text)
	return nil
}

func (s *Setting) isUnset(x float64) bool {
	unset, err := strconv.ParseFloat(s.Unset, 64)
	return err == nil && x == unset
}

func (s *Setting) inRange(x float64) error {
	if limit, err := strconv.ParseFloat(s.Min, 64); err == nil && x < limit {
		return fmt.Errorf("%v is below %s", x, s.Min)
	}
	if limit, err := strconv.ParseFloat(s.Max, 64); err == nil && x > limit {
		return fmt.Errorf("%v is above %s", x, s.Max)
	}
	return nil
}

// ParseTime reads a setting whose format is date-time: RFC 3339, or a date
// alone, which is midnight UTC. Meltano sends either.
func ParseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("expected a time like 2026-01-31T00:00:00Z or a date like 2026-01-31, got %q", text)
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1", "yes", "on":
		return true, nil
	case "false", "0", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("expected true or false, got %q", text)
}

// unmarshalStrict refuses members the field does not have.
func unmarshalStrict(v []byte, field reflect.Value) error {
	dec := json.NewDecoder(bytes.NewReader(v))
	dec.DisallowUnknownFields()
	into := reflect.New(field.Type())
	if err := dec.Decode(into.Interface()); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	field.Set(into.Elem())
	return nil
}

func jsonKind(v json.RawMessage) string {
	switch v[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
