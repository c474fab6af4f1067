package singer

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// An Encoder writes messages, each with a single Write that ends in a newline,
// so that a reader never sees the half of one unless the program dies within
// the system call. Its methods may be called from several goroutines; the
// messages come out whole and in some order.
//
// The first error stays: every later call returns it and writes nothing. When
// the reader has gone, the error wraps [ErrBrokenPipe].
type Encoder struct {
	mu  sync.Mutex
	w   io.Writer
	buf []byte
	err error
}

// NewEncoder returns an encoder that writes to w. It does not buffer: give it
// a bufio.Writer only with care for when that is flushed.
func NewEncoder(w io.Writer) *Encoder { return &Encoder{w: w} }

// RecordOptions are the optional members of a RECORD.
type RecordOptions struct {
	TimeExtracted time.Time // when the record was read from its source; zero is left out
	Version       int64     // of the table the record belongs to
	HasVersion    bool      // write Version, which may be 0
}

// Schema writes a SCHEMA. Nil keyProperties mean no primary key and are
// written as an empty list; empty bookmarkProperties are left out.
func (e *Encoder) Schema(stream string, schema jsontext.Value, keyProperties, bookmarkProperties []string) error {
	return e.write(func(b []byte) ([]byte, error) {
		b = appendHead(b, KindSchema, stream)
		b = append(b, `,"schema":`...)
		b, err := appendCompact(b, schema)
		if err != nil {
			return nil, fmt.Errorf("encode schema of %s: %w", stream, err)
		}
		b = append(b, `,"key_properties":`...)
		b = appendTexts(b, keyProperties)
		if len(bookmarkProperties) > 0 {
			b = append(b, `,"bookmark_properties":`...)
			b = appendTexts(b, bookmarkProperties)
		}
		return append(b, '}'), nil
	})
}

// Record writes a RECORD. The record must be valid JSON; it is written
// without insignificant white space, with its numbers as they are, and with
// U+FFFD for what is not UTF-8.
func (e *Encoder) Record(stream string, record jsontext.Value, o RecordOptions) error {
	return e.write(func(b []byte) ([]byte, error) {
		b = appendHead(b, KindRecord, stream)
		b = append(b, `,"record":`...)
		b, err := appendCompact(b, record)
		if err != nil {
			return nil, fmt.Errorf("encode record of %s: %w", stream, err)
		}
		if !o.TimeExtracted.IsZero() {
			b = append(b, `,"time_extracted":"`...)
			b = o.TimeExtracted.UTC().AppendFormat(b, "2006-01-02T15:04:05.000000Z07:00")
			b = append(b, '"')
		}
		if o.HasVersion || o.Version != 0 {
			b = append(b, `,"version":`...)
			b = strconv.AppendInt(b, o.Version, 10)
		}
		return append(b, '}'), nil
	})
}

// State writes a STATE with the given value.
func (e *Encoder) State(value jsontext.Value) error {
	return e.write(func(b []byte) ([]byte, error) {
		b = append(b, `{"type":"STATE","value":`...)
		b, err := appendRaw(b, value)
		if err != nil {
			return nil, fmt.Errorf("encode state: %w", err)
		}
		return append(b, '}'), nil
	})
}

// ActivateVersion writes an ACTIVATE_VERSION: what was seen of the stream
// before, and does not carry this version, is gone.
func (e *Encoder) ActivateVersion(stream string, version int64) error {
	return e.write(func(b []byte) ([]byte, error) {
		b = appendHead(b, KindActivateVersion, stream)
		b = append(b, `,"version":`...)
		b = strconv.AppendInt(b, version, 10)
		return append(b, '}'), nil
	})
}

// Value writes a bare JSON value on a line of its own, byte for byte but for
// line breaks between its tokens. It is how a target releases the value of a
// STATE, which it does not own.
func (e *Encoder) Value(value jsontext.Value) error {
	return e.write(func(b []byte) ([]byte, error) {
		b, err := appendRaw(b, value)
		if err != nil {
			return nil, fmt.Errorf("encode value: %w", err)
		}
		return b, nil
	})
}

// Err returns the error that stopped the encoder, if any.
func (e *Encoder) Err() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// write appends one message to the buffer and hands it to the writer. An
// error of build is the caller's and does not stick: nothing was written.
func (e *Encoder) write(build func([]byte) ([]byte, error)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	b, err := build(e.buf[:0])
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if cap(b) <= keepBufferBytes {
		e.buf = b
	}
	if _, err := e.w.Write(b); err != nil {
		e.err = fmt.Errorf("write message: %w", WrapBrokenPipe(err))
	}
	return e.err
}

func appendHead(b []byte, k Kind, stream string) []byte {
	b = append(b, `{"type":"`...)
	b = append(b, k.String()...)
	b = append(b, `","stream":`...)
	return appendText(b, stream)
}

func appendText(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text) // its error is invalid UTF-8, repaired
	return b
}

func appendTexts(b []byte, texts []string) []byte {
	b = append(b, '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, text)
	}
	return append(b, ']')
}

// appendCompact appends a valid JSON value on one line, in valid UTF-8.
func appendCompact(b []byte, v jsontext.Value) ([]byte, error) {
	if len(v) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return jsontext.AppendFormat(b, v, lax)
}

// appendRaw appends a valid JSON value as it is, unless it spans lines.
func appendRaw(b []byte, v jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(v, '\n') >= 0 || bytes.IndexByte(v, '\r') >= 0 {
		return jsontext.AppendFormat(b, v, lax, jsontext.PreserveRawStrings(true))
	}
	if !v.IsValid(lax) {
		return nil, fmt.Errorf("invalid JSON value")
	}
	return append(b, v...), nil
}
