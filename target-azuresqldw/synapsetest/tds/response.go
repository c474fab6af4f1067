package tds

import (
	"context"
	"encoding/binary"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// Tokens of a response (MS-TDS 2.2.7).
const (
	tokenReturnStatus = 0x79
	tokenColumns      = 0x81
	tokenError        = 0xAA
	tokenInfo         = 0xAB
	tokenReturnValue  = 0xAC
	tokenLoginAck     = 0xAD
	tokenFeatureAck   = 0xAE
	tokenRow          = 0xD1
	tokenEnvChange    = 0xE3
	tokenDone         = 0xFD
	tokenDoneProc     = 0xFE
	tokenDoneInProc   = 0xFF
)

// Status of DONE (MS-TDS 2.2.7.6).
const (
	doneMore      = 0x01
	doneError     = 0x02
	doneCount     = 0x10
	doneAttention = 0x20
)

const commandSelect = 0xC1

// response writes what answers one request. It is the ResultWriter given to sessions. The last DONE is held back until it
// is known whether more follows, for its doneMore.
type response struct {
	c   *conn
	w   *packetWriter
	ctx context.Context
	buf []byte // of one token

	call      bool // the answer to an RPC: DONEINPROC ends its statements
	held      bool
	heldState uint16
	command   uint16
	count     uint64

	columns []Column
	open    bool  // a result set
	failed  int32 // number of the first error
	fatal   bool  // the connection ends after the answer

	outputs []output
}

type output struct {
	name  string
	t     sqltype.Type
	value any
}

func newResponse(c *conn, call bool) *response {
	return &response{c: c, w: newPacketWriter(c.rw, packetReply, c.size), ctx: c.s.ctx, call: call}
}

// begin writes the held DONE: more follows.
func (r *response) begin() {
	if !r.held {
		return
	}
	r.held = false
	token := byte(tokenDone)
	if r.call {
		token = tokenDoneInProc
	}
	r.done(token, r.heldState|doneMore, r.command, r.count)
}

func (r *response) hold(state, command uint16, count uint64) {
	r.begin()
	r.held, r.heldState, r.command, r.count = true, state, command, count
	r.open = false
}

// finish ends the answer to a batch.
func (r *response) finish() error {
	if !r.held {
		r.hold(0, 0, 0)
	}
	r.held = false
	r.done(tokenDone, r.heldState, r.command, r.count)
	return r.w.end()
}

// finishCall ends the answer to one call; more says that the message holds another one.
func (r *response) finishCall(more bool) error {
	r.begin()
	r.buf = binary.LittleEndian.AppendUint32(append(r.buf[:0], tokenReturnStatus), uint32(r.failed))
	r.w.Write(r.buf)
	for i, o := range r.outputs {
		r.buf = binary.LittleEndian.AppendUint16(append(r.buf[:0], tokenReturnValue), uint16(i))
		r.buf = appendName(r.buf, o.name)
		r.buf = append(r.buf, 1, 0, 0, 0, 0, 0, 0) // an output parameter, user type, flags
		var err error
		if r.buf, err = appendValue(appendTypeInfo(r.buf, o.t), o.t, o.value); err != nil {
			return err
		}
		r.w.Write(r.buf)
	}
	state := uint16(0)
	if r.failed != 0 {
		state |= doneError
	}
	if more {
		r.done(tokenDoneProc, state|doneMore, 0, 0)
		r.outputs, r.failed = nil, 0
		return r.w.err
	}
	r.done(tokenDoneProc, state, 0, 0)
	return r.w.end()
}

func (r *response) done(token byte, state, command uint16, count uint64) {
	r.buf = append(r.buf[:0], token)
	r.buf = binary.LittleEndian.AppendUint16(r.buf, state)
	r.buf = binary.LittleEndian.AppendUint16(r.buf, command)
	r.buf = binary.LittleEndian.AppendUint64(r.buf, count)
	r.w.Write(r.buf)
}

func (r *response) error(e *Error) {
	r.fatal = r.fatal || e.Class >= 20
	r.message(tokenError, e, 16)
}

func (r *response) message(token byte, e *Error, class uint8) {
	if e.Class != 0 {
		class = e.Class
	}
	body := binary.LittleEndian.AppendUint32(nil, uint32(e.Number))
	body = append(body, max(1, e.State), class)
	text := sqltype.EncodeUTF16(e.Message)
	if const64k := 60000; len(text) > const64k { // the token's length has two bytes
		text = text[:const64k]
	}
	body = binary.LittleEndian.AppendUint16(body, uint16(len(text)/2))
	body = append(body, text...)
	body = appendName(body, r.c.s.o.ServerName)
	body = appendName(body, "")
	body = binary.LittleEndian.AppendUint32(body, uint32(max(1, e.Line)))
	r.lengthed(token, body)
}

func (r *response) lengthed(token byte, body []byte) {
	r.buf = binary.LittleEndian.AppendUint16(append(r.buf[:0], token), uint16(len(body)))
	r.w.Write(append(r.buf, body...))
}

// appendName writes B_VARCHAR.
func appendName(b []byte, s string) []byte {
	text := sqltype.EncodeUTF16(s)
	text = text[:min(len(text), 510)]
	return append(append(b, byte(len(text)/2)), text...)
}
