package singer

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// verdict is what the short way finds.
type verdict uint8

const (
	unsure  verdict = iota // ask the judge
	valid                  // the judge would say valid
	invalid                // the judge would say invalid
)

// walker holds records against nodes. It is for one goroutine.
//
// An object may repeat a name, and then the judge sees only the last value
// while the walker sees all. So it is only sure of "valid" (each value is),
// and of "invalid" for scalars and for values of the wrong kind.
type walker struct {
	decoders []*jsontext.Decoder // one per level of values read twice
	buffers  []*bytes.Buffer
	depth    int
	scratch  []byte
}

// record judges a whole record.
func (w *walker) record(n *node, record jsontext.Value) verdict {
	dec := w.open(record)
	defer w.close()
	found := w.value(n, dec)
	if found != valid {
		return found
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return unsure
	}
	return valid
}

// open returns a decoder over a value; close gives it back.
func (w *walker) open(v jsontext.Value) *jsontext.Decoder {
	if w.depth == len(w.decoders) {
		b := new(bytes.Buffer)
		w.buffers = append(w.buffers, b)
		w.decoders = append(w.decoders, jsontext.NewDecoder(b, lax))
	}
	b := w.buffers[w.depth]
	*b = *bytes.NewBuffer(v)
	dec := w.decoders[w.depth]
	dec.Reset(b, lax)
	w.depth++
	return dec
}

func (w *walker) close() {
	w.depth--
	*w.buffers[w.depth] = bytes.Buffer{} // keep no record alive
}

// value judges the next value of a decoder. Unless the value is valid, the
// decoder is left somewhere within it.
func (w *walker) value(n *node, dec *jsontext.Decoder) verdict {
	if n == nil {
		return unsureIf(dec.SkipValue())
	}
	kind := dec.PeekKind()
	k := kindOfToken(kind)
	switch {
	case k == 0:
		return unsure
	case n.allowed&k == 0:
		return invalid
	case n.unsure&k != 0:
		return unsure
	case k&(objectKind|arrayKind) == 0:
		v, err := dec.ReadValue()
		if err != nil {
			return unsure
		}
		return w.scalar(n, k, v)
	case n.enum != nil:
		return unsure
	case n.inPlace():
		v, err := dec.ReadValue()
		if err != nil {
			return unsure
		}
		return w.again(n, k, v)
	}
	return w.container(n, k, dec)
}

func unsureIf(err error) verdict {
	if err != nil {
		return unsure
	}
	return valid
}

func kindOfToken(k jsontext.Kind) kinds {
	switch k {
	case jsontext.KindNull:
		return nullKind
	case jsontext.KindTrue, jsontext.KindFalse:
		return booleanKind
	case jsontext.KindNumber:
		return numberKind
	case jsontext.KindString:
		return stringKind
	case jsontext.KindBeginObject:
		return objectKind
	case jsontext.KindBeginArray:
		return arrayKind
	}
	return 0
}

// inPlace reports whether other nodes judge the same value.
func (n *node) inPlace() bool { return len(n.all)+len(n.some)+len(n.one) > 0 }

// again judges an object or array by a node and by those in its place, each
// reading the value anew.
func (w *walker) again(n *node, k kinds, v jsontext.Value) verdict {
	dec := w.open(v)
	found := w.container(n, k, dec)
	w.close()
	if found != valid {
		return found
	}
	return n.places(func(other *node) verdict {
		dec := w.open(v)
		defer w.close()
		return w.value(other, dec)
	})
}

// places judges by allOf, anyOf and oneOf, given how to judge by one of their nodes.
func (n *node) places(judge func(*node) verdict) verdict {
	for _, other := range n.all {
		if found := judge(other); found != valid {
			return found
		}
	}
	for _, group := range n.some {
		found := invalid
		for _, other := range group {
			f := judge(other)
			if f == valid {
				found = valid
				break
			}
			if f == unsure {
				found = unsure
			}
		}
		if found != valid {
			return found
		}
	}
	for _, group := range n.one {
		count := 0
		for _, other := range group {
			switch judge(other) {
			case unsure:
				return unsure
			case valid:
				count++
			}
		}
		if count != 1 {
			return invalid
		}
	}
	return valid
}

func (w *walker) container(n *node, k kinds, dec *jsontext.Decoder) verdict {
	if _, err := dec.ReadToken(); err != nil {
		return unsure
	}
	if k == arrayKind {
		return w.array(n, dec)
	}
	return w.object(n, dec)
}

func (w *walker) object(n *node, dec *jsontext.Decoder) verdict {
	missing := n.required
	for dec.PeekKind() == jsontext.KindString {
		quoted, err := dec.ReadValue()
		if err != nil {
			return unsure
		}
		p, known := n.properties[string(w.text(quoted))] // no allocation
		missing &^= p.bit
		child := p.schema
		if !known {
			if n.closed {
				return unsure
			}
			child = n.additional
		}
		if found := w.value(child, dec); found != valid {
			return unsure // another value of the same name may follow
		}
	}
	if _, err := dec.ReadToken(); err != nil || missing != 0 {
		return unsure
	}
	return valid
}

func (w *walker) array(n *node, dec *jsontext.Decoder) verdict {
	count := 0
	for {
		switch dec.PeekKind() {
		case jsontext.KindEndArray:
			if _, err := dec.ReadToken(); err != nil || n.minItems != -1 && count < n.minItems || n.maxItems != -1 && count > n.maxItems {
				return unsure
			}
			return valid
		case jsontext.KindInvalid:
			return unsure
		}
		count++
		if found := w.value(n.items, dec); found != valid {
			return unsure
		}
	}
}

// scalar judges a value that is no object and no array.
func (w *walker) scalar(n *node, k kinds, v jsontext.Value) verdict {
	found := valid
	switch {
	case n.allowed&k == 0:
		return invalid
	case n.unsure&k != 0:
		return unsure
	case k == numberKind:
		found = n.number(v)
	case k == stringKind && n.anyText:
	case k == stringKind:
		found = n.text(w.text(v))
	case n.enum == nil:
	case k == nullKind:
		found = verdictOf(n.enum.null)
	case v[0] == 't':
		found = verdictOf(n.enum.yes)
	default:
		found = verdictOf(n.enum.no)
	}
	if found == invalid && n.enum != nil && n.enum.nested {
		return unsure
	}
	if found != valid || !n.inPlace() {
		return found
	}
	return n.places(func(other *node) verdict { return w.scalar(other, k, v) })
}

func verdictOf(ok bool) verdict {
	if ok {
		return valid
	}
	return invalid
}

// text returns the text of a JSON string, valid until the next call. It is
// the text textOf gives.
func (w *walker) text(quoted jsontext.Value) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 && isASCII(quoted) {
		return quoted[1 : len(quoted)-1]
	}
	w.scratch, _ = jsontext.AppendUnquote(w.scratch[:0], quoted)
	return w.scratch
}

// number judges a number by the keywords for numbers.
func (n *node) number(v jsontext.Value) verdict {
	if n.integer && !isWhole(v) {
		r, ok := ratOf(v)
		if !ok {
			return unsure
		}
		if !r.IsInt() {
			return invalid
		}
	}
	if found := n.inBounds(v); found != valid {
		return found
	}
	if n.multiple != nil {
		divides, ok := n.multiple.divides(v)
		if !ok {
			return unsure
		}
		if !divides {
			return invalid
		}
	}
	if n.enum != nil && !n.enum.numbers[string(v)] {
		return unsure
	}
	return valid
}

// inBounds judges a number by minimum, maximum and their exclusive forms.
func (n *node) inBounds(v jsontext.Value) verdict {
	for _, limit := range [...]struct {
		bound  *bound
		sign   int // of the number against the bound when it is on the wrong side
		strict bool
	}{{n.min, -1, false}, {n.max, 1, false}, {n.above, -1, true}, {n.below, 1, true}} {
		if limit.bound == nil {
			continue
		}
		sign, ok := limit.bound.compare(v)
		if !ok {
			return unsure
		}
		if sign == limit.sign || sign == 0 && limit.strict {
			return invalid
		}
	}
	return valid
}

// text judges a string by the keywords for strings.
func (n *node) text(text []byte) verdict {
	if n.minLength != -1 || n.maxLength != -1 {
		length := utf8.RuneCount(text)
		if n.minLength != -1 && length < n.minLength || n.maxLength != -1 && length > n.maxLength {
			return invalid
		}
	}
	if n.enum != nil && !n.enum.texts[string(text)] {
		return invalid
	}
	if n.pattern != nil && !n.pattern.Match(text) {
		return invalid
	}
	return valid
}
