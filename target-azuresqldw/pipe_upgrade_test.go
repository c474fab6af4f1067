package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"intercomdw/target-azuresqldw/synapse"
	"intercomdw/target-azuresqldw/synapsetest"
	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// The scripts called upgrade-… begin with tables and states that an earlier version of the programs has left, as T-SQL
// and JSON. That was written once and stays as it is, for it is what stands in people's pools. To make the like of another
// version, put this file and its two commands into a checkout of it, and end a script there with "save FILE".

// runScript runs a file of T-SQL in the pool; a line GO ends a batch.
func runScript(w *world, _, _ io.Writer, args []string) error {
	raw, err := os.ReadFile(w.file(args[0]))
	if err != nil {
		return err
	}
	for i, batch := range strings.Split(string(raw), "\nGO\n") {
		if strings.TrimSpace(batch) == "" {
			continue
		}
		if _, err := w.pool.Query(batch); err != nil {
			return fmt.Errorf("%s: batch %d: %w", args[0], i+1, err)
		}
	}
	return nil
}

// save writes the tables of the target's schema, and their rows, as a file for runScript.
func save(w *world, _, _ io.Writer, args []string) error {
	tables, err := w.pool.Tables()
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE SCHEMA %s\nGO\n", synapse.Quote(namespace))
	for _, t := range tables {
		if t.Schema != namespace {
			continue
		}
		name := synapse.Name{Namespace: t.Schema, Table: t.Name}.String()
		r, err := w.pool.Query("SELECT * FROM " + name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s\nGO\n", createTable(name, t))
		b.WriteString(insertRows(name, r))
	}
	return os.WriteFile(w.file(args[0]), []byte(b.String()), 0o600)
}

func createTable(name string, t synapsetest.Table) string {
	var columns []string
	for _, c := range t.Columns {
		column := synapse.Quote(c.Name) + " " + c.Type.String()
		if c.Type.Collation != "" && c.Type.Collation != sqltype.DefaultCollation {
			column += " COLLATE " + c.Type.Collation
		}
		if !c.Nullable {
			column += " NOT NULL"
		}
		columns = append(columns, column)
	}
	return fmt.Sprintf("CREATE TABLE %s (%s)\nWITH (%s, DISTRIBUTION = %s)", name, strings.Join(columns, ", "), t.Index, distribution(t))
}

func distribution(t synapsetest.Table) string {
	if len(t.HashColumns) == 0 {
		return t.Distribution
	}
	var columns []string
	for _, c := range t.HashColumns {
		columns = append(columns, synapse.Quote(c))
	}
	return "HASH(" + strings.Join(columns, ", ") + ")"
}

// insertRows has one statement for rows in a row that have values in the same columns. Each is a SELECT, since VALUES takes no
// expressions, and a text file keeps no carriage returns.
func insertRows(name string, r *synapsetest.Result) string {
	const most = 100 // rows of a statement
	var b strings.Builder
	last, n := "", 0
	for i, text := range r.Text() {
		var columns, values []string
		for j, v := range r.Rows[i] {
			switch v := v.(type) {
			case nil:
				continue
			case string:
				text[j] = "N'" + strings.NewReplacer("'", "''", "\r", "' + NCHAR(13) + N'").Replace(v) + "'"
			case float64:
				text[j] = strconv.FormatFloat(v, 'E', -1, 64)
			case []byte, int64, bool:
			default:
				text[j] = "'" + text[j] + "'"
			}
			columns, values = append(columns, synapse.Quote(r.Columns[j].Name)), append(values, text[j])
		}
		n++
		if into := strings.Join(columns, ", "); into != last || n == most {
			fmt.Fprintf(&b, "\nGO\nINSERT INTO %s (%s)\nSELECT ", name, into)
			last, n = into, 0
		} else {
			b.WriteString("\nUNION ALL SELECT ")
		}
		b.WriteString(strings.Join(values, ", "))
	}
	return strings.TrimPrefix(b.String()+"\nGO\n", "\nGO\n")
}
