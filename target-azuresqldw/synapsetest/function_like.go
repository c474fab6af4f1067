package synapsetest

import (
	"database/sql/driver"
	"unicode"
	"unicode/utf16"
)

// likeFunction is like_(text, pattern, escape, sensitive).
func likeFunction(a []driver.Value) (driver.Value, error) {
	if a[0] == nil || a[1] == nil {
		return nil, nil
	}
	var escape rune = -1
	if s, ok := a[2].(string); ok && s != "" {
		escape = []rune(s)[0]
	}
	p := likePattern{escape: escape, fold: a[3].(int64) == 0}
	return truth(p.match([]rune(a[0].(string)), []rune(a[1].(string)))), nil
}

func patIndex(a []driver.Value) driver.Value {
	pattern, s := []rune(a[0].(string)), []rune(a[1].(string))
	p := likePattern{escape: -1, fold: a[2].(int64) == 0}
	if len(pattern) == 0 || pattern[0] != '%' {
		return truth(p.match(s, pattern))
	}
	units := int64(1)
	for i := 0; i <= len(s); i++ {
		if p.match(s[i:], pattern[1:]) {
			return units
		}
		if i < len(s) {
			units += int64(utf16.RuneLen(s[i]))
		}
	}
	return int64(0)
}

// likePattern matches LIKE's patterns: %, _, [a-z], [^a-z] and an escape character
// (language-elements/like-transact-sql).
type likePattern struct {
	escape rune
	fold   bool
}

func (l likePattern) equal(a, b rune) bool {
	return a == b || l.fold && unicode.ToLower(a) == unicode.ToLower(b)
}

func (l likePattern) match(s, p []rune) bool {
	// star and mark remember the last % and the place in s it was tried at.
	star, mark := -1, 0
	i, j := 0, 0
	for i < len(s) {
		if j < len(p) && p[j] == '%' && l.escape != '%' {
			star, mark = j, i
			j++
			continue
		}
		if n, ok := l.one(s[i], p, j); ok {
			i, j = i+1, n
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = mark, star+1
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	return j == len(p)
}

// one matches a character at p[j] and gives the place after it.
func (l likePattern) one(r rune, p []rune, j int) (int, bool) {
	if j >= len(p) {
		return 0, false
	}
	switch {
	case p[j] == l.escape && j+1 < len(p):
		return j + 2, l.equal(r, p[j+1])
	case p[j] == '_':
		return j + 1, true
	case p[j] == '[':
		return l.set(r, p, j)
	}
	return j + 1, l.equal(r, p[j])
}

func (l likePattern) set(r rune, p []rune, j int) (int, bool) {
	end := j + 1
	for end < len(p) && (p[end] != ']' || end == j+1) {
		end++
	}
	if end >= len(p) {
		return 0, false
	}
	members := p[j+1 : end]
	not := len(members) > 0 && members[0] == '^'
	if not {
		members = members[1:]
	}
	found := false
	for k := 0; k < len(members); k++ {
		if k+2 < len(members) && members[k+1] == '-' {
			low, high, c := members[k], members[k+2], r
			if l.fold {
				low, high, c = unicode.ToLower(low), unicode.ToLower(high), unicode.ToLower(c)
			}
			found = found || c >= low && c <= high
			k += 2
			continue
		}
		found = found || l.equal(r, members[k])
	}
	return end + 1, found != not
}
