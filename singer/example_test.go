package singer_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// A target reads messages until the end of its input and prints the value of
// each STATE once everything before it is safe.
func Example() {
	input := strings.NewReader(`{"type":"SCHEMA","stream":"users","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":["id"]}
{"type":"RECORD","stream":"users","record":{"id":9007199254740993}}
{"type":"STATE","value":{"bookmarks":{"users":{"id":9007199254740993}}}}
`)
	in := singer.NewDecoder(input, singer.DecoderOptions{})
	out := singer.NewEncoder(os.Stdout)
	for {
		m, err := in.Decode()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		switch m.Kind {
		case singer.KindRecord:
			fmt.Printf("line %d: %s %s\n", m.Line, m.Stream, m.Record)
		case singer.KindState:
			if err := out.Value(m.Value); err != nil {
				return
			}
		}
	}
	// Output:
	// line 2: users {"id":9007199254740993}
	// {"bookmarks":{"users":{"id":9007199254740993}}}
}

// A tap writes a SCHEMA, records and states.
func ExampleEncoder() {
	e := singer.NewEncoder(os.Stdout)
	state := new(singer.State)
	for _, err := range []error{
		e.Schema("tags", jsontext.Value(`{"type":"object","properties":{"id":{"type":"string"}}}`), []string{"id"}, nil),
		e.Record("tags", jsontext.Value(`{"id": "17"}`), singer.RecordOptions{}),
	} {
		if err != nil {
			fmt.Println(err) // errors.Is(err, singer.ErrBrokenPipe) when the reader has gone
		}
	}
	state.SetBookmark("tags", jsontext.Value(`{"done":true}`))
	value, err := state.MarshalJSON()
	if err != nil {
		fmt.Println(err)
	}
	if err := e.State(value); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"type":"SCHEMA","stream":"tags","schema":{"type":"object","properties":{"id":{"type":"string"}}},"key_properties":["id"]}
	// {"type":"RECORD","stream":"tags","record":{"id":"17"}}
	// {"type":"STATE","value":{"bookmarks":{"tags":{"done":true}}}}
}

// What is wrong with an input is told with its place.
func ExampleInputError() {
	in := singer.NewDecoder(strings.NewReader("\n"+`{"type":"RECORD","stream":"users","record":{"age":NaN}}`+"\n"), singer.DecoderOptions{})
	_, err := in.Decode()
	if e, ok := errors.AsType[*singer.InputError](err); ok {
		fmt.Println(e.Line, e.Stream, e.Field)
	}
	fmt.Println(err)
	// Output:
	// 2 users /age
	// line 2: stream users: /age: invalid JSON at byte 51: invalid character 'N' at start of value (NaN and Infinity are no JSON; let the tap send null or a string)
}

func ExampleValidator() {
	v, err := singer.NewValidator(jsontext.Value(`{"properties":{"email":{"type":"string"},"age":{"type":"integer"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Validate(jsontext.Value(`{"email":"ann@example.com","age":41.0}`)))
	fmt.Println(v.Validate(jsontext.Value(`{"email":7}`)))
	// Output:
	// <nil>
	// /email: expected string, but got number
}

func ExampleParseSchema() {
	s, err := singer.ParseSchema(jsontext.Value(`{
		"properties": {
			"id":   {"type": ["null", "integer"]},
			"at":   {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
			"tags": {"type": "array", "items": {"$ref": "#/definitions/tag"}}
		},
		"definitions": {"tag": {"type": "object", "properties": {"name": {"type": "string"}}}}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range s.Properties {
		fmt.Printf("%s %v nullable=%v format=%q\n", p.Name, p.Schema.Types, p.Schema.Nullable, p.Schema.Format)
	}
	fmt.Println(s.Property("tags").Items.Properties[0].Name)
	// Output:
	// id [integer] nullable=true format=""
	// at [string] nullable=true format="date-time"
	// tags [array] nullable=false format=""
	// name
}

func ExampleCatalogEntry_Selection() {
	c, err := singer.ParseCatalog([]byte(`{"streams":[{"tap_stream_id":"users",
		"schema":{"type":"object","properties":{"id":{"type":"string"},"phone":{"type":"string"}}},
		"metadata":[
			{"breadcrumb":[],"metadata":{"selected":true}},
			{"breadcrumb":["properties","id"],"metadata":{"inclusion":"automatic"}},
			{"breadcrumb":["properties","phone"],"metadata":{"inclusion":"available","selected":false}}]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	selection := c.Entry("users").Selection()
	record, err := selection.Record(nil, jsontext.Value(`{"id":"1","phone":"555"}`))
	fmt.Printf("%s %v\n", record, err)
	// Output:
	// {"id":"1"} <nil>
}
