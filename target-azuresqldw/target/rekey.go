package target

import (
	"fmt"
	"strings"
)

// settleKeys gives a stream that is new to the run its key: the one its table has, in the order of the table, or the new one where that is
// adopted. Rows that are there stay as they are, and are found by the new key from now on.
func (l *layout) settleKeys(s *stream, keys []string) error {
	have, ok := l.known.keys(s.name)
	switch {
	case !ok || sameKeys(have, keys):
		if ok {
			keys = have
		}
	case !l.options.adoptKeys:
		return keyChange(have, keys, "on_key_change: adopt takes the new key")
	case len(keys) == 0:
		return keyChange(have, keys, "without a key no row would replace another, so this is not adopted: load_method: append-only asks for it")
	case len(l.known.childPaths(s.name)) > 0:
		return keyChange(have, keys, "child tables carry the key of their rows, so this is not adopted")
	default:
		s.rekeyed, s.adopted = true, true
	}
	s.keys = keys
	return nil
}

func keyChange(have, want []string, way string) error {
	return fmt.Errorf("key_properties are %q but the table is keyed by %q (%s; or send the old keys, or load into another default_target_schema)", want, have, way)
}

// fitKey has a key column hold values of the kind that the schema now asks for, where the column holds another kind: as it was made by an adoption that did not come to its
// end, or by one now. Integers are adopted as numbers and as text, in which 7 and "7" are one; nothing else can be without
// becoming another value on the way.
func (l *layout) fitKey(n *node, want kind) {
	column := n.table.columns[n.used[0]]
	there, ok := l.known.column(n.table, column.name)
	switch {
	case n.only != kindText && ok && there.Type.Textual():
		l.turnKey(n, kindText)
	case l.options.adoptKeys && n.only == kindInteger && (want == kindText || want == kindNumber):
		l.turnKey(n, want)
	}
	n.unlike = n.only != want
}

// turnKey makes a key and its copies in child tables columns of another kind. Rows of the open load that have integers in them are text and numbers
// as well as they stand.
func (l *layout) turnKey(n *node, k kind) {
	turn := func(c *column) {
		digits := maxDigits
		if !c.beyond64 {
			digits = maxDigits / 2
		}
		c.kind, c.whole, c.width = k, digits, max(c.width, digits+1)
	}
	i := n.used[0]
	turn(n.table.columns[i])
	n.slots[n.only], n.slots[k] = 0, i+1
	n.only, n.strings, n.numbers = k, k, k
	s := n.table.stream
	for at, key := range s.keyNodes {
		for _, t := range s.tables[1:] {
			if key == n {
				turn(t.columns[at])
			}
		}
	}
	s.adopted = true
	l.known.turn(n.table, n.path, k, n.table.columns[i].name)
}

// keyGeneration begins the kind under which the ledger keeps the keys of a stream that have been adopted for the generation-th time.
func keyGeneration(generation int) string {
	if generation == 0 {
		return keyMapping
	}
	return fmt.Sprintf("%sg%03d ", keyMapping, generation)
}

// generationOf is the inverse of keyGeneration, for a kind that begins so.
func generationOf(kind string) (generation int) {
	if rest, ok := strings.CutPrefix(kind, keyMapping+"g"); ok {
		fmt.Sscanf(rest, "%d", &generation)
	}
	return generation
}
