package target

import (
	"fmt"
	"slices"
	"strings"

	"intercomdw/target-azuresqldw/synapse"
)

// agree gives the load's tables and columns the names that the schema has for what they hold, and leaves in the load the mappings that are new.
//
// A run decides on names by what it found at its start; another pipeline may have given a stream its table, or a property its column, since. What
// this run calls otherwise is called as it is there, and what it has called by a name that is taken is given another one. The columns of a
// key are the only ones that there cannot be two of: then the run ends, and the next one knows. The layout goes on with its own names, so what
// is called otherwise once is so in all loads that follow.
func (w *warehouse) agree(l *load) error {
	fresh := map[string][]synapse.Mapping{} // by the layout's name of the table
	for _, m := range l.mappings {
		fresh[m.Table] = append(fresh[m.Table], m)
	}
	for i := range l.streams {
		s := &l.streams[i]
		for j := range s.tables {
			if err := w.agreeTable(s, &s.tables[j], fresh[s.tables[j].table.Name.Table]); err != nil {
				return err
			}
		}
	}
	l.mappings = w.known.takeFresh()
	return nil
}

// agreeTable agrees on the name of a table, and on those of its columns.
func (w *warehouse) agreeTable(s *sealedStream, t *sealedTable, fresh []synapse.Mapping) error {
	as := t.table.Name.Table
	called := w.called[as]
	if called == nil {
		called = &calling{table: as, columns: map[string]string{}}
		w.called[as] = called
	}
	stub := &table{name: called.table, path: t.path, stream: &stream{name: s.name}, names: newNameSet()}
	for _, m := range fresh {
		if m.Kind == kindObject.String() {
			if err := w.agreeName(stub, m); err != nil {
				return err
			}
			called.table = stub.name
		}
	}
	w.known.reserveColumns(stub)
	for name, at := range t.own {
		stub.names.give(at, ownOwner(name))
	}
	var keys []string
	for _, m := range fresh {
		k := kindNamed(m.Kind)
		switch {
		case strings.HasPrefix(m.Kind, keyMapping):
			keys = append(keys, m.Path)
		case s.adopted && t.isKey(m.Column) && (called.columns[m.Column] != "" || len(w.known.kindsAt(stub.name, m.Path)) > 0):
			w.known.turn(stub, m.Path, k, called.column(m.Column))
		case k != kindNone && k != kindObject:
			if have := w.known.kindsAt(stub.name, m.Path); t.isKey(m.Column) && len(have) > 0 && !slices.Contains(have, k) {
				return fmt.Errorf("stream %s: another pipeline has just made table %s, whose key %s is of kind %s; this run has kind %s: run again", s.name, t.table.Name, m.Path, have[0], k)
			}
			want := m.Column
			if w.known.taken(stub, m.Path, k) && !strings.HasSuffix(want, k.suffix()) {
				want += k.suffix()
			}
			c := w.known.place(stub, m.Path, want, k)
			if c == nil {
				return fmt.Errorf("stream %s: another pipeline has just filled table %s with columns, and there is no room for %s: run again", s.name, t.table.Name, m.Path)
			}
			called.columns[m.Column] = c.name
		}
	}
	if err := w.agreeKeys(s, stub, keys, fresh, called); err != nil {
		return err
	}
	for _, m := range fresh {
		if kindNamed(m.Kind) == kindNone && !strings.HasPrefix(m.Kind, keyMapping) { // what else the ledger keeps of a place
			w.known.keep(stub, m.Path, m.Kind, called.column(m.Column))
		}
	}
	t.call(called)
	return nil
}

// agreeName finds the name of a table that the load would bring.
func (w *warehouse) agreeName(stub *table, m synapse.Mapping) error {
	if name, ok := w.known.tables[[2]string{m.Stream, m.Path}]; ok {
		stub.name = name
		return nil
	}
	names := newNameSet()
	for _, t := range (synapse.Ledger{}).Tables() {
		names.take(t.Name.Table, "ledger")
	}
	w.known.reserveTables(names)
	stub.name = names.claim(m.Table, tableOwner(m.Stream, m.Path), nil)
	if have, ok := w.known.foreignTable(stub.name); ok && !w.known.adopt {
		return refuse(have)
	}
	w.known.keep(stub, m.Path, m.Kind, "")
	w.known.tables[[2]string{m.Stream, m.Path}] = stub.name
	return nil
}

// agreeKeys makes sure that a table has the key that the load has for it.
func (w *warehouse) agreeKeys(s *sealedStream, stub *table, paths []string, fresh []synapse.Mapping, called *calling) error {
	have, made := w.known.keys(s.name)
	if made && len(paths) > 0 {
		var want []string
		for _, p := range paths {
			want = append(want, unescapeStep(strings.TrimPrefix(p, "/")))
		}
		if len(have) > 0 && !sameKeys(have, want) && !s.adopted {
			return fmt.Errorf("stream %s: another pipeline has just made table %s with the key %q; this run has %q: run again", s.name, stub.name, have, want)
		}
		if len(have) > 0 && sameKeys(have, want) {
			return nil
		}
	}
	for _, m := range fresh {
		if strings.HasPrefix(m.Kind, keyMapping) {
			w.known.keep(stub, m.Path, m.Kind, called.column(m.Column))
		}
	}
	return nil
}

// A calling is how a table of the layout and its columns are called in the warehouse, where that is not as the layout has it.
type calling struct {
	table   string
	columns map[string]string
}

func (c *calling) column(name string) string {
	if at, ok := c.columns[name]; ok {
		return at
	}
	return name
}

func (t *sealedTable) isKey(column string) bool {
	return slices.ContainsFunc(t.keys, func(k synapse.Column) bool { return k.Name == column })
}

// call gives a table and its columns their names in the warehouse, all at once: one may get the name that another had.
func (t *sealedTable) call(c *calling) {
	t.table.Name.Table = c.table
	for _, list := range [][]synapse.Column{t.table.Columns, t.file, t.keys} {
		for i := range list {
			list[i].Name = c.column(list[i].Name)
		}
	}
	for i, name := range t.table.Distribution.Hash {
		t.table.Distribution.Hash[i] = c.column(name)
	}
}
