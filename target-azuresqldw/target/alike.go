package target

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// alike is the same for names that a pool might take for one. How a pool's default collation, mostly SQL_Latin1_General_CP1_CI_AS, compares names is
// documented in part only, so it errs on the side of likeness, which costs a name no more than a hash. Two names are alike when they differ in
//   - case, width, kana, accents (a pool may be made with another collation, such as one of _CI_AI), forms of Arabic letters (dba.stackexchange.com/questions/100643), and blanks at the end;
//   - a letter and the two that it is equal to: ß and ss, œ and oe (dba.stackexchange.com/questions/335859, stackoverflow.com/questions/50181535);
//   - characters without weight, which are equal to none at all: those that Windows did not know in 2000, and those that cannot be seen
//     (learn.microsoft.com/archive/blogs/sqlprogrammability/sorting-undefined-characters-in-unicode-andor-windows-collation).
func alike(name string) string {
	if isASCII([]byte(name)) {
		return strings.ToLower(strings.TrimRight(name, " "))
	}
	var b strings.Builder
	for _, r := range narrow(name) {
		if !unicode.Is(weighty, r) {
			continue
		}
		r = unicode.ToLower(unicode.ToUpper(r))
		if two, ok := ligatures[r]; ok {
			b.WriteString(two)
			continue
		}
		for _, r := range norm.NFD.String(string(hiragana(r))) {
			if !unicode.Is(unicode.Mn, r) {
				b.WriteRune(r)
			}
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// narrow is a name without wide, narrow and joined forms of characters, composed.
func narrow(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 0xff00 && r <= 0xffef || r >= 0xfb00 && r <= 0xfb06 || r >= 0xfb50 && r <= 0xfefc || r >= 0xa0 && r <= 0xbe { // the last: a², 1ª
			b.WriteString(norm.NFKC.String(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// ligatures are the letters that compare as two.
var ligatures = map[rune]string{'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'ǽ': "ae", 'ǣ': "ae", 'œ': "oe", 'þ': "th"}

// hiragana is the large hiragana for any kana.
func hiragana(r rune) rune {
	if r >= 'ァ' && r <= 'ヶ' {
		r -= 'ァ' - 'ぁ'
	}
	switch r {
	case 'ぁ', 'ぃ', 'ぅ', 'ぇ', 'ぉ', 'っ', 'ゃ', 'ゅ', 'ょ', 'ゎ':
		return r + 1
	case 'ゕ':
		return 'か'
	case 'ゖ':
		return 'け'
	}
	return r
}

// weighty is what surely has a weight of its own: the letters and digits of scripts that Windows knew in 2000, and the signs of Latin-1. The rest
// may have none.
var weighty = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0020, 0x007e, 1}, {0x00a1, 0x00ac, 1}, {0x00ae, 0x0217, 1}, {0x2044, 0x2044, 1}, // Latin, without the soft hyphen
		{0x0386, 0x0386, 1}, {0x0388, 0x03ce, 1}, {0x0401, 0x044f, 1}, {0x0451, 0x045f, 1}, {0x0490, 0x0491, 1}, // Greek, Cyrillic
		{0x0531, 0x0556, 1}, {0x0561, 0x0587, 1}, {0x05d0, 0x05ea, 1}, {0x0621, 0x063a, 1}, {0x0641, 0x064a, 1}, {0x0660, 0x0669, 1}, {0x0671, 0x06d3, 1},
		{0x0905, 0x0939, 1}, {0x0966, 0x096f, 1}, {0x0e01, 0x0e30, 1}, {0x0e40, 0x0e46, 1}, {0x0e50, 0x0e59, 1}, // Devanagari, Thai
		{0x1e9e, 0x1e9e, 1}, {0x3041, 0x3094, 1}, {0x30a1, 0x30fa, 1}, {0x4e00, 0x9fa5, 1}, {0xac00, 0xd7a3, 1}, // ẞ, kana, Han, Hangul
	},
	LatinOffset: 2,
}
