package singer

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Recognize says what a file seems to be, for the error about one that was given
// in the place of another: "a catalog", "a state", "a STATE message", "a
// configuration"; "" when nothing is known of it. settings are the names of
// settings that make a configuration.
func Recognize(raw []byte, settings ...string) string {
	var members map[string]jsontext.Value
	if json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), &members, lax) != nil {
		return ""
	}
	typ := ""
	if v := members["type"]; v.Kind() == jsontext.KindString {
		typ, _ = textOf(v)
	}
	switch kind := kindOf(typ); {
	case kind == KindState && members["value"] != nil, kind != KindUnknown && members["stream"] != nil:
		return "a " + kind.String() + " message"
	case isListOfStreams(members["streams"]):
		return "a catalog"
	case members["bookmarks"].Kind() == jsontext.KindBeginObject, members["singer_state"] != nil, members["currently_syncing"] != nil:
		return "a state"
	}
	for name := range members {
		if slices.Contains(settings, name) {
			return "a configuration"
		}
	}
	if members["$schema"] != nil || members["properties"].Kind() == jsontext.KindBeginObject {
		return "a JSON Schema"
	}
	return ""
}

// isListOfStreams tells the streams of a catalog from a setting of that name.
func isListOfStreams(v jsontext.Value) bool {
	var entries []struct {
		Stream      jsontext.Value `json:"stream"`
		TapStreamID jsontext.Value `json:"tap_stream_id"`
		Schema      jsontext.Value `json:"schema"`
	}
	if v.Kind() != jsontext.KindBeginArray || json.Unmarshal(v, &entries, lax) != nil {
		return false
	}
	for _, e := range entries {
		if e.Stream == nil && e.TapStreamID == nil && e.Schema == nil {
			return false
		}
	}
	return true
}
