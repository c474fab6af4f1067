package sqltype

import "strings"

// clock reads hh:mm[:ss][.fffffff] [AM|PM] and hh AM. fraction is the number of digits written, at most 7.
func (p *dateParser) clock() (t Time, fraction int, ok bool) {
	hourText := p.digits()
	minute, second, ticks := 0, 0, 0
	colon := strings.HasPrefix(p.rest, ":")
	if colon {
		if minute, ok = p.twoDigits(); !ok {
			return 0, 0, false
		}
		if strings.HasPrefix(p.rest, ":") {
			if second, ok = p.twoDigits(); !ok {
				return 0, 0, false
			}
			if strings.HasPrefix(p.rest, ".") {
				p.rest = p.rest[1:]
				text := p.digits()
				if fraction = len(text); fraction < 1 || fraction > 7 {
					return 0, 0, false
				}
				ticks = number(text + "0000000"[fraction:])
			}
		}
	}
	hour, half, ok := p.half(hourText)
	if !ok || !colon && !half {
		return 0, 0, false
	}
	t, ok = NewTime(hour, minute, second, ticks)
	return t, fraction, ok
}

// twoDigits reads :mm.
func (p *dateParser) twoDigits() (int, bool) {
	p.rest = p.rest[1:]
	text := p.digits()
	if len(text) != 2 {
		return 0, false
	}
	return number(text), true
}

// half applies AM or PM to the hour. "Hour values larger than 12 are not AM; 0 or 12 with AM is midnight"
// (data-types/datetime-transact-sql, "Remarks").
func (p *dateParser) half(hourText string) (hour int, found, ok bool) {
	if hourText == "" || len(hourText) > 2 {
		return 0, false, false
	}
	hour = number(hourText)
	rest := strings.TrimLeft(p.rest, " ")
	if len(rest) < 2 || rest[1]|0x20 != 'm' || rest[0]|0x20 != 'a' && rest[0]|0x20 != 'p' {
		return hour, false, true
	}
	p.rest = rest[2:]
	afternoon := rest[0]|0x20 == 'p'
	switch {
	case afternoon && hour == 0, !afternoon && hour > 12:
		return 0, true, false
	case afternoon && hour < 12:
		hour += 12
	case !afternoon && hour == 12:
		hour = 0
	}
	return hour, true, true
}

// zone reads Z or [+|-]hh:mm, up to 14 hours (data-types/datetimeoffset-transact-sql, "Time zone offset").
func (p *dateParser) zone() (minutes int, found, ok bool) {
	rest := strings.TrimLeft(p.rest, " ")
	switch {
	case rest == "":
		p.rest = ""
		return 0, false, true
	case rest == "Z" || rest == "z":
		p.rest = ""
		return 0, true, true
	case len(rest) != 6 || rest[0] != '+' && rest[0] != '-' || rest[3] != ':' || !onlyDigits(rest[1:3]) || !onlyDigits(rest[4:]):
		return 0, false, false
	}
	hours, mins := number(rest[1:3]), number(rest[4:])
	minutes = hours*60 + mins
	if mins > 59 || minutes > 840 {
		return 0, true, false
	}
	if rest[0] == '-' {
		minutes = -minutes
	}
	p.rest = ""
	return minutes, true, true
}
