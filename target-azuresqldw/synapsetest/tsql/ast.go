package tsql

// Statement is one statement of a batch.
type Statement interface {
	// Start is where the statement begins, Source its own text.
	Start() Pos
	Source() string
	head() *Head
}

// Head is what every statement has: its place and its text.
type Head struct {
	Pos  Pos
	Text string
}

// Start gives the place of the statement's first word.
func (h *Head) Start() Pos { return h.Pos }

// Source gives the statement as it was written, without the semicolon after it.
func (h *Head) Source() string { return h.Text }

func (h *Head) head() *Head { return h }

// Name is the name of an object: table, schema.table or database.schema.table.
type Name struct {
	Database, Schema, Object string
	Pos                      Pos
}

// String gives the name as error messages show it.
func (n Name) String() string {
	s := n.Object
	if n.Schema != "" || n.Database != "" {
		s = n.Schema + "." + s
	}
	if n.Database != "" {
		s = n.Database + "." + s
	}
	return s
}

// Type is a data type as written, checked: the name is in lower case and one a
// dedicated pool has, lengths and precisions are in range and filled in where
// the language has a default.
type Type struct {
	Name      string
	Length    int // of character and binary types; -1 is max
	Precision int // of decimal; digits of a float's mantissa
	Scale     int // of decimal and of types with fractional seconds
	Explicit  bool
}

// Scripting and session statements.
type (
	// If is IF … ELSE.
	If struct {
		Head
		Cond Expr
		Then Statement
		Else Statement
	}
	// Block is BEGIN … END.
	Block struct {
		Head
		Statements []Statement
	}
	// While is WHILE; BREAK leaves it.
	While struct {
		Head
		Cond Expr
		Body Statement
	}
	// Break leaves the innermost While.
	Break struct{ Head }
	// TryCatch is BEGIN TRY … END TRY BEGIN CATCH … END CATCH.
	TryCatch struct {
		Head
		Try, Catch []Statement
	}
	// Declare declares variables.
	Declare struct {
		Head
		Variables []VariableDef
	}
	// SetVariable is SET @v = expr (compound operators are spelled out in Value).
	SetVariable struct {
		Head
		Name  string
		Value Expr
	}
	// SetOption is SET NOCOUNT ON and its like; the names are in upper case.
	SetOption struct {
		Head
		Names []string
		Value string
	}
	// Print is PRINT expr.
	Print struct {
		Head
		Value Expr
	}
	// Kill is KILL 'session_id'.
	Kill struct {
		Head
		Session string
	}
	// Throw is THROW number, message, state, or a bare THROW inside CATCH.
	Throw struct {
		Head
		Number, Message, State Expr
	}
	// RaiseError is RAISERROR(message, severity, state, args…).
	RaiseError struct {
		Head
		Args []Expr
	}
	// Transaction is BEGIN, COMMIT or ROLLBACK TRANSACTION (Verb).
	Transaction struct {
		Head
		Verb string
	}
	// Exec is EXEC('…') or a call of one of the system procedures the package knows.
	Exec struct {
		Head
		Text      Expr   // of EXEC('…')
		Procedure string // lower case, without schema
		Args      []ExecArg
	}
)

// VariableDef is one variable of DECLARE.
type VariableDef struct {
	Name  string
	Type  Type
	Value Expr
}

// ExecArg is an argument of EXEC, by name or by place.
type ExecArg struct {
	Name  string
	Value Expr
}

// Definitions.
type (
	// CreateSchema is CREATE SCHEMA.
	CreateSchema struct {
		Head
		Name string
	}
	// DropSchema is DROP SCHEMA.
	DropSchema struct {
		Head
		Name string
	}
	// CreateTable is CREATE TABLE, or CREATE TABLE … AS SELECT when Query is set.
	CreateTable struct {
		Head
		Name        Name
		Columns     []ColumnDef
		Constraints []KeyConstraint
		Options     TableOptions
		ColumnNames []string // of CTAS
		Query       *Query
		Label       string
	}
	// DropTable is DROP TABLE.
	DropTable struct {
		Head
		Names []Name
	}
	// TruncateTable is TRUNCATE TABLE.
	TruncateTable struct {
		Head
		Name Name
	}
	// AddColumns is ALTER TABLE … ADD columns.
	AddColumns struct {
		Head
		Table   Name
		Columns []ColumnDef
	}
	// AddConstraint is ALTER TABLE … ADD CONSTRAINT … NOT ENFORCED.
	AddConstraint struct {
		Head
		Table      Name
		Constraint KeyConstraint
	}
	// AlterColumn is ALTER TABLE … ALTER COLUMN.
	AlterColumn struct {
		Head
		Table  Name
		Column ColumnDef
	}
	// DropColumns is ALTER TABLE … DROP COLUMN.
	DropColumns struct {
		Head
		Table   Name
		Columns []string
	}
	// DropConstraint is ALTER TABLE … DROP CONSTRAINT.
	DropConstraint struct {
		Head
		Table Name
		Name  string
	}
	// RenameObject is RENAME OBJECT.
	RenameObject struct {
		Head
		Table Name
		To    string
	}
	// TransferObject is ALTER SCHEMA … TRANSFER OBJECT::….
	TransferObject struct {
		Head
		Schema string
		Table  Name
	}
	// CreateStatistics is CREATE STATISTICS.
	CreateStatistics struct {
		Head
		Name    string
		Table   Name
		Columns []string
	}
	// UpdateStatistics is UPDATE STATISTICS.
	UpdateStatistics struct {
		Head
		Table Name
		Names []string
	}
	// DropStatistics is DROP STATISTICS table.name.
	DropStatistics struct {
		Head
		Table Name
		Name  string
	}
)

// Statements that change rows.
type (
	// CopyInto is COPY INTO.
	CopyInto struct {
		Head
		Table                           Name
		Columns                         []CopyColumn
		Locations                       []string
		FileType                        string // CSV when not given
		Credential                      *Credential
		ErrorFile                       string
		ErrorFileCredential             *Credential
		MaxErrors                       int
		Compression                     string // upper case; "" when not given
		FieldQuote                      string // the default is a double quote; "" is no quoting
		FieldTerminator, RowTerminator  string // as written, hex and escapes not yet applied; "" when not given
		FirstRow                        int
		DateFormat                      string // lower case
		Encoding                        string // UTF8 or UTF16
		IdentityInsert, AutoCreateTable bool
		Label                           string
	}
	// Insert is INSERT … SELECT or INSERT … VALUES with one row.
	Insert struct {
		Head
		With    []CTE
		Table   Name
		Columns []string
		Values  []Expr
		Query   *Query
		Label   string
	}
	// CompatibilityLevel is ALTER DATABASE SCOPED CONFIGURATION SET DW_COMPATIBILITY_LEVEL.
	CompatibilityLevel struct {
		Head
		Level string // a number, or AUTO
	}
	// Delete is DELETE FROM t [FROM …] [WHERE …].
	Delete struct {
		Head
		With   []CTE
		Target Name
		From   []TableRef
		Where  Expr
		Label  string
	}
	// Update is UPDATE t SET … [FROM …] [WHERE …].
	Update struct {
		Head
		With   []CTE
		Target Name
		Set    []Assignment
		From   []TableRef
		Where  Expr
		Label  string
	}
	// Merge is MERGE; its semicolon was there.
	Merge struct {
		Head
		With   []CTE
		Target Name
		Alias  string
		Using  TableRef
		On     Expr
		Whens  []MergeWhen
		Label  string
	}
	// Select is a SELECT as a statement.
	Select struct {
		Head
		Query *Query
		Into  *Name
		Label string
	}
)

// CopyColumn is one column of COPY's list.
type CopyColumn struct {
	Name    string
	Pos     Pos
	Default *Literal
	Field   int // from 1; 0 when not given
}

// Credential is how COPY signs in to storage.
type Credential struct{ Identity, Secret string }

// Assignment is column = value in UPDATE.
type Assignment struct {
	Column *Column
	Value  Expr
}

// MergeWhen is one WHEN clause.
type MergeWhen struct {
	On     MergeCase
	Cond   Expr
	Action MergeAction
	Set    []Assignment
	Insert []string
	Values []Expr
}

// MergeCase says which rows a WHEN clause is about.
type MergeCase uint8

// The cases of a WHEN clause.
const (
	Matched MergeCase = iota
	NotMatchedByTarget
	NotMatchedBySource
)

// MergeAction is what a WHEN clause does.
type MergeAction uint8

// The actions of a WHEN clause.
const (
	MergeUpdate MergeAction = iota
	MergeDelete
	MergeInsert
)
