package sqltype

import (
	"strconv"
	"strings"
)

// Named makes the type that is declared as name(args...), with SQL Server's defaults for what is left out: Max stands for
// (max). The error is the one that SQL Server gives for a column, a variable or a CAST of such a type; only the default
// length of character and binary types differs between them, and NamedInCast is for CAST.
func Named(name string, args ...int) (Type, error) { return named(name, 1, args) }

// NamedInCast is Named for CAST and CONVERT, where a character or binary type without length has 30
// (functions/cast-and-convert-transact-sql).
func NamedInCast(name string, args ...int) (Type, error) { return named(name, 30, args) }

func named(name string, defaultLength int, args []int) (Type, error) {
	lower := strings.ToLower(name)
	kind, ok := kindOf(lower)
	if !ok {
		// statements/create-table-azure-sql-data-warehouse lists what there is; text, ntext, image, xml, sql_variant, json
		// and rowversion exist in SQL Server but not in the pool (azure/synapse-analytics/…/sql-data-warehouse-tables-data-types).
		return Type{}, Errorf(errUnknownType, "Column, parameter, or variable #1: Cannot find data type %s.", name)
	}
	t := Type{Kind: kind}
	switch {
	case kind.IsCharacter() || kind.IsBinary():
		return t.withLength(defaultLength, args)
	case kind == KindDecimal:
		return t.withPrecision(args)
	case kind == KindFloat:
		return floatOf(args)
	case kind == KindTime || kind == KindDateTime2 || kind == KindDateTimeOffset:
		return t.withScale(args)
	case len(args) > 0:
		return Type{}, Errorf(errTypeTakesNoLength, "Column, parameter, or variable #1: Cannot specify a column width on data type %s.", lower)
	case kind == KindMoney:
		return Money, nil
	case kind == KindSmallMoney:
		return SmallMoney, nil
	case kind == KindDateTime:
		return DateTimeType, nil
	}
	return t, nil
}

func kindOf(lower string) (Kind, bool) {
	switch lower {
	case "numeric", "dec": // data-types/decimal-and-numeric-transact-sql
		return KindDecimal, true
	case "integer": // data-types/data-type-synonyms-transact-sql
		return KindInt, true
	}
	for k := KindBit; k <= KindUniqueIdentifier; k++ {
		if kindNames[k] == lower {
			return k, true
		}
	}
	return KindUnknown, false
}

// withLength: up to 8000 bytes or 4000 UTF-16 units, max for the varying ones
// (data-types/char-and-varchar-transact-sql, nchar-and-nvarchar-transact-sql, binary-and-varbinary-transact-sql).
func (t Type) withLength(defaultLength int, args []int) (Type, error) {
	t.Length = defaultLength
	if len(args) == 0 {
		return t, nil
	}
	limit := 8000
	if t.Kind.IsUnicode() {
		limit = 4000
	}
	fixed := t.Kind == KindChar || t.Kind == KindNChar || t.Kind == KindBinary
	switch n := args[0]; {
	case len(args) > 1 || n == Max && fixed || n != Max && n < 1:
		return Type{}, Errorf(errLengthInvalid, "Line 1: Length or precision specification %d is invalid.", args[len(args)-1])
	case n > limit:
		return Type{}, Errorf(errLengthTooLarge, "The size (%d) given to the type '%s' exceeds the maximum allowed for any data type (%d).", n, t.Kind, limit)
	default:
		t.Length = n
		return t, nil
	}
}

// withPrecision: precision 1 to 38, 18 when left out; scale 0 to precision, 0 when left out
// (data-types/decimal-and-numeric-transact-sql).
func (t Type) withPrecision(args []int) (Type, error) {
	t.Precision = 18
	if len(args) > 0 {
		t.Precision = args[0]
	}
	if len(args) > 1 {
		t.Scale = args[1]
	}
	switch {
	case len(args) > 2 || t.Precision < 1 || t.Scale < 0:
		return Type{}, Errorf(errLengthInvalid, "Line 1: Length or precision specification %d is invalid.", args[0])
	case t.Precision > 38:
		return Type{}, Errorf(errPrecisionTooLarge, "Column or parameter #1: Specified column precision %d is greater than the maximum precision of 38.", t.Precision)
	case t.Scale > t.Precision:
		return Type{}, Errorf(errScaleOverPrecision, "The scale (%d) for column '' must be within the range 0 to %d.", t.Scale, t.Precision)
	}
	return t, nil
}

// withScale: 0 to 7, 7 when left out (data-types/time-transact-sql, datetime2-transact-sql, datetimeoffset-transact-sql).
func (t Type) withScale(args []int) (Type, error) {
	t.Scale = 7
	if len(args) > 0 {
		t.Scale = args[0]
	}
	if len(args) > 1 || t.Scale < 0 || t.Scale > 7 {
		return Type{}, Errorf(errScaleInvalid, "Line 1: Specified scale %d is invalid.", t.Scale)
	}
	return t, nil
}

// floatOf: float(1) to float(24) are real, float(25) to float(53) are float (data-types/float-and-real-transact-sql).
func floatOf(args []int) (Type, error) {
	switch {
	case len(args) == 0 || len(args) == 1 && args[0] >= 25 && args[0] <= 53:
		return Float, nil
	case len(args) == 1 && args[0] >= 1 && args[0] < 25:
		return Real, nil
	}
	return Type{}, Errorf(errPrecisionTooLarge, "Column or parameter #1: Specified column precision %d is greater than the maximum precision of 53.", args[0])
}

// ParseType reads a declaration such as "nvarchar(max)", as sp_executesql's parameter list has it.
func ParseType(declaration string) (Type, error) {
	name, rest, hasArgs := strings.Cut(strings.TrimSpace(declaration), "(")
	name = strings.TrimSpace(name)
	if !hasArgs {
		return Named(name)
	}
	inner, ok := strings.CutSuffix(strings.TrimSpace(rest), ")")
	if !ok {
		return Type{}, Errorf(102, "Incorrect syntax near '%s'.", declaration)
	}
	var args []int
	for part := range strings.SplitSeq(inner, ",") {
		part = strings.TrimSpace(part)
		if strings.EqualFold(part, "max") {
			args = append(args, Max)
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return Type{}, Errorf(102, "Incorrect syntax near '%s'.", part)
		}
		args = append(args, n)
	}
	return Named(name, args...)
}
