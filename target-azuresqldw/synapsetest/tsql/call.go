package tsql

import "strings"

// arity is how many arguments a function takes; max -1 is any number.
type arity struct{ min, max int }

// Functions a dedicated pool has, as far as this model goes. What is missing here
// is refused with 195, as a pool does with STRING_ESCAPE and TRANSLATE
// (overview-features.md names both as unsupported).
func functionArity(name string) (arity, bool) {
	switch name {
	case "COALESCE", "CONCAT":
		return arity{2, -1}, true
	case "CONCAT_WS":
		return arity{3, -1}, true
	case "ISNULL", "NULLIF", "LEFT", "RIGHT", "REPLICATE", "POWER", "SWITCHOFFSET", "TODATETIMEOFFSET", "HASHBYTES", "STRING_AGG",
		"ATN2", "DATABASEPROPERTYEX", "COL_LENGTH", "COL_NAME", "JSON_VALUE":
		return arity{2, 2}, true
	case "JSON_QUERY":
		return arity{1, 2}, true
	case "IIF", "REPLACE", "SUBSTRING", "DATEFROMPARTS":
		return arity{3, 3}, true
	case "STUFF":
		return arity{4, 4}, true
	case "CHARINDEX", "ROUND":
		return arity{2, 3}, true
	case "PATINDEX", "OBJECTPROPERTY":
		return arity{2, 2}, true
	case "LEN", "DATALENGTH", "LOWER", "UPPER", "LTRIM", "RTRIM", "TRIM", "REVERSE", "SPACE", "ASCII", "UNICODE", "CHAR", "NCHAR", "QUOTENAME",
		"ABS", "SIGN", "CEILING", "FLOOR", "SQRT", "SQUARE", "EXP", "LOG10", "SIN", "COS", "TAN", "COT", "ASIN", "ACOS", "ATAN",
		"DEGREES", "RADIANS", "ISNUMERIC", "ISDATE", "ISJSON",
		"YEAR", "MONTH", "DAY", "SERVERPROPERTY", "TYPE_NAME", "SCHEMA_ID", "OBJECT_NAME", "OBJECT_SCHEMA_NAME":
		return arity{1, 1}, true
	case "STR":
		return arity{1, 3}, true
	case "LOG", "EOMONTH":
		return arity{1, 2}, true
	case "GETDATE", "GETUTCDATE", "SYSDATETIME", "SYSUTCDATETIME", "SYSDATETIMEOFFSET", "NEWID", "XACT_STATE", "SESSION_ID", "SUSER_SNAME", "SUSER_NAME",
		"ERROR_NUMBER", "ERROR_MESSAGE", "ERROR_SEVERITY", "ERROR_STATE", "ERROR_PROCEDURE", "PI":
		return arity{0, 0}, true
	case "DB_NAME", "SCHEMA_NAME", "DB_ID", "USER_NAME":
		return arity{0, 1}, true
	case "OBJECT_ID":
		return arity{1, 2}, true
	case "DATEADD", "DATEDIFF", "DATEDIFF_BIG":
		return arity{3, 3}, true
	case "DATEPART", "DATENAME":
		return arity{2, 2}, true
	case "COUNT", "COUNT_BIG", "SUM", "MIN", "MAX", "AVG", "FIRST_VALUE", "LAST_VALUE", "NTILE", "CHECKSUM_AGG",
		"STDEV", "STDEVP", "VAR", "VARP":
		return arity{1, 1}, true
	case "LAG", "LEAD":
		return arity{1, 3}, true
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "CUME_DIST", "PERCENT_RANK":
		return arity{0, 0}, true
	}
	return arity{}, false
}

// Aggregate tells whether a function is an aggregate when it has no OVER.
func Aggregate(name string) bool {
	switch name {
	case "COUNT", "COUNT_BIG", "SUM", "MIN", "MAX", "AVG", "STRING_AGG", "STDEV", "STDEVP", "VAR", "VARP":
		return true
	}
	return false
}

func needsOver(name string) bool {
	switch name {
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "CUME_DIST", "PERCENT_RANK", "NTILE", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE":
		return true
	}
	return false
}

// call reads a function call; the name stands at the present token.
func (p *parser) call(t token) Expr {
	c := &Call{At: At{t.pos}, Name: strings.ToUpper(t.text)}
	p.at++
	ar, ok := functionArity(c.Name)
	if !ok {
		panic(Refuse(t.pos, 195, "'%s' is not a recognized built-in function name.", t.text))
	}
	p.expectOp("(")
	n := 0
	switch {
	case (c.Name == "COUNT" || c.Name == "COUNT_BIG") && p.acceptOp("*"):
		c.Star = true
		n = 1
	case strings.HasPrefix(c.Name, "DATE") && strings.Contains(" DATEADD DATEDIFF DATEDIFF_BIG DATEPART DATENAME ", " "+c.Name+" "):
		c.Part = p.datePart()
		n = 1
		for p.acceptOp(",") {
			c.Args = append(c.Args, p.expr())
			n++
		}
	case !p.isOp(")"):
		if Aggregate(c.Name) && !p.accept("ALL") {
			c.Distinct = p.accept("DISTINCT")
		}
		c.Args = list(p, p.argument(c.Name))
		n = len(c.Args)
	}
	p.expectOp(")")
	if n < ar.min || ar.max >= 0 && n > ar.max {
		// 174: SQL Server's number for a wrong count of arguments.
		panic(Refuse(t.pos, 174, "The %s function requires %d argument(s).", strings.ToLower(c.Name), ar.min))
	}
	if p.accept("WITHIN", "GROUP") {
		if c.Name != "STRING_AGG" {
			p.fail()
		}
		p.expectOp("(")
		c.WithinGroup = p.orderBy()
		p.expectOp(")")
	}
	if p.accept("OVER") {
		p.over(c, t)
	} else if needsOver(c.Name) {
		// 10753: SQL Server's number.
		panic(Refuse(t.pos, 10753, "The function '%s' must have an OVER clause.", c.Name))
	}
	return c
}

// argument reads an argument; IIF's first is a condition.
func (p *parser) argument(name string) func() Expr {
	first := true
	return func() Expr {
		defer func() { first = false }()
		if name == "IIF" && first {
			return p.cond()
		}
		return p.expr()
	}
}

func (p *parser) datePart() string {
	t := p.tok()
	if t.kind != kindWord {
		p.fail()
	}
	p.at++
	switch strings.ToLower(t.text) {
	case "year", "yy", "yyyy":
		return "year"
	case "quarter", "qq", "q":
		return "quarter"
	case "month", "mm", "m":
		return "month"
	case "dayofyear", "dy", "y":
		return "dayofyear"
	case "day", "dd", "d":
		return "day"
	case "week", "wk", "ww":
		return "week"
	case "weekday", "dw", "w":
		return "weekday"
	case "hour", "hh":
		return "hour"
	case "minute", "mi", "n":
		return "minute"
	case "second", "ss", "s":
		return "second"
	case "millisecond", "ms":
		return "millisecond"
	case "microsecond", "mcs":
		return "microsecond"
	case "nanosecond", "ns":
		return "nanosecond"
	case "tzoffset", "tz":
		return "tzoffset"
	case "iso_week", "isowk", "isoww":
		return "iso_week"
	}
	panic(Refuse(t.pos, 155, "'%s' is not a recognized datepart option.", t.text))
}

func (p *parser) over(c *Call, t token) {
	if !Aggregate(c.Name) && !needsOver(c.Name) || c.Name == "STRING_AGG" {
		panic(parseError(t.pos, "OVER"))
	}
	w := &Window{}
	p.expectOp("(")
	if p.accept("PARTITION") {
		p.expect("BY")
		w.Partition = list(p, p.expr)
	}
	if p.isKeyword("ORDER") {
		w.Order = p.orderBy()
	}
	if p.isKeyword("ROWS") || p.isKeyword("RANGE") {
		if len(w.Order) == 0 {
			p.fail()
		}
		w.Frame = p.frame()
	}
	p.expectOp(")")
	if needsOver(c.Name) && len(w.Order) == 0 {
		// 4112: SQL Server's number for a ranking function without ORDER BY.
		panic(Refuse(t.pos, 4112, "The function '%s' must have an OVER clause with ORDER BY.", c.Name))
	}
	c.Over = w
}

func (p *parser) frame() *Frame {
	f := &Frame{Rows: p.isKeyword("ROWS"), End: "CURRENT ROW"}
	p.at++
	if p.accept("BETWEEN") {
		f.Start = p.bound()
		p.expect("AND")
		f.End = p.bound()
	} else {
		f.Start = p.bound()
	}
	return f
}

func (p *parser) bound() string {
	switch {
	case p.accept("UNBOUNDED", "PRECEDING"):
		return "UNBOUNDED PRECEDING"
	case p.accept("UNBOUNDED", "FOLLOWING"):
		return "UNBOUNDED FOLLOWING"
	case p.accept("CURRENT", "ROW"):
		return "CURRENT ROW"
	}
	t := p.tok()
	p.integer()
	switch {
	case p.accept("PRECEDING"):
		return t.text + " PRECEDING"
	case p.accept("FOLLOWING"):
		return t.text + " FOLLOWING"
	}
	p.fail()
	return ""
}
