package tsql

import "strings"

// create reads CREATE SCHEMA, TABLE and STATISTICS.
func (p *parser) create() Statement {
	p.expect("CREATE")
	switch {
	case p.accept("SCHEMA"):
		s := &CreateSchema{Name: p.name()}
		if p.accept("AUTHORIZATION") {
			p.name()
		}
		return s
	case p.accept("TABLE"):
		return p.createTable()
	case p.accept("STATISTICS"):
		return p.createStatistics()
	}
	p.fail()
	return nil
}

func (p *parser) createTable() Statement {
	c := &CreateTable{}
	if p.isKeyword("IF") {
		// The Synapse syntax block of CREATE TABLE has no IF NOT EXISTS.
		p.fail()
	}
	c.Name = p.object()
	if p.isOp("(") {
		p.tableElements(c)
	}
	with := p.accept("WITH")
	if with {
		c.Options = p.tableOptions()
	}
	if p.accept("AS") {
		if len(c.Columns) > 0 || len(c.Constraints) > 0 {
			p.refuse("CREATE TABLE AS SELECT takes names of columns only.")
		}
		if !c.Options.DistributionGiven {
			// create-table-as-select-azure-sql-data-warehouse.md: the distribution option is mandatory.
			p.refuse("CREATE TABLE AS SELECT needs a DISTRIBUTION option.")
		}
		c.Query = p.query()
		c.Label = p.optionClause()
	} else if len(c.ColumnNames) > 0 || len(c.Columns) == 0 {
		p.fail()
	}
	p.checkTable(c)
	return c
}

// tableElements reads (column definitions and constraints), or the names of CTAS.
func (p *parser) tableElements(c *CreateTable) {
	if t := p.ahead(2); t.kind == kindOp && (t.text == "," || t.text == ")") {
		c.ColumnNames = p.names()
		return
	}
	p.expectOp("(")
	for {
		if p.isKeyword("CONSTRAINT") || p.isKeyword("PRIMARY") || p.isKeyword("UNIQUE") || p.isKeyword("FOREIGN") || p.isKeyword("CHECK") {
			c.Constraints = append(c.Constraints, p.keyConstraint())
		} else {
			c.Columns = append(c.Columns, p.columnDef())
		}
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
}

func (p *parser) columnDef() ColumnDef {
	d := ColumnDef{Pos: p.tok().pos, Name: p.name()}
	d.Type = p.columnType()
	for {
		switch {
		case p.accept("COLLATE"):
			d.Collation = p.collation()
			if !d.Type.Text() {
				// 452: SQL Server's number for COLLATE on a type without characters.
				panic(Refuse(d.Pos, 452, "COLLATE clause cannot be used on types other than character types: column '%s'.", d.Name))
			}
		case p.accept("NOT", "NULL"):
			p.once(&d, NotNull)
		case p.accept("NULL"):
			p.once(&d, Null)
		case p.accept("IDENTITY"):
			p.identity(&d)
		case p.isKeyword("CONSTRAINT") || p.isKeyword("DEFAULT"):
			if p.accept("CONSTRAINT") {
				p.name()
			}
			if p.accept("DEFAULT") {
				start := p.tok().pos.Offset
				d.Default = p.constant()
				d.Source = strings.Trim(p.text[start:p.tokens[p.at-1].end], "() \t\r\n")
				break
			}
			p.inlineKey(&d)
		case p.isKeyword("PRIMARY") || p.isKeyword("UNIQUE"):
			p.inlineKey(&d)
		default:
			return d
		}
	}
}

// columnType reads a type that a column may have: sysname, an alias type, is not
// among those of create-table-azure-sql-data-warehouse.md.
func (p *parser) columnType() Type {
	if p.isKeyword("SYSNAME") {
		p.refuse("The type is not supported by a dedicated pool.")
	}
	return p.dataType(false)
}

func (p *parser) once(d *ColumnDef, n Nullability) {
	if d.Null != Unstated {
		p.fail()
	}
	d.Null = n
}

// identity reads IDENTITY [(seed, increment)]; the column must be int or bigint
// (sql-data-warehouse-tables-identity.md).
func (p *parser) identity(d *ColumnDef) {
	if d.Type.Name != "int" && d.Type.Name != "bigint" {
		p.refuse("IDENTITY is for int and bigint columns.")
	}
	d.Identity = true
	if p.acceptOp("(") {
		for i := range 2 {
			if i > 0 {
				p.expectOp(",")
			}
			p.acceptOp("-")
			p.integer()
		}
		p.expectOp(")")
	}
}

// constant reads what DEFAULT may be: a constant, no expression and no function
// (create-table-azure-sql-data-warehouse.md).
func (p *parser) constant() Expr {
	at := At{p.tok().pos}
	if p.acceptOp("(") {
		e := p.constant()
		p.expectOp(")")
		return e
	}
	if t := p.tok(); p.isOp("-") || p.isOp("+") {
		p.at++
		return &Unary{At: at, Op: t.text, X: p.constant()}
	}
	switch t := p.tok(); t.kind {
	case kindString, kindNString, kindInt, kindDecimal, kindFloat, kindHex, kindMoney:
		return literal(p.next())
	default:
		if p.accept("NULL") {
			return &Literal{At: at, Kind: NullLiteral}
		}
		p.refuse("DEFAULT takes a constant.")
	}
	return nil
}

func (p *parser) inlineKey(d *ColumnDef) {
	switch {
	case p.accept("PRIMARY", "KEY"):
		d.Primary = true
		p.expect("NONCLUSTERED")
	case p.accept("UNIQUE"):
		p.accept("NONCLUSTERED")
	default:
		p.fail()
	}
	d.Unique = true
	p.notEnforced()
}

// notEnforced refuses keys that would be enforced: a pool has none
// (sql-data-warehouse-table-constraints.md).
func (p *parser) notEnforced() {
	if !p.accept("NOT", "ENFORCED") {
		p.refuse("Enforced unique constraints are not supported. To create an unenforced unique constraint you must include the NOT ENFORCED syntax as part of your statement.")
	}
}

func (p *parser) keyConstraint() KeyConstraint {
	k := KeyConstraint{}
	if p.accept("CONSTRAINT") {
		k.Name = p.name()
	}
	switch {
	case p.accept("PRIMARY", "KEY"):
		k.Primary = true
		p.expect("NONCLUSTERED") // table-constraints page: only NONCLUSTERED with NOT ENFORCED
	case p.accept("UNIQUE"):
		p.accept("NONCLUSTERED")
	default:
		p.refuse("FOREIGN KEY and CHECK constraints are not supported by a dedicated pool.")
	}
	p.expectOp("(")
	k.Columns = list(p, func() string {
		n := p.name()
		if !p.accept("ASC") {
			p.accept("DESC")
		}
		return n
	})
	p.expectOp(")")
	p.notEnforced()
	return k
}

func (p *parser) tableOptions() TableOptions {
	var o TableOptions
	p.expectOp("(")
	for {
		p.tableOption(&o)
		if !p.acceptOp(",") {
			break
		}
	}
	p.expectOp(")")
	return o
}

func (p *parser) tableOption(o *TableOptions) {
	at := p.tok()
	index := func(i Index) {
		if o.IndexGiven {
			panic(refused(at.pos, at.text, "A table has one storage option."))
		}
		o.Index, o.IndexGiven = i, true
	}
	switch {
	case p.accept("HEAP"):
		index(Heap)
	case p.accept("CLUSTERED", "COLUMNSTORE", "INDEX"):
		index(ColumnStore)
		if p.accept("ORDER") {
			o.IndexColumns = p.names()
		}
	case p.accept("CLUSTERED", "INDEX"):
		index(Clustered)
		p.expectOp("(")
		o.IndexColumns = list(p, func() string {
			n := p.name()
			if !p.accept("ASC") {
				p.accept("DESC")
			}
			return n
		})
		p.expectOp(")")
	case p.accept("DISTRIBUTION"):
		if o.DistributionGiven {
			panic(refused(at.pos, at.text, "A table has one DISTRIBUTION option."))
		}
		p.expectOp("=")
		p.distribution(o)
	case p.accept("PARTITION"):
		if o.Partition != nil {
			p.fail()
		}
		o.Partition = p.partition()
	default:
		p.fail()
	}
}

func (p *parser) distribution(o *TableOptions) {
	o.DistributionGiven = true
	switch {
	case p.accept("ROUND_ROBIN"):
		o.Distribution = RoundRobin
	case p.accept("REPLICATE"):
		o.Distribution = Replicate
	case p.accept("HASH"):
		o.Distribution = Hash
		at := p.tok()
		o.HashColumns = p.names()
		if len(o.HashColumns) > 8 {
			panic(refused(at.pos, "(", "HASH takes at most 8 columns."))
		}
	default:
		p.fail()
	}
}

func (p *parser) partition() *Partition {
	p.expectOp("(")
	n := &Partition{Column: p.name()}
	p.expect("RANGE")
	if p.accept("RIGHT") {
		n.Right = true
	} else {
		p.accept("LEFT")
	}
	p.expect("FOR", "VALUES")
	p.expectOp("(")
	if !p.isOp(")") {
		n.Values = list(p, p.constant)
	}
	p.expectOp(")")
	p.expectOp(")")
	return n
}
