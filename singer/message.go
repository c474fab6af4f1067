package singer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the kind of a message.
type Kind uint8

// The kinds of messages. ACTIVATE_VERSION and BATCH are extensions; any other
// type is allowed by the specification and has KindUnknown.
const (
	KindUnknown Kind = iota
	KindSchema
	KindRecord
	KindState
	KindActivateVersion
	KindBatch
)

// String returns the type as it stands in a message, "" for KindUnknown.
func (k Kind) String() string {
	switch k {
	case KindSchema:
		return "SCHEMA"
	case KindRecord:
		return "RECORD"
	case KindState:
		return "STATE"
	case KindActivateVersion:
		return "ACTIVATE_VERSION"
	case KindBatch:
		return "BATCH"
	}
	return ""
}

// Message is one line of a stream. Which fields are set depends on Kind; the
// others are zero. The byte slices alias the line the message was parsed from.
type Message struct {
	Kind   Kind
	Type   string // as in the line; message types are compared without case
	Line   int64  // number of the line, from 1
	Stream string // SCHEMA, RECORD, ACTIVATE_VERSION, BATCH

	Record        jsontext.Value // RECORD: the object, as it stands in the line
	TimeExtracted string         // RECORD: RFC 3339, unchecked; "" when absent
	Version       int64          // RECORD, ACTIVATE_VERSION
	HasVersion    bool           // a version was given

	Schema             jsontext.Value // SCHEMA: the object
	KeyProperties      []string       // SCHEMA
	HasKeyProperties   bool           // SCHEMA: key_properties was given, be it empty
	BookmarkProperties []string       // SCHEMA

	Value jsontext.Value // STATE: any JSON value, not looked into
}

// lax is what a stream may hold beyond RFC 7493. Taps written in Python send
// lone surrogates (half an emoji) and repeat names in an object; a record must
// not be lost over that. Everything else RFC 8259 forbids is an error.
var lax = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// ParseMessage parses one line, which is the number-th of its input. What a
// message of the known kinds must have is checked: a RECORD has a stream and
// an object as record, a STATE has a value, and so on. Messages of other
// types pass with KindUnknown. Every error is an [*InputError].
func ParseMessage(line []byte, number int64) (Message, error) {
	p := parser{Message: Message{Line: number}}
	err := p.parse(line)
	return p.Message, err
}

// parser reads one message off the tokens of a line.
type parser struct {
	Message
	names map[string]string // stream names seen, so that each is allocated once; may be nil
}

func (p *parser) parse(line []byte) error {
	if err := json.Unmarshal(line, p, lax); err != nil {
		return p.inputError(line, err)
	}
	if err := p.complete(); err != nil {
		return &InputError{Line: p.Line, Stream: p.Stream, Err: err}
	}
	return nil
}

// UnmarshalJSONFrom makes the parser take part in json.Unmarshal, which keeps
// a pool of decoders and lets raw values alias the line.
func (p *parser) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if k := dec.PeekKind(); k != jsontext.KindBeginObject {
		if err := dec.SkipValue(); err != nil {
			return err
		}
		return memberError{err: fmt.Errorf("expected a message, which is a JSON object, got %s", kindName(k))}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		member := memberOf(name)
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := p.set(member, value); err != nil {
			return memberError{member, err}
		}
	}
	_, err := dec.ReadToken()
	return err
}

// memberOf returns the name of a member the protocol knows, or "".
func memberOf(quoted jsontext.Value) string {
	name := []byte(quoted[1 : len(quoted)-1])
	if bytes.IndexByte(name, '\\') >= 0 {
		name, _ = jsontext.AppendUnquote(nil, quoted) // its error is a repaired surrogate
	}
	switch string(name) { // the compiler does not allocate here
	case "type":
		return "type"
	case "stream":
		return "stream"
	case "record":
		return "record"
	case "time_extracted":
		return "time_extracted"
	case "version":
		return "version"
	case "schema":
		return "schema"
	case "key_properties":
		return "key_properties"
	case "bookmark_properties":
		return "bookmark_properties"
	case "value":
		return "value"
	}
	return ""
}

// set takes the value of one member. Values are kept whatever the type of the
// message: the type may come last.
func (p *parser) set(member string, v jsontext.Value) (err error) {
	switch member {
	case "type":
		p.Type, err = textOf(v)
		p.Kind = kindOf(p.Type)
	case "stream":
		p.Stream, err = p.streamOf(v)
	case "record":
		p.Record = v
	case "time_extracted":
		if v.Kind() == jsontext.KindNull {
			p.TimeExtracted = ""
			return nil
		}
		p.TimeExtracted, err = textOf(v)
	case "version":
		p.Version, p.HasVersion = 0, false
		if v.Kind() == jsontext.KindNull {
			return nil
		}
		p.Version, err = integerOf(v)
		p.HasVersion = err == nil
	case "schema":
		p.Schema = v
	case "key_properties":
		p.KeyProperties, err = textsOf(v)
		p.HasKeyProperties = p.KeyProperties != nil
	case "bookmark_properties":
		p.BookmarkProperties, err = textsOf(v)
	case "value":
		p.Value = v
	}
	return err
}

// complete checks that the message has what its kind needs and drops what
// belongs to other kinds.
func (p *parser) complete() error {
	if p.Type == "" {
		return errors.New("message without type")
	}
	m := &p.Message
	switch m.Kind {
	case KindRecord:
		m.Schema, m.Value, m.KeyProperties, m.BookmarkProperties, m.HasKeyProperties = nil, nil, nil, nil, false
		return m.needs("record", m.Record)
	case KindSchema:
		m.Record, m.Value, m.TimeExtracted, m.Version, m.HasVersion = nil, nil, "", 0, false
		return m.needs("schema", m.Schema)
	case KindState:
		*m = Message{Kind: m.Kind, Type: m.Type, Line: m.Line, Value: m.Value}
		if m.Value == nil {
			return errors.New("STATE without value")
		}
	case KindActivateVersion:
		*m = Message{Kind: m.Kind, Type: m.Type, Line: m.Line, Stream: m.Stream, Version: m.Version, HasVersion: m.HasVersion}
		if m.Stream == "" {
			return errors.New("ACTIVATE_VERSION without stream")
		}
		if !m.HasVersion {
			return errors.New("ACTIVATE_VERSION without version")
		}
	case KindBatch:
		*m = Message{Kind: m.Kind, Type: m.Type, Line: m.Line, Stream: m.Stream, Version: m.Version, HasVersion: m.HasVersion}
		if m.Stream == "" {
			return errors.New("BATCH without stream")
		}
	default:
		*m = Message{Type: m.Type, Line: m.Line, Stream: m.Stream}
	}
	return nil
}

// needs checks that m has a stream and that the named member is an object.
func (m *Message) needs(member string, v jsontext.Value) error {
	if m.Stream == "" {
		return fmt.Errorf("%s without stream", m.Kind)
	}
	if v == nil {
		return fmt.Errorf("%s without %s", m.Kind, member)
	}
	if k := v.Kind(); k != jsontext.KindBeginObject {
		return fmt.Errorf("%s: expected object, got %s", member, kindName(k))
	}
	return nil
}

// kindOf finds the kind of a type.
func kindOf(typ string) Kind {
	for k := KindSchema; k <= KindBatch; k++ {
		if strings.EqualFold(typ, k.String()) {
			return k
		}
	}
	return KindUnknown
}

func (p *parser) streamOf(v jsontext.Value) (string, error) {
	if p.names != nil && v.Kind() == jsontext.KindString {
		if name, ok := p.names[string(v)]; ok {
			return name, nil
		}
	}
	name, err := textOf(v)
	if p.names != nil && err == nil {
		p.names[string(v)] = name
	}
	return name, err
}

// textOf returns the text of a JSON string. Halves of surrogate pairs and
// invalid UTF-8 become U+FFFD.
func textOf(v jsontext.Value) (string, error) {
	if k := v.Kind(); k != jsontext.KindString {
		return "", fmt.Errorf("expected string, got %s", kindName(k))
	}
	if bytes.IndexByte(v, '\\') < 0 && isASCII(v) {
		switch text := v[1 : len(v)-1]; string(text) {
		case "RECORD": // nearly every message: no allocation
			return "RECORD", nil
		default:
			return string(text), nil
		}
	}
	text, _ := jsontext.AppendUnquote(nil, v)
	return string(text), nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// textsOf returns the strings of a JSON array; nil for null, not nil for [].
func textsOf(v jsontext.Value) ([]string, error) {
	if v.Kind() == jsontext.KindNull {
		return nil, nil
	}
	texts := []string{}
	if err := json.Unmarshal(v, &texts, lax); err != nil {
		return nil, errors.New("expected list of strings")
	}
	return texts, nil
}

func integerOf(v jsontext.Value) (int64, error) {
	if k := v.Kind(); k != jsontext.KindNumber {
		return 0, fmt.Errorf("expected integer, got %s", kindName(k))
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("expected integer, got %s", v)
	}
	return n, nil
}

// kindName is how errors speak of a kind of JSON value.
func kindName(k jsontext.Kind) string {
	switch k {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindFalse, jsontext.KindTrue:
		return "boolean"
	case jsontext.KindString:
		return "string"
	case jsontext.KindNumber:
		return "number"
	case jsontext.KindBeginObject:
		return "object"
	case jsontext.KindBeginArray:
		return "array"
	}
	return "no JSON value"
}

// memberError is an error about a member of the envelope.
type memberError struct {
	member string
	err    error
}

func (e memberError) Error() string {
	if e.member == "" {
		return e.err.Error()
	}
	return e.member + ": " + e.err.Error()
}

// inputError gives an error of json.Unmarshal its place in the input.
func (p *parser) inputError(line []byte, err error) error {
	if text := notJSON(line); text != "" && !jsontext.Value(line).IsValid(lax) {
		return &InputError{Line: p.Line, Err: errors.New(text)}
	}
	at := &InputError{Line: p.Line, Stream: p.Stream, Err: err}
	if e, ok := errors.AsType[memberError](err); ok {
		at.Err = e
		return at
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		rest := line[min(e.ByteOffset, int64(len(line))):]
		if e.JSONPointer == "" && jsontext.Value(line[:len(line)-len(rest)]).IsValid(lax) {
			at.Stream = ""
			at.Err = fmt.Errorf("invalid JSON at byte %d: something follows the message; each message needs a line of its own", e.ByteOffset+1)
			return at
		}
		if field, ok := strings.CutPrefix(string(e.JSONPointer), "/record/"); ok {
			at.Field = "/" + field
		}
		at.Err = fmt.Errorf("invalid JSON at byte %d: %w", e.ByteOffset+1, e.Err)
		if isNaN(rest) {
			at.Err = fmt.Errorf("%w (NaN and Infinity are no JSON; let the tap send null or a string)", at.Err)
		}
		return at
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		at.Err = fmt.Errorf("invalid JSON: %w", io.ErrUnexpectedEOF)
	}
	return at
}

// notJSON says what a line is that cannot be parsed and does not even begin like a message; "" when it does. The text is never repeated: it may be
// anything, secrets too.
func notJSON(line []byte) string {
	for _, begin := range []string{"\xff\xfe", "\xfe\xff", "{\x00", "\x00{"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			return "the input is UTF-16, and messages are UTF-8 (PowerShell before 7 writes UTF-16 with >: let it pipe, or use Out-File -Encoding utf8)"
		}
	}
	if len(line) == 0 || line[0] == '{' {
		return ""
	}
	return "a line that is no JSON: does the tap log to standard output?"
}

// isNaN reports whether b begins with a number Python writes and JSON lacks.
func isNaN(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("-"))
	return bytes.HasPrefix(b, []byte("NaN")) || bytes.HasPrefix(b, []byte("Infinity"))
}
