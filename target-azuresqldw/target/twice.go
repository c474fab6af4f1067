package target

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// errTwice says that a member stands twice in one object, which the pass over the record learns too late: rows of the earlier one may be made.
var errTwice = errors.New("target: member stands twice")

// seen says whether an object has had the member before. Objects are numbered as they come.
func (r *rower) seen(m *node, object int64) bool {
	if m.id >= len(r.lastSeen) {
		r.lastSeen = append(r.lastSeen, make([]int64, m.id+1-len(r.lastSeen))...)
	}
	if r.lastSeen[m.id] == object {
		return true
	}
	r.lastSeen[m.id] = object
	return false
}

// superseded finds the members that stand once more later in their object, as the last one counts: where their names end in the record.
func superseded(raw jsontext.Value, lax jsontext.Options) map[int64]bool {
	type object struct{ names map[string]int64 } // or an array
	var open []object
	found := map[int64]bool{}
	d := jsontext.NewDecoder(bytes.NewReader(raw), lax)
	for {
		t, err := d.ReadToken()
		if err != nil { // at the end; what is broken has been told by the pass before
			return found
		}
		switch t.Kind() {
		case jsontext.KindBeginObject, jsontext.KindBeginArray:
			open = append(open, object{})
		case jsontext.KindEndObject, jsontext.KindEndArray:
			open = open[:len(open)-1]
		case jsontext.KindString:
			if kind, n := d.StackIndex(d.StackDepth()); kind != jsontext.KindBeginObject || n%2 == 0 {
				continue // a value
			}
			o := &open[len(open)-1]
			if o.names == nil {
				o.names = map[string]int64{}
			}
			name := t.String()
			if before, ok := o.names[name]; ok {
				found[before] = true
			}
			o.names[name] = d.InputOffset()
		}
	}
}
