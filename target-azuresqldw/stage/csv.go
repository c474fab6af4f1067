package stage

import (
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// The dialect: fields end with a comma, rows with a line feed. A row needs more than
// one column, for a lone NULL would be an empty line.
const (
	FieldEnd = ','
	RowEnd   = '\n'
)

// A NULL is a field without a single character: nothing has to be written for
// it but the FieldEnd. Any quoted field is a string.

// AppendString appends a string field, quoted whatever it holds, so that the
// empty string is "" and no NULL. What COPY INTO does not carry, U+0000 and bytes that
// are not UTF-8, becomes U+FFFD; replaced says how often.
func AppendString[S string | []byte](dst []byte, s S) (_ []byte, replaced int) {
	var text string
	switch s := any(s).(type) {
	case string:
		text = s
	case []byte:
		text = unsafe.String(unsafe.SliceData(s), len(s)) // read here and not kept
	}
	dst = append(dst, '"')
	if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
		dst, replaced = appendReplaced(dst, text)
	} else {
		dst = appendDoubled(dst, text)
	}
	return append(dst, '"'), replaced
}

// appendDoubled appends text with its quotes doubled.
func appendDoubled(dst []byte, text string) []byte {
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i+1]...)
		dst = append(dst, '"')
		text = text[i+1:]
	}
}

// appendReplaced is appendDoubled for text that cannot travel as it is.
func appendReplaced(dst []byte, text string) (_ []byte, replaced int) {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == 0, r == utf8.RuneError && size == 1:
			dst = utf8.AppendRune(dst, utf8.RuneError)
			replaced++
		case r == '"':
			dst = append(dst, '"', '"')
		default:
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return dst, replaced
}

// AppendRaw appends a field as it stands. It is for numbers, dates and times,
// which hold no comma, no quote and no line feed.
func AppendRaw[S string | []byte](dst []byte, s S) []byte { return append(dst, s...) }

// AppendInt appends a whole number.
func AppendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// AppendBool appends a bit: 1 or 0.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, '1')
	}
	return append(dst, '0')
}
