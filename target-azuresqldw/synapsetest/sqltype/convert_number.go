package sqltype

import (
	"math"
	"math/big"
	"strconv"
)

// toNumber converts between numbers.
func toNumber(v any, from, to Type) (any, error) {
	switch {
	case to.Kind == KindBit:
		return !isZero(v), nil
	case to.Kind.IsInteger():
		return toInt(v, from, to)
	case to.Kind.IsFloat():
		f := toFloat(v)
		if to.Kind == KindReal {
			if f = float64(float32(f)); math.IsInf(f, 0) {
				return nil, Errorf(errArithmeticValue, "Arithmetic overflow error for type real, value = %f.", toFloat(v))
			}
		}
		return f, nil
	}
	d, ok := toDecimal(v, to.Scale)
	if !ok {
		return nil, overflow(from.Kind.messageName(), to)
	}
	if to.Kind == KindDecimal && d.Digits() > to.Precision || to.Kind != KindDecimal && !moneyFits(d, to.Kind) {
		return nil, overflow(from.Kind.messageName(), to)
	}
	return d, nil
}

func isZero(v any) bool {
	switch v := v.(type) {
	case bool:
		return !v
	case int64:
		return v == 0
	case float64:
		return v == 0
	case Decimal:
		return v.unscaled().Sign() == 0
	}
	return false
}

// toInt: decimal and float are truncated, money is rounded (functions/cast-and-convert-transact-sql, "Truncating and
// rounding results").
func toInt(v any, from, to Type) (any, error) {
	n := int64(0)
	switch v := v.(type) {
	case bool:
		if v {
			n = 1
		}
	case int64:
		n = v
	case float64:
		f := math.Trunc(v)
		if !(f >= -0x1p63 && f < 0x1p63) || !inRange(int64(f), to.Kind) {
			if to.Kind == KindBigInt {
				return nil, overflow(from.Kind.messageName(), to)
			}
			return nil, Errorf(errArithmeticValue, "Arithmetic overflow error for type %s, value = %f.", to.Kind, v)
		}
		n = int64(f)
	case Decimal:
		whole := v.truncate()
		if from.Kind != KindDecimal {
			whole = v.rescale(0).unscaled()
		}
		if !whole.IsInt64() {
			return nil, overflow(from.Kind.messageName(), to)
		}
		n = whole.Int64()
	}
	if !inRange(n, to.Kind) {
		if from.Kind.IsInteger() && (to.Kind == KindTinyInt || to.Kind == KindSmallInt) {
			return nil, Errorf(errArithmeticForType, "Arithmetic overflow error for data type %s, value = %d.", to.Kind, n)
		}
		return nil, overflow(from.Kind.messageName(), to)
	}
	return n, nil
}

func toFloat(v any) float64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
	case int64:
		return float64(v)
	case float64:
		return v
	case Decimal:
		return v.Float()
	}
	return 0
}

// toDecimal rounds to the scale. A float is taken with 17 digits, "any conversion … restricted to a precision of 17 digits
// only" (data-types/decimal-and-numeric-transact-sql).
func toDecimal(v any, scale int) (Decimal, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return NewDecimal(1, 0).rescale(scale), true
		}
		return NewDecimal(0, scale), true
	case int64:
		return NewDecimal(v, 0).rescale(scale), true
	case Decimal:
		return v.rescale(scale), true
	case float64:
		if math.Abs(v) >= 1e38 || math.IsNaN(v) {
			return Decimal{}, false
		}
		exact, ok := new(big.Rat).SetString(strconv.FormatFloat(v, 'e', 16, 64))
		if !ok {
			return Decimal{}, false
		}
		exact.Mul(exact, new(big.Rat).SetInt(pow10(scale+1)))
		whole := new(big.Int).Quo(exact.Num(), exact.Denom())
		return Decimal{Unscaled: whole, Scale: scale + 1}.rescale(scale), true
	}
	return Decimal{}, false
}
