package intercomtest

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

// The filters of a search, compiled to tests.

type filter struct {
	Field    string          `json:"field"`
	Operator string          `json:"operator"`
	Value    json.RawMessage `json:"value"`
}

func (spec *searchSpec) kindOf(field string) (kind, bool) {
	if k, known := spec.fields[field]; known {
		return k, true
	}
	if spec.custom != nil {
		return spec.custom(field)
	}
	return 0, false
}

// compile turns a filter or a group of filters into a test. depth counts the
// groups around it.
func (spec *searchSpec) compile(f *filter, depth int) (func(subject) bool, *refusal) {
	op := strings.ToUpper(f.Operator)
	if f.Field != "" || op != "AND" && op != "OR" {
		return spec.compare(f)
	}
	if depth == 2 {
		return nil, refuse("parameter_invalid", "Search queries can be nested at most 2 levels deep")
	}
	var parts []filter
	if err := json.Unmarshal(f.Value, &parts); err != nil {
		return nil, refuse("type_mismatch", "The value of %s must be a list of filters", op)
	}
	if len(parts) == 0 || len(parts) > 15 {
		return nil, refuse("parameter_invalid", "%s must hold between 1 and 15 filters, not %d", op, len(parts))
	}
	var tests []func(subject) bool
	for i := range parts {
		test, bad := spec.compile(&parts[i], depth+1)
		if bad != nil {
			return nil, bad
		}
		tests = append(tests, test)
	}
	any := op == "OR"
	return func(s subject) bool {
		for _, test := range tests {
			if test(s) == any {
				return any
			}
		}
		return !any
	}, nil
}

// compare compiles a single filter.
func (spec *searchSpec) compare(f *filter) (func(subject) bool, *refusal) {
	k, known := spec.kindOf(f.Field)
	if !known {
		return nil, refuse("invalid_field", "Field '%s' is not searchable", f.Field)
	}
	var value any
	d := json.NewDecoder(strings.NewReader(string(f.Value)))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, refuse("parameter_missing", "value is required for field '%s'", f.Field)
	}
	switch f.Operator {
	case "IN", "NIN":
		return spec.among(f, k, value)
	case "=", "!=", ">", "<", ">=", "<=", "~", "!~", "^", "$":
	default:
		return nil, refuse("parameter_invalid", "Operator '%s' is not supported", f.Operator)
	}
	test, bad := spec.operator(f.Field, f.Operator, k, value)
	if bad != nil {
		return nil, bad
	}
	return func(s subject) bool { return test(s.lookup(f.Field)) }, nil
}

// among compiles IN and NIN.
func (spec *searchSpec) among(f *filter, k kind, value any) (func(subject) bool, *refusal) {
	values, isList := value.([]any)
	if !isList {
		return nil, refuse("type_mismatch", "The value of %s must be an array", f.Operator)
	}
	if k == tagSet || (k == date || k == customDate) && spec.dates != inclusive {
		return nil, refuse("parameter_invalid", "Operator '%s' is not supported for field '%s'", f.Operator, f.Field)
	}
	var tests []func(any) bool
	for _, v := range values {
		test, bad := spec.operator(f.Field, "=", k, v)
		if bad != nil {
			return nil, bad
		}
		tests = append(tests, test)
	}
	in := f.Operator == "IN"
	return func(s subject) bool {
		v := s.lookup(f.Field)
		return slices.ContainsFunc(tests, func(test func(any) bool) bool { return test(v) }) == in
	}, nil
}

// operator compiles a comparison with one value.
func (spec *searchSpec) operator(field, op string, k kind, value any) (func(any) bool, *refusal) {
	unsupported := refuse("parameter_invalid", "Operator '%s' is not supported for field '%s'", op, field)
	if value == nil && (op == "=" || op == "!=") {
		return func(v any) bool { return (v == nil || v == "") == (op == "=") }, nil
	}
	switch k {
	case date, customDate:
		return spec.dateTest(field, op, k, value)
	case number, serial:
		n, isNumber := whole(value)
		if k == serial && value == "" {
			n, isNumber = math.MinInt64, true
		}
		if !isNumber {
			return nil, refuse("type_mismatch", "The value of '%s' must be an integer", field)
		}
		bounds, known := numberTest(op, n, spec.dates == inclusive)
		if !known {
			return nil, unsupported
		}
		return func(v any) bool {
			got, present := whole(v)
			return present && bounds(got)
		}, nil
	case tagSet, idSet:
		want := text(value)
		if op != "=" && op != "!=" {
			return nil, unsupported
		}
		return func(v any) bool {
			ids, _ := v.([]string)
			return slices.Contains(ids, want) == (op == "=")
		}, nil
	case boolean:
		want := strings.ToLower(text(value))
		if want != "true" && want != "false" {
			return nil, refuse("type_mismatch", "The value of '%s' must be a boolean", field)
		}
		if op != "=" && op != "!=" {
			return nil, unsupported
		}
		return func(v any) bool { return (text(v) == want) == (op == "=") }, nil
	}
	test, known := textTest(op, text(value))
	if !known {
		return nil, unsupported
	}
	return func(v any) bool { return test(text(v)) }, nil
}

func textTest(op, want string) (func(string) bool, bool) {
	folded := strings.ToLower(want)
	switch op {
	case "=":
		return func(s string) bool { return s == want }, true
	case "!=":
		return func(s string) bool { return s != want }, true
	case "~":
		return func(s string) bool { return strings.Contains(strings.ToLower(s), folded) }, true
	case "!~":
		return func(s string) bool { return !strings.Contains(strings.ToLower(s), folded) }, true
	case "^":
		return func(s string) bool { return strings.HasPrefix(strings.ToLower(s), folded) }, true
	case "$":
		return func(s string) bool { return strings.HasSuffix(strings.ToLower(s), folded) }, true
	}
	return nil, false
}

// numberTest compares with n; orEqual makes > and < take equal values too.
func numberTest(op string, n int64, orEqual bool) (func(int64) bool, bool) {
	switch {
	case op == "=":
		return func(v int64) bool { return v == n }, true
	case op == "!=":
		return func(v int64) bool { return v != n }, true
	case op == ">=" || op == ">" && orEqual:
		return func(v int64) bool { return v >= n }, true
	case op == "<=" || op == "<" && orEqual:
		return func(v int64) bool { return v <= n }, true
	case op == ">":
		return func(v int64) bool { return v > n }, true
	case op == "<":
		return func(v int64) bool { return v < n }, true
	}
	return nil, false
}

// dateTest compares with a date, by second or by day.
func (spec *searchSpec) dateTest(field, op string, k kind, value any) (func(any) bool, *refusal) {
	n, isNumber := whole(value)
	if !isNumber {
		return nil, refuse("type_mismatch", "The value of '%s' must be a UNIX timestamp", field)
	}
	zone := spec.zone
	if spec.dates == exact {
		zone = time.UTC
	}
	if spec.dates == byDay || spec.dates == exact && k == customDate {
		if op != ">" && op != "<" && op != "=" {
			return nil, refuse("parameter_invalid", "Operator '%s' is not supported for Date field '%s'", op, field)
		}
		first, next := day(n, zone)
		return func(v any) bool {
			t, present := whole(v)
			switch {
			case !present:
				return false
			case op == ">":
				return t >= next
			case op == "<":
				return t < first
			}
			return t >= first && t < next
		}, nil
	}
	bounds, known := numberTest(op, n, spec.dates == inclusive)
	if !known {
		return nil, refuse("parameter_invalid", "Operator '%s' is not supported for Date field '%s'", op, field)
	}
	return func(v any) bool {
		t, present := whole(v)
		return present && bounds(t)
	}, nil
}

// day gives the first second of the day that holds t in zone, and that of the
// next day.
func day(t int64, zone *time.Location) (first, next int64) {
	y, m, d := time.Unix(t, 0).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).Unix(), time.Date(y, m, d+1, 0, 0, 0, 0, zone).Unix()
}
