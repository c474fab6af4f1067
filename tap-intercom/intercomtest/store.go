package intercomtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
)

// An Object is a JSON object as the API gives and takes it. Numbers in an
// Object that comes from a server are json.Number.
type Object map[string]any

// A record is one thing of the workspace, kept as the JSON that the API
// answers with, so that tens of thousands of them cost little and are served
// without being encoded again. What searches and listings ask for most lies
// beside it.
type record struct {
	id      string
	seq     int64 // order of creation; breaks ties when answers are sorted
	created int64
	updated int64
	wire    []byte
	peeked  atomic.Pointer[Object]
}

func (r *record) base() *record { return r }

// newRecord makes a record of o, whose id must be a string or a number.
func newRecord(seq int64, o Object) *record {
	r := &record{seq: seq}
	r.set(o)
	return r
}

// set replaces what the record holds.
func (r *record) set(o Object) {
	r.id = text(o["id"])
	r.created, _ = moment(o["created_at"])
	r.updated, _ = moment(o["updated_at"])
	r.wire = encode(o)
	r.peeked.Store(nil)
}

// read decodes those members of the record that v has.
func (r *record) read(v any) {
	if err := json.Unmarshal(r.wire, v); err != nil {
		panic("intercomtest: decode: " + err.Error())
	}
}

// object decodes what the record holds.
func (r *record) object() Object { return decode(r.wire) }

// peek is object for those who only look: it decodes once and remembers. For
// records that many others refer to.
func (r *record) peek() Object {
	if o := r.peeked.Load(); o != nil {
		return *o
	}
	o := r.object()
	r.peeked.Store(&o)
	return o
}

// patch applies a JSON merge patch (RFC 7396) to the record.
func (r *record) patch(p Object) { r.set(merge(r.object(), p)) }

// merge returns o with the members of p, those of inner objects one by one.
func merge(o, p Object) Object {
	out := make(Object, len(o)+len(p))
	maps.Copy(out, o)
	for k, v := range p {
		if inner := asObject(v); inner != nil {
			v = merge(asObject(o[k]), inner)
		}
		// RFC 7396 would remove a member set to null. The API has null members
		// everywhere, so here null is a value.
		out[k] = v
	}
	return out
}

func asObject(v any) Object {
	switch v := v.(type) {
	case Object:
		return v
	case map[string]any:
		return v
	}
	return nil
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

// text gives a scalar as the text an id is compared by.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// whole gives the whole number in v, which may be any of the forms that the
// API has for one: a number, or a string of digits.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case nil:
		return 0, false
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == float64(int64(v))
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64() // 1.0 is the number 1
		return int64(f), err == nil && f == float64(int64(f))
	case string:
		n, err := json.Number(v).Int64()
		return n, err == nil
	}
	return 0, false
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("intercomtest: encode: " + err.Error())
	}
	return b
}

// decode gives what encode was given, as json.Decoder would with UseNumber; servers
// do little else, and by tokens it takes a fraction of the time.
func decode(b []byte) Object {
	d := jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := decodeValue(d)
	if err != nil {
		panic("intercomtest: decode: " + err.Error())
	}
	return v.(map[string]any)
}

func decodeValue(d *jsontext.Decoder) (any, error) {
	t, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch t.Kind() {
	case jsontext.KindBeginObject:
		o := map[string]any{}
		for d.PeekKind() != jsontext.KindEndObject {
			name, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String() // the next token takes its place
			if o[key], err = decodeValue(d); err != nil {
				return nil, err
			}
		}
		_, err = d.ReadToken()
		return o, err
	case jsontext.KindBeginArray:
		l := []any{}
		for d.PeekKind() != jsontext.KindEndArray {
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			l = append(l, v)
		}
		_, err = d.ReadToken()
		return l, err
	case jsontext.KindString:
		return t.String(), nil
	case jsontext.KindNumber:
		return json.Number(t.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return t.Bool(), nil
	}
	return nil, nil
}

// A table holds the records of one kind in the order of their creation.
type table[T interface{ base() *record }] struct {
	byID map[string]T
	rows []T
}

func (t *table[T]) add(row T) {
	if t.byID == nil {
		t.byID = map[string]T{}
	}
	t.byID[row.base().id] = row
	t.rows = append(t.rows, row)
}

func (t *table[T]) get(id string) (T, bool) {
	row, ok := t.byID[id]
	return row, ok
}

func (t *table[T]) remove(id string) {
	delete(t.byID, id)
	t.rows = slices.DeleteFunc(t.rows, func(row T) bool { return row.base().id == id })
}

func (t *table[T]) ids() []string {
	ids := make([]string, len(t.rows))
	for i, row := range t.rows {
		ids[i] = row.base().id
	}
	return ids
}

func (t *table[T]) wires() [][]byte {
	out := make([][]byte, len(t.rows))
	for i, row := range t.rows {
		out[i] = row.base().wire
	}
	return out
}

func (t *table[T]) find(id string) (*record, bool) {
	row, found := t.byID[id]
	if !found {
		return nil, false
	}
	return row.base(), true
}
