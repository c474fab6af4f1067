package synapsetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// binder gives T-SQL expressions and queries their types and writes them as SQLite
// understands them. Every conversion that SQL Server would make is spelled out;
// SQLite's own affinities and defaults never come into play.
//
// Its methods leave by panic(*sqltype.Error); bind turns that into an error.
type binder struct {
	e     *engine
	s     *session
	vars  map[string]*variable
	ctes  []tsql.CTE
	alias int
	now   time.Time
	depth int

	windows bool // window functions may stand here: in a select list or ORDER BY
}

type variable struct {
	typ    sqltype.Type
	value  any // in Go's form
	output bool
}

// bind calls f and gives the error it panics with.
func bind(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *sqltype.Error:
			err = r
		case *tsql.Error:
			err = r
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

func refuse(p tsql.Pos, number int32, format string, args ...any) {
	panic(&sqltype.Error{Number: number, Line: p.Line, Message: fmt.Sprintf(format, args...)})
}

// must panics with err at p.
func must(p tsql.Pos, err error) {
	if err == nil {
		return
	}
	if f, ok := errors.AsType[*sqltype.Error](err); ok {
		g := *f
		g.Line = p.Line
		panic(&g)
	}
	refuse(p, 110802, "An internal error of the emulator occurred: %v", err)
}

// label says where the collation of a text comes from
// (statements/collation-precedence-transact-sql).
type label uint8

const (
	coercible label = iota // literals, variables: gives way
	implicit               // columns
	explicit               // COLLATE
	conflict               // of two columns that disagree; an error where it matters
)

// bound is an expression ready for SQLite.
type bound struct {
	sql      string
	typ      sqltype.Type
	nullable bool
	label    label
	constant bool
	value    any // of a constant, in Go's form
}

func constant(v any, t sqltype.Type) bound {
	return bound{sql: sqlLiteral(stored(v, t)), typ: t, nullable: v == nil, constant: true, value: v}
}

// collate writes the collation by which values of t compare; equal is true where
// only equality counts, for which binary collations have a native one in SQLite.
func (b *binder) collate(t sqltype.Type, equal bool) string {
	switch {
	case t.Kind.IsCharacter():
		name := t.Collation
		if name == "" {
			name = b.e.collation
		}
		c, err := sqltype.ParseCollation(name)
		if err != nil {
			panic(err)
		}
		if equal && c.Binary {
			return " COLLATE RTRIM"
		}
		return ` COLLATE "` + fold(name) + `"`
	case t.Kind.IsDecimal():
		return " COLLATE dec"
	case t.Kind == sqltype.KindDateTimeOffset:
		return " COLLATE dto"
	case t.Kind == sqltype.KindUniqueIdentifier:
		return " COLLATE guid"
	}
	return ""
}

func (b *binder) collationOf(v bound) string {
	if v.typ.Collation == "" {
		return b.e.collation
	}
	return v.typ.Collation
}

// meet decides the collation of two texts that meet.
func (b *binder) meet(l, r bound) (string, label) {
	switch {
	case !r.typ.Kind.IsCharacter():
		return b.collationOf(l), l.label
	case !l.typ.Kind.IsCharacter():
		return b.collationOf(r), r.label
	}
	cl, cr := b.collationOf(l), b.collationOf(r)
	switch {
	case l.label == conflict || r.label == conflict:
		if l.label == explicit {
			return cl, explicit
		}
		if r.label == explicit {
			return cr, explicit
		}
		return cl, conflict
	case strings.EqualFold(cl, cr):
		return cl, max(l.label, r.label)
	case l.label > r.label:
		return cl, l.label
	case r.label > l.label:
		return cr, r.label
	case l.label == coercible:
		return b.e.collation, coercible
	}
	return cl, conflict
}

func (b *binder) conflict(p tsql.Pos, l, r bound, operation string) {
	refuse(p, 468, "Cannot resolve the collation conflict between \"%s\" and \"%s\" in the %s operation.", b.collationOf(r), b.collationOf(l), operation)
}

// settled refuses results whose texts have no collation because two columns disagree.
func (b *binder) settled(p tsql.Pos, cols []outColumn) {
	for i, c := range cols {
		if c.label == conflict && c.typ.Kind.IsCharacter() {
			refuse(p, 451, "Cannot resolve collation conflict for column %d in SELECT statement.", i+1)
		}
	}
}

// convert makes v one of type t by the rules of the mode; an error in the types
// shows at once, one in the values when the statement runs.
func (b *binder) convert(p tsql.Pos, v bound, t sqltype.Type, mode sqltype.Mode) bound {
	out := v
	out.typ = t
	if t.Kind.IsCharacter() && t.Collation == "" {
		out.typ.Collation = v.typ.Collation
	}
	if v.typ.Kind == sqltype.KindUnknown {
		return out // NULL is NULL in any type
	}
	rules := sqltype.Rules{Mode: mode, DateOrder: b.e.rules.DateOrder}
	must(p, rules.Allowed(v.typ, t))
	if same(v.typ, t) {
		return out
	}
	if v.constant {
		if x, err := rules.Convert(v.value, v.typ, t); err == nil {
			c := constant(x, out.typ)
			c.label = v.label
			return c
		}
	}
	out.constant = false
	out.sql = fmt.Sprintf("cv(%s,%d,%d,%d)", v.sql, b.e.typeID(bare(v.typ)), b.e.typeID(bare(t)), mode)
	return out
}

func bare(t sqltype.Type) sqltype.Type {
	t.Collation = ""
	return t
}

// same tells whether a value of type a is already one of type b in stored form.
func same(a, b sqltype.Type) bool {
	switch {
	case bare(a) == bare(b):
		return true
	case a.Kind.IsInteger() && b.Kind.IsInteger():
		return a.Kind <= b.Kind
	case a.Kind == sqltype.KindBit && b.Kind.IsInteger():
		return true
	case a.Kind.IsCharacter() && b.Kind.IsCharacter():
		if b.Kind != sqltype.KindNVarChar && (b.Kind != sqltype.KindVarChar || a.Kind.IsUnicode()) {
			return false
		}
		return b.IsMax() || !a.IsMax() && a.Length <= b.Length
	case a.Kind == sqltype.KindDecimal && b.Kind == sqltype.KindDecimal:
		return a.Scale == b.Scale && a.Precision <= b.Precision
	case a.Kind == b.Kind && a.Kind.IsTemporal():
		return a.Scale <= b.Scale
	case a.Kind == sqltype.KindVarBinary && b.Kind == sqltype.KindVarBinary:
		return b.IsMax() || !a.IsMax() && a.Length <= b.Length
	}
	return false
}

func (b *binder) common(p tsql.Pos, l, r bound) sqltype.Type {
	t, err := sqltype.Common(bare(l.typ), bare(r.typ))
	must(p, err)
	return t
}

// unify brings values to one type: CASE, COALESCE, IN lists.
func (b *binder) unify(p tsql.Pos, values []bound) ([]bound, sqltype.Type, label) {
	first := values[0]
	t, lab := first.typ, first.label
	for _, v := range values[1:] {
		acc := bound{typ: t, label: lab}
		coll, l := b.meet(acc, v)
		t = b.common(p, acc, v)
		if t.Kind.IsCharacter() {
			t.Collation, lab = coll, l
		}
	}
	if t.Kind == sqltype.KindUnknown {
		t = sqltype.Int
	}
	out := make([]bound, len(values))
	for i, v := range values {
		out[i] = b.convert(p, v, t, sqltype.Implicit)
	}
	return out, t, lab
}

// typeOf gives sqltype's form of a type as written.
func typeOf(t tsql.Type) sqltype.Type {
	var args []int
	switch t.Name {
	case "nvarchar", "varchar", "nchar", "char", "varbinary", "binary":
		args = []int{t.Length}
	case "decimal", "numeric":
		args = []int{t.Precision, t.Scale}
	case "datetime2", "datetimeoffset", "time":
		args = []int{t.Scale}
	case "float":
		args = []int{t.Precision}
	}
	typ, err := sqltype.Named(t.Name, args...)
	if err != nil {
		panic(err)
	}
	return typ
}

// joined writes terms between an operator, as a balanced tree: SQLite limits the
// depth of expressions to 1,000.
func joined(op string, terms []string) string {
	if len(terms) == 1 {
		return terms[0]
	}
	n := len(terms) / 2
	return "(" + joined(op, terms[:n]) + op + joined(op, terms[n:]) + ")"
}
