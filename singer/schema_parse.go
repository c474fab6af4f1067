package singer

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxSchemaNodes bounds the tree a schema may unfold into. Definitions that
// refer to others twice each would double it at every step.
const maxSchemaNodes = 20_000

// errTooManyParts says that a schema unfolds into more parts than it may.
var errTooManyParts = errors.New("unfolds into too many parts")

// ParseSchema reads the schema of a SCHEMA message. It does not ask whether
// the schema is a valid one: unknown types, formats and keywords of any draft
// are passed over, as real taps send them. What it cannot read is an error:
// a $ref that leads nowhere or out of the schema, or no JSON.
//
// Of a schema with very many parts the widest objects are folded, as many as it
// takes: what is in them is not described.
func ParseSchema(raw jsontext.Value) (*Schema, error) {
	widest := anyWidth
	for {
		s, met, err := parseSchema(raw, widest, maxSchemaNodes)
		switch {
		case !errors.Is(err, errTooManyParts):
			return s, err
		case met == 0: // it is the root that has the parts
			return ParseFlatSchema(raw)
		}
		widest = met / 2
	}
}

// ParseFlatSchema is ParseSchema for who asks for the root's properties and
// their types alone: every object within it is folded, and no items are described.
func ParseFlatSchema(raw jsontext.Value) (*Schema, error) {
	if !raw.IsValid(lax) {
		return nil, errors.New("parse schema: invalid JSON")
	}
	own := 0 // properties of the root, and what little may be said of each
	for name, v := range members(raw) {
		if name == "properties" {
			for range members(v) {
				own += 8
			}
		}
	}
	s, _, err := parseSchema(raw, flat, maxSchemaNodes+own)
	return s, err
}

// How many properties an object within the root may have and not be folded. With
// flat none is looked into.
const (
	flat     = -1
	anyWidth = math.MaxInt
)

// parseSchema also returns how many properties the widest object has that it has looked into.
func parseSchema(raw jsontext.Value, widest, most int) (*Schema, int, error) {
	if !raw.IsValid(lax) {
		return nil, 0, errors.New("parse schema: invalid JSON")
	}
	p := schemaParser{root: raw, active: []string{"#"}, widest: widest, most: most}
	s, err := p.parse(raw)
	if err != nil {
		return nil, p.met, fmt.Errorf("parse schema: %w", err)
	}
	return s, p.met, nil
}

// schemaParser unfolds one schema document.
type schemaParser struct {
	root   jsontext.Value
	active []string // references being followed, outermost first
	nodes  int
	most   int // how many nodes there may be
	depth  int // objects and arrays around the schema at hand
	widest int // properties that an object may have and not be folded
	met    int // properties of the widest object within the root that is not
}

// keywords are the members of a schema that matter here, and the others not.
type keywords struct {
	Ref   jsontext.Value `json:"$ref"`
	Type  jsontext.Value `json:"type"`
	Enum  jsontext.Value `json:"enum"`
	Const jsontext.Value `json:"const"`

	Format     jsontext.Value `json:"format"`
	Properties jsontext.Value `json:"properties"`
	Required   jsontext.Value `json:"required"`
	Patterns   jsontext.Value `json:"patternProperties"`
	Additional jsontext.Value `json:"additionalProperties"`

	Items           jsontext.Value `json:"items"`
	PrefixItems     jsontext.Value `json:"prefixItems"`
	AdditionalItems jsontext.Value `json:"additionalItems"`

	AllOf jsontext.Value `json:"allOf"`
	AnyOf jsontext.Value `json:"anyOf"`
	OneOf jsontext.Value `json:"oneOf"`

	Minimum          jsontext.Value `json:"minimum"`
	Maximum          jsontext.Value `json:"maximum"`
	ExclusiveMinimum jsontext.Value `json:"exclusiveMinimum"`
	ExclusiveMaximum jsontext.Value `json:"exclusiveMaximum"`
	MultipleOf       jsontext.Value `json:"multipleOf"`
	MinLength        jsontext.Value `json:"minLength"`
	MaxLength        jsontext.Value `json:"maxLength"`
}

func (p *schemaParser) parse(raw jsontext.Value) (*Schema, error) {
	if p.nodes++; p.nodes > p.most {
		return nil, fmt.Errorf("%w, more than %d", errTooManyParts, p.most)
	}
	s := emptySchema(raw)
	if raw.Kind() != jsontext.KindBeginObject { // true, false, or no schema at all
		return s, nil
	}
	var k keywords
	if err := json.Unmarshal(raw, &k, lax); err != nil {
		return nil, err
	}
	p.own(s, &k)
	if err := p.children(s, &k); err != nil {
		return nil, err
	}
	if k.Ref.Kind() == jsontext.KindString {
		target, err := p.follow(k.Ref)
		if err != nil {
			return nil, err
		}
		s.narrow(target)
	}
	return s, p.combine(s, &k)
}

// own takes the keywords that speak of the value itself.
func (p *schemaParser) own(s *Schema, k *keywords) {
	s.setTypes(typesOf(k.Type))
	if len(k.Type) == 0 {
		s.setTypes(typesOfValues(k.Enum, k.Const))
	}
	if k.Format.Kind() == jsontext.KindString {
		s.Format, _ = textOf(k.Format)
	}
	s.Required, _ = textsOf(k.Required) // draft 3 had a boolean here: no list then
	s.Minimum, s.Maximum = numberText(k.Minimum), numberText(k.Maximum)
	s.ExclusiveMinimum, s.ExclusiveMaximum = numberText(k.ExclusiveMinimum), numberText(k.ExclusiveMaximum)
	if k.ExclusiveMinimum.Kind() == jsontext.KindTrue { // draft 4
		s.Minimum, s.ExclusiveMinimum = "", s.Minimum
	}
	if k.ExclusiveMaximum.Kind() == jsontext.KindTrue {
		s.Maximum, s.ExclusiveMaximum = "", s.Maximum
	}
	s.MultipleOf = numberText(k.MultipleOf)
	s.MinLength, s.MaxLength = lengthOf(k.MinLength), lengthOf(k.MaxLength)
}

// children takes the keywords that describe what is inside the value.
func (p *schemaParser) children(s *Schema, k *keywords) (err error) {
	s.HasProperties = k.Properties.Kind() == jsontext.KindBeginObject
	if p.depth > 0 && p.isTooWide(k) {
		s.Folded = s.HasProperties
		s.NoAdditional = k.Additional.Kind() == jsontext.KindFalse
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	if s.HasProperties {
		at := map[string]int{}
		for name, v := range members(k.Properties) {
			child, err := p.parse(v)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if i, twice := at[name]; twice {
				s.Properties[i].Schema = child
				continue
			}
			at[name] = len(s.Properties)
			s.Properties = append(s.Properties, Property{name, child})
		}
	}
	for name, v := range members(k.Patterns) {
		pattern, err := regexp.Compile(name)
		if err != nil {
			continue
		}
		child, err := p.parse(v)
		if err != nil {
			return fmt.Errorf("patternProperties: %s: %w", name, err)
		}
		s.Patterns = append(s.Patterns, Pattern{pattern, child})
	}
	switch k.Additional.Kind() {
	case jsontext.KindFalse:
		s.NoAdditional = true
	case jsontext.KindBeginObject, jsontext.KindTrue:
		if s.Additional, err = p.parse(k.Additional); err != nil {
			return fmt.Errorf("additionalProperties: %w", err)
		}
	}
	for _, list := range []jsontext.Value{k.PrefixItems, k.Items, k.AdditionalItems} {
		for _, v := range schemasOf(list) {
			item, err := p.parse(v)
			if err != nil {
				return fmt.Errorf("items: %w", err)
			}
			if s.Items == nil {
				s.Items = item
			} else {
				s.Items.widen(item)
			}
		}
	}
	return nil
}

// isTooWide reports whether what is inside a value is to be left out.
func (p *schemaParser) isTooWide(k *keywords) bool {
	n := 0
	for range members(k.Properties) {
		n++
	}
	if n > p.widest {
		return true
	}
	p.met = max(p.met, n)
	return false
}

// combine takes allOf, anyOf and oneOf.
func (p *schemaParser) combine(s *Schema, k *keywords) error {
	for _, v := range elements(k.AllOf) {
		part, err := p.parse(v)
		if err != nil {
			return fmt.Errorf("allOf: %w", err)
		}
		s.narrow(part)
	}
	for _, list := range []jsontext.Value{k.AnyOf, k.OneOf} {
		var union *Schema
		for _, v := range elements(list) {
			branch, err := p.parse(v)
			if err != nil {
				return fmt.Errorf("anyOf or oneOf: %w", err)
			}
			s.Union = append(s.Union, branch)
			if union == nil {
				union = branch.copy()
			} else {
				union.widen(branch)
			}
		}
		if union != nil {
			s.narrow(union)
		}
	}
	return nil
}

// follow parses what a $ref refers to, or ends the tree when it is within it.
func (p *schemaParser) follow(quoted jsontext.Value) (*Schema, error) {
	ref, err := textOf(quoted)
	if err != nil {
		return nil, fmt.Errorf("$ref: %w", err)
	}
	target, err := resolve(p.root, ref)
	if err != nil {
		return nil, err
	}
	if slices.Contains(p.active, ref) {
		leaf := emptySchema(target)
		leaf.Recursive = true
		var k keywords
		if target.Kind() == jsontext.KindBeginObject && json.Unmarshal(target, &k, lax) == nil {
			leaf.setTypes(typesOf(k.Type))
		}
		return leaf, nil
	}
	p.active = append(p.active, ref)
	defer func() { p.active = p.active[:len(p.active)-1] }()
	s, err := p.parse(target)
	if err != nil {
		return nil, fmt.Errorf("$ref %s: %w", ref, err)
	}
	return s, nil
}

// resolve finds what a reference points to within the root.
func resolve(root jsontext.Value, ref string) (jsontext.Value, error) {
	fragment, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, fmt.Errorf("$ref %q leads out of the schema; only #/… is followed", ref)
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil || pointer != "" && pointer[0] != '/' {
		return nil, fmt.Errorf("$ref %q: no JSON pointer", ref)
	}
	at := root
	for token := range jsontext.Pointer(pointer).Tokens() {
		next := jsontext.Value(nil)
		switch at.Kind() {
		case jsontext.KindBeginObject:
			for name, v := range members(at) {
				if name == token {
					next = v // of two alike the last, as everywhere
				}
			}
		case jsontext.KindBeginArray:
			if i, err := strconv.Atoi(token); err == nil && i >= 0 {
				if list := elements(at); i < len(list) {
					next = list[i]
				}
			}
		}
		if next == nil {
			return nil, fmt.Errorf("$ref %q: no such definition", ref)
		}
		at = next
	}
	return at, nil
}

// members ranges over the members of an object in their order. The object
// must be valid.
func members(v jsontext.Value) func(yield func(string, jsontext.Value) bool) {
	return func(yield func(string, jsontext.Value) bool) {
		if v.Kind() != jsontext.KindBeginObject {
			return
		}
		dec := jsontext.NewDecoder(bytes.NewBuffer(v), lax)
		_, err := dec.ReadToken()
		for err == nil && dec.PeekKind() == jsontext.KindString {
			var name, value jsontext.Value
			if name, err = dec.ReadValue(); err != nil {
				return
			}
			text, _ := textOf(name)
			if value, err = dec.ReadValue(); err != nil || !yield(text, value) {
				return
			}
		}
	}
}

// elements returns the elements of an array, none of anything else.
func elements(v jsontext.Value) []jsontext.Value {
	if v.Kind() != jsontext.KindBeginArray {
		return nil
	}
	var list []jsontext.Value
	_ = json.Unmarshal(v, &list, lax) // v was checked to be valid
	return list
}

// schemasOf returns the schemas of items, which may be one or a list.
func schemasOf(v jsontext.Value) []jsontext.Value {
	switch v.Kind() {
	case jsontext.KindBeginObject:
		return []jsontext.Value{v}
	case jsontext.KindBeginArray:
		return elements(v)
	}
	return nil
}

func numberText(v jsontext.Value) string {
	if v.Kind() != jsontext.KindNumber {
		return ""
	}
	return string(v)
}

func lengthOf(v jsontext.Value) int64 {
	n, err := integerOf(v)
	if len(v) == 0 || err != nil || n < 0 {
		return -1
	}
	return n
}
