package sqltype

import "strings"

// dateText is what a piece of text says about date and time.
type dateText struct {
	date      Date
	clock     Time
	offset    int // minutes
	hasDate   bool
	hasTime   bool
	hasOffset bool
	fraction  int // digits of fractional seconds that were written
}

// parseDateText reads the forms that data-types/date-transact-sql, time-transact-sql and datetimeoffset-transact-sql list:
// ISO 8601, numeric with / - or ., alphabetical with an English month, unseparated yyyymmdd, yymmdd and yyyy; and the times
// hh:mm[:ss[.fffffff]] with AM or PM, then Z or an offset. ymdAlways says that a year that leads is followed by month and
// day whatever the order, as for date, datetime2 and datetimeoffset, but not for datetime and smalldatetime
// (statements/set-dateformat-transact-sql, "Remarks").
func parseDateText(s string, order DateOrder, ymdAlways bool) (d dateText, ok bool) {
	p := dateParser{rest: strings.TrimSpace(s), order: order, ymdAlways: ymdAlways}
	if p.rest == "" {
		return d, false
	}
	d.date, d.hasDate, ok = p.date()
	if !ok {
		return d, false
	}
	if d.hasDate && p.rest != "" {
		switch { // a T stands right behind an ISO date; blanks behind any
		case p.iso && p.rest[0] == 'T':
			p.rest = p.rest[1:]
		case p.rest[0] == ' ':
			p.blanks()
		default:
			return d, false
		}
	}
	if p.rest != "" {
		if d.clock, d.fraction, ok = p.clock(); !ok {
			return d, false
		}
		d.hasTime = true
		if d.offset, d.hasOffset, ok = p.zone(); !ok {
			return d, false
		}
	}
	return d, p.rest == "" && (d.hasDate || d.hasTime)
}

type dateParser struct {
	rest      string
	order     DateOrder
	ymdAlways bool
	iso       bool
}

func (p *dateParser) blanks() { p.rest = strings.TrimLeft(p.rest, " ") }

func (p *dateParser) digits() string {
	n := 0
	for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
		n++
	}
	got := p.rest[:n]
	p.rest = p.rest[n:]
	return got
}

func (p *dateParser) letters() string {
	n := 0
	for n < len(p.rest) && (p.rest[n]|0x20 >= 'a' && p.rest[n]|0x20 <= 'z') {
		n++
	}
	got := p.rest[:n]
	p.rest = p.rest[n:]
	return got
}

// date reads a date if there is one; a time alone has none.
func (p *dateParser) date() (d Date, has, ok bool) {
	if c := p.rest[0]; c < '0' || c > '9' {
		return p.monthFirst()
	}
	whole := p.rest
	first := p.digits()
	if p.rest == "" || p.rest[0] == ' ' {
		if before := p.rest; strings.HasPrefix(before, " ") && len(first) <= 4 {
			p.blanks()
			if word := p.letters(); isMonth(word) {
				return p.monthSecond(first, monthOf(word))
			}
			p.rest = before
		}
		if d, ok := p.unseparated(first); ok {
			return d, true, true
		}
		p.rest = whole // "4 PM"
		return 0, false, true
	}
	switch sep := p.rest[0]; sep {
	case '-', '/', '.':
		return p.separated(first, sep)
	case ':':
		p.rest = whole
		return 0, false, true
	}
	p.rest = whole // "4AM", or nonsense that the clock refuses
	return 0, false, true
}

// unseparated: yyyymmdd and yymmdd are always ymd, with a blank before a time; four digits are a year
// (data-types/datetime-transact-sql, "ISO 8601" and "Unseparated").
func (p *dateParser) unseparated(s string) (Date, bool) {
	switch len(s) {
	case 8:
		return NewDate(number(s[:4]), number(s[4:6]), number(s[6:]))
	case 6:
		return NewDate(century(number(s[:2])), number(s[2:4]), number(s[4:]))
	case 4:
		return NewDate(number(s), 1, 1)
	}
	return 0, false
}

// separated reads what follows the first number of a date such as 2024-01-31 or 1/31/2024.
func (p *dateParser) separated(first string, sep byte) (Date, bool, bool) {
	p.rest = p.rest[1:]
	second := p.digits()
	if p.rest == "" || p.rest[0] != sep {
		return 0, false, false
	}
	p.rest = p.rest[1:]
	third := p.digits()
	part := [3]string{first, second, third}
	p.iso = sep == '-' && len(first) == 4 && len(second) == 2 && len(third) == 2
	order := p.order
	if len(first) == 4 { // a year, whatever the order says
		dayFirst := order == DMY || order == DYM || order == YDM
		order = YMD
		if dayFirst && !p.ymdAlways && !(p.iso && strings.HasPrefix(p.rest, "T")) {
			order = YDM
		}
	}
	at := [...][3]int{MDY: {2, 0, 1}, DMY: {2, 1, 0}, YMD: {0, 1, 2}, YDM: {0, 2, 1}, MYD: {1, 0, 2}, DYM: {1, 2, 0}}[order]
	year, month, day := part[at[0]], part[at[1]], part[at[2]]
	if len(month) < 1 || len(month) > 2 || len(day) < 1 || len(day) > 2 {
		return 0, false, false
	}
	y, ok := yearOf(year)
	if !ok {
		return 0, false, false
	}
	d, ok := NewDate(y, number(month), number(day))
	return d, true, ok
}

// monthFirst reads Apr[il] [15][,] 1996 and April 1996 (data-types/date-transact-sql, "Alphabetical").
func (p *dateParser) monthFirst() (Date, bool, bool) {
	word := p.letters()
	if !isMonth(word) {
		return 0, false, false
	}
	p.blanks()
	first := p.digits()
	if len(first) == 4 {
		d, ok := NewDate(number(first), monthOf(word), 1)
		return d, true, ok && first != ""
	}
	p.comma()
	year, ok := yearOf(p.digits())
	if !ok || first == "" || len(first) > 2 {
		return 0, false, false
	}
	d, ok := NewDate(year, monthOf(word), number(first))
	return d, true, ok
}

// monthSecond reads what follows 15 Apr: [,] 1996; or 1996 Apr: 15.
func (p *dateParser) monthSecond(first string, month int) (Date, bool, bool) {
	p.comma()
	second := p.digits()
	day, yearText := first, second
	if len(first) == 4 {
		day, yearText = second, first
	}
	year, ok := yearOf(yearText)
	if !ok || day == "" || len(day) > 2 {
		return 0, false, false
	}
	d, ok := NewDate(year, month, number(day))
	return d, true, ok
}

func (p *dateParser) comma() {
	p.blanks()
	p.rest = strings.TrimPrefix(p.rest, ",")
	p.blanks()
}

// yearOf: years have four digits, or two with the cut-off at 2049
// (database-engine/configure-windows/configure-the-two-digit-year-cutoff-server-configuration-option).
func yearOf(s string) (int, bool) {
	switch len(s) {
	case 4:
		return number(s), true
	case 2, 1:
		return century(number(s)), true
	}
	return 0, false
}

func century(year int) int {
	if year < 50 {
		return 2000 + year
	}
	return 1900 + year
}

// number reads digits that are known to be few.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

var monthNames = [...]string{
	"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
}

func isMonth(word string) bool { return monthOf(word) > 0 }

func monthOf(word string) int {
	lower := strings.ToLower(word)
	for i, name := range monthNames {
		if lower == name || lower == name[:3] {
			return i + 1
		}
	}
	return 0
}
