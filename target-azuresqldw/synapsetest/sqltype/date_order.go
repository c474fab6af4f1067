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

var dateOrders = [...]string{"mdy", "dmy", "ymd", "ydm", "myd", "dym"}

// String gives the letters that SET DATEFORMAT takes.
func (o DateOrder) String() string { return dateOrders[o] }

// ParseDateOrder reads mdy, dmy, ymd, ydm, myd or dym.
func ParseDateOrder(s string) (DateOrder, bool) {
	for i, name := range dateOrders {
		if strings.EqualFold(s, name) {
			return DateOrder(i), true
		}
	}
	return MDY, false
}
