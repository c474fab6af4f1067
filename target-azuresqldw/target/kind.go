package target

// A kind is what a JSON value is to the warehouse. Every column holds values of one kind; a value of another kind at the same place goes
// to a column beside it, named with the suffix of its kind. The suffixes are those of Stitch where Stitch has one.
type kind uint8

const (
	kindNone    kind = iota
	kindInteger      // bigint, then decimal(38,0)
	kindNumber       // decimal(p,s), grown from the data
	kindBool         // bit
	kindInstant      // datetimeoffset(7)
	kindDate         // date
	kindTime         // time(7)
	kindText         // nvarchar(n), then nvarchar(max)
	kindJSON         // nvarchar(max): an object or array kept as text
	kindObject       // members of their own, no column
	kindArray        // a child table, no column
	kinds
)

var kindNames = [kinds]string{"", "integer", "number", "boolean", "instant", "date", "time", "text", "json", "object", "array"}

func (k kind) String() string { return kindNames[k] }

// kindNamed is the inverse of String; kindNone for a name it does not know.
func kindNamed(name string) kind {
	for k, n := range kindNames {
		if n == name {
			return kind(k)
		}
	}
	return kindNone
}

// suffix is appended to the name of a column whose plain name is taken by a value of another kind.
func (k kind) suffix() string {
	switch k {
	case kindInteger:
		return "__bi"
	case kindNumber:
		return "__de"
	case kindBool:
		return "__bo"
	case kindInstant:
		return "__inst"
	case kindDate:
		return "__da"
	case kindTime:
		return "__ti"
	case kindJSON:
		return "__js"
	default:
		return "__st"
	}
}
