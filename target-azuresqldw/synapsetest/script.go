package synapsetest

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// script runs the statements about variables, options, messages and transactions.
func (r *run) script(ctx context.Context, st tsql.Statement) error {
	switch st := st.(type) {
	case *tsql.Declare:
		return r.declare(ctx, st)
	case *tsql.SetVariable:
		v, ok := r.vars[fold(st.Name)]
		if !ok {
			return sqltype.Errorf(137, "Must declare the scalar variable \"%s\".", st.Name)
		}
		x, _, err := r.value(ctx, st.Value, v.typ)
		if err != nil {
			return err
		}
		v.value = x
		return r.w.Done(-1)
	case *tsql.SetOption:
		r.s.set(st)
		return r.w.Done(-1)
	case *tsql.Print:
		x, typ, err := r.value(ctx, st.Value, sqltype.Null)
		if err != nil {
			return err
		}
		return r.w.Info(&sqltype.Error{Number: 0, Class: 0, Message: sqltype.Text(x, typ), Line: st.Pos.Line})
	case *tsql.Kill:
		if err := r.s.server.kill(r.s, st.Session); err != nil {
			return err
		}
		return r.w.Done(-1)
	case *tsql.Throw:
		return r.throw(ctx, st)
	case *tsql.RaiseError:
		return r.raise(ctx, st)
	case *tsql.Transaction:
		return r.transaction(st)
	case *tsql.Exec:
		return r.exec(ctx, st)
	}
	return nil
}

// declare declares variables. "You can't initialize and use a variable in the same
// DECLARE statement" (sql-data-warehouse-develop-variable-assignment), so they come
// to be when all their values are known.
func (r *run) declare(ctx context.Context, st *tsql.Declare) error {
	declared := map[string]*variable{}
	for _, d := range st.Variables {
		name := fold(d.Name)
		if r.vars[name] != nil || declared[name] != nil {
			return sqltype.Errorf(134, "The variable name '%s' has already been declared. Variable names must be unique within a query batch or stored procedure.", d.Name)
		}
		v := &variable{typ: typeOf(d.Type)}
		if d.Value != nil {
			x, _, err := r.value(ctx, d.Value, v.typ)
			if err != nil {
				return err
			}
			v.value = x
		}
		declared[name] = v
	}
	maps.Copy(r.vars, declared)
	return nil
}

// set keeps the options that change what statements do; the others are accepted
// because clients send them at login.
func (s *session) set(st *tsql.SetOption) {
	on := st.Value == "ON"
	for _, n := range st.Names {
		switch n {
		case "NOCOUNT":
			s.options.noCount = on
		case "FMTONLY":
			s.options.fmtOnly = on
		case "IMPLICIT_TRANSACTIONS":
			s.options.implicit = on
		case "ROWCOUNT":
			s.options.rowLimit, _ = strconv.Atoi(st.Value)
		case "DATEFORMAT":
			if o, ok := sqltype.ParseDateOrder(strings.ToLower(st.Value)); ok {
				s.options.rules.DateOrder = o
			}
		}
	}
}

func (r *run) throw(ctx context.Context, st *tsql.Throw) error {
	if st.Number == nil {
		if r.s.caught == nil {
			return sqltype.Errorf(10704, "To rethrow an error, a THROW statement must be used inside a CATCH block.")
		}
		return r.s.caught
	}
	number, _, err := r.value(ctx, st.Number, sqltype.Int)
	if err != nil {
		return err
	}
	message, _, err := r.value(ctx, st.Message, sqltype.NVarChar(2048))
	if err != nil {
		return err
	}
	f := sqltype.Errorf(50000, "%v", message)
	if n, ok := number.(int64); ok {
		f.Number = int32(n)
	}
	return f
}

func (r *run) raise(ctx context.Context, st *tsql.RaiseError) error {
	message, _, err := r.value(ctx, st.Args[0], sqltype.NVarChar(2048))
	if err != nil {
		return err
	}
	severity, _, err := r.value(ctx, st.Args[1], sqltype.Int)
	if err != nil {
		return err
	}
	text, _ := message.(string)
	for _, a := range st.Args[3:] {
		x, typ, err := r.value(ctx, a, sqltype.Null)
		if err != nil {
			return err
		}
		text = substitute(text, sqltype.Text(x, typ))
	}
	f := sqltype.Errorf(50000, "%s", text)
	if n, ok := severity.(int64); ok && n <= 10 {
		f.Class = uint8(max(n, 0))
		return r.w.Info(f)
	}
	return f
}

// substitute puts an argument of RAISERROR in the place of the first %s, %d, %i or %u
// (language-elements/raiserror-transact-sql; flags and widths are left alone).
func substitute(text, value string) string {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '%' && strings.ContainsRune("sdiu", rune(text[i+1])) {
			return text[:i] + value + text[i+2:]
		}
	}
	return text
}

func (r *run) transaction(st *tsql.Transaction) error {
	f, t := r.s.begin, tds.Began
	switch st.Verb {
	case "COMMIT":
		f, t = r.s.commit, tds.Committed
	case "ROLLBACK":
		f, t = r.s.rollback, tds.RolledBack
	}
	if err := f(); err != nil {
		return err
	}
	if err := r.w.Transaction(t); err != nil {
		return err
	}
	return r.w.Done(-1)
}

// exec runs EXEC('…') and the procedures the parser lets through.
func (r *run) exec(ctx context.Context, st *tsql.Exec) error {
	if r.depth++; r.depth > 8 { // capacity limits: nesting level of procedures
		return sqltype.Errorf(217, "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 8).")
	}
	defer func() { r.depth-- }()
	inner := &run{s: r.s, w: r.w, vars: map[string]*variable{}, depth: r.depth}
	text := st.Text
	switch st.Procedure {
	case "sp_rename":
		return r.renameColumn(ctx, st)
	case "sp_executesql":
		if len(st.Args) == 0 {
			return sqltype.Errorf(201, "Procedure or function 'sp_executesql' expects parameter '@stmt', which was not supplied.")
		}
		text = st.Args[0].Value
		if err := r.parameters(ctx, st.Args, inner); err != nil {
			return err
		}
	case "sp_reset_connection":
		return r.s.Reset(ctx)
	}
	v, typ, err := r.value(ctx, text, sqltype.Null)
	if err != nil {
		return err
	}
	if !typ.Kind.IsCharacter() || st.Procedure != "" && !typ.Kind.IsUnicode() {
		return sqltype.Errorf(214, "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.")
	}
	batch, _ := v.(string)
	list, err := tsql.Parse(batch)
	if err != nil {
		return err
	}
	return inner.statements(ctx, list)
}

// parameters declares the parameters of sp_executesql in the inner batch.
func (r *run) parameters(ctx context.Context, args []tsql.ExecArg, inner *run) error {
	if len(args) < 2 {
		return nil
	}
	v, _, err := r.value(ctx, args[1].Value, sqltype.NVarChar(sqltype.Max))
	if err != nil {
		return err
	}
	declarations, _ := v.(string)
	list, err := tsql.Parse("DECLARE " + declarations)
	if err != nil {
		return err
	}
	d, ok := list[0].(*tsql.Declare)
	if !ok || len(list) != 1 {
		return sqltype.Errorf(103010, "Parse error at line: 1, column: 1: Incorrect syntax near '%s'.", declarations)
	}
	for i, p := range d.Variables {
		var given tsql.Expr
		for j, a := range args[2:] {
			if a.Name == "" && i == j || strings.EqualFold(a.Name, p.Name) {
				given = a.Value
			}
		}
		if given == nil {
			return sqltype.Errorf(8178, "The parameterized query expects the parameter '%s', which was not supplied.", p.Name)
		}
		t := typeOf(p.Type)
		x, _, err := r.value(ctx, given, t)
		if err != nil {
			return err
		}
		inner.vars[fold(p.Name)] = &variable{typ: t, value: x}
	}
	return nil
}
