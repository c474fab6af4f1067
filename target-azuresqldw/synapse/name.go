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

// Literal returns s as an N'…' literal. A string of more than 4,000 UTF-16
// units becomes a sum of pieces that begins with a cast to nvarchar(max), since
// nvarchar(n) ends at 4,000 and a sum of such pieces would be cut there.
func Literal(s string) string {
	const maxUnits = 4000
	if len(s) <= maxUnits || utf16Len(s) <= maxUnits {
		return quoteLiteral(s)
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/maxUnits*8)
	for first := true; s != ""; first = false {
		var piece string
		piece, s = cutUnits(s, maxUnits)
		if first {
			b.WriteString("CAST(" + quoteLiteral(piece) + " AS nvarchar(max))")
		} else {
			b.WriteString(" + " + quoteLiteral(piece))
		}
	}
	return b.String()
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
