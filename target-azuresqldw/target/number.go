package target

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
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	digits, point := make([]byte, 0, 64), -1
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
	exponent := parseExponent(text[i:])
	for lead := 0; ; lead++ {
		if lead == len(digits) {
			return append(dst, '0'), extent{}, true
		}
		if digits[lead] != '0' {
			digits, point = digits[lead:], point-lead
			break
		}
	}
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return appendDigits(dst, digits, point+exponent, negative)
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
