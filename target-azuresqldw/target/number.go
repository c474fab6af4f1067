package target

import "strconv"

// maxDigits is the widest decimal of the pool.
const maxDigits = 38

// An extent is the room that numbers need: digits before the point, digits after it, and whether an integer lies outside int64.
type extent struct {
	whole, scale int
	beyond64     bool
}

// union is the room for both. It may not fit a decimal any more: see fits.
func (e extent) union(o extent) extent {
	return extent{max(e.whole, o.whole), max(e.scale, o.scale), e.beyond64 || o.beyond64}
}

func (e extent) fits() bool { return e.whole+e.scale <= maxDigits }

// appendNumber appends a valid JSON number to dst in plain notation: no exponent, no leading or trailing zeros, no minus before zero.
// It reports false, and leaves dst as it was, when the number has more than 38 digits; the exponent may be as absurd as it likes.
func appendNumber(dst, text []byte) ([]byte, extent, bool) {
	if dst, e, ok := appendShortInteger(dst, text); ok {
		return dst, e, true
	}
	digits, point, negative := mantissaOf(make([]byte, 0, 64), text)
	if len(digits) == 0 {
		return append(dst, '0'), extent{}, true
	}
	return appendDigits(dst, digits, point, negative)
}

// appendExact is appendNumber for a text that is to be the same for all ways to write a number: one with more than 38 digits has an exponent.
func appendExact(dst, text []byte) []byte {
	if dst, _, ok := appendNumber(dst, text); ok {
		return dst
	}
	digits, point, negative := mantissaOf(nil, text)
	if negative {
		dst = append(dst, '-')
	}
	dst = append(append(dst, digits...), 'e')
	return strconv.AppendInt(dst, int64(point-len(digits)), 10)
}

// mantissaOf gives the digits of a valid JSON number, without zeros at their ends, and where the point stands among them: 0.d1d2d3… times ten to the
// power of point. Zero has none.
func mantissaOf(digits, text []byte) (_ []byte, point int, negative bool) {
	if negative = text[0] == '-'; negative {
		text = text[1:]
	}
	point = -1
	i := 0
mantissa:
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '.':
			point = len(digits)
		case c == 'e' || c == 'E':
			break mantissa
		case len(digits) == 0 && c == '0' && point < 0: // the only zero that may lead
		default:
			digits = append(digits, c)
		}
	}
	if point < 0 {
		point = len(digits)
	}
	point += parseExponent(text[i:])
	for len(digits) > 0 && digits[0] == '0' {
		digits, point = digits[1:], point-1
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, point, negative
}

// appendDigits writes 0.d1d2d3… times ten to the power of point; digits neither begin nor end with zero and are not empty.
func appendDigits(dst, digits []byte, point int, negative bool) ([]byte, extent, bool) {
	e := extent{whole: max(point, 0), scale: max(len(digits)-point, 0)}
	if !e.fits() {
		return dst, extent{}, false
	}
	if negative {
		dst = append(dst, '-')
	}
	start := len(dst)
	if point <= 0 {
		dst = append(dst, '0')
	}
	for i := 0; i < point; i++ {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	if e.scale == 0 {
		e.beyond64 = beyondInt64(dst[start:], negative)
		return dst, e, true
	}
	dst = append(dst, '.')
	for i := point; i < 0; i++ {
		dst = append(dst, '0')
	}
	return append(dst, digits[max(point, 0):]...), e, true
}

// appendShortInteger is the way nearly every number takes: an integer of at most 18 digits, written as it stands.
func appendShortInteger(dst, text []byte) ([]byte, extent, bool) {
	digits := text
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) > 18 || digits[0] == '0' {
		return dst, extent{}, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return dst, extent{}, false
		}
	}
	return append(dst, text...), extent{whole: len(digits)}, true
}

// parseExponent reads "e+12"; it stops counting where no digit count could bring the number back into 38 digits.
func parseExponent(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	const far = 1 << 40
	n, negative := 0, false
	for _, c := range text[1:] {
		switch {
		case c == '-':
			negative = true
		case c == '+':
		case n < far:
			n = n*10 + int(c-'0')
		}
	}
	if negative {
		return -n
	}
	return n
}

func beyondInt64(digits []byte, negative bool) bool {
	limit := "9223372036854775807"
	if negative {
		limit = "9223372036854775808"
	}
	return len(digits) > len(limit) || len(digits) == len(limit) && string(digits) > limit
}
