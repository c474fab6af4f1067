// Package copyinto is the reader of COPY INTO: it finds the files that the statement names, fetches them with the
// credential that the statement gives, takes them apart as CSV and turns each field into a value of its column's type.
//
// The rules are those of learn.microsoft.com/sql/t-sql/statements/copy-into-transact-sql for a dedicated SQL pool, called
// "the page" in comments; where it is silent the code says what was chosen. Parsing the statement, knowing the table and
// storing the rows are left to others.
//
// Not served: PARQUET and ORC, managed identities and service principals, and ERRORFILE, for which nothing is written.
package copyinto

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// Statement is what a COPY INTO asks for. Options hold the text of the statement's literals; "" is an option left out,
// but for FieldQuote.
type Statement struct {
	Locations       []string
	FileType        string // CSV
	Identity        string // of CREDENTIAL
	Secret          string
	Compression     string
	FieldQuote      string // "" switches quoting off; the statement's default is a double quote
	FieldTerminator string
	RowTerminator   string
	FirstRow        int // 0 is 1
	MaxErrors       int
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
	Rows     int64 // given to row
	Rejected int64 // passed over, within MAXERRORS
	Files    int
}

// Numbers of the errors. The 138xx are those of the pools (in reports of users, as in
// github.com/microsoft/Dynamics-365-FastTrack-Implementation-Assets/issues/172); overflow is known by SQL Server's own only.
const (
	errLocation   = 105215
	errNotNull    = 105211
	errTruncation = 13811
	errMismatch   = 13812
	errOverflow   = 4867
	errCSV        = 4879
	errOption     = 103010
)

// Load reads all files of s and calls row with the values of each row, in the order of s.Columns; the slice is used
// again. An error of row ends the load and is returned. Other errors are *sqltype.Error. Rows that cannot be converted are
// passed over as long as MAXERRORS allows; after an error the caller undoes what row has done.
func (l Loader) Load(ctx context.Context, s Statement, row func(values []any) error) (Result, error) {
	d, err := s.dialect()
	if err != nil {
		return Result{}, err
	}
	source, err := l.open(s)
	if err != nil {
		return Result{}, err
	}
	files, err := source.find(ctx, s.Locations)
	if err != nil {
		return Result{}, err
	}
	job := load{s: &s, d: d, rules: sqltype.Rules{Mode: sqltype.Copy, DateOrder: d.dateOrder}, row: row, values: make([]any, len(s.Columns))}
	for _, name := range files {
		if err := job.file(ctx, source, name); err != nil {
			return job.result, err
		}
		job.result.Files++
	}
	return job.result, nil
}

// load is one Load at work.
type load struct {
	s      *Statement
	d      dialect
	rules  sqltype.Rules
	row    func([]any) error
	values []any
	result Result
}

func (j *load) file(ctx context.Context, source *source, name string) error {
	body, err := source.open(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close()
	text, err := j.d.text(body, name)
	if e, ok := errors.AsType[*sqltype.Error](err); ok {
		return e
	}
	if err != nil { // no gzip
		return csvError(source.url(name), 1, 1)
	}
	r := newRecordReader(text, j.d)
	first := max(j.s.FirstRow, 1)
	if more, err := r.skip(first - 1); err != nil {
		return csvError(source.url(name), 1, 1)
	} else if !more {
		return nil
	}
	for number := first; ; number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		more, err := r.next()
		if err != nil {
			return csvError(source.url(name), number, len(r.fields)+1)
		}
		if !more {
			return nil
		}
		if err := j.convert(r, number, source.url(name)); err != nil {
			if j.result.Rejected++; j.result.Rejected > int64(j.s.MaxErrors) {
				return err
			}
			continue
		}
		if err := j.row(j.values); err != nil {
			return err
		}
		j.result.Rows++
	}
}

// convert fills j.values from a record. "A NULL is loaded when … there is an empty input file field", and a DEFAULT takes
// its place. A field in quotes is not empty even if nothing stands between them; the page does not say so for dedicated
// pools, but Fabric's COPY does it.
func (j *load) convert(r *recordReader, number int, url string) error {
	numbered := false
	for i, c := range j.s.Columns {
		at := i
		if c.Field > 0 {
			at, numbered = c.Field-1, true
		}
		if at >= len(r.fields) {
			return csvError(url, number, len(r.fields)+1)
		}
		f := r.fields[at]
		if f.start == f.end && !f.quoted {
			j.values[i] = c.Default
			continue
		}
		text := string(r.record[f.start:f.end])
		if !isText(text) {
			return conversion(errMismatch, "type mismatch or invalid character for the specified codepage", number, at+1, c.Name, url)
		}
		v, err := j.rules.Convert(text, sqltype.NVarChar(sqltype.Max), c.Type)
		if err != nil {
			return conversionOf(err, number, at+1, c.Name, url)
		}
		j.values[i] = v
	}
	// The page gives field numbers to choose among fields; without them it maps one to one, and more fields are too many.
	if !numbered && len(r.fields) > len(j.s.Columns) {
		return csvError(url, number, len(j.s.Columns)+1)
	}
	return nil
}

// conversionOf tells the three kinds of error apart that bulk load knows.
func conversionOf(err error, row, column int, name, url string) error {
	if e, ok := errors.AsType[*sqltype.Error](err); ok {
		switch e.Number {
		case 8152:
			return conversion(errTruncation, "truncation", row, column, name, url)
		case 8115, 220, 232, 236, 242, 244, 248:
			return conversion(errOverflow, "overflow", row, column, name, url)
		}
	}
	return conversion(errMismatch, "type mismatch or invalid character for the specified codepage", row, column, name, url)
}

func conversion(number int32, what string, row, column int, name, url string) *sqltype.Error {
	return sqltype.Errorf(number, "Bulk load data conversion error (%s) for row %d, column %d (%s) in data file %s.", what, row, column, name, url)
}

func csvError(url string, row, column int) *sqltype.Error {
	return sqltype.Errorf(errCSV, "Bulk load failed due to invalid column value in CSV data file %s in row %d, column %d.", url, row, column)
}

// check refuses columns that a NULL cannot go into.
func (s *Statement) check() error {
	if !strings.EqualFold(s.FileType, "CSV") {
		return sqltype.Errorf(errOption, "Parse error: FILE_TYPE '%s' is not served by this emulator.", s.FileType)
	}
	for _, c := range s.Columns {
		if !c.Nullable && c.Default == nil {
			return sqltype.Errorf(errNotNull, "COPY statement failed because non nullable column '%s' cannot have the NULL value as its default.", c.Name)
		}
	}
	if len(s.Columns) == 0 || len(s.Locations) == 0 {
		return fmt.Errorf("copyinto: a statement without columns or locations")
	}
	return nil
}
