package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// freeMaps names the members that hold what customers define themselves, and
// the stream of the table that describes them, where there is one: in its rows,
// or in a list within each of them.
var freeMaps = map[string]struct{ field, describedBy, within string }{
	"contacts":      {"custom_attributes", "contact_attributes", ""},
	"companies":     {"custom_attributes", "company_attributes", ""},
	"conversations": {"custom_attributes", "conversation_attributes", ""},
	"tickets":       {"ticket_attributes", "ticket_types", "ticket_type_attributes.data"},

	"custom_objects": {"custom_attributes", "", ""},
}

// jsonText is the schema of a member that holds JSON as text.
const jsonText = `{"type":["null","string"],"contentMediaType":"application/json"}`

// attributesAsJSON makes the free map of a stream one member of JSON text.
func attributesAsJSON(s *stream, schema []byte) ([]byte, error) {
	free, ok := freeMaps[s.base()]
	if !ok {
		return schema, nil
	}
	return withProperty(schema, free.field, jsontext.Value(jsonText))
}

// withProperty returns schema with one of its properties replaced.
func withProperty(schema jsontext.Value, name string, as jsontext.Value) (jsontext.Value, error) {
	found, err := pick(schema, "properties")
	if err != nil {
		return nil, err
	}
	properties, err := replace(found[0], member{name, as})
	if err != nil {
		return nil, err
	}
	return replace(schema, member{"properties", properties})
}

// typeAttributes gives the custom attributes of the streams in c the types
// that the workspace declares for them. Only streams for which wanted says yes
// are asked about. A stream whose attributes may not be read stays untyped; one for
// which there is no answer goes to failed.
func (r *run) typeAttributes(ctx context.Context, c *singer.Catalog, wanted func(*singer.CatalogEntry) bool, failed func(*singer.CatalogEntry, error) error) error {
	for _, e := range c.Streams {
		free := freeMaps[e.TapStreamID]
		if free.describedBy == "" || !wanted(e) || !e.Selection().Selected(free.field) {
			continue
		}
		by := streamNamed(free.describedBy)
		if !by.in(r.api) {
			r.log.Info("custom attributes stay untyped: this version of the API does not describe them", "stream", e.TapStreamID, "api_version", r.api)
			continue
		}
		rows, err := r.client.All(ctx, by.listRequest())
		err = r.judge(ctx, by, err)
		switch {
		case errors.Is(err, intercom.ErrForbidden) || errors.Is(err, intercom.ErrRefused):
			r.log.Warn("custom attributes stay untyped", "stream", e.TapStreamID, "err", err)
			continue
		case err == nil:
			if rows, err = rowsWithin(rows, free.within); err == nil {
				err = typed(e, free.field, rows)
			}
		}
		if err == nil {
			continue
		}
		err = fmt.Errorf("custom attributes of %s: %w", e.TapStreamID, err)
		if !r.ownError(err) {
			return err
		}
		if err := failed(e, err); err != nil {
			return err
		}
	}
	return nil
}

// leave is what becomes of a stream that cannot be read in this run, while others
// are: untyped its attributes would go to other columns than in every other run.
func (r *run) leave(e *singer.CatalogEntry, err error) error {
	r.log.Warn(skipped(err), "stream", e.TapStreamID, "err", err)
	r.fail(err)
	e.At().Selected = singer.NewBool(false)
	return nil
}

// rowsWithin returns the rows of the lists at path within each of outer.
func rowsWithin(outer []jsontext.Value, path string) ([]jsontext.Value, error) {
	var rows []jsontext.Value
	for _, row := range outer {
		if row.Kind() != '{' {
			return nil, fmt.Errorf("%w: %s is no description", intercom.ErrUnusable, shortly(row))
		}
		l, err := within(row, path)
		if err != nil {
			return nil, err
		}
		rows = append(rows, l.rows...)
	}
	return rows, nil
}

// typed gives an entry a property for every attribute in rows below the property
// field, the oldest first to choose their names. Properties that a catalog
// already has stay as they are.
func typed(e *singer.CatalogEntry, field string, rows []jsontext.Value) error {
	kind, err := pickPath(e.Schema, "properties."+field+".type")
	if err != nil || !strings.Contains(string(kind), `"object"`) {
		return err // as JSON text, or as the user's catalog has it
	}
	members, err := propertiesOf(e.Schema, field)
	if err != nil {
		return err
	}
	declared, err := declaredTypes(rows)
	if err != nil {
		return err
	}
	names := namingOf(e, field, members)
	have := map[string]bool{}
	for _, m := range members {
		have[m.name] = true
	}
	for _, m := range declared {
		attribute := m.name
		if m.name = names.claim(attribute); !have[m.name] {
			members = append(members, m)
		}
	}
	if len(members) == 0 {
		return nil
	}
	slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	attributes := names.attributes()
	b := []byte(`{"type":["null","object"],"properties":{`)
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, m.name)
		b = append(append(b, ':'), m.value...)
		if attribute := attributes[m.name]; attribute != m.name {
			at := e.At("properties", field, "properties", m.name)
			at.Inclusion, at.Others = singer.Available, note(originalName, attribute)
		}
	}
	b = append(b, `},"additionalProperties":true}`...)
	e.Schema, err = withProperty(e.Schema, field, b)
	return err
}

// propertiesOf lists the properties below the property field of a schema.
func propertiesOf(schema jsontext.Value, field string) ([]member, error) {
	properties, err := pickPath(schema, "properties."+field+".properties")
	if err != nil {
		return nil, err
	}
	return membersOf(properties)
}

// attributeRow is what a description of an attribute says.
type attributeRow struct {
	Name     string         `json:"name"`
	DataType string         `json:"data_type"`
	Custom   *bool          `json:"custom"` // of contacts and companies; all of conversations are
	ID       jsontext.Value `json:"id"`
	Created  jsontext.Value `json:"created_at"`
}

// age puts attributes in the order in which they were made. Ids are numbers that
// rise.
func (a attributeRow) age(b attributeRow) int {
	made, _ := parseTime(unquoted(a.Created))
	later, _ := parseTime(unquoted(b.Created))
	id, other := unquoted(a.ID), unquoted(b.ID)
	return cmp.Or(made.Compare(later), cmp.Compare(len(id), len(other)), strings.Compare(id, other))
}

// declaredTypes reads attribute rows into schemas by name, the oldest first.
// Names of attributes of conversations need not be unique, types of tickets may
// have attributes of one name: when two disagree, the attribute takes what comes.
func declaredTypes(rows []jsontext.Value) ([]member, error) {
	var attributes []attributeRow
	for _, row := range rows {
		var a attributeRow
		if err := json.Unmarshal(row, &a, lax...); err != nil {
			return nil, fmt.Errorf("%w: an attribute is %s: %w", intercom.ErrUnusable, shortly(row), err)
		}
		if a.Name != "" && (a.Custom == nil || *a.Custom) {
			attributes = append(attributes, a)
		}
	}
	slices.SortStableFunc(attributes, attributeRow.age)
	var declared []member
	at := map[string]int{}
	for _, a := range attributes {
		schema := jsontext.Value(attributeSchema(a.DataType))
		if i, again := at[a.Name]; again {
			if string(declared[i].value) != string(schema) {
				declared[i].value = jsontext.Value(`{}`)
			}
			continue
		}
		at[a.Name] = len(declared)
		declared = append(declared, member{a.Name, schema})
	}
	return declared, nil
}

// attributeSchema is the schema for one of Intercom's data types. A value that
// is not of its declared type ends in _extra.
func attributeSchema(dataType string) string {
	switch dataType {
	case "string", "list", "options":
		return `{"type":["null","string"]}`
	case "integer":
		return `{"type":["null","integer"]}`
	case "float", "decimal", "number":
		return `{"type":["null","number"]}`
	case "boolean":
		return `{"type":["null","boolean"]}`
	case "date", "datetime":
		return `{"type":["null","string"],"format":"date-time"}`
	}
	return `{}` // relationships, files, and what is to come
}
