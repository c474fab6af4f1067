package target

import (
	"fmt"

	"intercomdw/target-azuresqldw/synapse"
)

// A table that no mapping knows is somebody else's, for a mapping is stored before what it is for is made. It is loaded into when existing_tables
// says so, and when what it has can take what a merge needs.

// refuse says that a table is somebody else's.
func refuse(have synapse.Table) error {
	return fmt.Errorf("table %s is there, and this target has not made it: it has %s (load into another default_target_schema, rename the table, or have it loaded into with existing_tables: adopt)",
		have.Name, have.Describe())
}

// foreignTable is a table of the catalogue that no mapping knows.
func (m *mapping) foreignTable(name string) (synapse.Table, bool) {
	columns, ok := m.types[foldName(name)]
	if !ok || m.mapped[foldName(name)] {
		return synapse.Table{}, false
	}
	return synapse.Table{Name: synapse.Name{Namespace: m.namespace, Table: name}, Columns: columns}, true
}

// checkAdopted finds what stands in the way of loading into a table that somebody else has made. A key has one column, since a row that
// comes again is found by it; a column of ours has our type; and what nobody fills must not be compulsory.
func (l *layout) checkAdopted(t *table) error {
	have, ok := l.known.foreignTable(t.name)
	if !ok {
		return nil
	}
	if !l.known.adopt {
		return refuse(have)
	}
	bad := func(c synapse.Column, why string) error {
		return fmt.Errorf("table %s cannot be adopted: column %s is %s, %s (load into another default_target_schema, rename the table, or change the column)", have.Name, synapse.Quote(c.Name), c.Type, why)
	}
	filled := map[string]bool{}
	for _, c := range t.columns {
		filled[foldName(c.name)] = true
		if at, ok := l.known.column(t, c.name); ok && c.path == "" {
			if _, fits := roomOf(at.Type, c.kind); !fits {
				return bad(at, "and this target's own of that name is "+c.typeOf().String())
			}
		}
	}
	for _, name := range []string{t.own[colPipeline], t.own[colExtra]} {
		if at, ok := l.known.column(t, name); ok && at.Type.Base != synapse.NVarChar {
			return bad(at, "and this target's own of that name is nvarchar")
		}
	}
	if t.parent == nil {
		for _, n := range t.stream.keyNodes {
			c := t.columns[n.used[0]]
			at, ok := l.known.column(t, n.name)
			switch {
			case !ok:
			case foldName(at.Name) != foldName(c.name):
				return bad(at, fmt.Sprintf("which does not hold the key %s as %s: a key in two columns would double rows", n.path, c.typeOf()))
			case c.kind == kindText && at.Collation != synapse.KeyCollation:
				return bad(at, fmt.Sprintf("of the collation %s, under which keys are one that differ; it needs %s", at.Collation, synapse.KeyCollation))
			}
		}
	}
	for _, c := range have.Columns {
		if c.NotNull && c.Default == "" && !c.Identity && !filled[foldName(c.Name)] {
			return bad(c, "NOT NULL without a DEFAULT, and nothing of the stream is in it")
		}
	}
	return nil
}
