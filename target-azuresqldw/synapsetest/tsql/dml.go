package tsql

// withStatement reads a statement that common table expressions precede. "A CTE can
// be followed by SELECT, INSERT, UPDATE, DELETE, or MERGE statements" in a dedicated
// pool (with-common-table-expression-transact-sql.md of 2024-07; older texts had
// SELECT alone).
func (p *parser) withStatement() Statement {
	with := p.with()
	switch p.tok().upper {
	case "INSERT":
		s := p.insert()
		s.With = with
		return s
	case "UPDATE":
		s := p.update()
		s.With = with
		return s
	case "DELETE":
		s := p.delete()
		s.With = with
		return s
	case "MERGE":
		s := p.merge()
		s.With = with
		return s
	}
	s := p.selectStatement()
	s.Query.With = with
	return s
}

func (p *parser) selectStatement() *Select {
	s := &Select{}
	q := &Query{Pos: p.tok().pos}
	if !p.isKeyword("SELECT") && !p.isOp("(") {
		p.fail()
	}
	var left QueryBody
	if p.isKeyword("SELECT") {
		left = p.selectCore(&s.Into)
	} else {
		left = p.selectTerm()
	}
	q.Body = p.setOpsAfter(left)
	if p.isKeyword("ORDER") {
		q.Order = p.orderBy()
	}
	if p.isKeyword("OFFSET") || p.isKeyword("FOR") {
		p.refuse("OFFSET, FETCH, FOR XML and FOR JSON are not supported by a dedicated pool.")
	}
	s.Label = p.optionClause()
	s.Query = q
	return s
}

// setOpsAfter goes on after a first SELECT that has been read already.
func (p *parser) setOpsAfter(left QueryBody) QueryBody {
	for p.accept("INTERSECT") {
		left = &SetOp{Op: "INTERSECT", L: left, R: p.selectTerm()}
	}
	for {
		var op string
		switch {
		case p.accept("UNION", "ALL"):
			op = "UNION ALL"
		case p.accept("UNION"):
			op = "UNION"
		case p.accept("EXCEPT"):
			op = "EXCEPT"
		default:
			return left
		}
		left = &SetOp{Op: op, L: left, R: p.intersects()}
	}
}

func (p *parser) insert() *Insert {
	p.expect("INSERT")
	p.accept("INTO") // the Synapse block of insert-transact-sql.md has it in brackets
	s := &Insert{Table: p.object()}
	if p.isOp("(") && p.ahead(1).upper != "SELECT" {
		s.Columns = p.names()
	}
	p.noOutput()
	switch {
	case p.accept("VALUES"):
		p.expectOp("(")
		s.Values = list(p, p.insertValue)
		p.expectOp(")")
		if p.isOp(",") {
			// insert-transact-sql.md grants a pool one row; several rows end in 103010.
			p.refuse("INSERT … VALUES takes one row.")
		}
	case p.isKeyword("SELECT") || p.isOp("("):
		s.Query = p.query()
	case p.isKeyword("DEFAULT"):
		p.refuse("DEFAULT VALUES is not granted to a dedicated pool.")
	default:
		p.fail()
	}
	s.Label = p.optionClause()
	return s
}

// value reads a value to store. DEFAULT may stand there in SQL Server only: the
// Synapse blocks of INSERT, UPDATE and MERGE have expressions and NULL.
func (p *parser) value() Expr {
	if p.isKeyword("DEFAULT") {
		p.fail()
	}
	return p.expr()
}

// insertValue reads a value of INSERT … VALUES: "insert values can only be constant
// literal values or variable references" (insert-transact-sql.md, in a note).
// The page has no number; 104334 is the one that users report with these words.
func (p *parser) insertValue() Expr {
	at := p.tok().pos
	x := p.value()
	inner := x
	if u, ok := x.(*Unary); ok && u.Op != "~" {
		inner = u.X
	}
	switch inner.(type) {
	case *Literal:
		return x
	case *Variable:
		if inner == x {
			return x
		}
	}
	panic(Refuse(at, 104334, "Insert values statement can contain only constant literal values or variable references."))
}

func (p *parser) noOutput() {
	if p.isKeyword("OUTPUT") {
		p.refuse("OUTPUT is not supported by a dedicated pool.") // overview-features.md
	}
}

// delete reads DELETE [FROM] t [FROM …] [WHERE …]. The target has no alias of its
// own: DELETE a FROM t AS a is not in the Synapse syntax block.
func (p *parser) delete() *Delete {
	p.expect("DELETE")
	if p.isKeyword("TOP") {
		p.refuse("DELETE TOP is not granted to a dedicated pool.")
	}
	p.accept("FROM")
	s := &Delete{Target: p.object()}
	p.noOutput()
	if p.accept("FROM") {
		s.From = list(p, p.tableRef)
	} else if p.isName() && !startsStatement(p.tok()) || p.isKeyword("AS") {
		p.refuse("The target of DELETE has no alias.")
	}
	if p.accept("WHERE") {
		s.Where = p.cond()
	}
	s.Label = p.optionClause()
	return s
}

func (p *parser) update() *Update {
	p.expect("UPDATE")
	if p.isKeyword("TOP") {
		p.refuse("UPDATE TOP is not granted to a dedicated pool.")
	}
	s := &Update{Target: p.object()}
	p.expect("SET")
	s.Set = list(p, p.assignment)
	p.noOutput()
	if p.accept("FROM") {
		s.From = list(p, p.tableRef)
	}
	if p.accept("WHERE") {
		s.Where = p.cond()
	}
	s.Label = p.optionClause()
	return s
}

func (p *parser) assignment() Assignment {
	c, ok := p.column().(*Column)
	if !ok {
		p.fail()
	}
	t := p.tok()
	if t.kind != kindOp {
		p.fail()
	}
	p.at++
	if t.text == "=" {
		return Assignment{Column: c, Value: p.value()}
	}
	panic(parseError(t.pos, t.text))
}

// merge reads MERGE (merge-transact-sql.md): no TOP, OUTPUT or hints in a pool.
func (p *parser) merge() *Merge {
	p.expect("MERGE")
	if p.isKeyword("TOP") {
		p.refuse("MERGE TOP is not granted to a dedicated pool.")
	}
	p.accept("INTO")
	m := &Merge{Target: p.object()}
	m.Alias = p.alias(false)
	p.expect("USING")
	m.Using = p.tableTerm()
	p.expect("ON")
	m.On = p.cond()
	for p.isKeyword("WHEN") {
		m.Whens = append(m.Whens, p.mergeWhen())
	}
	if len(m.Whens) == 0 {
		p.fail()
	}
	p.noOutput()
	m.Label = p.optionClause()
	p.checkWhens(m)
	return m
}

func (p *parser) mergeWhen() MergeWhen {
	p.expect("WHEN")
	w := MergeWhen{}
	if p.accept("NOT") {
		w.On = NotMatchedByTarget
	}
	p.expect("MATCHED")
	if w.On == NotMatchedByTarget && !p.accept("BY", "TARGET") && p.accept("BY", "SOURCE") {
		w.On = NotMatchedBySource
	}
	if p.accept("AND") {
		w.Cond = p.cond()
	}
	p.expect("THEN")
	switch {
	case w.On == NotMatchedByTarget:
		p.expect("INSERT")
		w.Action = MergeInsert
		if p.isOp("(") {
			w.Insert = p.names()
		}
		p.expect("VALUES")
		p.expectOp("(")
		w.Values = list(p, p.value)
		p.expectOp(")")
	case p.accept("DELETE"):
		w.Action = MergeDelete
	default:
		p.expect("UPDATE", "SET")
		w.Set = list(p, p.assignment)
	}
	return w
}

// checkWhens: at most two WHEN clauses of a case, the first of two has a condition.
func (p *parser) checkWhens(m *Merge) {
	count := map[MergeCase]int{}
	var last = map[MergeCase]MergeWhen{}
	for _, w := range m.Whens {
		if n := count[w.On]; n > 0 && (last[w.On].Cond == nil || n > 1 || w.On == NotMatchedByTarget) {
			// 10711 and 5324 are SQL Server's; one number is enough for a model.
			panic(Refuse(m.Target.Pos, 10714, "An action of type '%s' cannot appear more than once in a clause of a MERGE statement without a search condition.", "WHEN MATCHED"))
		}
		count[w.On]++
		last[w.On] = w
	}
}
