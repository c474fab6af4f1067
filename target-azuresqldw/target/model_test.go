package target

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// A model is what the documentation says that the tables must hold after an input, kept in maps. It shares no code with the target.
type model struct {
	settings
	t       testing.TB
	streams map[string]*modelStream
	rejects []string // stream, line and record
	state   string
}

// settings are those that change what the tables hold.
type settings struct {
	nestedJSON, appendOnly, metadata, validate bool
}

type modelStream struct {
	keys      []string
	closed    map[string]bool // paths of objects that allow no more members
	declared  map[string]bool
	formats   map[string][]string // that paths have ever had: values may stand there in any of these forms
	keyText   map[string]bool     // keys of several types
	validator *jsonschema.Schema
	rows      []*modelRow // in the order in which they came
	aside     []string    // versions of records that were set aside
}

// A modelRow is a record as rows: the root's cells by path, and each child table's rows.
type modelRow struct {
	line    int64
	id      string // of the key
	version string
	at      string // time_extracted

	extracted string // as it was sent
	cells     map[string]string
	children  map[string][]modelChild // by path of the array
}

type modelChild struct {
	levels string
	cells  map[string]string
}

type message struct {
	Type          string          `json:"type"`
	Stream        string          `json:"stream"`
	Schema        json.RawMessage `json:"schema"`
	KeyProperties []string        `json:"key_properties"`
	Record        json.RawMessage `json:"record"`
	Version       json.RawMessage `json:"version"`
	Value         json.RawMessage `json:"value"`
	TimeExtracted string          `json:"time_extracted"`
}

func parse(t testing.TB, line string) (m message) {
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return m
}

func newModel(t testing.TB, s settings) *model {
	return &model{settings: s, t: t, streams: map[string]*modelStream{}}
}

// run puts the first lines of a run of the target into the model.
func (m *model) run(lines []string) {
	for _, s := range m.streams {
		s.aside = slices.DeleteFunc(s.aside, func(v string) bool { return v == "" })
	}
	for i, line := range lines {
		m.message(parse(m.t, line), int64(i+1))
	}
}

func (m *model) message(in message, line int64) {
	s := m.streams[in.Stream]
	switch in.Type {
	case "SCHEMA":
		if s == nil {
			s = &modelStream{keys: in.KeyProperties, formats: map[string][]string{}, keyText: map[string]bool{}}
			m.streams[in.Stream] = s
		}
		judged := anyFormat.ReplaceAllString(string(in.Schema), "") // no format refuses a record
		s.validator, s.closed, s.declared = jsonschema.MustCompileString("s.json", judged), map[string]bool{}, map[string]bool{}
		s.declare("", in.Schema)
		if m.metadata && !s.isKey("/_sdc_deleted_at") {
			s.formats["/_sdc_deleted_at"], s.declared["/_sdc_deleted_at"] = []string{"date-time"}, true // always has a column
		}
	case "RECORD":
		m.record(s, in, line)
	case "STATE":
		m.state = string(in.Value)
	case "ACTIVATE_VERSION":
		if m.metadata && !m.appendOnly && !s.heldBack(string(in.Version)) {
			s.rows = slices.DeleteFunc(s.rows, func(r *modelRow) bool { return r.version != "NULL" && older(r.version, string(in.Version)) })
		}
	}
}

var anyFormat = regexp.MustCompile(`,"format":"[^"]*"`)

// heldBack says whether records of a version, or of a later one, were set aside; those of this run that have none may be of any.
func (s *modelStream) heldBack(version string) bool {
	return slices.ContainsFunc(s.aside, func(v string) bool { return v == "" || !older(v, version) })
}

func older(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

// declare takes from a schema what decides about columns.
func (s *modelStream) declare(path string, raw json.RawMessage) {
	var in struct {
		Type       any                        `json:"type"`
		Format     string                     `json:"format"`
		Properties map[string]json.RawMessage `json:"properties"`
		Items      json.RawMessage            `json:"items"`
		Additional *bool                      `json:"additionalProperties"`
		AnyOf      []json.RawMessage          `json:"anyOf"`
	}
	json.Unmarshal(raw, &in)
	s.declared[path] = true
	if in.Format != "" {
		s.formats[path] = append(s.formats[path], in.Format)
	}
	s.closed[path] = in.Additional != nil && !*in.Additional
	for name, p := range in.Properties {
		s.declare(path+"/"+escaped(name), p)
	}
	if in.Items != nil {
		s.declare(path+"/~*", in.Items)
		s.declare(path+"/~*/_sdc_value", in.Items)
	}
	for _, branch := range in.AnyOf {
		s.declare(path, branch)
	}
	if types, ok := in.Type.([]any); ok && len(slices.DeleteFunc(types, func(t any) bool { return t == "null" })) > 1 {
		s.keyText[path] = true
	}
}

func escaped(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func (m *model) record(s *modelStream, in message, line int64) {
	if m.validate {
		d := json.NewDecoder(bytes.NewReader(in.Record))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			m.t.Fatal(err)
		}
		if s.validator.Validate(v) != nil {
			m.reject(in, line)
			return
		}
	}
	r := &modelRow{line: line, version: "NULL", at: "NULL", extracted: in.TimeExtracted, cells: map[string]string{}, children: map[string][]modelChild{}}
	if in.Version != nil {
		r.version = string(in.Version)
	}
	if in.TimeExtracted != "" {
		r.at = instantOf(in.TimeExtracted)
	}
	m.object(s, r, r.cells, "", nil, in.Record)
	var id []string
	for _, k := range s.keys {
		at := "/" + escaped(k)
		if len(s.formats[at]) > 0 && strings.HasPrefix(r.cells[at], "s:") { // its one column holds times
			m.reject(in, line)
			return
		}
		id = append(id, r.cells[at])
	}
	r.id = strings.Join(id, "\x00")
	if len(s.keys) > 0 && !m.appendOnly {
		s.rows = slices.DeleteFunc(s.rows, func(have *modelRow) bool { return sameInstant(have.id) == sameInstant(r.id) })
	}
	s.rows = append(s.rows, r)
}

func (m *model) reject(in message, line int64) {
	s := m.streams[in.Stream]
	s.aside = append(s.aside, string(in.Version))
	m.rejects = append(m.rejects, fmt.Sprintf("%s|%d|%s", in.Stream, line, in.Record))
}

// sameInstant is the identity of a key: times are equal in any zone.
func sameInstant(id string) string {
	parts := strings.Split(id, "\x00")
	for i, p := range parts {
		if t, err := time.Parse("t:"+time.RFC3339Nano, p); err == nil {
			parts[i] = t.UTC().String()
		}
	}
	return strings.Join(parts, "\x00")
}

func (m *model) object(s *modelStream, r *modelRow, cells map[string]string, path string, levels []int, raw json.RawMessage) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		m.t.Fatalf("%s: %v", raw, err)
	}
	for name, v := range members {
		at := path + "/" + escaped(name)
		if s.closed[path] && !s.declared[at] {
			continue
		}
		if s.deletes(at) {
			m.deletion(s, r, at, v)
			continue
		}
		m.value(s, r, cells, at, levels, v)
	}
}

// deletes says whether a value at a path says that its row is deleted.
func (s *modelStream) deletes(path string) bool {
	return path == "/_sdc_deleted_at" && !s.isKey(path) && slices.Contains(s.formats[path], "date-time")
}

// deletion is a value of _sdc_deleted_at: a time, or the time of the record and the value beside it.
func (m *model) deletion(s *modelStream, r *modelRow, path string, raw json.RawMessage) {
	if slices.Contains([]string{"null", "false", `""`}, string(raw)) || numberOf(string(raw)) == "n:0" && raw[0] != '"' {
		return
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	text = strings.Replace(text, "+00:00Z", "Z", 1)
	whole, fraction, _ := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n >= 1e8 && strings.Trim(fraction, "0123456789") == "" {
		for n < 1e17 {
			n *= 1000 // nanoseconds
		}
		nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		r.cells[path] = "t:" + time.Unix(0, n).Add(time.Duration(nanos)).UTC().Truncate(100*time.Nanosecond).Format(time.RFC3339Nano)
		return
	}
	if r.cells[path] = instantOf(text); r.cells[path] != "NULL" {
		return
	}
	delete(r.cells, path)
	m.value(s, r, r.cells, path, nil, raw)
	if kept, ok := r.cells[path]; ok {
		r.cells[path+keptBeside] = kept
	}
	r.cells[path] = "received"
	if at := instantOf(r.extracted); at != "NULL" {
		r.cells[path] = at
	}
}

// keptBeside is put to the path of a value that stands beside the time that was taken for it.
const keptBeside = " as it was"

func (m *model) value(s *modelStream, r *modelRow, cells map[string]string, path string, levels []int, raw json.RawMessage) {
	switch {
	case string(raw) == "null":
	case (raw[0] == '{' || raw[0] == '[') && m.nestedJSON:
		cells[path] = "s:" + string(raw)
	case raw[0] == '{':
		m.object(s, r, cells, path, levels, raw)
	case raw[0] == '[':
		var items []json.RawMessage
		json.Unmarshal(raw, &items)
		for i, item := range items {
			at := append(slices.Clone(levels), i)
			child := modelChild{levels: fmt.Sprint(at), cells: map[string]string{}}
			if item[0] == '{' && !m.nestedJSON {
				m.object(s, r, child.cells, path+"/~*", at, item)
			} else {
				m.value(s, r, child.cells, path+"/~*/_sdc_value", at, item)
			}
			r.children[path+"/~*"] = append(r.children[path+"/~*"], child)
		}
	case raw[0] == '"':
		var text string
		json.Unmarshal(raw, &text)
		cells[path] = s.canonical(path, "s:"+strings.ReplaceAll(text, "\x00", "\ufffd"))
	case raw[0] == 't' || raw[0] == 'f':
		cells[path] = "b:" + string(raw)
		if s.isKeyText(path) {
			cells[path] = "s:" + string(raw)
		}
	default:
		cells[path] = s.canonical(path, numberOf(string(raw)))
		if s.isKeyText(path) {
			cells[path] = s.canonical(path, "s:"+string(raw))
		}
	}
}

func (s *modelStream) isKeyText(path string) bool {
	return s.keyText[path] && s.isKey(path)
}

// numberOf is one form for all ways to write a number. What no decimal holds is kept as text, and is the text.
func numberOf(text string) string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if strings.Trim(mantissa, "-0.") == "" {
		return "n:0"
	}
	if len(strings.TrimLeft(exponent, "+-0")) > 3 { // far beyond 38 digits, and more than anybody should write out
		return "s:" + text
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok || digitsOf(n) > 38 {
		return "s:" + text
	}
	return "n:" + n.RatString()
}

// digitsOf is how many digits a plain decimal notation has.
func digitsOf(n *big.Rat) int {
	scale, scaled := 0, new(big.Rat).Set(n)
	for ; !scaled.IsInt() && scale < 400; scale++ {
		scaled.Mul(scaled, big.NewRat(10, 1))
	}
	whole := len(new(big.Int).Quo(new(big.Int).Abs(n.Num()), n.Denom()).String())
	if n.Num().CmpAbs(n.Denom()) < 0 {
		whole = 0
	}
	return whole + scale
}

// canonical gives one form to what may stand in one of two columns: a number that did not fit beside the others of its column, and a string
// with a format.
func (s *modelStream) canonical(path, cell string) string {
	text, isText := strings.CutPrefix(cell, "s:")
	if !isText {
		return cell
	}
	for _, format := range s.formats[path] {
		if form := formatted(format, text); form != "" {
			if t, err := time.Parse("t:"+time.RFC3339Nano, form); err == nil && s.isKey(path) {
				return "t:" + t.UTC().Format(time.RFC3339Nano)
			}
			return form
		}
	}
	if !s.isKey(path) && isNumber(text) {
		return numberOf(text)
	}
	return cell
}

// formatted is a string as the value that its format makes it, "" when it is none.
func formatted(format, text string) string {
	switch format {
	case "date-time":
		if at := instantOf(text); at != "NULL" {
			return at
		}
	case "date":
		if t, err := time.Parse(time.DateOnly, text); err == nil && t.Year() > 0 {
			return "d:" + text
		}
	case "time":
		for _, form := range []string{"15:04:05Z07:00", "15:04:05", "15:04Z07:00", "15:04"} {
			if t, err := time.Parse(form, text); err == nil && t.Nanosecond()%100 == 0 {
				if _, offset := t.Zone(); offset == 0 {
					return "c:" + t.Format("15:04:05.0000000")
				}
			}
		}
	case "singer.decimal":
		if anyDecimal.MatchString(text) {
			return numberOf(text)
		}
	}
	return ""
}

var anyDecimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func isNumber(text string) bool {
	return text != "" && json.Valid([]byte(text)) && (text[0] == '-' || text[0] >= '0' && text[0] <= '9')
}

func (s *modelStream) isKey(path string) bool {
	return slices.ContainsFunc(s.keys, func(k string) bool { return "/"+escaped(k) == path })
}

// instantOf is a time with its offset, NULL when a datetimeoffset(7) cannot hold it.
func instantOf(text string) string {
	for _, day := range []string{"2006-01-02T", "2006-01-02 "} {
		for _, clock := range []string{"15:04:05", "15:04"} {
			for _, zone := range []string{"", "Z07:00", "Z0700", "Z07", " -0700"} {
				if t, err := time.Parse(day+clock+zone, strings.ToUpper(text)); err == nil {
					return instantIn(t)
				}
			}
		}
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return instantIn(t)
	}
	return "NULL"
}

func instantIn(t time.Time) string {
	if t.Nanosecond()%100 != 0 || t.Year() < 1 || t.Year() > 9999 || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return "NULL"
	}
	if _, offset := t.Zone(); offset > 14*3600 || offset < -14*3600 {
		return "NULL"
	}
	return "t:" + t.Format(time.RFC3339Nano)
}

// tables are the model's rows in the form in which a warehouse is read: by stream and path, each row as one text.
func (m *model) tables(withLines bool) map[string][]string {
	all := map[string][]string{}
	for name, s := range m.streams {
		all[name+" "] = nil
		for _, r := range s.rows {
			own := ""
			if m.metadata {
				own = " v=" + r.version
			}
			link := ""
			if withLines && (m.metadata || m.appendOnly || len(s.keys) == 0) {
				link = fmt.Sprintf(" line=%d", r.line)
			}
			extracted := ""
			if m.metadata {
				extracted = " at=" + r.at
			}
			all[name+" "] = append(all[name+" "], s.rowText(r.cells)+own+extracted+link)
			key := ""
			for _, k := range s.keys {
				key += fmt.Sprintf("%q ", r.cells["/"+escaped(k)])
			}
			for path, children := range r.children {
				for _, c := range children {
					all[name+" "+path] = append(all[name+" "+path], key+c.levels+s.rowText(c.cells)+own+link)
				}
			}
		}
	}
	for _, rows := range all {
		slices.Sort(rows)
	}
	return all
}

func (s *modelStream) rowText(cells map[string]string) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(cells)) {
		fmt.Fprintf(&b, " %s=%q", path, s.canonical(path, cells[path]))
	}
	return b.String()
}
