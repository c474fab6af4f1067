package target

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// rows makes rows of the records of a batch from the made-th on. It stops at a record that the layout has no place for, and at one that ends
// the run, which is b.err.
func (r *rower) rows(b *batch, now time.Time) {
	if b.made == 0 {
		b.out.received = b.received.UTC().AppendFormat(b.out.received[:0], copyInstant)
		b.out.batched = now.UTC().AppendFormat(b.out.batched[:0], copyInstant)
	}
	r.begin(&b.out)
	defer r.end()
	for ; b.made < len(b.records); b.made++ {
		rec := &b.records[b.made]
		if v := rec.plan.validator; v != nil {
			if err := v.Validate(rec.raw); err != nil {
				if b.err = missingKey(rec); b.err != nil {
					return
				}
				b.reject(rec, err)
				continue
			}
		}
		err := r.add(rec)
		if _, unfit := errors.AsType[unfitKeyError](err); unfit {
			b.reject(rec, err)
			continue
		}
		switch {
		case errors.Is(err, errLayout):
			return
		case err != nil:
			b.err = err
			return
		}
	}
}

// reject sets the record at made aside.
func (b *batch) reject(rec *record, why error) {
	b.rejects = append(b.rejects, reject{b.made, rec.stream.name, rec.line, reason(why), rec.raw, appendVersion(nil, rec)})
}

// copyInstant is how COPY reads a time; appendInstant writes the same.
const copyInstant = "2006-01-02 15:04:05.0000000 -07:00"

// reason is what a validator says without the place, which is kept beside it.
func reason(err error) string {
	if at, ok := errors.AsType[*singer.InputError](err); ok {
		return (&singer.InputError{Field: at.Field, Err: at.Err}).Error()
	}
	return err.Error()
}

// missingKey looks for the keys of a record that its schema refuses: without them the run ends, whatever the schema says.
func missingKey(rec *record) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(rec.raw, &members, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return locate(err, rec)
	}
	for _, key := range rec.plan.keys {
		if v, ok := members[key]; !ok || v.Kind() == jsontext.KindNull {
			return locate(&singer.InputError{Field: "/" + escapeStep(key), Err: errKeyMissing}, rec)
		}
	}
	return nil
}

var errKeyMissing = errors.New("key property is missing or null")
