package tsql

// alter reads ALTER TABLE and ALTER SCHEMA … TRANSFER.
func (p *parser) alter() Statement {
	p.expect("ALTER")
	if p.accept("DATABASE") {
		return p.compatibilityLevel()
	}
	if p.accept("SCHEMA") {
		s := &TransferObject{Schema: p.name()}
		p.expect("TRANSFER")
		if p.accept("OBJECT") {
			p.expectOp("::")
		}
		s.Table = p.object()
		return s
	}
	p.expect("TABLE")
	table := p.object()
	switch {
	case p.accept("ALTER", "COLUMN"):
		d := ColumnDef{Pos: p.tok().pos, Name: p.name()}
		d.Type = p.columnType()
		if p.accept("COLLATE") {
			d.Collation = p.collation()
		}
		switch {
		case p.accept("NOT", "NULL"):
			d.Null = NotNull
		case p.accept("NULL"):
			d.Null = Null
		}
		return &AlterColumn{Table: table, Column: d}
	case p.accept("ADD"):
		return p.alterAdd(table)
	case p.accept("DROP"):
		return p.alterDrop(table)
	}
	// SPLIT, MERGE, SWITCH and REBUILD are granted to a pool but left out of this model.
	p.fail()
	return nil
}

// compatibilityLevel reads the one setting of ALTER DATABASE SCOPED CONFIGURATION
// that changes what is granted here (alter-database-scoped-configuration-transact-sql.md).
func (p *parser) compatibilityLevel() Statement {
	p.expect("SCOPED", "CONFIGURATION", "SET", "DW_COMPATIBILITY_LEVEL")
	p.expectOp("=")
	if p.accept("AUTO") {
		return &CompatibilityLevel{Level: "AUTO"}
	}
	s := &CompatibilityLevel{Level: p.tok().text}
	switch p.integer() {
	case 10, 20, 30, 40, 50, 9000:
		return s
	}
	p.at--
	p.fail()
	return nil
}

func (p *parser) alterAdd(table Name) Statement {
	if p.isKeyword("CONSTRAINT") || p.isKeyword("PRIMARY") || p.isKeyword("UNIQUE") {
		return &AddConstraint{Table: table, Constraint: p.keyConstraint()}
	}
	// There is no word COLUMN after ADD.
	a := &AddColumns{Table: table, Columns: list(p, p.columnDef)}
	for _, d := range a.Columns {
		if d.Null == NotNull && d.Default == nil {
			// 4901: SQL Server's number; the rule holds for a pool too (alter-table-transact-sql.md).
			panic(Refuse(d.Pos, 4901, "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified. Column '%s' cannot be added to table '%s' because it does not satisfy these conditions.", d.Name, table))
		}
		if d.Identity || d.Unique {
			panic(refused(d.Pos, d.Name, "ADD takes plain columns."))
		}
	}
	checkColumns(a.Columns, table)
	return a
}

func (p *parser) alterDrop(table Name) Statement {
	if p.accept("COLUMN") {
		if p.isKeyword("IF") {
			p.fail() // the Synapse syntax block has no IF EXISTS
		}
		return &DropColumns{Table: table, Columns: list(p, func() string {
			p.accept("COLUMN")
			return p.name()
		})}
	}
	p.accept("CONSTRAINT")
	return &DropConstraint{Table: table, Name: p.name()}
}

// drop reads DROP TABLE, SCHEMA and STATISTICS. None has IF EXISTS: the syntax
// block of drop-table lacks it for a pool, and DLT's synapse client says so.
func (p *parser) drop() Statement {
	p.expect("DROP")
	switch {
	case p.accept("TABLE"):
		p.noIfExists()
		return &DropTable{Names: []Name{p.object()}}
	case p.accept("SCHEMA"):
		p.noIfExists()
		return &DropSchema{Name: p.name()}
	case p.accept("STATISTICS"):
		p.noIfExists()
		n := p.object()
		if n.Schema == "" {
			p.fail()
		}
		return &DropStatistics{Table: Name{Database: "", Schema: n.Database, Object: n.Schema, Pos: n.Pos}, Name: n.Object}
	}
	p.fail()
	return nil
}

func (p *parser) noIfExists() {
	if p.isKeyword("IF") {
		p.fail()
	}
}

// rename reads RENAME OBJECT [::] name TO new.
func (p *parser) rename() Statement {
	p.expect("RENAME", "OBJECT")
	p.acceptOp("::")
	r := &RenameObject{Table: p.object()}
	if p.isKeyword("COLUMN") {
		p.refuse("RENAME OBJECT … COLUMN is not for dedicated pools; use sp_rename.") // rename-transact-sql.md
	}
	p.expect("TO")
	r.To = p.name()
	if p.isOp(".") {
		p.refuse("The new name has one part.") // rename-transact-sql.md
	}
	return r
}
