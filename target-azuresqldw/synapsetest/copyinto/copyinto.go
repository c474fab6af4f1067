// Package copyinto is the reader of COPY INTO: it finds the files that the statement names, fetches them with the
// credential that the statement gives, takes them apart as CSV and turns each field into a value of its column's type.
//
// The rules are those of learn.microsoft.com/sql/t-sql/statements/copy-into-transact-sql for a dedicated SQL pool; where
// the page is silent the code says so. Parsing the statement, knowing the table and storing the rows are left to others.
package copyinto

import (
	"net/http"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// Statement is what a COPY INTO asks for. Options hold the text of the statement's literals; "" is an option left out.
type Statement struct {
	Locations       []string
	FileType        string // CSV, PARQUET, ORC
	Identity        string // CREDENTIAL
	Secret          string
	Compression     string
	FieldQuote      *string // nil when left out; FIELDQUOTE = '' switches quoting off
	FieldTerminator string
	RowTerminator   string
	FirstRow        int64 // 0 when left out
	MaxErrors       int64
	DateFormat      string
	Encoding        string

	// Columns are those of the column list, or all of the table in its order when there is no list.
	Columns []Column
}

// Column is a column that COPY fills.
type Column struct {
	Name     string
	Type     sqltype.Type
	Nullable bool
	Field    int // number of the field in the file, from 1; 0 is the position in Columns
	Default  any // takes the place of an empty field: that of the column list, or else that of the table; nil is none
}

// Loader copies. The zero value is ready.
type Loader struct {
	HTTP *http.Client // http.DefaultClient when nil
}

// Result is what a COPY came to.
type Result struct {
	Rows     int64 // loaded
	Rejected int64 // passed over, within MAXERRORS
	Files    int
}
