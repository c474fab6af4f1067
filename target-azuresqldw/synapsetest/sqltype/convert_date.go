package sqltype

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// textToTemporal converts text to the date and time types. ” is 1900-01-01 00:00 for CAST.
func (r Rules) textToTemporal(s string, from, to Type) (any, error) {
	old := to.Kind == KindDateTime || to.Kind == KindSmallDateTime
	d, ok := dateText{date: baseDateTime, hasDate: true}, true
	if strings.Trim(s, " ") != "" {
		d, ok = parseDateText(s, r.DateOrder, !old)
	}
	if ok && old { // no offset and at most three digits (data-types/datetime-transact-sql, smalldatetime-transact-sql)
		ok = !d.hasOffset && d.fraction <= 3
	}
	if !ok {
		return nil, dateSyntax(to)
	}
	if !d.hasDate { // a time alone is on 1900-01-01 (data-types/datetime2-transact-sql, "Converting")
		d.date = baseDateTime
	}
	local := DateTime{Date: d.date, Time: d.clock}
	if to.Kind == KindDateTimeOffset {
		o, ok := NewDateTimeOffset(local, d.offset)
		if !ok {
			return nil, dateSyntax(to)
		}
		return roundOffset(o, to)
	}
	// The offset is dropped and the local reading kept (data-types/datetimeoffset-transact-sql, the example that casts
	// '2007-05-08 12:35:29. 1234567 +12:15' to every type).
	v, err := fromDateTime(local, to)
	if err != nil && to.Kind == KindDateTime {
		return nil, Errorf(errDateOutOfRange, "The conversion of a %s data type to a datetime data type resulted in an out-of-range value.", from.Kind)
	}
	return v, err
}

func dateSyntax(to Type) *Error {
	if to.Kind == KindSmallDateTime {
		return Errorf(errSmallDateTimeSyntax, "Conversion failed when converting character string to smalldatetime data type.")
	}
	return Errorf(errDateSyntax, "Conversion failed when converting date and/or time from character string.")
}

// toTemporal converts between the date and time types, as the pages of the types say under "Converting": what the source
// lacks is 1900-01-01, 00:00 and +00:00.
func toTemporal(v any, from, to Type) (any, error) {
	var local DateTime
	switch v := v.(type) {
	case Date:
		if to.Kind == KindTime {
			return nil, clash(from, to)
		}
		local = DateTime{Date: v}
	case Time:
		if to.Kind == KindDate {
			return nil, clash(from, to)
		}
		local = DateTime{Date: baseDateTime, Time: v}
	case DateTime:
		local = v
	case DateTimeOffset:
		if to.Kind == KindDateTimeOffset {
			return roundOffset(v, to)
		}
		local = v.Local()
	}
	if to.Kind == KindDateTimeOffset {
		return roundOffset(DateTimeOffset{UTC: local}, to)
	}
	out, err := fromDateTime(local, to)
	if err != nil && (to.Kind == KindDateTime || to.Kind == KindSmallDateTime) {
		return nil, Errorf(errDateOutOfRange, "The conversion of a %s data type to a %s data type resulted in an out-of-range value.", from.Kind, to.Kind)
	}
	return out, err
}

// fromDateTime gives the part of dt that the type holds, rounded to its scale.
func fromDateTime(dt DateTime, to Type) (any, error) {
	switch to.Kind {
	case KindDate:
		return dt.Date, nil
	case KindTime:
		t, _ := dt.Time.round(to.Scale)
		return t, nil
	case KindDateTime2:
		if out, ok := dt.round(to.Scale); ok {
			return out, nil
		}
	case KindDateTime:
		return roundDateTime(dt)
	case KindSmallDateTime:
		return roundSmallDateTime(dt)
	}
	return nil, overflow("expression", to)
}

func roundOffset(o DateTimeOffset, to Type) (any, error) {
	utc, ok := o.UTC.round(to.Scale)
	if _, in := utc.addMinutes(int(o.Offset)); !ok || !in {
		return nil, overflow("expression", to)
	}
	return DateTimeOffset{UTC: utc, Offset: o.Offset}, nil
}

// roundDateTime: three-hundredths of a second from 1753 on (data-types/datetime-transact-sql, "Rounding of datetime
// fractional second precision": .000, .003, .007).
func roundDateTime(dt DateTime) (any, error) {
	units := (int64(dt.Time)*3 + 50_000) / 100_000 // of 1/300 s
	dt.Date += Date(units / (86400 * 300))
	units %= 86400 * 300
	if dt.Date < minDateTime || dt.Date > MaxDate {
		return nil, overflow("expression", DateTimeType)
	}
	return DateTime{Date: dt.Date, Time: dateTimeTicks(units)}, nil
}

// dateTimeTicks: shown to the millisecond, so kept as .000, .003 or .007.
func dateTimeTicks(units int64) Time {
	return Time((units*10 + 1) / 3 * 10_000)
}

// Units300 gives a datetime's time of day in three-hundredths of a second, as the wire has it.
func (t Time) Units300() uint32 { return uint32((int64(t)*3 + 50_000) / 100_000) }

// TimeFromUnits300 is the inverse of Time.Units300.
func TimeFromUnits300(units uint32) Time { return dateTimeTicks(int64(units)) }

// roundSmallDateTime: minutes; seconds of 29.998 or less are rounded down (data-types/smalldatetime-transact-sql).
func roundSmallDateTime(dt DateTime) (any, error) {
	minutes := (int64(dt.Time) + 300_009_999) / ticksPerMinute
	dt = DateTime{Date: dt.Date + Date(minutes/1440), Time: Time(minutes % 1440 * ticksPerMinute)}
	if dt.Date < baseDateTime || dt.Date > maxSmallDateTime {
		return nil, overflow("expression", SmallDateTime)
	}
	return dt, nil
}

// numberToDateTime: a number is days from 1900-01-01, for datetime and smalldatetime only
// (functions/cast-and-convert-transact-sql, chart of conversions).
func numberToDateTime(v any, from, to Type) (any, error) {
	d, ok := toDecimal(v, 12)
	if !ok {
		return nil, overflow(from.Kind.messageName(), to)
	}
	ticks := new(big.Int).Mul(d.unscaled(), big.NewInt(ticksPerDay))
	ticks.Div(ticks, pow10(12))
	ticks.Add(ticks, new(big.Int).Mul(big.NewInt(int64(baseDateTime)), big.NewInt(ticksPerDay)))
	if ticks.Sign() < 0 || !ticks.IsInt64() || ticks.Int64() >= (int64(MaxDate)+1)*ticksPerDay {
		return nil, overflow("expression", to)
	}
	n := ticks.Int64()
	return fromDateTime(DateTime{Date: Date(n / ticksPerDay), Time: Time(n % ticksPerDay)}, to)
}

// dateTimeToNumber is the inverse; whole numbers are rounded.
func dateTimeToNumber(v any, from, to Type) (any, error) {
	dt := v.(DateTime)
	days := float64(dt.Date-baseDateTime) + float64(dt.Time)/float64(ticksPerDay)
	if to.Kind.IsInteger() {
		days = math.Round(days)
	}
	return toNumber(days, Float, to)
}

// styled writes a date and time in a style of CONVERT (functions/cast-and-convert-transact-sql, "Date and time styles").
func styled(dt DateTime, style int) (string, bool) {
	y, mo, d := dt.Date.Civil()
	h, mi, s, ticks := dt.Time.Clock()
	ms := ticks / 10_000
	month := strings.ToUpper(monthNames[mo-1][:1]) + monthNames[mo-1][1:3]
	half, h12 := "AM", h%12
	if h >= 12 {
		half = "PM"
	}
	if h12 == 0 {
		h12 = 12
	}
	switch style {
	case 0, 100:
		return fmt.Sprintf("%s %2d %04d %2d:%02d%s", month, d, y, h12, mi, half), true
	case 101:
		return fmt.Sprintf("%02d/%02d/%04d", mo, d, y), true
	case 102:
		return fmt.Sprintf("%04d.%02d.%02d", y, mo, d), true
	case 103:
		return fmt.Sprintf("%02d/%02d/%04d", d, mo, y), true
	case 104:
		return fmt.Sprintf("%02d.%02d.%04d", d, mo, y), true
	case 105:
		return fmt.Sprintf("%02d-%02d-%04d", d, mo, y), true
	case 108:
		return fmt.Sprintf("%02d:%02d:%02d", h, mi, s), true
	case 110:
		return fmt.Sprintf("%02d-%02d-%04d", mo, d, y), true
	case 111:
		return fmt.Sprintf("%04d/%02d/%02d", y, mo, d), true
	case 112:
		return fmt.Sprintf("%04d%02d%02d", y, mo, d), true
	case 120, 20:
		return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", y, mo, d, h, mi, s), true
	case 121, 21, 25:
		return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d.%03d", y, mo, d, h, mi, s, ms), true
	case 126, 127:
		text := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", y, mo, d, h, mi, s)
		if ms > 0 { // "When the value for fractional milliseconds (mmm) is 0, the fractional part isn't displayed"
			text += fmt.Sprintf(".%03d", ms)
		}
		return text, true
	}
	return "", false
}
