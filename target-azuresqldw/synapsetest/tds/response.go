package tds

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

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

// Kinds of ENVCHANGE (MS-TDS 2.2.7.9).
const (
	envDatabase   = 1
	envLanguage   = 2
	envPacketSize = 4
	envCollation  = 7
	envBegin      = 8
	envCommit     = 9
	envRollback   = 10
	envReset      = 18
)

func (r *response) envChange(kind byte, values ...[]byte) {
	body := []byte{kind}
	for _, v := range values {
		body = append(body, v...)
	}
	r.lengthed(tokenEnvChange, body)
}

// short writes B_VARBYTE.
func short(b []byte) []byte { return append([]byte{byte(len(b))}, b...) }

func name(s string) []byte { return appendName(nil, s) }

// welcome answers a login. It goes out in packets of 4096 bytes; the size that was agreed on begins after it.
func (c *conn) welcome() error {
	size := min(max(c.login.packetSize, 512), maxPacket)
	if c.login.packetSize == 0 {
		size = loginSize // 0 asks for the server's choice
	}
	if c.login.TLS {
		size = min(size, maxPacketInTLS)
	}
	r := newResponse(c, false)
	database := c.session.Database()
	r.envChange(envDatabase, name(database), name("master"))
	r.message(tokenInfo, &Error{Number: 5701, State: 2, Message: "Changed database context to '" + database + "'."}, 0)
	r.envChange(envCollation, short(collationBytes("")), short(nil))
	r.envChange(envLanguage, name("us_english"), name(""))
	r.message(tokenInfo, &Error{Number: 5703, Message: "Changed language setting to us_english."}, 0)

	ack := binary.BigEndian.AppendUint32([]byte{1}, c.login.Version)
	ack = appendName(ack, "Microsoft SQL Server")
	r.lengthed(tokenLoginAck, append(ack, 12, 0, 0x07, 0xD0))
	r.envChange(envPacketSize, name(strconv.Itoa(size)), name(strconv.Itoa(loginSize)))
	if c.login.fedAuth {
		r.w.Write([]byte{tokenFeatureAck, featureFedAuth})
		r.w.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(c.login.nonce))))
		r.w.Write(append(c.login.nonce, featureEnd))
	}
	err := r.finish()
	c.size = size
	return err
}

// Columns implements ResultWriter.
func (r *response) Columns(cols []Column) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	r.begin()
	r.columns, r.open = append(r.columns[:0], cols...), true
	b := binary.LittleEndian.AppendUint16(append(r.buf[:0], tokenColumns), uint16(len(cols)))
	for i, col := range r.columns {
		if r.c.login.Version>>24 < 0x73 && isNewType(col.Type.Kind) {
			// date, time, datetime2 and datetimeoffset came with 7.3; older clients get text (MS-TDS 2.2.5.4.3).
			r.columns[i].Type.Kind, r.columns[i].Type.Length = sqltype.KindNVarChar, 34
		}
		const nullable = 0x01
		flags := uint16(0)
		if col.Nullable {
			flags = nullable
		}
		b = binary.LittleEndian.AppendUint32(b, 0) // user type
		b = binary.LittleEndian.AppendUint16(b, flags)
		b = appendTypeInfo(b, r.columns[i].Type)
		b = appendName(b, col.Name)
	}
	r.buf = b
	_, err := r.w.Write(b)
	return err
}

func isNewType(k sqltype.Kind) bool {
	return k == sqltype.KindDate || k == sqltype.KindTime || k == sqltype.KindDateTime2 || k == sqltype.KindDateTimeOffset
}

// Row implements ResultWriter.
func (r *response) Row(values []any) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if !r.open || len(values) != len(r.columns) {
		return fmt.Errorf("tds: a row of %d values in a result of %d columns", len(values), len(r.columns))
	}
	b := append(r.buf[:0], tokenRow)
	for i, v := range values {
		t := r.columns[i].Type
		if _, isText := v.(string); v != nil && !isText && t.Kind == sqltype.KindNVarChar {
			v = sqltype.Text(v, sqltype.Type{Kind: kindOfTemporal(v), Scale: t.Scale}) // see Columns
		}
		var err error
		if b, err = appendValue(b, t, v); err != nil {
			return fmt.Errorf("column %s: %w", r.columns[i].Name, err)
		}
	}
	r.buf = b
	_, err := r.w.Write(b)
	return err
}

func kindOfTemporal(v any) sqltype.Kind {
	switch v.(type) {
	case sqltype.Date:
		return sqltype.KindDate
	case sqltype.Time:
		return sqltype.KindTime
	case sqltype.DateTime:
		return sqltype.KindDateTime2
	}
	return sqltype.KindDateTimeOffset
}

// Done implements ResultWriter.
func (r *response) Done(count int64) error {
	command := uint16(0)
	if r.open {
		command = commandSelect
	}
	if count < 0 {
		r.hold(0, command, 0)
	} else {
		r.hold(doneCount, command, uint64(count))
	}
	return r.w.err
}

// Error implements ResultWriter.
func (r *response) Error(e *Error) error {
	r.begin()
	r.error(e)
	if r.failed == 0 {
		r.failed = e.Number
	}
	r.hold(doneError, 0, 0)
	return r.w.err
}

// Info implements ResultWriter.
func (r *response) Info(e *Error) error {
	r.begin()
	r.message(tokenInfo, e, 0)
	return r.w.err
}

// Transaction implements ResultWriter. A client sends the descriptor back with each request (MS-TDS 2.2.5.3.2).
func (r *response) Transaction(t Transition) error {
	r.begin()
	descriptor := func() []byte { return short(binary.LittleEndian.AppendUint64(nil, r.c.transaction)) }
	switch t {
	case Began:
		r.c.lastTran++
		r.c.transaction = r.c.lastTran
		r.envChange(envBegin, descriptor(), short(nil))
	case Committed, RolledBack:
		kind := byte(envCommit)
		if t == RolledBack {
			kind = envRollback
		}
		r.envChange(kind, short(nil), descriptor())
		r.c.transaction = 0
	}
	return r.w.err
}

// Output implements ResultWriter.
func (r *response) Output(name string, value any) error {
	for i := range r.outputs {
		if sqlNameEqual(r.outputs[i].name, name) {
			r.outputs[i].value = value
			return nil
		}
	}
	return fmt.Errorf("tds: no output parameter %s", name)
}
