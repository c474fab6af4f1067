package target

import (
	"slices"
	"strconv"
)

const (
	// greatBytes is where the room for something is given back after it.
	greatBytes = 64 << 10
	// sparesOfRower is how many buffers a rower keeps from one record to the next, for whichever tables come: there may be hundreds.
	sparesOfRower = 32
)

type span struct{ start, end int }

// A rowScratch is the row of one table that is being made, and the finished rows that wait for the end of the record.
type rowScratch struct {
	table   *table
	cells   []span // by column, into data; empty is NULL
	data    []byte
	stamp   int64
	pending []byte // rows without their prefix
	rows    []pendingRow
	chunk   *chunk
	rest    []byte          // members of the row's _sdc_extra, the first behind a brace
	spilled map[string]bool // their names
}

type pendingRow struct{ end, columns int }

// begun is the scratch of a table, ready for the first row of the record.
func (r *rower) begun(t *table) *rowScratch {
	for len(r.scratch) <= t.id {
		r.scratch = append(r.scratch, nil)
	}
	w := r.scratch[t.id]
	if w == nil {
		w = &rowScratch{table: t}
		r.scratch[t.id] = w
	}
	if w.stamp != r.stamp {
		w.stamp = r.stamp
		if w.data == nil {
			w.data = r.spare()
		}
		w.pending, w.rows = w.pending[:0], w.rows[:0]
		if t.parent != nil {
			r.touched = append(r.touched, w)
		}
	}
	if w.chunk == nil {
		w.chunk = r.out.chunk(t)
	}
	return w
}

// flush writes the rows of a whole record.
func (r *rower) flush(rec *record, w *rowScratch) {
	c := r.out.current(w)
	d := grown(c.data, len(w.data))
	if r.layout.options.metadata {
		d, _ = appendInstant(d, []byte(rec.extracted), false)
		d = append(append(append(d, ','), r.out.received...), ',')
		d = append(append(d, r.out.batched...), ',')
		d = append(appendVersion(d, rec), ',')
	}
	d = strconv.AppendInt(d, r.base+rec.line, 10)
	c.data = append(w.appendCells(d, w.table.prefix), '\n')
	c.ends = append(c.ends, len(c.data))
	for _, child := range r.touched {
		if len(child.rows) > 0 {
			r.flushChild(rec, w, child)
		}
	}
}

// grown makes room for something great at once. Left to append it would be copied again and again, with room to spare each time.
func grown(dst []byte, n int) []byte {
	if n < greatBytes {
		return dst
	}
	return slices.Grow(dst, n+n/16)
}

// flushChild puts the parent's key before each row of a child table.
func (r *rower) flushChild(rec *record, root, w *rowScratch) {
	c := r.out.current(w)
	r.text = r.text[:0]
	for _, key := range rec.stream.keyNodes {
		s := root.cells[key.used[0]]
		r.text = append(append(r.text, root.data[s.start:s.end]...), ',')
	}
	r.text = strconv.AppendInt(r.text, r.base+rec.line, 10)
	if r.layout.options.metadata {
		r.text = appendVersion(append(r.text, ','), rec)
	}
	c.data = grown(c.data, len(w.pending)+len(w.rows)*(len(r.text)+1))
	start := 0
	for _, row := range w.rows {
		c.data = append(append(c.data, r.text...), w.pending[start:row.end]...)
		c.data = appendCommas(c.data, c.columns-row.columns)
		c.data = append(c.data, '\n')
		c.ends = append(c.ends, len(c.data))
		start = row.end
	}
}

func appendVersion(dst []byte, rec *record) []byte {
	if !rec.versioned {
		return dst
	}
	return strconv.AppendInt(dst, rec.version, 10)
}

func appendCommas(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, ',')
	}
	return dst
}

// spare is a buffer for a row.
func (r *rower) spare() []byte {
	if n := len(r.spares); n > 0 {
		data := r.spares[n-1]
		r.spares = r.spares[:n-1]
		return data
	}
	return nil
}

// trimAll is trim for all rows of a record.
func (r *rower) trimAll(root *table) {
	for _, w := range r.touched {
		r.trim(w)
	}
	if root != nil && root.id < len(r.scratch) && r.scratch[root.id] != nil {
		r.trim(r.scratch[root.id])
	}
	if cap(r.text) > greatBytes {
		r.text = nil
	}
}

// trim takes the buffers of a row for the next record, whatever its table.
func (r *rower) trim(w *rowScratch) {
	for _, data := range [][]byte{w.data, w.pending} {
		if data != nil && cap(data) <= greatBytes && len(r.spares) < sparesOfRower {
			r.spares = append(r.spares, data[:0])
		}
	}
	w.data, w.pending = nil, nil
	if cap(w.rest) > greatBytes {
		w.rest, w.spilled = nil, nil
	}
	if cap(w.rows) > greatBytes/16 {
		w.rows = nil
	}
}

// clear empties the row.
func (w *rowScratch) clear() {
	w.cells = slices.Grow(w.cells[:0], len(w.table.columns))[:len(w.table.columns)]
	clear(w.cells)
	w.data, w.rest = w.data[:0], w.rest[:0]
	clear(w.spilled)
}

func (w *rowScratch) set(n *node, i int32, start int) {
	if len(n.used) > 1 {
		w.unset(n)
	}
	w.put(i, start)
}

// put is set for a value that stands beside another of the same place.
func (w *rowScratch) put(i int32, start int) {
	if int(i) >= len(w.cells) { // the layout grew within the row
		w.cells = append(w.cells, make([]span, int(i)+1-len(w.cells))...)
	}
	w.cells[i] = span{start, len(w.data)}
}

// unset takes back what an earlier member of the same name has set: the last one counts.
func (w *rowScratch) unset(n *node) {
	for _, i := range n.used {
		if int(i) < len(w.cells) {
			w.cells[i] = span{}
		}
	}
}

// appendCells appends the cells from the from-th on, each behind a comma.
func (w *rowScratch) appendCells(dst []byte, from int) []byte {
	for i := from; i < len(w.table.columns); i++ {
		dst = append(dst, ',')
		if i < len(w.cells) {
			dst = append(dst, w.data[w.cells[i].start:w.cells[i].end]...)
		}
	}
	return dst
}

// finish keeps the row of an item until the record has been read to its end: only then is the parent's key known.
func (r *rower) finish(w *rowScratch, levels []int) {
	if w.pending == nil {
		w.pending = r.spare()
	}
	for _, n := range levels {
		w.pending = strconv.AppendInt(append(w.pending, ','), int64(n), 10)
	}
	w.pending = w.appendCells(w.pending, w.table.prefix+len(levels))
	w.rows = append(w.rows, pendingRow{len(w.pending), len(w.table.columns)})
}
