package tap

import (
	"context"
	"fmt"
	"io"
	"testing"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/singer/singertest"
	"intercomdw/tap-intercom/intercomtest"
)

func TestTapPassesTheChecksOfTheProtocol(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"typed", "json"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, intercomtest.Options{})
			w.relate(t)
			tap := func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) int {
				p := newProgram("1.2.3", outside{http: w.Client(), now: w.clock.Now})
				return p.Main(ctx, program.Stdio{Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr})
			}
			first, second := singertest.CheckTap(t, tap, singertest.TapOptions{
				Config: fmt.Sprintf(`{"access_token":"t","base_url":%q,"custom_attributes":%q,"message_ruleset_ids":["12345"],"workflow_ids":["67890"]}`, w.URL, mode),
			})
			if second == nil {
				return
			}
			if string(first.State) != string(second.State) {
				t.Errorf("state changed\nfrom %s\n  to %s", first.State, second.State)
			}
		})
	}
}

// TestStatesAreNeverAheadOfTheRecords holds every state of a run against the
// records before it: whatever the bookmark covers must have been written.
func TestStatesAreNeverAheadOfTheRecords(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]intercomtest.Options{
		"in order":               {},
		"search ignores sorting": {IgnoreSort: true},
		"far from the meridian":  {Timezone: "Pacific/Kiritimati"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := small
			s.IgnoreSort, s.Timezone = o.IgnoreSort, o.Timezone
			w := newWorld(t, s)
			// Five of a second, on both sides of the end of a page.
			for range 5 {
				for _, kind := range []string{"contacts", "conversations", "tickets"} {
					if _, err := w.Add(kind, intercomtest.Object{"updated_at": 1746000000}); err != nil {
						t.Fatal(err)
					}
				}
			}
			x := w.must(t, command{settings: settings{"page_size": 4}})
			all := tables{}
			all.load(t, x.msgs)
			written := tables{}
			for i, m := range x.msgs {
				written.load(t, x.msgs[i:i+1])
				if m.kind != singer.KindState {
					continue
				}
				state, err := singer.ParseState(m.body)
				if err != nil {
					t.Fatal(err)
				}
				for j := range streams {
					wantCovered(t, &streams[j], state, written, all)
				}
				if t.Failed() {
					t.Fatalf("state %s", m.body)
				}
			}
		})
	}
}

func wantCovered(t *testing.T, s *stream, state *singer.State, written, all tables) {
	t.Helper()
	if s.bookmark == "" {
		return
	}
	mark, err := readMark(state, s)
	if err != nil {
		t.Fatal(err)
	}
	for key, row := range all[s.name] {
		found, _ := pick([]byte(row), s.bookmark)
		at, _ := parseTime(unquoted(found[0]))
		if _, ok := written[s.name][key]; !ok && at.Unix() <= mark {
			t.Errorf("%s: row %s of %s comes after a state with bookmark %s", s.name, key, found[0], timeText(mark))
		}
	}
}
