package tds

import (
	"errors"
	"slices"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

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
		switch w.id {
		case typeTime:
			w.t = sqltype.TimeType(scale)
		case typeDateTime2:
			w.t = sqltype.DateTime2Type(scale)
		default:
			w.t = sqltype.DateTimeOffsetType(scale)
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
	w.t = map[byte]sqltype.Type{
		typeInt1: sqltype.TinyInt, typeBit: sqltype.Bit, typeInt2: sqltype.SmallInt, typeInt4: sqltype.Int, typeInt8: sqltype.BigInt,
		typeFloat4: sqltype.Real, typeFloat8: sqltype.Float, typeMoney: sqltype.Money, typeMoney4: sqltype.SmallMoney,
		typeDateTime: sqltype.DateTimeType, typeSmallDateTime: sqltype.SmallDateTime,
	}[w.id]
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
