package tds

import (
	"errors"
	"fmt"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

// value is a parameter of a call as it arrives.
type value struct {
	name  string
	byRef bool
	t     sqltype.Type
	v     any
}

func (v value) text() (string, error) {
	if s, ok := v.v.(string); ok {
		return s, nil
	}
	if v.v == nil {
		return "", nil
	}
	return "", &Error{Number: 214, Class: 16, Message: "Procedure expects parameter of type 'ntext/nchar/nvarchar'."}
}

// call is one RPC of a message.
type call struct {
	procedure string // lower case for the procedures that are served here
	values    []value
}

// procedureIDs are the numbers by which clients may call (MS-TDS 2.2.6.6, ProcIDSwitch).
var procedureIDs = map[uint16]string{
	10: "sp_executesql", 11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec", 14: "sp_prepexecrpc", 15: "sp_unprepare",
	1: "sp_cursor", 2: "sp_cursoropen", 3: "sp_cursorprepare", 4: "sp_cursorexecute", 5: "sp_cursorprepexec",
	6: "sp_cursorunprepare", 7: "sp_cursorfetch", 8: "sp_cursoroption", 9: "sp_cursorclose",
}

// readCall reads one RPC; more says that another one follows in the message (MS-TDS 2.2.6.6).
func readCall(c *cursor) (got call, more bool, err error) {
	if n := c.u16(); n == 0xFFFF {
		id := c.u16()
		got.procedure = procedureIDs[id]
		if got.procedure == "" && c.err == nil {
			return got, false, fmt.Errorf("procedure number %d", id)
		}
	} else {
		got.procedure = c.text(int(n))
	}
	c.u16() // flags: recompile, no metadata, reuse metadata
	for c.err == nil && len(c.b) > 0 {
		if b := c.b[0]; b == 0xFF || b == 0x80 || b == 0xFE { // a parameter's name has at most 127 units
			c.u8()
			return got, true, nil
		}
		v := value{name: c.text(int(c.u8()))}
		status := c.u8()
		v.byRef = status&1 != 0
		if c.err != nil {
			break
		}
		w, err := readTypeInfo(c)
		if err != nil {
			return got, false, err
		}
		if v.v, err = readValue(c, w); err != nil {
			return got, false, err
		}
		v.t = w.t
		got.values = append(got.values, v)
		const maxParameters = 2098 // azure/synapse-analytics/…/sql-data-warehouse-service-capacity-limits; with statement and list
		if len(got.values) > maxParameters+2 {
			return got, false, &Error{Number: 8003, Class: 16, Message: "The incoming request has too many parameters. The server supports a maximum of 2100 parameters. Reduce the number of parameters and resend the request."}
		}
	}
	return got, false, c.err
}

// answerCalls serves the calls of a message.
func (c *conn) answerCalls(r *response, body *cursor) error {
	for {
		one, more, err := readCall(body)
		if err != nil {
			// The number is not documented; the text is what SqlClient's tests show for a uniqueidentifier.
			e := &Error{Number: 104309, Class: 16, Message: "Unsupported parameter type found while parsing RPC request. The request has been terminated."}
			if !errors.Is(err, errUnsupportedParameter) && !errors.As(err, &e) {
				return err
			}
			r.Error(e)
			return r.finishCall(false)
		}
		if err := c.run(r, one); err != nil {
			return err
		}
		if err := r.finishCall(more); err != nil || !more {
			return err
		}
	}
}

// run serves one call. Errors of the call itself are written; the error that is returned ends the connection.
func (c *conn) run(r *response, one call) error {
	request, err := c.prepare(r, one)
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			return r.Error(e)
		}
		return err
	}
	if request.Text == "" && request.Procedure == "" {
		return nil
	}
	for _, p := range request.Params {
		if p.Output {
			r.outputs = append(r.outputs, output{name: p.Name, t: p.Type, value: p.Value})
		}
	}
	return c.execute(r, Event{Kind: KindBatch, Request: request})
}
