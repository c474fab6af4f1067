package tsql

import (
	"strconv"
	"strings"
)

// parser is a recursive-descent parser. It leaves by panic(*Error), which batch
// recovers: every rule may then read as the grammar does.
type parser struct {
	text     string
	tokens   []token
	at       int
	literals int // string literals of the statement being read
	depth    int
}

// maxNesting bounds recursion. The documented limit of nested subqueries is 32
// (capacity limits page); parentheses may go deeper.
const maxNesting = 400

func (p *parser) batch() (list []Statement, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			list, err = nil, r
		default:
			panic(r)
		}
	}()
	for p.acceptOp(";") {
	}
	for !p.atEnd() {
		list = append(list, p.terminated())
	}
	p.checkBatch(list)
	return list, nil
}

// terminated reads one statement and the semicolons after it.
func (p *parser) terminated() Statement {
	s := p.statement()
	if _, ok := s.(*Merge); ok && !p.isOp(";") {
		// 10713: MERGE must end in a semicolon (merge-transact-sql.md).
		panic(Refuse(s.Start(), 10713, "A MERGE statement must be terminated by a semi-colon (;)."))
	}
	for p.acceptOp(";") {
	}
	return s
}

func (p *parser) statement() Statement {
	start := p.tok()
	p.enter()
	p.literals = 0
	s := p.statementBody()
	p.depth--
	h := s.head()
	h.Pos = start.pos
	h.Text = p.text[start.pos.Offset:p.tokens[p.at-1].end]
	return s
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		panic(Refuse(p.tok().pos, 191, "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries."))
	}
}

func (p *parser) tok() token { return p.tokens[p.at] }

func (p *parser) ahead(n int) token {
	if p.at+n >= len(p.tokens) {
		return p.tokens[len(p.tokens)-1]
	}
	return p.tokens[p.at+n]
}

func (p *parser) atEnd() bool { return p.tok().kind == kindEOF }

func (p *parser) next() token {
	t := p.tok()
	if t.kind == kindEOF {
		p.fail()
	}
	if t.kind == kindString || t.kind == kindNString {
		if p.literals++; p.literals > maxStringLiterals {
			// The limit is documented, its number is not: 103010 is our assumption.
			panic(refused(t.pos, clip(t.text, 20), "A statement holds at most 20,000 string literals."))
		}
	}
	p.at++
	return t
}

// near gives the text to name in an error at the present token.
func (p *parser) near() string {
	t := p.tok()
	if t.kind == kindEOF {
		return "<EOF>"
	}
	return clip(p.text[t.pos.Offset:t.end], 60)
}

func (p *parser) fail() { panic(parseError(p.tok().pos, p.near())) }

func (p *parser) refuse(why string) { panic(refused(p.tok().pos, p.near(), why)) }

func (p *parser) isKeyword(words ...string) bool {
	for i, w := range words {
		if t := p.ahead(i); t.kind != kindWord || t.upper != w {
			return false
		}
	}
	return true
}

func (p *parser) accept(words ...string) bool {
	if !p.isKeyword(words...) {
		return false
	}
	p.at += len(words)
	return true
}

func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.fail()
		}
	}
}

func (p *parser) isOp(op string) bool { return p.tok().kind == kindOp && p.tok().text == op }

func (p *parser) acceptOp(op string) bool {
	if !p.isOp(op) {
		return false
	}
	p.at++
	return true
}

func (p *parser) expectOp(op string) {
	if !p.acceptOp(op) {
		p.fail()
	}
}

// isName tells whether an identifier stands here: quoted, or a word that is not reserved.
func (p *parser) isName() bool {
	t := p.tok()
	return t.kind == kindQuoted || t.kind == kindWord && !reserved(t.upper)
}

func (p *parser) name() string {
	if !p.isName() {
		p.fail()
	}
	t := p.next()
	return checkName(t)
}

func checkName(t token) string {
	if t.text == "" {
		panic(Refuse(t.pos, 1038, "An object or column name is missing or empty."))
	}
	if units(t.text) > 128 {
		// 103: names hold at most 128 characters (capacity limits page).
		panic(Refuse(t.pos, 103, "The identifier that starts with '%s' is too long. Maximum length is 128.", clip(t.text, 124)))
	}
	return t.text
}

func (p *parser) names() []string {
	p.expectOp("(")
	list := []string{p.name()}
	for p.acceptOp(",") {
		list = append(list, p.name())
	}
	p.expectOp(")")
	return list
}

// object reads a name of one to three parts; server names (four parts) do not exist here.
func (p *parser) object() Name {
	n := Name{Pos: p.tok().pos}
	parts := []string{p.name()}
	for p.isOp(".") {
		p.at++
		if p.isOp(".") && len(parts) == 1 { // tempdb..#t and db..t
			parts = append(parts, "")
			continue
		}
		parts = append(parts, p.name())
	}
	switch len(parts) {
	case 1:
		n.Object = parts[0]
	case 2:
		n.Schema, n.Object = parts[0], parts[1]
	case 3:
		n.Database, n.Schema, n.Object = parts[0], parts[1], parts[2]
	default:
		panic(parseError(n.Pos, parts[0]))
	}
	return n
}

// stringLiteral reads 'x' or N'x'.
func (p *parser) stringLiteral() string {
	if k := p.tok().kind; k != kindString && k != kindNString {
		p.fail()
	}
	return p.next().text
}

func (p *parser) integer() int {
	if p.tok().kind != kindInt {
		p.fail()
	}
	n, err := strconv.Atoi(p.tok().text)
	if err != nil {
		p.fail()
	}
	p.at++
	return n
}

// list reads one or more items between commas.
func list[T any](p *parser, item func() T) []T {
	out := []T{item()}
	for p.acceptOp(",") {
		out = append(out, item())
	}
	return out
}

// optionClause reads OPTION (LABEL = '…', hints); hints are checked and forgotten.
func (p *parser) optionClause() (label string) {
	if !p.accept("OPTION") {
		return ""
	}
	p.expectOp("(")
	for {
		switch {
		case p.accept("LABEL"):
			p.expectOp("=")
			if label = p.stringLiteral(); units(label) > 255 {
				// sys.dm_pdw_exec_requests.label is nvarchar(255).
				p.refuse("A label holds at most 255 characters.")
			}
		case p.accept("HASH", "JOIN"), p.accept("LOOP", "JOIN"), p.accept("MERGE", "JOIN"), p.accept("FORCE", "ORDER"):
		case p.accept("MAXDOP"):
			p.integer()
		default:
			p.fail()
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	return label
}

// upperName reads a word as an option name, reserved or not.
func (p *parser) upperName() string {
	if p.tok().kind != kindWord {
		p.fail()
	}
	return strings.ToUpper(p.next().text)
}
