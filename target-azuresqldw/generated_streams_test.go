package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercomtest"
	"intercomdw/tap-intercom/tap"
)

// streamsPage is docs/streams.md, with examples that the tap reads from the simulator.
func streamsPage(string) (string, error) {
	examples, err := exampleRecords()
	if err != nil {
		return "", err
	}
	var missing []error
	page := tap.StreamsPage(func(stream string) string {
		if record, found := examples[stream]; found {
			return record
		}
		for _, of := range []string{"__order", "__conversation"} { // streams that the workspace names
			if record, found := examples[stream+of]; found {
				return record
			}
		}
		missing = append(missing, fmt.Errorf("no record of %s", stream))
		return ""
	})
	return page, errors.Join(missing...)
}

// exampleRecords reads a small workspace, and keeps of each stream the record that says the most.
func exampleRecords() (map[string]string, error) {
	s, err := intercomtest.Start(intercomtest.Options{Seed: 1, Clock: intercomtest.NewClock(intercomtest.Epoch.Add(time.Hour))})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	s.Churn(30)
	s.Clock().Advance(time.Hour)
	dir, err := os.MkdirTemp("", "examples-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	settings, err := json.Marshal(map[string]any{
		"access_token": "t", "base_url": s.URL, "api_version": "Preview", "select": []string{"*"}, "concurrency": 1,
		"message_ruleset_ids": []string{"12345"}, "workflow_ids": []string{"67890"},
	})
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "config.json")
	if err := os.WriteFile(config, settings, 0o600); err != nil {
		return nil, err
	}
	var out, said bytes.Buffer
	code := tap.Main(context.Background(), program.Stdio{
		Args: []string{"--config", config}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said, Signals: make(chan os.Signal), Exit: func(int) {},
	})
	if code != 0 {
		return nil, fmt.Errorf("tap: exit code %d\n%s", code, said.String())
	}
	examples := map[string]string{}
	for d := singer.NewDecoder(&out, singer.DecoderOptions{}); ; {
		m, err := d.Decode()
		if errors.Is(err, io.EOF) {
			return examples, nil
		}
		if err != nil {
			return nil, err
		}
		if m.Kind != singer.KindRecord {
			continue
		}
		record, err := shortened(nil, jsontext.NewDecoder(bytes.NewReader(m.Record)))
		if err != nil {
			return nil, err
		}
		if len(record) > len(examples[m.Stream]) {
			examples[strings.Clone(m.Stream)] = string(record)
		}
	}
}

// exampleText is how much of a text is shown, in characters.
const exampleText = 40

// shortened appends the next value: without nulls, long texts cut, one element of each list.
func shortened(dst []byte, dec *jsontext.Decoder) ([]byte, error) {
	kind := dec.PeekKind()
	if kind != '{' && kind != '[' {
		v, err := dec.ReadValue()
		if err != nil || kind != '"' {
			return append(dst, v...), err
		}
		text := []rune(string(must(jsontext.AppendUnquote(nil, v))))
		if len(text) > exampleText {
			text = append(text[:exampleText:exampleText], '…')
		}
		return jsontext.AppendQuote(dst, string(text))
	}
	if _, err := dec.ReadToken(); err != nil {
		return dst, err
	}
	dst = append(dst, byte(kind))
	for n := 0; dec.PeekKind() != kind+2; { // '{'+2 is '}', '['+2 is ']'
		var name jsontext.Value
		var err error
		if kind == '{' {
			if name, err = dec.ReadValue(); err != nil {
				return dst, err
			}
			name = name.Clone()
		}
		if dec.PeekKind() == 'n' || (kind == '[' && n == 1) {
			if err := dec.SkipValue(); err != nil {
				return dst, err
			}
			continue
		}
		if n++; n > 1 {
			dst = append(dst, ", "...)
		}
		if kind == '{' {
			dst = append(append(dst, name...), ": "...)
		}
		if dst, err = shortened(dst, dec); err != nil {
			return dst, err
		}
	}
	_, err := dec.ReadToken()
	return append(dst, byte(kind)+2), err
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err) // the decoder has read it
	}
	return text
}
