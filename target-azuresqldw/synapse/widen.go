package synapse

// Widen returns the narrowest type that holds every value of have and every
// value of want, each exactly as it was written: nothing narrows, nothing is
// rounded, no number becomes text and no date becomes an instant. False means
// that there is no such type, and the values need a column of their own.
func Widen(have, want Type) (Type, bool) {
	if have == want {
		return have, have.Base != Unknown
	}
	if a, ok := asDecimal(have); ok {
		return widenNumber(have, a, want)
	}
	switch {
	case have.Textual() && want.Textual():
		return widenText(have, want)
	case have.Base == want.Base:
		return widenSame(have, want)
	case have.Base == Binary && want.Base == VarBinary, have.Base == VarBinary && want.Base == Binary:
		return Type{Base: VarBinary, Length: longer(have.Length, want.Length, 8000)}, true
	case have.Base == Real && want.Base == Float, have.Base == Float && want.Base == Real:
		return Type{Base: Float}, true
	case have.Base == Float && (want.Base == Int || want.Base == SmallInt || want.Base == TinyInt):
		return have, true // 53 bits hold every int
	case legacyTime(have) && legacyTime(want):
		return widenLegacyTime(have, want), true
	}
	return Type{}, false
}

// Holds says whether a column of type have takes every value of want as it is.
func Holds(have, want Type) bool {
	t, ok := Widen(have, want)
	return ok && t == have
}

func widenSame(have, want Type) (Type, bool) {
	switch have.Base {
	case DateTimeOffset, DateTime2, Time:
		have.Scale = max(have.Scale, want.Scale)
	case VarBinary:
		have.Length = longer(have.Length, want.Length, 8000)
	case Binary:
		return Type{Base: VarBinary, Length: longer(have.Length, want.Length, 8000)}, true
	}
	return have, true
}

// widenText keeps a column's own kind while that holds what is wanted; a
// varchar, whose characters depend on a code page, becomes nvarchar as soon as any
// other text is wanted.
func widenText(have, want Type) (Type, bool) {
	if have.Base == want.Base || (have.Base == NVarChar && want.Base == NChar) {
		limit := 4000
		if have.Base == VarChar || have.Base == Char {
			limit = 8000
		}
		have.Length = longer(have.Length, want.Length, limit)
		return have, true
	}
	if have.Base == VarChar && want.Base == Char {
		have.Length = longer(have.Length, want.Length, 8000)
		return have, true
	}
	return Text(longer(have.Length, want.Length, 4000)), true
}

// longer is the greater of two lengths, Max when it exceeds the limit.
func longer(a, b, limit int) int {
	if a == Max || b == Max || max(a, b) > limit {
		return Max
	}
	return max(a, b)
}

// digits is a number type as what it can write: digits before and after the point.
type digits struct{ whole, fraction int }

// asDecimal gives the digits of an exact number type.
func asDecimal(t Type) (digits, bool) {
	switch t.Base {
	case TinyInt:
		return digits{3, 0}, true
	case SmallInt:
		return digits{5, 0}, true
	case Int:
		return digits{10, 0}, true
	case BigInt:
		return digits{19, 0}, true
	case SmallMoney:
		return digits{6, 4}, true
	case Money:
		return digits{15, 4}, true
	case Decimal:
		return digits{t.Precision - t.Scale, t.Scale}, true
	}
	return digits{}, false
}

// maxPrecision is the number of digits a decimal can have.
const maxPrecision = 38

func widenNumber(have Type, a digits, want Type) (Type, bool) {
	b, ok := asDecimal(want)
	if !ok {
		if (have.Base == Int || have.Base == SmallInt || have.Base == TinyInt) && want.Base == Float {
			return want, true
		}
		return Type{}, false
	}
	if integral(have) && integral(want) {
		if b.whole <= a.whole {
			return have, true
		}
		return want, true
	}
	whole, fraction := max(a.whole, b.whole), max(a.fraction, b.fraction)
	if whole == a.whole && fraction == a.fraction {
		return have, true
	}
	if whole+fraction > maxPrecision {
		return Type{}, false
	}
	return Number(whole+fraction, fraction), true
}

func integral(t Type) bool {
	switch t.Base {
	case TinyInt, SmallInt, Int, BigInt:
		return true
	}
	return false
}

func legacyTime(t Type) bool {
	switch t.Base {
	case SmallDateTime, DateTime, DateTime2:
		return true
	}
	return false
}

// widenLegacyTime goes up smalldatetime, datetime, datetime2: each holds what
// the one before does.
func widenLegacyTime(have, want Type) Type {
	if have.Base == DateTime2 || want.Base == DateTime2 {
		scale := max(have.Scale, want.Scale)
		if have.Base == DateTime || want.Base == DateTime {
			scale = max(scale, 3)
		}
		return Type{Base: DateTime2, Scale: scale}
	}
	return Type{Base: DateTime}
}
