package target

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercomdw/target-azuresqldw/synapse"
	"intercomdw/target-azuresqldw/synapsetest"
)

// read is what the warehouse holds, in the form of model.tables. The mapping in _sdc_columns says which column holds what.
func (m *model) read(h *house, withLines bool) map[string][]string {
	h.t.Helper()
	type place struct{ path, kind string }
	tables, columns := map[[2]string]string{}, map[string]map[string]place{}
	for _, row := range h.query("SELECT DISTINCT stream, path, kind, table_name, column_name FROM raw._sdc_columns").Text() {
		stream, path, kind, table, column := row[0], row[1], row[2], row[3], row[4]
		switch {
		case kind == "undeclared":
		case strings.HasPrefix(kind, "key "):
		case column == "":
			if have, ok := tables[[2]string{stream, path}]; ok && have != table {
				h.t.Errorf("stream %q path %q has two tables: %q and %q", stream, path, have, table)
			}
			tables[[2]string{stream, path}] = table
		default:
			if columns[table] == nil {
				columns[table] = map[string]place{}
			}
			if have, ok := columns[table][column]; ok && have != (place{path, kind}) {
				h.t.Errorf("column %q of %q has two meanings: %v and %v", column, table, have, place{path, kind})
			}
			columns[table][column] = place{path, kind}
		}
	}
	there := map[string]bool{}
	for _, row := range h.query("SELECT name FROM sys.tables").Text() {
		there[row[0]] = true
	}
	fence := h.query("SELECT fence FROM raw._sdc_state").Text()[0][0]
	base, _ := strconv.ParseInt(fence, 10, 64)
	all := map[string][]string{}
	for at, table := range tables {
		stream, path := at[0], at[1]
		s := m.streams[stream]
		if s == nil {
			h.t.Errorf("table %q is of stream %q, which there was not", table, stream)
			continue
		}
		name := stream + " " + path
		if path == "" {
			all[name] = nil
		} else if !there[table] { // a child table is made when its first row comes
			continue
		}
		r := h.query("SELECT * FROM " + synapse.Name{Namespace: "raw", Table: table}.String())
		text := r.Text()
		for i := range r.Rows {
			var levels []string
			var own, at, link, key string
			cells := map[string]string{}
			for j, c := range r.Columns {
				value, null := text[i][j], r.Rows[i][j] == nil
				p, mapped := columns[table][c.Name]
				if !mapped && c.Name == "_sdc_deleted_at" {
					p, mapped = place{"/_sdc_deleted_at", "instant"}, true
				}
				if mapped && s.deletes(p.path) && p.kind != "instant" {
					p.path += keptBeside
				}
				switch {
				case mapped && null:
				case mapped:
					if have, ok := cells[p.path]; ok {
						h.t.Errorf("table %q has two values of %s in a row: %s and %s", table, p.path, have, value)
					}
					cells[p.path] = s.cellOf(p.path, p.kind, value)
					if at, err := time.Parse("t:"+time.RFC3339Nano, cells[p.path]); err == nil && s.deletes(p.path) && time.Since(at).Abs() < time.Hour {
						cells[p.path] = "received"
					}
				case strings.HasPrefix(c.Name, "_sdc_source_key_"):
					k := s.keys[strings.Count(key, "\x00")]
					key += s.keyCell("/"+escaped(k), r, i, j, value) + "\x00"
				case strings.HasPrefix(c.Name, "_sdc_level_"):
					levels = append(levels, value)
				case c.Name == "_sdc_table_version":
					own = " v=" + value
				case c.Name == "_sdc_extracted_at":
					if at = " at=" + value; !null {
						at = " at=" + s.cellOf("", "instant", value)
					}
				case c.Name == "_sdc_sequence":
					n, _ := strconv.ParseInt(value, 10, 64)
					if withLines {
						link = fmt.Sprintf(" line=%d", n-base)
					}
				case null:
					h.t.Errorf("column %q of %q is NULL", c.Name, table)
				case c.Name == "_sdc_received_at" || c.Name == "_sdc_batched_at":
				case c.Name == "_sdc_pipeline" && value == "test":
				default:
					h.t.Errorf("column %q of %q is not in the mapping and holds %q", c.Name, table, value)
				}
			}
			line := ""
			if path != "" {
				for _, part := range strings.SplitAfter(key, "\x00") {
					if part != "" {
						line += fmt.Sprintf("%q ", strings.TrimSuffix(part, "\x00"))
					}
				}
				line += "[" + strings.Join(levels, " ") + "]"
			}
			all[name] = append(all[name], line+s.rowText(cells)+own+at+link)
		}
	}
	for name, rows := range all {
		if len(rows) == 0 && !strings.HasSuffix(name, " ") {
			delete(all, name)
			continue
		}
		slices.Sort(rows)
	}
	return all
}

func (h *house) query(query string) *synapsetest.Result {
	h.t.Helper()
	r, err := h.pool.Query(query)
	if err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return r
}

// keyCell is a child's copy of its parent's key: of which kind, its type tells.
func (s *modelStream) keyCell(path string, r *synapsetest.Result, i, j int, value string) string {
	kind := "text"
	switch r.Rows[i][j].(type) {
	case string:
	case bool:
		kind = "boolean"
	default:
		switch r.Columns[j].Type.String() {
		case "datetimeoffset(7)":
			kind = "instant"
		case "date":
			kind = "date"
		default:
			kind = "number"
		}
	}
	return s.cellOf(path, kind, value)
}

func (s *modelStream) cellOf(path, kind, value string) string {
	switch kind {
	case "integer", "number":
		return numberOf(value)
	case "boolean":
		return "b:" + map[string]string{"0": "false", "1": "true"}[value]
	case "instant":
		return instantOf(strings.Replace(strings.Replace(value, " ", "T", 1), " ", "", 1))
	case "date":
		return "d:" + value
	case "time":
		return "c:" + value
	case "json":
		return "s:" + value
	}
	return s.canonical(path, "s:"+value)
}
