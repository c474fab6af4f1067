package target

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// colExtra holds, as the JSON text of one object, what a row has no column for: the pool takes so many columns in a table and so many bytes in a
// row. Its members are called by the value's path below the row.
const colExtra = "_sdc_extra"

// What a row may take of the 8,060 bytes that a pool has for it (azure/synapse-analytics/sql-data-warehouse/sql-data-warehouse-service-capacity-limits,
// "Bytes per row, defined size"). Columns of fixed size take theirs in every row, one that is refused at 1701 as soon as it is made; text and JSON
// text move out of the row when it is full, but for a pointer of 24 bytes. The rest is for the row's own header and for the ranks of a merge.
const (
	maxRowBytes   = 7900
	maxFixedBytes = 7600
	offsetBytes   = 2
	pointerBytes  = 24
)

// maxPath is the longest path that the ledger can hold, in UTF-16 units.
const maxPath = synapse.MaxPathUnits

// rowBytes is what a value of a kind takes in every row at most, whatever its column is widened to. A text may take pointerBytes more.
func (k kind) rowBytes() int {
	switch k {
	case kindInteger, kindNumber:
		return 17
	case kindBool:
		return 1
	case kindInstant:
		return 10
	case kindDate:
		return 3
	case kindTime:
		return 5
	}
	return offsetBytes
}

func (k kind) isText() bool { return k == kindText || k == kindJSON }

// weigh counts a column.
func (t *table) weigh(bytes int, text bool) {
	t.fixed += bytes
	if text {
		t.texts++
	}
}

// hasRoom says whether one more column for values of a kind can be made. What has the room once has no need to ask again.
func (t *table) hasRoom(k kind) bool {
	return len(t.names.taken) < maxColumns && t.fixed+k.rowBytes() <= maxFixedBytes
}

// isTight says whether a row can be too large though each of its columns has its place.
func (t *table) isTight() bool { return t.fixed+t.texts*pointerBytes > maxRowBytes }

// homeless says whether a value at a path that the layout does not know gets no column: there is none from before, and none can be made.
func (t *table) homeless(path string, k kind) bool {
	return utf16Length(path) > maxPath || !t.hasRoom(k) && !t.layout.known.hasPlace(t.stream.name, path)
}

// extraColumn finds or makes the column for the rest of a row.
func (t *table) extraColumn() (int32, error) {
	if t.extra == 0 {
		if len(t.names.taken) > maxColumns {
			return 0, fmt.Errorf("table %s has all the %d columns that the pool allows and none called %s, which takes what has no column: drop a column that nobody needs", t.name, maxColumns, colExtra)
		}
		t.extra = t.addOwn(colExtra, kindJSON).index + 1
	}
	return t.extra - 1, nil
}

// spill keeps a value for which there is no column with the rest of its row.
func (r *rower) spill(w *rowScratch, path string, v jsontext.Value) error {
	t := w.table
	if t.extra == 0 {
		if !r.extend {
			return errLayout
		}
		if _, err := t.extraColumn(); err != nil {
			return &singer.InputError{Field: path, Err: err}
		}
	}
	key := path[len(t.path)+1:]
	if w.spilled[key] {
		return errTwice
	}
	if w.spilled == nil {
		w.spilled = map[string]bool{}
	}
	w.spilled[key] = true
	if v.Kind() == jsontext.KindNull {
		return nil
	}
	w.spillText(key, v)
	r.out.spill(t, path)
	return nil
}

func (w *rowScratch) spillText(key string, v []byte) {
	separator := byte(',')
	if len(w.rest) == 0 {
		separator = '{'
	}
	w.rest, _ = jsontext.AppendQuote(append(w.rest, separator), key)
	w.rest = append(grown(append(w.rest, ':'), len(v)), v...)
}

// fit ends a row: texts without room in it are spilled, those of the last columns first, and what has been spilled becomes a column.
func (r *rower) fit(w *rowScratch) error {
	t := w.table
	if t.isTight() {
		if err := r.lighten(w); err != nil {
			return err
		}
	}
	if len(w.rest) == 0 {
		return nil
	}
	start := len(w.data)
	w.data, _, _ = appendText(grown(w.data, len(w.rest)), append(w.rest, '}'))
	for len(w.cells) < int(t.extra) { // the layout grew within the row
		w.cells = append(w.cells, span{})
	}
	w.cells[t.extra-1] = span{start, len(w.data)}
	return nil
}

// lighten spills texts until the row is one that the pool takes.
func (r *rower) lighten(w *rowScratch) error {
	t := w.table
	size := t.fixed + 2*pointerBytes // with the pointers of _sdc_extra and of _sdc_pipeline
	for i, c := range t.columns {
		if c.kind.isText() && i < len(w.cells) {
			size += textBytes(w.cells[i])
		} else if c.kind.isText() && i < t.prefix {
			size += pointerBytes
		}
	}
	for i := len(w.cells) - 1; i >= 0 && size > maxRowBytes; i-- {
		c, cell := t.columns[i], w.cells[i]
		if !c.kind.isText() || c.key || c.path == "" || cell == (span{}) {
			continue
		}
		if t.extra == 0 {
			if !r.extend {
				return errLayout
			}
			if _, err := t.extraColumn(); err != nil {
				return nil //nolint:nilerr // it is for the pool to say whether the row is too large
			}
		}
		text := w.data[cell.start:cell.end]
		text = bytes.ReplaceAll(text[min(1, len(text)):max(1, len(text)-1)], []byte(`""`), []byte(`"`))
		if c.kind == kindText {
			if r.sentinel {
				text = bytes.TrimPrefix(text, []byte(synapse.Sentinel))
			}
			text, _ = jsontext.AppendQuote(nil, text)
		}
		w.spillText(c.path[len(t.path)+1:], text)
		r.out.spill(t, c.path)
		w.cells[i] = span{}
		size -= textBytes(cell)
	}
	return nil
}

// textBytes is the most that a text takes in its row, given its field of CSV: two bytes for each character, which has at least one between the quotes,
// or the pointer.
func textBytes(cell span) int { return min(max(2*(cell.end-cell.start-len(`""`)), 0), pointerBytes) }

// errNoRoom says that a value has no column and never will have.
var errNoRoom = errors.New("target: no room for a column")
