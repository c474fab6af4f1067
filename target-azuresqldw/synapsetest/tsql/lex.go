package tsql

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Pos is a place in a batch: byte offset, line and column (both from 1).
type Pos struct{ Offset, Line, Column int }

type kind uint8

const (
	kindEOF kind = iota
	kindWord
	kindQuoted  // [x] or "x"
	kindString  // 'x'
	kindNString // N'x'
	kindInt
	kindDecimal
	kindFloat
	kindHex
	kindMoney
	kindVariable // @x and @@x
	kindOp
)

// token is one lexical element; text is its value (unquoted), end its end in the batch.
type token struct {
	kind  kind
	text  string
	upper string // of a kindWord, for keywords
	pos   Pos
	end   int
}

// maxStringLiterals is the limit of "string literals" in a statement
// (Azure docs, sql-data-warehouse-service-capacity-limits.md).
const maxStringLiterals = 20000

type lexer struct {
	text  string
	at    int
	lines []int // offsets at which lines begin
	last  Pos   // the last that was asked for
	out   []token
}

func lex(text string) ([]token, error) {
	l := &lexer{text: text, lines: []int{0}, last: Pos{Column: 1}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			l.lines = append(l.lines, i+1)
		}
	}
	for {
		if err := l.skipBlank(); err != nil {
			return nil, err
		}
		if l.at >= len(text) {
			l.out = append(l.out, token{kind: kindEOF, pos: l.pos(l.at), end: len(text)})
			return l.out, nil
		}
		if err := l.one(); err != nil {
			return nil, err
		}
	}
}

func (l *lexer) pos(offset int) Pos {
	n := sort.SearchInts(l.lines, offset+1)
	if start := l.lines[n-1]; l.last.Offset < start || l.last.Offset > offset {
		l.last = Pos{Offset: start, Column: 1}
	}
	// counted on from the token before: a line may have megabytes
	l.last = Pos{Offset: offset, Line: n, Column: l.last.Column + utf8.RuneCountInString(l.text[l.last.Offset:offset])}
	return l.last
}

func (l *lexer) skipBlank() error {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch {
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.at += n
		case strings.HasPrefix(rest, "/*"):
			if err := l.comment(); err != nil {
				return err
			}
		default:
			r, n := utf8.DecodeRuneInString(rest)
			if !unicode.IsSpace(r) {
				return nil
			}
			l.at += n
		}
	}
	return nil
}

// comment passes over a block comment; they nest in T-SQL.
func (l *lexer) comment() error {
	start, depth := l.at, 0
	for l.at < len(l.text) {
		switch rest := l.text[l.at:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			l.at += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			l.at += 2
			if depth == 0 {
				return nil
			}
		default:
			l.at++
		}
	}
	// 113: SQL Server's number for it.
	return Refuse(l.pos(start), 113, "Missing end comment mark '*/'.")
}

func (l *lexer) emit(k kind, start int, text string) {
	t := token{kind: k, text: text, pos: l.pos(start), end: l.at}
	if k == kindWord {
		t.upper = strings.ToUpper(text)
	}
	l.out = append(l.out, t)
}

func (l *lexer) one() error {
	start := l.at
	r, size := utf8.DecodeRuneInString(l.text[start:])
	switch {
	case r == utf8.RuneError && size == 1:
		return parseError(l.pos(start), "\uFFFD")
	case r == '\'':
		return l.quoted(start, kindString, '\'')
	case (r == 'N' || r == 'n') && strings.HasPrefix(l.text[start+1:], "'"):
		l.at++
		return l.quoted(start, kindNString, '\'')
	case r == '[':
		return l.quoted(start, kindQuoted, ']')
	case r == '"':
		return l.quoted(start, kindQuoted, '"')
	case r >= '0' && r <= '9', r == '.' && l.digitAt(start+1):
		return l.number(start)
	case r == '$' && l.digitAt(start+1):
		l.at++
		return l.number(start)
	case r == '@':
		l.at += size
		l.word()
		l.emit(kindVariable, start, l.text[start:l.at])
	case isWordStart(r):
		l.word()
		l.emit(kindWord, start, l.text[start:l.at])
	default:
		return l.operator(start)
	}
	return nil
}

func isWordStart(r rune) bool { return r == '_' || r == '#' || unicode.IsLetter(r) }

func (l *lexer) word() {
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		if !isWordStart(r) && r != '@' && r != '$' && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			return
		}
		l.at += n
	}
}

// quoted reads up to the closing mark; the mark written twice is the mark itself.
func (l *lexer) quoted(start int, k kind, mark byte) error {
	l.at++
	var b strings.Builder
	for {
		n := strings.IndexByte(l.text[l.at:], mark)
		if n < 0 {
			// 105: SQL Server's number for an open quotation mark.
			return Refuse(l.pos(start), 105, "Unclosed quotation mark after the character string '%s'.", clip(l.text[start:], 40))
		}
		b.WriteString(l.text[l.at : l.at+n])
		l.at += n + 1
		if l.at >= len(l.text) || l.text[l.at] != mark {
			break
		}
		b.WriteByte(mark)
		l.at++
	}
	l.emit(k, start, b.String())
	return nil
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

func (l *lexer) digitAt(i int) bool {
	return i < len(l.text) && l.text[i] >= '0' && l.text[i] <= '9'
}

func (l *lexer) number(start int) error {
	k := kindInt
	if l.text[start] == '$' {
		k = kindMoney
	}
	if k == kindInt && l.text[start] == '0' && start+1 < len(l.text) && (l.text[start+1] == 'x' || l.text[start+1] == 'X') {
		l.at += 2
		for l.at < len(l.text) && strings.IndexByte("0123456789abcdefABCDEF", l.text[l.at]) >= 0 {
			l.at++
		}
		l.emit(kindHex, start, l.text[start+2:l.at])
		return nil
	}
	digits := func() {
		for l.digitAt(l.at) {
			l.at++
		}
	}
	digits()
	if l.at < len(l.text) && l.text[l.at] == '.' {
		l.at++
		digits()
		if k == kindInt {
			k = kindDecimal
		}
	}
	if k != kindMoney && l.at < len(l.text) && (l.text[l.at] == 'e' || l.text[l.at] == 'E') {
		k = kindFloat
		l.at++
		if l.at < len(l.text) && (l.text[l.at] == '+' || l.text[l.at] == '-') {
			l.at++
		}
		digits()
	}
	if l.at < len(l.text) {
		// 1a is no number with an alias: refused, so that a forgotten blank or quote shows.
		if r, _ := utf8.DecodeRuneInString(l.text[l.at:]); isWordStart(r) {
			return parseError(l.pos(l.at), string(r))
		}
	}
	l.emit(k, start, strings.TrimPrefix(l.text[start:l.at], "$"))
	return nil
}

func (l *lexer) operator(start int) error {
	for _, op := range []string{"<>", "<=", ">=", "!=", "!<", "!>", "::", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="} {
		if strings.HasPrefix(l.text[start:], op) {
			l.at += 2
			l.emit(kindOp, start, op)
			return nil
		}
	}
	r, size := utf8.DecodeRuneInString(l.text[start:])
	if !strings.ContainsRune("+-*/%&|^~=<>(),;.", r) {
		return parseError(l.pos(start), string(r))
	}
	l.at += size
	l.emit(kindOp, start, string(r))
	return nil
}

// MaskSecrets gives the batch with the literal after each SECRET = replaced, for
// logs and for what the management views show. Text that cannot be read is
// given back as "***" as a whole, since nobody knows what is in it.
func MaskSecrets(batch string) string {
	if !strings.Contains(strings.ToUpper(batch), "SECRET") {
		return batch
	}
	tokens, err := lex(batch)
	if err != nil {
		return "***"
	}
	var b strings.Builder
	last := 0
	for i := 2; i < len(tokens); i++ {
		t := tokens[i]
		if tokens[i-2].upper == "SECRET" && tokens[i-1].text == "=" && (t.kind == kindString || t.kind == kindNString) {
			b.WriteString(batch[last:t.pos.Offset])
			b.WriteString("'***'")
			last = t.end
		}
	}
	b.WriteString(batch[last:])
	return b.String()
}

// units counts UTF-16 code units, in which SQL Server measures names and nvarchar.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
