package tds

import (
	"encoding/binary"
	"fmt"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

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
