package copyinto

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

var (
	errBareQuote   = errors.New("quote inside a field without quotes")
	errAfterQuote  = errors.New("text behind a closing quote")
	errOpenQuote   = errors.New("quote that is never closed")
	errRecordLimit = errors.New("record is too long")
)

// maxRecordBytes keeps a missing quote from filling the memory.
const maxRecordBytes = 1 << 30

// recordReader takes CSV apart as RFC 4180 describes it, with terminators of any length: "COPY … properly parse[s] … where
// delimiters (string, field, row) are escaped within string delimited columns". Within quotes everything is text and a
// doubled quote is one. A quote inside a field that does not begin with one is an error, as in the RFC.
type recordReader struct {
	r          *bufio.Reader
	quote      int // byte, or -1
	field, row []byte

	bare, quoted [256]bool // bytes that need a look, outside and inside of quotes

	record []byte  // of the last record, without quotes and terminators
	fields []field // of the last record
}

type field struct {
	start, end int
	quoted     bool
}

func newRecordReader(r io.Reader, d dialect) *recordReader {
	rr := &recordReader{r: bufio.NewReaderSize(r, 1<<16), quote: -1, field: d.field, row: d.row}
	if len(d.quote) == 1 {
		rr.quote = int(d.quote[0])
		rr.bare[d.quote[0]], rr.quoted[d.quote[0]] = true, true
	}
	rr.bare[d.field[len(d.field)-1]], rr.bare[d.row[len(d.row)-1]] = true, true
	return rr
}

// next reads a record; false is the end of the file. The last record needs no terminator.
func (r *recordReader) next() (bool, error) {
	r.record, r.fields = r.record[:0], r.fields[:0]
	for {
		end, err := r.nextField()
		if errors.Is(err, io.EOF) && len(r.fields) == 1 && r.fields[0] == (field{}) {
			return false, nil // nothing at all behind the last terminator
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil || end {
			return true, err
		}
	}
}

// skip passes over rows without taking them apart: "Rows are skipped based on the existence of row terminators", in quotes
// or not. It gives false when the file has no more of them.
func (r *recordReader) skip(rows int) (bool, error) {
	last := r.row[len(r.row)-1]
	for tail := []byte(nil); rows > 0; {
		b, err := r.r.ReadSlice(last)
		if len(tail) > len(r.row) {
			tail = tail[len(tail)-len(r.row):]
		}
		tail = append(tail, b...)
		switch {
		case err == nil && bytes.HasSuffix(tail, r.row):
			rows, tail = rows-1, nil
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
	return true, nil
}

// nextField appends a field; end says that the record's terminator follows it. At the end of the file it gives io.EOF,
// with the field appended.
func (r *recordReader) nextField() (end bool, err error) {
	f := field{start: len(r.record)}
	for {
		c, err := r.skim(&r.bare)
		if errors.Is(err, io.EOF) {
			f.end = len(r.record)
			r.fields = append(r.fields, f)
			return true, io.EOF
		}
		if err != nil {
			return false, err
		}
		if int(c) == r.quote {
			if len(r.record) > f.start {
				return false, errBareQuote
			}
			return r.quotedField(f)
		}
		r.record = append(r.record, c)
		for _, terminator := range [...][]byte{r.row, r.field} {
			if c == terminator[len(terminator)-1] && bytes.HasSuffix(r.record[f.start:], terminator) {
				r.record = r.record[:len(r.record)-len(terminator)]
				f.end = len(r.record)
				r.fields = append(r.fields, f)
				return &terminator[0] == &r.row[0], nil
			}
		}
	}
}

// quotedField reads on behind an opening quote.
func (r *recordReader) quotedField(f field) (end bool, err error) {
	f.quoted = true
	for {
		c, err := r.skim(&r.quoted)
		if errors.Is(err, io.EOF) {
			return false, errOpenQuote
		}
		if err != nil {
			return false, err
		}
		if next, err := r.r.Peek(1); err == nil && int(next[0]) == r.quote {
			r.r.Discard(1)
			r.record = append(r.record, c)
			continue
		}
		f.end = len(r.record)
		end, err := r.terminator()
		if err == nil || errors.Is(err, io.EOF) {
			r.fields = append(r.fields, f)
		}
		return end, err
	}
}

// terminator reads what must stand behind a closing quote: a terminator, or the end of the file.
func (r *recordReader) terminator() (end bool, err error) {
	for _, t := range [...][]byte{r.row, r.field} {
		next, err := r.r.Peek(len(t))
		if bytes.Equal(next, t) {
			r.r.Discard(len(t))
			return &t[0] == &r.row[0], nil
		}
		if len(next) == 0 && errors.Is(err, io.EOF) {
			return true, io.EOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
	}
	return false, errAfterQuote
}

// skim takes bytes into the record up to one that needs a look, and gives that one.
func (r *recordReader) skim(stop *[256]bool) (byte, error) {
	for {
		if _, err := r.r.Peek(1); err != nil {
			return 0, err
		}
		buffered, _ := r.r.Peek(r.r.Buffered())
		for i, c := range buffered {
			if stop[c] {
				r.record = append(r.record, buffered[:i]...)
				r.r.Discard(i + 1)
				return c, nil
			}
		}
		r.record = append(r.record, buffered...)
		r.r.Discard(len(buffered))
		if len(r.record) > maxRecordBytes {
			return 0, errRecordLimit
		}
	}
}
