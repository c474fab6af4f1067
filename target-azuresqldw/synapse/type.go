package synapse

import (
	"fmt"
	"strconv"
	"strings"
)

// Base is a type of the pool without its length or precision.
type Base uint8

// The types a dedicated pool knows. The loader makes columns of the first
// group; the others are met in tables that somebody else made.
const (
	Unknown Base = iota
	NVarChar
	BigInt
	Decimal
	Bit
	DateTimeOffset
	Date
	Time
	DateTime2
	Float
	Int
	VarBinary

	SmallInt
	TinyInt // 0 to 255: unsigned
	Real
	Money
	SmallMoney
	DateTime
	SmallDateTime
	VarChar
	Char
	NChar
	Binary
	UniqueIdentifier
)

var baseNames = [...]string{
	Unknown: "unknown", NVarChar: "nvarchar", BigInt: "bigint", Decimal: "decimal", Bit: "bit",
	DateTimeOffset: "datetimeoffset", Date: "date", Time: "time", DateTime2: "datetime2", Float: "float",
	Int: "int", VarBinary: "varbinary", SmallInt: "smallint", TinyInt: "tinyint", Real: "real", Money: "money",
	SmallMoney: "smallmoney", DateTime: "datetime", SmallDateTime: "smalldatetime", VarChar: "varchar",
	Char: "char", NChar: "nchar", Binary: "binary", UniqueIdentifier: "uniqueidentifier",
}

// String returns the name of the type in T-SQL.
func (b Base) String() string {
	if int(b) < len(baseNames) {
		return baseNames[b]
	}
	return "Base(" + strconv.Itoa(int(b)) + ")"
}

// Max is the Length of an nvarchar(max), varchar(max) or varbinary(max).
const Max = -1

// Type is a column's type. Only the numbers that the base has are set: Length
// for strings and binaries, in UTF-16 units, bytes for varchar and binaries;
// Precision and Scale for decimal; Scale, the digits of a fraction of a second,
// for datetimeoffset, datetime2 and time.
type Type struct {
	Base      Base
	Length    int
	Precision int
	Scale     int
}

// Text returns nvarchar(n), or nvarchar(max) when n is Max or above 4,000.
func Text(n int) Type {
	if n > 4000 || n < 0 {
		n = Max
	}
	return Type{Base: NVarChar, Length: n}
}

// Number returns decimal(precision, scale).
func Number(precision, scale int) Type {
	return Type{Base: Decimal, Precision: precision, Scale: scale}
}

// Instant returns datetimeoffset(7).
func Instant() Type { return Type{Base: DateTimeOffset, Scale: 7} }

// Clock returns time(7).
func Clock() Type { return Type{Base: Time, Scale: 7} }

// String returns the type as a statement carries it.
func (t Type) String() string {
	switch t.Base {
	case NVarChar, VarChar, NChar, Char, VarBinary, Binary:
		if t.Length == Max {
			return t.Base.String() + "(max)"
		}
		return fmt.Sprintf("%s(%d)", t.Base, t.Length)
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case DateTimeOffset, DateTime2, Time:
		return fmt.Sprintf("%s(%d)", t.Base, t.Scale)
	}
	return t.Base.String()
}

// Textual says whether the type holds text.
func (t Type) Textual() bool {
	switch t.Base {
	case NVarChar, VarChar, NChar, Char:
		return true
	}
	return false
}

// large says whether the type is a (max) one, which no columnstore holds.
func (t Type) large() bool { return t.Length == Max }

// parseBase finds a base by the catalogue's name of it.
func parseBase(name string) Base {
	name = strings.ToLower(name)
	if name == "numeric" {
		return Decimal
	}
	for b, n := range baseNames {
		if n == name {
			return Base(b)
		}
	}
	return Unknown
}
