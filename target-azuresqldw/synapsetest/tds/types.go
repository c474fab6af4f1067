package tds

import (
	"encoding/binary"
	"math"

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
	maxMarker = 0xFFFF // length of a (max) type; of a NULL of the other long types
	plpNull   = math.MaxUint64
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
