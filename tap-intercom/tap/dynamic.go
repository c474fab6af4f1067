package tap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/catalogs"
	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// templates are the rows for streams of which each workspace has others. The
// name of such a stream is that of its template, two underscores, and what the
// workspace calls it: custom_objects__order.
var templates = []stream{
	{
		name: "custom_objects", endpoint: "/custom_object_instances/{id}", items: "data", perPage: 150, since: "2.13",
		keys: []string{"id"}, bookmark: "updated_at",
		limits: "no call lists the types: custom_object_types, attributes of conversations that refer to one, and select name them; deleted ones are not told of",
		cost:   "1 call per 150 rows; all are read, the changed ones are sent", doc: "custom objects of one type, as custom_objects__order",
	},
	{
		name: "reporting", dialect: reported, endpoint: "/export/reporting_data/enqueue", since: "2.14",
		keys: []string{"row_id"}, bookmark: "exported_until",
		limits: "row_id is the id of what the data set is about (conversation_id of conversation); where it has none it is made from the row, and a row that changed stands beside its older self; by the data set's own time, `export_lookback_days` again each time; two or three years back; types are known of times and durations only",
		cost:   "1 export per data set: 4 calls and more while it is made ready; 5 of the workspace at a time", off: true, doc: "reporting data sets of the workspace, as reporting__conversation: figures that no other call gives",
	},
}

const between = "__"

// derived returns the stream of a template that is called name, nil when no
// template makes one of that name.
func derived(name string) *stream {
	kind, of, found := strings.Cut(name, between)
	if !found || of == "" {
		return nil
	}
	for i := range templates {
		if templates[i].name == kind {
			s := templates[i]
			s.name, s.template, s.of = name, kind, of
			return &s
		}
	}
	return nil
}

// base is the name that a stream's schema goes by.
func (s *stream) base() string {
	if s.template != "" {
		return s.template
	}
	return s.name
}

// mayName reports whether a pattern of the select setting may be meant for a
// stream of the template kind.
func mayName(pattern, kind string) bool {
	i := strings.IndexAny(pattern, `*?[\`)
	if i < 0 {
		return strings.HasPrefix(pattern, kind+between)
	}
	literal := pattern[:i]
	return strings.HasPrefix(literal, kind+between) || strings.HasPrefix(kind+between, literal)
}

// asksFor reports whether the select setting may select streams of a template
// that it cannot name without asking the workspace.
func asksFor(patterns []string, t *stream) bool {
	patterns = slices.DeleteFunc(slices.Clone(patterns), namesField)
	wanted := !t.off && (len(patterns) == 0 || strings.HasPrefix(patterns[0], "!"))
	for _, p := range patterns {
		wanted = wanted || (!strings.HasPrefix(p, "!") && mayName(p, t.name) && (t.dialect == reported || strings.ContainsAny(p, `*?[\`)))
	}
	return wanted
}

// toldTypes are the streams of custom objects that settings name.
func (c *Config) toldTypes() []string {
	var names []string
	for _, typ := range c.CustomObjectTypes {
		names = append(names, "custom_objects"+between+typ)
	}
	for _, p := range c.Select {
		if s := derived(p); s != nil && s.template == "custom_objects" && !strings.ContainsAny(p, `*?[\`) {
			names = append(names, p)
		}
	}
	return names
}

// addNamed adds streams of templates to c, those that it does not have yet.
func addNamed(c *singer.Catalog, asJSON bool, names ...string) error {
	for _, name := range names {
		s := derived(name)
		if s == nil || c.Entry(name) != nil {
			continue
		}
		schema, err := catalogs.Schema(s.base())
		if err != nil {
			return err
		}
		if asJSON {
			if schema, err = attributesAsJSON(s, schema); err != nil {
				return err
			}
		}
		e, err := s.entry(jsontext.Value(schema))
		if err != nil {
			return err
		}
		c.Streams = append(c.Streams, e)
	}
	return nil
}

// addTypes adds the streams of custom objects that attributes of conversations
// refer to: no call of the API lists the types.
func (r *run) addTypes(ctx context.Context, c *singer.Catalog, asJSON bool) error {
	by := streamNamed("conversation_attributes")
	if !by.in(r.api) {
		return nil
	}
	rows, err := r.client.All(ctx, by.listRequest())
	err = r.judge(ctx, by, err)
	if errors.Is(err, intercom.ErrForbidden) || errors.Is(err, intercom.ErrRefused) {
		r.log.Warn("types of custom objects are those that settings name", "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("types of custom objects: %w", err)
	}
	var names []string
	for _, row := range rows {
		var a struct {
			Reference struct {
				Type jsontext.Value `json:"object_type_id"`
			} `json:"reference"`
		}
		if err := json.Unmarshal(row, &a, lax...); err != nil {
			continue // of another shape: an attribute that refers to nothing we know
		}
		if typ := a.Reference.Type; len(typ) > 0 && typ.Kind() != 'n' && unquoted(typ) != "" {
			names = append(names, "custom_objects"+between+unquoted(typ))
		}
	}
	slices.Sort(names)
	if err := addNamed(c, asJSON, names...); err != nil {
		return fmt.Errorf("types of custom objects: %w", err)
	}
	return nil
}

// addAsked adds to our own catalog what only the workspace can name, as far as
// it may be selected.
func (r *run) addAsked(ctx context.Context, config *Config, c *singer.Catalog, named map[string]bool) error {
	before := len(c.Streams)
	for i := range templates {
		t := &templates[i]
		if !t.in(r.api) || !asksFor(config.Select, t) {
			continue
		}
		if err := r.addOf(ctx, t, config, c); err != nil {
			if !r.ownError(err) {
				return err
			}
			r.log.Warn(skipped(err), "stream", t.name, "err", err)
			r.fail(err)
		}
	}
	if len(c.Streams) == before {
		return nil
	}
	more, err := choose(c, config.Select)
	for name, is := range more {
		named[name] = is
	}
	return err
}

// addOf adds the streams of one template that the workspace names.
func (r *run) addOf(ctx context.Context, t *stream, config *Config, c *singer.Catalog) error {
	if t.dialect == reported {
		return r.addReports(ctx, t, c)
	}
	return r.addTypes(ctx, c, config.CustomAttributes == "json")
}

// rowsIn are the rows of the table, and those that templates give for c.
func rowsIn(c *singer.Catalog) []*stream {
	var rows []*stream
	for i := range streams {
		rows = append(rows, &streams[i])
	}
	for _, e := range c.Streams {
		if s := derived(e.TapStreamID); s != nil {
			rows = append(rows, s)
		}
	}
	return rows
}
