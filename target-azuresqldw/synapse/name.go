package synapse

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits of a dedicated pool ("capacity limits" in Azure's documentation).
const (
	MaxNameUnits = 128  // length of any name, in UTF-16 units
	MaxColumns   = 1024 // columns of one table
)

// Name is the two-part name of a table. A statement always carries both parts:
// COPY INTO is cancelled when the namespace is left to the user's default.
type Name struct {
	Namespace, Table string
}

// String returns the name quoted, as statements carry it: [namespace].[table].
func (n Name) String() string { return Quote(n.Namespace) + "." + Quote(n.Table) }

// sibling is another table of the same namespace.
func (n Name) sibling(table string) Name { return Name{n.Namespace, table} }

// Quote returns a name in brackets, whatever it contains. All names in all
// statements are quoted, so reserved words need no list.
func Quote(name string) string {
	return "[" + strings.ReplaceAll(name, "]", "]]") + "]"
}

// maxLiteralUnits is the longest nvarchar that is not nvarchar(max).
const maxLiteralUnits = 4000

// Literal returns s as an N'…' literal. A string of more than 4,000 UTF-16
// units becomes a sum of pieces, each cast to nvarchar(max), since a sum of
// nvarchar(n) is cut at 4,000. The sum is a balanced one: a chain would copy what is there
// for each piece, and be as deep as it is long.
func Literal(s string) string {
	if len(s) <= maxLiteralUnits || utf16Len(s) <= maxLiteralUnits {
		return quoteLiteral(s)
	}
	var pieces []string
	for s != "" {
		var piece string
		piece, s = cutUnits(s, maxLiteralUnits)
		pieces = append(pieces, piece)
	}
	var b strings.Builder
	writeSum(&b, pieces)
	return b.String()
}

func writeSum(b *strings.Builder, pieces []string) {
	if len(pieces) == 1 {
		b.WriteString("CAST(" + quoteLiteral(pieces[0]) + " AS nvarchar(max))")
		return
	}
	half := len(pieces) / 2
	b.WriteByte('(')
	writeSum(b, pieces[:half])
	b.WriteString(" + ")
	writeSum(b, pieces[half:])
	b.WriteByte(')')
}

func quoteLiteral(s string) string {
	return "N'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// plainLiteral is a literal without the N prefix, as COPY INTO's options and
// labels want it.
func plainLiteral(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// utf16Len is the length of s as the pool counts it.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cutUnits splits s after at most n UTF-16 units, never inside a character.
func cutUnits(s string, n int) (head, tail string) {
	for i, r := range s {
		if n -= max(utf16.RuneLen(r), 1); n < 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// Shorten returns name when it fits n UTF-16 units, and otherwise its beginning
// with a hash of the whole, so that two long names stay two names. Where there is room
// the hash has 128 bits.
func Shorten(name string, n int) string {
	if utf16Len(name) <= n {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	size := 4
	if n > MaxNameUnits {
		size = 16
	}
	head, _ := cutUnits(name, n-2*size-len("_"))
	if !utf8.ValidString(head) {
		head = strings.ToValidUTF8(head, "")
	}
	return head + "_" + hex.EncodeToString(sum[:size])
}
