package program_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/singer/secret"
)

// logged runs a program that logs, and returns its lines.
func logged(t *testing.T, settings string, env []string, say func(*slog.Logger)) []string {
	t.Helper()
	p := greet()
	p.Run = func(_ context.Context, r *program.Run[config]) error {
		say(r.Log)
		return nil
	}
	got := run(t, p, env, "-c", write(t, settings))
	if got.code != 0 || got.stdout != "" {
		t.Fatalf("got %+v", got)
	}
	if got.stderr == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(got.stderr, "\n"), "\n")
}

func sayAll(log *slog.Logger) {
	log.Debug("asked", "url", "https://example.com/?a=b")
	log.With("stream", "users").Info("batch loaded", "rows", 3, "took", 1234567*time.Microsecond, "token", secret.New("hunter2"))
	log.WithGroup("load").Warn("two\nlines", "err", errors.New(`bad "thing"`), slog.Group("at", "line", 7), "empty", "")
	singer.NewMetrics(log).Counter(singer.RecordCount, singer.Tags{"endpoint": "users"}).Close()
}

func TestTextLogIsWhatSingerParsersLookFor(t *testing.T) {
	t.Parallel()
	lines := logged(t, `{"access_token":"x"}`, nil, sayAll)
	want := []string{
		`INFO batch loaded stream=users rows=3 took=1.23s token=REDACTED`,
		`WARNING two\nlines load.err="bad \"thing\"" load.at.line=7 load.empty=""`,
		`INFO METRIC: {"type":"counter","metric":"record_count","value":0,"tags":{"endpoint":"users"}}`,
	}
	stamp := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z `)
	for i, line := range lines {
		if !stamp.MatchString(line) {
			t.Errorf("line %q does not begin with a time", line)
		}
		lines[i] = stamp.ReplaceAllString(line, "")
	}
	if !slices.Equal(lines, want) {
		t.Errorf("lines\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestJSONLogIsThatOfTheSingerSDK(t *testing.T) {
	t.Parallel()
	lines := logged(t, `{"access_token":"x","log_format":"json","log_level":"info"}`, nil, sayAll)
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	for i, line := range lines {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		keys := slices.Sorted(maps.Keys(got))
		want := []string{"app_name", "extra", "level", "logger_name", "message", "pid", "stream_name", "thread_name", "ts"}
		if i == 2 {
			want = slices.Insert(want, 5, "metric_info")
		}
		if !slices.Equal(keys, want) {
			t.Errorf("line %d has %q, want %q", i+1, keys, want)
		}
		switch i {
		case 0:
			if got["level"] != "info" || got["stream_name"] != "users" || got["message"] != "batch loaded" || got["extra"].(map[string]any)["took"] != 1.234567 {
				t.Errorf("line %s", line)
			}
		case 1:
			if got["level"] != "warning" || got["stream_name"] != nil || got["extra"].(map[string]any)["load.err"] != `bad "thing"` {
				t.Errorf("line %s", line)
			}
		}
		if strings.Contains(line, "hunter2") {
			t.Errorf("secret in %s", line)
		}
	}
}

func TestLogLevelComesFromTheSettingThenTheEnvironment(t *testing.T) {
	t.Parallel()
	tests := []struct {
		config string
		env    []string
		want   int // lines of debug, info and warning
	}{
		{`{"access_token":"x"}`, nil, 2},
		{`{"access_token":"x"}`, []string{"LOGLEVEL=WARNING"}, 1},
		{`{"access_token":"x"}`, []string{"LOGLEVEL=WARNING", "TAP_GREET_LOGLEVEL=info"}, 2},
		{`{"access_token":"x","log_level":"error"}`, []string{"TAP_GREET_LOGLEVEL=info"}, 0},
		{`{"access_token":"x"}`, []string{"LOGLEVEL=nonsense"}, 2},
	}
	for _, tt := range tests {
		lines := logged(t, tt.config, tt.env, func(log *slog.Logger) {
			log.Debug("d")
			log.Info("i")
			log.Warn("w")
		})
		if len(lines) != tt.want {
			t.Errorf("config %s, environment %q: %d lines, want %d: %q", tt.config, tt.env, len(lines), tt.want, lines)
		}
	}
}
