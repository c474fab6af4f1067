package target

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

const (
	// keepBytes of a table's rows wait in memory before a file is begun for them: most tables of a load are small, and columns may still come.
	keepBytes = 1 << 20
	// pieceBytes of rows are worth to be compressed by themselves.
	pieceBytes = 128 << 10
)

// A load is everything read since the load before it: open while rows are added, then sealed and delivered as a whole.
type load struct {
	id          string
	number      int
	first, last int64 // lines of the input
	base        int64 // sequence of line 0
	rows, bytes int64 // of CSV
	opened      time.Time
	state       []byte             // the last STATE in it; nil when there is none
	stateLine   int64              // where that stands
	surplus     bool               // the files have rows of lines after last, which are not wanted
	tail        bool               // rows that must not be loaded twice stand after that STATE
	files       map[int]*tableFile // by table
	kept        int64              // memory for rows that wait, of all tables
	keep        int64              // how much it may be
	activations map[*stream][]activation
	asides      asides // records set aside

	streams  []sealedStream // from here on set by seal
	rejected *sealedTable
	setAside int64 // its rows, which are among rows
	mappings []synapse.Mapping
}

// A sealedStream is a stream's tables as they were when the load was sealed; the layout goes on changing meanwhile.
type sealedStream struct {
	name        string
	schema      *singer.Schema
	adopted     bool          // its key is not as its table was made
	merged      bool          // rows replace rows of the same key
	tables      []sealedTable // the root first
	activations []activation
}

// A sealedTable is a table and what the load brings for it.
type sealedTable struct {
	table synapse.Table     // as it shall be in production
	file  []synapse.Column  // of the files, in their order
	keys  []synapse.Column  // of the root, or the parent's key in a child
	own   map[string]string // the target's own columns, as they are called here
	path  string            // of the array in the record; "" for the root
	rows  int64
	parts []part
}

// A part is files of a table's rows that have the same number of columns.
type part struct {
	columns int
	parts   *stage.Parts
	rest    []byte // rows that have not been written yet
}

// A tableFile collects the rows of one table.
type tableFile struct {
	stem    string
	columns int // of the rows that are added
	raw     []byte
	ends    []int
	rows    int64
	parts   []part
}

// take takes what a batch says of the load's end: the STATE after its good records, and what stands behind that.
func (l *load) take(b *batch, good int) {
	m, ok := b.lastMark(good)
	if !ok {
		l.tail = l.tail || b.tail
		return
	}
	behind := slices.IndexFunc(b.rejects, func(r reject) bool { return r.index >= m.at })
	if behind < 0 {
		behind = len(b.rejects)
	}
	l.asides.secure(b.rejects[behind:])
	l.state, l.stateLine, l.tail = append(l.state[:0], b.marked[m.start:m.end]...), m.line, b.tail
}

// cut has the load end at its last STATE. What comes after is in its files, and is dropped when they have been copied.
func (l *load) cut() {
	l.surplus = l.last > l.stateLine
	l.asides.cut()
	l.last = l.stateLine
	for s, list := range l.activations {
		list = slices.DeleteFunc(list, func(a activation) bool { return a.line > l.last })
		if l.activations[s] = list; len(list) == 0 {
			delete(l.activations, s)
		}
	}
}

// activate adds an activation. It makes those before it needless that end no more than it does, unless the load may be cut between them.
func (l *load) activate(s *stream, a activation) {
	list := l.activations[s]
	for len(list) > 0 && list[len(list)-1].version <= a.version && list[len(list)-1].line > l.stateLine {
		list = list[:len(list)-1]
	}
	l.activations[s] = append(list, a)
}

func (l *load) empty() bool {
	return l.rows == 0 && l.state == nil && len(l.activations) == 0
}

// add puts a chunk's rows to the others of its table.
func (l *load) add(ctx context.Context, files *stage.Container, c *chunk) error {
	if len(c.ends) == 0 {
		return nil
	}
	f := l.files[c.table.id]
	if f == nil {
		f = &tableFile{stem: stage.Name(strings.Split(l.id, "/")...) + "/" + stage.Name(strconv.Itoa(c.table.id)+"-"+c.table.name), columns: c.columns}
		l.files[c.table.id] = f
	}
	l.rows += int64(len(c.ends))
	l.bytes += int64(len(c.data))
	waiting := f.room()
	if err := f.add(c, func(rows []byte) error { return f.write(ctx, files, rows) }); err != nil {
		return err
	}
	l.kept += f.room() - waiting
	return l.spill(ctx, files)
}

// write writes what waits, and rows behind it, into the file for their width.
func (f *tableFile) write(ctx context.Context, files *stage.Container, rows []byte) error {
	if !f.writing() {
		f.parts = append(f.parts, f.newPart(ctx, files))
	}
	p := f.parts[len(f.parts)-1].parts
	for _, data := range [][]byte{f.raw, rows} {
		if len(data) > 0 {
			if _, err := p.Write(data); err != nil {
				return err
			}
		}
	}
	f.raw, f.ends = f.raw[:0], f.ends[:0]
	if f.room() > 2*pieceBytes { // there may be hundreds of tables
		f.raw, f.ends = nil, nil
	}
	return nil
}

// room is the memory that rows which wait take.
func (f *tableFile) room() int64 { return int64(cap(f.raw)) + 8*int64(cap(f.ends)) }

// spill makes room when rows that wait take too much of it, or what is compressed does, with the largest first.
func (l *load) spill(ctx context.Context, files *stage.Container) error {
	if l.kept > l.keep {
		largest := slices.SortedFunc(maps.Values(l.files), func(a, b *tableFile) int { return cmp.Compare(b.room(), a.room()) })
		for _, f := range largest {
			if l.kept <= l.keep/2 {
				break
			}
			l.kept -= f.room()
			if len(f.raw) > 0 {
				if err := f.write(ctx, files, nil); err != nil {
					return err
				}
			}
			f.raw, f.ends = nil, nil
		}
	}
	if files.Short() {
		return l.send()
	}
	return nil
}

// send has half of what is compressed and kept uploaded.
func (l *load) send() error {
	var open []*stage.Parts
	var kept int64
	for _, f := range l.files {
		for _, p := range f.parts {
			if n := p.parts.Kept(); n > 0 {
				open = append(open, p.parts)
				kept += n
			}
		}
	}
	slices.SortFunc(open, func(a, b *stage.Parts) int { return cmp.Compare(b.Kept(), a.Kept()) })
	for limit := kept / 2; len(open) > 0 && kept > limit; open = open[1:] {
		kept -= open[0].Kept()
		if err := open[0].Send(); err != nil {
			return err
		}
	}
	return nil
}

// add keeps all rows at the width of the table: narrower ones, made before a column was added, get NULLs at their end. Many rows are
// written at once.
func (f *tableFile) add(c *chunk, write func([]byte) error) error {
	data, ends := c.data, c.ends
	switch {
	case c.columns < f.columns:
		data, ends = widen(data, ends, f.columns-c.columns)
	case c.columns > f.columns && f.writing():
		if err := write(nil); err != nil {
			return err
		}
	case c.columns > f.columns:
		f.raw, f.ends = widen(f.raw, f.ends, c.columns-f.columns)
	}
	f.columns = max(f.columns, c.columns)
	f.rows += int64(len(ends))
	n := len(f.raw) + len(data)
	enough := n >= keepBytes || n >= pieceBytes && f.writing()
	if enough && len(data) >= pieceBytes/2 {
		return write(data)
	}
	start := len(f.raw)
	f.raw = append(f.raw, data...)
	for _, end := range ends {
		f.ends = append(f.ends, start+end)
	}
	if enough {
		return write(nil)
	}
	return nil
}

// writing says whether there is a file for rows of the present width.
func (f *tableFile) writing() bool {
	n := len(f.parts)
	return n > 0 && f.parts[n-1].columns == f.columns
}

func (f *tableFile) newPart(ctx context.Context, files *stage.Container) part {
	return part{columns: f.columns, parts: files.NewParts(ctx, fmt.Sprintf("%s-%d", f.stem, f.columns))}
}

// widen adds n NULLs to the end of each row.
func widen(data []byte, ends []int, n int) ([]byte, []int) {
	wide, wideEnds := make([]byte, 0, len(data)+n*len(ends)), make([]int, 0, len(ends))
	start := 0
	for _, end := range ends {
		wide = append(wide, data[start:end-1]...)
		wide = append(appendCommas(wide, n), '\n')
		wideEnds = append(wideEnds, len(wide))
		start = end
	}
	return wide, wideEnds
}

// seal closes a load to further rows and takes down what its tables are now. The caller holds the layout alone.
func (l *load) seal(ctx context.Context, files *stage.Container, layout *layout, namespace string) {
	layout.settle()
	for _, s := range layout.ordered {
		if s.root == nil {
			continue
		}
		out := sealedStream{name: s.name, schema: s.schema, adopted: s.adopted, merged: layout.merged(s)}
		out.activations = l.activations[s]
		for _, t := range s.tables {
			out.tables = append(out.tables, l.sealTable(ctx, files, t, namespace))
		}
		l.streams = append(l.streams, out)
	}
	if f := l.files[layout.rejected.id]; f != nil {
		t := l.sealTable(ctx, files, layout.rejected, namespace)
		l.rejected, l.setAside = &t, t.rows
	}
	l.mappings = layout.known.takeFresh()
	l.files = nil
}

func (l *load) sealTable(ctx context.Context, files *stage.Container, t *table, namespace string) sealedTable {
	out := sealedTable{}
	out.table, out.file, out.keys = t.definition(namespace)
	out.own, out.path = t.own, t.path
	if f := l.files[t.id]; f != nil {
		if len(f.raw) > 0 {
			if !f.writing() {
				f.parts = append(f.parts, f.newPart(ctx, files))
			}
			f.parts[len(f.parts)-1].rest = f.raw
		}
		out.rows, out.parts = f.rows, f.parts
	}
	return out
}

// abort gives up what has been written of a load and returns the files that are there.
func (l *load) abort() (left []stage.Blob) {
	parts := func(list []part) {
		for _, p := range list {
			left = append(left, p.parts.Abort()...)
		}
	}
	for _, f := range l.files {
		parts(f.parts)
	}
	for t := range l.tables() {
		parts(t.parts)
	}
	return left
}

// tables visits the tables of a sealed load.
func (l *load) tables() func(yield func(*sealedTable) bool) {
	return func(yield func(*sealedTable) bool) {
		for i := range l.streams {
			for j := range l.streams[i].tables {
				if !yield(&l.streams[i].tables[j]) {
					return
				}
			}
		}
		if l.rejected != nil {
			yield(l.rejected)
		}
	}
}

// definition is the table as production shall have it, the columns of its files, and its key.
func (t *table) definition(namespace string) (production synapse.Table, file, keys []synapse.Column) {
	production.Name = synapse.Name{Namespace: namespace, Table: t.name}
	columns := slices.Clone(t.columns)
	for i, c := range columns {
		if t.parent != nil && c.key { // wide enough for whatever key the parent has
			c.stat = c.stat.union(t.stream.root.columns[t.stream.keyNodes[i].used[0]].stat)
		}
		file = append(file, c.definition())
		if c.key {
			keys = append(keys, c.definition())
		}
	}
	if t.parent == nil && t.stream != nil {
		keys = nil
		for _, n := range t.stream.keyNodes { // in the order of key_properties
			keys = append(keys, t.columns[n.used[0]].definition())
		}
	}
	slices.SortStableFunc(columns, func(a, b *column) int { return a.rank() - b.rank() })
	for _, c := range columns {
		if !c.staging {
			production.Columns = append(production.Columns, c.definition())
		}
	}
	if name := t.own[colPipeline]; name != "" {
		production.Columns = append(production.Columns, synapse.Column{Name: name, Type: synapse.Text(maxName), Collation: synapse.KeyCollation})
	}
	if len(keys) > 0 {
		production.Distribution = synapse.HashOn(keys[0].Name)
	}
	if t.stream != nil {
		t.stream.settings.place(&production)
	}
	return production, file, keys
}

func (c *column) definition() synapse.Column {
	d := synapse.Column{Name: c.name, Type: c.typeOf()}
	if c.key && c.kind == kindText {
		d.Collation = synapse.KeyCollation
	}
	return d
}

// rank puts a new table's columns in the order that reads best: what identifies a row, what the source sent, what the target adds.
func (c *column) rank() int {
	switch {
	case c.key || c.path == "" && strings.HasPrefix(c.name, "_sdc_level_"):
		return 0
	case c.path != "":
		return 1
	}
	return 2
}
