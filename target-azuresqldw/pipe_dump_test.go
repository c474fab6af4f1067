package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"intercomdw/target-azuresqldw/synapse"
	"intercomdw/target-azuresqldw/synapsetest"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// volatile are the columns that differ between loads of the same records.
var volatile = []string{
	"_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_sequence", "_sdc_table_version",
	"load_id", "rejected_at", // of _sdc_rejected
}

// books are the tables in which the target keeps account of its work. Of the state only what it is of and its text is the
// same whatever happened on the way; a run's history is not.
var books = map[string]string{
	"_sdc_columns": "", "_sdc_loads": "", "_sdc_state": "SELECT pipeline, state FROM " + synapse.Name{Namespace: namespace, Table: "_sdc_state"}.String(),
}

// dump gives every table of the namespace: a line with its name and columns, then a line for each row, both sorted. Text
// is quoted as in Go, and long text is cut. The order of columns and, where they only have to be wide enough, their types
// depend on how the input was cut into loads; types are told on demand.
func (w *world) dump(types bool) (string, error) {
	tables, err := w.pool.Tables()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range tables {
		if t.Schema != namespace {
			continue
		}
		query, own := books[t.Name]
		if own && query == "" {
			continue
		}
		if !own {
			query = selectLasting(t)
		}
		r, err := w.pool.Query(query)
		if err != nil {
			return "", fmt.Errorf("%s: %w", query, err)
		}
		fmt.Fprintf(&b, "%s (%s)\n", t.Name, columnList(r.Columns, types && !own))
		rows := make([]string, len(r.Rows))
		for i, row := range r.Text() {
			for j, v := range r.Rows[i] {
				if s, ok := v.(string); ok {
					row[j] = quoted(s)
				}
			}
			rows[i] = "  " + strings.Join(row, " | ") + "\n"
		}
		slices.Sort(rows)
		b.WriteString(strings.Join(rows, ""))
	}
	return b.String(), nil
}

// selectLasting selects the columns that are the same in every load of the same records.
func selectLasting(t synapsetest.Table) string {
	var columns []string
	for _, c := range t.Columns {
		if !slices.Contains(volatile, c.Name) {
			columns = append(columns, synapse.Quote(c.Name))
		}
	}
	slices.Sort(columns)
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + synapse.Name{Namespace: t.Schema, Table: t.Name}.String()
}

func columnList(columns []tds.Column, types bool) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		if types {
			names[i] += " " + c.Type.String()
		}
	}
	return strings.Join(names, ", ")
}

// quoted writes text so that it fits on a line.
func quoted(s string) string {
	const long, shown = 200, 40
	n := utf8.RuneCountInString(s)
	if n <= long {
		return strconv.Quote(s)
	}
	first, _ := utf8.DecodeRuneInString(s)
	if strings.Trim(s, string(first)) == "" {
		return fmt.Sprintf("%q x %d", first, n)
	}
	return fmt.Sprintf("%s… %d", strconv.Quote(string([]rune(s)[:shown])), n)
}

// leftovers says what loads have left on the way.
func (w *world) leftovers() error {
	if names := w.store.Names("files", ""); len(names) > 0 {
		return fmt.Errorf("files are left: %v", names)
	}
	tables, err := w.pool.Tables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if strings.HasPrefix(t.Name, "_sdc_stg_") {
			return fmt.Errorf("staging table %s is left", t.Name)
		}
	}
	return nil
}

func (w *world) dumpTo(name string) error {
	text, err := w.dump(true)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}
