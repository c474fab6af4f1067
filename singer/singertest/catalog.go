package singertest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"intercomdw/singer"
)

// CheckCatalog returns what is wrong with the catalog a discovery printed: a
// schema that is no JSON Schema, metadata twice or for fields that are not
// there, keys that are not in the schema or not automatic.
func CheckCatalog(c *singer.Catalog) (problems []string) {
	if len(c.Streams) == 0 {
		return []string{"catalog has no streams"}
	}
	for _, e := range c.Streams {
		for _, p := range checkEntry(e) {
			problems = append(problems, fmt.Sprintf("catalog: stream %s: %s", e.TapStreamID, p))
		}
	}
	return problems
}

// streamName is what warehouses and tap-tester take for the name of a stream.
var streamName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

func checkEntry(e *singer.CatalogEntry) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if !streamName.MatchString(e.TapStreamID) {
		add("name is not made of a-z, 0-9 and _")
	}
	if _, err := jsonschema.CompileString("schema.json", string(e.Schema)); err != nil {
		add("schema: %v", err)
		return problems
	}
	schema, err := singer.ParseSchema(e.Schema)
	if err != nil {
		add("%v", err)
		return problems
	}
	if !slices.Contains(schema.Types, "object") || !schema.HasProperties {
		add("schema is not that of an object with properties")
	}
	seen := make(map[string]bool)
	automatic := make(map[string]bool)
	for _, m := range e.Metadata {
		at := strings.Join(m.Breadcrumb, "/")
		if seen[at] {
			add("metadata for [%s] is there twice", at)
		}
		seen[at] = true
		if len(m.Breadcrumb) == 0 {
			continue
		}
		if !leads(schema, m.Breadcrumb) {
			add("metadata for [%s], which is not in the schema", at)
		}
		switch m.Inclusion {
		case singer.Automatic:
			automatic[at] = true
		case singer.Available, singer.Unsupported:
		default:
			add("metadata for [%s]: inclusion %q", at, m.Inclusion)
		}
	}
	root := e.Find()
	if root == nil {
		add("no metadata for the stream itself")
		return problems
	}
	for _, p := range schema.Properties {
		if !seen["properties/"+p.Name] {
			add("no metadata for property %q", p.Name)
		}
	}
	switch root.ForcedReplicationMethod {
	case "", "FULL_TABLE", "INCREMENTAL", "LOG_BASED":
	default:
		add("forced-replication-method %q", root.ForcedReplicationMethod)
	}
	if root.ForcedReplicationMethod == "INCREMENTAL" && len(root.ValidReplicationKeys) == 0 {
		add("is INCREMENTAL and has no valid-replication-keys")
	}
	for _, key := range slices.Concat(root.TableKeyProperties, root.ValidReplicationKeys) {
		if schema.Property(key) == nil {
			add("key %q is not in the schema", key)
		} else if !automatic["properties/"+key] {
			add("key %q is not automatic", key)
		}
	}
	return problems
}

// leads reports whether a breadcrumb leads to a property of the schema.
func leads(s *singer.Schema, breadcrumb []string) bool {
	for i := 0; i < len(breadcrumb); i++ {
		if s == nil {
			return false
		}
		switch breadcrumb[i] {
		case "properties":
			if i++; i == len(breadcrumb) {
				return false
			}
			if s.Property(breadcrumb[i]) == nil && s.Items != nil {
				s = s.Items
			}
			s = s.Property(breadcrumb[i])
		case "items":
			s = s.Items
		default:
			return false
		}
	}
	return s != nil
}

// selectAll returns a catalog with every stream and field selected.
func selectAll(c *singer.Catalog) *singer.Catalog {
	for _, e := range c.Streams {
		e.At().Selected = singer.NewBool(true)
		for i := range e.Metadata {
			if e.Metadata[i].Inclusion == singer.Available {
				e.Metadata[i].Selected = singer.NewBool(true)
			}
		}
		if e.Schema == nil {
			e.Schema = jsontext.Value(`{}`)
		}
	}
	return c
}
