package tsql

// Walk calls f for x and for the expressions inside it, from the outside in; it
// does not go below an expression for which f is false, nor into queries.
func Walk(x Expr, f func(Expr) bool) {
	if x == nil || !f(x) {
		return
	}
	for _, c := range children(x) {
		Walk(c, f)
	}
}

func children(x Expr) []Expr {
	switch x := x.(type) {
	case *Unary:
		return []Expr{x.X}
	case *Binary:
		return []Expr{x.L, x.R}
	case *Collate:
		return []Expr{x.X}
	case *Case:
		return x.children()
	case *Cast:
		return present(x.X, x.Style)
	case *Call:
		return x.children()
	case *Compare:
		return []Expr{x.L, x.R}
	case *And:
		return x.Terms
	case *Or:
		return x.Terms
	case *Not:
		return []Expr{x.X}
	case *IsNull:
		return []Expr{x.X}
	case *In:
		return append([]Expr{x.X}, x.List...)
	case *Between:
		return []Expr{x.X, x.Low, x.High}
	case *Like:
		return present(x.X, x.Pattern, x.Escape)
	}
	return nil
}

func present(list ...Expr) []Expr {
	var out []Expr
	for _, x := range list {
		if x != nil {
			out = append(out, x)
		}
	}
	return out
}

func (c *Case) children() []Expr {
	out := present(c.Operand, c.Else)
	for _, w := range c.Whens {
		out = append(out, w.Cond, w.Then)
	}
	return out
}

func (c *Call) children() []Expr {
	out := append([]Expr(nil), c.Args...)
	for _, o := range c.WithinGroup {
		out = append(out, o.Expr)
	}
	if c.Over != nil {
		out = append(out, c.Over.Partition...)
		for _, o := range c.Over.Order {
			out = append(out, o.Expr)
		}
	}
	return out
}
