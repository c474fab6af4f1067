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
	"_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at", "_sdc_sequence", "_sdc_table_version", "_sdc_pipeline",
	"load_id", "rejected_at", "table_version", // of _sdc_rejected
}

// books are the tables in which the target keeps account of its work. Of the state only what it is of and its text is the
// same whatever happened on the way; a run's history is not.
var books = map[string]string{
	"_sdc_columns": "", "_sdc_loads": "", "_sdc_shared": "", "_sdc_state": "SELECT pipeline, state FROM " + synapse.Name{Namespace: namespace, Table: "_sdc_state"}.String(),
}

// dump gives every table of the namespace: a line with its name and columns, then a line for each row, both sorted. Text
// is quoted as in Go, and long text is cut.
//
// Some of it depends on how the input was cut into loads, and on which value of a property without a type came first: how
// wide columns are, and which of sibling columns a value is in. For a comparison of runs, types are left out and siblings
// are one column.
func (w *world) dump(compare bool) (string, error) {
	tables, err := w.pool.Tables()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range tables {
		query, own := books[t.Name]
		if t.Schema != namespace || own && query == "" {
			continue
		}
		if !own {
			query = selectLasting(t)
		}
		r, err := w.pool.Query(query)
		if err != nil {
			return "", fmt.Errorf("%s: %w", query, err)
		}
		if compare {
			b.WriteString(dumpTable(t.Name, r, siblings(r.Columns), false))
		} else {
			b.WriteString(dumpTable(t.Name, r, make([]int, len(r.Columns)), !strings.HasPrefix(t.Name, "_sdc_")))
		}
	}
	return b.String(), nil
}

// siblings says of each column how many columns before it holds the values of the same property, 0 for the first.
func siblings(columns []tds.Column) []int {
	back := make([]int, len(columns))
	for i, c := range columns {
		for _, suffix := range []string{"__st", "__bi", "__de", "__bo", "__inst"} {
			plain, cut := strings.CutSuffix(c.Name, suffix)
			at := slices.IndexFunc(columns, func(o tds.Column) bool { return o.Name == plain })
			if cut && at >= 0 {
				back[i] = i - at
			}
		}
	}
	return back
}

// dumpTable writes a result, each value in the column that back points to.
func dumpTable(name string, r *synapsetest.Result, back []int, types bool) string {
	var names, rows []string
	for i, c := range r.Columns {
		switch {
		case back[i] > 0:
		case types:
			names = append(names, c.Name+" "+c.Type.String())
		default:
			names = append(names, c.Name)
		}
	}
	for i, text := range r.Text() {
		for j, v := range r.Rows[i] {
			if s, ok := v.(string); ok {
				text[j] = quoted(s)
			}
			if back[j] > 0 && v != nil {
				text[j-back[j]] = text[j]
			}
		}
		var row []string
		for j := range text {
			if back[j] == 0 {
				row = append(row, text[j])
			}
		}
		rows = append(rows, "  "+strings.Join(row, " | ")+"\n")
	}
	slices.Sort(rows)
	return name + " (" + strings.Join(names, ", ") + ")\n" + strings.Join(rows, "")
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
	text, err := w.dump(false)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}
