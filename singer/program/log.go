package program

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// LevelCritical is the level of the one line a failing program ends with, as
// Singer's best practices want it.
const LevelCritical = slog.LevelError + 4

// levelName is the name of a level in Python's words, which is what parsers
// of Singer logs look for.
func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "DEBUG"
	case l < slog.LevelWarn:
		return "INFO"
	case l < slog.LevelError:
		return "WARNING"
	case l < LevelCritical:
		return "ERROR"
	}
	return "CRITICAL"
}

// levelNamed is the level of a setting or an environment variable.
func levelNamed(name string) (slog.Level, bool) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "debug", "10":
		return slog.LevelDebug, true
	case "info", "20":
		return slog.LevelInfo, true
	case "warn", "warning", "30":
		return slog.LevelWarn, true
	case "error", "40":
		return slog.LevelError, true
	case "critical", "fatal", "50":
		return LevelCritical, true
	}
	return slog.LevelInfo, false
}

// logLevel finds the level to log at: the setting, then TAP_INTERCOM_LOGLEVEL,
// then LOGLEVEL as the Singer SDK has it, then info.
func (p Program[C]) logLevel(setting string, env []string) slog.Level {
	if l, ok := levelNamed(setting); ok {
		return l
	}
	for _, variable := range []string{p.envPrefix() + "LOGLEVEL=", "LOGLEVEL="} {
		for _, entry := range env {
			if name, ok := strings.CutPrefix(entry, variable); ok {
				if l, ok := levelNamed(name); ok {
					return l
				}
			}
		}
	}
	return slog.LevelInfo
}

// handler writes one line per log record, each with one Write.
//
// As text it is time, level, message, attributes. The message stands as it
// is, so that what reads Singer logs finds its INFO METRIC: {…}. As JSON it is
// the object that the Singer SDK describes in singer_sdk/schemas/logs.schema.json
// and that Meltano takes apart. Either way nothing in it drives a terminal.
type handler struct {
	w      io.Writer
	app    string
	json   bool
	level  slog.Level
	attrs  []slog.Attr // those of With, with the names of their groups
	prefix string      // of the groups that are open
}

func newHandler(w io.Writer, app, format string, level slog.Level) *handler {
	return &handler{w: w, app: app, json: format == "json", level: level}
}

// Enabled reports whether a level is logged.
func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// WithAttrs returns a handler that adds attrs to every line.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = append([]slog.Attr(nil), h.attrs...)
	for _, a := range attrs {
		c.attrs = flatten(c.attrs, h.prefix, a)
	}
	return &c
}

// WithGroup returns a handler that puts name before the names of attributes.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.prefix += name + "."
	return &c
}

// Handle writes a line.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	attrs := append([]slog.Attr(nil), h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		attrs = flatten(attrs, h.prefix, a)
		return true
	})
	var line []byte
	if h.json {
		var err error
		if line, err = h.jsonLine(r, attrs); err != nil {
			return err
		}
		line = printableJSON(line)
	} else {
		line = textLine(r, attrs)
	}
	_, err := h.w.Write(append(line, '\n'))
	return err
}

// flatten appends an attribute, or those of a group with its name before them.
func flatten(list []slog.Attr, prefix string, a slog.Attr) []slog.Attr {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		if a.Key == "" {
			return list
		}
		return append(list, slog.Attr{Key: prefix + a.Key, Value: a.Value})
	}
	if a.Key != "" {
		prefix += a.Key + "."
	}
	for _, member := range a.Value.Group() {
		list = flatten(list, prefix, member)
	}
	return list
}

func textLine(r slog.Record, attrs []slog.Attr) []byte {
	b := make([]byte, 0, 256)
	if !r.Time.IsZero() {
		b = r.Time.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
		b = append(b, ' ')
	}
	b = append(b, levelName(r.Level)...)
	b = append(b, ' ')
	b = append(b, Printable(r.Message)...)
	for _, a := range attrs {
		b = append(b, ' ')
		b = append(b, Printable(a.Key)...)
		b = append(b, '=')
		text := a.Value.String()
		if d, ok := a.Value.Any().(time.Duration); ok {
			text = shortDuration(d)
		}
		if text == "" || strings.ContainsAny(text, " \"=") || !isPrintable(text) {
			b = strconv.AppendQuote(b, text)
		} else {
			b = append(b, text...)
		}
	}
	return b
}

// shortDuration rounds to what a person reads.
func shortDuration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

// sdkLine is a line in the form of the Singer SDK.
type sdkLine struct {
	Level      string          `json:"level"`
	PID        int             `json:"pid"`
	LoggerName string          `json:"logger_name"`
	TS         float64         `json:"ts"`
	ThreadName string          `json:"thread_name"`
	AppName    string          `json:"app_name"`
	StreamName *string         `json:"stream_name"`
	Message    string          `json:"message"`
	Extra      map[string]any  `json:"extra"`
	MetricInfo json.RawMessage `json:"metric_info,omitempty"`
}

func (h *handler) jsonLine(r slog.Record, attrs []slog.Attr) ([]byte, error) {
	line := sdkLine{
		Level: strings.ToLower(levelName(r.Level)), PID: os.Getpid(), LoggerName: h.app,
		TS: float64(r.Time.UnixMicro()) / 1e6, ThreadName: "MainThread", AppName: h.app,
		Message: r.Message, Extra: make(map[string]any),
	}
	if r.Time.IsZero() {
		line.TS = 0
	}
	if metric, ok := strings.CutPrefix(r.Message, "METRIC: "); ok && json.Valid([]byte(metric)) {
		line.MetricInfo = json.RawMessage(metric)
	}
	for _, a := range attrs {
		switch {
		case a.Key == "stream" && a.Value.Kind() == slog.KindString:
			name := a.Value.String()
			line.StreamName = &name
		default:
			line.Extra[a.Key] = jsonValue(a.Value)
		}
	}
	b, err := json.Marshal(line)
	if err != nil { // an attribute that cannot be marshalled is no reason to lose the line
		for k, v := range line.Extra {
			line.Extra[k] = fmt.Sprint(v)
		}
		b, err = json.Marshal(line)
	}
	return b, err
}

// jsonValue is an attribute as JSON has it: durations in seconds, errors and
// whatever has a text as text.
func jsonValue(v slog.Value) any {
	switch v.Kind() {
	case slog.KindDuration:
		return v.Duration().Seconds()
	case slog.KindTime:
		return v.Time().UTC().Format(time.RFC3339Nano)
	case slog.KindAny:
		switch x := v.Any().(type) {
		case json.Marshaler:
			return x
		case error:
			return x.Error()
		case fmt.Stringer:
			return x.String()
		}
	}
	return v.Any()
}

// goVersion is logged once, at debug level, since bug reports need it.
func goVersion() string { return runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH }
