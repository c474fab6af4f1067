package tds

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// readValue reads a parameter's value.
func readValue(c *cursor, w wireType) (any, error) {
	data, null := w.data(c)
	if c.err != nil || null {
		return nil, c.err
	}
	n := len(data)
	switch k := w.t.Kind; {
	case k.IsUnicode():
		return sqltype.DecodeUTF16(data), nil
	case k.IsCharacter():
		return sqltype.DecodeVarChar(data), nil
	case k.IsBinary():
		return slices.Clone(data), nil
	case k == sqltype.KindDecimal:
		if n < 2 || n > 17 {
			return nil, errUnsupportedParameter
		}
		return decimalOf(data, w.t)
	case k.IsTemporal():
		return temporalOf(data, w.t)
	case n != w.t.MaxLength():
		return nil, errUnsupportedParameter
	case k == sqltype.KindBit:
		return data[0] != 0, nil
	case k == sqltype.KindMoney:
		high, low := binary.LittleEndian.Uint32(data), binary.LittleEndian.Uint32(data[4:])
		return sqltype.NewDecimal(int64(uint64(high)<<32|uint64(low)), 4), nil
	case k == sqltype.KindSmallMoney:
		return sqltype.NewDecimal(int64(int32(binary.LittleEndian.Uint32(data))), 4), nil
	case k == sqltype.KindReal:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(data))), nil
	case k == sqltype.KindFloat:
		return math.Float64frombits(binary.LittleEndian.Uint64(data)), nil
	}
	return intOf(data, w.t), nil
}

// data gives the bytes of a value, whatever form its length has.
func (w wireType) data(c *cursor) (data []byte, null bool) {
	switch w.id {
	case typeNull:
		return nil, true
	case typeInt1, typeBit, typeInt2, typeInt4, typeInt8, typeFloat4, typeFloat8, typeMoney, typeMoney4, typeDateTime, typeSmallDateTime:
		return c.bytes(w.size), false
	case typeText, typeNText, typeImage:
		n := c.u32()
		if n == math.MaxUint32 {
			return nil, true
		}
		return c.bytes(int(n)), false
	case typeVarBinary, typeBinary, typeVarChar, typeChar, typeNVarChar, typeNChar:
		if w.size == maxMarker {
			return readChunks(c)
		}
		n := c.u16()
		if n == maxMarker {
			return nil, true
		}
		return c.bytes(int(n)), false
	}
	n := c.u8()
	if n == 0 && !w.t.Kind.IsCharacter() && !w.t.Kind.IsBinary() {
		return nil, true
	}
	return c.bytes(int(n)), false
}

// readChunks reads a partially length-prefixed value (MS-TDS 2.2.5.2.3).
func readChunks(c *cursor) (data []byte, null bool) {
	if total := c.u64(); total == plpNull {
		return nil, true
	}
	for {
		n := c.u32()
		if n == 0 || c.err != nil {
			return data, false
		}
		data = append(data, c.bytes(int(n))...)
	}
}

func intOf(data []byte, t sqltype.Type) int64 {
	switch t.Kind {
	case sqltype.KindTinyInt:
		return int64(data[0])
	case sqltype.KindSmallInt:
		return int64(int16(binary.LittleEndian.Uint16(data)))
	case sqltype.KindInt:
		return int64(int32(binary.LittleEndian.Uint32(data)))
	}
	return int64(binary.LittleEndian.Uint64(data))
}

func decimalOf(data []byte, t sqltype.Type) (any, error) {
	digits := slices.Clone(data[1:])
	slices.Reverse(digits)
	n := new(big.Int).SetBytes(digits)
	if data[0] == 0 {
		n.Neg(n)
	}
	return sqltype.Rules{}.Convert(sqltype.Decimal{Unscaled: n, Scale: t.Scale}, t, t) // refuses more than 38 digits
}

func temporalOf(data []byte, t sqltype.Type) (any, error) {
	if len(data) != t.MaxLength() {
		return nil, errUnsupportedParameter
	}
	const day1900, dayTicks = 693595, 864_000_000_000
	var v any
	var dt sqltype.DateTime
	switch t.Kind {
	case sqltype.KindDate:
		dt.Date = dateOf(data)
		v = dt.Date
	case sqltype.KindTime:
		dt.Time = clockOf(data, t.Scale)
		v = dt.Time
	case sqltype.KindDateTime:
		dt = sqltype.DateTime{
			Date: sqltype.Date(day1900 + int64(int32(binary.LittleEndian.Uint32(data)))),
			Time: sqltype.TimeFromUnits300(min(binary.LittleEndian.Uint32(data[4:]), 86400*300)),
		}
		v = dt
	case sqltype.KindSmallDateTime:
		dt = sqltype.DateTime{
			Date: sqltype.Date(day1900 + int64(binary.LittleEndian.Uint16(data))),
			Time: sqltype.Time(int64(binary.LittleEndian.Uint16(data[2:])) * 600_000_000),
		}
		v = dt
	case sqltype.KindDateTime2:
		dt = sqltype.DateTime{Date: dateOf(data[len(data)-3:]), Time: clockOf(data[:len(data)-3], t.Scale)}
		v = dt
	case sqltype.KindDateTimeOffset:
		n := len(data)
		dt = sqltype.DateTime{Date: dateOf(data[n-5 : n-2]), Time: clockOf(data[:n-5], t.Scale)}
		o := sqltype.DateTimeOffset{UTC: dt, Offset: int16(binary.LittleEndian.Uint16(data[n-2:]))}
		if o.Offset < -840 || o.Offset > 840 {
			return nil, errUnsupportedParameter
		}
		v = o
	}
	if dt.Date < 0 || dt.Date > sqltype.MaxDate || dt.Time < 0 || dt.Time >= dayTicks {
		return nil, errUnsupportedParameter
	}
	return v, nil
}

func dateOf(b []byte) sqltype.Date {
	return sqltype.Date(int32(b[0]) | int32(b[1])<<8 | int32(b[2])<<16)
}

func clockOf(b []byte, scale int) sqltype.Time {
	n := int64(0)
	for i, x := range b {
		n |= int64(x) << (8 * i)
	}
	for range 7 - scale {
		n *= 10
	}
	return sqltype.Time(n)
}
