package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"intercomdw/singer/secret"
)

type config struct {
	User  string        `json:"user"`
	Token secret.String `json:"token"`
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	c := config{User: "ann", Token: secret.New("hunter2")}
	hidden := struct{ token secret.String }{c.Token} // fmt asks no method of an unexported field

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", c.Token)
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
		fmt.Fprintf(&out, verb+"\n", hidden)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "token", c.Token, "config", c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "token", c.Token, "config", c)

	got := out.String()
	for _, leak := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%v", []byte("hunter2"))} {
		if strings.Contains(got, leak) {
			t.Errorf("output holds %q:\n%s", leak, got)
		}
	}
	if !strings.Contains(got, secret.Redacted) {
		t.Errorf("output does not hold %s:\n%s", secret.Redacted, got)
	}
}

func TestEmptySecretStaysEmpty(t *testing.T) {
	t.Parallel()
	var s secret.String
	if got := s.String(); got != "" {
		t.Errorf("String() = %q, want empty", got)
	}
	b, err := json.Marshal(s)
	if err != nil || string(b) != `""` {
		t.Errorf("Marshal = %s, %v, want %q", b, err, `""`)
	}
	if !s.IsZero() {
		t.Error("IsZero() = false")
	}
}

func TestSecretIsReadFromJSON(t *testing.T) {
	t.Parallel()
	var c config
	if err := json.Unmarshal([]byte(`{"user":"ann","token":"hunter2"}`), &c); err != nil {
		t.Fatal(err)
	}
	if got := c.Token.Reveal(); got != "hunter2" {
		t.Errorf("Reveal() = %q", got)
	}
}

func TestBadSecretIsNotRepeatedInTheError(t *testing.T) {
	t.Parallel()
	var c config
	err := json.Unmarshal([]byte(`{"token":918273645}`), &c)
	if err == nil || strings.Contains(err.Error(), "918273645") {
		t.Errorf("error = %v, want one that does not hold the input", err)
	}
}
