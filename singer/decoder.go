package singer

import "io"

// DecoderOptions say how a [Decoder] reads. The zero value is usable.
type DecoderOptions struct {
	// MaxLineBytes is the longest line accepted.
	// 0 means [DefaultMaxLineBytes], 256 MiB.
	MaxLineBytes int

	// Grow, when set, is called before a buffer of more than 1 MiB is made for
	// a line that does not end, with the buffer's size. It may wait until there is
	// room for it.
	Grow func(bytes int)

	// Unknown, when set, is called for the first message of each type the
	// protocol does not know. Such messages are passed over.
	Unknown func(typ string, line int64)
}

// A Decoder reads the messages of a stream.
type Decoder struct {
	lines   *LineReader
	names   map[string]string
	unknown func(typ string, line int64)
	seen    map[string]bool // unknown types that were reported
	err     error
}

// maxNames bounds the memory for names in case somebody puts data into them.
const maxNames = 10_000

// NewDecoder returns a decoder of the messages in r.
func NewDecoder(r io.Reader, o DecoderOptions) *Decoder {
	lines := NewLineReader(r, o.MaxLineBytes)
	lines.grow = o.Grow
	return &Decoder{
		lines:   lines,
		names:   make(map[string]string),
		unknown: o.Unknown,
		seen:    make(map[string]bool),
	}
}

// Decode returns the next message. Its byte slices are valid until the
// following call. At the end of the input the error is io.EOF; what is wrong
// with the input is an [*InputError] that names the line. Errors are sticky:
// nothing after a broken line is read.
func (d *Decoder) Decode() (Message, error) {
	if d.err != nil {
		return Message{}, d.err
	}
	for {
		line, number, err := d.lines.Next()
		if err != nil {
			d.err = err
			return Message{}, err
		}
		if len(d.names) > maxNames {
			clear(d.names)
		}
		p := parser{Message: Message{Line: number}, names: d.names}
		if err := p.parse(line); err != nil {
			d.err = err
			return Message{}, err
		}
		if p.Kind != KindUnknown {
			return p.Message, nil
		}
		d.report(p.Type, number)
	}
}

// Keep leaves the bytes that the last message aliases to the caller for good,
// when they are so many that this saves a copy worth mentioning. It returns how
// much memory the caller has with them; 0 when they are only valid until the
// next call, as always.
func (d *Decoder) Keep() int { return d.lines.Keep() }

func (d *Decoder) report(typ string, line int64) {
	if d.seen[typ] || len(d.seen) > maxNames {
		return
	}
	d.seen[typ] = true
	if d.unknown != nil {
		d.unknown(typ, line)
	}
}
