package target

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// appendPlain appends a JSON string's inside as a CSV field. Without escapes there is neither a quote nor a control character in it, so it is
// copied as it stands. The width is in UTF-16 units, which is what nvarchar counts.
func appendPlain(dst, text []byte) (_ []byte, width int) {
	if isASCII(text) {
		dst = append(dst, '"')
		dst = append(dst, text...)
		return append(dst, '"'), len(text)
	}
	dst, width, _ = appendText(dst, text)
	return dst, width
}

// appendText appends any text as a CSV field: always in quotes, so that the empty string is not NULL; quotes doubled; bytes that are not UTF-8
// and U+0000, which cannot be trusted to pass COPY, become U+FFFD. It reports whether there was a U+0000.
func appendText(dst, text []byte) (_ []byte, width int, replaced bool) {
	dst, width, replaced = appendInside(append(dst, '"'), text)
	return append(dst, '"'), width, replaced
}

// appendInside is appendText without the quotes around.
func appendInside(dst, text []byte) (_ []byte, width int, replaced bool) {
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"':
			dst = append(append(dst, text[start:i]...), '"')
			start = i
			i++
		case c == 0:
			dst = append(append(dst, text[start:i]...), "\ufffd"...)
			i++
			start, replaced = i, true
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, text[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			if r > 0xffff {
				width++
			}
		}
		width++
	}
	return append(dst, text[start:]...), width, replaced
}

func isASCII(text []byte) bool {
	for ; len(text) >= 8; text = text[8:] {
		if binary.LittleEndian.Uint64(text)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plainNumber is a number as JSON writes it, for one as databases and languages print it: with a plus sign or zeros at its front, or with no digit on one
// side of its point.
func plainNumber(text []byte) ([]byte, bool) {
	if isJSONNumber(text) {
		return text, true
	}
	plain, rest := make([]byte, 0, len(text)+2), text
	if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
		if rest[0] == '-' {
			plain = append(plain, '-')
		}
		rest = rest[1:]
	}
	whole := digitsAt(rest, 0)
	plain = append(plain, '0')
	if digits := bytes.TrimLeft(rest[:whole], "0"); len(digits) > 0 {
		plain = append(plain[:len(plain)-1], digits...)
	}
	rest = rest[whole:]
	if len(rest) > 0 && rest[0] == '.' {
		fraction := digitsAt(rest, 1)
		if whole+fraction == 0 {
			return nil, false
		}
		if fraction > 0 {
			plain = append(plain, rest[:1+fraction]...)
		}
		rest = rest[1+fraction:]
	} else if whole == 0 {
		return nil, false
	}
	plain = append(plain, rest...)
	return plain, isJSONNumber(plain)
}

// isJSONNumber reports whether text is a number as JSON writes it.
func isJSONNumber(text []byte) bool {
	i, n := 0, len(text)
	digits := func() bool {
		start := i
		for i < n && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < n && text[i] == '-' {
		i++
	}
	zero := i < n && text[i] == '0'
	if start := i; !digits() || zero && i > start+1 {
		return false
	}
	if i < n && text[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < n && (text[i] == 'e' || text[i] == 'E') {
		if i++; i < n && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == n
}
