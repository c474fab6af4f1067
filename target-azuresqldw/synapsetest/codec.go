package synapsetest

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// SQLite has five storage classes and the pool has two dozen types, so values are
// kept in a canonical form:
//
//	bit and integers       INTEGER
//	real, float            REAL
//	decimal, money         TEXT, plain notation, ordered by the collation "dec"
//	date                   TEXT 2006-01-02
//	time                   TEXT 15:04:05.0000000
//	datetime2 and its like TEXT 2006-01-02 15:04:05.0000000
//	datetimeoffset         TEXT, the instant in UTC as datetime2, then the offset in
//	                       minutes; ordered by the collation "dto"
//	character types        TEXT, ordered by a collation of the column's own
//	binary types           BLOB
//	uniqueidentifier       TEXT, ordered by the collation "guid"

// stored gives v in its canonical form.
func stored(v any, t sqltype.Type) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case int64, float64, string, []byte:
		return v
	case sqltype.Decimal:
		return v.String()
	case sqltype.Date:
		return v.String()
	case sqltype.Time:
		return v.String()
	case sqltype.DateTime:
		return v.String()
	case sqltype.DateTimeOffset:
		return v.UTC.String() + strconv.Itoa(int(v.Offset))
	case sqltype.GUID:
		return v.String()
	}
	panic(fmt.Sprintf("synapsetest: no stored form for %T as %s", v, t))
}

// loaded is the inverse of stored.
func loaded(x any, t sqltype.Type) any {
	switch x := x.(type) {
	case nil:
		return nil
	case int64:
		switch {
		case t.Kind == sqltype.KindBit:
			return x != 0
		case t.Kind.IsFloat():
			return float64(x)
		}
		return x
	case []byte:
		if t.Kind.IsBinary() {
			return x
		}
		return loadedText(string(x), t)
	case string:
		return loadedText(x, t)
	}
	return x
}

func loadedText(s string, t sqltype.Type) any {
	switch {
	case t.Kind.IsCharacter():
		return s
	case t.Kind.IsBinary():
		return []byte(s)
	case t.Kind.IsDecimal():
		d, _ := sqltype.ParseDecimal(s)
		return d
	case t.Kind == sqltype.KindDate:
		return loadedDate(s)
	case t.Kind == sqltype.KindTime:
		return loadedTime(s)
	case t.Kind == sqltype.KindDateTimeOffset:
		offset, _ := strconv.Atoi(s[27:])
		return sqltype.DateTimeOffset{UTC: loadedDateTime(s), Offset: int16(offset)}
	case t.Kind == sqltype.KindUniqueIdentifier:
		g, _ := sqltype.ParseGUID(s)
		return g
	}
	return loadedDateTime(s)
}

func loadedDate(s string) sqltype.Date {
	d, _ := sqltype.NewDate(digits(s[0:4]), digits(s[5:7]), digits(s[8:10]))
	return d
}

func loadedTime(s string) sqltype.Time {
	t, _ := sqltype.NewTime(digits(s[0:2]), digits(s[3:5]), digits(s[6:8]), digits(s[9:16]))
	return t
}

func loadedDateTime(s string) sqltype.DateTime {
	return sqltype.DateTime{Date: loadedDate(s), Time: loadedTime(s[11:27])}
}

func digits(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// sqlLiteral writes a stored value as SQLite reads it.
func sqlLiteral(x any) string {
	switch x := x.(type) {
	case int64:
		if x == math.MinInt64 {
			return "(-9223372036854775807-1)"
		}
		return strconv.FormatInt(x, 10)
	case float64:
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return "NULL"
		}
		s := strconv.FormatFloat(x, 'e', -1, 64)
		if !strings.Contains(s, ".") {
			s = strings.Replace(s, "e", ".0e", 1)
		}
		return s
	case string:
		if strings.IndexByte(x, 0) >= 0 {
			return "CAST(x'" + hex.EncodeToString([]byte(x)) + "' AS TEXT)"
		}
		return "'" + strings.ReplaceAll(x, "'", "''") + "'"
	case []byte:
		return "x'" + hex.EncodeToString(x) + "'"
	}
	return "NULL"
}

// compareDecimals orders two plain decimal texts as numbers.
func compareDecimals(a, b string) int {
	na, nb := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case na && nb:
		return magnitude(b[1:], a[1:])
	case na || nb:
		if zero(a) && zero(b) {
			return 0
		}
		if na {
			return -1
		}
		return 1
	}
	return magnitude(a, b)
}

func zero(s string) bool { return strings.Trim(s, "-0.") == "" }

func magnitude(a, b string) int {
	ai, af, _ := strings.Cut(a, ".")
	bi, bf, _ := strings.Cut(b, ".")
	ai, bi = strings.TrimLeft(ai, "0"), strings.TrimLeft(bi, "0")
	if len(ai) != len(bi) {
		return len(ai) - len(bi)
	}
	if c := strings.Compare(ai, bi); c != 0 {
		return c
	}
	return strings.Compare(strings.TrimRight(af, "0"), strings.TrimRight(bf, "0"))
}
