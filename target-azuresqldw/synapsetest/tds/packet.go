package tds

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// packetType is the first byte of a packet (MS-TDS 2.2.3.1.1).
type packetType byte

const (
	packetBatch       packetType = 1
	packetRPC         packetType = 3
	packetReply       packetType = 4
	packetAttention   packetType = 6
	packetBulk        packetType = 7
	packetTransaction packetType = 14
	packetLogin       packetType = 16
	packetPrelogin    packetType = 18
)

// Bits of a packet's status (MS-TDS 2.2.3.1.2).
const (
	statusEnd       = 0x01
	statusIgnore    = 0x02
	statusReset     = 0x08
	statusResetKeep = 0x10 // reset, but keep the transaction
)

const (
	headerSize     = 8
	loginSize      = 4096  // packets before the size is negotiated
	maxPacket      = 32767 // MS-TDS 2.2.6.4, PacketSize
	maxPacketInTLS = 16383 // one TLS record
)

var errMessageTooLong = errors.New("message is longer than the server takes")

// message is what a client sends at once: its packets without their headers.
type message struct {
	kind   packetType
	status byte // of its first packet; statusIgnore of any
	body   []byte

	ctx    context.Context // of the request; ends on attention
	cancel context.CancelFunc
}

// readMessage reads packets up to the one that ends the message.
func readMessage(r io.Reader, maxBytes int) (message, error) {
	var m message
	for first := true; ; first = false {
		var header [headerSize]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			if !first && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return m, err
		}
		kind, status, size := packetType(header[0]), header[1], int(binary.BigEndian.Uint16(header[2:]))
		switch {
		case first:
			m.kind, m.status = kind, status
		case kind != m.kind:
			return m, fmt.Errorf("packet of type %d inside a message of type %d", kind, m.kind)
		}
		if size < headerSize {
			return m, fmt.Errorf("packet of %d bytes", size)
		}
		size -= headerSize
		if len(m.body)+size > maxBytes {
			return m, errMessageTooLong
		}
		start := len(m.body)
		m.body = append(m.body, make([]byte, size)...)
		if _, err := io.ReadFull(r, m.body[start:]); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return m, err
		}
		m.status |= status & statusIgnore
		if status&statusEnd != 0 {
			return m, nil
		}
	}
}

// packetWriter cuts what is written into packets. Nothing is sent before a packet is full or end is called.
type packetWriter struct {
	w    io.Writer
	kind packetType
	seq  byte
	buf  []byte // begins with room for the header
	size int
	err  error // sticky
}

func newPacketWriter(w io.Writer, kind packetType, size int) *packetWriter {
	return &packetWriter{w: w, kind: kind, size: size, buf: make([]byte, headerSize, size)}
}

// Write implements io.Writer.
func (p *packetWriter) Write(b []byte) (int, error) {
	total := len(b)
	for len(b) > 0 && p.err == nil {
		if len(p.buf) == p.size {
			p.send(0)
		}
		n := min(len(b), p.size-len(p.buf))
		p.buf = append(p.buf, b[:n]...)
		b = b[n:]
	}
	return total, p.err
}

// end sends the last packet of the message, and the next byte begins another.
func (p *packetWriter) end() error {
	p.send(statusEnd)
	p.seq = 0
	return p.err
}

func (p *packetWriter) send(status byte) {
	if p.err != nil {
		return
	}
	p.seq++
	p.buf[0], p.buf[1] = byte(p.kind), status
	binary.BigEndian.PutUint16(p.buf[2:], uint16(len(p.buf)))
	p.buf[4], p.buf[5], p.buf[6], p.buf[7] = 0, 0, p.seq, 0
	_, p.err = p.w.Write(p.buf)
	p.buf = p.buf[:headerSize]
}
