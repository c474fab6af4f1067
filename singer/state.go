package singer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// State is what a tap remembers between runs, in the customary form
//
//	{"bookmarks":{"users":{…}},"currently_syncing":"users"}
//
// Members beside these two are kept as they are. The zero State is that of a
// first run. A State is for one goroutine; a target has no use for it, since
// there a state is not looked into.
type State struct {
	bookmarks        map[string]jsontext.Value
	currentlySyncing string
	others           map[string]jsontext.Value
}

// ErrBlank is wrapped by the error for a state of which nothing is there, not
// even {}: so looks what a command leaves that failed before it printed one.
var ErrBlank = errors.New("nothing in it")

// ParseState reads a state. {} is the state of a first run. A whole STATE
// message, and a state below "singer_state", which is how Meltano prints it, are
// taken for the state within. Whatever else is no state is an error: to take it
// for a first run would read everything again.
func ParseState(raw []byte) (*State, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if isBlank(raw) {
		return nil, fmt.Errorf("parse state: %w", ErrBlank)
	}
	inner, err := unwrapState(raw)
	if err != nil {
		return nil, fmt.Errorf("parse state: %w", err)
	}
	s := new(State)
	if err := s.UnmarshalJSON(inner); err != nil {
		return nil, err
	}
	return s, nil
}

// unwrapState returns the state that a document holds, which is the document
// itself most times.
func unwrapState(raw []byte) (jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), lax)
	v, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	v = v.Clone()
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value: of the states that a target prints, the last line is the one to keep")
	}
	var members map[string]jsontext.Value
	if v.Kind() != jsontext.KindBeginObject {
		return nil, fmt.Errorf("expected object with bookmarks, got %s", kindName(v.Kind()))
	}
	if err := json.Unmarshal(v, &members, lax); err != nil {
		return nil, err
	}
	if len(members) == 0 || members["bookmarks"] != nil {
		return v, nil
	}
	var typ string
	if members["type"].Kind() == jsontext.KindString {
		typ, _ = textOf(members["type"])
	}
	switch {
	case kindOf(typ) == KindState && members["value"] != nil:
		return unwrapState(members["value"])
	case members["singer_state"] != nil:
		return unwrapState(members["singer_state"])
	case members["currently_syncing"] != nil:
		return v, nil
	}
	return nil, fmt.Errorf("neither bookmarks nor currently_syncing in it, but %s", someNames(members))
}

// someNames lists members for an error, the first of many.
func someNames(members map[string]jsontext.Value) string {
	const most = 5
	names := slices.Sorted(maps.Keys(members))
	for i := range names {
		names[i] = strconv.Quote(names[i])
	}
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return strings.Join(names, ", ")
}

func isBlank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// UnmarshalJSON replaces the state by the one in raw.
func (s *State) UnmarshalJSON(raw []byte) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(raw, &members, lax); err != nil {
		return fmt.Errorf("parse state: %w", err)
	}
	*s = State{}
	for name, v := range members {
		if v.Kind() == jsontext.KindNull && (name == "bookmarks" || name == "currently_syncing") {
			continue
		}
		switch name {
		case "bookmarks":
			if err := json.Unmarshal(v, &s.bookmarks, lax); err != nil {
				return fmt.Errorf("parse state: bookmarks: expected object with one member per stream, got %s", kindName(v.Kind()))
			}
		case "currently_syncing":
			text, err := textOf(v)
			if err != nil {
				return fmt.Errorf("parse state: currently_syncing: %w", err)
			}
			s.currentlySyncing = text
		default:
			if s.others == nil {
				s.others = make(map[string]jsontext.Value)
			}
			s.others[name] = v
		}
	}
	return nil
}

// Bookmark returns the bookmark of a stream, nil when it has none.
func (s *State) Bookmark(stream string) jsontext.Value { return s.bookmarks[stream] }

// SetBookmark sets the bookmark of a stream. The value must be valid JSON and
// is the state's from now on.
func (s *State) SetBookmark(stream string, value jsontext.Value) {
	if s.bookmarks == nil {
		s.bookmarks = make(map[string]jsontext.Value)
	}
	s.bookmarks[stream] = value
}

// ClearBookmark forgets the bookmark of a stream.
func (s *State) ClearBookmark(stream string) { delete(s.bookmarks, stream) }

// Streams returns the names of the streams that have a bookmark, sorted.
func (s *State) Streams() []string { return slices.Sorted(maps.Keys(s.bookmarks)) }

// CurrentlySyncing returns the stream a run was at when it was interrupted;
// "" when the last run came to its end.
func (s *State) CurrentlySyncing() string { return s.currentlySyncing }

// SetCurrentlySyncing says which stream is being read; "" says none, and
// leaves the member out.
func (s *State) SetCurrentlySyncing(stream string) { s.currentlySyncing = stream }

// Clone returns a copy that shares nothing that either could change.
func (s *State) Clone() *State {
	return &State{
		bookmarks:        maps.Clone(s.bookmarks),
		currentlySyncing: s.currentlySyncing,
		others:           maps.Clone(s.others),
	}
}

// MarshalJSON gives the state on one line. Equal states give equal bytes:
// bookmarks first and sorted by stream, then currently_syncing, then the
// other members sorted by name.
func (s *State) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	var err error
	if len(s.bookmarks) > 0 || s.currentlySyncing == "" && len(s.others) > 0 { // empty, it says that this is a state
		b = append(b, `"bookmarks":`...)
		if b, err = appendMembers(append(b, '{'), s.bookmarks); err != nil {
			return nil, err
		}
		b = append(b, '}')
	}
	if s.currentlySyncing != "" {
		b = appendComma(b)
		b = append(b, `"currently_syncing":`...)
		b = appendText(b, s.currentlySyncing)
	}
	if len(s.others) > 0 {
		b = append(b, ',')
		if b, err = appendMembers(b, s.others); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendMembers appends the members of an object, sorted, without its braces.
func appendMembers(b []byte, members map[string]jsontext.Value) ([]byte, error) {
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		var err error
		if b, err = appendCompact(b, members[name]); err != nil {
			return nil, fmt.Errorf("encode state: %s: %w", name, err)
		}
	}
	return b, nil
}

func appendComma(b []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return b
}
