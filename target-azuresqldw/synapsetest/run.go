package synapsetest

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tds"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// run is the execution of one batch.
type run struct {
	s     *session
	w     tds.ResultWriter
	vars  map[string]*variable
	depth int // of EXEC
	trys  int // TRY blocks around the present statement
}

var errBreak = errors.New("break")

func (r *run) statements(ctx context.Context, list []tsql.Statement) error {
	for _, st := range list {
		if err := r.statement(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// statement runs one statement. An error ends the batch, as in a pool, unless TRY
// is around it; and it dooms an open transaction.
func (r *run) statement(ctx context.Context, st tsql.Statement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch st := st.(type) {
	case *tsql.Block:
		return r.statements(ctx, st.Statements)
	case *tsql.If:
		return r.ifStatement(ctx, st)
	case *tsql.While:
		return r.while(ctx, st)
	case *tsql.Break:
		return errBreak
	case *tsql.TryCatch:
		return r.tryCatch(ctx, st)
	}
	err := r.simple(ctx, st)
	if err != nil && !errors.Is(err, tds.ErrDropConnection) {
		err = asError(err, st)
		r.s.doom()
	}
	return err
}

func (r *run) ifStatement(ctx context.Context, st *tsql.If) error {
	ok, err := r.condition(ctx, st.Cond)
	switch {
	case err != nil:
		r.s.doom()
		return asError(err, st)
	case ok:
		return r.statement(ctx, st.Then)
	case st.Else != nil:
		return r.statement(ctx, st.Else)
	}
	return nil
}

func (r *run) while(ctx context.Context, st *tsql.While) error {
	for {
		ok, err := r.condition(ctx, st.Cond)
		if err != nil {
			r.s.doom()
			return asError(err, st)
		}
		if !ok {
			return nil
		}
		if err := r.statement(ctx, st.Body); err != nil {
			if errors.Is(err, errBreak) {
				return nil
			}
			return err
		}
	}
}

func (r *run) tryCatch(ctx context.Context, st *tsql.TryCatch) error {
	err := r.statements(ctx, st.Try)
	f, ok := errors.AsType[*sqltype.Error](err)
	if !ok {
		return err
	}
	outer := r.s.caught
	r.s.caught = f
	defer func() { r.s.caught = outer }()
	return r.statements(ctx, st.Catch)
}

// binder makes a binder for one statement; the engine is locked.
func (r *run) binder() *binder {
	return &binder{e: r.s.e, s: r.s, vars: r.vars, now: time.Now()}
}

// condition evaluates the condition of IF and WHILE.
func (r *run) condition(ctx context.Context, x tsql.Expr) (ok bool, err error) {
	r.s.lock()
	defer r.s.e.mu.Unlock()
	var text string
	if err := bind(func() { text = "SELECT CASE WHEN " + r.binder().cond(x, &scope{}) + " THEN 1 ELSE 0 END" }); err != nil {
		return false, err
	}
	rows, err := r.s.e.query(ctx, text, 1)
	if err != nil {
		return false, err
	}
	return rows[0][0] == int64(1), nil
}

// value evaluates an expression and gives it as t; with t unknown, as its own type.
func (r *run) value(ctx context.Context, x tsql.Expr, t sqltype.Type) (v any, typ sqltype.Type, err error) {
	r.s.lock()
	defer r.s.e.mu.Unlock()
	var out bound
	err = bind(func() {
		b := r.binder()
		out = b.expr(x, &scope{})
		if t.Kind != sqltype.KindUnknown {
			mode := sqltype.Explicit // assignment to a variable cuts silently (language-elements/set-local-variable)
			if !(out.typ.Kind.IsCharacter() || out.typ.Kind.IsBinary()) {
				mode = sqltype.Implicit
			}
			out = b.convert(x.Where(), out, t, mode)
		}
	})
	if err != nil {
		return nil, t, err
	}
	rows, err := r.s.e.query(ctx, "SELECT "+out.sql, 1)
	if err != nil {
		return nil, t, err
	}
	return loaded(rows[0][0], out.typ), out.typ, nil
}

// simple runs a statement that holds no others.
func (r *run) simple(ctx context.Context, st tsql.Statement) error {
	if err := r.beginImplicitly(st); err != nil {
		return err
	}
	if r.s.tran == doomed && needsTransaction(st) {
		return errAborted()
	}
	if r.s.tran != noTransaction && isDefinition(st) {
		return errInTransaction()
	}
	now := time.Now()
	q := r.s.e.requests.begin(r.s.id, st.Source(), labelOf(st), now)
	err := r.s.faulty(st.Source(), func() error { return r.dispatch(ctx, st) })
	number := int32(0)
	if f, ok := errors.AsType[*sqltype.Error](err); ok {
		number = f.Number
	}
	r.s.lastError = number
	r.s.e.requests.end(q, number, err != nil, time.Now())
	return err
}

// beginImplicitly begins a transaction before the statements that
// set-implicit-transactions-transact-sql lists, when the option is on. Definitions are
// among them, and then refused: so do the clients that set it see it (pyodbc without
// autocommit, 111212).
func (r *run) beginImplicitly(st tsql.Statement) error {
	if !r.s.options.implicit || r.s.options.fmtOnly || r.s.tran != noTransaction {
		return nil
	}
	switch st := st.(type) {
	case *tsql.Insert, *tsql.Update, *tsql.Delete, *tsql.Merge, *tsql.CopyInto:
	case *tsql.Select:
		if core, ok := st.Query.Body.(*tsql.SelectCore); ok && len(core.From) == 0 && st.Into == nil {
			return nil
		}
	default:
		if !isDefinition(st) {
			return nil
		}
	}
	if err := r.s.begin(); err != nil {
		return err
	}
	return r.w.Transaction(tds.Began)
}

// needsTransaction names the statements that 111233 is about.
func needsTransaction(st tsql.Statement) bool {
	switch st := st.(type) {
	case *tsql.Transaction:
		return st.Verb == "COMMIT"
	case *tsql.SetOption, *tsql.SetVariable, *tsql.Declare, *tsql.Print, *tsql.Throw, *tsql.RaiseError:
		return false
	}
	return true
}

// isDefinition names the statements that 111212 is about: definitions, TRUNCATE and
// statistics (develop-transactions, "Limitations").
func isDefinition(st tsql.Statement) bool {
	switch st := st.(type) {
	case *tsql.CreateSchema, *tsql.DropSchema, *tsql.CreateTable, *tsql.DropTable, *tsql.TruncateTable, *tsql.AddColumns, *tsql.AddConstraint,
		*tsql.AlterColumn, *tsql.DropColumns, *tsql.DropConstraint, *tsql.RenameObject, *tsql.TransferObject, *tsql.CreateStatistics,
		*tsql.UpdateStatistics, *tsql.DropStatistics:
		return true
	case *tsql.Exec:
		return st.Procedure == "sp_rename"
	case *tsql.Select:
		return st.Into != nil
	}
	return false
}

func labelOf(st tsql.Statement) string {
	switch st := st.(type) {
	case *tsql.CopyInto:
		return st.Label
	case *tsql.Insert:
		return st.Label
	case *tsql.Delete:
		return st.Label
	case *tsql.Update:
		return st.Label
	case *tsql.Merge:
		return st.Label
	case *tsql.Select:
		return st.Label
	case *tsql.CreateTable:
		return st.Label
	}
	return ""
}

func (r *run) dispatch(ctx context.Context, st tsql.Statement) error {
	switch st := st.(type) {
	case *tsql.Select:
		return r.selectStatement(ctx, st)
	case *tsql.Insert:
		return r.changed(ctx, func(ctx context.Context) (int64, error) { return r.insert(ctx, st) })
	case *tsql.Delete:
		return r.changed(ctx, func(ctx context.Context) (int64, error) { return r.delete(ctx, st) })
	case *tsql.Update:
		return r.changed(ctx, func(ctx context.Context) (int64, error) { return r.update(ctx, st) })
	case *tsql.Merge:
		return r.changed(ctx, func(ctx context.Context) (int64, error) { return r.merge(ctx, st) })
	case *tsql.CopyInto:
		return r.copyInto(ctx, st)
	case *tsql.Declare, *tsql.SetVariable, *tsql.SetOption, *tsql.Print, *tsql.Throw, *tsql.RaiseError, *tsql.Transaction, *tsql.Exec:
		return r.script(ctx, st)
	}
	return r.define(ctx, st)
}

// changed runs a statement that changes rows and tells their number.
func (r *run) changed(ctx context.Context, f func(ctx context.Context) (int64, error)) error {
	if r.s.options.fmtOnly {
		return r.w.Done(-1)
	}
	n, err := r.s.change(ctx, f)
	if err != nil {
		return err
	}
	return r.done(n)
}

func (r *run) done(n int64) error {
	r.s.rowCount = n
	if r.s.options.noCount {
		n = -1
	}
	return r.w.Done(n)
}

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
