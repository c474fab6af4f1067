package sqltype

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// textToInt: whole numbers only; ” is 0 for CAST.
func textToInt(s, trimmed string, from, to Type) (any, error) {
	digits := strings.TrimPrefix(trimmed, "+")
	if len(digits) == len(trimmed) {
		digits = strings.TrimPrefix(trimmed, "-")
	}
	if !onlyDigits(digits) || digits == "" && trimmed != "" {
		if to.Kind == KindBigInt {
			return nil, Errorf(errErrorConverting, "Error converting data type %s to bigint.", from.Kind)
		}
		return nil, Errorf(errConversionFailed, "Conversion failed when converting the %s value '%s' to data type %s.", from.Kind, s, to.Kind)
	}
	if trimmed == "" {
		return int64(0), nil
	}
	n, err := strconv.ParseInt(trimmed, 10, 64)
	if err == nil && inRange(n, to.Kind) {
		return n, nil
	}
	switch to.Kind {
	case KindTinyInt, KindSmallInt:
		name := map[Kind]string{KindTinyInt: "INT1", KindSmallInt: "INT2"}[to.Kind]
		return nil, Errorf(errOverflowedSmall, "The conversion of the %s value '%s' overflowed an %s column. Use a larger integer column.", from.Kind, s, name)
	case KindInt:
		return nil, Errorf(errOverflowedInt, "The conversion of the %s value '%s' overflowed an int column.", from.Kind, s)
	}
	return nil, overflow("expression", to)
}

// inRange: data-types/int-bigint-smallint-and-tinyint-transact-sql. tinyint has no sign.
func inRange(n int64, k Kind) bool {
	switch k {
	case KindTinyInt:
		return n >= 0 && n <= math.MaxUint8
	case KindSmallInt:
		return n >= math.MinInt16 && n <= math.MaxInt16
	case KindInt:
		return n >= math.MinInt32 && n <= math.MaxInt32
	}
	return true
}

// textToBit: "The string values TRUE and FALSE can be converted to bit values"; "Converting to bit promotes any nonzero
// value to 1" (data-types/bit-transact-sql).
func textToBit(s, trimmed string, from Type) (any, error) {
	switch {
	case strings.EqualFold(trimmed, "true"):
		return true, nil
	case strings.EqualFold(trimmed, "false"):
		return false, nil
	}
	digits := trimmed
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		digits = digits[1:]
	}
	if !onlyDigits(digits) || digits == "" && trimmed != "" {
		return nil, Errorf(errConversionFailed, "Conversion failed when converting the %s value '%s' to data type bit.", from.Kind, s)
	}
	return strings.Trim(digits, "0") != "", nil
}

// textToMoney: a currency symbol and commas may be written (data-types/money-and-smallmoney-transact-sql).
func textToMoney(trimmed string, from, to Type) (any, error) {
	plain := trimmed
	negative := strings.HasPrefix(plain, "-")
	plain = strings.TrimLeft(strings.TrimPrefix(plain, "-"), " ")
	plain = strings.TrimPrefix(plain, "$")
	if whole, fraction, ok := strings.Cut(plain, "."); ok {
		plain = strings.ReplaceAll(whole, ",", "") + "." + fraction
	} else {
		plain = strings.ReplaceAll(plain, ",", "")
	}
	if trimmed == "" {
		plain = "0"
	}
	d, ok := ParseDecimal(plain)
	if !ok {
		return nil, Errorf(errMoneySyntax, "Cannot convert a %s value to %s. The %s value has incorrect syntax.", from.Kind, to.Kind, from.Kind)
	}
	if negative {
		d.Unscaled = new(big.Int).Neg(d.Unscaled)
	}
	if d = d.rescale(4); !moneyFits(d, to.Kind) {
		return nil, Errorf(errMoneyOverflow, "The conversion from %s data type to %s resulted in a %s overflow error.", from.Kind, to.Kind, to.Kind)
	}
	return d, nil
}

// moneyFits: money is an int64 of ten-thousandths, smallmoney an int32 (data-types/money-and-smallmoney-transact-sql).
func moneyFits(d Decimal, k Kind) bool {
	if !d.unscaled().IsInt64() {
		return false
	}
	n := d.unscaled().Int64()
	return k == KindMoney || n >= math.MinInt32 && n <= math.MaxInt32
}

// textToFloat: digits with point and exponent; no NaN, no infinity (data-types/float-and-real-transact-sql).
func textToFloat(trimmed string, from, to Type) (any, error) {
	if trimmed == "" {
		return float64(0), nil
	}
	if strings.ContainsFunc(trimmed, func(c rune) bool { return !strings.ContainsRune("0123456789.eE+-", c) }) {
		return nil, Errorf(errErrorConverting, "Error converting data type %s to %s.", from.Kind, to.Kind)
	}
	bits := 64
	if to.Kind == KindReal {
		bits = 32
	}
	f, err := strconv.ParseFloat(trimmed, bits)
	switch {
	case err != nil && math.IsInf(f, 0):
		return nil, overflow("expression", to)
	case err != nil:
		return nil, Errorf(errErrorConverting, "Error converting data type %s to %s.", from.Kind, to.Kind)
	}
	return f, nil
}
