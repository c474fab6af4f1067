package singer

import (
	"encoding/json"
	"maps"
	"math/big"
	"net/url"
	"regexp"
	"slices"
)

// sanitize returns a schema without the keywords whose values draft 7 does
// not allow, so that jsonschema compiles what is left. Such schemas exist:
// "type": "date-time", "required": true, "exclusiveMinimum": true.
func sanitize(schema any) any {
	object, ok := schema.(map[string]any)
	if !ok {
		if _, isBool := schema.(bool); isBool {
			return schema
		}
		return true
	}
	out := make(map[string]any, len(object))
	for keyword, v := range object {
		if v, ok := sanitizeKeyword(keyword, v); ok {
			out[keyword] = v
		}
	}
	for exclusive, limit := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		if object[exclusive] == true && out[limit] != nil { // as draft 4 has it
			out[exclusive] = out[limit]
			delete(out, limit)
		}
	}
	return out
}

// sanitizeKeyword returns the value of a keyword, or false when it says nothing.
func sanitizeKeyword(keyword string, v any) (any, bool) {
	switch keyword {
	case "$schema", "$id", "id", "$anchor", "$recursiveAnchor", "$dynamicAnchor", "$vocabulary":
		return nil, false // with the rest in doubt, so is the dialect
	case "additionalProperties", "additionalItems", "contains", "propertyNames", "not", "if", "then", "else":
		return sanitize(v), isSchema(v)
	case "items":
		if list, ok := v.([]any); ok {
			return sanitizeList(list), len(list) > 0
		}
		return sanitize(v), isSchema(v)
	case "allOf", "anyOf", "oneOf":
		list, ok := v.([]any)
		return sanitizeList(list), ok && len(list) > 0
	case "properties", "definitions", "$defs", "patternProperties":
		members, ok := v.(map[string]any)
		return sanitizeMembers(keyword, members), ok
	case "dependencies":
		members, ok := v.(map[string]any)
		return sanitizeDependencies(members), ok
	case "type":
		return v, isTypeKeyword(v)
	case "required":
		list, ok := v.([]any)
		return uniqueTexts(list), ok
	case "enum":
		list, ok := v.([]any)
		return uniqueValues(list), ok && !hasHugeNumber(v)
	case "examples":
		_, ok := v.([]any)
		return v, ok
	case "const", "default":
		return v, !hasHugeNumber(v)
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		n, ok := v.(json.Number)
		return v, ok && !hasHugeNumber(n)
	case "multipleOf":
		n, ok := v.(json.Number)
		return v, ok && !hasHugeNumber(n) && isPositive(n)
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties":
		n, ok := v.(json.Number)
		return v, ok && isCount(n)
	case "uniqueItems", "readOnly", "writeOnly":
		_, ok := v.(bool)
		return v, ok
	case "$ref":
		text, ok := v.(string)
		if ok {
			_, err := url.Parse(text)
			ok = err == nil
		}
		return v, ok
	case "pattern":
		text, ok := v.(string)
		if ok {
			_, err := regexp.Compile(text)
			ok = err == nil
		}
		return v, ok
	case "format", "title", "description", "$comment", "contentEncoding", "contentMediaType":
		_, ok := v.(string)
		return v, ok
	case "regexProperties": // of jsonschema itself, for its meta-schemas
		return nil, false
	}
	return v, true
}

func isSchema(v any) bool {
	switch v.(type) {
	case bool, map[string]any:
		return true
	}
	return false
}

func sanitizeList(list []any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = sanitize(v)
	}
	return out
}

func sanitizeMembers(keyword string, members map[string]any) map[string]any {
	out := make(map[string]any, len(members))
	for name, v := range members {
		if keyword == "patternProperties" {
			if _, err := regexp.Compile(name); err != nil {
				continue
			}
		}
		out[name] = sanitize(v)
	}
	return out
}

func sanitizeDependencies(members map[string]any) map[string]any {
	out := make(map[string]any, len(members))
	for name, v := range members {
		if list, ok := v.([]any); ok {
			out[name] = uniqueTexts(list)
		} else {
			out[name] = sanitize(v)
		}
	}
	return out
}

func isTypeKeyword(v any) bool {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for i, e := range list {
		name, ok := e.(string)
		if !ok || !isType(name) || slices.Contains(list[:i], e) {
			return false
		}
	}
	return len(list) > 0
}

// uniqueTexts returns the strings of a list, each once.
func uniqueTexts(list []any) []any {
	out := []any{}
	for _, e := range list {
		if _, ok := e.(string); ok && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// uniqueValues returns the values of a list, each once.
func uniqueValues(list []any) []any {
	out := []any{}
	for _, e := range list {
		if !slices.ContainsFunc(out, func(other any) bool { return sameValue(e, other) }) {
			out = append(out, e)
		}
	}
	return out
}

// sameValue compares values as JSON Schema does: 1.0 is 1.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, okX := new(big.Rat).SetString(string(a))
		y, okY := new(big.Rat).SetString(string(b))
		return okX && okY && x.Cmp(y) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameValue)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, sameValue)
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

func isPositive(n json.Number) bool {
	r, ok := new(big.Rat).SetString(string(n))
	return ok && r.Sign() > 0
}

func isCount(n json.Number) bool {
	if hasHugeNumber(n) {
		return false
	}
	r, ok := new(big.Rat).SetString(string(n))
	return ok && r.Sign() >= 0 && r.IsInt() && r.Num().IsInt64()
}
