package synapsetest

import (
	"database/sql/driver"
	"math"
	"math/big"

	"modernc.org/sqlite"
)

// spread is STDEV, STDEVP, VAR and VARP over floats (functions/stdev-, stdevp-, var-,
// varp-transact-sql). It adds up with so many digits that a window's rows can be
// taken away again.
type spread struct {
	root   bool // the standard deviation
	sample bool // of a sample: one value alone has none
	count  int64
	sum    *big.Float
	square *big.Float
}

const spreadDigits = 2200 // bits: any float64 squared, and sums of them, exactly enough

func spreadFunction(root, sample bool) *sqlite.FunctionImpl {
	return &sqlite.FunctionImpl{NArgs: 1, MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
		zero := func() *big.Float { return new(big.Float).SetPrec(spreadDigits) }
		return &spread{root: root, sample: sample, sum: zero(), square: zero()}, nil
	}}
}

func (s *spread) add(a []driver.Value, sign int64) {
	if a[0] == nil {
		return
	}
	s.count += sign
	x := new(big.Float).SetPrec(spreadDigits).SetFloat64(number(a[0]))
	squared := new(big.Float).SetPrec(spreadDigits).Mul(x, x)
	if sign < 0 {
		x.Neg(x)
		squared.Neg(squared)
	}
	s.sum.Add(s.sum, x)
	s.square.Add(s.square, squared)
}

// Step adds a row.
func (s *spread) Step(_ *sqlite.FunctionContext, a []driver.Value) error {
	s.add(a, 1)
	return nil
}

// WindowInverse takes a row away again.
func (s *spread) WindowInverse(_ *sqlite.FunctionContext, a []driver.Value) error {
	s.add(a, -1)
	return nil
}

// WindowValue gives (sum of squares - sum²/n) / n, or / (n-1), or its root.
func (s *spread) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	divisor := s.count
	if s.sample {
		divisor--
	}
	if divisor < 1 {
		return nil, nil
	}
	float := func(n int64) *big.Float { return new(big.Float).SetPrec(spreadDigits).SetInt64(n) }
	v := float(0).Mul(s.sum, s.sum)
	v.Quo(v, float(s.count)).Sub(s.square, v).Quo(v, float(divisor))
	out, _ := v.Float64()
	out = max(out, 0)
	if s.root {
		out = math.Sqrt(out)
	}
	return out, nil
}

// Final has nothing to free.
func (s *spread) Final(*sqlite.FunctionContext) {}
