package target

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/target-azuresqldw/synapse"
)

// greatString is string for a long one with escapes that becomes text. It takes the escapes out piece by piece, so that there is no third copy of the
// string beside the record and the row. inside is what stands between the quotes.
func (r *rower) greatString(n *node, w *rowScratch, inside []byte) error {
	i, err := r.column(n, kindText)
	if err != nil {
		return err
	}
	w.data = grown(w.data, len(inside))
	start := len(w.data)
	w.data = append(w.data, '"')
	total, replaced := 0, false
	for first := true; len(inside) > 0; first = false {
		end := pieceOf(inside)
		r.quoted = append(append(append(r.quoted[:0], '"'), inside[:end]...), '"')
		r.text, _ = jsontext.AppendUnquote(r.text[:0], r.quoted)
		inside = inside[end:]
		if first && r.sentinel && bytes.HasPrefix(r.text, []byte(synapse.Sentinel)) {
			w.data = append(w.data, synapse.Sentinel...)
			total += len(synapse.Sentinel)
		}
		data, width, had := appendInside(w.data, r.text)
		w.data, total, replaced = data, total+width, replaced || had
	}
	w.data = append(w.data, '"')
	if replaced {
		r.out.replaced++
	}
	r.grow(w, i, stat{width: total})
	w.set(n, i, start)
	return nil
}

// pieceOf is where the inside of a JSON string can be cut so that both halves mean what they mean together: not within an escape or a
// character, nor between the halves of a surrogate pair.
func pieceOf(inside []byte) int {
	half := false
	for i := 0; i < len(inside); {
		if i >= greatBytes/2 && !(half && isHalf(inside[i:], 'c', 'f')) && isBoundary(inside, i) {
			return i
		}
		half = false
		switch {
		case inside[i] != '\\':
			i++
		case inside[i+1] != 'u':
			i += 2
		default:
			half = isHalf(inside[i:], '8', 'b')
			i += 6
		}
	}
	return len(inside)
}

// isHalf says whether text begins with the escape of half a surrogate pair, its third digit being one of first to last.
func isHalf(text []byte, first, last byte) bool {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' || text[2]|0x20 != 'd' {
		return false
	}
	digit := text[3]
	if digit > '9' {
		digit |= 0x20
	}
	return first <= digit && digit <= last
}

// isBoundary says whether no character goes across i. What stands behind three bytes that continue a character begins one, or is none.
func isBoundary(text []byte, i int) bool {
	return utf8.RuneStart(text[i]) || !slices.ContainsFunc(text[i-3:i], utf8.RuneStart)
}
