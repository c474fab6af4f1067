package singer_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
)

func TestParseMessageReadsEveryKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		line string
		want singer.Message
	}{
		{"record", `{"type":"RECORD","stream":"users","record":{"id":1.10,"big":123456789012345678901234567890},"time_extracted":"2026-01-02T03:04:05.000000Z","version":7}`,
			singer.Message{Kind: singer.KindRecord, Type: "RECORD", Line: 9, Stream: "users", Record: jsontext.Value(`{"id":1.10,"big":123456789012345678901234567890}`), TimeExtracted: "2026-01-02T03:04:05.000000Z", Version: 7, HasVersion: true}},
		{"record with the type last and in small letters", `{"record":{},"stream":"users","type":"record"}`,
			singer.Message{Kind: singer.KindRecord, Type: "record", Line: 9, Stream: "users", Record: jsontext.Value(`{}`)}},
		{"record with null extras", `{"type":"RECORD","stream":"users","record":{},"time_extracted":null,"version":null}`,
			singer.Message{Kind: singer.KindRecord, Type: "RECORD", Line: 9, Stream: "users", Record: jsontext.Value(`{}`)}},
		{"escaped member names and stream", `{"t\u0079pe":"RECORD","stream":"us\u00e9rs\ud83d\ude00","record":{}}`,
			singer.Message{Kind: singer.KindRecord, Type: "RECORD", Line: 9, Stream: "usérs😀", Record: jsontext.Value(`{}`)}},
		{"schema", `{"type":"SCHEMA","stream":"users","schema":{"properties":{}},"key_properties":["id","at"],"bookmark_properties":["at"]}`,
			singer.Message{Kind: singer.KindSchema, Type: "SCHEMA", Line: 9, Stream: "users", Schema: jsontext.Value(`{"properties":{}}`), KeyProperties: []string{"id", "at"}, HasKeyProperties: true, BookmarkProperties: []string{"at"}}},
		{"schema with empty key_properties", `{"type":"SCHEMA","stream":"users","schema":{},"key_properties":[]}`,
			singer.Message{Kind: singer.KindSchema, Type: "SCHEMA", Line: 9, Stream: "users", Schema: jsontext.Value(`{}`), KeyProperties: []string{}, HasKeyProperties: true}},
		{"schema without key_properties", `{"type":"SCHEMA","stream":"users","schema":{}}`,
			singer.Message{Kind: singer.KindSchema, Type: "SCHEMA", Line: 9, Stream: "users", Schema: jsontext.Value(`{}`)}},
		{"state", `{"type":"STATE","value":{"b": 1}}`,
			singer.Message{Kind: singer.KindState, Type: "STATE", Line: 9, Value: jsontext.Value(`{"b": 1}`)}},
		{"activate version", `{"type":"ACTIVATE_VERSION","stream":"users","version":0}`,
			singer.Message{Kind: singer.KindActivateVersion, Type: "ACTIVATE_VERSION", Line: 9, Stream: "users", HasVersion: true}},
		{"batch", `{"type":"BATCH","stream":"users","encoding":{},"manifest":[]}`,
			singer.Message{Kind: singer.KindBatch, Type: "BATCH", Line: 9, Stream: "users"}},
		{"a type the protocol does not know", `{"type":"HEARTBEAT","stream":"users","value":{}}`,
			singer.Message{Type: "HEARTBEAT", Line: 9, Stream: "users"}},
		{"a member whose name only looks escaped", `{"type":"STATE","value":1,"val\\u0075e":2}`,
			singer.Message{Kind: singer.KindState, Type: "STATE", Line: 9, Value: jsontext.Value(`1`)}},
		{"a name given twice counts as given last", `{"type":"STATE","value":1,"value":2}`,
			singer.Message{Kind: singer.KindState, Type: "STATE", Line: 9, Value: jsontext.Value(`2`)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := singer.ParseMessage([]byte(tt.line), 9)
			if err != nil {
				t.Fatalf("ParseMessage(%s): %v", tt.line, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseMessage(%s) (-want +got):\n%s", tt.line, diff)
			}
		})
	}
}

func TestParseMessageNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := []struct{ line, want string }{
		{`{"stream":"users"}`, `line 9: stream users: message without type`},
		{`[1]`, `line 9: expected a message, which is a JSON object, got array`},
		{`{"type":"RECORD","record":{}}`, `line 9: RECORD without stream`},
		{`{"type":"RECORD","stream":"","record":{}}`, `line 9: RECORD without stream`},
		{`{"type":"RECORD","stream":"users"}`, `line 9: stream users: RECORD without record`},
		{`{"type":"RECORD","stream":"users","record":[]}`, `line 9: stream users: record: expected object, got array`},
		{`{"type":"RECORD","stream":7,"record":{}}`, `line 9: stream: expected string, got number`},
		{`{"type":"RECORD","stream":"users","record":{},"version":1.5}`, `line 9: stream users: version: expected integer, got 1.5`},
		{`{"type":"SCHEMA","stream":"users","schema":{},"key_properties":"id"}`, `line 9: stream users: key_properties: expected list of strings`},
		{`{"type":"SCHEMA","stream":"users"}`, `line 9: stream users: SCHEMA without schema`},
		{`{"type":"STATE"}`, `line 9: STATE without value`},
		{`{"type":"ACTIVATE_VERSION","stream":"users"}`, `line 9: stream users: ACTIVATE_VERSION without version`},
		{`{"type":"RECORD","stream":"users","record":{"a":{"b":NaN}}}`, `line 9: stream users: /a/b: invalid JSON at byte 54: invalid character 'N' at start of value (NaN and Infinity are no JSON; let the tap send null or a string)`},
		{`{"type":"RECORD","stream":"users","record":{"a":-Infinity}}`, `line 9: stream users: /a: invalid JSON`},
		{`{"type":"RECORD","stream":"users","record":{"a":012}}`, `line 9: stream users: invalid JSON at byte 50`},
		{`{"type":"RECORD","stream":"users","record":{"a":1}`, `line 9: stream users: invalid JSON`},
		{`{"type":"STATE","value":1} x`, `line 9: invalid JSON at byte 28: something follows the message; each message needs a line of its own`},
		{`{"type":"STATE","value":1}{"type":"STATE","value":2}`, `line 9: invalid JSON at byte 27: something follows the message; each message needs a line of its own`},
		{`INFO starting sync`, `line 9: a line that is no JSON: does the tap log to standard output?`},
		{`Infinity`, `line 9: a line that is no JSON: does the tap log to standard output?`},
		{`2026-01-02 03:04:05 [INFO] token=secret`, `line 9: a line that is no JSON: does the tap log to standard output?`},
		{`[INFO] starting`, `line 9: a line that is no JSON: does the tap log to standard output?`},
		{`"cut`, `line 9: a line that is no JSON: does the tap log to standard output?`},
		{"\xff\xfe{\x00\"\x00", `line 9: the input is UTF-16, and messages are UTF-8 (`},
		{"\xfe\xff\x00{\x00\"", `line 9: the input is UTF-16, and messages are UTF-8 (`},
		{"{\x00\"\x00t\x00", `line 9: the input is UTF-16, and messages are UTF-8 (`},
		{"{\"type\":\"RECORD\",\"stream\":\"users\",\"record\":{\"a\":\"\t\"}}", `line 9: stream users: /a: invalid JSON`},
	}
	for _, tt := range tests {
		got, err := singer.ParseMessage([]byte(tt.line), 9)
		if err == nil {
			t.Errorf("ParseMessage(%s) = %+v, want error %q", tt.line, got, tt.want)
			continue
		}
		if !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("ParseMessage(%s)\n error %q\n want  %q", tt.line, err, tt.want)
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "Infinity") && !strings.Contains(tt.line, "{") {
			t.Errorf("ParseMessage(%s)\n error %q", tt.line, err)
		}
	}
}
