package tsql

import "strings"

// statementBody reads what begins at the present token. Where it stands in
// parentheses of the grammar, it is a statement of section "Transact-SQL supported
// statements" of the pool's documentation.
func (p *parser) statementBody() Statement {
	t := p.tok()
	if t.kind != kindWord {
		p.fail()
	}
	switch t.upper {
	case "SELECT":
		return p.selectStatement()
	case "WITH":
		return p.withStatement()
	case "INSERT":
		return p.insert()
	case "UPDATE":
		if p.ahead(1).upper == "STATISTICS" {
			return p.updateStatistics()
		}
		return p.update()
	case "DELETE":
		return p.delete()
	case "MERGE":
		return p.merge()
	case "COPY":
		return p.copyInto()
	case "CREATE":
		return p.create()
	case "ALTER":
		return p.alter()
	case "DROP":
		return p.drop()
	case "TRUNCATE":
		p.at++
		p.expect("TABLE")
		return &TruncateTable{Name: p.object()}
	case "RENAME":
		return p.rename()
	}
	return p.scripting(t)
}

func (p *parser) scripting(t token) Statement {
	switch t.upper {
	case "IF":
		return p.ifStatement()
	case "BEGIN":
		return p.begin()
	case "WHILE":
		p.at++
		w := &While{Cond: p.cond()}
		w.Body = p.nested()
		return w
	case "BREAK":
		p.at++
		return &Break{}
	case "DECLARE":
		return p.declare()
	case "SET":
		return p.set()
	case "PRINT":
		p.at++
		return &Print{Value: p.expr()}
	case "KILL": // KILL 'session_id' (kill-transact-sql, "Syntax for Azure Synapse Analytics")
		p.at++
		return &Kill{Session: p.stringLiteral()}
	case "THROW":
		return p.throw()
	case "RAISERROR":
		p.at++
		p.expectOp("(")
		r := &RaiseError{Args: list(p, p.expr)}
		p.expectOp(")")
		if len(r.Args) < 3 {
			p.fail()
		}
		return r
	case "COMMIT", "ROLLBACK":
		return p.endTransaction()
	case "EXEC", "EXECUTE":
		return p.exec()
	}
	// USE, GOTO, RETURN, WAITFOR, CONTINUE, SAVE TRAN, DECLARE CURSOR, … are named as
	// unsupported in overview-features.md; the rest is not T-SQL at all.
	p.fail()
	return nil
}

// nested reads the statement under IF or WHILE.
func (p *parser) nested() Statement {
	s := p.statement()
	if _, ok := s.(*Merge); ok && !p.isOp(";") {
		panic(Refuse(s.Start(), 10713, "A MERGE statement must be terminated by a semi-colon (;)."))
	}
	return s
}

func (p *parser) ifStatement() Statement {
	p.expect("IF")
	s := &If{Cond: p.cond()}
	s.Then = p.nested()
	save := p.at
	p.acceptOp(";")
	if p.accept("ELSE") {
		s.Else = p.nested()
	} else {
		p.at = save
	}
	return s
}

func (p *parser) begin() Statement {
	p.expect("BEGIN")
	switch {
	case p.accept("TRANSACTION"), p.accept("TRAN"):
		p.noTransactionName()
		return &Transaction{Verb: "BEGIN"}
	case p.isKeyword("DISTRIBUTED"):
		p.refuse("Distributed transactions are not supported.") // develop-transactions.md
	case p.accept("TRY"):
		s := &TryCatch{Try: p.until("END", "TRY")}
		p.acceptOp(";")
		p.expect("BEGIN", "CATCH")
		s.Catch = p.until("END", "CATCH")
		return s
	}
	b := &Block{Statements: p.until("END")}
	if len(b.Statements) == 0 {
		p.fail()
	}
	return b
}

func (p *parser) until(words ...string) []Statement {
	var out []Statement
	for p.acceptOp(";") {
	}
	for !p.accept(words...) {
		out = append(out, p.terminated())
	}
	return out
}

// noTransactionName refuses named and marked transactions (develop-transactions.md).
func (p *parser) noTransactionName() {
	if p.isName() && !startsStatement(p.tok()) || p.tok().kind == kindVariable || p.isKeyword("WITH", "MARK") {
		p.refuse("Named and marked transactions are not supported.")
	}
}

// startsStatement names the words which begin statements without being reserved.
func startsStatement(t token) bool {
	return t.kind == kindWord && (t.upper == "COPY" || t.upper == "RENAME" || t.upper == "THROW")
}

func (p *parser) endTransaction() Statement {
	s := &Transaction{Verb: p.next().upper}
	if p.accept("TRANSACTION") || p.accept("TRAN") || p.accept("WORK") {
		p.noTransactionName()
	}
	return s
}

func (p *parser) declare() Statement {
	p.expect("DECLARE")
	d := &Declare{}
	d.Variables = list(p, func() VariableDef {
		t := p.tok()
		if t.kind != kindVariable || strings.HasPrefix(t.text, "@@") {
			p.fail()
		}
		p.at++
		p.accept("AS")
		v := VariableDef{Name: t.text, Type: p.dataType(false)} // table variables: refused by dataType
		if p.acceptOp("=") {
			v.Value = p.expr()
		}
		return v
	})
	return d
}

func (p *parser) set() Statement {
	p.expect("SET")
	if t := p.tok(); t.kind == kindVariable {
		p.at++
		v := &Variable{At: At{t.pos}, Name: t.text}
		op := p.tok()
		if op.kind != kindOp {
			p.fail()
		}
		p.at++
		s := &SetVariable{Name: t.text}
		switch op.text {
		case "=":
			s.Value = p.expr()
		case "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=":
			s.Value = &Binary{At: At{op.pos}, Op: op.text[:1], L: v, R: p.expr()}
		default:
			p.at--
			p.fail()
		}
		return s
	}
	return p.setOption()
}

// setOption reads the session options clients send at login and the few that matter.
func (p *parser) setOption() Statement {
	if p.accept("TRANSACTION") {
		p.expect("ISOLATION", "LEVEL")
		s := &SetOption{Names: []string{"TRANSACTION ISOLATION LEVEL"}}
		switch {
		case p.accept("READ", "UNCOMMITTED"):
			s.Value = "READ UNCOMMITTED"
		case p.accept("READ", "COMMITTED"):
			// Taken, and without effect: tedious sends it at login and gets in
			// (tedious pull request 643).
			s.Value = "READ COMMITTED"
		default:
			// A pool runs at READ UNCOMMITTED; set-transaction-isolation-level-transact-sql.md
			// grants it no other level.
			p.refuse("Only READ UNCOMMITTED is granted to a dedicated pool.")
		}
		return s
	}
	s := &SetOption{}
	s.Names = list(p, p.setName)
	switch s.Names[0] {
	case "LANGUAGE", "DATEFORMAT":
		t := p.next()
		s.Value = t.text
	case "DATEFIRST", "ROWCOUNT", "TEXTSIZE", "LOCK_TIMEOUT", "QUERY_GOVERNOR_COST_LIMIT":
		neg := p.acceptOp("-")
		s.Value = p.tok().text
		p.integer()
		if neg {
			s.Value = "-" + s.Value
		}
	default:
		switch {
		case p.accept("ON"):
			s.Value = "ON"
		case p.accept("OFF"):
			s.Value = "OFF"
		default:
			p.fail()
		}
	}
	return s
}

func (p *parser) setName() string {
	t := p.tok()
	switch t.upper {
	case "ANSI_DEFAULTS", "ANSI_NULLS", "ANSI_NULL_DFLT_ON", "ANSI_NULL_DFLT_OFF", "ANSI_PADDING", "ANSI_WARNINGS", "ARITHABORT", "ARITHIGNORE",
		"CONCAT_NULL_YIELDS_NULL", "QUOTED_IDENTIFIER", "NUMERIC_ROUNDABORT", "NOCOUNT", "XACT_ABORT", "IMPLICIT_TRANSACTIONS",
		"FMTONLY", "RESULT_SET_CACHING", "LANGUAGE", "DATEFORMAT", "DATEFIRST", "ROWCOUNT", "TEXTSIZE",
		"LOCK_TIMEOUT", "QUERY_GOVERNOR_COST_LIMIT":
		p.at++
		return t.upper
	case "CURSOR_CLOSE_ON_COMMIT":
		// The words are those that tedious issue 631 shows, the number is SQL Server's.
		panic(Refuse(t.pos, 195, "'CursorCloseOnCommit' is not a recognized option."))
	case "STATISTICS":
		p.at++
		for _, w := range []string{"IO", "TIME", "XML", "PROFILE"} {
			if p.accept(w) {
				return "STATISTICS " + w
			}
		}
	}
	p.fail()
	return ""
}

func (p *parser) throw() Statement {
	p.expect("THROW")
	s := &Throw{}
	if k := p.tok().kind; k != kindInt && k != kindVariable {
		return s
	}
	at := p.tok()
	s.Number = p.expr()
	if n, ok := s.Number.(*Literal); ok && len(n.Text) == 6 && n.Text >= "100000" && n.Text <= "150000" {
		// develop-transactions.md: 100000 to 150000 are the pool's own.
		panic(refused(at.pos, n.Text, "THROW numbers from 100000 to 150000 are reserved."))
	}
	p.expectOp(",")
	s.Message = p.expr()
	p.expectOp(",")
	s.State = p.expr()
	return s
}

// exec reads EXEC('…') and calls of the procedures the model knows.
func (p *parser) exec() Statement {
	p.at++
	s := &Exec{}
	if p.acceptOp("(") {
		s.Text = p.expr()
		p.expectOp(")")
		return s
	}
	if p.tok().kind == kindVariable {
		p.fail()
	}
	at := p.tok()
	name := p.object()
	s.Procedure = strings.ToLower(name.Object)
	switch s.Procedure {
	case "sp_executesql", "sp_rename", "sp_reset_connection":
	default:
		// 2812: SQL Server's number for a procedure that does not exist.
		panic(Refuse(at.pos, 2812, "Could not find stored procedure '%s'.", name.String()))
	}
	if !p.atEnd() && !p.isOp(";") && p.execArgAhead() {
		s.Args = list(p, func() ExecArg {
			var a ExecArg
			if p.tok().kind == kindVariable && p.ahead(1).text == "=" {
				a.Name = p.next().text
				p.at++
			}
			a.Value = p.execValue()
			return a
		})
	}
	return s
}

func (p *parser) execArgAhead() bool {
	switch p.tok().kind {
	case kindVariable, kindString, kindNString, kindInt, kindDecimal, kindFloat, kindHex:
		return true
	}
	return p.isKeyword("NULL") || p.isOp("-")
}

// execValue reads an argument, which is a constant or a variable.
func (p *parser) execValue() Expr {
	if !p.execArgAhead() {
		p.fail()
	}
	return p.unary()
}
