package tds

import (
	"encoding/binary"
	"io"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// cursor reads the body of a message. After the first read past the end everything is zero and err is set.
type cursor struct {
	b   []byte
	err error
}

// bytes gives the next n bytes; they alias the message.
func (c *cursor) bytes(n int) []byte {
	if c.err != nil || n < 0 || n > len(c.b) {
		if c.err == nil {
			c.err = io.ErrUnexpectedEOF
		}
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) u8() byte {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.bytes(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// text gives the next n UTF-16 units.
func (c *cursor) text(n int) string { return sqltype.DecodeUTF16(c.bytes(2 * n)) }

// skipHeaders passes over ALL_HEADERS, which stands before batches, calls and requests of the transaction manager from
// 7.2 on, and not before bulk load (MS-TDS 2.2.5.3).
func (c *cursor) skipHeaders() {
	if total := int(c.u32()); c.err == nil {
		if total < 4 {
			c.err = io.ErrUnexpectedEOF
			return
		}
		c.bytes(total - 4)
	}
}
