package sqltype

import "bytes"

// Compare orders two values of the same type t, neither of them nil: negative, 0 or positive. Text follows t's collation,
// or the default. Values of two types are converted to their Common type first.
func Compare(a, b any, t Type) int {
	switch a := a.(type) {
	case bool:
		return cmpInt(toFixed(a), toFixed(b))
	case int64:
		return cmpInt(a, b.(int64))
	case float64:
		switch b := b.(float64); {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	case Decimal:
		return a.Cmp(b.(Decimal))
	case Date:
		return cmpInt(int64(a), int64(b.(Date)))
	case Time:
		return cmpInt(int64(a), int64(b.(Time)))
	case DateTime:
		return a.Cmp(b.(DateTime))
	case DateTimeOffset: // instants; the offset does not count (data-types/datetimeoffset-transact-sql)
		return a.UTC.Cmp(b.(DateTimeOffset).UTC)
	case string:
		c, err := ParseCollation(t.Collation)
		if err != nil {
			c, _ = ParseCollation("")
		}
		return c.Compare(a, b.(string))
	case []byte:
		return compareBytes(a, b.([]byte))
	case GUID:
		return compareGUIDs(a, b.(GUID))
	}
	panic("sqltype: compare: no value of a type known here")
}

// compareBytes: as text is padded with blanks, bytes are with zeros, so 0x01 = 0x0100
// (data-types/binary-and-varbinary-transact-sql says only that they pad; the comparison is as SQL-92's for text).
func compareBytes(a, b []byte) int {
	n := min(len(a), len(b))
	if c := bytes.Compare(a[:n], b[:n]); c != 0 {
		return c
	}
	for _, x := range a[n:] {
		if x != 0 {
			return 1
		}
	}
	for _, x := range b[n:] {
		if x != 0 {
			return -1
		}
	}
	return 0
}

// compareGUIDs: the last six bytes count first, then the groups from the right
// (dotnet/framework/data/adonet/sql/comparing-guid-and-uniqueidentifier-values).
func compareGUIDs(a, b GUID) int {
	x, y := a.WireOrder(), b.WireOrder()
	for _, i := range [...]int{10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3} {
		if x[i] != y[i] {
			return cmpInt(int64(x[i]), int64(y[i]))
		}
	}
	return 0
}
