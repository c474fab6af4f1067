package tap

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
)

// A state may come from another tap that read the same workspace before, or from
// an older one. What it says is taken over, or it is refused: a state that is
// passed over has everything read again, which doubles the rows of tables
// without keys.
//
// singer-io's tap kept the bare time under the name of the stream, later an
// object with updated_at, that of conversation_parts being their conversation's:
// https://github.com/singer-io/tap-intercom/blob/master/tests/unittests/test_translate_state.py
// Meltano's SDK keeps replication_key and replication_key_value, and beside them
// how far a run that was stopped had come, which is worth nothing:
// https://sdk.meltano.com/en/latest/implementation/state.html

// formerStreams are those of singer-io's tap, past ones too, that have no stream
// of that name here.
var formerStreams = []string{"admin_list", "customer_attributes", "leads", "users"}

// otherMeaning are streams of singer-io's tap that have the name of one here and
// are something else: its company_segments are segments, ours say which company is
// in which.
var otherMeaning = []string{"company_segments"}

// ownMembers are what this tap keeps beside, or in place of, the bookmark of s.
func (s *stream) ownMembers() []string {
	switch s.dialect {
	case visited:
		return []string{"seen", "visited"}
	case exported, reported:
		return []string{"job"}
	case feed:
		return []string{"starting_after"}
	}
	return []string{"seen"}
}

// timeElsewhere is the name under which other taps keep the time that the bookmark
// of s is; "" when none does: the rows of children go by the time of their parent
// here only.
func (s *stream) timeElsewhere() string {
	switch {
	case s.ofTime != s.bookmark:
		return s.bookmark
	case s.name == "conversation_parts":
		return "updated_at"
	}
	return ""
}

// passingMembers are what other taps keep of runs that did not end, or for
// themselves. Without a bookmark beside them nothing is known to be read.
var passingMembers = []string{
	"last_processed", "last_sync_started_at", // singer-io's
	"progress_markers", "replication_key", "replication_key_signpost", "starting_replication_value", "partitions", // of the SDK
}

// readState reads a state file; no name is a first run.
func readState(name string, log *slog.Logger) (*singer.State, error) {
	if name == "" {
		return new(singer.State), nil
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, program.Usagef("read state: %w", err)
	}
	const firstRun = "for a first run leave --state out, or give it {}"
	state, err := singer.ParseState(raw)
	switch {
	case errors.Is(err, singer.ErrBlank):
		return nil, program.Usagef("%s: %w: a command that failed leaves that, as in --state <(command); %s", name, err, firstRun)
	case err != nil:
		return nil, program.Usagef("%s: %w%s; %s", name, err, seems(raw, "a state"), firstRun)
	}
	if err := adopt(state, log); err != nil {
		return nil, program.Usagef("%s: %w", name, err)
	}
	return state, nil
}

// seems says in brackets what a file seems to be that was given for what it was not.
func seems(raw []byte, was string) string {
	var settings []string
	for _, s := range Program("").Settings() {
		settings = append(settings, s.Name)
	}
	if what := singer.Recognize(raw, settings...); what != "" && what != was {
		return " (it seems to be " + what + ")"
	}
	return ""
}

// adopt gives the bookmarks of a state the form of this tap. What it cannot take
// over and what it passes over it says.
func adopt(state *singer.State, log *slog.Logger) error {
	var unknown, needless, empty []string
	usable := 0
	for _, name := range state.Streams() {
		s := streamNamed(name)
		if s == nil {
			unknown = append(unknown, name)
			continue
		}
		if s.bookmark == "" {
			needless = append(needless, name)
			continue
		}
		mark, own, err := bookmarkIn(state.Bookmark(name), s)
		switch {
		case err != nil:
			return fmt.Errorf("state: bookmark of %s: %w; without that bookmark the stream is read from its beginning", name, err)
		case own:
			usable++
		case mark == none:
			state.ClearBookmark(name)
			empty = append(empty, name)
		default:
			writeMark(state, s, mark, nil)
			usable++
			log.Info("bookmark of another tap taken over", "stream", name, s.bookmark, timeText(mark))
		}
	}
	foreign := slices.DeleteFunc(slices.Clone(unknown), func(name string) bool { return slices.Contains(formerStreams, name) })
	if usable == 0 && len(foreign) > 0 && len(foreign) == len(state.Streams()) {
		return fmt.Errorf("state: none of its bookmarks is of a stream of this tap: %s; without it everything is read", strings.Join(foreign, ", "))
	}
	if len(unknown) > 0 {
		log.Warn("the state has bookmarks of streams that this tap does not have", "streams", unknown)
	}
	if len(empty) > 0 {
		log.Warn("bookmarks in the state say nothing: these streams are read from their beginning", "streams", empty)
	}
	if len(needless) > 0 {
		log.Info("the state has bookmarks of full tables, which are read whole each time", "streams", needless)
	}
	if len(unknown)+len(empty)+len(needless) > 0 && usable == 0 {
		log.Warn("the state has no bookmark that can be used: everything is read")
	}
	if at := state.CurrentlySyncing(); at != "" && streamNamed(at) == nil {
		log.Warn("currently_syncing in the state is no stream of this tap", "stream", at)
	}
	return nil
}

// bookmarkIn reads the bookmark of s: its own form, which stays as it is, or one
// of another tap's, as the second up to which all was read; none when that is not
// known.
func bookmarkIn(raw jsontext.Value, s *stream) (mark int64, own bool, err error) {
	elsewhere := s.timeElsewhere()
	switch raw.Kind() {
	case 'n':
		return none, false, nil
	case '"', '0':
		if unquoted(raw) == "" || slices.Contains(otherMeaning, s.name) {
			return none, false, nil
		}
		if elsewhere == "" {
			return none, false, fmt.Errorf("expected object with %s, got %s", s.bookmark, shortly(raw))
		}
		mark, err := markOf(raw, "")
		return mark, false, err
	case '{':
	default:
		return none, false, fmt.Errorf("expected object with %s, got %s", s.bookmark, shortly(raw))
	}
	members, err := membersOf(raw)
	if err != nil {
		return none, false, err
	}
	at := map[string]jsontext.Value{}
	for _, m := range members {
		if m.value.Kind() != 'n' {
			at[m.name] = m.value
		}
	}
	if v, ok := at[s.bookmark]; ok {
		_, err := markOf(v, s.bookmark)
		return none, true, err
	}
	for _, name := range s.ownMembers() {
		if at[name] != nil {
			return none, true, nil
		}
	}
	if slices.Contains(otherMeaning, s.name) && at["updated_at"] != nil {
		return none, false, nil
	}
	if v, ok := at[elsewhere]; ok {
		mark, err := markOf(v, elsewhere)
		return mark, false, err
	}
	return sdkBookmark(at, s, raw)
}

// sdkBookmark reads a bookmark of Meltano's SDK.
func sdkBookmark(at map[string]jsontext.Value, s *stream, raw jsontext.Value) (mark int64, own bool, err error) {
	var partitions []struct {
		Value jsontext.Value `json:"replication_key_value"`
	}
	if v := at["partitions"]; v != nil && json.Unmarshal(v, &partitions, lax...) != nil {
		return none, false, fmt.Errorf("partitions are %s", shortly(v))
	}
	for _, p := range partitions {
		if len(p.Value) > 0 && p.Value.Kind() != 'n' {
			return none, false, fmt.Errorf("%d partitions, each with a time of its own: none up to which all was read", len(partitions))
		}
	}
	if v := at["replication_key_value"]; v != nil {
		if key := unquoted(at["replication_key"]); key == "" || key != s.timeElsewhere() {
			return none, false, fmt.Errorf("replication_key is %q, the stream goes by %s", key, s.bookmark)
		}
		mark, err := markOf(v, "replication_key_value")
		return mark, false, err
	}
	for name := range at {
		if !slices.Contains(passingMembers, name) {
			return none, false, fmt.Errorf("no %s in %s", s.bookmark, shortly(raw))
		}
	}
	return none, false, nil
}

// shortly is a value for an error message, the beginning of a long one.
func shortly(v jsontext.Value) string {
	const most = 200
	if len(v) <= most {
		return string(v)
	}
	return strings.ToValidUTF8(string(v[:most]), "") + "..."
}

// markOf reads the time that stands under name.
func markOf(v jsontext.Value, name string) (int64, error) {
	if k := v.Kind(); k == '"' || k == '0' {
		if at, ok := parseTime(unquoted(v)); ok && at.Year() >= 1 && at.Year() <= 9999 {
			return at.Unix(), nil
		}
	}
	if name != "" {
		name += " "
	}
	return none, fmt.Errorf("%s%s is not a time", name, shortly(v))
}
