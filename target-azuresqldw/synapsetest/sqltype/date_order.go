package sqltype

import "strings"

// DateOrder is the order of the parts of a date written with separators: SET DATEFORMAT, COPY's DATEFORMAT
// (statements/set-dateformat-transact-sql).
type DateOrder uint8

// The orders. MDY is us_english's.
const (
	MDY DateOrder = iota
	DMY
	YMD
	YDM
	MYD
	DYM
)

// ParseDateOrder reads mdy, dmy, ymd, ydm, myd or dym.
func ParseDateOrder(s string) (DateOrder, bool) {
	for i, name := range []string{"mdy", "dmy", "ymd", "ydm", "myd", "dym"} {
		if strings.EqualFold(s, name) {
			return DateOrder(i), true
		}
	}
	return MDY, false
}
