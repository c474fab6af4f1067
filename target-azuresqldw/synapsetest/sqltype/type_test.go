package sqltype

import (
	"errors"
	"testing"
)

func numberOf(err error) int32 {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Number
	}
	return 0
}

func TestDeclarationsAreReadWithTheirDefaultsAndLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		declaration, want string
		number            int32
		bytes             int
	}{
		{"int", "int", 0, 4},
		{"INTEGER", "int", 0, 4},
		{"bigint", "bigint", 0, 8},
		{"nvarchar", "nvarchar(1)", 0, 2},
		{"nvarchar(4000)", "nvarchar(4000)", 0, 8000},
		{"nvarchar ( MAX )", "nvarchar(max)", 0, -1},
		{"varchar(8000)", "varchar(8000)", 0, 8000},
		{"varbinary(max)", "varbinary(max)", 0, -1},
		{"decimal", "decimal(18,0)", 0, 9},
		{"numeric(38, 10)", "decimal(38,10)", 0, 17},
		{"float(24)", "real", 0, 4},
		{"float(25)", "float", 0, 8},
		{"time", "time(7)", 0, 5},
		{"datetimeoffset(0)", "datetimeoffset(0)", 0, 8},
		{"datetimeoffset", "datetimeoffset(7)", 0, 10},
		{"datetime2(3)", "datetime2(3)", 0, 7},
		{"uniqueidentifier", "uniqueidentifier", 0, 16},
		{"money", "money", 0, 8},

		{"nvarchar(4001)", "", 131, 0},
		{"varchar(8001)", "", 131, 0},
		{"nvarchar(0)", "", 1001, 0},
		{"nchar(max)", "", 1001, 0},
		{"decimal(39)", "", 2750, 0},
		{"decimal(5,6)", "", 183, 0},
		{"float(54)", "", 2750, 0},
		{"time(8)", "", 1002, 0},
		{"int(4)", "", 2716, 0},
		{"ntext", "", 2715, 0},
		{"xml", "", 2715, 0},
		{"json", "", 2715, 0},
		{"sql_variant", "", 2715, 0},
		{"nvarchar(10", "", 102, 0},
		{"nvarchar(x)", "", 102, 0},
	} {
		got, err := ParseType(c.declaration)
		if numberOf(err) != c.number || err == nil && (got.String() != c.want || got.MaxLength() != c.bytes) {
			t.Errorf("ParseType(%q) = %v of %d bytes, %v; want %s of %d bytes, number %d", c.declaration, got, got.MaxLength(), err, c.want, c.bytes, c.number)
		}
	}
	if got, err := NamedInCast("nvarchar"); err != nil || got != NVarChar(30) {
		t.Errorf("nvarchar in CAST = %v, %v, want nvarchar(30)", got, err)
	}
}

func TestTheHigherTypeIsTheCommonOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b   Type
		want   string
		number int32
	}{
		{Int, BigInt, "bigint", 0},
		{Int, NVarChar(10), "int", 0},
		{VarChar(10), NVarChar(5), "nvarchar(10)", 0},
		{VarChar(8000), NVarChar(5), "nvarchar(4000)", 0},
		{VarChar(10), NVarChar(Max), "nvarchar(max)", 0},
		{BigInt, DecimalType(10, 2), "decimal(21,2)", 0},
		{DecimalType(38, 0), DecimalType(10, 10), "decimal(38,0)", 0},
		{DecimalType(38, 10), Float, "float", 0},
		{DateType, DateTimeOffsetType(7), "datetimeoffset(7)", 0},
		{DateTime2Type(7), DateTimeOffsetType(3), "datetimeoffset(7)", 0},
		{NVarChar(10), DateType, "date", 0},
		{Null, NVarChar(3), "nvarchar(3)", 0},
		{Bit, Int, "int", 0},
		{Int, DateType, "", 206},
		{DateType, TimeType(7), "", 206},
		{UniqueIdentifier, Int, "", 206},
		{Float, VarBinary(8), "", 206},
	} {
		for _, pair := range [][2]Type{{c.a, c.b}, {c.b, c.a}} {
			got, err := Common(pair[0], pair[1])
			if numberOf(err) != c.number || err == nil && got.String() != c.want {
				t.Errorf("Common(%v, %v) = %v, %v; want %s, number %d", pair[0], pair[1], got, err, c.want, c.number)
			}
		}
	}
}
