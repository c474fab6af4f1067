package singer

import (
	"encoding/json"
	"regexp"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// kinds is a set of kinds of JSON values. A number is of kind number, and a
// schema that allows only integers says so apart.
type kinds uint8

const (
	nullKind kinds = 1 << iota
	booleanKind
	numberKind
	stringKind
	objectKind
	arrayKind

	allKinds = nullKind | booleanKind | numberKind | stringKind | objectKind | arrayKind
)

// node is one schema of the judge, in the form in which the tokens of a record
// are held against it.
type node struct {
	allowed kinds // by type
	integer bool  // numbers must be integers
	unsure  kinds // values that only the judge can decide on

	enum *enum // nil: any value

	minLength, maxLength int // -1: none
	pattern              *regexp.Regexp
	anyText              bool // none of these, and no enum

	min, max, above, below *bound
	multiple               *multiple

	properties map[string]property
	required   uint64 // bits of the properties that must be there
	closed     bool   // no additional properties
	additional *node  // nil: any

	items              *node // nil: any
	minItems, maxItems int   // -1: none

	all  []*node   // in place: each must hold
	some [][]*node // anyOf: one of each group must hold
	one  [][]*node // oneOf: exactly one of each group must hold
}

// property is a property a node knows.
type property struct {
	schema *node  // nil: any value
	bit    uint64 // in required
}

// enum are the values of enum or const.
type enum struct {
	null, yes, no bool
	texts         map[string]bool
	numbers       map[string]bool // as written: 1.0 is left to the judge
	nested        bool            // there are objects or arrays
}

// compileNodes compiles the judge's own compiled schema, so that both read
// the document alike. It returns nil when every record would have to go to
// the judge anyway.
func compileNodes(s *jsonschema.Schema) *node {
	c := nodeCompiler{make(map[*jsonschema.Schema]*node)}
	n := c.compile(s)
	if n.unsure&objectKind != 0 {
		return nil
	}
	return n
}

// nodeCompiler remembers what it has compiled: schemas may refer to themselves.
type nodeCompiler struct {
	done map[*jsonschema.Schema]*node
}

func (c *nodeCompiler) compile(s *jsonschema.Schema) *node {
	for s.Ref != nil && sameDraft(s) {
		s = s.Ref // up to draft 7 nothing stands beside a $ref
	}
	if n, ok := c.done[s]; ok {
		return n
	}
	n := &node{allowed: allKinds, minLength: s.MinLength, maxLength: s.MaxLength, minItems: s.MinItems, maxItems: s.MaxItems}
	c.done[s] = n
	switch {
	case s.Always != nil && !*s.Always:
		n.allowed = 0
	case s.Always != nil:
	case !sameDraft(s):
		n.unsure = allKinds
	default:
		c.fill(n, s)
	}
	return n
}

// sameDraft reports whether a schema is of a draft that the short way knows:
// up to 7 $ref stands alone.
func sameDraft(s *jsonschema.Schema) bool {
	return s.Draft == jsonschema.Draft4 || s.Draft == jsonschema.Draft6 || s.Draft == jsonschema.Draft7
}

func (c *nodeCompiler) fill(n *node, s *jsonschema.Schema) {
	n.allowed, n.integer = kindsOf(s.Types)
	n.leaveToJudge(s)
	n.enum = newEnum(s)
	n.pattern = s.Pattern
	n.anyText = n.minLength == -1 && n.maxLength == -1 && n.pattern == nil && n.enum == nil
	n.min, n.max, n.above, n.below = newBound(s.Minimum), newBound(s.Maximum), newBound(s.ExclusiveMinimum), newBound(s.ExclusiveMaximum)
	n.multiple = newMultiple(s.MultipleOf)
	c.object(n, s)
	if items, ok := s.Items.(*jsonschema.Schema); ok {
		n.items = c.compile(items)
	}
	n.all = c.list(s.AllOf)
	if len(s.AnyOf) > 0 {
		n.some = append(n.some, c.list(s.AnyOf))
	}
	if len(s.OneOf) > 0 {
		n.one = append(n.one, c.list(s.OneOf))
	}
}

func (c *nodeCompiler) list(schemas []*jsonschema.Schema) []*node {
	var list []*node
	for _, s := range schemas {
		list = append(list, c.compile(s))
	}
	return list
}

func (c *nodeCompiler) object(n *node, s *jsonschema.Schema) {
	n.properties = make(map[string]property, len(s.Properties))
	for name, child := range s.Properties {
		n.properties[name] = property{schema: c.compile(child)}
	}
	switch additional := s.AdditionalProperties.(type) {
	case bool:
		n.closed = !additional
	case *jsonschema.Schema:
		n.additional = c.compile(additional)
	}
	if len(s.Required) > 64 {
		n.unsure |= objectKind
		return
	}
	for i, name := range s.Required {
		p, declared := n.properties[name]
		if !declared && (n.closed || n.additional != nil) {
			n.unsure |= objectKind // it is required and falls under additionalProperties: rare
			continue
		}
		p.bit |= 1 << i
		n.properties[name] = p
		n.required |= 1 << i
	}
}

// leaveToJudge marks the values for which the schema has a keyword that is
// not handled here.
func (n *node) leaveToJudge(s *jsonschema.Schema) {
	if s.Not != nil || s.If != nil || s.RecursiveRef != nil || s.DynamicRef != nil || len(s.Extensions) > 0 {
		n.unsure = allKinds
	}
	if s.MinProperties != -1 || s.MaxProperties != -1 || s.PropertyNames != nil || s.RegexProperties ||
		len(s.PatternProperties) > 0 || len(s.Dependencies) > 0 || len(s.DependentRequired) > 0 ||
		len(s.DependentSchemas) > 0 || s.UnevaluatedProperties != nil {
		n.unsure |= objectKind
	}
	_, tuple := s.Items.([]*jsonschema.Schema)
	if tuple || s.UniqueItems || s.Contains != nil || len(s.PrefixItems) > 0 || s.Items2020 != nil || s.UnevaluatedItems != nil {
		n.unsure |= arrayKind
	}
}

func kindsOf(types []string) (allowed kinds, integer bool) {
	if len(types) == 0 {
		return allKinds, false
	}
	numbers := false
	for _, name := range types {
		switch name {
		case "null":
			allowed |= nullKind
		case "boolean":
			allowed |= booleanKind
		case "integer":
			allowed |= numberKind
			integer = true
		case "number":
			allowed |= numberKind
			numbers = true
		case "string":
			allowed |= stringKind
		case "object":
			allowed |= objectKind
		case "array":
			allowed |= arrayKind
		}
	}
	return allowed, integer && !numbers
}

// newEnum collects the values of enum, or of const, or of both when they agree
// on being one keyword; with both the judge decides.
func newEnum(s *jsonschema.Schema) *enum {
	values := s.Enum
	if len(s.Constant) > 0 {
		if len(values) > 0 {
			return &enum{nested: true, texts: map[string]bool{}, numbers: map[string]bool{}}
		}
		values = s.Constant
	}
	if len(values) == 0 {
		return nil
	}
	e := &enum{texts: make(map[string]bool), numbers: make(map[string]bool)}
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			e.null = true
		case bool:
			e.yes, e.no = e.yes || v, e.no || !v
		case string:
			e.texts[v] = true
		case json.Number:
			e.numbers[string(v)] = true
		default:
			e.nested = true
		}
	}
	return e
}
