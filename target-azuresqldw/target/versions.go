package target

import (
	"context"

	"intercomdw/target-azuresqldw/synapse"
)

// An activation ends the versions of a stream that are older than version, as far as their rows stand before it.
type activation struct {
	version int64
	line    int64
}

// An ending is an activation on its way to the pool.
type ending struct {
	synapse.StreamVersion
	deletes []synapse.Statement // of each table
	aside   int64               // records of the version that were set aside: then nothing is deleted
}

// activate remembers that older versions of a stream end with the open load. Rows that come after it stay, whatever their version, and so do
// rows that have none.
func (p *pipeline) activate(c control) {
	var why string
	switch {
	case !p.layout.options.metadata:
		p.log.Warn("ACTIVATE_VERSION is passed over: add_record_metadata is off, so rows have no version", "stream", c.stream.name, "line", c.line)
		return
	case p.layout.options.appendOnly:
		why = "load_method append-only keeps every row"
	case c.stream.settings.ActivateVersion != nil && !*c.stream.settings.ActivateVersion:
		why = "activate_version is false"
	default:
		p.open.activate(c.stream, activation{c.version, c.line})
		return
	}
	if !c.stream.kept {
		c.stream.kept = true
		p.log.Info("ACTIVATE_VERSION deletes nothing", "stream", c.stream.name, "line", c.line, "why", why)
	}
}

// endings are the activations of a load, to be put in force after its rows have been merged.
func (w *warehouse) endings(l *load) (list []ending) {
	for i := range l.streams {
		s := &l.streams[i]
		for _, a := range s.activations {
			e := ending{StreamVersion: synapse.StreamVersion{Stream: ledgerName(s.name), Version: a.version, Run: w.folder() + "/", Line: a.line}}
			for j := range s.tables {
				if w.wanted(l, i, j) {
					e.deletes = append(e.deletes, w.deleteVersion(l, &s.tables[j], a))
				}
			}
			list = append(list, e)
		}
	}
	return list
}

// deleteVersion deletes the older versions of one table.
func (w *warehouse) deleteVersion(l *load, t *sealedTable, a activation) synapse.Statement {
	v := synapse.Versions{Table: t.table.Name, Version: t.own[colTableVersion], Pipeline: synapse.Fixed{Column: t.own[colPipeline], Value: w.ledger.Pipeline}}
	owner, unmarked := w.unmarked[foldName(t.table.Name.Table)]
	v.Unmarked = unmarked && owner == w.ledger.Pipeline
	if unmarked && owner == "" {
		w.log.Warn("rows of several pipelines stand in the table from before they were marked; ACTIVATE_VERSION leaves those without "+v.Pipeline.Column+
			" alone: fill the column in by hand to have them go", "table", t.table.Name.String(), "line", a.line)
	}
	if a.line == l.last {
		return v.DeleteOlder(a.version)
	}
	return v.DeleteOlderBut(a.version, t.own[colSequence], l.base+a.line, l.base+l.last)
}

// endVersions deletes the rows of older versions, and says how many the pool counted. A version of which a record was set aside deletes
// nothing: the row that stands there for the record, of the version before, is the last good one, and which it is cannot be told
// from a record that is not understood.
func (w *warehouse) endVersions(ctx context.Context, tx *synapse.Tx, ends []ending) (deleted int64, err error) {
	versions := make([]synapse.StreamVersion, len(ends))
	for i := range ends {
		versions[i] = ends[i].StreamVersion
	}
	counts, err := tx.Rejects(ctx, w.ledger, versions)
	if err != nil {
		return 0, err
	}
	var deletes []synapse.Statement
	for i := range ends {
		if ends[i].aside = counts[i]; counts[i] == 0 {
			deletes = append(deletes, ends[i].deletes...)
		}
	}
	return tx.Exec(ctx, deletes...)
}

// sayKept tells which versions have deleted nothing.
func (w *warehouse) sayKept(ends []ending) {
	for _, e := range ends {
		if e.aside > 0 {
			w.log.Warn("ACTIVATE_VERSION has deleted nothing, since records of its version were set aside: the next version without such records will, or this one once their rows are deleted",
				"stream", e.Stream, "version", e.Version, "line", e.Line, "records", e.aside, "table", w.ledger.Rejected().String())
		}
	}
}
