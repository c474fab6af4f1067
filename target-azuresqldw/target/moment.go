package target

import "time"

// appendInstant appends an RFC 3339 time as COPY reads a datetimeoffset(7): 2006-01-02 15:04:05.0000000 +00:00. The offset is kept. It
// reports false, and leaves dst as it was, for what the type cannot hold exactly: leap seconds, an eighth digit of the fraction that is not
// zero, offsets beyond 14 hours, and years outside 1 to 9999 in either local time or UTC.
func appendInstant(dst, text []byte) ([]byte, bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[10] != 'T' && text[10] != 't' && text[10] != ' ' || !isDate(text[:10]) {
		return dst, false
	}
	n := clockLength(text[11:])
	if n == 0 {
		return dst, false
	}
	offset, ok := parseOffset(text[11+n:])
	if !ok || !inRange(text[:10], text[11:19], offset) {
		return dst, false
	}
	start := len(dst)
	dst = append(append(dst, text[:10]...), ' ')
	dst, ok = appendClock(dst, text[11:11+n])
	if !ok {
		return dst[:start], false
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = append(dst, ' ', sign, byte('0'+offset/600), byte('0'+offset/60%10), ':', byte('0'+offset%60/10), byte('0'+offset%10))
	return dst, true
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
	n := clockLength(text)
	if n == 0 {
		return dst, false
	}
	if n < len(text) {
		if offset, ok := parseOffset(text[n:]); !ok || offset != 0 {
			return dst, false
		}
	}
	return appendClock(dst, text[:n])
}

// clockLength is the length of the leading hh:mm:ss[.f…], 0 when there is none.
func clockLength(text []byte) int {
	if len(text) < 8 || text[2] != ':' || text[5] != ':' || !isDigits(text[:2]) || !isDigits(text[3:5]) || !isDigits(text[6:8]) {
		return 0
	}
	if number(text[:2]) > 23 || number(text[3:5]) > 59 || number(text[6:8]) > 59 {
		return 0
	}
	n := 8
	if n < len(text) && text[n] == '.' {
		for n++; n < len(text) && text[n] >= '0' && text[n] <= '9'; n++ {
		}
		if n == 9 {
			return 0
		}
	}
	return n
}

// appendClock writes hh:mm:ss.fffffff from what clockLength has measured.
func appendClock(dst, text []byte) ([]byte, bool) {
	var fraction []byte
	if len(text) > 8 {
		fraction = text[9:]
	}
	for i, c := range fraction {
		if i >= 7 && c != '0' {
			return dst, false
		}
	}
	dst = append(append(dst, text[:8]...), '.')
	for i := range 7 {
		if i < len(fraction) {
			dst = append(dst, fraction[i])
		} else {
			dst = append(dst, '0')
		}
	}
	return dst, true
}

// parseOffset reads Z or ±hh:mm, in minutes.
func parseOffset(text []byte) (minutes int, ok bool) {
	if len(text) == 1 && (text[0] == 'Z' || text[0] == 'z') {
		return 0, true
	}
	if len(text) != 6 || text[0] != '+' && text[0] != '-' || text[3] != ':' || !isDigits(text[1:3]) || !isDigits(text[4:6]) {
		return 0, false
	}
	hours, rest := number(text[1:3]), number(text[4:6])
	if minutes = hours*60 + rest; rest > 59 || minutes > 14*60 {
		return 0, false
	}
	if text[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

// inRange asks the calendar only on the first and the last day, where an offset can lead out of the years 1 to 9999.
func inRange(date, clock []byte, offset int) bool {
	if s := string(date); s != "0001-01-01" && s != "9999-12-31" {
		return true
	}
	minutes := number(clock[:2])*60 + number(clock[3:5]) - offset
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
