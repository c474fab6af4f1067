package singer

import "github.com/santhosh-tekuri/jsonschema/v5"

// format is a format of strings. The judge's own function decides; for the
// times that fill most records a look at the bytes may spare it the call.
type format struct {
	judge func(any) bool
	quick func([]byte) bool // true is a yes; false says nothing
}

// formatNamed returns a format; one that jsonschema does not know holds always.
func formatNamed(name string) format {
	f := format{judge: jsonschema.Formats[name]}
	switch name {
	case "date-time":
		f.quick = isPlainDateTime
	case "date":
		f.quick = isPlainDate
	case "time":
		f.quick = isPlainTime
	}
	return f
}

func (f format) holds(text []byte) bool {
	if f.judge == nil || f.quick != nil && f.quick(text) {
		return true
	}
	return f.judge(string(text))
}

// isPlainDateTime recognises the usual forms of RFC 3339.
func isPlainDateTime(b []byte) bool {
	return len(b) >= len("2006-01-02T15:04:05Z") && (b[10] == 'T' || b[10] == 't') && isPlainDate(b[:10]) && isPlainTime(b[11:])
}

func isPlainDate(b []byte) bool {
	if len(b) != len("2006-01-02") || b[4] != '-' || b[7] != '-' || !digits(b[:4]) {
		return false
	}
	month, okMonth := two(b[5:])
	day, okDay := two(b[8:])
	// the last days of a month are left to the judge
	return okMonth && okDay && 1 <= month && month <= 12 && 1 <= day && day <= 28
}

func isPlainTime(b []byte) bool {
	if len(b) < len("15:04:05Z") || b[2] != ':' || b[5] != ':' {
		return false
	}
	for i, limit := range [...]int{23, 59, 59} { // a leap second is left to the judge
		if n, ok := two(b[3*i:]); !ok || n > limit {
			return false
		}
	}
	b = b[8:]
	if b[0] == '.' {
		n := 1
		for n < len(b) && '0' <= b[n] && b[n] <= '9' {
			n++
		}
		if n == 1 {
			return false
		}
		b = b[n:]
	}
	switch {
	case len(b) == 1:
		return b[0] == 'Z' || b[0] == 'z'
	case len(b) != len("+00:00") || b[0] != '+' && b[0] != '-' || b[3] != ':':
		return false
	}
	hours, okHours := two(b[1:])
	minutes, okMinutes := two(b[4:])
	return okHours && okMinutes && hours <= 23 && minutes <= 59
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// two reads two digits.
func two(b []byte) (int, bool) {
	if !digits(b[:2]) {
		return 0, false
	}
	return int(b[0]-'0')*10 + int(b[1]-'0'), true
}
