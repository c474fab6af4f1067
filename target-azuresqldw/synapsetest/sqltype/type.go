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

import "strconv"

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
