package target

import (
	"strings"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// A row that comes again is deleted and inserted. What its table has besides the columns of the load is kept then: columns of somebody else's, and
// of ours those that the schema no longer has. A column that the schema has, or that came from properties no schema declared, becomes NULL where
// the record is without it.

// undeclaredMapping is the kind under which it is kept that a column was made for a property that no schema declared.
const undeclaredMapping = "undeclared"

// kept are the columns of production that a load of a root table does not replace.
func (w *warehouse) kept(s *sealedStream, t *sealedTable) (list []synapse.Column) {
	have, ok := w.have[foldName(t.table.Name.Table)]
	if !ok || !s.merged || t.path != "" {
		return nil
	}
	ours := map[string]string{} // folded column → path
	for at, name := range w.known.columns[t.table.Name.Table] {
		if at.kind != kindNone {
			ours[foldName(name)] = at.path
		}
	}
	for _, c := range have.Columns {
		path, mapped := ours[foldName(c.Name)]
		switch {
		case columnIndex(t.table, c.Name) >= 0 || c.Identity:
		case mapped && (covers(s.schema, path) || w.known.undeclared[[2]string{ledgerName(s.name), path}]):
		case !mapped && isOwn(c.Name, t):
		default:
			list = append(list, c)
		}
	}
	return list
}

// isOwn says whether a column is one of the target's own that the run goes without.
func isOwn(column string, t *sealedTable) bool {
	for _, name := range []string{colExtractedAt, colReceivedAt, colBatchedAt, colSequence, colTableVersion, colDeletedAt, colPipeline, t.own[colExtra]} {
		if foldName(column) == foldName(name) {
			return true
		}
	}
	return false
}

// covers says whether a schema has a property, or leaves it to the records.
func covers(s *singer.Schema, path string) bool {
	for _, step := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		name := unescapeStep(step)
		next := s.Property(name)
		if next == nil {
			next = s.Undeclared(name)
		}
		if next == nil {
			return len(s.Properties) == 0
		}
		s = next
	}
	return true
}

// keepTable is what the kept columns of a staged table wait in.
func (w *warehouse) keepTable(s *stagedTable) synapse.Table {
	have := w.have[foldName(s.table.Name.Table)]
	t := synapse.Table{Name: s.keep.Table, Columns: s.keep.Columns}
	for _, k := range s.keys {
		if c, ok := have.Column(k.Name); ok {
			k = c
		}
		t.Columns = append([]synapse.Column{k}, t.Columns...)
	}
	if t.Distribution = have.Distribution; len(have.Distribution.Hash) > 0 {
		for _, name := range have.Distribution.Hash {
			if _, ok := t.Column(name); !ok {
				t.Distribution = synapse.RoundRobin()
			}
		}
	}
	return t.Staging(s.keep.Table.Table)
}
