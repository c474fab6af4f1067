package target

import (
	"slices"
	"strconv"
	"strings"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// textLengths are the lengths of nvarchar columns: Stitch's steps. Beyond the last one comes nvarchar(max).
var textLengths = [...]int{128, 256, 512, 1024, 2048, 4000}

const (
	minKeyLength = 256 // of a text key, so that it rarely has to be widened: that rewrites the table
	minPrecision = 18  // of a decimal: up to here all precisions take 9 bytes
)

// typeOf is the type that a column needs for what has been put into it so far.
func (c *column) typeOf() synapse.Type {
	switch c.kind {
	case kindInteger:
		if c.beyond64 {
			return synapse.Number(maxDigits, 0)
		}
		return synapse.Type{Base: synapse.BigInt}
	case kindNumber:
		return synapse.Number(max(c.whole+c.scale, minPrecision), c.scale)
	case kindBool:
		return synapse.Type{Base: synapse.Bit}
	case kindInstant:
		return synapse.Instant()
	case kindDate:
		return synapse.Type{Base: synapse.Date}
	case kindTime:
		return synapse.Clock()
	case kindText:
		return textType(c.width, c.key)
	}
	return synapse.Text(synapse.Max)
}

func textType(width int, key bool) synapse.Type {
	if key {
		width = max(width, minKeyLength)
	}
	for _, n := range textLengths {
		if width <= n {
			return synapse.Text(n)
		}
	}
	return synapse.Text(synapse.Max)
}

// roomOf is the room that a column of a type has for values of a kind; false when it is not a column for them.
func roomOf(t synapse.Type, k kind) (stat, bool) {
	switch k {
	case kindInteger:
		switch t.Base {
		case synapse.BigInt, synapse.Int, synapse.SmallInt:
			return stat{}, true
		case synapse.Decimal:
			return stat{extent: extent{beyond64: true}}, t.Scale == 0
		}
	case kindNumber:
		if t.Base == synapse.Decimal {
			return stat{extent: extent{whole: t.Precision - t.Scale, scale: t.Scale}}, true
		}
	case kindBool:
		return stat{}, t.Base == synapse.Bit
	case kindInstant:
		return stat{}, t.Base == synapse.DateTimeOffset
	case kindDate:
		return stat{}, t.Base == synapse.Date
	case kindTime:
		return stat{}, t.Base == synapse.Time
	case kindText:
		if t.Length == synapse.Max {
			return stat{width: textLengths[len(textLengths)-1] + 1}, t.Base == synapse.NVarChar
		}
		return stat{width: t.Length}, t.Base == synapse.NVarChar
	case kindJSON:
		return stat{}, t.Base == synapse.NVarChar
	}
	return stat{}, false
}

// rowBytesOf is what a column that is there takes in every row, whatever it is widened to; a text may take pointerBytes more.
func rowBytesOf(t synapse.Type) (bytes int, text bool) {
	switch t.Base {
	case synapse.Bit:
		return kindBool.rowBytes(), false
	case synapse.Date:
		return kindDate.rowBytes(), false
	case synapse.Time:
		return kindTime.rowBytes(), false
	case synapse.DateTime, synapse.SmallDateTime, synapse.DateTime2, synapse.DateTimeOffset:
		return kindInstant.rowBytes(), false
	case synapse.NVarChar, synapse.VarChar, synapse.VarBinary:
		return offsetBytes, true
	case synapse.NChar:
		return 2 * t.Length, false
	case synapse.Char, synapse.Binary:
		return t.Length, false
	}
	return kindNumber.rowBytes(), false
}

// numberKind is what numbers are under a schema: integers only where nothing else is allowed.
func numberKind(s *singer.Schema) kind {
	if slices.Contains(s.Types, "integer") && !slices.Contains(s.Types, "number") {
		return kindInteger
	}
	return kindNumber
}

// stringKind is what strings are under a schema: in a union, what the first branch that takes them says. Taps write "a date-time, or else text" for
// times that may be broken in the source; those who read the table expect a time, and the broken ones go beside it.
func stringKind(s *singer.Schema) kind {
	for _, branch := range s.Union {
		if slices.Contains(branch.Types, "string") {
			return formatKind(branch.Format)
		}
	}
	return formatKind(s.Format)
}

// manyStrings says whether strings of several kinds are allowed.
func manyStrings(s *singer.Schema) bool {
	return slices.ContainsFunc(s.Union, func(branch *singer.Schema) bool {
		return slices.Contains(branch.Types, "string") && formatKind(branch.Format) != stringKind(s)
	})
}

func formatKind(format string) kind {
	switch format {
	case "date-time":
		return kindInstant
	case "date":
		return kindDate
	case "time":
		return kindTime
	case "singer.decimal":
		return kindNumber
	}
	return kindText
}

// beyondLimits says whether a schema's limits leave int64, so that its column is a decimal from the start. Many taps declare limits far
// wider than their data; a limit with a fraction or exponent is not looked into.
func beyondLimits(s *singer.Schema) bool {
	for _, limit := range []string{s.Minimum, s.Maximum, s.ExclusiveMinimum, s.ExclusiveMaximum} {
		if _, err := strconv.ParseInt(limit, 10, 64); err != nil && limit != "" && !strings.ContainsAny(limit, ".eE") {
			return true
		}
	}
	return false
}
