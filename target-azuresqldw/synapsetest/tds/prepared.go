package tds

import (
	"fmt"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

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
