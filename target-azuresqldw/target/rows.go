package target

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// sentinelWidth is the room that the empty string may need in a staging table.
const sentinelWidth = 2

// scratchBytes is the room that each table's row may keep from one record to the next.
const scratchBytes = 64 << 10

// errLayout says that a record needs a table or column that the layout does not have yet.
var errLayout = errors.New("target: layout lacks a column")

// A record is a RECORD message on its way through a batch.
type record struct {
	stream    *stream
	plan      *plan          // the schema it came after
	raw       jsontext.Value // aliases the batch
	line      int64
	extracted string
	version   int64
	versioned bool
}

// A chunk is rows of one table as CSV, all with the same number of columns.
type chunk struct {
	table   *table
	columns int
	data    []byte
	ends    []int // where each row ends in data
	stats   []stat
}

// A rower makes rows from records in one pass over their tokens. It belongs to one goroutine.
type rower struct {
	layout *layout
	extend bool   // the layout may be added to: the caller holds it alone
	base   int64  // sequence of line 0
	empty  []byte // the empty string as a field

	sentinel bool // the field is the sentinel

	in      bytes.Buffer
	dec     *jsontext.Decoder
	lax     jsontext.Options
	text    []byte // a string without its escapes
	scratch []*rowScratch
	touched []*rowScratch // child tables that the record has rows in
	levels  []int         // position in each array around the current item
	stamp   int64
	out     *output
}

// An output is where the rows of one batch go.
type output struct {
	received, batched []byte // times, as COPY reads them
	chunks            []*chunk
	free              []*chunk
	replaced          int              // strings in which U+0000 was replaced
	dropped           map[string]int64 // undeclared members under additionalProperties: false, by stream and path
}

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
}

type pendingRow struct{ end, columns int }

func newRower(l *layout, base int64, empty synapse.EmptyString) *rower {
	field := `""`
	switch empty {
	case synapse.EmptySentinel:
		field = `"` + synapse.Sentinel + `"`
	case synapse.EmptyNull:
		field = ""
	}
	return &rower{layout: l, base: base, empty: []byte(field), sentinel: empty == synapse.EmptySentinel, dec: jsontext.NewDecoder(bytes.NewReader(nil)),
		lax: json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

// begin directs rows to out.
func (r *rower) begin(out *output) {
	r.out = out
	for _, w := range r.scratch {
		if w != nil {
			w.chunk = nil
		}
	}
}

// add makes the rows of a record. An error leaves no row of it behind; errLayout asks for the same record again with extend.
func (r *rower) add(rec *record) error {
	s := rec.stream
	if s.generation != rec.plan.generation {
		return errLayout
	}
	r.stamp++
	r.touched, r.levels = r.touched[:0], r.levels[:0]
	w := r.begun(s.root)
	w.clear()
	r.in = *bytes.NewBuffer(rec.raw)
	r.dec.Reset(&r.in, r.lax)
	err := r.members(s.rootNode, w)
	if err == nil {
		err = checkKeys(s, w)
	}
	if errors.Is(err, errLayout) {
		return err
	}
	if err != nil {
		return locate(err, rec)
	}
	r.flush(rec, w)
	return nil
}

// locate gives an error about a record its line and stream.
func locate(err error, rec *record) error {
	var at *singer.InputError
	if errors.As(err, &at) {
		at.Line, at.Stream = rec.line, rec.stream.name
		return at
	}
	return &singer.InputError{Line: rec.line, Stream: rec.stream.name, Err: err}
}

func checkKeys(s *stream, w *rowScratch) error {
	for _, key := range s.keyNodes {
		if w.cells[key.used[0]] == (span{}) {
			return &singer.InputError{Field: key.path, Err: errKeyMissing}
		}
	}
	return nil
}

// members reads an object into the row it belongs to.
func (r *rower) members(n *node, w *rowScratch) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != jsontext.KindEndObject {
		name, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		m, err := r.member(n, name)
		switch {
		case err != nil:
			return err
		case m == nil:
			err = r.dec.SkipValue()
		default:
			err = r.value(m, w)
		}
		if err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// member finds the node of a quoted name. Nil means that the value has no place: it is null, empty or forbidden by the schema.
func (r *rower) member(n *node, quoted []byte) (*node, error) {
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		r.text, _ = jsontext.AppendUnquote(r.text[:0], quoted)
		name = r.text
	}
	if m := n.members[string(name)]; m != nil {
		return m, nil
	}
	if r.dec.PeekKind() == jsontext.KindNull {
		return nil, nil
	}
	if n.closed {
		r.out.drop(n, string(name))
		return nil, nil
	}
	if !r.extend {
		return nil, errLayout
	}
	return n.newMember(string(bytes.ToValidUTF8(name, []byte("\ufffd")))), nil
}

// value reads any value into the columns at n.
func (r *rower) value(n *node, w *rowScratch) error {
	switch k := r.dec.PeekKind(); k {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		if n.key {
			return keyError(n, "an object or array")
		}
		if len(n.used) > 0 {
			w.unset(n)
		}
		switch {
		case r.layout.keepsJSON(n):
			return r.nested(n, w)
		case k == jsontext.KindBeginObject:
			return r.members(n, w)
		default:
			return r.array(n)
		}
	}
	v, err := r.dec.ReadValue()
	if err != nil {
		return err
	}
	switch v.Kind() {
	case jsontext.KindNull:
		w.unset(n)
		return nil
	case jsontext.KindString:
		return r.string(n, w, v)
	case jsontext.KindNumber:
		return r.number(n, w, v)
	default:
		return r.bool(n, w, v)
	}
}

// array reads an array into rows of its child table.
func (r *rower) array(n *node) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	if r.dec.PeekKind() == jsontext.KindEndArray {
		_, err := r.dec.ReadToken()
		return err
	}
	if n.items == nil {
		if !r.extend {
			return errLayout
		}
		r.layout.newChild(n)
	}
	w := r.begun(n.items.table)
	r.levels = append(r.levels, 0)
	for last := len(r.levels) - 1; r.dec.PeekKind() != jsontext.KindEndArray; r.levels[last]++ {
		w.clear()
		if err := r.item(n.items, w); err != nil {
			return err
		}
		w.finish(r.levels)
	}
	r.levels = r.levels[:len(r.levels)-1]
	_, err := r.dec.ReadToken()
	return err
}

func (r *rower) item(n *node, w *rowScratch) error {
	if r.dec.PeekKind() == jsontext.KindBeginObject {
		return r.members(n, w)
	}
	m := n.members[colValue]
	if m == nil {
		if !r.extend {
			return errLayout
		}
		m = n.newMember(colValue)
	}
	return r.value(m, w)
}

// nested keeps an object or array as the text it came as.
func (r *rower) nested(n *node, w *rowScratch) error {
	v, err := r.dec.ReadValue()
	if err != nil {
		return err
	}
	i, err := r.column(n, kindJSON)
	if err != nil {
		return err
	}
	start := len(w.data)
	w.data, _, _ = appendText(w.data, v)
	w.set(n, i, start)
	return nil
}

func (r *rower) string(n *node, w *rowScratch, v jsontext.Value) error {
	text, escaped := v[1:len(v)-1], false
	if bytes.IndexByte(text, '\\') >= 0 {
		r.text, _ = jsontext.AppendUnquote(r.text[:0], v)
		text, escaped = r.text, true
	}
	if k := n.strings; n.key && k <= kindBool && k != kindNumber {
		return keyError(n, "a string; the column holds another type")
	} else if k != kindText {
		start := len(w.data)
		data, e, ok := appendTyped(w.data, text, k)
		if ok {
			i, err := r.column(n, k)
			if err != nil {
				return err
			}
			if r.grow(w, i, stat{extent: e}) {
				w.data = data
				w.set(n, i, start)
				return nil
			}
		}
		if n.key {
			return keyError(n, "not a "+k.String()+" that its column can hold")
		}
	}
	return r.plain(n, w, text, escaped)
}

// appendTyped appends a string whose format makes it something else than text.
func appendTyped(dst, text []byte, k kind) (_ []byte, e extent, ok bool) {
	switch k {
	case kindInstant:
		dst, ok = appendInstant(dst, text)
	case kindDate:
		dst, ok = appendDate(dst, text)
	case kindTime:
		dst, ok = appendTime(dst, text)
	case kindNumber: // format singer.decimal
		if isJSONNumber(text) {
			dst, e, ok = appendNumber(dst, text)
		}
	}
	return dst, e, ok
}

// plain puts a text into the text column at n.
func (r *rower) plain(n *node, w *rowScratch, text []byte, escaped bool) error {
	i, err := r.column(n, kindText)
	if err != nil {
		return err
	}
	start, width, replaced := len(w.data), sentinelWidth, false
	switch {
	case len(text) == 0 && len(r.empty) == 0 && n.key:
		return keyError(n, "empty, and empty_string: null makes that NULL")
	case len(text) == 0:
		w.data = append(w.data, r.empty...)
	case r.sentinel && bytes.HasPrefix(text, []byte(synapse.Sentinel)):
		w.data, width, replaced = appendText(w.data, append([]byte(synapse.Sentinel), text...))
	case escaped:
		w.data, width, replaced = appendText(w.data, text)
	default:
		w.data, width = appendPlain(w.data, text)
	}
	if replaced {
		r.out.replaced++
	}
	if n.key && width > maxKeyLength {
		w.data = w.data[:start]
		return keyError(n, fmt.Sprintf("%d characters long; the longest key is %d", width, maxKeyLength))
	}
	r.grow(w, i, stat{width: width})
	w.set(n, i, start)
	return nil
}

func (r *rower) number(n *node, w *rowScratch, v jsontext.Value) error {
	if n.key && n.only == kindText {
		return r.plain(n, w, v, false)
	}
	start := len(w.data)
	data, e, ok := appendNumber(w.data, v)
	k := n.numbers
	if e.scale > 0 && k == kindInteger {
		k = kindNumber
	}
	if ok {
		i, err := r.column(n, k)
		if err != nil {
			return err
		}
		if r.grow(w, i, stat{extent: e}) {
			w.data = data
			w.set(n, i, start)
			return nil
		}
	}
	if n.key {
		return keyError(n, "a number that its column cannot hold")
	}
	return r.plain(n, w, v, false)
}

func (r *rower) bool(n *node, w *rowScratch, v jsontext.Value) error {
	if n.key && n.only == kindText {
		return r.plain(n, w, v, false)
	}
	i, err := r.column(n, kindBool)
	if err != nil {
		return err
	}
	start, bit := len(w.data), byte('0')
	if v[0] == 't' {
		bit = '1'
	}
	w.data = append(w.data, bit)
	w.set(n, i, start)
	return nil
}

// column is the index of the column for a kind of value at n.
func (r *rower) column(n *node, k kind) (int32, error) {
	if i := n.slots[k]; i > 0 {
		return i - 1, nil
	}
	if n.key {
		return 0, keyError(n, "a "+k.String()+"; the column holds another type")
	}
	if !r.extend {
		return 0, errLayout
	}
	return n.slot(k)
}

func keyError(n *node, what string) error {
	return &singer.InputError{Field: n.path, Err: fmt.Errorf("key property is %s", what)}
}

// grow makes room for a value; false when the column can never hold it together with what it already holds.
func (r *rower) grow(w *rowScratch, i int32, s stat) bool {
	c := w.table.columns[i]
	if r.extend {
		s = s.union(c.stat)
		if !s.fits() {
			return false
		}
		c.stat = s
		return true
	}
	s = s.union(w.chunk.stats[i])
	if !s.union(c.stat).fits() {
		return false
	}
	w.chunk.stats[i] = s
	return true
}

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
	d := c.data
	if r.layout.options.metadata {
		d, _ = appendInstant(d, []byte(rec.extracted))
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
		child.trim()
	}
	w.trim()
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

// trim gives back the room that a great record took: there may be hundreds of tables.
func (w *rowScratch) trim() {
	if cap(w.data) > scratchBytes {
		w.data = nil
	}
	if cap(w.pending) > scratchBytes {
		w.pending = nil
	}
}

// clear empties the row.
func (w *rowScratch) clear() {
	w.cells = slices.Grow(w.cells[:0], len(w.table.columns))[:len(w.table.columns)]
	clear(w.cells)
	w.data = w.data[:0]
}

func (w *rowScratch) set(n *node, i int32, start int) {
	if len(n.used) > 1 {
		w.unset(n)
	}
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
func (w *rowScratch) finish(levels []int) {
	for _, n := range levels {
		w.pending = strconv.AppendInt(append(w.pending, ','), int64(n), 10)
	}
	w.pending = w.appendCells(w.pending, w.table.prefix+len(levels))
	w.rows = append(w.rows, pendingRow{len(w.pending), len(w.table.columns)})
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

func (o *output) drop(n *node, name string) {
	if o.dropped == nil {
		o.dropped = map[string]int64{}
	}
	o.dropped[n.table.stream.name+": "+n.path+"/"+escapeStep(name)]++
}
