package synapsetest

import (
	"context"
	"errors"
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
	case *tsql.SetOption, *tsql.SetVariable, *tsql.Declare, *tsql.Print, *tsql.Throw, *tsql.RaiseError, *tsql.Kill:
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
		*tsql.UpdateStatistics, *tsql.DropStatistics, *tsql.CompatibilityLevel:
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
	case *tsql.Declare, *tsql.SetVariable, *tsql.SetOption, *tsql.Print, *tsql.Throw, *tsql.RaiseError, *tsql.Transaction, *tsql.Exec, *tsql.Kill:
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
