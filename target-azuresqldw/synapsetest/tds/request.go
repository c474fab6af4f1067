package tds

import (
	"errors"
	"fmt"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

var errFatal = errors.New("an error of class 20 or more was sent")

// answer serves one message. An error ends the connection, and so does one of class 20 or more that was sent to the
// client (relational-databases/errors-events/database-engine-error-severities).
func (c *conn) answer(m message) error {
	r := newResponse(c, m.kind == packetRPC)
	r.ctx = m.ctx
	if err := c.serveMessage(r, m); err != nil {
		return err
	}
	if r.fatal {
		c.hangUp()
		return errFatal
	}
	return nil
}

func (c *conn) serveMessage(r *response, m message) error {
	if m.kind == packetAttention {
		// The acknowledgement is a message of its own, after the answer of what was cancelled.
		r.done(tokenDone, doneAttention, 0, 0)
		return r.w.end()
	}
	if m.status&statusIgnore != 0 { // the client has thought better of it while it was sending
		r.done(tokenDone, doneError, 0, 0)
		return r.w.end()
	}
	if m.status&(statusReset|statusResetKeep) != 0 && (m.status&statusResetKeep == 0 || c.transaction == 0) {
		if err := c.session.Reset(m.ctx); err != nil {
			return err
		}
		c.transaction = 0
		clear(c.prepared)
		r.envChange(envReset, short(nil), short(nil))
	}
	var err error
	body := &cursor{b: m.body}
	switch m.kind {
	case packetBatch:
		body.skipHeaders()
		text := sqltype.DecodeUTF16(body.b)
		if err = body.err; err == nil {
			err = c.execute(r, Event{Kind: KindBatch, Request: Request{Text: text}})
		}
	case packetRPC:
		body.skipHeaders()
		return c.answerCalls(r, body)
	case packetTransaction:
		body.skipHeaders()
		err = c.answerTransaction(r, body)
	case 0:
		r.error(&Error{Number: 4002, Class: 20, Message: "The request is larger than this server takes."})
		r.hold(doneError, 0, 0)
	default:
		err = fmt.Errorf("message of type %d is not served", m.kind)
	}
	if err != nil {
		return err
	}
	return r.finish()
}

// execute runs a request between its faults. What fails is written as an error; the error that is returned ends the
// connection.
func (c *conn) execute(r *response, e Event) error {
	e.Login, e.Point = c.login.Login, BeforeRequest
	if err := c.s.o.Fault(r.ctx, e); err != nil {
		return c.report(r, err)
	}
	if err := c.perform(r, e); err != nil {
		return c.report(r, err)
	}
	e.Point = AfterRequest
	if err := c.s.o.Fault(r.ctx, e); err != nil {
		return c.report(r, err)
	}
	return nil
}

func (c *conn) perform(r *response, e Event) error {
	switch e.Kind {
	case KindBegin:
		return c.session.Begin(r.ctx)
	case KindCommit:
		return c.session.Commit(r.ctx)
	case KindRollback:
		return c.session.Rollback(r.ctx)
	}
	return c.session.Execute(r.ctx, e.Request, r)
}

// report writes the error that ended a request, and gives it back when it ends the connection.
func (c *conn) report(r *response, err error) error {
	if errors.Is(err, ErrDropConnection) {
		return err
	}
	if r.ctx.Err() != nil { // cancelled: the answer ends here, the acknowledgement follows
		r.hold(doneError, 0, 0)
		r.failed = max(1, r.failed)
		return r.w.err
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return r.Error(e)
	}
	c.s.o.Log.Error("request ended without a number", "err", err)
	return r.Error(&Error{Number: 50000, Message: err.Error()})
}
