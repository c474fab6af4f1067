package target

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// deletion reads _sdc_deleted_at: whatever stands there, unless it is null, false, 0 or "", says that the row is deleted, and who counts the live
// rows asks whether its column is NULL. What can be read as a time is the time. What cannot is kept in the column for its kind, and the row is
// deleted at the time of its record.
func (r *rower) deletion(n *node, w *rowScratch) error {
	v := r.dec.PeekKind()
	if v != jsontext.KindBeginObject && v != jsontext.KindBeginArray {
		v, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		start := len(w.data)
		data, ok := appendDeletion(w.data, v)
		switch {
		case !deletes(v):
			w.unset(n)
			return nil
		case ok:
			w.data = data
			if err := r.setInstant(n, w, start); !errors.Is(err, errNoRoom) {
				return err
			}
			w.data = w.data[:start]
			return r.spill(w, n.path, v)
		}
		if err := r.room(n, w, v); err != nil {
			return err
		}
	} else if err := r.nestedValue(n, w, v); err != nil {
		return err
	}
	if r.out.undated == nil {
		r.out.undated = map[*stream]int64{}
	}
	if r.out.undated[n.table.stream] == 0 {
		r.out.undated[n.table.stream] = r.line
	}
	start := len(w.data)
	var ok bool
	if w.data, ok = appendInstant(w.data, []byte(r.extracted), false); !ok {
		w.data = append(w.data, r.out.received...)
	}
	if err := r.setInstant(n, w, start); !errors.Is(err, errNoRoom) {
		return err
	}
	w.data = w.data[:start] // the value itself was kept
	return nil
}

// setInstant puts what was written from start on into the column for times, and leaves what stands in those beside it.
func (r *rower) setInstant(n *node, w *rowScratch, start int) error {
	i, err := r.column(n, kindInstant)
	if err != nil {
		return err
	}
	w.put(i, start)
	return nil
}

// deletes says whether a value says that a row is deleted.
func deletes(v jsontext.Value) bool {
	switch v.Kind() {
	case jsontext.KindNull, jsontext.KindFalse:
		return false
	case jsontext.KindNumber:
		mantissa, _, _ := bytes.Cut(bytes.ToLower(v), []byte("e"))
		return len(bytes.Trim(mantissa, "-0.")) > 0
	}
	return string(v) != `""`
}

// appendDeletion appends the time at which a row was deleted: that of a text, which some taps write with its zone twice, or of a number or a text of
// digits that counts from 1970.
func appendDeletion(dst []byte, v jsontext.Value) ([]byte, bool) {
	text := []byte(v)
	switch v.Kind() {
	case jsontext.KindString:
		text, _ = jsontext.AppendUnquote(nil, v)
	case jsontext.KindNumber:
	default:
		return dst, false
	}
	if out, ok := appendEpoch(dst, text); ok {
		return out, true
	}
	if out, ok := appendInstant(dst, text, false); ok {
		return out, true
	}
	for i := len(text) - 1; i > len("2006-01-02T15:04"); i-- {
		if c := text[i]; c == 'Z' || c == '+' || c == '-' {
			once, ok := appendInstant(nil, text[:i], true)
			if zone, zoned := parseZone(text[i:]); ok && zoned && bytes.Equal(appendOffset(nil, zone), once[len(once)-len("+00:00"):]) {
				return append(dst, once...), true
			}
		}
	}
	return dst, false
}

// appendEpoch appends a time that is told as seconds, thousandths, millionths or billionths of a second since 1970: which of them, its size
// says, for times after 1973.
func appendEpoch(dst, text []byte) ([]byte, bool) {
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	n, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil || n < 1e8 || !isDigits(fraction) {
		return dst, false
	}
	unit := int64(time.Second)
	for size := n; size >= 1e11 && unit > 1; size /= 1000 {
		unit /= 1000
	}
	perSecond := int64(time.Second) / unit
	at := time.Unix(n/perSecond, n%perSecond*unit)
	if unit == int64(time.Second) {
		part, _ := time.ParseDuration("0." + string(fraction) + "s")
		at = at.Add(part)
	}
	return at.Truncate(100*time.Nanosecond).UTC().AppendFormat(dst, copyInstant), true
}
