package intercomtest

import (
	"net/http"
	"strings"
)

// Data attributes of contacts and companies, attributes of conversations.
//
// Behaviour:
//   - no paging; model picks one, both without it; include_archived=true adds
//     the archived ones
//   - GET /data_attributes?model=conversation is 422 from 2.16 on
//   - GET /conversations/attributes exists from 2.16 on
//
// Irregular on purpose:
//   - custom attributes have an integer id, standard ones have none; name is
//     not unique (name and plan.name are both "name"), full_name is, per model
//   - custom names are what users type: spaces, dots, case clashes, emoji, 190
//     characters; values do not always have the type declared here
//   - two conversation attributes that are not archived share a name

var attributeRoutes = []route{
	{pattern: "GET /data_attributes", handle: listDataAttributes},
	{pattern: "GET /conversations/attributes", since: v216, handle: listConversationAttributes},
	{pattern: "GET /conversations/attributes/{id}", since: v216, handle: getConversationAttribute},
}

func listDataAttributes(s *Server, r *request) answer {
	model := r.query.Get("model")
	switch model {
	case "", "contact", "company":
	case "conversation":
		if r.version >= v216 {
			return fail(http.StatusUnprocessableEntity, "parameter_invalid",
				"model=conversation is no longer supported. Use GET /conversations/attributes instead")
		}
	default:
		return badParameter("model must be one of: contact, company")
	}
	var items [][]byte
	for _, row := range s.ws.attributes.rows {
		o := row.object()
		if (model == "" || o["model"] == model) && (o["archived"] == false || r.flag("include_archived")) {
			items = append(items, attributeWire(row))
		}
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	return ok(w.object())
}

// attributeWire is an attribute without the key that the table knows it by,
// and with its number, if it has one.
func attributeWire(row *record) []byte {
	o := row.object()
	delete(o, "id")
	if n, custom := o["number"]; custom {
		o["id"] = n
		delete(o, "number")
	}
	return encode(o)
}

func listConversationAttributes(s *Server, r *request) answer {
	var items [][]byte
	for _, row := range s.ws.convAttrs.rows {
		if row.object()["archived"] == false || r.flag("include_archived") {
			items = append(items, row.wire)
		}
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	return ok(w.object())
}

func getConversationAttribute(s *Server, r *request) answer {
	return getRecord(&s.ws.convAttrs, r, "not_found", "Resource Not Found")
}

// customKind gives the kind that a custom attribute has for searches.
func (ws *workspace) customKind(model, field string) (kind, bool) {
	row, found := ws.attributes.get(attributeKey(model, field))
	if !found || !strings.HasPrefix(field, "custom_attributes.") {
		return 0, false
	}
	switch row.object()["data_type"] {
	case "integer", "float":
		return number, true
	case "boolean":
		return boolean, true
	case "date":
		return customDate, true
	}
	return textual, true
}
