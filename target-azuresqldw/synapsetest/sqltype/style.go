package sqltype

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// ConvertStyle is CONVERT(to, v, style) (functions/cast-and-convert-transact-sql). It knows the styles of dates and times
// that follow a fixed pattern, 0 to 2 of binary types, 0 to 3 of float and 0 to 2 of money; another style gives 281.
// Text to a date or time type takes the styles 0, 20, 21, 23, 25, 100, 101, 102, 103, 104, 105, 110, 111, 112, 120, 121,
// 126 and 127.
func (r Rules) ConvertStyle(v any, from, to Type, style int) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch {
	case from.Kind.IsTemporal() && to.Kind.IsCharacter():
		text, ok := temporalStyle(v, from, style)
		if !ok {
			return nil, badStyle(style, from, to)
		}
		return r.toText(text, NVarChar(Max), to)
	case from.Kind.IsCharacter() && to.Kind.IsTemporal():
		order, ok := styleOrder(style)
		if !ok {
			return nil, badStyle(style, from, to)
		}
		r.DateOrder = order
	case from.Kind.IsBinary() && to.Kind.IsCharacter() && style != 0:
		return r.bytesToHex(v.([]byte), from, to, style)
	case from.Kind.IsCharacter() && to.Kind.IsBinary() && style != 0:
		return r.hexToBytes(v.(string), from, to, style)
	case from.Kind.IsFloat() && to.Kind.IsCharacter() && style != 0:
		digits, ok := map[int]int{1: 7, 2: 15, 3: 16}[style] // style 3: 17 digits, 1: 8, 2: 16
		if !ok {
			return nil, badStyle(style, from, to)
		}
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v.(float64), 'e', digits, 64), "e")
		return r.toText(mantissa+"e"+exponent[:1]+leftPad(exponent[1:], 3, "0"), NVarChar(Max), to)
	case (from.Kind == KindMoney || from.Kind == KindSmallMoney) && to.Kind.IsCharacter() && style != 0:
		switch style {
		case 1:
			return r.toText(commas(v.(Decimal).rescale(2).String()), NVarChar(Max), to)
		case 2:
			return r.toText(v.(Decimal).rescale(4).String(), NVarChar(Max), to)
		}
		return nil, badStyle(style, from, to)
	}
	return r.Convert(v, from, to)
}

func badStyle(style int, from, to Type) *Error {
	return Errorf(errStyleInvalid, "%d is not a valid style number when converting from %s to a character string.", style, from.Kind)
}

func temporalStyle(v any, from Type, style int) (string, bool) {
	iso := style == 126 || style == 127
	switch v := v.(type) {
	case Date:
		switch style {
		case 0, 20, 21, 23, 25, 120, 121, 126, 127:
			return v.String(), true
		case 108:
			return "", false
		case 100:
			return "", false
		}
		return styled(DateTime{Date: v}, style)
	case Time:
		switch style {
		case 0, 100:
			text, ok := styled(DateTime{Date: baseDateTime, Time: v}, 0)
			return strings.TrimLeft(text[len("Jan  1 1900"):], " "), ok
		case 8, 24, 108, 20, 120:
			return v.Text(0), true
		case 14, 21, 25, 114, 121, 126, 127:
			return v.Text(from.Scale), true
		}
		return "", false
	case DateTime:
		if from.Kind == KindDateTime2 {
			switch style {
			case 0, 21, 25, 121:
				return v.Text(from.Scale), true
			case 126, 127:
				return v.Date.String() + "T" + v.Time.Text(from.Scale), true
			}
		}
		if style == 23 {
			return v.Date.String(), true
		}
		return styled(v, style)
	case DateTimeOffset:
		local := v.Local()
		switch {
		case style == 0 || style == 21 || style == 25 || style == 121:
			return v.Text(from.Scale), true
		case style == 127:
			return v.UTC.Date.String() + "T" + v.UTC.Time.Text(from.Scale) + "Z", true
		case iso:
			text := v.Text(from.Scale)
			return local.Date.String() + "T" + local.Time.Text(from.Scale) + text[len(text)-6:], true
		case style == 20 || style == 120:
			text := v.Text(0)
			return text, true
		case style == 23:
			return local.Date.String(), true
		}
		return styled(local, style)
	}
	return "", false
}

// styleOrder gives the order of the parts that a style reads.
func styleOrder(style int) (DateOrder, bool) {
	switch style {
	case 0, 100, 101, 110:
		return MDY, true
	case 103, 104, 105:
		return DMY, true
	case 20, 21, 23, 25, 102, 111, 112, 120, 121, 126, 127:
		return YMD, true
	}
	return MDY, false
}

// bytesToHex: style 1 with 0x in front, style 2 without.
func (r Rules) bytesToHex(b []byte, from, to Type, style int) (any, error) {
	text := strings.ToUpper(hex.EncodeToString(b))
	switch style {
	case 1:
		return r.toText("0x"+text, NVarChar(Max), to)
	case 2:
		return r.toText(text, NVarChar(Max), to)
	}
	return nil, badStyle(style, from, to)
}

// hexToBytes is the inverse of bytesToHex.
func (r Rules) hexToBytes(s string, from, to Type, style int) (any, error) {
	digits, prefixed := strings.CutPrefix(s, "0x")
	b, err := hex.DecodeString(digits)
	if style != 1 && style != 2 {
		return nil, badStyle(style, from, to)
	}
	if err != nil || prefixed != (style == 1) {
		return nil, Errorf(errErrorConverting, "Error converting data type %s to %s.", from.Kind, to.Kind)
	}
	return r.toBytes(b, VarBinary(Max), to)
}

// commas sets a comma before each group of three digits on the left of the point.
func commas(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	digits := strings.TrimPrefix(whole, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if whole[0] == '-' {
		digits = "-" + digits
	}
	return digits + "." + fraction
}
