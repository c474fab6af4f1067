package sqltype

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// UTF16Len counts s as nchar and nvarchar do: "byte-pairs", so that a character beyond the basic plane counts two
// (data-types/nchar-and-nvarchar-transact-sql).
func UTF16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// EncodeUTF16 gives s in UTF-16LE.
func EncodeUTF16(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for _, r := range s {
		if r1, r2 := utf16.EncodeRune(r); r >= 0x10000 {
			b = append(b, byte(r1), byte(r1>>8), byte(r2), byte(r2>>8))
		} else {
			b = append(b, byte(r), byte(r>>8))
		}
	}
	return b
}

// DecodeUTF16 reads UTF-16LE. A surrogate without its other half becomes U+FFFD; an odd byte at the end is left out.
func DecodeUTF16(b []byte) string {
	s := make([]byte, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(b[i]) | rune(b[i+1])<<8
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if i+3 < len(b) {
				low = rune(b[i+2]) | rune(b[i+3])<<8
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		s = utf8.AppendRune(s, r)
	}
	return string(s)
}

// EncodeVarChar gives s in code page 1252, that of SQL_Latin1_General_CP1_CI_AS and Latin1_General; what it lacks becomes
// a question mark (relational-databases/collations/collation-and-unicode-support, "Code page").
func EncodeVarChar(s string) []byte {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case ok:
		case r == 0x81 || r == 0x8D || r == 0x8F || r == 0x90 || r == 0x9D: // the five that the page leaves open; Windows passes them through
			c = byte(r)
		default:
			c = '?'
			if r >= 0x10000 { // two UTF-16 units, two question marks
				b = append(b, '?')
			}
		}
		b = append(b, c)
	}
	return b
}

// DecodeVarChar reads code page 1252.
func DecodeVarChar(b []byte) string {
	var s strings.Builder
	s.Grow(len(b))
	for _, c := range b {
		r := charmap.Windows1252.DecodeByte(c)
		if r == utf8.RuneError {
			r = rune(c)
		}
		s.WriteRune(r)
	}
	return s.String()
}

// Len counts s in the units of t's length: UTF-16 units, or bytes.
func (t Type) Len(s string) int {
	if t.Kind.IsUnicode() {
		return UTF16Len(s)
	}
	return len(EncodeVarChar(s))
}

// toText converts to a character type and fits the text into its length.
func (r Rules) toText(v any, from, to Type) (any, error) {
	switch v := v.(type) {
	case string:
		return r.fitText(v, to)
	case []byte:
		if to.Kind.IsUnicode() {
			return r.fitText(DecodeUTF16(v), to)
		}
		return r.fitText(DecodeVarChar(v), to)
	}
	text := Text(v, from)
	if to.Length == Max || len(text) <= to.Length {
		return r.fitText(text, to)
	}
	// functions/cast-and-convert-transact-sql, "Truncating and rounding results": integers become an asterisk in char and
	// varchar and an error in nchar and nvarchar; other numbers an error; datetime and smalldatetime may be cut.
	switch {
	case (from.Kind == KindTinyInt || from.Kind == KindSmallInt || from.Kind == KindInt) && !to.Kind.IsUnicode():
		return r.fitText("*", to)
	case from.Kind == KindDateTime || from.Kind == KindSmallDateTime:
		return r.fitText(text, to)
	case from.Kind == KindUniqueIdentifier:
		return nil, Errorf(errGUIDSpace, "Insufficient result space to convert uniqueidentifier value to char.")
	case from.Kind.IsNumeric():
		return nil, overflow("expression", to)
	}
	return nil, truncated()
}

// fitText cuts, refuses or pads. What is cut off may always be blanks (statements/insert-transact-sql: "if … trailing
// spaces … truncated to the length").
func (r Rules) fitText(s string, to Type) (any, error) {
	if !to.Kind.IsUnicode() && !isASCII(s) {
		s = DecodeVarChar(EncodeVarChar(s))
	}
	if to.Length == Max || len(s) <= to.Length && to.Kind != KindChar && to.Kind != KindNChar {
		return s, nil
	}
	switch n := to.Len(s); {
	case n > to.Length:
		kept, rest := cutUnits(s, to)
		if r.Mode == Copy || r.Mode == Implicit && strings.Trim(rest, " ") != "" {
			return nil, truncated()
		}
		return kept, nil
	case n < to.Length && (to.Kind == KindChar || to.Kind == KindNChar):
		return s + strings.Repeat(" ", to.Length-n), nil
	}
	return s, nil
}

// cutUnits splits s at the length of t. A surrogate pair is not split: half of one is no text that Go could hold.
func cutUnits(s string, t Type) (kept, rest string) {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); !t.Kind.IsUnicode() {
			n -= utf16.RuneLen(r) - 1
		}
		if n > t.Length {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Text writes a value of type t as CAST to nvarchar(max) does. nil is "".
func Text(v any, t Type) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		if v {
			return "1"
		}
		return "0"
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return floatText(v)
	case Decimal:
		if t.Kind == KindMoney || t.Kind == KindSmallMoney {
			return v.rescale(2).String() // style 0: two digits
		}
		return v.rescale(t.Scale).String()
	case Date:
		return v.String()
	case Time:
		return v.Text(t.Scale)
	case DateTime:
		if t.Kind == KindDateTime || t.Kind == KindSmallDateTime {
			text, _ := styled(v, 0)
			return text
		}
		return v.Text(t.Scale)
	case DateTimeOffset:
		return v.Text(t.Scale)
	case GUID:
		return v.String()
	case []byte:
		return DecodeUTF16(v)
	}
	return ""
}

// floatText is style 0: "A maximum of six digits. Use in scientific notation, when appropriate."
func floatText(f float64) string {
	if f == 0 {
		return "0"
	}
	mantissa, exponentText, _ := strings.Cut(strconv.FormatFloat(f, 'e', 5, 64), "e")
	exponent, _ := strconv.Atoi(exponentText)
	if exponent >= -4 && exponent < 6 {
		text := strconv.FormatFloat(f, 'f', max(0, 5-exponent), 64)
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		return text
	}
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	sign := "+"
	if exponent < 0 {
		sign = "-"
	}
	return mantissa + "e" + sign + leftPad(strconv.Itoa(int(math.Abs(float64(exponent)))), 3, "0")
}

func leftPad(s string, n int, with string) string {
	if len(s) >= n {
		return s
	}
	return strings.Repeat(with, n-len(s)) + s
}
