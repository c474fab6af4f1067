package target

import "slices"

// A chunk is rows of one table as CSV, all with the same number of columns.
type chunk struct {
	table   *table
	columns int
	data    []byte
	ends    []int // where each row ends in data
	stats   []stat
}

func (c *chunk) room() int64 { return int64(cap(c.data)) + 8*int64(cap(c.ends)) }

// An output is where the rows of one batch go.
type output struct {
	received, batched []byte // times, as COPY reads them
	chunks            []*chunk
	free              []*chunk
	undated           map[*stream]int64 // where _sdc_deleted_at is no time: the line of the first
	replaced          int               // strings in which U+0000 was replaced
	spilled           map[*table]string // the first value of each table that went to _sdc_extra, by its path
	dropped           map[string]int64  // undeclared members under additionalProperties: false, by stream and path
}

// chunk begins a chunk.
func (o *output) chunk(t *table) *chunk {
	c := &chunk{}
	if n := len(o.free); n > 0 {
		c, o.free = o.free[n-1], o.free[:n-1]
	}
	*c = chunk{table: t, columns: len(t.columns), data: c.data[:0], ends: c.ends[:0], stats: slices.Grow(c.stats[:0], len(t.columns))[:len(t.columns)]}
	clear(c.stats)
	o.chunks = append(o.chunks, c)
	return c
}

// current is the chunk for rows of the table as wide as it is now.
func (o *output) current(w *rowScratch) *chunk {
	if w.chunk.columns != len(w.table.columns) {
		w.chunk = o.chunk(w.table)
	}
	return w.chunk
}

func (o *output) spill(t *table, path string) {
	if o.spilled == nil {
		o.spilled = map[*table]string{}
	}
	if _, ok := o.spilled[t]; !ok {
		o.spilled[t] = path
	}
}

func (o *output) drop(n *node, name string) {
	if o.dropped == nil {
		o.dropped = map[string]int64{}
	}
	o.dropped[n.table.stream.name+": "+n.path+"/"+escapeStep(name)]++
}
