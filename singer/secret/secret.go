// Package secret holds the type of settings nobody may read in a log: tokens,
// passwords, account keys and shared access signatures.
//
// It knows nothing of where a secret comes from or what it opens; whoever
// needs the text says so with [String.Reveal], which is easy to search for.
package secret

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// Redacted is what a secret prints as.
const Redacted = "REDACTED"

// String is a secret text. However it is printed, formatted, marshalled or
// logged it says REDACTED; the empty secret says nothing, so that "not set"
// stays visible. Only [String.Reveal] gives the text.
//
// Secrets are not compared with ==; compare what they reveal.
type String struct {
	// text is a pointer because fmt prints the unexported fields of a
	// struct without asking their methods: there it finds an address.
	text *string
}

// New returns text as a secret.
func New(text string) String {
	if text == "" {
		return String{}
	}
	return String{&text}
}

// Reveal returns the secret itself.
func (s String) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the secret is empty.
func (s String) IsZero() bool { return s.text == nil }

// String returns REDACTED, or "" for the empty secret.
func (s String) String() string {
	if s.text == nil {
		return ""
	}
	return Redacted
}

// GoString is String, quoted, for %#v.
func (s String) GoString() string { return fmt.Sprintf("%q", s.String()) }

// Format prints String whatever the verb: %x of a secret is no way around it.
func (s String) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	_, _ = f.Write([]byte(text)) // fmt.State has no use for the error
}

// MarshalText returns String.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON returns String as a JSON string.
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// LogValue returns String for slog.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// UnmarshalText sets the secret to text.
func (s *String) UnmarshalText(text []byte) error {
	*s = New(string(text))
	return nil
}

// UnmarshalJSON sets the secret from a JSON string; null leaves it as it is.
// The error of anything else does not repeat the input.
func (s *String) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("secret: expected string")
	}
	*s = New(text)
	return nil
}
