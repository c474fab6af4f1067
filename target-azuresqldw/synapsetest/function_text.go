package synapsetest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql/driver"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

type scalarFunction = func(a []driver.Value) (driver.Value, error)

// scalarFunctions are the functions that generated SQL calls, by name. Texts are
// counted in UTF-16 units, as SQL Server does for collations without _SC.
func scalarFunctions(e *engine) map[string]scalarFunction {
	m := map[string]scalarFunction{
		"f_len": text1(func(s string) driver.Value {
			return int64(sqltype.UTF16Len(strings.TrimRight(s, " ")))
		}),
		"f_lower":     text1(func(s string) driver.Value { return strings.ToLower(s) }),
		"f_upper":     text1(func(s string) driver.Value { return strings.ToUpper(s) }),
		"f_ltrim":     text1(func(s string) driver.Value { return strings.TrimLeft(s, " ") }),
		"f_rtrim":     text1(func(s string) driver.Value { return strings.TrimRight(s, " ") }),
		"f_trim":      text1(func(s string) driver.Value { return strings.Trim(s, " ") }),
		"f_reverse":   text1(func(s string) driver.Value { return reversed(s) }),
		"f_quotename": text1(func(s string) driver.Value { return "[" + strings.ReplaceAll(s, "]", "]]") + "]" }),
		"f_ascii": text1(func(s string) driver.Value {
			if s == "" {
				return nil
			}
			return int64(sqltype.EncodeVarChar(s)[0])
		}),
		"f_unicode": text1(func(s string) driver.Value {
			if s == "" {
				return nil
			}
			return int64(utf16.Encode([]rune(s))[0])
		}),
		"f_isjson":     text1(func(s string) driver.Value { return truth(json.Valid([]byte(s))) }),
		"f_isnumeric":  isNumeric,
		"f_isdate":     isDate,
		"f_left":       strict(func(a []driver.Value) driver.Value { return cut(a[0].(string), 0, a[1].(int64)) }),
		"f_right":      strict(right),
		"f_substring":  strict(substring),
		"f_stuff":      stuff,
		"f_replace":    strict(replace),
		"f_replicate":  strict(replicate),
		"f_space":      strict(func(a []driver.Value) driver.Value { return strings.Repeat(" ", int(min(max(a[0].(int64), 0), 8000))) }),
		"f_nchar":      strict(func(a []driver.Value) driver.Value { return string(rune(a[0].(int64))) }),
		"f_charindex":  strict(charIndex),
		"f_patindex":   strict(patIndex),
		"f_concat":     concat,
		"f_concat_ws":  concatWS,
		"f_str":        strict(str),
		"f_datalength": e.dataLength,
		"f_hashbytes":  e.hashBytes,
		"f_json_value": strict(jsonValue),
		"f_json_query": strict(jsonQuery),
	}
	for name, f := range mathFunctions(e) {
		m[name] = f
	}
	for name, f := range dateFunctions(e) {
		m[name] = f
	}
	for name, f := range objectFunctions(e) {
		m[name] = f
	}
	return m
}

// strict makes a function NULL when any argument is.
func strict(f func(a []driver.Value) driver.Value) scalarFunction {
	return func(a []driver.Value) (driver.Value, error) {
		for _, x := range a {
			if x == nil {
				return nil, nil
			}
		}
		return f(a), nil
	}
}

func text1(f func(string) driver.Value) scalarFunction {
	return strict(func(a []driver.Value) driver.Value { return f(a[0].(string)) })
}

func truth(b bool) driver.Value {
	if b {
		return int64(1)
	}
	return int64(0)
}

// cut gives n units from the one at start.
func cut(s string, start, n int64) string {
	u := utf16.Encode([]rune(s))
	start = min(max(start, 0), int64(len(u)))
	n = min(max(n, 0), int64(len(u))-start)
	return string(utf16.Decode(u[start : start+n]))
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func right(a []driver.Value) driver.Value {
	s, n := a[0].(string), a[1].(int64)
	length := int64(sqltype.UTF16Len(s))
	return cut(s, max(length-n, 0), n)
}

func substring(a []driver.Value) driver.Value {
	start, n := a[1].(int64)-1, a[2].(int64)
	if start < 0 {
		n, start = n+start, 0
	}
	return cut(a[0].(string), start, n)
}

func stuff(a []driver.Value) (driver.Value, error) {
	if a[0] == nil || a[1] == nil || a[2] == nil {
		return nil, nil
	}
	s, start, n := a[0].(string), a[1].(int64), a[2].(int64)
	length := int64(sqltype.UTF16Len(s))
	if start < 1 || start > length || n < 0 {
		return nil, nil
	}
	with, _ := a[3].(string)
	return cut(s, 0, start-1) + with + cut(s, start-1+n, length), nil
}

func replace(a []driver.Value) driver.Value {
	s, from, to := a[0].(string), a[1].(string), a[2].(string)
	if from == "" {
		return s
	}
	if a[3].(int64) == 1 {
		return strings.ReplaceAll(s, from, to)
	}
	var out strings.Builder
	folded, pattern := foldRunes(s), foldRunes(from)
	src := []rune(s)
	for i := 0; i < len(src); {
		if i+len(pattern) <= len(src) && string(folded[i:i+len(pattern)]) == string(pattern) {
			out.WriteString(to)
			i += len(pattern)
			continue
		}
		out.WriteRune(src[i])
		i++
	}
	return out.String()
}

// foldRunes lowers each character by itself, so that places stay comparable.
func foldRunes(s string) []rune {
	r := []rune(s)
	for i := range r {
		r[i] = unicode.ToLower(r[i])
	}
	return r
}

func replicate(a []driver.Value) driver.Value {
	n := a[1].(int64)
	if n < 0 {
		return nil
	}
	return strings.Repeat(a[0].(string), int(min(n, 1<<20)))
}

func charIndex(a []driver.Value) driver.Value {
	what, s := []rune(a[0].(string)), []rune(a[1].(string))
	if a[3].(int64) == 0 {
		what, s = foldRunes(string(what)), foldRunes(string(s))
	}
	units := int64(1)
	for i := 0; i+len(what) <= len(s) && len(what) > 0; i++ {
		if units >= a[2].(int64) && string(s[i:i+len(what)]) == string(what) {
			return units
		}
		units += int64(utf16.RuneLen(s[i]))
	}
	return int64(0)
}

func concat(a []driver.Value) (driver.Value, error) {
	var s strings.Builder
	for _, x := range a {
		if x != nil {
			s.WriteString(x.(string))
		}
	}
	return s.String(), nil
}

func concatWS(a []driver.Value) (driver.Value, error) {
	var parts []string
	for _, x := range a[1:] {
		if x != nil {
			parts = append(parts, x.(string))
		}
	}
	separator, _ := a[0].(string)
	return strings.Join(parts, separator), nil
}

func str(a []driver.Value) driver.Value {
	width := int(a[1].(int64))
	s := strconv.FormatFloat(a[0].(float64), 'f', int(min(a[2].(int64), 16)), 64)
	if len(s) > width {
		return strings.Repeat("*", width)
	}
	return strings.Repeat(" ", width-len(s)) + s
}

func isNumeric(a []driver.Value) (driver.Value, error) {
	if a[0] == nil {
		return int64(0), nil
	}
	s := strings.TrimSpace(a[0].(string))
	f, err := strconv.ParseFloat(s, 64)
	return truth(err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)), nil
}

func isDate(a []driver.Value) (driver.Value, error) {
	if a[0] == nil {
		return int64(0), nil
	}
	_, err := sqltype.Rules{}.Parse(a[0].(string), sqltype.DateTimeType)
	return truth(err == nil), nil
}

func (e *engine) dataLength(a []driver.Value) (driver.Value, error) {
	if a[0] == nil {
		return nil, nil
	}
	t := e.types[a[1].(int64)]
	switch v := a[0].(type) {
	case string:
		if t.Kind.IsUnicode() {
			return int64(2 * sqltype.UTF16Len(v)), nil
		}
		if t.Kind.IsCharacter() {
			return int64(len(sqltype.EncodeVarChar(v))), nil
		}
	case []byte:
		return int64(len(v)), nil
	}
	return int64(t.MaxLength()), nil
}

func (e *engine) hashBytes(a []driver.Value) (driver.Value, error) {
	if a[0] == nil || a[1] == nil {
		return nil, nil
	}
	t := e.types[a[2].(int64)]
	data, ok := a[1].([]byte)
	if s, text := a[1].(string); text && t.Kind.IsUnicode() {
		data, ok = sqltype.EncodeUTF16(s), true
	} else if text && t.Kind.IsCharacter() {
		data, ok = sqltype.EncodeVarChar(s), true
	}
	if !ok {
		return e.fail(sqltype.Errorf(8116, "Argument data type %s is invalid for argument 2 of hashbytes function.", t.Kind))
	}
	switch strings.ToUpper(a[0].(string)) {
	case "MD5":
		h := md5.Sum(data)
		return h[:], nil
	case "SHA", "SHA1":
		h := sha1.Sum(data)
		return h[:], nil
	case "SHA2_256":
		h := sha256.Sum256(data)
		return h[:], nil
	case "SHA2_512":
		h := sha512.Sum512(data)
		return h[:], nil
	}
	return nil, nil
}

// jsonAt follows a path such as $.a.b[0]."c d" in lax mode; the second result is
// false when nothing is there.
func jsonAt(text, path string) (any, bool) {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil, false
	}
	path = strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(path, "lax")), "$")
	for path != "" {
		switch path[0] {
		case '.':
			key := path[1:]
			if strings.HasPrefix(key, `"`) {
				end := strings.IndexByte(key[1:], '"')
				if end < 0 {
					return nil, false
				}
				key, path = key[1:1+end], key[end+2:]
			} else {
				end := strings.IndexAny(key, ".[")
				if end < 0 {
					end = len(key)
				}
				key, path = key[:end], key[end:]
			}
			m, _ := v.(map[string]any) // what is no object has no members
			member, ok := m[key]
			if !ok {
				return nil, false
			}
			v = member
		case '[':
			end := strings.IndexByte(path, ']')
			list, ok := v.([]any)
			if end < 0 || !ok {
				return nil, false
			}
			i, err := strconv.Atoi(path[1:end])
			if err != nil || i < 0 || i >= len(list) {
				return nil, false
			}
			v, path = list[i], path[end+1:]
		default:
			return nil, false
		}
	}
	return v, true
}

func jsonValue(a []driver.Value) driver.Value {
	v, _ := jsonAt(a[0].(string), a[1].(string))
	switch v := v.(type) {
	case string:
		if sqltype.UTF16Len(v) > 4000 {
			return nil // functions/json-value-transact-sql: lax mode gives NULL
		}
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return nil
}

func jsonQuery(a []driver.Value) driver.Value {
	v, _ := jsonAt(a[0].(string), a[1].(string))
	switch v.(type) {
	case map[string]any, []any:
		out, err := json.Marshal(v)
		if err == nil {
			return string(out)
		}
	}
	return nil
}
