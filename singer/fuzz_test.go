package singer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
)

// FuzzDecoder holds a decoder against its promises: it never panics, it does
// not matter in which pieces the input comes, what it accepts is JSON, its
// errors name a line, and what it read comes back when it is written and read
// again.
func FuzzDecoder(f *testing.F) {
	for _, seed := range []string{
		"",
		"{\"type\":\"STATE\",\"value\":{}}\n",
		"{\"type\":\"STATE\",\"value\":1}",
		"{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{\"x\":1.10,\"y\":\"\\ud800\"},\"version\":3,\"time_extracted\":\"2026-01-02T03:04:05Z\"}\r\n\n",
		"{\"type\":\"schema\",\"stream\":\"\\u00e9\",\"schema\":{\"properties\":{}},\"key_properties\":[\"id\",\"\xff\"],\"bookmark_properties\":null}\n",
		"{\"type\":\"ACTIVATE_VERSION\",\"stream\":\"a\",\"version\":-9223372036854775808}\n",
		"{\"type\":\"BATCH\",\"stream\":\"a\"}\n{\"type\":\"X\"}\n[1]\n",
		"{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{\"x\":NaN}}\n",
		"\xef\xbb\xbf{\"type\":\"STATE\",\"value\":{}}\n{\"ty",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		read, err := decodeAll(bytes.NewReader(input))
		slowly, slowErr := decodeAll(iotest.OneByteReader(bytes.NewReader(input)))
		if diff := cmp.Diff(read, slowly); diff != "" || err.Error() != slowErr.Error() {
			t.Fatalf("byte by byte: error %v, not %v; messages:\n%s", slowErr, err, diff)
		}
		if in, ok := errors.AsType[*singer.InputError](err); !errors.Is(err, io.EOF) && (!ok || in.Line < 1 || in.Line > int64(bytes.Count(input, []byte("\n"))+1)) {
			t.Fatalf("error %v (%T) does not name a line", err, err)
		}
		var out bytes.Buffer
		e := singer.NewEncoder(&out)
		last := int64(0)
		for _, m := range read {
			if m.Line <= last {
				t.Fatalf("line %d after line %d", m.Line, last)
			}
			last = m.Line
			for _, v := range []jsontext.Value{m.Record, m.Schema, m.Value} {
				if v != nil && !v.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
					t.Fatalf("line %d: accepted %q, which is no JSON", m.Line, v)
				}
			}
			if m.Kind == singer.KindRecord && !json.Valid(m.Record) {
				t.Fatalf("line %d: encoding/json refuses %q", m.Line, m.Record)
			}
			if err := write(e, m); err != nil {
				t.Fatalf("line %d: write again: %v", m.Line, err)
			}
		}
		first := out.String()
		again, err := decodeAll(&out)
		if !errors.Is(err, io.EOF) || len(again) != len(read) {
			t.Fatalf("read again: %d messages, want %d; error %v in\n%s", len(again), len(read), err, first)
		}
		var second bytes.Buffer
		e = singer.NewEncoder(&second)
		for _, m := range again {
			if err := write(e, m); err != nil {
				t.Fatal(err)
			}
		}
		if first != second.String() {
			t.Fatalf("written twice:\n%s\nand\n%s", first, second.String())
		}
	})
}

// decodeAll reads messages, with bytes of their own, until an error.
func decodeAll(r io.Reader) (list []singer.Message, err error) {
	d := singer.NewDecoder(r, singer.DecoderOptions{MaxLineBytes: 1 << 20})
	for {
		m, err := d.Decode()
		if err != nil {
			return list, err
		}
		m.Record, m.Schema, m.Value = m.Record.Clone(), m.Schema.Clone(), m.Value.Clone()
		list = append(list, m)
	}
}

// write writes a message as it was read.
func write(e *singer.Encoder, m singer.Message) error {
	switch m.Kind {
	case singer.KindSchema:
		return e.Schema(m.Stream, m.Schema, m.KeyProperties, m.BookmarkProperties)
	case singer.KindRecord:
		return e.Record(m.Stream, m.Record, singer.RecordOptions{Version: m.Version, HasVersion: m.HasVersion})
	case singer.KindState:
		return e.State(m.Value)
	case singer.KindActivateVersion:
		return e.ActivateVersion(m.Stream, m.Version)
	}
	return e.Value(jsontext.Value(`{"type":"BATCH","stream":"b"}`))
}

func FuzzState(f *testing.F) {
	f.Add([]byte(`{"bookmarks":{"a":{"x":1.0}},"currently_syncing":"a","b":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := singer.ParseState(raw)
		if err != nil {
			return
		}
		first, err := s.MarshalJSON()
		if err != nil {
			t.Fatalf("ParseState(%q) cannot be marshalled: %v", raw, err)
		}
		again, err := singer.ParseState(first)
		if err != nil {
			t.Fatalf("ParseState(%q), which came from %q: %v", first, raw, err)
		}
		if second, err := again.MarshalJSON(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%q became %q, then %q (%v)", raw, first, second, err)
		}
	})
}

func FuzzParseSchema(f *testing.F) {
	f.Add([]byte(`{"properties":{"a":{"anyOf":[{"$ref":"#/definitions/b"},{"type":["null","integer"],"maximum":1e3}]}},"definitions":{"b":{"items":{"$ref":"#"}}}}`))
	f.Add([]byte(`{"allOf":[{"properties":{"a":{}}},true],"enum":[1,"x"],"additionalProperties":{"$ref":"#"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := singer.ParseSchema(raw)
		if err == nil {
			walk(t, s, 0)
		}
	})
}

// walk visits the whole tree: it must end.
func walk(t *testing.T, s *singer.Schema, depth int) {
	if depth > 20_000 {
		t.Fatal("the tree does not end")
	}
	for _, p := range s.Properties {
		walk(t, p.Schema, depth+1)
	}
	for _, child := range append([]*singer.Schema{s.Items, s.Additional}, s.Union...) {
		if child != nil {
			walk(t, child, depth+1)
		}
	}
}
