// Package tsql reads the T-SQL that the documentation grants an Azure Synapse
// dedicated SQL pool, and refuses everything else.
//
// It is strict on purpose: a statement which a real pool would refuse must fail
// in tests, with the pool's own error number where one is known. It knows
// grammar and the rules that can be checked from the text alone (types, limits,
// table options); what needs a catalogue (names, collations, row values) is left
// to package synapsetest. Being a model written from documentation, it cannot
// prove what a real pool does: where a rule is our reading, its comment says so.
//
// Left out, and therefore refused although a pool grants it: external tables,
// data sources and file formats, views, procedures and functions, workload
// management, security statements, PIVOT, APPLY, ROLLUP and its like, TABLESAMPLE,
// OPENJSON, STRING_SPLIT, join hints, PERCENT or WITH TIES after TOP, ALL, ANY and
// SOME, the SPLIT, MERGE, SWITCH and REBUILD of ALTER TABLE, CREATE and ALTER INDEX,
// SET IDENTITY_INSERT, EXPLAIN, and of the functions CHECKSUM, whose result is not
// documented, COL_NAME, TYPEPROPERTY and …FROMPARTS but for DATEFROMPARTS.
package tsql

import (
	"errors"
	"fmt"
)

// Parse reads a whole batch. The error, if any, is an *Error; no statement is
// returned with it, since a pool parses the whole batch before it runs any of it.
func Parse(batch string) ([]Statement, error) {
	tokens, err := lex(batch)
	if err != nil {
		return nil, err
	}
	p := &parser{text: batch, tokens: tokens}
	return p.batch()
}

// Error is a refusal, with the number and the words a pool uses.
type Error struct {
	Number  int32
	Line    int
	Column  int
	Message string
}

// Error gives the number and the message.
func (e *Error) Error() string { return fmt.Sprintf("mssql %d: %s", e.Number, e.Message) }

// Refuse makes the error that refuses what stands at p.
func Refuse(p Pos, number int32, format string, args ...any) *Error {
	return &Error{Number: number, Line: p.Line, Column: p.Column, Message: fmt.Sprintf(format, args...)}
}

// parseError is what a pool's front end says of text that it cannot read.
// The number 103010 and its wording were seen in the comments of
// dotnet/SqlClient's Synapse tests and in sp_whoisactive issue 25.
func parseError(p Pos, near string) *Error {
	return Refuse(p, 103010, "Parse error at line: %d, column: %d: Incorrect syntax near '%s'.", p.Line, p.Column, near)
}

// refused is a parse error that says which documented limit was hit.
func refused(p Pos, near, why string) *Error {
	return Refuse(p, 103010, "Parse error at line: %d, column: %d: Incorrect syntax near '%s'. %s", p.Line, p.Column, near, why)
}

// NumberOf gives the error number inside err, or 0.
func NumberOf(err error) int32 {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Number
	}
	return 0
}
