package tap

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

// TestStatesOfOthersAreTakenOverOrRefused reads states of singer-io's tap of all
// ages, of Meltano's SDK and what people make of them by hand. want is the state
// that the run begins with.
func TestStatesOfOthersAreTakenOverOrRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in   string
		want, says string // says: in the log, or in the error when want is ""
	}{
		{"own, as it is", `{"bookmarks":{"contact_tags":{"contact_updated_at":"2026-01-02T03:04:05Z"},"contacts":{"updated_at":"2026-01-02T03:04:05Z","seen":{"a":1}}}}`,
			`{"bookmarks":{"contact_tags":{"contact_updated_at":"2026-01-02T03:04:05Z"},"contacts":{"updated_at":"2026-01-02T03:04:05Z","seen":{"a":1}}}}`, ""},
		{"own, with seen alone", `{"bookmarks":{"contacts":{"seen":{"a":1}}}}`, `{"bookmarks":{"contacts":{"seen":{"a":1}}}}`, ""},
		{"own, a cursor", `{"bookmarks":{"contact_activities":{"starting_after":"x"}}}`, `{"bookmarks":{"contact_activities":{"starting_after":"x"}}}`, ""},
		{"own, custom objects", `{"bookmarks":{"custom_objects__order":{"updated_at":"2026-01-02T03:04:05Z"}}}`, `{"bookmarks":{"custom_objects__order":{"updated_at":"2026-01-02T03:04:05Z"}}}`, ""},

		{"singer-io, bare text", `{"bookmarks":{"contacts":"2021-12-22T08:07:57.000000Z"}}`, `{"bookmarks":{"contacts":{"updated_at":"2021-12-22T08:07:57Z"}}}`, "taken over"},
		{"singer-io, objects", `{"bookmarks":{"conversations":{"updated_at":"2021-12-22T08:01:05.000000Z"}}}`, `{"bookmarks":{"conversations":{"updated_at":"2021-12-22T08:01:05.000000Z"}}}`, ""},
		{"singer-io, conversation_parts", `{"bookmarks":{"conversation_parts":{"updated_at":"2021-12-22T08:01:05.5Z"}}}`, `{"bookmarks":{"conversation_parts":{"conversation_updated_at":"2021-12-22T08:01:05Z"}}}`, "taken over"},
		{"singer-io, conversation_parts as text", `{"bookmarks":{"conversation_parts":"2021-12-22T08:01:05Z"}}`, `{"bookmarks":{"conversation_parts":{"conversation_updated_at":"2021-12-22T08:01:05Z"}}}`, "taken over"},
		{"singer-io, its example", `{"currently_syncing":"teams","bookmarks":{"users":"2019-09-27T22:34:39.000000Z","companies":"2019-09-28T15:30:26.000000Z","segments":"2019-09-27T22:40:30.000000Z","company_segments":"2019-09-27T22:41:24.000000Z","leads":"2019-09-27T22:16:30.000000Z"}}`,
			`{"bookmarks":{"companies":{"updated_at":"2019-09-28T15:30:26Z"},"leads":"2019-09-27T22:16:30.000000Z","segments":"2019-09-27T22:40:30.000000Z","users":"2019-09-27T22:34:39.000000Z"},"currently_syncing":"teams"}`,
			`bookmarks of streams that this tap does not have" streams="[leads users]"`},
		{"singer-io, company_segments are others", `{"bookmarks":{"company_segments":{"updated_at":"2021-12-20T21:30:35Z"},"companies":{"updated_at":"2021-12-20T21:30:35Z"}}}`,
			`{"bookmarks":{"companies":{"updated_at":"2021-12-20T21:30:35Z"}}}`, `read from their beginning" streams=[company_segments]`},
		{"singer-io, stopped in its first run", `{"bookmarks":{"conversations":{"last_processed":"12","last_sync_started_at":"2026-01-01T00:00:00Z"}},"currently_syncing":"conversations"}`,
			`{"currently_syncing":"conversations"}`, "everything is read"},
		{"singer-io, stopped later", `{"bookmarks":{"conversations":{"updated_at":"2026-01-01T00:00:00Z","last_processed":"12"}}}`, `{"bookmarks":{"conversations":{"updated_at":"2026-01-01T00:00:00Z","last_processed":"12"}}}`, ""},
		{"singer-io, streams of the past alone", `{"bookmarks":{"users":"2019-01-01T00:00:00Z","admin_list":{}},"currently_syncing":"admin_list"}`,
			`{"bookmarks":{"admin_list":{},"users":"2019-01-01T00:00:00Z"},"currently_syncing":"admin_list"}`, "everything is read"},

		{"the SDK", `{"bookmarks":{"contacts":{"replication_key":"updated_at","replication_key_value":"2026-01-01T00:00:00+01:00"}}}`, `{"bookmarks":{"contacts":{"updated_at":"2025-12-31T23:00:00Z"}}}`, "taken over"},
		{"the SDK, a number", `{"bookmarks":{"contacts":{"replication_key":"updated_at","replication_key_value":1767225600}}}`, `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`, "taken over"},
		{"the SDK, stopped", `{"bookmarks":{"contacts":{"replication_key":"updated_at","replication_key_value":"2026-01-01T00:00:00Z","starting_replication_value":"2026-01-01T00:00:00Z","progress_markers":{"Note":"Progress is not resumable if interrupted.","replication_key":"updated_at","replication_key_value":"2026-02-01T00:00:00Z"}}}}`,
			`{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`, "taken over"},
		{"the SDK, stopped in its first run", `{"bookmarks":{"contacts":{"starting_replication_value":"2020-01-01","progress_markers":{"replication_key":"updated_at","replication_key_value":"2026-02-01T00:00:00Z"}}}}`, `{}`, "everything is read"},
		{"the SDK, full tables", `{"bookmarks":{"tags":{},"admins":{"partitions":[]},"contacts":{"replication_key":"updated_at","replication_key_value":"2026-01-01T00:00:00Z"}}}`,
			`{"bookmarks":{"admins":{"partitions":[]},"contacts":{"updated_at":"2026-01-01T00:00:00Z"},"tags":{}}}`, `full tables, which are read whole each time" streams="[admins tags]"`},
		{"the SDK, partitions without times", `{"bookmarks":{"conversation_parts":{"partitions":[{"context":{"conversation_id":"1"}}]},"contacts":"2026-01-01"}}`, `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`, "say nothing"},
		{"the SDK, conversation_parts", `{"bookmarks":{"conversation_parts":{"replication_key":"updated_at","replication_key_value":"2026-01-01T00:00:00Z"}}}`, `{"bookmarks":{"conversation_parts":{"conversation_updated_at":"2026-01-01T00:00:00Z"}}}`, "taken over"},
		{"the SDK, partitions", `{"bookmarks":{"conversation_parts":{"partitions":[{"context":{"conversation_id":"1"},"replication_key":"updated_at","replication_key_value":"2026-01-01T00:00:00Z"},{"context":{"conversation_id":"2"}}]}}}`, "",
			"bookmark of conversation_parts: 2 partitions, each with a time of its own"},
		{"the SDK, partitions of another form", `{"bookmarks":{"contacts":{"partitions":{"a":1}}}}`, "", `bookmark of contacts: partitions are {"a":1}`},
		{"the SDK, another key", `{"bookmarks":{"contacts":{"replication_key":"created_at","replication_key_value":"2026-01-01T00:00:00Z"}}}`, "", `bookmark of contacts: replication_key is "created_at", the stream goes by updated_at`},
		{"the SDK, without a key", `{"bookmarks":{"contacts":{"replication_key_value":"2026-01-01T00:00:00Z"}}}`, "", `replication_key is ""`},

		{"`meltano state get`", `{"singer_state":{"bookmarks":{"contacts":"2026-01-01"}}}`, `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`, "taken over"},
		{"a whole message", `{"type":"STATE","value":{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}}`, `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`, ""},
		{"unix seconds", `{"bookmarks":{"contacts":1767225600}}`, `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`, "taken over"},
		{"milliseconds as text", `{"bookmarks":{"contacts":"1767225600000"}}`, `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`, "taken over"},
		{"null", `{"bookmarks":{"contacts":null,"tickets":""}}`, `{}`, `read from their beginning" streams="[contacts tickets]"`},
		{"null members", `{"bookmarks":{"contacts":{"updated_at":null}}}`, `{}`, "say nothing"},
		{"no bookmarks", `{"bookmarks":{}}`, `{}`, ""},
		{"first run", `{}`, `{}`, ""},
		{"stopped before its first bookmark", `{"currently_syncing":"contacts"}`, `{"currently_syncing":"contacts"}`, ""},
		{"currently_syncing of another", `{"currently_syncing":"orders","bookmarks":{"contacts":"2026-01-01"}}`, `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}},"currently_syncing":"orders"}`, `currently_syncing in the state is no stream of this tap" stream=orders`},

		{"another tap's", `{"bookmarks":{"orders":{"id":7},"lines":{"id":9}}}`, "", "none of its bookmarks is of a stream of this tap: lines, orders"},
		{"a word", `{"bookmarks":{"contacts":"yesterday"}}`, "", `bookmark of contacts: "yesterday" is not a time`},
		{"a word in place of the time", `{"bookmarks":{"contacts":{"updated_at":"yesterday"}}}`, "", `bookmark of contacts: updated_at "yesterday" is not a time`},
		{"a list in place of the time", `{"bookmarks":{"contacts":{"updated_at":["2026-01-01"]}}}`, "", `updated_at ["2026-01-01"] is not a time`},
		{"a year that is none", `{"bookmarks":{"contacts":{"updated_at":99999999999999}}}`, `{"bookmarks":{"contacts":{"updated_at":99999999999999}}}`, ""},
		{"a year beyond all", `{"bookmarks":{"contacts":9999999999999999}}`, "", "is not a time"},
		{"true", `{"bookmarks":{"contacts":true}}`, "", "bookmark of contacts: expected object with updated_at, got true"},
		{"a list", `{"bookmarks":{"contacts":["2026-01-01"]}}`, "", `expected object with updated_at, got ["2026-01-01"]`},
		{"another member", `{"bookmarks":{"contacts":{"last_id":7}}}`, "", `bookmark of contacts: no updated_at in {"last_id":7}`},
		{"an id is no place in contacts", `{"bookmarks":{"contacts":{"id":7}}}`, "", `no updated_at in {"id":7}`},
		{"the parent's time under the child's own name", `{"bookmarks":{"contact_tags":{"updated_at":"2026-01-01T00:00:00Z"}}}`, "", `bookmark of contact_tags: no contact_updated_at in`},
		{"a bare time of a child", `{"bookmarks":{"contact_tags":"2026-01-01T00:00:00Z"}}`, "", `bookmark of contact_tags: expected object with contact_updated_at`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "state.json")
			if err := os.WriteFile(name, []byte(tt.in), 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			state, err := readState(name, slog.New(slog.NewTextHandler(&log, nil)))
			if tt.want == "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), name+": ") {
					t.Fatalf("error %v, want %q", err, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := state.MarshalJSON(); err != nil || string(got) != tt.want {
				t.Errorf("becomes %s, %v\nwant    %s", got, err, tt.want)
			}
			if !strings.Contains(log.String(), tt.says) || (tt.says == "" && log.Len() > 0) {
				t.Errorf("log %q, want %q", log.String(), tt.says)
			}
			// What was taken over once is our own the next time.
			again, err := state.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			next, err := singer.ParseState(again)
			if err == nil {
				err = adopt(next, slog.New(slog.DiscardHandler))
			}
			if err != nil {
				t.Errorf("adopted again: %v", err)
			}
		})
	}
}

// TestFileOfAnotherKindIsWrongUse gives each file in the place of the others.
func TestFileOfAnotherKindIsWrongUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	const (
		catalog = `{"streams":[{"stream":"tags","tap_stream_id":"tags","schema":{"properties":{"id":{"type":"string"}}},"metadata":[]}]}`
		state   = `{"bookmarks":{"contacts":{"updated_at":"2026-01-01T00:00:00Z"}}}`
		config  = `{"access_token":"tok","base_url":"http://127.0.0.1:1"}`
	)
	for _, tt := range []struct{ flag, file, want string }{
		{"--state", "", "a command that failed leaves that, as in --state <(command); for a first run leave --state out, or give it {}"},
		{"--state", " \n", "a command that failed leaves that"},
		{"--state", `null`, "for a first run leave --state out"},
		{"--state", `{"a":1}`, `but "a"; for a first run leave --state out, or give it {}`},
		{"--state", catalog, "(it seems to be a catalog)"},
		{"--state", config, "(it seems to be a configuration)"},
		{"--state", `{"type":"RECORD","stream":"a","record":{}}`, "(it seems to be a RECORD message)"},
		{"--catalog", "", "nothing in it"},
		{"--catalog", state, "no list of streams in it (it seems to be a state)"},
		{"--catalog", config, "no list of streams in it (it seems to be a configuration)"},
		{"--catalog", `{"type":"STATE","value":` + state + `}`, "(it seems to be a STATE message)"},
		{"--catalog", `{"singer_state":{}}`, "(it seems to be a state)"},
		{"--catalog", `[]`, "expected object with a list of streams, got array"},
		{"--catalog", `{"$schema":"x","properties":{}}`, "(it seems to be a JSON Schema)"},
		{"--catalog", `{"streams":{"tags":{}}}`, "no list of streams in it"},
		{"--properties", state, "(it seems to be a state)"},
		{"--config", state, "(it seems to be a state)"},
		{"--config", catalog, "(it seems to be a catalog)"},
		{"--config", `{"type":"STATE","value":{}}`, "(it seems to be a STATE message)"},
		{"--config", "", "nothing in it"},
	} {
		for _, more := range [][]string{nil, {"--config=ENV"}, {"--test"}} {
			name := filepath.Join(t.TempDir(), "file.json")
			if err := os.WriteFile(name, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			x := w.extract(t, command{args: append([]string{tt.flag, name}, more...)})
			if x.code != 2 || !strings.Contains(x.stderr, tt.want) || !strings.Contains(x.stderr, name+": ") || len(x.output) > 0 {
				t.Errorf("%s of %q %v: exit code %d, want 2 and %q\n%s", tt.flag, tt.file, more, x.code, tt.want, x.stderr)
			}
		}
	}
	if n := len(w.Requests()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
}

// TestTrialFindsWhatASyncWouldRefuse misspells a stream: the first run by night would
// be the one to say so.
func TestTrialFindsWhatASyncWouldRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	x := w.extract(t, command{args: []string{"--test"}, settings: settings{"select": []string{"contact"}}})
	if x.code != 2 || !strings.Contains(x.stderr, `did you mean "contacts"?`) || len(w.Requests()) > 0 {
		t.Errorf("exit code %d\n%s", x.code, x.stderr)
	}
	w.must(t, command{args: []string{"--test"}, settings: settings{"select": []string{"contacts"}}, state: `{"bookmarks":{"contacts":"2026-01-01"}}`})
}

// TestStateOfSingerIOsTapIsGoneOnFrom reads a workspace with the state that
// singer-io's tap would have left in its middle.
func TestStateOfSingerIOsTapIsGoneOnFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{})
	set := settings{"select": []string{"conversations", "conversation_parts", "contacts"}, "lookback_seconds": 0}
	whole := tables{}
	whole.load(t, w.must(t, command{settings: set}).msgs)
	const middle = "2025-06-01T00:00:00.000000Z"
	state := `{"bookmarks":{"conversations":{"updated_at":"` + middle + `"},"contacts":"` + middle + `","conversation_parts":{"updated_at":"` + middle + `"}}}`
	got := tables{}
	got.load(t, w.must(t, command{settings: set, state: state}).msgs)
	since, _ := parseTime(middle)
	for name, key := range map[string]string{"conversations": "updated_at", "contacts": "updated_at", "conversation_parts": "conversation_updated_at"} {
		want := 0
		for _, row := range whole[name] {
			at, _ := pick([]byte(row), key)
			if changed, _ := parseTime(unquoted(at[0])); !changed.Before(since) {
				want++
			}
		}
		if n := len(got[name]); n != want || n == 0 || n == len(whole[name]) {
			t.Errorf("%s: %d rows of %d, want %d", name, n, len(whole[name]), want)
		}
	}
}

func TestPlaceOfTheRunBeforeThatIsNotSelectedIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	x := w.must(t, command{settings: settings{"select": []string{"tags"}}, state: `{"currently_syncing":"contacts"}`})
	if !strings.Contains(x.stderr, "INFO the stream that the run before was at is not selected now stream=contacts") || x.counts()["tags"] == 0 {
		t.Errorf("%s", x.stderr)
	}
}

func TestBookmarkInTheFutureIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	x := w.must(t, command{settings: settings{"select": []string{"conversations", "contacts"}}, state: `{"bookmarks":{"conversations":{"updated_at":"2099-01-01T00:00:00Z"},"contacts":{"updated_at":"2025-01-01T00:00:00Z"}}}`})
	if n := strings.Count(x.stderr, "WARNING bookmark lies in the future"); n != 1 || !strings.Contains(x.stderr, "stream=conversations bookmark=2099-01-01T00:00:00Z now=2026-01-01T01:00:00Z") {
		t.Errorf("%d warnings:\n%s", n, x.stderr)
	}
	if !strings.Contains(x.state(), "2099-01-01") || x.counts()["conversations"] != 0 || x.counts()["contacts"] == 0 {
		t.Errorf("counts %v, state %s", x.counts(), x.state())
	}
}

// FuzzStateOfAnother takes states over twice: the second time nothing is left to do.
func FuzzStateOfAnother(f *testing.F) {
	for _, in := range []string{
		`{"bookmarks":{"contacts":"2021-12-22T08:07:57Z","conversation_parts":{"updated_at":1767225600},"orders":{}},"currently_syncing":"x"}`,
		`{"singer_state":{"bookmarks":{"contacts":{"replication_key":"updated_at","replication_key_value":"2026-01-01","partitions":[{}]}}}}`,
		`{"bookmarks":{"company_segments":{"updated_at":"2026-01-01"},"contacts":{"seen":{"a":1}},"contact_events":{"visited":{}},"tags":{"version":1}}}`,
	} {
		f.Add([]byte(in))
	}
	quiet := slog.New(slog.DiscardHandler)
	f.Fuzz(func(t *testing.T, raw []byte) {
		state, err := singer.ParseState(raw)
		if err != nil || adopt(state, quiet) != nil {
			return
		}
		once, err := state.MarshalJSON()
		if err != nil {
			t.Fatalf("%q cannot be written: %v", raw, err)
		}
		again, err := singer.ParseState(once)
		if err == nil {
			err = adopt(again, quiet)
		}
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, once, err)
		}
		if twice, err := again.MarshalJSON(); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q became %q, then %q (%v)", raw, once, twice, err)
		}
		for i := range streams {
			if s := &streams[i]; s.bookmark != "" {
				if _, err := readMark(again, s); err != nil {
					t.Fatalf("%q became %q: %v", raw, once, err)
				}
			}
		}
	})
}
