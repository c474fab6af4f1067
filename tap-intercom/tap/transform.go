package tap

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// extraField is the member that keeps what no other takes.
const extraField = "_extra"

// lax lets through what Intercom's customers put into their texts. What is
// wrong with a record is for the target to say.
var lax = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// member is one "name": value of a record.
type member struct {
	name  string
	value jsontext.Value
}

// transform turns what Intercom sends into what the stream's schema promises:
// ids become strings, times RFC 3339 in UTC whatever form they came in, an
// assignee 0 null. What the schema does not know, and what cannot become what
// the schema wants, is kept under its path in the member _extra; nothing is
// bent or dropped in silence: without _extra, what would be there is counted as
// lost. Members that are not selected are left out. A list comes in the wrapping
// that the schema has, whatever it came in (rowlist.go).
//
// It makes one pass over the bytes and reuses its buffers: it is not safe for
// concurrent use, and a record is valid until the next one.
type transform struct {
	stream string // its name
	root   *shape
	refs   bool // members of the item that the schema does not know are left out
	dec    *jsontext.Decoder
	in     bytes.Buffer
	out    []byte
	extra  []byte // members of _extra, without braces
	path   []step
	src    []byte            // what dec reads
	peek   *jsontext.Decoder // looks ahead in it
	next   bytes.Buffer

	keeps bool                       // there is a member _extra to keep things in
	unfit int64                      // values so far that could not become what the schema wants and are in _extra
	lost  map[string]int64           // values so far that are nowhere, by field
	odd   map[string]bool            // fields where something stood that is no list that is known
	onOdd func(field, keptIn string) // told of each of them once, and which stream has it in _extra, if any; may be nil
}

// step is one step of the way to a value: a member's name as it stands in the
// record, or as it was sent where it does not; or an index.
type step struct {
	name  jsontext.Value
	index int
}

func newTransform(stream string, root *shape, refs bool) *transform {
	extra := root.members[extraField]
	return &transform{
		stream: stream, root: root, refs: refs, dec: jsontext.NewDecoder(new(bytes.Buffer), lax...), peek: jsontext.NewDecoder(new(bytes.Buffer), lax...),
		keeps: extra != nil && !extra.unwanted, lost: map[string]int64{}, odd: map[string]bool{},
	}
}

// record is the record for item. lead comes first, as the keys of a parent do;
// the item's id is written as idAs unless that is empty. An item that is not an
// object, as the ids in a list of ids, becomes the member idAs.
func (t *transform) record(item jsontext.Value, idAs string, lead ...member) ([]byte, error) {
	t.out, t.extra, t.path = append(t.out[:0], '{'), t.extra[:0], t.path[:0]
	for _, m := range lead {
		if err := t.lead(m); err != nil {
			return nil, err
		}
	}
	var err error
	switch {
	case item.Kind() == '{':
		t.reset(item)
		err = t.object(t.root, idAs, lead)
	case idAs != "":
		err = t.lead(member{idAs, item})
	case len(item) > 0 && item.Kind() != 'n':
		t.setAside(item) // a row that is none, under no name
	}
	if err != nil {
		return nil, err
	}
	t.addExtra()
	t.out = append(t.out, '}')
	return t.out, nil
}

func (t *transform) reset(v jsontext.Value) {
	t.src, t.in = v, *bytes.NewBuffer(v)
	t.dec.Reset(&t.in, lax...)
}

// lead writes one member that does not come from the item.
func (t *transform) lead(m member) error {
	s := t.root.members[m.name]
	if s == nil || s.unwanted || len(m.value) == 0 {
		return nil
	}
	t.reset(m.value)
	name := appendName(nil, m.name)
	t.sentName(name)
	return t.at(step{name: name}, s)
}

func (t *transform) name(name string) { t.sentName(appendName(nil, name)) }

// sentName writes a name that has its quotes.
func (t *transform) sentName(quoted []byte) {
	if t.out[len(t.out)-1] != '{' {
		t.out = append(t.out, ',')
	}
	t.out = append(append(t.out, quoted...), ':')
}

// addExtra writes what was set aside.
func (t *transform) addExtra() {
	if len(t.extra) == 0 {
		return
	}
	t.name(extraField)
	if t.root.members[extraField].kind == text {
		t.out, _ = jsontext.AppendQuote(t.out, "{"+string(t.extra)+"}")
		return
	}
	t.out = append(t.out, '{')
	t.out = append(t.out, t.extra...)
	t.out = append(t.out, '}')
}

// setAside keeps raw under the current path, or counts it as lost where nothing
// can be kept.
func (t *transform) setAside(raw jsontext.Value) {
	if !t.keeps {
		t.lose(t.field())
		return
	}
	if len(t.extra) > 0 {
		t.extra = append(t.extra, ',')
	}
	var where []byte
	for i, s := range t.path {
		if i > 0 {
			where = append(where, '/')
		}
		if s.name == nil {
			where = strconv.AppendInt(where, int64(s.index), 10)
		} else {
			where, _ = jsontext.AppendUnquote(where, s.name)
		}
	}
	t.extra, _ = jsontext.AppendQuote(t.extra, where)
	t.extra = append(append(t.extra, ':'), raw...)
}

// setAsideUnfit keeps a value that could not become what the schema wants.
func (t *transform) setAsideUnfit(raw jsontext.Value) {
	if t.keeps {
		t.unfit++
	}
	t.setAside(raw)
}

// field is the current path without the places in lists.
func (t *transform) field() string {
	var names []string
	for _, s := range t.path {
		if s.name != nil {
			names = append(names, unquoted(s.name))
		}
	}
	return strings.Join(names, "/")
}

// maxLost bounds how many fields are told apart that lose values.
const maxLost = 50

// lose counts a value that is nowhere.
func (t *transform) lose(field string) {
	if _, known := t.lost[field]; !known && len(t.lost) >= maxLost {
		field = "others"
	}
	t.lost[field]++
}

// isOdd tells once of a field where something stood that is no list that is
// known.
func (t *transform) isOdd(field, keptIn string) {
	if t.odd[field] {
		return
	}
	t.odd[field] = true
	if t.onOdd != nil {
		t.onOdd(field, keptIn)
	}
}

// isOddHere tells that at the current path something stands that is no list that
// is known.
func (t *transform) isOddHere() {
	keptIn := ""
	if t.keeps {
		keptIn = t.stream
	}
	t.isOdd(t.field(), keptIn)
}

// object writes the members of the object that dec is at. taken names members
// that are written already; it and idAs count at the root only.
func (t *transform) object(s *shape, idAs string, taken []member) error {
	l := listAt{t: t, s: s, start: t.dec.InputOffset()}
	if _, err := t.dec.ReadToken(); err != nil {
		return err
	}
	for t.dec.PeekKind() != '}' {
		sent, err := t.dec.ReadValue()
		if err != nil {
			return err
		}
		name := bareName(sent)
		m := s.members[string(name)]
		written := sent
		if s.list != "" {
			if m, written, err = l.member(name, m, written); err != nil {
				return err
			}
		}
		switch {
		case m != nil && m.called != nil:
			written = m.called
		case m == nil && s.names != nil:
			written = s.names.call(name)
		case s != t.root:
		case idAs != "" && string(name) == "id":
			m, written = s.members[idAs], appendName(nil, idAs)
		case string(name) == extraField || string(name) == idAs || has(taken, name):
			m = nil // it would stand there twice: a company has a company_id beside its id
		}
		switch {
		case m == passedOver, m != nil && m.unwanted && !m.carried:
			err = t.dec.SkipValue()
		case m != nil && m.unwanted:
			err = t.carried(sent, m)
		case m != nil:
			t.sentName(written)
			err = t.at(step{name: written}, m)
		case t.refs && s == t.root:
			err = t.dec.SkipValue()
		case s.free:
			t.sentName(written)
			err = t.verbatim()
		default:
			err = t.unknown(sent)
		}
		if err != nil {
			return err
		}
	}
	_, err := t.dec.ReadToken()
	return err
}

// unknown keeps the value of a member that the schema does not have.
func (t *transform) unknown(sent jsontext.Value) error {
	raw, err := t.dec.ReadValue()
	if err == nil {
		t.path = append(t.path, step{name: sent})
		t.setAside(raw)
		t.path = t.path[:len(t.path)-1]
	}
	return err
}

// at writes the value that dec is at, one step further on the way.
func (t *transform) at(where step, s *shape) error {
	t.path = append(t.path, where)
	err := t.value(s)
	t.path = t.path[:len(t.path)-1]
	return err
}

// bareName is a member's name without its quotes. Nothing is copied unless it
// is written with escapes.
func bareName(sent jsontext.Value) []byte {
	if bytes.IndexByte(sent, '\\') < 0 {
		return sent[1 : len(sent)-1]
	}
	name, _ := jsontext.AppendUnquote(nil, sent) // the decoder has read it already
	return name
}

func appendName(dst []byte, name string) []byte {
	dst, _ = jsontext.AppendQuote(dst, name)
	return dst
}

func has(members []member, name []byte) bool {
	for _, m := range members {
		if m.name == string(name) {
			return true
		}
	}
	return false
}

func (t *transform) verbatim() error {
	raw, err := t.dec.ReadValue()
	t.out = append(t.out, raw...)
	return err
}

// value writes the value that dec is at as s wants it. The values of arrays
// and objects that have no such shape, and scalars that cannot become what is
// wanted, are set aside.
func (t *transform) value(s *shape) error {
	k := t.dec.PeekKind()
	switch {
	case s.kind == anything, s.open && k == '{':
		return t.verbatim()
	case s.kind == several:
		return t.oneOf(s, k)
	case s.kind == object && k == '{':
		t.out = append(t.out, '{')
		if err := t.object(s, "", nil); err != nil {
			return err
		}
		t.out = append(t.out, '}')
		return nil
	case s.kind == array && k == '[':
		return t.array(s)
	case s.list != "" && k == '[':
		return t.wrap(s, s.list)
	case s.kind == array && k == '{':
		return t.unwrap(s)
	case s.textIn != "" && k == '"':
		return t.wrap(s, s.textIn)
	}
	raw, err := t.dec.ReadValue()
	if err != nil {
		return err
	}
	if s.json && k != 'n' {
		t.out, _ = jsontext.AppendQuote(t.out, raw)
		return nil
	}
	var ok bool
	if t.out, ok = appendScalar(t.out, raw, s); !ok {
		t.setAsideUnfit(raw)
		t.out = append(t.out, "null"...)
		if s.list != "" || s.kind == array {
			t.isOddHere()
		}
	}
	return nil
}

// oneOf writes the value that dec is at as one of the types that it may have: its
// own, or the first that it can become.
func (t *transform) oneOf(s *shape, k jsontext.Kind) error {
	for _, one := range s.types {
		if one.takes(k) {
			return t.value(one)
		}
	}
	raw, err := t.dec.ReadValue()
	if err != nil {
		return err
	}
	for _, one := range s.types {
		var ok bool
		if t.out, ok = appendScalar(t.out, raw, one); ok {
			return nil
		}
	}
	t.setAsideUnfit(raw)
	t.out = append(t.out, "null"...)
	return nil
}

func (t *transform) array(s *shape) error {
	if _, err := t.dec.ReadToken(); err != nil {
		return err
	}
	t.out = append(t.out, '[')
	for i := 0; t.dec.PeekKind() != ']'; i++ {
		if i > 0 {
			t.out = append(t.out, ',')
		}
		if err := t.at(step{index: i}, s.items); err != nil {
			return err
		}
	}
	t.out = append(t.out, ']')
	_, err := t.dec.ReadToken()
	return err
}

// appendScalar appends raw as s wants it, or reports that it cannot.
func appendScalar(dst []byte, raw jsontext.Value, s *shape) ([]byte, bool) {
	k := raw.Kind()
	if k == 'n' || (s.zeroNull && isZero(raw)) {
		return append(dst, "null"...), true
	}
	if k == '{' || k == '[' {
		return dst, false
	}
	switch s.kind {
	case text:
		return appendText(dst, raw, s.maxLength)
	case instant, day:
		return appendTime(dst, raw, s.kind)
	case integer:
		return appendInteger(dst, unquoted(raw))
	case number:
		v := jsontext.Value(unquoted(raw))
		if !v.IsValid() || v.Kind() != '0' {
			return dst, false
		}
		return append(dst, v...), true
	case boolean:
		switch unquoted(raw) {
		case "true", "1":
			return append(dst, "true"...), true
		case "false", "0":
			return append(dst, "false"...), true
		}
	}
	return dst, false
}

// appendText appends a scalar as text of so many characters at most, 0 for any
// number. It is not cut: half a text is another one.
func appendText(dst []byte, raw jsontext.Value, most int) ([]byte, bool) {
	if most > 0 {
		b := []byte(raw)
		if raw.Kind() == '"' {
			b, _ = jsontext.AppendUnquote(nil, raw)
		}
		if utf8.RuneCount(b) > most {
			return dst, false
		}
	}
	if raw.Kind() == '"' {
		return append(dst, raw...), true
	}
	return append(append(append(dst, '"'), raw...), '"'), true
}

func isZero(raw jsontext.Value) bool { return unquoted(raw) == "0" }

// unquoted is the text of a scalar, without quotes and outer blanks.
func unquoted(raw jsontext.Value) string {
	if raw.Kind() != '"' {
		return string(raw)
	}
	b, _ := jsontext.AppendUnquote(nil, raw) // invalid UTF-8 is replaced; the rest is good
	return strings.TrimSpace(string(b))
}

func appendInteger(dst []byte, s string) ([]byte, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits != "" && strings.Trim(digits, "0123456789") == "" && (digits == "0" || digits[0] != '0') {
		return append(dst, s...), true // of any length
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return dst, false
	}
	return strconv.AppendInt(dst, int64(f), 10), true
}

// timeLayouts are the forms in which Intercom writes times as text. RFC 3339
// comes with and without fractions; both parse by the first.
var timeLayouts = []string{time.RFC3339, "2006-01-02 15:04:05 MST", "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly}

// appendTime appends a time in RFC 3339, UTC, or a day as a date.
func appendTime(dst []byte, raw jsontext.Value, k kind) ([]byte, bool) {
	s := unquoted(raw)
	at, ok := parseTime(s)
	if !ok || at.Year() < 1 || at.Year() > 9999 {
		return dst, false
	}
	dst = append(dst, '"')
	if k == day {
		dst = at.AppendFormat(dst, time.DateOnly)
	} else {
		dst = at.AppendFormat(dst, time.RFC3339Nano)
	}
	return append(dst, '"'), true
}

// parseTime reads unix seconds or milliseconds, or one of timeLayouts.
func parseTime(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return unix(n), true
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < 1e11 {
		return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), true
	}
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// unix takes n for seconds up to the year 5138 and for milliseconds beyond.
func unix(n int64) time.Time {
	if n >= 1e11 || n <= -1e11 {
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}
