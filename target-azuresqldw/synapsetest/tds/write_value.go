package tds

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// appendValue writes a value of the type that appendTypeInfo announced.
func appendValue(b []byte, t sqltype.Type, v any) ([]byte, error) {
	if v == nil {
		return appendNull(b, t), nil
	}
	switch v := v.(type) {
	case bool:
		if t.Kind == sqltype.KindBit {
			if v {
				return append(b, 1, 1), nil
			}
			return append(b, 1, 0), nil
		}
	case int64:
		if t.Kind.IsInteger() || t.Kind == sqltype.KindUnknown {
			return appendInt(b, max(1, t.MaxLength()), v), nil
		}
	case float64:
		switch t.Kind {
		case sqltype.KindReal:
			return binary.LittleEndian.AppendUint32(append(b, 4), math.Float32bits(float32(v))), nil
		case sqltype.KindFloat:
			return binary.LittleEndian.AppendUint64(append(b, 8), math.Float64bits(v)), nil
		}
	case sqltype.Decimal:
		if t.Kind.IsDecimal() {
			return appendDecimal(b, t, v)
		}
	case string:
		switch {
		case t.Kind.IsUnicode():
			return appendLong(b, t, sqltype.EncodeUTF16(v))
		case t.Kind.IsCharacter():
			return appendLong(b, t, sqltype.EncodeVarChar(v))
		}
	case []byte:
		if t.Kind.IsBinary() {
			return appendLong(b, t, v)
		}
	case sqltype.GUID:
		if t.Kind == sqltype.KindUniqueIdentifier {
			wire := v.WireOrder()
			return append(append(b, 16), wire[:]...), nil
		}
	default:
		if t.Kind.IsTemporal() {
			return appendTemporal(b, t, v)
		}
	}
	return nil, fmt.Errorf("tds: a %T is no value of %s", v, t)
}

func appendNull(b []byte, t sqltype.Type) []byte {
	switch {
	case t.IsMax():
		return binary.LittleEndian.AppendUint64(b, plpNull)
	case t.Kind.IsCharacter() || t.Kind.IsBinary():
		return binary.LittleEndian.AppendUint16(b, maxMarker)
	}
	return append(b, 0)
}

func appendInt(b []byte, size int, n int64) []byte {
	b = append(b, byte(size))
	for range size {
		b = append(b, byte(n))
		n >>= 8
	}
	return b
}

// appendDecimal writes a sign and the absolute value, or money's two halves, the high one first.
func appendDecimal(b []byte, t sqltype.Type, d sqltype.Decimal) ([]byte, error) {
	exact, err := sqltype.Rules{}.Convert(d, t, t) // to the type's scale
	if err != nil {
		return nil, err
	}
	n := exact.(sqltype.Decimal).Unscaled
	size := t.MaxLength()
	switch t.Kind {
	case sqltype.KindMoney:
		b = binary.LittleEndian.AppendUint32(append(b, 8), uint32(n.Int64()>>32))
		return binary.LittleEndian.AppendUint32(b, uint32(n.Int64())), nil
	case sqltype.KindSmallMoney:
		return binary.LittleEndian.AppendUint32(append(b, 4), uint32(n.Int64())), nil
	}
	sign := byte(1)
	if n.Sign() < 0 {
		sign = 0
	}
	digits := n.FillBytes(make([]byte, size-1))
	slices.Reverse(digits)
	return append(append(b, byte(size), sign), digits...), nil
}

func appendTemporal(b []byte, t sqltype.Type, v any) ([]byte, error) {
	switch v := v.(type) {
	case sqltype.Date:
		if t.Kind == sqltype.KindDate {
			return appendDate(append(b, 3), v), nil
		}
	case sqltype.Time:
		if t.Kind == sqltype.KindTime {
			return appendClock(append(b, byte(t.MaxLength())), v, t.Scale), nil
		}
	case sqltype.DateTime:
		const day1900 = 693595
		days := int32(v.Date) - day1900
		switch t.Kind {
		case sqltype.KindDateTime2:
			return appendDate(appendClock(append(b, byte(t.MaxLength())), v.Time, t.Scale), v.Date), nil
		case sqltype.KindDateTime:
			b = binary.LittleEndian.AppendUint32(append(b, 8), uint32(days))
			return binary.LittleEndian.AppendUint32(b, v.Time.Units300()), nil
		case sqltype.KindSmallDateTime:
			hour, minute, _, _ := v.Time.Clock()
			b = binary.LittleEndian.AppendUint16(append(b, 4), uint16(days))
			return binary.LittleEndian.AppendUint16(b, uint16(hour*60+minute)), nil
		}
	case sqltype.DateTimeOffset:
		if t.Kind == sqltype.KindDateTimeOffset {
			b = appendDate(appendClock(append(b, byte(t.MaxLength())), v.UTC.Time, t.Scale), v.UTC.Date)
			return binary.LittleEndian.AppendUint16(b, uint16(v.Offset)), nil
		}
	}
	return nil, fmt.Errorf("tds: a %T is no value of %s", v, t)
}

func appendDate(b []byte, d sqltype.Date) []byte { return append(b, byte(d), byte(d>>8), byte(d>>16)) }

// appendClock writes the units of the scale since midnight.
func appendClock(b []byte, t sqltype.Time, scale int) []byte {
	n := int64(t)
	for range 7 - scale {
		n /= 10
	}
	for range sqltype.TimeType(scale).MaxLength() {
		b = append(b, byte(n))
		n >>= 8
	}
	return b
}

// appendLong writes text or bytes: with a length of two bytes, or in chunks for a (max) type.
func appendLong(b []byte, t sqltype.Type, data []byte) ([]byte, error) {
	if !t.IsMax() {
		if len(data) > t.MaxLength() {
			return nil, fmt.Errorf("tds: %d bytes in a column of %s", len(data), t)
		}
		return append(binary.LittleEndian.AppendUint16(b, uint16(len(data))), data...), nil
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	if len(data) > 0 {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		b = append(b, data...)
	}
	return binary.LittleEndian.AppendUint32(b, 0), nil
}
