package tsql

// query reads a SELECT with everything that may stand around it but OPTION.
func (p *parser) query() *Query {
	p.enter()
	defer func() { p.depth-- }()
	q := &Query{Pos: p.tok().pos}
	if p.isKeyword("WITH") {
		q.With = p.with()
	}
	q.Body = p.setOps()
	if p.isKeyword("ORDER") {
		q.Order = p.orderBy()
	}
	if p.isKeyword("OFFSET") {
		p.refuse("OFFSET and FETCH are not supported by a dedicated pool.") // overview-features.md
	}
	if p.isKeyword("FOR") {
		p.refuse("FOR XML and FOR JSON are not supported by a dedicated pool.") // overview-features.md
	}
	return q
}

// with reads common table expressions. Unlike SQL Server's, a pool's WITH cannot
// be told from an option of the statement before unless that one is terminated.
func (p *parser) with() []CTE {
	if p.at > 0 {
		switch prev := p.tokens[p.at-1]; {
		case prev.text == ";", prev.upper == "BEGIN", prev.upper == "ELSE", prev.upper == "AS", prev.upper == "TRY", prev.upper == "CATCH":
		default:
			// 319: SQL Server's number for a WITH after an unterminated statement.
			panic(Refuse(p.tok().pos, 319, "Incorrect syntax near the keyword 'with'. If this statement is a common table expression, the previous statement must be terminated with a semicolon."))
		}
	}
	p.expect("WITH")
	return list(p, func() CTE {
		c := CTE{Name: p.name()}
		if p.isOp("(") {
			c.Columns = p.names()
		}
		p.expect("AS")
		p.expectOp("(")
		if p.isKeyword("WITH") {
			p.refuse("Common table expressions do not nest.")
		}
		c.Query = p.query()
		p.expectOp(")")
		return c
	})
}

// setOps reads SELECTs joined by UNION, EXCEPT and INTERSECT; the last binds tighter.
func (p *parser) setOps() QueryBody {
	left := p.intersects()
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

func (p *parser) intersects() QueryBody {
	left := p.selectTerm()
	for p.accept("INTERSECT") {
		left = &SetOp{Op: "INTERSECT", L: left, R: p.selectTerm()}
	}
	return left
}

func (p *parser) selectTerm() QueryBody {
	if p.isOp("(") {
		p.enter()
		defer func() { p.depth-- }()
		p.at++
		b := p.setOps()
		p.expectOp(")")
		return b
	}
	return p.selectCore(nil)
}

// selectCore reads one SELECT; into is nil where INTO is not allowed.
func (p *parser) selectCore(into **Name) *SelectCore {
	s := &SelectCore{Pos: p.tok().pos}
	p.expect("SELECT")
	if !p.accept("ALL") {
		s.Distinct = p.accept("DISTINCT")
	}
	if p.accept("TOP") {
		s.Top = p.top()
	}
	s.Items = list(p, p.item)
	if into != nil && p.accept("INTO") {
		n := p.object()
		*into = &n
	}
	if p.accept("FROM") {
		s.From = list(p, p.tableRef)
	}
	if p.accept("WHERE") {
		s.Where = p.cond()
	}
	if p.accept("GROUP") {
		p.expect("BY")
		s.GroupBy = list(p, p.expr)
		if p.isKeyword("WITH") {
			p.refuse("ROLLUP and CUBE are not part of this model.")
		}
	}
	if p.accept("HAVING") {
		s.Having = p.cond()
	}
	return s
}

func (p *parser) top() Expr {
	var e Expr
	switch t := p.tok(); {
	case p.acceptOp("("):
		e = p.expr()
		p.expectOp(")")
	case t.kind == kindInt:
		p.at++
		e = literal(t)
	default:
		p.fail()
	}
	if p.isKeyword("PERCENT") || p.isKeyword("WITH", "TIES") {
		p.refuse("TOP … PERCENT and WITH TIES are not part of this model.")
	}
	return e
}

// item reads one member of a select list.
func (p *parser) item() Item {
	t := p.tok()
	it := Item{Pos: t.pos}
	switch {
	case p.acceptOp("*"):
		it.Star = true
		return it
	case t.kind == kindVariable && p.ahead(1).text == "=" && p.ahead(1).kind == kindOp:
		p.at += 2
		it.Variable, it.Expr = t.text, p.expr()
		return it
	case p.isName() && p.ahead(1).text == "=" && p.ahead(1).kind == kindOp:
		it.Alias = p.name()
		p.at++
		it.Expr = p.expr()
		return it
	case p.qualifiedStar(&it):
		return it
	}
	it.Expr = p.expr()
	it.Alias = p.alias(true)
	return it
}

// qualifiedStar reads t.*, s.t.* and so on, if that is what stands here.
func (p *parser) qualifiedStar(it *Item) bool {
	if !p.isName() {
		return false
	}
	n := 0
	for p.ahead(n+1).kind == kindOp && p.ahead(n+1).text == "." {
		if t := p.ahead(n + 2); t.kind == kindOp && t.text == "*" {
			parts := []string{}
			for i := 0; i <= n; i += 2 {
				parts = append(parts, checkName(p.ahead(i)))
			}
			it.Star, it.Of = true, Name{Object: parts[len(parts)-1], Pos: p.tok().pos}
			if len(parts) > 1 {
				it.Of.Schema = parts[len(parts)-2]
			}
			p.at += n + 3
			return true
		}
		n += 2
	}
	return false
}

// alias reads [AS] name. A string may be an alias in a select list.
func (p *parser) alias(stringToo bool) string {
	as := p.accept("AS")
	t := p.tok()
	switch {
	case p.isName() && (as || !startsClause(t)):
		return p.name()
	case as && stringToo && (t.kind == kindString || t.kind == kindNString):
		p.at++
		return checkName(t)
	case as:
		p.fail()
	}
	return ""
}

// startsClause says of a word that is not reserved whether it begins something
// else than an alias where an alias may be left out.
func startsClause(t token) bool {
	switch t.upper {
	case "OFFSET", "USING", "COPY", "RENAME", "THROW", "GO":
		return true
	}
	return false
}

func (p *parser) orderBy() []Order {
	p.expect("ORDER", "BY")
	return list(p, func() Order {
		o := Order{Expr: p.expr()}
		if p.accept("DESC") {
			o.Desc = true
		} else {
			p.accept("ASC")
		}
		return o
	})
}

// tableRef reads one member of FROM with its joins.
func (p *parser) tableRef() TableRef {
	left := p.tableTerm()
	for {
		pos := p.tok().pos
		kind := ""
		switch {
		case p.accept("INNER", "JOIN"), p.accept("JOIN"):
			kind = "INNER"
		case p.accept("LEFT", "OUTER", "JOIN"), p.accept("LEFT", "JOIN"):
			kind = "LEFT"
		case p.accept("RIGHT", "OUTER", "JOIN"), p.accept("RIGHT", "JOIN"):
			kind = "RIGHT"
		case p.accept("FULL", "OUTER", "JOIN"), p.accept("FULL", "JOIN"):
			kind = "FULL"
		case p.accept("CROSS", "JOIN"):
			left = &Join{Pos: pos, Kind: "CROSS", L: left, R: p.tableTerm()}
			continue
		case p.isKeyword("CROSS", "APPLY"), p.isKeyword("OUTER", "APPLY"):
			p.refuse("APPLY is not part of this model.")
		default:
			return left
		}
		// a JOIN b JOIN c ON … ON …: the inner join belongs to the right side
		right := p.joined(p.tableTerm())
		p.expect("ON")
		left = &Join{Pos: pos, Kind: kind, L: left, R: right, On: p.cond()}
	}
}

// joined reads the joins nested on the right side of another one.
func (p *parser) joined(right TableRef) TableRef {
	if p.isKeyword("ON") {
		return right
	}
	save := p.at
	if !(p.isKeyword("JOIN") || p.isKeyword("INNER") || p.isKeyword("LEFT") || p.isKeyword("RIGHT") || p.isKeyword("FULL")) {
		p.fail()
	}
	pos := p.tok().pos
	kind := p.next().upper
	if kind == "JOIN" {
		kind = "INNER"
		p.at = save
	} else {
		p.accept("OUTER")
	}
	p.expect("JOIN")
	r := p.joined(p.tableTerm())
	p.expect("ON")
	return p.joined(&Join{Pos: pos, Kind: kind, L: right, R: r, On: p.cond()})
}

func (p *parser) tableTerm() TableRef {
	if !p.isOp("(") {
		t := &TableName{Name: p.object()}
		if p.isOp("(") {
			p.refuse("Table-valued functions are not part of this model.")
		}
		t.Alias = p.alias(false)
		if p.isKeyword("WITH") && p.ahead(1).text == "(" {
			// The FROM clause of a dedicated pool has no table hints (from-transact-sql.md).
			p.refuse("Table hints are not granted to a dedicated pool.")
		}
		return t
	}
	p.enter()
	defer func() { p.depth-- }()
	pos := p.next().pos
	if p.isKeyword("VALUES") {
		// table-value-constructor-transact-sql.md is not about dedicated pools.
		p.refuse("A table value constructor is not supported by a dedicated pool.")
	}
	if p.isKeyword("SELECT") || p.isOp("(") && p.startsQuery() {
		d := &Derived{Pos: pos, Query: p.query()}
		p.expectOp(")")
		if d.Alias = p.alias(false); d.Alias == "" {
			p.fail() // a derived table needs its alias
		}
		if p.isOp("(") {
			d.Columns = p.names()
		}
		return d
	}
	ref := p.tableRef()
	p.expectOp(")")
	return ref
}

// startsQuery looks through parentheses for SELECT.
func (p *parser) startsQuery() bool {
	for i := 0; ; i++ {
		t := p.ahead(i)
		if t.kind != kindOp || t.text != "(" {
			return t.upper == "SELECT"
		}
	}
}
