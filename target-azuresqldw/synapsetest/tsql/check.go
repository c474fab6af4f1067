package tsql

import "strings"

// maxColumns is the most columns a table has (capacity limits page).
const maxColumns = 1024

// checkTable applies the rules of CREATE TABLE that need no catalogue.
func (p *parser) checkTable(c *CreateTable) {
	o := &c.Options
	checkColumns(c.Columns, c.Name)
	if strings.HasPrefix(c.Name.Object, "##") {
		panic(refused(c.Name.Pos, c.Name.Object, "Global temporary tables are not supported.")) // tables-temporary.md
	}
	if strings.HasPrefix(c.Name.Object, "#") && o.Distribution == Replicate {
		panic(refused(c.Name.Pos, c.Name.Object, "A temporary table cannot be replicated.")) // tables-temporary.md
	}
	if c.Query != nil {
		return // columns are known to the engine only
	}
	CheckStorage(c.Name, c.Columns, o)
	seen := map[string]bool{}
	for i, n := range o.HashColumns {
		d := findColumn(c.Columns, n)
		if d == nil {
			panic(noColumn(c.Name, n))
		}
		if seen[strings.ToLower(n)] {
			panic(refused(c.Name.Pos, n, "A column stands twice in HASH."))
		}
		seen[strings.ToLower(n)] = true
		if d.Default != nil && i >= 0 {
			// create-table page: no DEFAULT on the distribution column.
			panic(refused(d.Pos, d.Name, "A distribution column has no DEFAULT."))
		}
		if d.Identity {
			// tables-identity page: the column cannot be the distribution key.
			panic(refused(d.Pos, d.Name, "A distribution column has no IDENTITY."))
		}
	}
	for _, n := range o.IndexColumns {
		if findColumn(c.Columns, n) == nil {
			panic(noColumn(c.Name, n))
		}
	}
	if o.Partition != nil && findColumn(c.Columns, o.Partition.Column) == nil {
		panic(noColumn(c.Name, o.Partition.Column))
	}
	p.checkKeys(c)
}

func (p *parser) checkKeys(c *CreateTable) {
	primary, identities := 0, 0
	for _, d := range c.Columns {
		if d.Primary {
			primary++
			if d.Null == Null {
				panic(nullableKey(c))
			}
		}
		if d.Identity {
			identities++
		}
	}
	for _, k := range c.Constraints {
		if k.Primary {
			primary++
		}
		for _, n := range k.Columns {
			d := findColumn(c.Columns, n)
			if d == nil {
				panic(Refuse(c.Name.Pos, 1911, "Column name '%s' does not exist in the target table or view.", n))
			}
			if k.Primary && d.Null == Null {
				panic(nullableKey(c))
			}
		}
	}
	if primary > 1 {
		panic(Refuse(c.Name.Pos, 8110, "Cannot add multiple PRIMARY KEY constraints to table '%s'.", c.Name.Object))
	}
	if identities > 1 {
		panic(Refuse(c.Name.Pos, 2744, "Multiple identity columns specified for table '%s'. Only one identity column per table is allowed.", c.Name.Object))
	}
}

// CheckStorage refuses what a columnstore and a distribution cannot hold. The
// engine calls it again for CREATE TABLE AS SELECT; it panics with an *Error.
func CheckStorage(table Name, columns []ColumnDef, o *TableOptions) {
	if o.Index == ColumnStore {
		for _, d := range columns {
			if d.Type.Max() {
				// "data type that cannot participate in a columnstore index": dotnet/SqlClient's
				// DDDataTypesTest shows the words, 35343 is SQL Server's number for them.
				panic(Refuse(d.Pos, 35343, "The statement failed. Column '%s' has a data type that cannot participate in a columnstore index.", d.Name))
			}
		}
	}
	if o.Index == ColumnStore {
		for _, n := range o.IndexColumns {
			if d := findColumn(columns, n); d != nil && d.Type.Text() {
				// create-table page: "an ordered CCI can be created on columns of any data types
				// … except for string columns"; its number is not documented.
				panic(refused(d.Pos, d.Name, "An ordered columnstore index has no string columns."))
			}
		}
	}
	for _, n := range o.HashColumns {
		if d := findColumn(columns, n); d != nil && d.Type.Max() {
			// Hashing a (max) column is nowhere granted; refused, our reading.
			panic(refused(d.Pos, d.Name, "A (max) column cannot be a distribution column."))
		}
	}
	if o.Index == Clustered {
		for _, n := range o.IndexColumns {
			if d := findColumn(columns, n); d != nil && d.Type.Max() {
				panic(Refuse(d.Pos, 1919, "Column '%s' in table '%s' is of a type that is invalid for use as a key column in an index.", d.Name, table.Object))
			}
		}
	}
}

// checkColumns refuses too many columns and names that are the same. Which
// others are one depends on the pool's collation, which the engine knows.
func checkColumns(columns []ColumnDef, table Name) {
	if len(columns) > maxColumns {
		panic(Refuse(table.Pos, 1702, "CREATE TABLE failed because column '%s' in table '%s' exceeds the maximum of 1024 columns.", columns[maxColumns].Name, table.Object))
	}
	seen := map[string]bool{}
	for _, d := range columns {
		key := d.Name
		if seen[key] {
			panic(Refuse(d.Pos, 2705, "Column names in each table must be unique. Column name '%s' in table '%s' is specified more than once.", d.Name, table.Object))
		}
		seen[key] = true
	}
}

// nullableKey: "all columns defined within a primary key constraint must be defined as
// NOT NULL" (tables/primary-and-foreign-key-constraints); the number is SQL Server's.
func nullableKey(c *CreateTable) *Error {
	return Refuse(c.Name.Pos, 8111, "Cannot define PRIMARY KEY constraint on nullable column in table '%s'.", c.Name.Object)
}

func findColumn(columns []ColumnDef, name string) *ColumnDef {
	for i := range columns {
		if strings.EqualFold(columns[i].Name, name) {
			return &columns[i]
		}
	}
	return nil
}

// noColumn: 1911 is SQL Server's number for an index column that is not there; a
// pool's number for a distribution column is not documented.
func noColumn(table Name, column string) *Error {
	return Refuse(table.Pos, 1911, "Column name '%s' does not exist in the target table or view.", column)
}

// checkBatch applies the rules about statements together.
func (p *parser) checkBatch(list []Statement) {
	for _, s := range list {
		if _, ok := s.(*CreateSchema); ok && len(list) > 1 {
			// CREATE SCHEMA stands alone in its batch (create-schema-transact-sql.md).
			panic(Refuse(s.Start(), 111, "'CREATE SCHEMA' must be the first statement in a query batch."))
		}
		p.noNestedSchema(s)
	}
}

// noNestedSchema refuses IF … CREATE SCHEMA, which SQL Server refuses as well.
func (p *parser) noNestedSchema(s Statement) {
	refuse := func(s Statement) {
		if _, ok := s.(*CreateSchema); ok {
			panic(parseError(s.Start(), "SCHEMA"))
		}
		p.noNestedSchema(s)
	}
	switch s := s.(type) {
	case *If:
		refuse(s.Then)
		if s.Else != nil {
			refuse(s.Else)
		}
	case *While:
		refuse(s.Body)
	case *Block:
		for _, x := range s.Statements {
			refuse(x)
		}
	case *TryCatch:
		for _, x := range append(append([]Statement{}, s.Try...), s.Catch...) {
			refuse(x)
		}
	}
}
