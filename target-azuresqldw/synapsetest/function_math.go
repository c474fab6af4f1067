package synapsetest

import (
	"database/sql/driver"
	"math"
	"math/big"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

func mathFunctions(e *engine) map[string]scalarFunction {
	float := func(f func(float64) float64) scalarFunction {
		return func(a []driver.Value) (driver.Value, error) {
			if a[0] == nil {
				return nil, nil
			}
			return e.finite(f(number(a[0])))
		}
	}
	return map[string]scalarFunction{
		"f_sqrt":    float(math.Sqrt),
		"f_exp":     float(math.Exp),
		"f_log10":   float(math.Log10),
		"f_sin":     float(math.Sin),
		"f_cos":     float(math.Cos),
		"f_tan":     float(math.Tan),
		"f_cot":     float(func(x float64) float64 { return 1 / math.Tan(x) }),
		"f_asin":    float(math.Asin),
		"f_acos":    float(math.Acos),
		"f_atan":    float(math.Atan),
		"f_degrees": float(func(x float64) float64 { return x * 180 / math.Pi }),
		"f_radians": float(func(x float64) float64 { return x * math.Pi / 180 }),
		"f_atn2": func(a []driver.Value) (driver.Value, error) {
			if a[0] == nil || a[1] == nil {
				return nil, nil
			}
			return e.finite(math.Atan2(number(a[0]), number(a[1])))
		},
		"f_square": float(func(x float64) float64 { return x * x }),
		"f_log": func(a []driver.Value) (driver.Value, error) {
			switch {
			case a[0] == nil || len(a) == 2 && a[1] == nil:
				return nil, nil
			case len(a) == 2:
				return e.finite(math.Log(number(a[0])) / math.Log(number(a[1])))
			}
			return e.finite(math.Log(number(a[0])))
		},
		"f_power": func(a []driver.Value) (driver.Value, error) {
			if a[0] == nil || a[1] == nil {
				return nil, nil
			}
			return e.finite(math.Pow(number(a[0]), number(a[1])))
		},
		"f_abs": e.exact(func(d *big.Int, _ int, _ []driver.Value) { d.Abs(d) }, math.Abs),
		"f_sign": e.exact(func(d *big.Int, scale int, _ []driver.Value) {
			d.Mul(big.NewInt(int64(d.Sign())), pow10(scale))
		}, func(x float64) float64 {
			switch {
			case x > 0:
				return 1
			case x < 0:
				return -1
			}
			return 0
		}),
		"f_floor": e.exact(func(d *big.Int, scale int, _ []driver.Value) {
			d.Div(d, pow10(scale)).Mul(d, pow10(scale)) // Div rounds down for positive divisors
		}, math.Floor),
		"f_ceiling": e.exact(func(d *big.Int, scale int, _ []driver.Value) {
			d.Neg(d).Div(d, pow10(scale)).Mul(d, pow10(scale)).Neg(d)
		}, math.Ceil),
		"f_round": e.round,
	}
}

func number(x driver.Value) float64 {
	if n, ok := x.(int64); ok {
		return float64(n)
	}
	return x.(float64)
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// finite refuses results that float cannot hold.
func (e *engine) finite(x float64) (driver.Value, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return e.fail(sqltype.Errorf(3623, "An invalid floating point operation occurred."))
	}
	return x, nil
}

// exact makes a function of (x, type, …) that works on integers and decimals
// without losing digits, and on floats by another function.
func (e *engine) exact(f func(d *big.Int, scale int, rest []driver.Value), g func(float64) float64) scalarFunction {
	return func(a []driver.Value) (driver.Value, error) {
		if a[0] == nil {
			return nil, nil
		}
		t := e.types[a[1].(int64)]
		switch v := loaded(a[0], t).(type) {
		case int64:
			d := big.NewInt(v)
			f(d, 0, a[2:])
			if !d.IsInt64() || t.Kind == sqltype.KindInt && (d.Int64() > math.MaxInt32 || d.Int64() < math.MinInt32) {
				return e.fail(sqltype.Errorf(8115, "Arithmetic overflow error converting expression to data type %s.", t))
			}
			return d.Int64(), nil
		case sqltype.Decimal:
			d := new(big.Int)
			if v.Unscaled != nil {
				d.Set(v.Unscaled)
			}
			f(d, v.Scale, a[2:])
			return sqltype.Decimal{Unscaled: d, Scale: v.Scale}.String(), nil
		case float64:
			return g(v), nil
		}
		return a[0], nil
	}
}

// round is ROUND(x, length [, truncate]).
func (e *engine) round(a []driver.Value) (driver.Value, error) {
	if a[0] == nil || a[2] == nil {
		return nil, nil
	}
	length := int(a[2].(int64))
	truncate := len(a) > 3 && a[3] != nil && a[3].(int64) != 0
	return e.exact(func(d *big.Int, scale int, _ []driver.Value) {
		if scale <= length {
			return
		}
		unit := pow10(scale - length)
		if !truncate {
			half := new(big.Int).Quo(unit, big.NewInt(2))
			if d.Sign() < 0 {
				half.Neg(half)
			}
			d.Add(d, half)
		}
		d.Quo(d, unit).Mul(d, unit)
	}, func(x float64) float64 {
		p := math.Pow(10, float64(length))
		if truncate {
			return math.Trunc(x*p) / p
		}
		return math.Round(x*p) / p
	})(a[:2])
}
