package target

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

// maxName is the longest identifier of the pool, in UTF-16 units.
const maxName = 128

// A nameSet gives out names that the pool can tell apart, whatever its collation: none is like another that has been given out, see [alike].
type nameSet struct {
	taken map[string]string // what is alike → its owner
}

func newNameSet() *nameSet { return &nameSet{taken: map[string]string{}} }

// claim gives owner a name as near to want as possible: want itself, else want shortened and made unique by a hash of the owner. The same
// owner gets the same name again. Where fits is given, a name with the hash may be that of a column which is there without an owner, if the
// column fits.
func (s *nameSet) claim(want, owner string, fits func(name string) bool) string {
	name := cleanName(want)
	if utf16Length(name) <= maxName && s.take(name, owner) {
		return name
	}
	sum := sha256.Sum256([]byte(owner))
	for size := 4; ; size += 4 { // 8 hex digits; more only if 32 bits of the hash should ever collide
		tail := "_" + hex.EncodeToString(sum[:size])
		name := cutUTF16(name, maxName-len(tail)) + tail
		if s.take(name, owner) {
			return name
		}
		if fits != nil && s.owner(name) == foreign && fits(name) {
			s.give(name, owner)
			return name
		}
	}
}

// take marks a name as the owner's; false when it is another's.
func (s *nameSet) take(name, owner string) bool {
	key := alike(name)
	if have, ok := s.taken[key]; ok {
		return have == owner
	}
	s.taken[key] = owner
	return true
}

// owner is who has a name, "" when it is free.
func (s *nameSet) owner(name string) string { return s.taken[alike(cleanName(name))] }

// give takes a name from its owner.
func (s *nameSet) give(name, owner string) { s.taken[alike(name)] = owner }

// cleanName keeps what a bracketed identifier can hold: everything but control characters; and never nothing.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return '_'
		}
		return r
	}, name)
	if name = strings.TrimRight(name, " "); name == "" {
		return "_"
	}
	return name
}

// tableName is the name that a table shall have for what it holds. It begins neither like the target's own, which a later run would take for what
// an earlier one has left, and drop, nor like a temporary table, which is gone with its session.
func tableName(want string) string {
	if want = cleanName(want); strings.HasPrefix(want, "#") || strings.HasPrefix(alike(want), "_sdc_") {
		return "_" + want
	}
	return want
}

// foldName is the same for names that the pool takes for one: they differ in case, in trailing blanks, in width, or in characters beyond the
// basic plane. It finds what is there; whether a new name is free is for [alike] to say.
func foldName(name string) string {
	if isASCII([]byte(name)) {
		return strings.ToLower(strings.TrimRight(name, " "))
	}
	name = strings.Map(func(r rune) rune {
		if r > 0xffff { // without weight in the collations of SQL Server before version 90
			return -1
		}
		return r
	}, narrow(name))
	return strings.TrimRight(strings.ToLower(strings.ToUpper(name)), " ")
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// cutUTF16 keeps at most limit UTF-16 units and never half a character.
func cutUTF16(s string, limit int) string {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > limit {
			return s[:i]
		}
	}
	return s
}
