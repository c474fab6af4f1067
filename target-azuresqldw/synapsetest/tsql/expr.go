package tsql

import "strings"

// expr reads a scalar expression.
func (p *parser) expr() Expr {
	at := p.tok()
	e := p.or()
	if e.Boolean() {
		panic(parseError(at.pos, clip(p.text[at.pos.Offset:at.end], 60)))
	}
	return e
}

// cond reads a condition.
func (p *parser) cond() Expr {
	e := p.or()
	if !e.Boolean() {
		// 4145: SQL Server's number; a pool's front end may well say 103010.
		panic(Refuse(p.tok().pos, 4145, "An expression of non-boolean type specified in a context where a condition is expected, near '%s'.", p.near()))
	}
	return e
}

func (p *parser) mustBe(e Expr, boolean bool) Expr {
	if e.Boolean() != boolean {
		p.fail()
	}
	return e
}

func (p *parser) or() Expr {
	p.enter()
	defer func() { p.depth-- }()
	at := At{p.tok().pos}
	left := p.and()
	if !p.isKeyword("OR") {
		return left
	}
	terms := []Expr{p.mustBe(left, true)}
	for p.accept("OR") {
		terms = append(terms, p.mustBe(p.and(), true))
	}
	return &Or{At: at, Terms: terms}
}

func (p *parser) and() Expr {
	at := At{p.tok().pos}
	left := p.not()
	if !p.isKeyword("AND") {
		return left
	}
	terms := []Expr{p.mustBe(left, true)}
	for p.accept("AND") {
		terms = append(terms, p.mustBe(p.not(), true))
	}
	return &And{At: at, Terms: terms}
}

func (p *parser) not() Expr {
	at := At{p.tok().pos}
	if p.accept("NOT") {
		p.enter()
		defer func() { p.depth-- }()
		return &Not{At: at, X: p.mustBe(p.not(), true)}
	}
	return p.comparison()
}

func (p *parser) comparison() Expr {
	at := At{p.tok().pos}
	if p.isKeyword("EXISTS") {
		p.at++
		p.expectOp("(")
		q := p.query()
		p.expectOp(")")
		return &Exists{At: at, Query: q}
	}
	left := p.additive()
	if left.Boolean() {
		return left
	}
	if t := p.tok(); t.kind == kindOp {
		if op, ok := comparisonOp(t.text); ok {
			p.at++
			if p.isKeyword("ALL") || p.isKeyword("ANY") || p.isKeyword("SOME") {
				p.refuse("ALL, ANY and SOME are not part of this model.")
			}
			return &Compare{At: at, Op: op, L: left, R: p.mustBe(p.additive(), false)}
		}
	}
	if p.accept("IS") {
		not := p.accept("NOT")
		p.expect("NULL")
		return &IsNull{At: at, X: left, Not: not}
	}
	not := false
	if p.isKeyword("NOT", "IN") || p.isKeyword("NOT", "LIKE") || p.isKeyword("NOT", "BETWEEN") {
		p.at++
		not = true
	}
	switch {
	case p.accept("IN"):
		return p.in(at, left, not)
	case p.accept("LIKE"):
		l := &Like{At: at, X: left, Not: not, Pattern: p.mustBe(p.additive(), false)}
		if p.accept("ESCAPE") {
			l.Escape = p.mustBe(p.additive(), false)
		}
		return l
	case p.accept("BETWEEN"):
		low := p.mustBe(p.additive(), false)
		p.expect("AND")
		return &Between{At: at, X: left, Not: not, Low: low, High: p.mustBe(p.additive(), false)}
	}
	return left
}

func comparisonOp(s string) (string, bool) {
	switch s {
	case "=", "<>", "<", "<=", ">", ">=":
		return s, true
	case "!=":
		return "<>", true
	case "!<":
		return ">=", true
	case "!>":
		return "<=", true
	}
	return "", false
}

func (p *parser) in(at At, x Expr, not bool) Expr {
	p.expectOp("(")
	e := &In{At: at, X: x, Not: not}
	if p.isKeyword("SELECT") {
		e.Query = p.query()
	} else {
		e.List = list(p, p.expr)
	}
	p.expectOp(")")
	return e
}

func (p *parser) additive() Expr {
	left := p.multiplicative()
	for t := p.tok(); t.kind == kindOp && strings.Contains("+-&|^", t.text); t = p.tok() {
		p.at++
		left = &Binary{At: At{t.pos}, Op: t.text, L: p.mustBe(left, false), R: p.mustBe(p.multiplicative(), false)}
	}
	return left
}

func (p *parser) multiplicative() Expr {
	left := p.unary()
	for t := p.tok(); t.kind == kindOp && (t.text == "*" || t.text == "/" || t.text == "%"); t = p.tok() {
		p.at++
		left = &Binary{At: At{t.pos}, Op: t.text, L: p.mustBe(left, false), R: p.mustBe(p.unary(), false)}
	}
	return left
}

func (p *parser) unary() Expr {
	if t := p.tok(); t.kind == kindOp && (t.text == "-" || t.text == "+" || t.text == "~") {
		p.at++
		p.enter()
		defer func() { p.depth-- }()
		return &Unary{At: At{t.pos}, Op: t.text, X: p.mustBe(p.unary(), false)}
	}
	return p.postfix()
}

func (p *parser) postfix() Expr {
	e := p.primary()
	for p.isKeyword("COLLATE") {
		at := At{p.tok().pos}
		p.at++
		e = &Collate{At: at, X: p.mustBe(e, false), Name: p.collation()}
	}
	return e
}

// collation reads a collation's name. UTF-8 collations are refused: dotnet/SqlClient's
// tests say that they are not supported with Synapse.
func (p *parser) collation() string {
	t := p.tok()
	if t.kind != kindWord {
		p.fail()
	}
	if t.upper == "DATABASE_DEFAULT" {
		p.at++
		return "database_default"
	}
	if strings.HasSuffix(t.upper, "_UTF8") {
		panic(Refuse(t.pos, 448, "Invalid collation '%s'.", t.text))
	}
	if !knownCollation(t.upper) {
		// 448: SQL Server's number for a collation it does not know.
		panic(Refuse(t.pos, 448, "Invalid collation '%s'.", t.text))
	}
	p.at++
	return t.text
}

// knownCollation recognises names by their parts: a family, then sensitivities or BIN.
func knownCollation(upper string) bool {
	family := strings.HasPrefix(upper, "SQL_LATIN1_GENERAL_CP1_") || strings.HasPrefix(upper, "LATIN1_GENERAL_") || strings.HasPrefix(upper, "LATIN1_GENERAL_100_")
	if !family {
		return false
	}
	rest := upper[strings.Index(upper, "LATIN1_GENERAL_")+len("LATIN1_GENERAL_"):]
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "CP1_"), "100_")
	switch rest {
	case "BIN", "BIN2", "CI_AS", "CS_AS", "CI_AI", "CS_AI", "CI_AS_KS_WS", "CS_AS_KS_WS", "CI_AS_SC", "CS_AS_SC":
		return true
	}
	return false
}

func (p *parser) primary() Expr {
	t := p.tok()
	at := At{t.pos}
	switch t.kind {
	case kindString, kindNString, kindInt, kindDecimal, kindFloat, kindHex, kindMoney:
		p.next()
		return literal(t)
	case kindVariable:
		p.at++
		if strings.HasPrefix(t.text, "@@") {
			return p.global(t)
		}
		return &Variable{At: at, Name: t.text}
	case kindOp:
		if t.text == "(" {
			return p.parenthesis(at)
		}
	case kindQuoted:
		return p.column()
	case kindWord:
		return p.word(t)
	}
	p.fail()
	return nil
}

func literal(t token) *Literal {
	k := map[kind]LiteralKind{kindString: StringLiteral, kindNString: NStringLiteral, kindInt: IntLiteral,
		kindDecimal: DecimalLiteral, kindFloat: FloatLiteral, kindHex: BinaryLiteral, kindMoney: MoneyLiteral}[t.kind]
	return &Literal{At: At{t.pos}, Kind: k, Text: t.text}
}

// global checks @@names: the pool has few of them, and no @@IDENTITY
// (seen in dotnet/SqlClient's AdapterTest: 137).
func (p *parser) global(t token) Expr {
	name := strings.ToUpper(t.text)
	switch name {
	case "@@VERSION", "@@TRANCOUNT", "@@SPID", "@@ROWCOUNT", "@@SERVERNAME", "@@DATEFIRST", "@@LANGUAGE", "@@ERROR":
		return &Global{At: At{t.pos}, Name: name}
	}
	panic(Refuse(t.pos, 137, "Must declare the scalar variable \"%s\".", t.text))
}

func (p *parser) parenthesis(at At) Expr {
	p.expectOp("(")
	if p.isKeyword("SELECT") {
		q := p.query()
		p.expectOp(")")
		return &Subquery{At: at, Query: q}
	}
	e := p.or()
	p.expectOp(")")
	return e
}

// column reads a column reference of one to four parts.
func (p *parser) column() Expr {
	c := &Column{At: At{p.tok().pos}}
	parts := []string{p.name()}
	for p.isOp(".") {
		p.at++
		parts = append(parts, p.name())
	}
	n := len(parts)
	if n > 4 {
		panic(parseError(c.Pos, parts[0]))
	}
	c.Name = parts[n-1]
	c.Table.Pos = c.Pos
	if n > 1 {
		c.Table.Object = parts[n-2]
	}
	if n > 2 {
		c.Table.Schema = parts[n-3]
	}
	if n > 3 {
		c.Table.Database = parts[n-4]
	}
	return c
}

// word reads what begins with a word: NULL, CASE, CAST, a function or a column.
func (p *parser) word(t token) Expr {
	at := At{t.pos}
	switch t.upper {
	case "NULL":
		p.at++
		return &Literal{At: at, Kind: NullLiteral}
	case "CASE":
		return p.caseExpr()
	case "CAST", "TRY_CAST":
		if p.ahead(1).text == "(" {
			return p.cast(t.upper == "TRY_CAST")
		}
	case "CONVERT", "TRY_CONVERT":
		return p.convert(t.upper == "TRY_CONVERT")
	case "CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER":
		p.at++
		return &Call{At: at, Name: t.upper}
	case "COALESCE", "NULLIF", "LEFT", "RIGHT":
		return p.call(t)
	}
	if p.ahead(1).kind == kindOp && p.ahead(1).text == "(" && !reserved(t.upper) {
		return p.call(t)
	}
	return p.column()
}

func (p *parser) caseExpr() Expr {
	c := &Case{At: At{p.tok().pos}}
	p.expect("CASE")
	if !p.isKeyword("WHEN") {
		c.Operand = p.expr()
	}
	for p.accept("WHEN") {
		var w When
		if c.Operand != nil {
			w.Cond = p.expr()
		} else {
			w.Cond = p.cond()
		}
		p.expect("THEN")
		w.Then = p.expr()
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.fail()
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	p.expect("END")
	return c
}

func (p *parser) cast(try bool) Expr {
	c := &Cast{At: At{p.next().pos}, Try: try}
	p.expectOp("(")
	c.X = p.expr()
	p.expect("AS")
	c.Type = p.dataType(true)
	p.expectOp(")")
	return c
}

func (p *parser) convert(try bool) Expr {
	c := &Cast{At: At{p.next().pos}, Try: try}
	p.expectOp("(")
	c.Type = p.dataType(true)
	p.expectOp(",")
	c.X = p.expr()
	if p.acceptOp(",") {
		c.Style = p.expr()
	}
	p.expectOp(")")
	return c
}
