package sqltype

import (
	"math"
	"math/big"
)

// ArithmeticType gives the type of a op b, where op is + - * / or %. For text + joins.
func ArithmeticType(op byte, a, b Type) (Type, error) {
	t, err := Common(a, b)
	if err != nil {
		return Type{}, err
	}
	switch {
	case t.Kind.IsCharacter() && op == '+':
		if a.Kind.IsCharacter() && b.Kind.IsCharacter() {
			t.Length = joinedLength(a, b)
		}
		return t, nil
	case t.Kind.IsBinary() && op == '+':
		t.Length = joinedLength(a, b)
		return t, nil
	case t.Kind == KindUnknown:
		return Int, nil // NULL + NULL
	case t.Kind == KindBit || !t.Kind.IsNumeric() || op == '%' && t.Kind.IsFloat():
		return Type{}, Errorf(402, "The data types %s and %s are incompatible in the %s operator.", a.Kind, b.Kind, opNames[op])
	case t.Kind != KindDecimal:
		return t, nil
	}
	if a.Kind.IsCharacter() { // a text operand becomes the other's type
		a = b
	} else if b.Kind.IsCharacter() || b.Kind == KindUnknown {
		b = a
	}
	return decimalResult(op, a, b), nil
}

var opNames = map[byte]string{'+': "add", '-': "subtract", '*': "multiply", '/': "divide", '%': "modulo"}

func joinedLength(a, b Type) int {
	if a.IsMax() || b.IsMax() {
		return Max
	}
	if a.Kind.IsUnicode() || b.Kind.IsUnicode() {
		return min(4000, a.Length+b.Length)
	}
	return min(8000, a.Length+b.Length)
}

// decimalResult is the table of data-types/precision-scale-and-length-transact-sql, with what it says on results of more
// than 38 digits.
func decimalResult(op byte, a, b Type) Type {
	p1, s1 := asDecimal(a)
	p2, s2 := asDecimal(b)
	var precision, scale int
	switch op {
	case '*':
		precision, scale = p1+p2+1, s1+s2
	case '/':
		scale = max(6, s1+p2+1)
		precision = p1 - s1 + s2 + scale
	case '%':
		return DecimalType(min(38, min(p1-s1, p2-s2)+max(s1, s2)), max(s1, s2))
	default:
		whole := max(p1-s1, p2-s2)
		scale = max(s1, s2)
		precision = scale + whole + 1
		if precision > 38 {
			scale = min(scale, max(0, 38-whole))
		}
		return DecimalType(min(38, precision), scale)
	}
	if precision > 38 {
		whole := precision - scale
		switch {
		case whole < 32:
			scale = min(scale, 38-whole)
		case scale > 6:
			scale = 6
		}
		precision = 38
	}
	return DecimalType(precision, scale)
}

// Arithmetic gives a op b of the types ta and tb, as a value of their ArithmeticType. NULL with anything is NULL.
func (r Rules) Arithmetic(op byte, a, b any, ta, tb Type) (any, Type, error) {
	t, err := ArithmeticType(op, ta, tb)
	if err != nil || a == nil || b == nil {
		return nil, t, err
	}
	operand := t // decimals meet at their own scales, the rest in the result's type
	implicit := Rules{Mode: Implicit, DateOrder: r.DateOrder}
	if t.Kind.IsCharacter() || t.Kind.IsBinary() {
		operand.Length = Max
	}
	convert := func(v any, from Type) (any, error) {
		if operand.Kind == KindDecimal && from.Kind.IsNumeric() {
			p, s := asDecimal(from)
			return implicit.Convert(v, from, DecimalType(p, s))
		}
		return implicit.Convert(v, from, operand)
	}
	if a, err = convert(a, ta); err != nil {
		return nil, t, err
	}
	if b, err = convert(b, tb); err != nil {
		return nil, t, err
	}
	v, err := apply(op, a, b, t)
	return v, t, err
}

func apply(op byte, a, b any, t Type) (any, error) {
	switch a := a.(type) {
	case string:
		return Rules{}.fitText(a+b.(string), t)
	case []byte:
		return Rules{}.toBytes(append(append([]byte(nil), a...), b.([]byte)...), VarBinary(Max), t)
	case float64:
		return applyFloat(op, a, b.(float64))
	case int64:
		return applyInt(op, a, b.(int64), t)
	case Decimal:
		return applyDecimal(op, a, b.(Decimal), t)
	}
	return nil, clash(t, t)
}

func applyFloat(op byte, a, b float64) (any, error) {
	var f float64
	switch op {
	case '+':
		f = a + b
	case '-':
		f = a - b
	case '*':
		f = a * b
	case '/':
		if b == 0 {
			return nil, divideByZero()
		}
		f = a / b
	}
	if math.IsInf(f, 0) {
		return nil, overflow("expression", Float)
	}
	return f, nil
}

func divideByZero() *Error { return Errorf(errDivideByZero, "Divide by zero error encountered.") }

// applyInt: "If an integer dividend is divided by an integer divisor, the result is an integer that has any fractional part
// of the result truncated" (language-elements/divide-transact-sql).
func applyInt(op byte, a, b int64, t Type) (any, error) {
	x, y, z := big.NewInt(a), big.NewInt(b), new(big.Int)
	switch op {
	case '+':
		z.Add(x, y)
	case '-':
		z.Sub(x, y)
	case '*':
		z.Mul(x, y)
	case '/', '%':
		if b == 0 {
			return nil, divideByZero()
		}
		quotient, rest := z.QuoRem(x, y, new(big.Int))
		if z = quotient; op == '%' {
			z = rest
		}
	}
	if !z.IsInt64() || !inRange(z.Int64(), t.Kind) {
		return nil, overflow("expression", t)
	}
	return z.Int64(), nil
}

func applyDecimal(op byte, a, b Decimal, t Type) (any, error) {
	var d Decimal
	switch op {
	case '*':
		d = Decimal{Unscaled: new(big.Int).Mul(a.unscaled(), b.unscaled()), Scale: a.Scale + b.Scale}
	case '/':
		if b.unscaled().Sign() == 0 {
			return nil, divideByZero()
		}
		// one digit more than the result has; SQL Server cuts a quotient, so does Quo
		n := new(big.Int).Mul(a.unscaled(), pow10(t.Scale+b.Scale))
		d = Decimal{Unscaled: n.Quo(n, new(big.Int).Mul(b.unscaled(), pow10(a.Scale))), Scale: t.Scale}
	default:
		scale := max(a.Scale, b.Scale)
		x, y := a.rescale(scale).unscaled(), b.rescale(scale).unscaled()
		z := new(big.Int)
		switch op {
		case '+':
			z.Add(x, y)
		case '-':
			z.Sub(x, y)
		case '%':
			if y.Sign() == 0 {
				return nil, divideByZero()
			}
			z.Rem(x, y)
		}
		d = Decimal{Unscaled: z, Scale: scale}
	}
	d = d.rescale(t.Scale)
	if t.Kind == KindDecimal && d.Digits() > t.Precision || t.Kind != KindDecimal && !moneyFits(d, t.Kind) {
		return nil, overflow("expression", t)
	}
	return d, nil
}
