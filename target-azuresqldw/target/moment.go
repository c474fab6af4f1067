package target

import (
	"bytes"
	"regexp"
	"strings"
	"time"
)

// appendInstant appends a time as COPY reads a datetimeoffset(7): 2006-01-02 15:04:05.0000000 +00:00. The offset is kept.
//
// RFC 3339 and what differs from it in spelling only is read: a blank for the T, lower case, a comma for the point, an offset without colon or
// minutes or behind a blank, no seconds, slashes behind a year, a day alone, and the spellings of spelledOut. What has no zone is UTC, unless needZone.
//
// It reports false, and leaves dst as it was, for what means no moment, and for what the type cannot hold exactly: leap seconds, an eighth digit of
// the fraction that is not zero, offsets beyond 14 hours, and years outside 1 to 9999 in either local time or UTC.
func appendInstant(dst, text []byte, needZone bool) ([]byte, bool) {
	if len(text) < len("2006-01-02") {
		return dst, false
	}
	if text[4] == '/' && text[7] == '/' { // the year comes first, so there is one order only
		text = bytes.Clone(text)
		text[4], text[7] = '-', '-'
	}
	if text[4] != '-' {
		return appendSpelledOut(dst, text, needZone)
	}
	date, rest := text[:10], text[10:]
	if !isDate(date) {
		return dst, false
	}
	clock := clock{}
	if len(rest) > 0 {
		if c := rest[0]; c != 'T' && c != 't' && c != ' ' {
			return dst, false
		}
		var n int
		if clock, n = readClock(rest[1:]); n == 0 {
			return dst, false
		}
		rest = rest[1+n:]
	}
	offset, ok := 0, !needZone
	if len(rest) > 0 {
		offset, ok = parseZone(rest)
	}
	if !ok || !inRange(date, clock, offset) {
		return dst, false
	}
	start := len(dst)
	dst = append(append(dst, date...), ' ')
	if dst, ok = clock.append(dst); !ok {
		return dst[:start], false
	}
	return appendOffset(append(dst, ' '), offset), true
}

// appendOffset writes minutes as ±hh:mm.
func appendOffset(dst []byte, offset int) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return appendTwo(append(appendTwo(append(dst, sign), offset/60), ':'), offset%60)
}

// appendDate appends a calendar date; years 0001 to 9999.
func appendDate(dst, text []byte) ([]byte, bool) {
	if len(text) != len("2006-01-02") || !isDate(text) {
		return dst, false
	}
	return append(dst, text...), true
}

// appendTime appends a time of day as time(7). The type has no zone: "Z" or none is taken, an offset other than zero is not.
func appendTime(dst, text []byte) ([]byte, bool) {
	clock, n := readClock(text)
	if n == 0 {
		return dst, false
	}
	if n < len(text) {
		if offset, ok := parseZone(text[n:]); !ok || offset != 0 {
			return dst, false
		}
	}
	return clock.append(dst)
}

// A clock is a time of day as it was written.
type clock struct {
	hour, minute, second int
	fraction             []byte // its digits
}

// readClock reads hh:mm[:ss[.f…]] at the beginning of a text, and says how long it is: 0 when there is none. An hour may have one digit: that is how
// taps for MySQL print a TIME.
func readClock(text []byte) (c clock, n int) {
	if n = digitsAt(text, 0); n != 1 && n != 2 {
		return c, 0
	}
	c.hour = number(text[:n])
	part := func() (value int, ok bool) {
		if n >= len(text) || text[n] != ':' || digitsAt(text, n+1) != 2 {
			return 0, false
		}
		n += 3
		return number(text[n-2 : n]), true
	}
	var ok bool
	if c.minute, ok = part(); !ok {
		return c, 0
	}
	if c.second, ok = part(); ok && n < len(text) && (text[n] == '.' || text[n] == ',') {
		digits := digitsAt(text, n+1)
		if digits == 0 {
			return c, 0
		}
		c.fraction = text[n+1 : n+1+digits]
		n += 1 + digits
	}
	if c.hour > 23 || c.minute > 59 || c.second > 59 {
		return c, 0
	}
	return c, n
}

// append writes hh:mm:ss.fffffff; false when that would cut something off.
func (c clock) append(dst []byte) ([]byte, bool) {
	for i, digit := range c.fraction {
		if i >= 7 && digit != '0' {
			return dst, false
		}
	}
	dst = append(appendTwo(dst, c.hour), ':')
	dst = append(appendTwo(dst, c.minute), ':')
	dst = append(appendTwo(dst, c.second), '.')
	for i := range 7 {
		if i < len(c.fraction) {
			dst = append(dst, c.fraction[i])
		} else {
			dst = append(dst, '0')
		}
	}
	return dst, true
}

// parseZone reads Z, UTC, GMT or ±hh[[:]mm], in minutes, perhaps behind a blank and with the name of the zone after it, as Go prints it.
func parseZone(text []byte) (minutes int, ok bool) {
	text = bytes.TrimPrefix(text, []byte(" "))
	switch string(text) {
	case "Z", "z", "UTC", "GMT":
		return 0, true
	}
	if i := bytes.IndexByte(text, '['); i > 0 && text[len(text)-1] == ']' { // the name of the zone, as Java prints it
		text = text[:i]
	}
	if offset, name, ok := bytes.Cut(text, []byte(" ")); ok {
		zero, named := parseZone(name)
		if minutes, ok = parseOffset(offset); !ok || named && zero != minutes {
			return 0, false
		}
		return minutes, named || zoneName.Match(name)
	}
	return parseOffset(text)
}

// zoneName is the short name of a timezone; behind it may stand the reading of Go's monotonic clock.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z]{1,5}( m=[+-][0-9.]+)?$`)

// parseOffset reads ±hh[[:]mm].
func parseOffset(text []byte) (minutes int, ok bool) {
	if len(text) < 3 || text[0] != '+' && text[0] != '-' || !isDigits(text[1:3]) {
		return 0, false
	}
	hours, rest, more := number(text[1:3]), 0, text[3:]
	if len(more) == 3 && more[0] == ':' {
		more = more[1:]
	}
	switch {
	case len(more) == 2 && isDigits(more):
		rest = number(more)
	case len(text) != 3:
		return 0, false
	}
	if minutes = hours*60 + rest; rest > 59 || minutes > 14*60 {
		return 0, false
	}
	if text[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

// spelledOut are the other spellings of one meaning: those of Go's time.Time, HTTP and mail, Ruby, date(1), C and JavaScript. A year of two digits and
// the order of month and day in numbers mean one thing here and another there, and are not read.
var spelledOut = [...]struct {
	layout string
	zone   bool // the layout has an offset, or names UTC
}{
	{"Mon, _2 Jan 2006 15:04:05 -0700", true},
	{"Mon, _2 Jan 2006 15:04:05 GMT", true},
	{"Mon, _2 Jan 2006 15:04:05 UTC", true},
	{time.RubyDate, true},
	{"Mon Jan _2 15:04:05 GMT 2006", true},
	{"Mon Jan _2 15:04:05 UTC 2006", true},
	{"Mon Jan _2 2006 15:04:05 GMT-0700", true},
	{time.ANSIC, false},
}

// appendSpelledOut is appendInstant for a time with names of days and months in it.
func appendSpelledOut(dst, text []byte, needZone bool) ([]byte, bool) {
	if len(text) < len(time.ANSIC) || len(text) > 80 || text[3] != ' ' && text[3] != ',' {
		return dst, false
	}
	s := string(text)
	if i := strings.Index(s, " ("); i > 0 && s[len(s)-1] == ')' { // the name of the zone, behind its offset
		s = s[:i]
	}
	for _, form := range spelledOut {
		if t, err := time.Parse(form.layout, s); err == nil && (form.zone || !needZone) && t.Weekday().String()[:3] == s[:3] {
			return appendInstant(dst, t.AppendFormat(nil, time.RFC3339Nano), true)
		}
	}
	return dst, false
}

// inUTC is an instant in the form of appendInstant without its offset, so that one moment is written in one way.
func inUTC(instant []byte) []byte {
	t, err := time.Parse(copyInstant, string(instant))
	if err != nil {
		panic("target: " + err.Error()) // it is appendInstant's own
	}
	return t.UTC().AppendFormat(instant[:0], copyInstant)
}

// inRange asks the calendar only on the first and the last day, where an offset can lead out of the years 1 to 9999.
func inRange(date []byte, c clock, offset int) bool {
	if s := string(date); s != "0001-01-01" && s != "9999-12-31" {
		return true
	}
	minutes := c.hour*60 + c.minute - offset
	if date[0] == '0' {
		return minutes >= 0
	}
	return minutes < 24*60
}

func isDate(text []byte) bool {
	if text[4] != '-' || text[7] != '-' || !isDigits(text[:4]) || !isDigits(text[5:7]) || !isDigits(text[8:10]) {
		return false
	}
	year, month, day := number(text[:4]), number(text[5:7]), number(text[8:10])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	return day <= 28 || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

func isDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

// digitsAt is how many digits there are from a place on.
func digitsAt(text []byte, at int) int {
	n := 0
	for at+n < len(text) && text[at+n] >= '0' && text[at+n] <= '9' {
		n++
	}
	return n
}

// appendTwo appends a number of two digits.
func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
