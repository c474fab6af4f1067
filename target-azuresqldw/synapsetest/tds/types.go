package tds

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// Type tokens (MS-TDS 2.2.5.4).
const (
	typeNull           = 0x1F
	typeImage          = 0x22
	typeText           = 0x23
	typeGUID           = 0x24
	typeVarBinaryOld   = 0x25
	typeIntN           = 0x26
	typeVarCharOld     = 0x27
	typeDate           = 0x28
	typeTime           = 0x29
	typeDateTime2      = 0x2A
	typeDateTimeOffset = 0x2B
	typeBinaryOld      = 0x2D
	typeCharOld        = 0x2F
	typeInt1           = 0x30
	typeBit            = 0x32
	typeInt2           = 0x34
	typeInt4           = 0x38
	typeSmallDateTime  = 0x3A
	typeFloat4         = 0x3B
	typeMoney          = 0x3C
	typeDateTime       = 0x3D
	typeFloat8         = 0x3E
	typeNText          = 0x63
	typeBitN           = 0x68
	typeDecimalN       = 0x6A
	typeNumericN       = 0x6C
	typeFloatN         = 0x6D
	typeMoneyN         = 0x6E
	typeDateTimeN      = 0x6F
	typeMoney4         = 0x7A
	typeInt8           = 0x7F
	typeVarBinary      = 0xA5
	typeVarChar        = 0xA7
	typeBinary         = 0xAD
	typeChar           = 0xAF
	typeNVarChar       = 0xE7
	typeNChar          = 0xEF
)

const (
	maxMarker  = 0xFFFF // length of a (max) type; of a NULL of the other long types
	plpNull    = math.MaxUint64
	plpUnknown = math.MaxUint64 - 1
)

// collationBytes gives a collation in the form of MS-TDS 2.2.5.1.2: locale 1033, flags, version, sort order.
func collationBytes(name string) []byte {
	c, err := sqltype.ParseCollation(name)
	if err != nil {
		c, _ = sqltype.ParseCollation("")
	}
	var b [5]byte
	info := uint32(0x0409)
	if c.Binary {
		info |= 0x20 << 20 // fBinary2
	} else {
		for i, set := range []bool{!c.CaseSensitive, !c.AccentSensitive, !c.KanaSensitive, !c.WidthSensitive} {
			if set {
				info |= 1 << (20 + i)
			}
		}
	}
	binary.LittleEndian.PutUint32(b[:], info)
	if c.Name == sqltype.DefaultCollation {
		b[4] = 52
	}
	return b[:]
}

// appendTypeInfo writes TYPE_INFO (MS-TDS 2.2.5.6), always of the types that can be NULL.
func appendTypeInfo(b []byte, t sqltype.Type) []byte {
	switch t.Kind {
	case sqltype.KindUnknown, sqltype.KindInt: // a bare NULL is shown as int
		return append(b, typeIntN, 4)
	case sqltype.KindBit:
		return append(b, typeBitN, 1)
	case sqltype.KindTinyInt, sqltype.KindSmallInt, sqltype.KindBigInt:
		return append(b, typeIntN, byte(t.MaxLength()))
	case sqltype.KindReal, sqltype.KindFloat:
		return append(b, typeFloatN, byte(t.MaxLength()))
	case sqltype.KindMoney, sqltype.KindSmallMoney:
		return append(b, typeMoneyN, byte(t.MaxLength()))
	case sqltype.KindDecimal:
		return append(b, typeDecimalN, byte(t.MaxLength()), byte(t.Precision), byte(t.Scale))
	case sqltype.KindDate:
		return append(b, typeDate)
	case sqltype.KindTime:
		return append(b, typeTime, byte(t.Scale))
	case sqltype.KindDateTime2:
		return append(b, typeDateTime2, byte(t.Scale))
	case sqltype.KindDateTimeOffset:
		return append(b, typeDateTimeOffset, byte(t.Scale))
	case sqltype.KindDateTime, sqltype.KindSmallDateTime:
		return append(b, typeDateTimeN, byte(t.MaxLength()))
	case sqltype.KindUniqueIdentifier:
		return append(b, typeGUID, 16)
	}
	b = append(b, map[sqltype.Kind]byte{
		sqltype.KindChar: typeChar, sqltype.KindVarChar: typeVarChar, sqltype.KindNChar: typeNChar,
		sqltype.KindNVarChar: typeNVarChar, sqltype.KindBinary: typeBinary, sqltype.KindVarBinary: typeVarBinary,
	}[t.Kind])
	b = binary.LittleEndian.AppendUint16(b, uint16(t.MaxLength())) // -1 is 0xFFFF
	if t.Kind.IsCharacter() {
		b = append(b, collationBytes(t.Collation)...)
	}
	return b
}

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

// wireType is the type of a parameter as it was announced.
type wireType struct {
	id   byte
	size int // fixed sizes; maximal size of the others
	t    sqltype.Type
}

var errUnsupportedParameter = errors.New("unsupported parameter type")

// readTypeInfo reads TYPE_INFO. uniqueidentifier is refused as Synapse refuses it, and with it sql_variant, xml, table
// values and user-defined types, which the pool does not have.
func readTypeInfo(c *cursor) (wireType, error) {
	w := wireType{id: c.u8()}
	switch w.id {
	case typeNull:
		w.t = sqltype.NVarChar(1)
	case typeInt1, typeBit, typeInt2, typeInt4, typeInt8, typeFloat4, typeFloat8, typeMoney, typeMoney4, typeDateTime, typeSmallDateTime:
		w.fixed()
	case typeIntN, typeBitN, typeFloatN, typeMoneyN, typeDateTimeN:
		w.size = int(c.u8())
		if !w.sized() {
			return w, errUnsupportedParameter
		}
	case typeDecimalN, typeNumericN:
		w.size = int(c.u8())
		precision, scale := int(c.u8()), int(c.u8())
		if precision < 1 || precision > 38 || scale > precision {
			return w, errUnsupportedParameter
		}
		w.t = sqltype.DecimalType(precision, scale)
	case typeDate:
		w.t = sqltype.DateType
	case typeTime, typeDateTime2, typeDateTimeOffset:
		scale := int(c.u8())
		if scale > 7 {
			return w, errUnsupportedParameter
		}
		w.t = sqltype.Type{Kind: sqltype.KindTime + sqltype.Kind(0), Scale: scale}
		switch w.id {
		case typeDateTime2:
			w.t.Kind = sqltype.KindDateTime2
		case typeDateTimeOffset:
			w.t.Kind = sqltype.KindDateTimeOffset
		}
	case typeVarCharOld, typeCharOld, typeVarBinaryOld, typeBinaryOld:
		w.size = int(c.u8())
		w.t = sqltype.VarBinary(max(1, w.size))
		if w.id == typeVarCharOld || w.id == typeCharOld {
			w.t.Kind = sqltype.KindVarChar
		}
	case typeVarBinary, typeBinary, typeVarChar, typeChar, typeNVarChar, typeNChar:
		w.long(int(c.u16()))
		if w.t.Kind.IsCharacter() {
			c.bytes(5)
		}
	case typeText, typeNText, typeImage:
		c.u32()
		w.size = maxMarker
		w.t = sqltype.VarBinary(sqltype.Max)
		if w.id != typeImage {
			c.bytes(5)
			w.t.Kind = sqltype.KindVarChar
			if w.id == typeNText {
				w.t.Kind = sqltype.KindNVarChar
			}
		}
	default:
		return w, errUnsupportedParameter
	}
	return w, c.err
}

// fixed sets size and type of the types that cannot be NULL.
func (w *wireType) fixed() {
	w.t, w.size = map[byte]sqltype.Type{
		typeInt1: sqltype.TinyInt, typeBit: sqltype.Bit, typeInt2: sqltype.SmallInt, typeInt4: sqltype.Int, typeInt8: sqltype.BigInt,
		typeFloat4: sqltype.Real, typeFloat8: sqltype.Float, typeMoney: sqltype.Money, typeMoney4: sqltype.SmallMoney,
		typeDateTime: sqltype.DateTimeType, typeSmallDateTime: sqltype.SmallDateTime,
	}[w.id], 0
	w.size = w.t.MaxLength()
}

// sized sets the type of those that come in several sizes.
func (w *wireType) sized() bool {
	candidates := map[byte][]sqltype.Type{
		typeIntN: {sqltype.TinyInt, sqltype.SmallInt, sqltype.Int, sqltype.BigInt}, typeBitN: {sqltype.Bit},
		typeFloatN: {sqltype.Real, sqltype.Float}, typeMoneyN: {sqltype.SmallMoney, sqltype.Money},
		typeDateTimeN: {sqltype.SmallDateTime, sqltype.DateTimeType},
	}[w.id]
	i := slices.IndexFunc(candidates, func(t sqltype.Type) bool { return t.MaxLength() == w.size })
	if i < 0 {
		return false
	}
	w.t = candidates[i]
	return true
}

// long sets the type of text and bytes whose length has two bytes.
func (w *wireType) long(size int) {
	w.size = size
	w.t.Kind = map[byte]sqltype.Kind{
		typeVarBinary: sqltype.KindVarBinary, typeBinary: sqltype.KindBinary, typeVarChar: sqltype.KindVarChar,
		typeChar: sqltype.KindChar, typeNVarChar: sqltype.KindNVarChar, typeNChar: sqltype.KindNChar,
	}[w.id]
	switch {
	case size == maxMarker:
		w.t.Length = sqltype.Max
	case w.t.Kind.IsUnicode():
		w.t.Length = max(1, size/2)
	default:
		w.t.Length = max(1, size)
	}
}

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
