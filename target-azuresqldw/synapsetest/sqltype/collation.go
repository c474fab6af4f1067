package sqltype

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// DefaultCollation is what a pool is created with (azure/synapse-analytics/sql-data-warehouse/
// sql-data-warehouse-reference-collation-types).
const DefaultCollation = "SQL_Latin1_General_CP1_CI_AS"

// Collation is how text is compared.
//
// Equality is meant to be right: case, accent, kana and width count or not as the name says, and blanks at the end never
// count, in binary collations neither (SQL-92 pads the shorter text; language-elements/string-comparison-assignment, on =).
// The order of unequal text is Windows' own for the binary collations only. Elsewhere it is a model: letters by their base
// form, then by accents, then by case; other characters by code point.
type Collation struct {
	Name                           string // as declared
	Binary                         bool   // BIN or BIN2
	CaseSensitive, AccentSensitive bool
	KanaSensitive, WidthSensitive  bool
	SupplementaryAware             bool
	version                        int // 80, 90 or 100; that of SQL collations is 80
}

// designators are those of Windows collations whose rules are those of Latin1_General, or differ from it in the order
// of letters only (statements/windows-collation-name-transact-sql). Turkish, Azeri, Lithuanian and the like pair letters
// in another way and are not offered; nor are the code pages other than 1252 that Cyrillic, Greek and others bring.
var designators = []string{"Latin1_General", "French", "Finnish_Swedish", "Danish_Norwegian", "German_PhoneBook", "Modern_Spanish", "Icelandic", "Norwegian", "Danish_Greenlandic", "Romansh", "Sami_Norway", "Sami_Sweden_Finland", "Frisian", "Breton", "Corsican", "Welsh", "Mohawk"}

// ParseCollation reads a name; "" is DefaultCollation and case does not matter. Names that the pool does not have, the
// _UTF8 ones among them, give 448.
func ParseCollation(name string) (Collation, error) {
	if name == "" {
		name = DefaultCollation
	}
	invalid := Errorf(errCollationInvalid, "Invalid collation '%s'.", name)
	c := Collation{Name: name}
	rest := strings.ToLower(name)
	if after, ok := strings.CutPrefix(rest, "sql_latin1_general_cp1_"); ok {
		// statements/sql-server-collation-name-transact-sql
		if !slices.Contains([]string{"ci_as", "ci_ai", "cs_as"}, after) {
			return Collation{}, invalid
		}
		rest = after
	} else {
		i := slices.IndexFunc(designators, func(d string) bool { return strings.HasPrefix(rest, strings.ToLower(d)+"_") })
		if i < 0 {
			return Collation{}, invalid
		}
		rest = rest[len(designators[i])+1:]
		version := 80
		for text, v := range map[string]int{"90_": 90, "100_": 100} {
			if after, ok := strings.CutPrefix(rest, text); ok {
				rest, version = after, v
			}
		}
		if !c.options(rest, version) {
			return Collation{}, invalid
		}
		return c, nil
	}
	if !c.options(rest, 80) {
		return Collation{}, invalid
	}
	return c, nil
}

// options reads CI_AS_KS_WS_SC or BIN2, in that order.
func (c *Collation) options(s string, version int) bool {
	c.version = version
	if s == "bin" || s == "bin2" {
		c.Binary = true
		return true
	}
	parts := strings.Split(s, "_")
	if len(parts) < 2 || parts[0] != "ci" && parts[0] != "cs" || parts[1] != "ai" && parts[1] != "as" {
		return false
	}
	c.CaseSensitive, c.AccentSensitive = parts[0] == "cs", parts[1] == "as"
	parts = parts[2:]
	for _, option := range []struct {
		name string
		set  *bool
		from int // version that has it
	}{{"ks", &c.KanaSensitive, 80}, {"ws", &c.WidthSensitive, 80}, {"sc", &c.SupplementaryAware, 90}} {
		if len(parts) > 0 && parts[0] == option.name && version >= option.from {
			*option.set, parts = true, parts[1:]
		}
	}
	return len(parts) == 0
}

// Compare orders two texts.
func (c Collation) Compare(a, b string) int {
	if a == b {
		return 0
	}
	if c.Binary {
		return comparePadded(a, b)
	}
	if !c.CaseSensitive && isASCII(a) && isASCII(b) {
		return compareFolded(strings.TrimRight(a, " "), strings.TrimRight(b, " "))
	}
	return strings.Compare(c.Key(a), c.Key(b))
}

// compareFolded is what comparing the keys of two ASCII texts comes to.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lowerASCII(a[i]), lowerASCII(b[i]); x != y {
			return cmpInt(int64(x), int64(y))
		}
	}
	return cmpInt(int64(len(a)), int64(len(b)))
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Equal reports whether = holds.
func (c Collation) Equal(a, b string) bool { return c.Compare(a, b) == 0 }

// Key gives a text that is equal, byte by byte, for the texts that are equal under c: for DISTINCT, GROUP BY, joins and
// hashes. Unless c is binary it orders as Compare does, too.
func (c Collation) Key(s string) string {
	s = strings.TrimRight(s, " ")
	if c.Binary {
		return s
	}
	if isASCII(s) {
		lower := strings.ToLower(s)
		if c.CaseSensitive && lower != s {
			return lower + "\x00\x00" + swapCase(s)
		}
		return lower + "\x00\x00"
	}
	full := c.fold(s)
	base := stripMarks(strings.ToLower(full))
	key := base + "\x00"
	if lower := strings.ToLower(full); c.AccentSensitive && lower != base {
		key += lower
	}
	key += "\x00"
	if c.CaseSensitive && strings.ToLower(full) != full {
		key += swapCase(full)
	}
	return key
}

// fold makes equal what kana and width do not tell apart, decomposed, without what has no weight and with the letters that
// count as two: N'ß' = N'ss' (dba.stackexchange.com/questions/335859), N'œ' = N'oe' (stackoverflow.com/questions/50181535) and
// N'æ' = N'ae' (github.com/hugr-lab/mssql-extension/pull/350) hold in SQL_Latin1_General_CP1_CI_AS, too.
func (c Collation) fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if c.isWeightless(r) {
			return -1
		}
		return r
	}, s)
	s = ligatures.Replace(s)
	if !c.WidthSensitive {
		s = width.Fold.String(s)
	}
	if !c.KanaSensitive {
		s = strings.Map(func(r rune) rune {
			if r >= 'ァ' && r <= 'ヶ' { // katakana to hiragana
				return r - 0x60
			}
			return r
		}, s)
	}
	return norm.NFD.String(s)
}

var ligatures = strings.NewReplacer("ß", "ss", "ẞ", "SS", "œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE")

// isWeightless reports whether a character counts for nothing in a comparison. Those that a collation does not know do not:
// learn.microsoft.com/archive/blogs/sqlprogrammability/sorting-undefined-characters-in-unicode-andor-windows-collation names
// U+0000 and U+3358 to U+3376, dba.stackexchange.com/questions/208414 U+04D2 and U+14DE, and all of them before version 100;
// bbzippo.wordpress.com/2013/09/10/sql-server-collations-and-string-comparison-issues the supplementary ones. So do those that
// cannot be seen, as for CompareString of Windows, whose tables these are.
func (c Collation) isWeightless(r rune) bool {
	if r == 0 || unicode.Is(unicode.Cf, r) {
		return true
	}
	return c.version < 100 && (r > 0xffff && !c.SupplementaryAware || r >= 0x3358 && r <= 0x3376 || r == 0x04d2 || r == 0x14de)
}

func stripMarks(s string) string {
	return strings.Map(func(r rune) rune {
		// The voicing marks of kana are no accents.
		if unicode.Is(unicode.Mn, r) && r != 0x3099 && r != 0x309A {
			return -1
		}
		return r
	}, s)
}

// swapCase makes lower case sort before upper case, as Windows does.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// comparePadded compares by code point ("_BIN2 … code-point comparison semantics",
// relational-databases/collations/collation-and-unicode-support), the shorter text padded with blanks.
func comparePadded(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	a, b = a[n:], b[n:]
	if a != "" && b != "" {
		return strings.Compare(a, b)
	}
	for i := range len(a) {
		if a[i] != ' ' {
			return cmpInt(int64(a[i]), ' ')
		}
	}
	for i := range len(b) {
		if b[i] != ' ' {
			return cmpInt(' ', int64(b[i]))
		}
	}
	return 0
}
