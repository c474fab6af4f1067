package sqltype

import (
	"fmt"
	"strconv"
	"time"
)

const (
	ticksPerSecond = 10_000_000 // units of 100 ns
	ticksPerMinute = 60 * ticksPerSecond
	ticksPerHour   = 60 * ticksPerMinute
	ticksPerDay    = 24 * ticksPerHour

	// MaxDate is 9999-12-31 (data-types/date-transact-sql, "Range").
	MaxDate Date = 3652058

	epochDays = 719162 // 1970-01-01

	minDateTime      Date = 639905 // 1753-01-01 (data-types/datetime-transact-sql)
	baseDateTime     Date = 693595 // 1900-01-01, day 0 of datetime and smalldatetime
	maxSmallDateTime Date = 759130 // 2079-06-06 (data-types/smalldatetime-transact-sql)
)

// NewDate gives the day, and false when there is none such between 0001-01-01 and 9999-12-31.
func NewDate(year, month, day int) (Date, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return Date(t.Unix()/86400 + epochDays), true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Civil gives year, month and day.
func (d Date) Civil() (year, month, day int) {
	y, m, dd := time.Unix((int64(d)-epochDays)*86400, 0).UTC().Date()
	return y, int(m), dd
}

// NewTime gives the time of day, and false when it is out of range. ticks are units of 100 nanoseconds.
func NewTime(hour, minute, second, ticks int) (Time, bool) {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ticks < 0 || ticks >= ticksPerSecond {
		return 0, false
	}
	return Time(int64(hour)*ticksPerHour + int64(minute)*ticksPerMinute + int64(second)*ticksPerSecond + int64(ticks)), true
}

// Clock gives hour, minute, second and units of 100 nanoseconds.
func (t Time) Clock() (hour, minute, second, ticks int) {
	n := int64(t)
	return int(n / ticksPerHour), int(n / ticksPerMinute % 60), int(n / ticksPerSecond % 60), int(n % ticksPerSecond)
}

// round gives t at a scale and the days that rounding up carries, 0 or 1.
func (t Time) round(scale int) (Time, Date) {
	unit := int64(1)
	for range 7 - scale {
		unit *= 10
	}
	n := (int64(t) + unit/2) / unit * unit
	return Time(n % ticksPerDay), Date(n / ticksPerDay)
}

// String writes d as 2006-01-02.
func (d Date) String() string {
	var b [10]byte
	return string(d.append(b[:0]))
}

func (d Date) append(b []byte) []byte {
	y, m, day := d.Civil()
	b = append(padded(b, y, 4), '-')
	b = append(padded(b, m, 2), '-')
	return padded(b, day, 2)
}

// padded appends n with at least width digits. (fmt takes a tenth of the time of a load.)
func padded(b []byte, n, width int) []byte {
	for limit := 10; width > 1; width-- {
		if n < limit {
			b = append(b, "000000"[:width-1]...)
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// Text writes t with scale digits of fractional seconds.
func (t Time) Text(scale int) string {
	var b [16]byte
	return string(t.append(b[:0], scale))
}

func (t Time) append(b []byte, scale int) []byte {
	h, m, s, ticks := t.Clock()
	b = append(padded(b, h, 2), ':')
	b = append(padded(b, m, 2), ':')
	b = padded(b, s, 2)
	if scale == 0 {
		return b
	}
	b = append(b, '.')
	return padded(b, ticks, 7)[:len(b)+scale]
}

// String writes t with seven digits of fractional seconds.
func (t Time) String() string { return t.Text(7) }

// DateTimeOf gives t's clock reading as a DateTime, in t's own location.
func DateTimeOf(t time.Time) DateTime {
	d, _ := NewDate(t.Year(), int(t.Month()), t.Day())
	c, _ := NewTime(t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/100)
	return DateTime{Date: d, Time: c}
}

// GoTime gives dt as an instant in UTC.
func (dt DateTime) GoTime() time.Time {
	return time.Unix((int64(dt.Date)-epochDays)*86400, 0).Add(time.Duration(dt.Time) * 100).UTC()
}

// Text writes dt with scale digits of fractional seconds.
func (dt DateTime) Text(scale int) string {
	var b [27]byte
	return string(dt.append(b[:0], scale))
}

func (dt DateTime) append(b []byte, scale int) []byte {
	return dt.Time.append(append(dt.Date.append(b), ' '), scale)
}

// String writes dt with seven digits of fractional seconds.
func (dt DateTime) String() string { return dt.Text(7) }

// Cmp compares.
func (dt DateTime) Cmp(e DateTime) int {
	if dt.Date != e.Date {
		return cmpInt(int64(dt.Date), int64(e.Date))
	}
	return cmpInt(int64(dt.Time), int64(e.Time))
}

// addMinutes gives false when the result is out of the calendar.
func (dt DateTime) addMinutes(minutes int) (DateTime, bool) {
	n := int64(dt.Date)*ticksPerDay + int64(dt.Time) + int64(minutes)*ticksPerMinute
	if n < 0 || n >= (int64(MaxDate)+1)*ticksPerDay {
		return DateTime{}, false
	}
	return DateTime{Date: Date(n / ticksPerDay), Time: Time(n % ticksPerDay)}, true
}

// round gives false when rounding leads past 9999-12-31.
func (dt DateTime) round(scale int) (DateTime, bool) {
	t, carry := dt.Time.round(scale)
	dt = DateTime{Date: dt.Date + carry, Time: t}
	return dt, dt.Date <= MaxDate
}

// NewDateTimeOffset makes the instant that a clock at the offset shows as local; false when the instant is out of the
// calendar or the offset beyond 14 hours (data-types/datetimeoffset-transact-sql).
func NewDateTimeOffset(local DateTime, offset int) (DateTimeOffset, bool) {
	if offset < -840 || offset > 840 {
		return DateTimeOffset{}, false
	}
	utc, ok := local.addMinutes(-offset)
	return DateTimeOffset{UTC: utc, Offset: int16(offset)}, ok
}

// Local gives what a clock at o's offset shows.
func (o DateTimeOffset) Local() DateTime {
	local, ok := o.UTC.addMinutes(int(o.Offset))
	if !ok {
		return o.UTC
	}
	return local
}

// Text writes o with scale digits of fractional seconds: 2006-01-02 15:04:05.0000000 +02:00.
func (o DateTimeOffset) Text(scale int) string {
	sign, minutes := byte('+'), int(o.Offset)
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	var b [34]byte
	text := append(o.Local().append(b[:0], scale), ' ', sign)
	text = append(padded(text, minutes/60, 2), ':')
	return string(padded(text, minutes%60, 2))
}

// String writes o with seven digits of fractional seconds.
func (o DateTimeOffset) String() string { return o.Text(7) }

// String writes g in capitals, as SQL Server shows it (data-types/uniqueidentifier-transact-sql).
func (g GUID) String() string {
	return fmt.Sprintf("%X-%X-%X-%X-%X", g[0:4], g[4:6], g[6:8], g[8:10], g[10:16])
}

// ParseGUID reads 01020304-0506-0708-090A-0B0C0D0E0F10, in braces or not.
func ParseGUID(s string) (GUID, bool) {
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	var g GUID
	if len(s) != 36 {
		return g, false
	}
	n := 0
	for i := 0; i < 36; {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return g, false
			}
			i++
			continue
		}
		b, err := strconv.ParseUint(s[i:i+2], 16, 8)
		if err != nil || s[i] == '+' {
			return g, false
		}
		g[n], n, i = byte(b), n+1, i+2
	}
	return g, true
}

// WireOrder gives g's bytes as TDS and binary(16) have them: the first three groups are little-endian
// (data-types/uniqueidentifier-transact-sql; MS-TDS 2.2.5.5.1).
func (g GUID) WireOrder() [16]byte {
	return [16]byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]}
}

// GUIDFromWire is the inverse of GUID.WireOrder.
func GUIDFromWire(b [16]byte) GUID { return GUID(GUID(b).WireOrder()) }

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
