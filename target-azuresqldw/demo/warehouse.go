package main

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	_ "github.com/microsoft/go-mssqldb" // the driver "sqlserver"

	"intercomdw/singer/program"
)

// warehouse is the SQL pool as anybody with a SQL client sees it.
type warehouse struct{ db *sql.DB }

func openWarehouse(ctx context.Context, s settings) (*warehouse, error) {
	db, err := sql.Open("sqlserver", fmt.Sprintf("sqlserver://%s:%s@%s:%d?database=%s&encrypt=true&TrustServerCertificate=true",
		s.User, s.Password, s.Host, s.Port, s.Database))
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("connect to the pool: %w", err)
	}
	return &warehouse{db}, nil
}

func (w *warehouse) Close() error { return w.db.Close() }

// counts returns the number of rows of every table of the schema.
func (w *warehouse) counts(ctx context.Context) (map[string]int64, error) {
	names, err := w.query(ctx, "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'intercom' ORDER BY TABLE_NAME")
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, row := range names.rows {
		var n int64
		if err := w.db.QueryRowContext(ctx, "SELECT COUNT_BIG(*) FROM [intercom].["+row[0]+"]").Scan(&n); err != nil {
			return nil, fmt.Errorf("count %s: %w", row[0], err)
		}
		counts[row[0]] = n
	}
	return counts, nil
}

// printCounts prints every table, or with before only those that grew or shrank.
func printCounts(now, before map[string]int64) {
	t := tabwriter.NewWriter(program.PrintableLines(os.Stdout), 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch n := now[name]; {
		case before == nil:
			fmt.Fprintf(t, "%s\t%8d rows\n", name, n)
		case n != before[name]:
			fmt.Fprintf(t, "%s\t%8d rows\t%+d\n", name, n, n-before[name])
		}
	}
	_ = t.Flush() // to standard output
}

// samples prints a few conversations and parts.
func (w *warehouse) samples(ctx context.Context) error {
	for _, q := range []string{
		`SELECT TOP 4 id, state, priority, source__author__type, created_at, updated_at FROM [intercom].[conversations] ORDER BY updated_at DESC`,
		`SELECT TOP 6 conversation_id, id, part_type, author__type, created_at, LEFT(body, 40) AS body FROM [intercom].[conversation_parts] WHERE body IS NOT NULL ORDER BY created_at DESC`,
	} {
		if err := w.print(ctx, q); err != nil {
			return err
		}
		fmt.Println()
	}
	return nil
}

// changes prints what the newest load brought.
func (w *warehouse) changes(ctx context.Context) error {
	const newest = "(SELECT MAX(_sdc_batched_at) FROM [intercom].[conversations])"
	fmt.Println()
	return w.print(ctx, "SELECT TOP 8 id, state, priority, updated_at FROM [intercom].[conversations] WHERE _sdc_batched_at = "+newest+" ORDER BY updated_at DESC")
}

// result is what a query gave, as text.
type result struct {
	columns []string
	rows    [][]string
}

func (w *warehouse) query(ctx context.Context, q string) (result, error) {
	rows, err := w.db.QueryContext(ctx, q)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", q, err)
	}
	defer rows.Close()
	var r result
	if r.columns, err = rows.Columns(); err != nil {
		return result{}, err
	}
	for rows.Next() {
		values := make([]sql.NullString, len(r.columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return result{}, err
		}
		row := make([]string, len(values))
		for i, v := range values {
			if row[i] = "NULL"; v.Valid {
				row[i] = v.String
			}
		}
		r.rows = append(r.rows, row)
	}
	return r, rows.Err()
}

// print prints the rows of a query as a table.
func (w *warehouse) print(ctx context.Context, q string) error {
	r, err := w.query(ctx, q)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(program.PrintableLines(os.Stdout), 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(r.columns, "\t"))
	for _, row := range r.rows {
		for i := range row {
			row[i] = strings.Join(strings.Fields(row[i]), " ")
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	return t.Flush()
}
