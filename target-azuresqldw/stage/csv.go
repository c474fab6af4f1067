package stage

import (
	"strconv"
	"unicode/utf8"
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
func AppendString[S ~string | ~[]byte](dst []byte, s S) (_ []byte, replaced int) {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' {
			i++
			continue
		}
		switch {
		case c == '"':
			dst = append(dst, s[from:i]...)
			dst = append(dst, '"', '"')
			i++
			from = i
		case c == 0:
			dst = append(dst, s[from:i]...)
			dst = append(dst, "\uFFFD"...)
			replaced++
			i++
			from = i
		case c < utf8.RuneSelf:
			i++
		default:
			size := runeLen(s[i:])
			if size == 0 {
				dst = append(dst, s[from:i]...)
				dst = append(dst, "\uFFFD"...)
				replaced++
				i++
				from = i
				continue
			}
			i += size
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"'), replaced
}

// runeLen is the length of the character s begins with, 0 when it is none.
func runeLen[S ~string | ~[]byte](s S) int {
	var head [utf8.UTFMax]byte
	n := copy(head[:], s)
	r, size := utf8.DecodeRune(head[:n])
	if r == utf8.RuneError && size <= 1 {
		return 0
	}
	return size
}

// AppendRaw appends a field as it stands. It is for numbers, dates and times,
// which hold no comma, no quote and no line feed.
func AppendRaw[S ~string | ~[]byte](dst []byte, s S) []byte { return append(dst, s...) }

// AppendInt appends a whole number.
func AppendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// AppendBool appends a bit: 1 or 0.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, '1')
	}
	return append(dst, '0')
}
