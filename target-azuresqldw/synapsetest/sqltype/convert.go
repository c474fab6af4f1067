package sqltype

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Mode says which rules a conversion follows where they differ.
type Mode uint8

const (
	// Explicit is CAST and CONVERT: text and bytes that are too long are cut (functions/cast-and-convert-transact-sql,
	// "Truncating and rounding results").
	Explicit Mode = iota
	// Implicit is what happens on assignment, in INSERT and UPDATE, and between operands: only the conversions of the
	// chart in functions/cast-and-convert-transact-sql, "Implicit conversions", and nothing is cut but trailing blanks.
	Implicit
	// Copy is COPY INTO reading a field. It begins at text and follows Implicit, except where reading an empty text would
	// make a value out of nothing ('' is 0 or 1900-01-01 for CAST), and for binary types, for which no page says how a
	// file should spell them: both are refused.
	Copy
)

// Rules are what a conversion depends on besides the types. The zero value is CAST in a session of us_english.
type Rules struct {
	Mode      Mode
	DateOrder DateOrder
}

// Convert gives the value v of type from as a value of type to. NULL stays NULL. An error is an *Error.
func (r Rules) Convert(v any, from, to Type) (any, error) {
	if v == nil || to.Kind == KindUnknown {
		return v, nil
	}
	if err := r.allowed(from, to); err != nil {
		return nil, err
	}
	switch {
	case to.Kind.IsCharacter():
		return r.toText(v, from, to)
	case to.Kind.IsBinary():
		return r.toBytes(v, from, to)
	case to.Kind == KindUniqueIdentifier:
		return toGUID(v, from, to)
	case from.Kind.IsCharacter():
		return r.fromText(v.(string), from, to)
	case from.Kind.IsBinary():
		return fromBytes(v.([]byte), from, to)
	case from.Kind.IsTemporal() && to.Kind.IsTemporal():
		return toTemporal(v, from, to)
	case to.Kind.IsTemporal():
		return numberToDateTime(v, from, to)
	case from.Kind.IsTemporal():
		return dateTimeToNumber(v, from, to)
	}
	return toNumber(v, from, to)
}

// Parse gives text of type nvarchar as a value of type to.
func (r Rules) Parse(text string, to Type) (any, error) { return r.Convert(text, NVarChar(Max), to) }

// fromText follows the table "Implicit conversions" and the pages of the types. Blanks around numbers do not count.
func (r Rules) fromText(s string, from, to Type) (any, error) {
	trimmed := strings.Trim(s, " ")
	if r.Mode == Copy && trimmed == "" {
		return nil, Errorf(errErrorConverting, "Error converting data type %s to %s.", from.Kind, to.Kind.messageName())
	}
	switch {
	case to.Kind.IsInteger():
		return textToInt(s, trimmed, from, to)
	case to.Kind == KindBit:
		return textToBit(s, trimmed, from)
	case to.Kind == KindDecimal:
		d, ok := ParseDecimal(trimmed)
		if !ok {
			return nil, Errorf(errErrorConverting, "Error converting data type %s to numeric.", from.Kind)
		}
		if d = d.rescale(to.Scale); d.Digits() > to.Precision {
			return nil, Errorf(errArithmeticOverflow, "Arithmetic overflow error converting %s to data type numeric.", from.Kind)
		}
		return d, nil
	case to.Kind.IsDecimal():
		return textToMoney(trimmed, from, to)
	case to.Kind.IsFloat():
		return textToFloat(trimmed, from, to)
	}
	return r.textToTemporal(s, from, to)
}

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
		return nil, Errorf(errSyntaxOverflowsColumn, "The conversion of the %s value '%s' overflowed an %s column. Use a larger integer column.", from.Kind, s, name)
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

// toGUID: from text, the first 36 characters count (data-types/uniqueidentifier-transact-sql); from 16 bytes.
func toGUID(v any, from, to Type) (any, error) {
	switch v := v.(type) {
	case GUID:
		return v, nil
	case []byte:
		var b [16]byte
		copy(b[:], v)
		return GUIDFromWire(b), nil
	case string:
		text := v
		if limit := 36; !strings.HasPrefix(text, "{") && len(text) > limit {
			text = text[:limit]
		} else if len(text) > 38 {
			text = text[:38]
		}
		if g, ok := ParseGUID(text); ok {
			return g, nil
		}
		return nil, Errorf(errGUIDSyntax, "Conversion failed when converting from a character string to uniqueidentifier.")
	}
	return nil, clash(from, to)
}

// toBytes: text gives its bytes, UTF-16LE for nchar and nvarchar, integers and the rest big-endian and cut at the left
// (data-types/binary-and-varbinary-transact-sql). Integers, uniqueidentifier and bit are what is offered here.
func (r Rules) toBytes(v any, from, to Type) (any, error) {
	var b []byte
	cutLeft := false
	switch v := v.(type) {
	case []byte:
		b = v
	case string:
		if b = EncodeVarChar(v); from.Kind.IsUnicode() {
			b = EncodeUTF16(v)
		}
	case int64, bool:
		n := uint64(toFixed(v))
		for i := range from.MaxLength() {
			b = append(b, byte(n>>(8*(from.MaxLength()-1-i))))
		}
		cutLeft = true
	case GUID:
		wire := v.WireOrder()
		b = wire[:]
	default:
		return nil, clash(from, to)
	}
	if to.Length == Max {
		return slices.Clone(b), nil
	}
	if len(b) > to.Length {
		if r.Mode != Explicit {
			return nil, truncated()
		}
		if cutLeft {
			return slices.Clone(b[len(b)-to.Length:]), nil
		}
		return slices.Clone(b[:to.Length]), nil
	}
	if to.Kind == KindBinary && len(b) < to.Length {
		padded := make([]byte, to.Length)
		if cutLeft {
			copy(padded[to.Length-len(b):], b)
		} else {
			copy(padded, b)
		}
		return padded, nil
	}
	return slices.Clone(b), nil
}

func toFixed(v any) int64 {
	if b, ok := v.(bool); ok {
		if b {
			return 1
		}
		return 0
	}
	return v.(int64)
}

// fromBytes: integers and bit take the rightmost bytes, big-endian (data-types/binary-and-varbinary-transact-sql).
func fromBytes(b []byte, from, to Type) (any, error) {
	if !to.Kind.IsInteger() && to.Kind != KindBit {
		return nil, clash(from, to)
	}
	n, width := uint64(0), to.MaxLength()
	b = b[max(0, len(b)-width):]
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	switch to.Kind {
	case KindBit:
		return n != 0, nil
	case KindSmallInt:
		return int64(int16(n)), nil
	case KindInt:
		return int64(int32(n)), nil
	}
	return int64(n), nil
}

func overflow(from string, to Type) *Error {
	return Errorf(errArithmeticOverflow, "Arithmetic overflow error converting %s to data type %s.", from, to.Kind.messageName())
}

func truncated() *Error { return Errorf(errTruncated, "String or binary data would be truncated.") }

func clash(from, to Type) *Error {
	return Errorf(errOperandClash, "Operand type clash: %s is incompatible with %s", from.Kind, to.Kind)
}

// messageName is how messages call the type: decimal is numeric there.
func (k Kind) messageName() string {
	if k == KindDecimal {
		return "numeric"
	}
	return k.String()
}
