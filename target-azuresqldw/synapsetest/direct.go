package synapsetest

import (
	"context"
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// Result is one result set.
type Result struct {
	Columns []tds.Column
	Rows    [][]any // values in the forms of package sqltype
	Count   int64   // rows selected or changed; -1 when not counted
}

// Text gives the rows as text, NULL as "NULL" and bytes in hex: for tests and for people.
func (r *Result) Text() [][]string {
	out := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		out[i] = make([]string, len(row))
		for j, v := range row {
			out[i][j] = "NULL"
			switch v := v.(type) {
			case nil:
			case []byte:
				out[i][j] = fmt.Sprintf("0x%X", v)
			default:
				out[i][j] = sqltype.Text(v, r.Columns[j].Type)
			}
		}
	}
	return out
}

// Query runs a batch without a connection, in a session of its own, and gives its
// last result. Faults strike it as they do others; Batches does not show it.
func (s *Server) Query(batch string) (*Result, error) {
	c := s.open(s.options.User, "direct")
	c.direct = true
	defer c.Close()
	w := &collector{}
	if err := c.Execute(context.Background(), tds.Request{Text: batch}, w); err != nil {
		return nil, err
	}
	if len(w.results) == 0 {
		return &Result{Count: -1}, nil
	}
	return w.results[len(w.results)-1], nil
}

// Table is what Tables tells of one.
type Table struct {
	Schema, Name string
	Columns      []tds.Column
	Distribution string
	HashColumns  []string
	Index        string
	Rows         int64
}

// Tables gives the permanent tables by schema and name.
func (s *Server) Tables() ([]Table, error) {
	e := s.e
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []Table
	for _, t := range e.catalog.sorted() {
		rows, err := e.query(context.Background(), "SELECT count(*) FROM "+tableSQL(t), 1)
		if err != nil {
			return nil, fmt.Errorf("count the rows of %s.%s: %w", t.Schema, t.Name, err)
		}
		x := Table{Schema: t.Schema, Name: t.Name, Distribution: t.Distribution.String(), HashColumns: t.HashColumns, Index: t.Index.String(), Rows: rows[0][0].(int64)}
		for _, c := range t.Columns {
			x.Columns = append(x.Columns, tds.Column{Name: c.Name, Type: c.Type, Nullable: c.Nullable})
		}
		out = append(out, x)
	}
	sortTables(out)
	return out, nil
}

// collector keeps results in memory.
type collector struct {
	results []*Result
	open    *Result
	// Messages are those of PRINT and its like.
	messages []string
}

func (w *collector) Columns(cols []tds.Column) error {
	w.open = &Result{Columns: cols}
	return nil
}

func (w *collector) Row(values []any) error {
	w.open.Rows = append(w.open.Rows, append([]any(nil), values...))
	return nil
}

func (w *collector) Done(count int64) error {
	if w.open == nil {
		if count < 0 {
			return nil
		}
		w.open = &Result{}
	}
	w.open.Count = count
	w.results, w.open = append(w.results, w.open), nil
	return nil
}

func (w *collector) Error(e *tds.Error) error { return e }

func (w *collector) Info(e *tds.Error) error {
	w.messages = append(w.messages, strings.TrimSpace(e.Message))
	return nil
}

func (w *collector) Transaction(tds.Transition) error { return nil }

func (w *collector) Output(string, any) error { return nil }
