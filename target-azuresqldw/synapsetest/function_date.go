package synapsetest

import (
	"database/sql/driver"
	"fmt"
	"math"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// dateFunction binds the functions on dates and times. They work on datetime2(7)
// or datetimeoffset(7); the clock stands still while a statement is bound.
func (b *binder) dateFunction(c *tsql.Call, a []bound) (bound, bool) {
	now := sqltype.DateTimeOf(b.now)
	moment := func(i int) string {
		if k := a[i].typ.Kind; k == sqltype.KindDateTimeOffset {
			return b.as(c, a, i, sqltype.DateTimeOffsetType(7))
		}
		return b.convert(c.Where(), a[i], sqltype.DateTime2Type(7), sqltype.Explicit).sql
	}
	num := func(i int) string { return b.as(c, a, i, sqltype.BigInt) }
	switch c.Name {
	case "GETDATE", "GETUTCDATE", "CURRENT_TIMESTAMP": // a pool's clock is UTC
		v, err := sqltype.Rules{}.Convert(now, sqltype.DateTime2Type(7), sqltype.DateTimeType)
		must(c.Where(), err)
		return constant(v, sqltype.DateTimeType), true
	case "SYSDATETIME", "SYSUTCDATETIME":
		return constant(now, sqltype.DateTime2Type(7)), true
	case "SYSDATETIMEOFFSET":
		return constant(sqltype.DateTimeOffset{UTC: now}, sqltype.DateTimeOffsetType(7)), true
	case "YEAR", "MONTH", "DAY":
		return bound{typ: sqltype.Int, nullable: true, sql: fmt.Sprintf("f_datepart(%s,%s)", sqlLiteral(fold(c.Name)), moment(0))}, true
	case "DATEPART":
		return bound{typ: sqltype.Int, nullable: true, sql: fmt.Sprintf("f_datepart(%s,%s)", sqlLiteral(c.Part), moment(0))}, true
	case "DATENAME":
		return bound{typ: sqltype.NVarChar(30), nullable: true, sql: fmt.Sprintf("f_datename(%s,%s)", sqlLiteral(c.Part), moment(0))}, true
	case "DATEDIFF", "DATEDIFF_BIG":
		t, big := sqltype.Int, 0
		if c.Name == "DATEDIFF_BIG" {
			t, big = sqltype.BigInt, 1
		}
		return bound{typ: t, nullable: true, sql: fmt.Sprintf("f_datediff(%s,%s,%s,%d)", sqlLiteral(c.Part), moment(0), moment(1), big)}, true
	case "DATEADD":
		t := a[1].typ
		if !t.Kind.IsTemporal() {
			t = sqltype.DateTimeType // a text is taken as datetime
		}
		from := sqltype.DateTime2Type(7)
		if t.Kind == sqltype.KindDateTimeOffset {
			from = sqltype.DateTimeOffsetType(7)
		}
		sum := bound{typ: from, nullable: true, sql: fmt.Sprintf("f_dateadd(%s,%s,%s)", sqlLiteral(c.Part), num(0), moment(1))}
		return b.convert(c.Where(), sum, t, sqltype.Explicit), true
	case "DATEFROMPARTS":
		return bound{typ: sqltype.DateType, nullable: true, sql: fmt.Sprintf("f_datefromparts(%s,%s,%s)", num(0), num(1), num(2))}, true
	case "EOMONTH": // functions/eomonth-transact-sql: date, whatever it was given
		first := b.convert(c.Where(), a[0], sqltype.DateTime2Type(7), sqltype.Explicit).sql
		months := "0"
		if len(a) == 2 {
			months = num(1)
		}
		last := bound{typ: sqltype.DateTime2Type(7), nullable: true, sql: fmt.Sprintf("f_eomonth(%s,%s)", months, first)}
		return b.convert(c.Where(), last, sqltype.DateType, sqltype.Explicit), true
	case "SWITCHOFFSET", "TODATETIMEOFFSET":
		first := b.convert(c.Where(), a[0], sqltype.DateTimeOffsetType(7), sqltype.Explicit).sql
		offset := b.convert(c.Where(), a[1], sqltype.NVarChar(20), sqltype.Explicit).sql
		return bound{typ: sqltype.DateTimeOffsetType(7), nullable: true, sql: fmt.Sprintf("f_%s(%s,%s)", fold(c.Name), first, offset)}, true
	}
	return bound{}, false
}

func dateFunctions(e *engine) map[string]scalarFunction {
	return map[string]scalarFunction{
		"f_datepart": strict(func(a []driver.Value) driver.Value { return datePart(a[0].(string), a[1].(string)) }),
		"f_datename": strict(func(a []driver.Value) driver.Value {
			t, _ := wall(a[1].(string))
			switch a[0].(string) {
			case "month":
				return t.Month().String()
			case "weekday":
				return t.Weekday().String()
			}
			return fmt.Sprint(datePart(a[0].(string), a[1].(string)))
		}),
		"f_datediff":      e.dateDiff,
		"f_dateadd":       e.dateAdd,
		"f_eomonth":       e.endOfMonth,
		"f_datefromparts": e.dateFromParts,
		"f_switchoffset": e.offset(func(o sqltype.DateTimeOffset, minutes int) (sqltype.DateTimeOffset, bool) {
			o.Offset = int16(minutes)
			return o, true
		}),
		"f_todatetimeoffset": e.offset(func(o sqltype.DateTimeOffset, minutes int) (sqltype.DateTimeOffset, bool) {
			return sqltype.NewDateTimeOffset(o.Local(), minutes)
		}),
	}
}

// wall reads a stored datetime2 or datetimeoffset as the clock shows it, and the
// offset, which is noOffset for the former.
func wall(s string) (time.Time, int) {
	if len(s) > 27 {
		o := loadedText(s, sqltype.DateTimeOffsetType(7)).(sqltype.DateTimeOffset)
		return o.Local().GoTime(), int(o.Offset)
	}
	return loadedDateTime(s).GoTime(), noOffset
}

const noOffset = math.MaxInt

func datePart(part, s string) int64 {
	t, offset := wall(s)
	switch part {
	case "year":
		return int64(t.Year())
	case "quarter":
		return int64(t.Month()-1)/3 + 1
	case "month":
		return int64(t.Month())
	case "dayofyear":
		return int64(t.YearDay())
	case "day":
		return int64(t.Day())
	case "week":
		first := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		return int64(t.YearDay()-1+int(first.Weekday()))/7 + 1
	case "iso_week":
		_, w := t.ISOWeek()
		return int64(w)
	case "weekday":
		return int64(t.Weekday()) + 1 // DATEFIRST 7
	case "hour":
		return int64(t.Hour())
	case "minute":
		return int64(t.Minute())
	case "second":
		return int64(t.Second())
	case "millisecond":
		return int64(t.Nanosecond() / 1e6)
	case "microsecond":
		return int64(t.Nanosecond() / 1e3)
	case "nanosecond":
		return int64(t.Nanosecond())
	case "tzoffset":
		if offset != noOffset {
			return int64(offset)
		}
	}
	return 0
}

// dateDiff counts the boundaries of a part between two moments; those with an
// offset are compared in UTC.
func (e *engine) dateDiff(a []driver.Value) (driver.Value, error) {
	if a[1] == nil || a[2] == nil {
		return nil, nil
	}
	from, to := loadedDateTime(a[1].(string)).GoTime(), loadedDateTime(a[2].(string)).GoTime()
	day := func(t time.Time) int64 { return floorDiv(t.Unix(), 86400) }
	var n int64
	switch a[0].(string) {
	case "year":
		n = int64(to.Year() - from.Year())
	case "quarter":
		n = int64(to.Year()*4+int(to.Month()-1)/3) - int64(from.Year()*4+int(from.Month()-1)/3)
	case "month":
		n = int64(to.Year()*12+int(to.Month())) - int64(from.Year()*12+int(from.Month()))
	case "day", "dayofyear", "weekday":
		n = day(to) - day(from)
	case "week", "iso_week":
		n = floorDiv(day(to)+4, 7) - floorDiv(day(from)+4, 7) // weeks begin on Sunday
	case "hour":
		n = floorDiv(to.Unix(), 3600) - floorDiv(from.Unix(), 3600)
	case "minute":
		n = floorDiv(to.Unix(), 60) - floorDiv(from.Unix(), 60)
	case "second":
		n = to.Unix() - from.Unix()
	case "millisecond":
		n = to.UnixMilli() - from.UnixMilli()
	case "microsecond":
		n = to.UnixMicro() - from.UnixMicro()
	case "nanosecond":
		n = (to.Unix()-from.Unix())*1e9 + int64(to.Nanosecond()-from.Nanosecond())
	}
	if a[3].(int64) == 0 && (n > math.MaxInt32 || n < math.MinInt32) {
		return e.fail(sqltype.Errorf(535, "The datediff function resulted in an overflow. The number of dateparts separating two date/time instances is too large. Try to use datediff with a less precise datepart."))
	}
	return n, nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (e *engine) dateAdd(a []driver.Value) (driver.Value, error) {
	if a[1] == nil || a[2] == nil {
		return nil, nil
	}
	n := a[1].(int64)
	t, offset := wall(a[2].(string))
	if n > math.MaxInt32 || n < math.MinInt32 {
		return e.fail(sqltype.Errorf(8115, "Arithmetic overflow error converting expression to data type int."))
	}
	switch a[0].(string) {
	case "year":
		t = addMonths(t, 12*n)
	case "quarter":
		t = addMonths(t, 3*n)
	case "month":
		t = addMonths(t, n)
	case "day", "dayofyear", "weekday":
		t = t.AddDate(0, 0, int(n))
	case "week":
		t = t.AddDate(0, 0, int(7*n))
	case "hour":
		t = t.Add(time.Duration(n) * time.Hour)
	case "minute":
		t = t.Add(time.Duration(n) * time.Minute)
	case "second":
		t = t.Add(time.Duration(n) * time.Second)
	case "millisecond":
		t = t.Add(time.Duration(n) * time.Millisecond)
	case "microsecond":
		t = t.Add(time.Duration(n) * time.Microsecond)
	case "nanosecond":
		t = t.Add(time.Duration(n))
	}
	if t.Year() < 1 || t.Year() > 9999 {
		return e.fail(sqltype.Errorf(517, "Adding a value to a '%s' column caused an overflow.", "datetime2"))
	}
	local := sqltype.DateTimeOf(t.UTC())
	if offset == noOffset {
		return local.String(), nil
	}
	o, ok := sqltype.NewDateTimeOffset(local, offset)
	if !ok {
		return e.fail(sqltype.Errorf(517, "Adding a value to a '%s' column caused an overflow.", "datetimeoffset"))
	}
	return stored(o, sqltype.DateTimeOffsetType(7)), nil
}

// endOfMonth is f_eomonth(months, datetime2): the last day of that month.
func (e *engine) endOfMonth(a []driver.Value) (driver.Value, error) {
	if a[0] == nil || a[1] == nil {
		return nil, nil
	}
	t, _ := wall(a[1].(string))
	n := a[0].(int64)
	if months := int64(t.Year())*12 + int64(t.Month()) - 1 + n; months < 12 || months >= 10000*12 {
		return e.fail(sqltype.Errorf(517, "Adding a value to a '%s' column caused an overflow.", "date"))
	}
	last := time.Date(t.Year(), t.Month()+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return sqltype.DateTimeOf(last).String(), nil
}

// addMonths keeps the day, or takes the last of a shorter month.
func addMonths(t time.Time, n int64) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC).AddDate(0, int(n), 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

func (e *engine) dateFromParts(a []driver.Value) (driver.Value, error) {
	if a[0] == nil || a[1] == nil || a[2] == nil {
		return nil, nil
	}
	d, ok := sqltype.NewDate(int(a[0].(int64)), int(a[1].(int64)), int(a[2].(int64)))
	if !ok {
		return e.fail(sqltype.Errorf(289, "Cannot construct data type date, some of the arguments have values which are not valid."))
	}
	return d.String(), nil
}

// offset makes a function of (datetimeoffset, "+02:00" or minutes).
func (e *engine) offset(f func(sqltype.DateTimeOffset, int) (sqltype.DateTimeOffset, bool)) scalarFunction {
	return func(a []driver.Value) (driver.Value, error) {
		if a[0] == nil || a[1] == nil {
			return nil, nil
		}
		minutes, ok := parseOffset(a[1].(string))
		if !ok {
			return e.fail(sqltype.Errorf(9812, "The timezone provided to builtin function switchoffset is invalid."))
		}
		o, ok := f(loadedText(a[0].(string), sqltype.DateTimeOffsetType(7)).(sqltype.DateTimeOffset), minutes)
		if !ok {
			return e.fail(sqltype.Errorf(517, "Adding a value to a 'datetimeoffset' column caused an overflow."))
		}
		return stored(o, sqltype.DateTimeOffsetType(7)), nil
	}
}

func parseOffset(s string) (minutes int, ok bool) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%d:%d", &h, &m); err == nil && n == 2 {
		if s[0] == '-' {
			m = -m
		}
		m += 60 * h
	} else if _, err := fmt.Sscanf(s, "%d", &m); err != nil {
		return 0, false
	}
	return m, m >= -840 && m <= 840
}
