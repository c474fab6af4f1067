package singer

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strconv"
)

// maxExponent is the largest exponent given to big.Rat, which writes the
// number out: 1e1000000 takes it some 30 ms, and for 1e20000000 it gives up
// with a nil that jsonschema v5 does not expect.
const maxExponent = 400

// exponentOf splits a JSON number before its exponent; ok is false when the
// exponent is beyond ±maxExponent.
func exponentOf(number []byte) (mantissa []byte, negative, ok bool) {
	i := bytes.IndexAny(number, "eE")
	if i < 0 {
		return number, false, true
	}
	exponent, err := strconv.Atoi(string(number[i+1:]))
	negative = number[i+1] == '-'
	return number[:i], negative, err == nil && -maxExponent <= exponent && exponent <= maxExponent
}

// clampExponent returns a number that is judged like the one given and whose
// exponent is small: large enough still that no digit of the mantissa comes to
// stand on the other side of the decimal point.
func clampExponent(number []byte) []byte {
	mantissa, negative, ok := exponentOf(number)
	if ok {
		return number
	}
	exponent := maxExponent + len(mantissa)
	if negative {
		exponent = -exponent
	}
	return strconv.AppendInt(append(bytes.Clone(mantissa), 'e'), int64(exponent), 10)
}

// hasHugeNumber reports whether a schema holds a number jsonschema must not see.
func hasHugeNumber(doc any) bool {
	switch doc := doc.(type) {
	case map[string]any:
		for _, v := range doc {
			if hasHugeNumber(v) {
				return true
			}
		}
	case []any:
		for _, v := range doc {
			if hasHugeNumber(v) {
				return true
			}
		}
	case json.Number:
		_, _, ok := exponentOf([]byte(doc))
		return !ok
	}
	return false
}

// isWhole reports whether a JSON number is written as an integer.
func isWhole(number []byte) bool {
	for _, c := range number {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}

// smallInt returns a number written as an integer of at most 18 digits.
func smallInt(number []byte) (n int64, ok bool) {
	if len(number) > 18 || !isWhole(number) {
		return 0, false
	}
	digits := bytes.TrimPrefix(number, []byte("-"))
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(number) {
		n = -n
	}
	return n, true
}

// bound is a limit of a number, and as an integer where it is one.
type bound struct {
	rat   *big.Rat
	small int64
	isInt bool
}

func newBound(r *big.Rat) *bound {
	if r == nil {
		return nil
	}
	b := &bound{rat: r}
	if r.IsInt() && r.Num().IsInt64() {
		b.small, b.isInt = r.Num().Int64(), true
	}
	return b
}

// compare compares a number with the bound; ok is false when the number is
// too large to be written out.
func (b *bound) compare(number []byte) (sign int, ok bool) {
	if whole, fraction, plain := splitDecimal(number); plain && b.isInt {
		switch {
		case whole < b.small:
			return -1, true
		case whole > b.small:
			return 1, true
		}
		return fraction, true
	}
	r, ok := ratOf(number)
	if !ok {
		return 0, false
	}
	return r.Cmp(b.rat), true
}

// splitDecimal splits a number that has no exponent and is small into what
// stands before the point and the sign of what stands behind it.
func splitDecimal(number []byte) (whole int64, fraction int, ok bool) {
	dot := bytes.IndexByte(number, '.')
	if dot < 0 {
		whole, ok = smallInt(number)
		return whole, 0, ok
	}
	for _, c := range number[dot+1:] {
		switch c {
		case '0':
		case 'e', 'E':
			return 0, 0, false
		default:
			fraction = 1
		}
	}
	if number[0] == '-' {
		fraction = -fraction
	}
	whole, ok = smallInt(number[:dot])
	return whole, fraction, ok
}

func ratOf(number []byte) (*big.Rat, bool) {
	if _, _, ok := exponentOf(number); !ok {
		return nil, false
	}
	return new(big.Rat).SetString(string(number))
}

// multiple is a multipleOf.
type multiple struct {
	bound
	decimals int // of 1, 0.1, 0.01, …; -1 when it is none of these
}

func newMultiple(r *big.Rat) *multiple {
	if r == nil {
		return nil
	}
	m := &multiple{bound: *newBound(r), decimals: -1}
	if r.Num().IsInt64() && r.Num().Int64() == 1 {
		for text, n := r.Denom().String(), 0; ; n++ {
			if n == len(text)-1 {
				m.decimals = n
				break
			}
			if text[0] != '1' || text[n+1] != '0' {
				break
			}
		}
	}
	return m
}

// divides reports whether a number is a multiple; ok is false when the number
// is too large to be written out.
func (m *multiple) divides(number []byte) (divides, ok bool) {
	if n, isSmall := smallInt(number); isSmall && m.isInt && m.small != 0 {
		return n%m.small == 0, true
	}
	if m.decimals >= 0 && !bytes.ContainsAny(number, "eE") {
		if dot := bytes.IndexByte(number, '.'); dot < 0 || len(number)-dot-1 <= m.decimals {
			return true, true
		}
	}
	r, ok := ratOf(number)
	if !ok || m.rat.Sign() == 0 {
		return false, false
	}
	return r.Quo(r, m.rat).IsInt(), true
}
