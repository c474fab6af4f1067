package sqltype

import (
	"math/big"
	"strings"
)

// NewDecimal makes unscaled divided by ten to the power of scale.
func NewDecimal(unscaled int64, scale int) Decimal {
	return Decimal{Unscaled: big.NewInt(unscaled), Scale: scale}
}

// ParseDecimal reads plain decimal notation: a sign, digits, a point, digits. It does not read exponents.
func ParseDecimal(s string) (Decimal, bool) {
	digits := s
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		digits = digits[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole == "" && fraction == "" || !onlyDigits(whole) || !onlyDigits(fraction) {
		return Decimal{}, false
	}
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return Decimal{}, false
	}
	if s[0] == '-' {
		n.Neg(n)
	}
	return Decimal{Unscaled: n, Scale: len(fraction)}, true
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String writes d plainly, with all digits of its scale: 0.50 at scale 2.
func (d Decimal) String() string {
	n := d.unscaled()
	text := new(big.Int).Abs(n).String()
	if d.Scale > 0 {
		if len(text) <= d.Scale {
			text = strings.Repeat("0", d.Scale-len(text)+1) + text
		}
		text = text[:len(text)-d.Scale] + "." + text[len(text)-d.Scale:]
	}
	if n.Sign() < 0 {
		return "-" + text
	}
	return text
}

// Cmp compares the numbers, whatever their scales.
func (d Decimal) Cmp(e Decimal) int {
	switch {
	case d.Scale < e.Scale:
		return d.rescale(e.Scale).unscaled().Cmp(e.unscaled())
	case d.Scale > e.Scale:
		return d.unscaled().Cmp(e.rescale(d.Scale).unscaled())
	}
	return d.unscaled().Cmp(e.unscaled())
}

// Digits is the number of digits of the unscaled value: the precision that d needs at its scale.
func (d Decimal) Digits() int {
	if n := d.unscaled(); n.Sign() != 0 {
		return len(new(big.Int).Abs(n).String())
	}
	return 1
}

// Float gives the nearest float64.
func (d Decimal) Float() float64 {
	f, _ := new(big.Rat).SetFrac(d.unscaled(), pow10(d.Scale)).Float64()
	return f
}

func (d Decimal) unscaled() *big.Int {
	if d.Unscaled == nil {
		return new(big.Int)
	}
	return d.Unscaled
}

// rescale gives d with another scale, rounded half away from zero: "SQL Server uses rounding when converting a number to a
// decimal or numeric value with a lower precision and scale" (data-types/decimal-and-numeric-transact-sql).
func (d Decimal) rescale(scale int) Decimal {
	n := d.unscaled()
	if scale >= d.Scale {
		return Decimal{Unscaled: new(big.Int).Mul(n, pow10(scale-d.Scale)), Scale: scale}
	}
	unit := pow10(d.Scale - scale)
	quotient, rest := new(big.Int).QuoRem(n, unit, new(big.Int))
	if rest.Abs(rest).Lsh(rest, 1).Cmp(unit) >= 0 {
		quotient.Add(quotient, big.NewInt(int64(n.Sign())))
	}
	return Decimal{Unscaled: quotient, Scale: scale}
}

// truncate gives the whole part as integer: "decimal and numeric to int, bigint … truncate"
// (functions/cast-and-convert-transact-sql, "Truncating and rounding results").
func (d Decimal) truncate() *big.Int {
	return new(big.Int).Quo(d.unscaled(), pow10(d.Scale))
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
