package synapsetest

import (
	"database/sql/driver"
	"errors"
	"strings"

	"modernc.org/sqlite"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

var errLeftBehind = errors.New("see engine.failure")

// fail leaves err for sqliteError, since SQLite carries only its text.
func (e *engine) fail(err error) (driver.Value, error) {
	if f, ok := errors.AsType[*sqltype.Error](err); ok {
		e.failure = f
	} else {
		e.failure = sqltype.Errorf(110802, "An internal error of the emulator occurred: %v", err)
	}
	return nil, errLeftBehind
}

// register gives SQLite the collations and functions that generated SQL uses.
func (e *engine) register(d *sqlite.Driver) error {
	var errs []error
	collation := func(name string, f func(a, b string) int) {
		errs = append(errs, d.RegisterCollationUtf8(name, f))
	}
	collation("dec", compareDecimals)
	collation("dto", func(a, b string) int { return strings.Compare(a[:27], b[:27]) })
	collation("guid", func(a, b string) int {
		x, _ := sqltype.ParseGUID(a)
		y, _ := sqltype.ParseGUID(b)
		return sqltype.Compare(x, y, sqltype.UniqueIdentifier)
	})
	for _, name := range collationNames() {
		c, err := sqltype.ParseCollation(name)
		if err != nil {
			continue // one that this pool lacks: the binder refuses it
		}
		collation(fold(name), c.Compare)
	}
	pure := func(name string, args int32, f func(args []driver.Value) (driver.Value, error)) {
		errs = append(errs, d.RegisterDeterministicScalarFunction(name, args, func(_ *sqlite.FunctionContext, a []driver.Value) (driver.Value, error) {
			return f(a)
		}))
	}
	pure("cv", 4, e.convertFunction)
	pure("cvs", 5, e.convertFunction)
	pure("ar", 5, e.arithmeticFunction)
	pure("nn", 3, e.notNullFunction)
	pure("row_limit", 1, e.rowLimitFunction)
	pure("top_", 1, e.topFunction)
	pure("like_", 4, likeFunction)
	for name, f := range scalarFunctions(e) {
		pure(name, -1, f)
	}
	errs = append(errs,
		d.RegisterFunction("f_newid", &sqlite.FunctionImpl{NArgs: 0, Scalar: newID}),
		d.RegisterFunction("f_identity", &sqlite.FunctionImpl{NArgs: 1, Scalar: e.identityFunction}),
		d.RegisterFunction("agg_sum", &sqlite.FunctionImpl{NArgs: 2, MakeAggregate: e.newSum}),
		d.RegisterFunction("agg_avg", &sqlite.FunctionImpl{NArgs: 2, MakeAggregate: e.newAverage}),
		d.RegisterFunction("agg_stdev", spreadFunction(true, true)),
		d.RegisterFunction("agg_stdevp", spreadFunction(true, false)),
		d.RegisterFunction("agg_var", spreadFunction(false, true)),
		d.RegisterFunction("agg_varp", spreadFunction(false, false)),
		d.RegisterFunction("agg_one", &sqlite.FunctionImpl{NArgs: 1, MakeAggregate: e.newOne}))
	return errors.Join(errs...)
}

func collationNames() []string {
	var out []string
	for _, family := range []string{"SQL_Latin1_General_CP1_", "Latin1_General_", "Latin1_General_100_"} {
		for _, rest := range []string{"BIN", "BIN2", "CI_AS", "CS_AS", "CI_AI", "CS_AI", "CI_AS_KS_WS", "CS_AS_KS_WS", "CI_AS_SC", "CS_AS_SC"} {
			out = append(out, family+rest)
		}
	}
	return out
}

// The mode argument of cv: sqltype's mode, plus tryMode for TRY_CAST and TRY_CONVERT.
const tryMode = 8

// convertFunction is cv(x, from, to, mode) and cvs(x, from, to, mode, style).
func (e *engine) convertFunction(a []driver.Value) (driver.Value, error) {
	if a[0] == nil {
		return nil, nil
	}
	from, to := e.types[a[1].(int64)], e.types[a[2].(int64)]
	mode := a[3].(int64)
	rules := e.rules
	rules.Mode = sqltype.Mode(mode &^ tryMode)
	var v any
	var err error
	if len(a) == 5 {
		if a[4] == nil {
			return nil, nil
		}
		v, err = rules.ConvertStyle(loaded(a[0], from), from, to, int(a[4].(int64)))
	} else {
		v, err = rules.Convert(loaded(a[0], from), from, to)
	}
	if err != nil {
		if mode&tryMode != 0 {
			return nil, nil
		}
		return e.fail(err)
	}
	return stored(v, to), nil
}

// arithmeticFunction is ar(op, a, b, typeOfA, typeOfB).
func (e *engine) arithmeticFunction(a []driver.Value) (driver.Value, error) {
	if a[1] == nil || a[2] == nil {
		return nil, nil
	}
	ta, tb := e.types[a[3].(int64)], e.types[a[4].(int64)]
	v, t, err := e.rules.Arithmetic(a[0].(string)[0], loaded(a[1], ta), loaded(a[2], tb), ta, tb)
	if err != nil {
		return e.fail(err)
	}
	return stored(v, t), nil
}

// notNullFunction is nn(x, column, table): x, or error 515.
func (e *engine) notNullFunction(a []driver.Value) (driver.Value, error) {
	if a[0] == nil {
		return e.fail(sqltype.Errorf(515, "Cannot insert the value NULL into column '%s', table '%s'; column does not allow nulls. INSERT fails.", a[1], a[2]))
	}
	return a[0], nil
}

// topFunction is top_(n): n, which SQLite would take for no limit when it is negative
// (queries/top-transact-sql; the numbers are SQL Server's).
func (e *engine) topFunction(a []driver.Value) (driver.Value, error) {
	n, ok := a[0].(int64)
	switch {
	case !ok:
		return e.fail(sqltype.Errorf(1060, "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer."))
	case n < 0:
		return e.fail(sqltype.Errorf(127, "A TOP N or FETCH rowcount value may not be negative."))
	}
	return n, nil
}

// identityFunction is f_identity(table): the next value of its IDENTITY column.
func (e *engine) identityFunction(_ *sqlite.FunctionContext, a []driver.Value) (driver.Value, error) {
	t := e.catalog.tables[a[0].(int64)]
	t.Identity++
	return t.Identity, nil
}

func newID(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
	return randomGUID().String(), nil
}
