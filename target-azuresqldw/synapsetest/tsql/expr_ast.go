package tsql

// Expr is a scalar expression or, where Boolean says so, a condition. The two
// never mix in T-SQL and the parser keeps them apart.
type Expr interface {
	Where() Pos
	// Boolean is true of conditions: comparisons, AND, OR, NOT, IN, LIKE, EXISTS, …
	Boolean() bool
}

// At is the place of an expression.
type At struct{ Pos Pos }

// Where gives the place.
func (a At) Where() Pos { return a.Pos }

type scalar struct{}

func (scalar) Boolean() bool { return false }

type condition struct{}

func (condition) Boolean() bool { return true }

// Scalar expressions.
type (
	// Column is a column, perhaps qualified by one to three names.
	Column struct {
		At
		scalar
		Table Name // Object is the table or alias; empty when not qualified
		Name  string
	}
	// Literal is a constant.
	Literal struct {
		At
		scalar
		Kind LiteralKind
		Text string // numbers as written; strings unquoted; binary as hex digits
	}
	// Variable is @v or a parameter.
	Variable struct {
		At
		scalar
		Name string
	}
	// Global is @@NAME, in upper case and with its marks.
	Global struct {
		At
		scalar
		Name string
	}
	// Unary is -x, +x or ~x.
	Unary struct {
		At
		scalar
		Op string
		X  Expr
	}
	// Binary is arithmetic, concatenation or a bit operation.
	Binary struct {
		At
		scalar
		Op   string
		L, R Expr
	}
	// Collate is x COLLATE name.
	Collate struct {
		At
		scalar
		X    Expr
		Name string
	}
	// Case is CASE in both forms; Operand is nil in the searched one.
	Case struct {
		At
		scalar
		Operand Expr
		Whens   []When
		Else    Expr
	}
	// Cast is CAST, CONVERT, TRY_CAST and TRY_CONVERT.
	Cast struct {
		At
		scalar
		X     Expr
		Type  Type
		Style Expr
		Try   bool
	}
	// Call is a function, an aggregate or a window function.
	Call struct {
		At
		scalar
		Name        string // upper case
		Args        []Expr
		Star        bool // COUNT(*)
		Distinct    bool
		Over        *Window
		WithinGroup []Order
		Part        string // the datepart of DATEADD, DATEDIFF, …
	}
	// Subquery is a query used as a value.
	Subquery struct {
		At
		scalar
		Query *Query
	}
)

// LiteralKind tells constants apart.
type LiteralKind uint8

// The kinds of constant.
const (
	NullLiteral LiteralKind = iota
	IntLiteral
	DecimalLiteral
	FloatLiteral
	MoneyLiteral
	StringLiteral
	NStringLiteral
	BinaryLiteral
)

// When is one branch of Case; Cond is a value when the Case has an operand.
type When struct{ Cond, Then Expr }

// Window is OVER (…).
type Window struct {
	Partition []Expr
	Order     []Order
	Frame     *Frame
}

// Frame is ROWS or RANGE.
type Frame struct {
	Rows       bool
	Start, End string // "UNBOUNDED PRECEDING", "CURRENT ROW", "3 PRECEDING", …
}

// Order is one term of ORDER BY.
type Order struct {
	Expr Expr
	Desc bool
}

// Conditions.
type (
	// Compare is one of = <> < <= > >=; the other spellings are made one of these.
	Compare struct {
		At
		condition
		Op   string
		L, R Expr
	}
	// And is a chain of ANDs.
	And struct {
		At
		condition
		Terms []Expr
	}
	// Or is a chain of ORs.
	Or struct {
		At
		condition
		Terms []Expr
	}
	// Not is NOT x.
	Not struct {
		At
		condition
		X Expr
	}
	// IsNull is x IS [NOT] NULL.
	IsNull struct {
		At
		condition
		X   Expr
		Not bool
	}
	// In is x [NOT] IN (list or query).
	In struct {
		At
		condition
		X     Expr
		Not   bool
		List  []Expr
		Query *Query
	}
	// Between is x [NOT] BETWEEN a AND b.
	Between struct {
		At
		condition
		X, Low, High Expr
		Not          bool
	}
	// Like is x [NOT] LIKE pattern [ESCAPE c].
	Like struct {
		At
		condition
		X, Pattern, Escape Expr
		Not                bool
	}
	// Exists is EXISTS (query).
	Exists struct {
		At
		condition
		Query *Query
	}
)

// Query is a SELECT or several joined by UNION and its like, with ORDER BY and
// the common table expressions before it.
type Query struct {
	Pos   Pos
	With  []CTE
	Body  QueryBody
	Order []Order
}

// CTE is one common table expression.
type CTE struct {
	Name    string
	Columns []string
	Query   *Query
}

// QueryBody is a *SelectCore or a *SetOp.
type QueryBody interface{ queryBody() }

// SetOp is UNION, UNION ALL, EXCEPT or INTERSECT (Op).
type SetOp struct {
	Op   string
	L, R QueryBody
}

// SelectCore is one SELECT without ORDER BY.
type SelectCore struct {
	Pos      Pos
	Distinct bool
	Top      Expr
	Items    []Item
	From     []TableRef
	Where    Expr
	GroupBy  []Expr
	Having   Expr
}

func (*SetOp) queryBody()      {}
func (*SelectCore) queryBody() {}

// Item is one member of a select list: an expression, a star, or @v = expression.
type Item struct {
	Pos      Pos
	Expr     Expr
	Alias    string
	Star     bool
	Of       Name   // the qualifier of a star
	Variable string // of @v = …
}

// TableRef is a *TableName, a *Derived or a *Join.
type TableRef interface{ tableRef() }

// TableName is a table, view or common table expression in FROM.
type TableName struct {
	Name  Name
	Alias string
}

// Derived is a query in FROM.
type Derived struct {
	Pos     Pos
	Query   *Query
	Alias   string
	Columns []string
}

// Join is a join; Kind is INNER, LEFT, RIGHT, FULL or CROSS.
type Join struct {
	Pos  Pos
	Kind string
	L, R TableRef
	On   Expr
}

func (*TableName) tableRef() {}
func (*Derived) tableRef()   {}
func (*Join) tableRef()      {}
