package tsql

// ColumnDef is a column of CREATE TABLE or ALTER TABLE.
type ColumnDef struct {
	Name      string
	Pos       Pos
	Type      Type
	Collation string
	Null      Nullability
	Identity  bool
	Default   Expr   // a constant, or nil
	Source    string // text of Default, without parentheses around it
	Unique    bool   // a PRIMARY KEY or UNIQUE NOT ENFORCED in line
	Primary   bool
}

// Nullability is what a column definition says about NULL.
type Nullability uint8

// The three things a column definition can say.
const (
	Unstated Nullability = iota
	Null
	NotNull
)

// KeyConstraint is a PRIMARY KEY or UNIQUE constraint; it is always NOT ENFORCED.
type KeyConstraint struct {
	Name    string
	Primary bool
	Columns []string
}

// TableOptions are those of WITH (…).
type TableOptions struct {
	Distribution      Distribution
	DistributionGiven bool
	HashColumns       []string
	Index             Index
	IndexGiven        bool
	IndexColumns      []string // of a clustered index, or the ORDER of a columnstore
	Partition         *Partition
}

// Distribution is how rows are spread over the 60 distributions.
type Distribution uint8

// The distributions; the zero value is the default of CREATE TABLE.
const (
	RoundRobin Distribution = iota
	Hash
	Replicate
)

// String gives the word that sys.pdw_table_distribution_properties shows.
func (d Distribution) String() string {
	switch d {
	case Hash:
		return "HASH"
	case Replicate:
		return "REPLICATE"
	}
	return "ROUND_ROBIN"
}

// Index is how a table is stored.
type Index uint8

// The kinds of storage; the zero value is the default of CREATE TABLE.
const (
	ColumnStore Index = iota
	Heap
	Clustered
)

// String gives the words that sys.indexes.type_desc shows.
func (i Index) String() string {
	switch i {
	case Heap:
		return "HEAP"
	case Clustered:
		return "CLUSTERED"
	}
	return "CLUSTERED COLUMNSTORE"
}

// Partition is PARTITION (c RANGE RIGHT FOR VALUES (…)).
type Partition struct {
	Column string
	Right  bool
	Values []Expr
}
