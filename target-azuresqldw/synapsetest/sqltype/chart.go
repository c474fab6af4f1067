package sqltype

// precedence is the list of data-types/data-type-precedence-transact-sql, lowest first.
var precedence = [...]Kind{
	KindUnknown, KindBinary, KindVarBinary, KindChar, KindVarChar, KindNChar, KindNVarChar, KindUniqueIdentifier, KindBit,
	KindTinyInt, KindSmallInt, KindInt, KindBigInt, KindSmallMoney, KindMoney, KindDecimal, KindReal, KindFloat, KindTime,
	KindDate, KindSmallDateTime, KindDateTime, KindDateTime2, KindDateTimeOffset,
}

func rank(k Kind) int {
	for i, p := range precedence {
		if p == k {
			return i
		}
	}
	return -1
}

// allowed follows the chart of functions/cast-and-convert-transact-sql, "Implicit conversions". Conversions of the chart
// between binary types and decimal, money, float or the date and time types are not offered, and are refused here.
func (r Rules) allowed(from, to Type) error {
	f, t := from.Kind, to.Kind
	explicit, never := false, false
	switch {
	case f == t || f == KindUnknown:
	case f.IsCharacter():
		explicit = t.IsBinary()
	case f.IsBinary():
		never = t.IsFloat() || t.IsDecimal() || t.IsTemporal()
	case t.IsCharacter():
		explicit = f == KindMoney || f == KindSmallMoney
	case f == KindUniqueIdentifier || t == KindUniqueIdentifier:
		never = !f.IsBinary() && !t.IsBinary()
	case t.IsBinary():
		never = f.IsFloat() || f.IsDecimal() || f.IsTemporal()
	case f.IsTemporal() && t.IsTemporal():
		never = f == KindDate && t == KindTime || f == KindTime && t == KindDate
	case f.IsTemporal(): // to a number
		explicit, never = true, f != KindDateTime && f != KindSmallDateTime
	case t.IsTemporal(): // from a number
		never = t != KindDateTime && t != KindSmallDateTime
	}
	switch {
	case never && r.Mode == Explicit:
		return Errorf(errExplicitNotAllowed, "Explicit conversion from data type %s to %s is not allowed.", f, t)
	case never:
		return clash(from, to)
	case explicit && r.Mode == Implicit:
		return Errorf(errImplicitNotAllowed, "Implicit conversion from data type %s to %s is not allowed. Use the CONVERT function to run this query.", f, t)
	case r.Mode == Copy && t.IsBinary():
		return Errorf(errErrorConverting, "Error converting data type %s to %s.", f, t)
	}
	return nil
}

// Allowed reports, as an *Error, whether a value of type from can become one of type to under the rules at all.
func (r Rules) Allowed(from, to Type) error { return r.allowed(from, to) }

// Common gives the type in which values of the two types meet, in a comparison, CASE, COALESCE or UNION: that of the
// higher precedence, long and precise enough for both (data-types/data-type-precedence-transact-sql,
// precision-scale-and-length-transact-sql). The collation is that of a unless only b has one; conflicts are the caller's
// to find, since they depend on where a collation comes from (statements/collation-precedence-transact-sql).
func Common(a, b Type) (Type, error) {
	if rank(a.Kind) < rank(b.Kind) {
		high, err := Common(b, a)
		if a.Kind.IsCharacter() && a.Collation != "" && high.Kind.IsCharacter() {
			high.Collation = a.Collation
		}
		return high, err
	}
	if err := (Rules{Mode: Implicit}).allowed(b, a); err != nil {
		return Type{}, err
	}
	high := a
	switch {
	case b.Kind == KindUnknown:
	case a.Kind.IsCharacter() && b.Kind.IsCharacter() || a.Kind.IsBinary() && b.Kind.IsBinary():
		high.Length = commonLength(a, b)
		if high.Collation == "" {
			high.Collation = b.Collation
		}
	case a.Kind == KindDecimal && b.Kind.IsNumeric() && !b.Kind.IsFloat():
		ap, as := asDecimal(a)
		bp, bs := asDecimal(b)
		scale := max(as, bs)
		whole := max(ap-as, bp-bs)
		if whole+scale > 38 {
			scale = max(0, 38-whole)
		}
		high.Precision, high.Scale = min(38, whole+scale), scale
	case a.Kind == KindTime || a.Kind == KindDateTime2 || a.Kind == KindDateTimeOffset:
		high.Scale = max(a.Scale, temporalScale(b))
	}
	return high, nil
}

func commonLength(a, b Type) int {
	if a.IsMax() || b.IsMax() {
		return Max
	}
	n := max(a.Length, b.Length)
	if a.Kind.IsUnicode() && n > 4000 {
		return 4000
	}
	return n
}

func temporalScale(t Type) int {
	if t.Kind.IsTemporal() {
		return t.Scale
	}
	return 0
}

// asDecimal gives the precision and scale with which a number takes part in decimal arithmetic
// (data-types/precision-scale-and-length-transact-sql).
func asDecimal(t Type) (precision, scale int) {
	switch t.Kind {
	case KindBit:
		return 1, 0
	case KindTinyInt:
		return 3, 0
	case KindSmallInt:
		return 5, 0
	case KindInt:
		return 10, 0
	case KindBigInt:
		return 19, 0
	case KindMoney:
		return 19, 4
	case KindSmallMoney:
		return 10, 4
	}
	return t.Precision, t.Scale
}
