package sqltype

import (
	"slices"
	"strings"
)

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
