package sqltype

import "strings"

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
	// file should spell them: both are refused. Nor does a page grant COPY to cut blanks off.
	Copy
)

// Rules are what a conversion depends on besides the types. The zero value is CAST in a session of us_english.
type Rules struct {
	Mode      Mode
	DateOrder DateOrder
}

// Convert gives v, which must be a value of type from, as a value of type to. NULL stays NULL. An error is an *Error.
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
