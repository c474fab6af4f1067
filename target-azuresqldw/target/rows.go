package target

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

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
	spares  [][]byte
	quoted  []byte        // a piece of a long string
	touched []*rowScratch // child tables that the record has rows in
	levels  []int         // position in each array around the current item
	stamp   int64
	out     *output

	extracted string // of the record
	line      int64

	objects  int64          // read so far
	lastSeen []int64        // the object that had a member at each node last
	passOver map[int64]bool // members that stand twice, by where their names end
}

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

// end forgets the records: they belong to the batch.
func (r *rower) end() {
	r.in, r.out = bytes.Buffer{}, nil
	r.dec.Reset(&r.in, r.lax)
}

// add makes the rows of a record. An error leaves no row of it behind; errLayout asks for the same record again with extend.
func (r *rower) add(rec *record) error {
	w, err := r.read(rec)
	if err != nil && !errors.Is(err, errLayout) {
		if r.passOver = superseded(rec.raw, r.lax); len(r.passOver) > 0 {
			w, err = r.read(rec)
			r.passOver = nil
		}
	}
	switch {
	case errors.Is(err, errLayout):
		r.trimAll(rec.stream.root)
		return err
	case err != nil:
		r.trimAll(rec.stream.root)
		return locate(err, rec)
	}
	r.flush(rec, w)
	r.trimAll(w.table)
	return nil
}

// read reads a record into the row of its root table and into those of child tables.
func (r *rower) read(rec *record) (*rowScratch, error) {
	s := rec.stream
	if s.generation != rec.plan.generation {
		return nil, errLayout
	}
	r.stamp++
	r.touched, r.levels = r.touched[:0], r.levels[:0]
	r.extracted, r.line = rec.extracted, rec.line
	w := r.begun(s.root)
	w.clear()
	r.in = *bytes.NewBuffer(rec.raw)
	r.dec.Reset(&r.in, r.lax)
	if err := r.members(s.rootNode, w); err != nil {
		return nil, err
	}
	if err := checkKeys(s, w); err != nil {
		return nil, err
	}
	return w, r.fit(w)
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
	r.objects++
	for object := r.objects; r.dec.PeekKind() != jsontext.KindEndObject; {
		name, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if r.passOver[r.dec.InputOffset()] {
			if err := r.dec.SkipValue(); err != nil {
				return err
			}
			continue
		}
		m, err := r.member(n, name)
		switch {
		case err != nil:
			if !errors.Is(err, errNoRoom) {
				return err
			}
			err = r.spillMember(n, w, name)
		case m == nil:
			err = r.dec.SkipValue()
		case r.seen(m, object):
			return errTwice
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
	if n.closed && n.others.Undeclared(string(name)) == nil {
		r.out.drop(n, string(name))
		return nil, nil
	}
	text := string(bytes.ToValidUTF8(name, []byte("\ufffd")))
	if m := n.members[text]; m != nil {
		return m, nil
	}
	if n.table.homeless(n.path+"/"+escapeStep(text), kindNear(r.dec.PeekKind())) {
		return nil, errNoRoom
	}
	if !r.extend {
		return nil, errLayout
	}
	return r.layout.undeclared(n, text), nil
}

// kindNear is what a value may need of a row, which is known better once it has been read.
func kindNear(k jsontext.Kind) kind {
	if k == jsontext.KindNumber {
		return kindNumber
	}
	return kindText
}

// spillMember spills a member that has no node, and shall have none: its like may come without end.
func (r *rower) spillMember(n *node, w *rowScratch, quoted []byte) error {
	name, _ := jsontext.AppendUnquote(nil, quoted)
	v, err := r.dec.ReadValue()
	if err != nil {
		return err
	}
	return r.spill(w, n.path+"/"+escapeStep(string(bytes.ToValidUTF8(name, []byte("\ufffd")))), v)
}

// value reads any value into the columns at n.
func (r *rower) value(n *node, w *rowScratch) error {
	if n.deletes {
		return r.deletion(n, w)
	}
	if k := r.dec.PeekKind(); k == jsontext.KindBeginObject || k == jsontext.KindBeginArray {
		return r.nestedValue(n, w, k)
	}
	v, err := r.dec.ReadValue()
	if err != nil {
		return err
	}
	return r.room(n, w, v)
}

// nestedValue reads an object or array.
func (r *rower) nestedValue(n *node, w *rowScratch, k jsontext.Kind) error {
	if n.key {
		return keyError(n, "an object or array")
	}
	if len(n.used) > 0 {
		w.unset(n)
	}
	switch {
	case k == jsontext.KindBeginObject && n.folded, r.layout.keepsJSON(n):
		return r.nested(n, w)
	case k == jsontext.KindBeginObject:
		return r.members(n, w)
	case n.items == nil && utf16Length(n.path+itemStep) > maxPath:
		v, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		return r.spill(w, n.path, v)
	default:
		return r.array(n)
	}
}

// room reads a scalar, and spills it when its table has no room for another column.
func (r *rower) room(n *node, w *rowScratch, v jsontext.Value) error {
	err := r.scalar(n, w, v)
	if err != nil && errors.Is(err, errNoRoom) {
		w.unset(n)
		return r.spill(w, n.path, v)
	}
	return err
}

// scalar reads what is neither object nor array.
func (r *rower) scalar(n *node, w *rowScratch, v jsontext.Value) error {
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
		if err := r.fit(w); err != nil {
			return err
		}
		r.finish(w, r.levels)
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
	if errors.Is(err, errNoRoom) {
		return r.spill(w, n.path, v)
	}
	if err != nil {
		return err
	}
	start := len(w.data)
	w.data, _, _ = appendText(grown(w.data, len(v)), v)
	w.set(n, i, start)
	return nil
}
