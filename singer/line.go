package singer

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// DefaultMaxLineBytes is the longest line read when nothing else is said. It
// is five times what Meltano passes on (elt.buffer_size / 2 = 50 MiB).
const DefaultMaxLineBytes = 256 << 20

const (
	firstBufferBytes = 64 << 10
	keepBufferBytes  = 4 << 20 // a buffer grown beyond this for one line is given back after it
	greatLineBytes   = 1 << 20
)

// LineReader splits its input into lines and counts them. Unlike
// bufio.Scanner it takes lines of any length up to its limit, and does not
// mistake a line above it for the end of the input.
type LineReader struct {
	r        io.Reader
	maxBytes int
	buf      []byte
	start    int // of what has not been returned yet
	end      int // of what has been read
	scanned  int // no newline before this
	number   int64
	grow     func(bytes int)
	line     []byte // returned last
	err      error  // of r, once it has ended
	failed   error  // of Next, sticky
}

// NewLineReader returns a reader of the lines of r. Lines longer than
// maxBytes are an error; 0 means [DefaultMaxLineBytes].
func NewLineReader(r io.Reader, maxBytes int) *LineReader {
	if maxBytes <= 0 {
		maxBytes = DefaultMaxLineBytes
	}
	return &LineReader{r: r, maxBytes: maxBytes}
}

// Next returns the next line that is not blank, without its line ending, and
// its number. Blank lines are passed over but counted. The line is valid until
// the following call.
//
// At the end of the input Next returns io.EOF. A last line without newline is
// returned unless it breaks off within a value: then the writer was cut short and Next
// returns an [*InputError] wrapping [ErrTruncated]. A line above the limit
// gives one wrapping [ErrLineTooLong]. Errors are sticky.
func (r *LineReader) Next() (line []byte, number int64, err error) {
	if r.failed != nil {
		return nil, r.number, r.failed
	}
	r.line = nil
	r.shrink()
	for {
		line, err := r.next()
		if err != nil {
			r.failed = err
			return nil, r.number, err
		}
		if r.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // PowerShell begins a pipe with a byte order mark
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			r.line = line
			return line, r.number, nil
		}
	}
}

// next returns the next line, blank or not.
func (r *LineReader) next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(r.buf[r.scanned:r.end], '\n'); i >= 0 {
			line := r.buf[r.start : r.scanned+i]
			r.start, r.scanned = r.scanned+i+1, r.scanned+i+1
			r.number++
			if len(line) > r.maxBytes {
				return nil, r.tooLong()
			}
			return line, nil
		}
		r.scanned = r.end
		if r.end-r.start > r.maxBytes {
			r.number++
			return nil, r.tooLong()
		}
		if r.err != nil {
			return r.last()
		}
		r.fill()
	}
}

// last returns what stands after the last newline.
func (r *LineReader) last() ([]byte, error) {
	if !errors.Is(r.err, io.EOF) {
		return nil, fmt.Errorf("read line %d: %w", r.number+1, r.err)
	}
	line := r.buf[r.start:r.end]
	if len(line) == 0 {
		return nil, io.EOF
	}
	r.number++
	r.start = r.end
	if isCutShort(line) {
		return nil, &InputError{Line: r.number, Err: fmt.Errorf("%w, after %d bytes of it (did the tap die?)", ErrTruncated, len(line))}
	}
	return line, nil
}

// isCutShort reports whether a line begins a JSON value and does not end it. What is no JSON for another reason is told by its parser.
func isCutShort(line []byte) bool {
	if line = bytes.TrimSpace(line); len(line) == 0 || notJSON(line) != "" {
		return false
	}
	_, err := jsontext.NewDecoder(bytes.NewBuffer(line), lax).ReadValue()
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

func (r *LineReader) tooLong() error {
	return &InputError{Line: r.number, Err: fmt.Errorf("%w: more than %d bytes", ErrLineTooLong, r.maxBytes)}
}

// fill reads more of the input, making room for it first.
func (r *LineReader) fill() {
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.scanned -= r.start
		r.start = 0
	}
	if r.end == len(r.buf) {
		size := max(2*len(r.buf), firstBufferBytes)
		if limit := r.maxBytes + 2; size > limit && limit > len(r.buf) { // the limit, its newline, and one to see that it is passed
			size = limit
		}
		if r.grow != nil && size > greatLineBytes {
			r.grow(size)
		}
		buf := make([]byte, size)
		copy(buf, r.buf[:r.end])
		r.buf = buf
	}
	for range 100 { // as bufio: a reader may give nothing now and then, not for ever
		n, err := r.r.Read(r.buf[r.end:])
		r.end += n
		if err != nil {
			r.err = err
			return
		}
		if n > 0 {
			return
		}
	}
	r.err = io.ErrNoProgress
}

// Keep leaves the line that Next has returned last to the caller for good, when
// that saves a copy: when the line has more than 1 MiB and fills the better part of
// its buffer. It returns how much memory the caller has with it; 0 when the line
// stays the reader's.
func (r *LineReader) Keep() int {
	size := len(r.buf)
	if len(r.line) <= greatLineBytes || len(r.line) < size/2 {
		return 0
	}
	r.line = nil
	rest := r.buf[r.start:r.end]
	r.buf = make([]byte, max(2*firstBufferBytes, len(rest)+firstBufferBytes))
	copy(r.buf, rest)
	r.start, r.end, r.scanned = 0, len(rest), 0
	return size
}

// shrink gives back a buffer that one long line made large.
func (r *LineReader) shrink() {
	if rest := r.end - r.start; len(r.buf) > keepBufferBytes && rest <= firstBufferBytes {
		buf := make([]byte, 2*firstBufferBytes)
		copy(buf, r.buf[r.start:r.end])
		r.scanned -= r.start
		r.buf, r.start, r.end = buf, 0, rest
	}
}
