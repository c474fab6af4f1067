package synapsetest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/copyinto"
	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// copyChunk is how many rows are stored while the engine is locked.
const copyChunk = 500

// copyInto runs COPY INTO. It is one unit: inside a transaction of the client's it
// is part of that, which no page denies; whether it is so in a pool is unverified.
func (r *run) copyInto(ctx context.Context, st *tsql.CopyInto) error {
	if r.s.options.fmtOnly {
		return r.w.Done(-1)
	}
	c := &copying{r: r, st: st}
	if err := c.plan(); err != nil {
		return err
	}
	if err := r.s.become(ctx); err != nil {
		return err
	}
	r.s.lock()
	err := r.s.start(ctx)
	r.s.e.mu.Unlock()
	if err != nil {
		return err
	}
	loader := copyinto.Loader{HTTP: r.s.server.options.HTTP}
	result, err := loader.Load(ctx, c.statement, func(values []any) error { return c.row(ctx, values) })
	if err == nil {
		err = c.flush(ctx)
	}
	if err == nil {
		err = c.saveIdentity(ctx)
	}
	c.close()
	if err := r.s.finish(err); err != nil {
		return err
	}
	// Whether a pool counts the rows of COPY in DONE is not documented; ours does.
	return r.done(result.Rows)
}

// copying is one COPY INTO under way.
type copying struct {
	r         *run
	st        *tsql.CopyInto
	statement copyinto.Statement
	table     *table
	columns   []*column // those that the file fills
	fixed     []any     // stored values of the columns it does not fill
	insert    string
	prepared  *sql.Stmt
	pending   []any
	rows      int
}

// plan finds the table and its columns; the errors are those of the statement as a whole.
func (c *copying) plan() error {
	s, st := c.r.s, c.st
	s.lock()
	defer s.e.mu.Unlock()
	c.table = s.table(st.Table)
	if c.table == nil {
		return sqltype.Errorf(208, "Invalid object name '%s'.", st.Table)
	}
	if st.FileType != "CSV" {
		return sqltype.Errorf(110802, "The emulator reads CSV files only, not %s.", st.FileType)
	}
	c.statement = copyinto.Statement{Locations: st.Locations, FileType: st.FileType, Compression: st.Compression, FieldQuote: st.FieldQuote,
		FieldTerminator: st.FieldTerminator, RowTerminator: st.RowTerminator, FirstRow: st.FirstRow, MaxErrors: st.MaxErrors,
		DateFormat: st.DateFormat, Encoding: st.Encoding}
	if st.DateFormat == "" { // "DATEFORMAT = Session DATEFORMAT" is the default
		c.statement.DateFormat = s.options.rules.DateOrder.String()
	}
	if st.Credential != nil {
		c.statement.Identity, c.statement.Secret = st.Credential.Identity, st.Credential.Secret
	}
	if err := bind(c.chooseColumns); err != nil {
		return err
	}
	var names, values []string
	for _, col := range c.columns {
		names, values = append(names, columnSQL(col)), append(values, "?")
	}
	for _, col := range c.table.Columns {
		switch {
		case c.given(col):
			continue
		case col.Identity:
			values = append(values, fmt.Sprintf("f_identity(%d)", c.table.ID))
		case col.Default != nil:
			values, c.fixed = append(values, "?"), append(c.fixed, col.Default)
		default:
			continue
		}
		names = append(names, columnSQL(col))
	}
	c.insert = "INSERT INTO " + tableSQL(c.table) + " (" + strings.Join(names, ",") + ") VALUES (" + strings.Join(values, ",") + ")"
	return nil
}

func (c *copying) given(col *column) bool {
	for _, x := range c.columns {
		if x == col {
			return true
		}
	}
	return false
}

// chooseColumns takes the column list, or all columns, and refuses a table with a
// column that would have to be NULL and cannot: 105211 (seen in
// solliancenet/azure-synapse-analytics-workshop-400 issue 17).
//
// With IDENTITY_INSERT = 'OFF', a table with an IDENTITY column needs a column list
// that leaves it out; with 'ON', a list must have it; and it takes no DEFAULT (the
// page on COPY INTO, which gives no numbers: these are SQL Server's for INSERT).
func (c *copying) chooseColumns() {
	list := c.st.Columns
	if len(list) == 0 {
		for _, col := range c.table.Columns {
			list = append(list, tsql.CopyColumn{Name: col.Name})
		}
	}
	for _, x := range list {
		col := c.table.column(x.Name)
		if col == nil {
			refuse(x.Pos, 207, "Invalid column name '%s'.", x.Name)
		}
		if slices.Contains(c.columns, col) {
			refuse(x.Pos, 264, "The column name '%s' is specified more than once in the column list.", x.Name)
		}
		if col.Identity && !c.st.IdentityInsert {
			refuse(x.Pos, 544, "Cannot insert explicit value for identity column in table '%s' when IDENTITY_INSERT is set to OFF.", c.table.Name)
		}
		def := loaded(col.Default, col.Type)
		if x.Default != nil {
			if col.Identity {
				refuse(x.Pos, 103010, "Parse error at line: %d, column: %d: Incorrect syntax near '%s'. An IDENTITY column has no default value.", x.Pos.Line, x.Pos.Column, x.Name)
			}
			b := c.r.binder()
			v := b.convert(x.Pos, b.literal(x.Default), col.Type, sqltype.Implicit)
			if !v.constant {
				refuse(x.Pos, 245, "Conversion failed when converting the value '%s' to data type %s.", x.Default.Text, col.Type)
			}
			def = v.value
		}
		if !col.Identity {
			c.nullable(col, def)
		}
		c.columns = append(c.columns, col)
		c.statement.Columns = append(c.statement.Columns, copyinto.Column{Name: col.Name, Type: col.Type, Nullable: col.Nullable || col.Identity, Field: x.Field, Default: def})
	}
	for _, col := range c.table.Columns {
		switch {
		case c.given(col):
		case col.Identity && c.st.IdentityInsert:
			refuse(c.st.Table.Pos, 545, "Explicit value must be specified for identity column in table '%s' when IDENTITY_INSERT is set to ON.", c.table.Name)
		case !col.Identity:
			c.nullable(col, col.Default)
		}
	}
}

func (c *copying) nullable(col *column, def any) {
	if !col.Nullable && def == nil {
		refuse(c.st.Table.Pos, 105211, "COPY statement failed because non nullable column '%s' cannot have the NULL value as its default.", col.Name)
	}
}

// row takes a row from the file.
func (c *copying) row(ctx context.Context, values []any) error {
	for i, v := range values {
		if v == nil && c.columns[i].Identity {
			return sqltype.Errorf(515, "Cannot insert the value NULL into column '%s', table '%s'; column does not allow nulls. INSERT fails.", c.columns[i].Name, c.st.Table)
		}
		c.pending = append(c.pending, stored(v, c.columns[i].Type))
	}
	c.pending = append(c.pending, c.fixed...)
	if c.rows++; c.rows%copyChunk == 0 {
		return c.flush(ctx)
	}
	return nil
}

// flush stores the rows that wait.
func (c *copying) flush(ctx context.Context) error {
	if len(c.pending) == 0 {
		return nil
	}
	c.r.s.lock()
	defer c.r.s.e.mu.Unlock()
	if c.prepared == nil {
		var err error
		if c.prepared, err = c.r.s.e.conn.PrepareContext(ctx, c.insert); err != nil {
			return c.r.s.e.sqliteError(err, c.insert)
		}
	}
	width := len(c.columns) + len(c.fixed)
	for i := 0; i < len(c.pending); i += width {
		if _, err := c.prepared.ExecContext(ctx, c.pending[i:i+width]...); err != nil {
			return c.r.s.e.sqliteError(err, c.insert)
		}
	}
	clear(c.pending)
	c.pending = c.pending[:0]
	return nil
}

// saveIdentity keeps the last IDENTITY value given.
func (c *copying) saveIdentity(ctx context.Context) error {
	if !hasIdentity(c.table) {
		return nil
	}
	c.r.s.lock()
	defer c.r.s.e.mu.Unlock()
	return c.r.s.e.saveTable(ctx, c.table)
}

func (c *copying) close() {
	if c.prepared != nil {
		c.r.s.e.mu.Lock()
		defer c.r.s.e.mu.Unlock()
		c.prepared.Close()
	}
}
