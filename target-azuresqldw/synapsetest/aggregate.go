package synapsetest

import (
	"crypto/rand"
	"database/sql/driver"
	"math/big"

	"modernc.org/sqlite"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

func randomGUID() sqltype.GUID {
	var g sqltype.GUID
	rand.Read(g[:]) // never fails
	g[6], g[8] = g[6]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}

// sum is SUM and AVG over values of one type. Exact types add up in a big.Int at
// the type's scale, floats in a float64.
type sum struct {
	e       *engine
	average bool
	typ     sqltype.Type
	started bool
	count   int64
	exact   big.Int
	float   float64
}

func (e *engine) newSum(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
	return &sum{e: e}, nil
}

func (e *engine) newAverage(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
	return &sum{e: e, average: true}, nil
}

func (s *sum) add(a []driver.Value, sign int64) {
	if a[0] == nil {
		return
	}
	s.typ, s.started = s.e.types[a[1].(int64)], true
	s.count += sign
	switch v := loaded(a[0], s.typ).(type) {
	case int64:
		s.exact.Add(&s.exact, big.NewInt(v*sign))
	case float64:
		s.float += v * float64(sign)
	case sqltype.Decimal:
		if v.Unscaled == nil {
			return
		}
		u := new(big.Int).Mul(v.Unscaled, big.NewInt(sign))
		if d := s.typ.Scale - v.Scale; d > 0 {
			u.Mul(u, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d)), nil))
		}
		s.exact.Add(&s.exact, u)
	}
}

// Step adds a row.
func (s *sum) Step(_ *sqlite.FunctionContext, a []driver.Value) error {
	s.add(a, 1)
	return nil
}

// WindowInverse takes a row away again.
func (s *sum) WindowInverse(_ *sqlite.FunctionContext, a []driver.Value) error {
	s.add(a, -1)
	return nil
}

// WindowValue gives the sum or the average so far.
func (s *sum) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if !s.started || s.count == 0 {
		return nil, nil
	}
	to := sumType(s.typ, s.average)
	if s.typ.Kind.IsFloat() {
		if s.average {
			return s.float / float64(s.count), nil
		}
		return s.float, nil
	}
	total := sqltype.Decimal{Unscaled: new(big.Int).Set(&s.exact), Scale: s.typ.Scale}
	if s.typ.Kind.IsInteger() {
		total.Scale = 0
	}
	if s.average {
		// Integers divide as integers; decimals at the scale of the result, cut.
		if up := to.Scale - total.Scale; up > 0 && to.Kind.IsDecimal() {
			total.Unscaled.Mul(total.Unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(up)), nil))
			total.Scale = to.Scale
		}
		total.Unscaled.Quo(total.Unscaled, big.NewInt(s.count))
	}
	if s.typ.Kind.IsInteger() {
		limit := big.NewInt(1)
		limit.Lsh(limit, 63)
		if to.Kind == sqltype.KindInt {
			limit = big.NewInt(1 << 31)
		}
		if u := total.Unscaled; u.Cmp(limit) >= 0 || u.Cmp(new(big.Int).Neg(limit)) < 0 {
			return s.e.fail(sqltype.Errorf(8115, "Arithmetic overflow error converting expression to data type %s.", to))
		}
		return total.Unscaled.Int64(), nil
	}
	if total.Digits() > 38 {
		return s.e.fail(sqltype.Errorf(8115, "Arithmetic overflow error converting expression to data type %s.", to.Kind))
	}
	return total.String(), nil
}

// Final has nothing to free.
func (s *sum) Final(*sqlite.FunctionContext) {}

// sumType is the type of SUM and AVG over t (functions/sum-transact-sql, avg-transact-sql).
func sumType(t sqltype.Type, average bool) sqltype.Type {
	switch {
	case t.Kind == sqltype.KindBigInt:
		return sqltype.BigInt
	case t.Kind.IsInteger():
		return sqltype.Int
	case t.Kind.IsFloat():
		return sqltype.Float
	case t.Kind == sqltype.KindMoney || t.Kind == sqltype.KindSmallMoney:
		return sqltype.Money
	case average:
		return sqltype.DecimalType(38, max(t.Scale, 6))
	}
	return sqltype.DecimalType(38, t.Scale)
}

// one lets a query used as a value give one row only.
type one struct {
	e     *engine
	count int
	value driver.Value
}

func (e *engine) newOne(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
	return &one{e: e}, nil
}

// Step keeps the row, and refuses a second one.
func (o *one) Step(_ *sqlite.FunctionContext, a []driver.Value) error {
	if o.count++; o.count > 1 {
		_, err := o.e.fail(sqltype.Errorf(512, "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression."))
		return err
	}
	o.value = a[0]
	return nil
}

// WindowInverse is not used.
func (o *one) WindowInverse(*sqlite.FunctionContext, []driver.Value) error { return nil }

// WindowValue gives the row's value.
func (o *one) WindowValue(*sqlite.FunctionContext) (driver.Value, error) { return o.value, nil }

// Final has nothing to free.
func (o *one) Final(*sqlite.FunctionContext) {}
