// Package sqltype knows the data types of a dedicated SQL pool: their names and limits, their values in Go, the
// conversions between them with SQL Server's error numbers, their comparison and their arithmetic.
//
// It is strict. A rule is here because a page of Microsoft's documentation grants it, and the page is named beside it;
// what no page grants is refused. Names of pages are paths below learn.microsoft.com/sql/t-sql unless they say more.
//
// A value is a plain Go value, and nil is NULL in every type:
//
//	bit                                        bool
//	tinyint, smallint, int, bigint             int64
//	real, float                                float64
//	decimal, numeric, money, smallmoney        Decimal
//	date                                       Date
//	time                                       Time
//	smalldatetime, datetime, datetime2         DateTime
//	datetimeoffset                             DateTimeOffset
//	char, varchar, nchar, nvarchar             string (valid UTF-8; counted in UTF-16 units or in bytes of code page 1252)
//	binary, varbinary                          []byte
//	uniqueidentifier                           GUID
//
// Parsing T-SQL, storing values and putting them on the wire are left to others.
package sqltype

import (
	"strconv"
	"strings"
)

// Kind is the name of a type without its length, precision and scale.
type Kind uint8

// The types that a dedicated pool has (statements/create-table-azure-sql-data-warehouse, "Data type").
const (
	KindUnknown Kind = iota // the type of a bare NULL
	KindBit
	KindTinyInt
	KindSmallInt
	KindInt
	KindBigInt
	KindDecimal // decimal and numeric are synonyms (data-types/decimal-and-numeric-transact-sql)
	KindSmallMoney
	KindMoney
	KindReal
	KindFloat
	KindDate
	KindTime
	KindSmallDateTime
	KindDateTime
	KindDateTime2
	KindDateTimeOffset
	KindChar
	KindVarChar
	KindNChar
	KindNVarChar
	KindBinary
	KindVarBinary
	KindUniqueIdentifier
)

// Max is the Length of varchar(max), nvarchar(max) and varbinary(max).
const Max = -1

// Type is a data type with all that belongs to it.
type Type struct {
	Kind      Kind
	Length    int    // of char and binary types: bytes, UTF-16 units for nchar and nvarchar, or Max
	Precision int    // of decimal
	Scale     int    // of decimal; digits of fractional seconds of time, datetime2, datetimeoffset
	Collation string // of character types; "" is the database's default
}

// Bit, Int and so on are the types that need no length.
var (
	Null             = Type{}
	Bit              = Type{Kind: KindBit}
	TinyInt          = Type{Kind: KindTinyInt}
	SmallInt         = Type{Kind: KindSmallInt}
	Int              = Type{Kind: KindInt}
	BigInt           = Type{Kind: KindBigInt}
	SmallMoney       = Type{Kind: KindSmallMoney, Precision: 10, Scale: 4}
	Money            = Type{Kind: KindMoney, Precision: 19, Scale: 4}
	Real             = Type{Kind: KindReal}
	Float            = Type{Kind: KindFloat}
	DateType         = Type{Kind: KindDate}
	SmallDateTime    = Type{Kind: KindSmallDateTime}
	DateTimeType     = Type{Kind: KindDateTime, Scale: 3}
	UniqueIdentifier = Type{Kind: KindUniqueIdentifier}
)

// NVarChar is nvarchar(length).
func NVarChar(length int) Type { return Type{Kind: KindNVarChar, Length: length} }

// VarChar is varchar(length).
func VarChar(length int) Type { return Type{Kind: KindVarChar, Length: length} }

// VarBinary is varbinary(length).
func VarBinary(length int) Type { return Type{Kind: KindVarBinary, Length: length} }

// DecimalType is decimal(precision, scale).
func DecimalType(precision, scale int) Type {
	return Type{Kind: KindDecimal, Precision: precision, Scale: scale}
}

// TimeType is time(scale).
func TimeType(scale int) Type { return Type{Kind: KindTime, Scale: scale} }

// DateTime2Type is datetime2(scale).
func DateTime2Type(scale int) Type { return Type{Kind: KindDateTime2, Scale: scale} }

// DateTimeOffsetType is datetimeoffset(scale).
func DateTimeOffsetType(scale int) Type { return Type{Kind: KindDateTimeOffset, Scale: scale} }

var kindNames = [...]string{
	KindUnknown: "NULL", KindBit: "bit", KindTinyInt: "tinyint", KindSmallInt: "smallint", KindInt: "int", KindBigInt: "bigint",
	KindDecimal: "decimal", KindSmallMoney: "smallmoney", KindMoney: "money", KindReal: "real", KindFloat: "float",
	KindDate: "date", KindTime: "time", KindSmallDateTime: "smalldatetime", KindDateTime: "datetime", KindDateTime2: "datetime2",
	KindDateTimeOffset: "datetimeoffset", KindChar: "char", KindVarChar: "varchar", KindNChar: "nchar", KindNVarChar: "nvarchar",
	KindBinary: "binary", KindVarBinary: "varbinary", KindUniqueIdentifier: "uniqueidentifier",
}

// String gives the name as sys.types has it.
func (k Kind) String() string { return kindNames[k] }

// IsCharacter reports whether values are text.
func (k Kind) IsCharacter() bool { return k >= KindChar && k <= KindNVarChar }

// IsUnicode reports whether values are counted in UTF-16 units.
func (k Kind) IsUnicode() bool { return k == KindNChar || k == KindNVarChar }

// IsBinary reports whether values are bytes.
func (k Kind) IsBinary() bool { return k == KindBinary || k == KindVarBinary }

// IsInteger reports whether values are int64.
func (k Kind) IsInteger() bool { return k >= KindTinyInt && k <= KindBigInt }

// IsDecimal reports whether values are Decimal.
func (k Kind) IsDecimal() bool { return k >= KindDecimal && k <= KindMoney }

// IsFloat reports whether values are float64.
func (k Kind) IsFloat() bool { return k == KindReal || k == KindFloat }

// IsTemporal reports whether values are dates, times or both.
func (k Kind) IsTemporal() bool { return k >= KindDate && k <= KindDateTimeOffset }

// IsNumeric reports whether values are numbers (bit is one, in SQL Server's conversions).
func (k Kind) IsNumeric() bool { return k >= KindBit && k <= KindFloat }

// IsMax reports whether t is one of the (max) types.
func (t Type) IsMax() bool { return t.Length == Max }

// String gives t as it is declared: nvarchar(max), decimal(38,10), datetimeoffset(7).
func (t Type) String() string {
	switch k := t.Kind; {
	case k.IsCharacter() || k.IsBinary():
		if t.IsMax() {
			return k.String() + "(max)"
		}
		return k.String() + "(" + strconv.Itoa(t.Length) + ")"
	case k == KindDecimal:
		return "decimal(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")"
	case k == KindTime || k == KindDateTime2 || k == KindDateTimeOffset:
		return k.String() + "(" + strconv.Itoa(t.Scale) + ")"
	default:
		return k.String()
	}
}

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

// MaxLength gives sys.columns.max_length: bytes, or -1 for the (max) types
// (relational-databases/system-catalog-views/sys-columns-transact-sql).
func (t Type) MaxLength() int {
	switch t.Kind {
	case KindBit, KindTinyInt:
		return 1
	case KindSmallInt:
		return 2
	case KindInt, KindReal, KindSmallMoney, KindSmallDateTime:
		return 4
	case KindBigInt, KindFloat, KindMoney, KindDateTime:
		return 8
	case KindDecimal:
		return decimalBytes(t.Precision)
	case KindDate:
		return 3
	case KindTime:
		return timeBytes(t.Scale)
	case KindDateTime2:
		return timeBytes(t.Scale) + 3
	case KindDateTimeOffset:
		return timeBytes(t.Scale) + 5
	case KindUniqueIdentifier:
		return 16
	case KindNChar, KindNVarChar:
		if t.Length != Max {
			return 2 * t.Length
		}
	}
	return t.Length
}

// decimalBytes: storage of decimal by precision (data-types/decimal-and-numeric-transact-sql).
func decimalBytes(precision int) int {
	switch {
	case precision <= 9:
		return 5
	case precision <= 19:
		return 9
	case precision <= 28:
		return 13
	default:
		return 17
	}
}

// timeBytes: storage of time by scale (data-types/time-transact-sql).
func timeBytes(scale int) int {
	switch {
	case scale <= 2:
		return 3
	case scale <= 4:
		return 4
	default:
		return 5
	}
}
