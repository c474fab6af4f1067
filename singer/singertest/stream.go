package singertest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// Report is what was found in the output of a tap.
type Report struct {
	Problems []string // what breaks the protocol
	Warnings []string // what a person should look at
	Streams  map[string]*Counts
	States   int
	State    jsontext.Value // the last one; nil when there was none
}

// Counts are the messages of one stream.
type Counts struct {
	Schemas, Records, Versions int
}

// StreamOptions say what a tap's output may hold.
type StreamOptions struct {
	// RepeatedKeys allows a stream to send several records with the same key.
	RepeatedKeys bool
}

// maxProblems bounds a report: after that many there is nothing to learn.
const maxProblems = 100

// CheckStream reads the output of a tap and reports what is wrong with it: a
// line that is no message, a RECORD before its SCHEMA, a record its schema
// refuses, a date-time or date that is not RFC 3339, a property the schema does not
// declare, a key that is missing, null or there twice, time_extracted in some
// records and not in others, a STATE that still holds progress markers.
func CheckStream(r io.Reader, o StreamOptions) *Report {
	c := &streamCheck{report: &Report{Streams: make(map[string]*Counts)}, options: o, streams: make(map[string]*streamState)}
	d := singer.NewDecoder(r, singer.DecoderOptions{Unknown: func(typ string, line int64) {
		c.warn("line %d: message of unknown type %q", line, typ)
	}})
	for {
		m, err := d.Decode()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.problem("%v", err)
			break
		}
		c.message(m)
	}
	c.end()
	return c.report
}

// streamCheck holds what is known while a stream is read.
type streamCheck struct {
	report  *Report
	options StreamOptions
	streams map[string]*streamState
}

// streamState is what the last SCHEMA of a stream said, and the keys seen.
type streamState struct {
	validator *singer.Validator
	schema    *singer.Schema
	keys      []string
	seen      map[string]int64 // key to line
	used      map[string]bool  // properties some record had

	// The first record with time_extracted, and the first without: line numbers.
	timed, untimed int64
}

func (c *streamCheck) problem(format string, args ...any) {
	if len(c.report.Problems) < maxProblems {
		c.report.Problems = append(c.report.Problems, fmt.Sprintf(format, args...))
	}
}

func (c *streamCheck) warn(format string, args ...any) {
	if len(c.report.Warnings) < maxProblems {
		c.report.Warnings = append(c.report.Warnings, fmt.Sprintf(format, args...))
	}
}

func (c *streamCheck) counts(stream string) *Counts {
	if c.report.Streams[stream] == nil {
		c.report.Streams[stream] = new(Counts)
	}
	return c.report.Streams[stream]
}

func (c *streamCheck) message(m singer.Message) {
	if m.Kind != singer.KindUnknown && m.Type != m.Kind.String() {
		c.warn("line %d: type %q is not in capitals; some targets take no other", m.Line, m.Type)
	}
	switch m.Kind {
	case singer.KindSchema:
		c.counts(m.Stream).Schemas++
		c.schema(m)
	case singer.KindRecord:
		c.counts(m.Stream).Records++
		c.record(m)
	case singer.KindActivateVersion:
		c.counts(m.Stream).Versions++
		if c.streams[m.Stream] == nil {
			c.problem("line %d: stream %s: ACTIVATE_VERSION before SCHEMA", m.Line, m.Stream)
		}
	case singer.KindState:
		c.report.States++
		c.report.State = m.Value.Clone()
		if m.Value.Kind() != jsontext.KindBeginObject {
			c.problem("line %d: STATE: expected an object, got %s", m.Line, m.Value)
		}
	}
}

func (c *streamCheck) schema(m singer.Message) {
	s := &streamState{keys: slices.Clone(m.KeyProperties), seen: make(map[string]int64), used: make(map[string]bool)}
	if before := c.streams[m.Stream]; before != nil {
		s.seen, s.used, s.timed, s.untimed = before.seen, before.used, before.timed, before.untimed
	}
	c.streams[m.Stream] = s
	if !m.HasKeyProperties {
		c.problem("line %d: stream %s: SCHEMA without key_properties", m.Line, m.Stream)
	}
	raw := m.Schema.Clone()
	var err error
	if s.schema, err = singer.ParseSchema(raw); err == nil {
		s.validator, err = singer.NewValidator(raw)
	}
	if err != nil {
		c.problem("line %d: stream %s: %v", m.Line, m.Stream, err)
		return
	}
	if !s.schema.HasProperties {
		c.problem("line %d: stream %s: schema has no properties", m.Line, m.Stream)
	}
	for _, key := range slices.Concat(m.KeyProperties, m.BookmarkProperties) {
		if s.schema.Property(key) == nil {
			c.problem("line %d: stream %s: key or bookmark property %q is not in the schema", m.Line, m.Stream, key)
		}
	}
}

func (c *streamCheck) record(m singer.Message) {
	s := c.streams[m.Stream]
	if s == nil {
		c.problem("line %d: stream %s: RECORD before SCHEMA", m.Line, m.Stream)
		c.streams[m.Stream] = &streamState{seen: make(map[string]int64), used: make(map[string]bool)} // say it once
		return
	}
	if s.validator == nil {
		return
	}
	if err := s.validator.Validate(m.Record); err != nil {
		if in, ok := errors.AsType[*singer.InputError](err); ok {
			in.Line, in.Stream = m.Line, m.Stream
		}
		c.problem("%v", err)
	}
	c.timed(m, s)
	if m.TimeExtracted != "" {
		if _, err := time.Parse(time.RFC3339Nano, m.TimeExtracted); err != nil {
			c.problem("line %d: stream %s: time_extracted %q is not RFC 3339", m.Line, m.Stream, m.TimeExtracted)
		}
	}
	c.fields(m, s.schema, "", m.Record, s.used)
	c.key(m, s)
}

// timed checks that either all records of a stream say when they were extracted,
// or none: a target that keeps the time would have it of some rows only.
func (c *streamCheck) timed(m singer.Message, s *streamState) {
	first := &s.untimed
	if m.TimeExtracted != "" {
		first = &s.timed
	}
	if *first > 0 {
		return
	}
	if *first = m.Line; s.timed > 0 && s.untimed > 0 {
		c.problem("line %d: stream %s: time_extracted is in some records and not in others: line %d has it, line %d has not", m.Line, m.Stream, s.timed, s.untimed)
	}
}

// timedAlike does the same for the streams of one output: that the records of one
// lack the time which all others have is seen here only.
func (c *streamCheck) timedAlike() {
	var with, without []string
	for _, stream := range slices.Sorted(maps.Keys(c.streams)) {
		if c.streams[stream].timed > 0 {
			with = append(with, stream)
		}
		if c.streams[stream].untimed > 0 {
			without = append(without, stream)
		}
	}
	if len(with) > 0 && len(without) > 0 && !slices.Equal(with, without) {
		c.problem("time_extracted is in records of %q and not in those of %q", with, without)
	}
}

// fields checks what a JSON Schema lets pass: properties nobody declared, and
// times that are not quite RFC 3339.
func (c *streamCheck) fields(m singer.Message, schema *singer.Schema, at string, v jsontext.Value, used map[string]bool) {
	switch v.Kind() {
	case jsontext.KindBeginObject:
		var members map[string]jsontext.Value
		if err := json.Unmarshal(v, &members, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
			return // the decoder has taken it: cannot be
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			pointer := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
			child := schema.Property(name)
			switch {
			case child != nil:
				if members[name].Kind() != jsontext.KindNull {
					used[pointer] = true
				}
				c.fields(m, child, pointer, members[name], used)
			case schema.HasProperties && schema.Additional == nil && !schema.Recursive:
				c.problem("line %d: stream %s: %s: not in the schema", m.Line, m.Stream, pointer)
			}
		}
	case jsontext.KindBeginArray:
		var list []jsontext.Value
		if schema.Items == nil || json.Unmarshal(v, &list, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) != nil {
			return
		}
		for i, e := range list {
			c.fields(m, schema.Items, fmt.Sprintf("%s/%d", at, i), e, used)
		}
	case jsontext.KindString:
		form := map[string]string{"date-time": time.RFC3339Nano, "date": time.DateOnly}[schema.Format]
		if form == "" || len(schema.Union) > 0 {
			return // one branch of a union may be a plain string
		}
		var text string
		if json.Unmarshal(v, &text, jsontext.AllowInvalidUTF8(true)) == nil {
			if _, err := time.Parse(form, text); err != nil {
				c.problem("line %d: stream %s: %s: %q is not RFC 3339", m.Line, m.Stream, at, text)
			}
		}
	}
}

// key checks that the key is there, not null, and new.
func (c *streamCheck) key(m singer.Message, s *streamState) {
	if len(s.keys) == 0 {
		return
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(m.Record, &members, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		return
	}
	parts := make([]string, len(s.keys))
	for i, name := range s.keys {
		v := members[name]
		switch {
		case v == nil:
			c.problem("line %d: stream %s: /%s: key is missing", m.Line, m.Stream, name)
			return
		case v.Kind() == jsontext.KindNull:
			c.problem("line %d: stream %s: /%s: key is null", m.Line, m.Stream, name)
			return
		}
		parts[i] = string(v)
	}
	key := strings.Join(parts, ",") // JSON values: a comma within one is quoted
	if first, ok := s.seen[key]; ok && !c.options.RepeatedKeys {
		c.problem("line %d: stream %s: key %s was in line %d already", m.Line, m.Stream, key, first)
		return
	}
	s.seen[key] = m.Line
}

// end checks what is known only when all is read.
func (c *streamCheck) end() {
	var state map[string]jsontext.Value
	if json.Unmarshal(c.report.State, &state) == nil {
		var marked struct {
			Bookmarks map[string]struct {
				Markers jsontext.Value `json:"progress_markers"`
			} `json:"bookmarks"`
		}
		_ = json.Unmarshal(c.report.State, &marked) // a state may have any form
		for _, stream := range slices.Sorted(maps.Keys(marked.Bookmarks)) {
			if marked.Bookmarks[stream].Markers != nil {
				c.problem("last STATE: stream %s: progress_markers are left", stream)
			}
		}
		if v := state["currently_syncing"]; v != nil && v.Kind() != jsontext.KindNull {
			c.problem("last STATE: currently_syncing is %s", v)
		}
	}
	c.timedAlike()
	for _, stream := range slices.Sorted(maps.Keys(c.streams)) {
		s := c.streams[stream]
		if s.schema == nil || c.counts(stream).Records == 0 {
			continue
		}
		for _, p := range s.schema.Properties {
			if pointer := "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(p.Name); !s.used[pointer] {
				c.warn("stream %s: %s: declared, but null or missing in every record", stream, pointer)
			}
		}
	}
}
