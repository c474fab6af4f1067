package target

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// sentinelWidth is the room that the empty string may need in a staging table.
const sentinelWidth = 2

func (r *rower) string(n *node, w *rowScratch, v jsontext.Value) error {
	text, escaped := v[1:len(v)-1], false
	if bytes.IndexByte(text, '\\') >= 0 {
		if len(text) > greatBytes && n.strings == kindText && !n.key {
			return r.greatString(n, w, text)
		}
		r.text, _ = jsontext.AppendUnquote(grown(r.text[:0], len(v)), v)
		text, escaped = r.text, true
	}
	if k := n.strings; n.key && k <= kindBool && k != kindNumber {
		return keyError(n, "a string; the column holds another type")
	} else if k != kindText {
		start := len(w.data)
		data, e, ok := appendTyped(w.data, text, k, r.layout.options.needZone)
		if ok && n.key && k == kindInstant && !n.asSent { // a key is one row however it is spelled, and the pool may place rows by its bytes
			data = append(data[:start], inUTC(data[start:])...)
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
			return keyError(n, "no "+k.String()+" that its column can hold")
		}
	}
	return r.plain(n, w, text, escaped)
}

// appendTyped appends a string whose format makes it something else than text.
func appendTyped(dst, text []byte, k kind, needZone bool) (_ []byte, e extent, ok bool) {
	switch k {
	case kindInstant:
		dst, ok = appendInstant(dst, text, needZone)
	case kindDate:
		dst, ok = appendDate(dst, text)
	case kindTime:
		dst, ok = appendTime(dst, text)
	case kindNumber: // format singer.decimal
		if plain, isNumber := plainNumber(text); isNumber {
			dst, e, ok = appendNumber(dst, plain)
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
	w.data = grown(w.data, len(text))
	start, width, replaced := len(w.data), sentinelWidth, false
	switch {
	case len(text) == 0 && len(r.empty) == 0 && n.key:
		return &singer.InputError{Field: n.path, Err: errors.New("key property is empty, and empty_string: null makes that NULL")}
	case len(text) == 0:
		w.data = append(w.data, r.empty...)
	case r.sentinel && bytes.HasPrefix(text, []byte(synapse.Sentinel)):
		w.data, width, replaced = appendText(w.data, append([]byte(synapse.Sentinel), text...))
	case escaped:
		w.data, width, replaced = appendText(w.data, text)
	default:
		w.data, width = appendPlain(w.data, text)
	}
	if cap(r.text) > greatBytes { // the whole record is copied once more before it is done
		r.text = nil
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
		if !n.asSent { // 1, 1.0 and 1e0 are one key
			r.text = appendExact(r.text[:0], v)
			v = r.text
		}
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
	if n.full && !r.layout.known.hasColumn(n, k) {
		return 0, errNoRoom
	}
	if !r.extend {
		return 0, errLayout
	}
	i, ok := n.slot(k)
	if !ok {
		return 0, errNoRoom
	}
	return i, nil
}

// An unfitKeyError is a key that the column for it cannot hold. The record is set aside.
type unfitKeyError string

func (e unfitKeyError) Error() string { return "key property is " + string(e) }

// keyError is an unfit key, unless it is the schema that does not go with the table: then no record would do, and the run ends.
func keyError(n *node, what string) error {
	if n.unlike {
		way := "load into another default_target_schema"
		if n.only == kindInteger {
			way = "on_key_change: adopt makes the column a number or text, or " + way
		}
		return &singer.InputError{Field: n.path, Err: fmt.Errorf("key property is %s (%s)", what, way)}
	}
	return &singer.InputError{Field: n.path, Err: unfitKeyError(what)}
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
