package tds

import (
	"errors"
	"fmt"
	"strings"

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
	err := c.s.o.Fault(r.ctx, e)
	if err == nil {
		switch e.Kind {
		case KindBegin:
			err = c.session.Begin(r.ctx)
		case KindCommit:
			err = c.session.Commit(r.ctx)
		case KindRollback:
			err = c.session.Rollback(r.ctx)
		default:
			err = c.session.Execute(r.ctx, e.Request, r)
		}
		if err == nil {
			e.Point = AfterRequest
			err = c.s.o.Fault(r.ctx, e)
		}
	}
	if err == nil {
		return nil
	}
	var sqlError *Error
	switch {
	case errors.Is(err, ErrDropConnection):
		return err
	case r.ctx.Err() != nil: // cancelled: the answer ends here, the acknowledgement follows
		r.hold(doneError, 0, 0)
		r.failed = max(1, r.failed)
	case errors.As(err, &sqlError):
		return r.Error(sqlError)
	default:
		c.s.o.Log.Error("request ended without a number", "err", err)
		return r.Error(&Error{Number: 50000, Message: err.Error()})
	}
	return nil
}

// Requests of the transaction manager (MS-TDS 2.2.6.9).
const (
	managerBegin    = 5
	managerCommit   = 7
	managerRollback = 8
)

func (c *conn) answerTransaction(r *response, body *cursor) error {
	kind := body.u16()
	if body.err != nil {
		return body.err
	}
	run := func(k RequestKind, t Transition) error {
		r.failed = 0
		if err := c.execute(r, Event{Kind: k}); err != nil || r.failed != 0 {
			return err
		}
		return r.Transaction(t)
	}
	switch kind {
	case managerBegin:
		return run(KindBegin, Began)
	case managerCommit, managerRollback:
		body.text(int(body.u8())) // name
		beginAnother := body.u8()&1 != 0
		if body.err != nil {
			return body.err
		}
		k, t := KindCommit, Committed
		if kind == managerRollback {
			k, t = KindRollback, RolledBack
		}
		if err := run(k, t); err != nil || r.failed != 0 || !beginAnother {
			return err
		}
		return run(KindBegin, Began)
	}
	// Distributed transactions and savepoints do not exist in a pool (azure/synapse-analytics/sql-data-warehouse/
	// sql-data-warehouse-develop-transactions, "Limitations").
	return r.Error(&Error{Number: 3971, Class: 16, Message: fmt.Sprintf("Request %d of the transaction manager is not supported.", kind)})
}

// prepared is the text and the parameter list of sp_prepare.
type prepared struct {
	text     string
	declared []declaration
}

// declaration is one parameter of a parameter list.
type declaration struct {
	name   string
	t      sqltype.Type
	output bool
}

// parseDeclarations reads "@a nvarchar(10), @b decimal(10,2) OUTPUT".
func parseDeclarations(list string) ([]declaration, error) {
	var out []declaration
	for _, part := range splitOutsideParens(list) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, rest, ok := strings.Cut(part, " ")
		if !ok || !strings.HasPrefix(name, "@") {
			return nil, &Error{Number: 102, Class: 15, Message: fmt.Sprintf("Incorrect syntax near '%s'.", part)}
		}
		d := declaration{name: name}
		rest = strings.TrimSpace(rest)
		if fields := strings.Fields(rest); len(fields) > 1 {
			last := strings.ToLower(fields[len(fields)-1])
			if d.output = last == "output" || last == "out"; d.output {
				rest = strings.TrimSpace(rest[:len(rest)-len(last)])
			}
			if strings.EqualFold(fields[0], "as") {
				rest = strings.TrimSpace(rest[2:])
			}
		}
		var err error
		if d.t, err = sqltype.ParseType(rest); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

func splitOutsideParens(s string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts, start = append(parts, s[start:i]), i+1
			}
		}
	}
	return append(parts, s[start:])
}

// bind gives the parameters their declared types. Values come by name or in order.
func bind(declared []declaration, values []value) ([]Param, error) {
	params := make([]Param, 0, len(declared))
	if len(values) > len(declared) {
		return nil, &Error{Number: 8144, Class: 16, Message: "Procedure or function has too many arguments specified."}
	}
	for i, d := range declared {
		at := -1
		for j, v := range values {
			if v.name == "" && j == i || v.name != "" && sqlNameEqual(v.name, d.name) {
				at = j
			}
		}
		if at < 0 {
			return nil, &Error{Number: 8178, Class: 16, Message: fmt.Sprintf("The parameterized query expects the parameter '%s', which was not supplied.", d.name)}
		}
		v := values[at]
		if err := (sqltype.Rules{Mode: sqltype.Implicit}).Allowed(v.t, d.t); err != nil {
			return nil, err
		}
		// a variable cuts what is too long for it (language-elements/set-local-variable-transact-sql)
		got, err := sqltype.Rules{}.Convert(v.v, v.t, d.t)
		if err != nil {
			return nil, err
		}
		params = append(params, Param{Name: d.name, Type: d.t, Value: got, Output: v.byRef})
	}
	return params, nil
}

func sqlNameEqual(a, b string) bool {
	return strings.EqualFold(strings.TrimPrefix(a, "@"), strings.TrimPrefix(b, "@"))
}

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

// prepare turns a call into the request that it stands for. An empty request has been served already.
func (c *conn) prepare(r *response, one call) (Request, error) {
	procedure := strings.ToLower(one.procedure)
	procedure = strings.TrimPrefix(strings.NewReplacer("[", "", "]", "").Replace(procedure), "sys.")
	values := one.values
	texts := func(statement, list int) (p prepared, err error) {
		if len(values) <= statement {
			return p, &Error{Number: 201, Class: 16, Message: "Procedure or function '" + procedure + "' expects parameter '@statement', which was not supplied."}
		}
		if p.text, err = values[statement].text(); err != nil || len(values) <= list {
			return p, err
		}
		declared, err := values[list].text()
		if err == nil {
			p.declared, err = parseDeclarations(declared)
		}
		return p, err
	}
	switch procedure {
	case "sp_executesql":
		p, err := texts(0, 1)
		if err != nil {
			return Request{}, err
		}
		return p.request(values[min(2, len(values)):])
	case "sp_prepare", "sp_prepexec":
		p, err := texts(2, 1)
		if err != nil {
			return Request{}, err
		}
		c.lastHandle++
		c.prepared[c.lastHandle] = p
		r.outputs = append(r.outputs, output{name: values[0].name, t: sqltype.Int, value: int64(c.lastHandle)})
		if procedure == "sp_prepare" {
			return Request{}, nil
		}
		return p.request(values[3:])
	case "sp_execute", "sp_unprepare":
		handle := int64(0)
		if len(values) > 0 {
			handle, _ = values[0].v.(int64)
		}
		p, ok := c.prepared[int32(handle)]
		if !ok {
			return Request{}, &Error{Number: 8179, Class: 16, Message: fmt.Sprintf("Could not find prepared statement with handle %d.", handle)}
		}
		if procedure == "sp_unprepare" {
			delete(c.prepared, int32(handle))
			return Request{}, nil
		}
		return p.request(values[1:])
	}
	request := Request{Procedure: one.procedure}
	for _, v := range values {
		request.Params = append(request.Params, Param{Name: v.name, Type: v.t, Value: v.v, Output: v.byRef})
	}
	return request, nil
}

func (p prepared) request(values []value) (Request, error) {
	params, err := bind(p.declared, values)
	return Request{Text: p.text, Params: params}, err
}
