package intercomtest

import (
	"strconv"
	"strings"
)

// Tickets with their parts, ticket types and ticket states.
//
// Behaviour:
//   - POST /tickets/search by cursor, 20 a page, 150 at most; dates by second
//     as for conversations
//   - what it finds has the parts in it, the 500 newest at most, and the whole
//     type without its states
//   - id is the ticket, ticket_id the number that people see
//   - types and states are not paged
//
// Irregular on purpose:
//   - assignee ids are integers, 0 is nobody; strings and null before 2.16
//   - ticket_type_id of an attribute is an integer, the id of a type a string;
//     is_internal is not described
//   - attributes hold strings, numbers, booleans, lists, files and null, under
//     names such as _default_title_
//   - members of a part that do not apply are left out, not null

type ticket struct {
	*record
	parts []*record
}

var ticketRoutes = []route{
	{pattern: "POST /tickets/search", handle: searchTickets},
	{pattern: "GET /tickets/{id}", handle: getTicket},
	{pattern: "GET /ticket_types", handle: listTicketTypes},
	{pattern: "GET /ticket_types/{id}", handle: getTicketType},
	{pattern: "GET /ticket_states", handle: listTicketStates},
}

var ticketFields = map[string]kind{
	"id": number, "created_at": date, "updated_at": date, "title": textual, "description": textual, "category": textual,
	"ticket_type_id": textual, "contact_ids": idSet, "teammate_ids": idSet, "admin_assignee_id": number, "team_assignee_id": number,
	"open": boolean, "state": textual, "snoozed_until": date,
}

func (t *ticket) lookup(field string) any {
	switch field {
	case "ticket_type_id":
		return walk(t.object(), "ticket_type.id")
	case "state":
		return walk(t.object(), "ticket_state.category")
	case "title":
		return walk(t.object(), "ticket_attributes._default_title_")
	case "description":
		return walk(t.object(), "ticket_attributes._default_description_")
	case "category":
		return map[any]string{"Customer": "request", "Back-office": "task", "Tracker": "tracker"}[t.object()["category"]]
	case "contact_ids":
		return idsIn(t.object(), "contacts.contacts")
	}
	return t.record.lookup(field)
}

func searchTickets(s *Server, r *request) answer {
	spec := s.secondSearch(ticketFields)
	spec.custom = func(field string) (kind, bool) { return textual, strings.HasPrefix(field, "ticket_attribute.") }
	hits, bad := search(r, spec, s.ws.tickets.rows)
	if bad != nil {
		return bad.answer()
	}
	var items [][]byte
	for _, t := range hits.rows {
		items = append(items, t.answerWire(r.version))
	}
	var w writer
	w.value("type", "ticket.list")
	w.raw("pages", hits.pages)
	w.value("total_count", hits.total)
	w.list("tickets", items)
	return ok(w.object())
}

func (t *ticket) answerWire(v version) []byte {
	var items [][]byte
	for _, p := range newestParts(t.parts) {
		items = append(items, p.wire)
	}
	var parts writer
	parts.value("type", "ticket_part.list")
	parts.list("ticket_parts", items)
	parts.value("total_count", len(t.parts))
	w := extend(assigneesWire(t.wire, v))
	w.raw("ticket_parts", parts.object())
	return w.object()
}

func getTicket(s *Server, r *request) answer {
	t, found := s.ws.tickets.get(r.PathValue("id"))
	if !found {
		return notFound("Ticket not found")
	}
	return ok(t.answerWire(r.version))
}

func listTicketTypes(s *Server, _ *request) answer {
	var items [][]byte
	for _, row := range s.ws.types.rows {
		items = append(items, s.ws.typeWire(row))
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	return ok(w.object())
}

// typeWire is a ticket type with its states, as it is served by itself.
func (ws *workspace) typeWire(row *record) []byte {
	w := extend(row.wire)
	w.value("ticket_states", Object{"type": "list", "data": ws.plainStates()})
	return w.object()
}

func (ws *workspace) plainStates() []Object {
	var out []Object
	for _, row := range ws.states.rows {
		o := row.object()
		delete(o, "archived")
		out = append(out, o)
	}
	return out
}

func getTicketType(s *Server, r *request) answer {
	row, found := s.ws.types.get(r.PathValue("id"))
	if !found {
		return notFound("Ticket type not found")
	}
	return ok(s.ws.typeWire(row))
}

func listTicketStates(s *Server, _ *request) answer {
	var types []Object
	for _, row := range s.ws.types.rows {
		o := row.object()
		for _, name := range []string{"ticket_type_attributes", "workspace_id", "created_at", "updated_at"} {
			delete(o, name)
		}
		types = append(types, o)
	}
	var items [][]byte
	for _, row := range s.ws.states.rows {
		w := extend(row.wire)
		w.value("ticket_types", Object{"type": "list", "data": types})
		items = append(items, w.object())
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	return ok(w.object())
}

func ticketID(i int) int64        { return 215_900_000_000 + 19*int64(i) }
func ticketPartID(i, j int) int64 { return 29_000_000_000 + 2000*int64(i) + int64(j) }

func (ws *workspace) generateTickets(o Options) {
	ws.generateTicketTypes(o)
	for i := range o.Tickets {
		g := newGen(o.Seed, "ticket", i)
		t := &ticket{}
		created, updated := g.history(i)
		state := pick(g, ws.states.rows)
		t.record = newRecord(ws.next(), ws.makeTicket(g, i, created, updated, state))
		t.parts = ws.makeTicketParts(g, i, created, updated, state)
		ws.tickets.add(t)
	}
}

func (ws *workspace) generateTicketTypes(o Options) {
	for i, labels := range [][3]string{
		{"submitted", "Submitted", "Submitted"}, {"in_progress", "In progress", "In progress"},
		{"waiting_on_customer", "Waiting on customer", "Waiting on you"}, {"resolved", "Resolved 🎉", "Resolved"},
	} {
		ws.states.add(newRecord(ws.next(), Object{
			"type": "ticket_state", "id": strconv.Itoa(8320 + i), "category": labels[0], "internal_label": labels[1],
			"external_label": labels[2], "archived": false,
		}))
	}
	for i, category := range []string{"Customer", "Back-office", "Tracker"} {
		g := newGen(o.Seed, "ticket type", i)
		created, updated := g.history(i)
		var attributes []Object
		for j, a := range []struct{ name, dataType string }{
			{"_default_title_", "string"}, {"_default_description_", "string"}, {"Priority", "list"}, {"priority", "integer"},
			{"Cost (€)", "decimal"}, {"Confirmed?", "boolean"}, {"Due by", "datetime"}, {"Evidence", "files"},
		} {
			input := any(nil)
			switch a.dataType {
			case "string":
				input = Object{"multiline": j == 1}
			case "list":
				input = Object{"list_options": []Object{{"id": g.uuid(), "label": "P1"}, {"id": g.uuid(), "label": "P2, later"}}}
			}
			attributes = append(attributes, Object{
				"type": "ticket_type_attribute", "id": strconv.Itoa(160 + 10*i + j), "workspace_id": ws.appID, "name": a.name, "description": "",
				"data_type": a.dataType, "input_options": input, "order": j, "required_to_create": j == 0, "required_to_create_for_contacts": false,
				"visible_on_create": true, "visible_to_contacts": j < 2, "default": j < 2, "ticket_type_id": 95 + i, "archived": j == 7,
				"created_at": created, "updated_at": updated,
			})
		}
		ws.types.add(newRecord(ws.next(), Object{
			"type": "ticket_type", "id": strconv.Itoa(95 + i), "name": []string{"Bug report", "Task, internal", "Incident \"P1\""}[i],
			"description": g.sentence(), "icon": "🎟️", "workspace_id": ws.appID, "archived": false, "created_at": created, "updated_at": updated,
			"is_internal": category == "Back-office", "category": category,
			"ticket_type_attributes": Object{"type": "list", "data": attributes},
		}))
	}
}

func (ws *workspace) makeTicket(g gen, i int, created, updated int64, stateRow *record) Object {
	typ := pick(g, ws.types.rows).peek()
	state := omit(stateRow.object(), "archived")
	contacts := []Object{}
	if c := ws.someContact(g); c != nil {
		contacts = append(contacts, contactReference(c))
	}
	admin, team := int64(0), int64(0)
	if g.one(2) {
		admin, team = adminID(g.IntN(admins-1)), teamID(g.IntN(teams))
	}
	row := Object{
		"type": "ticket", "id": strconv.FormatInt(ticketID(i), 10), "ticket_id": strconv.Itoa(i + 1), "category": typ["category"],
		"ticket_type": typ, "ticket_state": state, "contacts": Object{"type": "contact.list", "contacts": contacts},
		"admin_assignee_id": admin, "team_assignee_id": team, "created_at": created, "updated_at": updated,
		"open": state["category"] != "resolved", "is_shared": g.one(2),
		"linked_objects": Object{"type": "list", "data": []any{}, "total_count": 0, "has_more": false},
		"ticket_attributes": Object{
			"_default_title_": g.sentence(), "_default_description_": maybe(g, 2, g.body()), "Priority": pick(g, []any{"P1", "P2, later", nil}),
			"priority": pick(g, []any{1, 2, nil}), "Cost (€)": pick(g, []any{9.99, 0.1, 1200, nil}), "Confirmed?": g.one(2), "Due by": maybe(g, 2, updated+86400),
			"Evidence": nonNil(ws.attachments(g, 3)),
		},
	}
	if n := len(ws.conversations.rows); n > 0 && g.one(4) {
		row["linked_objects"] = Object{
			"type": "list", "total_count": 1, "has_more": false,
			"data": []Object{{"type": "conversation", "id": pick(g, ws.conversations.rows).id, "category": nil}},
		}
	}
	if g.one(5) {
		row["snoozed_until"] = updated + 86400
	}
	return row
}

func (ws *workspace) makeTicketParts(g gen, i int, created, updated int64, state *record) []*record {
	n := 1 + g.IntN(5)
	if i%100 == 6 {
		n = maxParts + 5
	}
	category := state.peek()["category"]
	var parts []*record
	for j := range n {
		at := created + (updated-created)*int64(j+1)/int64(n)
		part := Object{
			"type": "ticket_part", "id": strconv.FormatInt(ticketPartID(i, j), 10), "part_type": "comment", "created_at": at, "updated_at": at,
			"author": adminAuthor(ws, i+j), "attachments": ws.attachments(g, 5), "redacted": false,
		}
		switch {
		case j == 0:
			part = merge(part, Object{"part_type": "ticket_state_updated_by_admin", "ticket_state": category, "previous_ticket_state": "submitted", "attachments": []any{}})
		case g.one(3):
			part = merge(part, Object{"part_type": "ticket_attribute_updated_by_admin", "updated_attribute_data": Object{
				"attribute": Object{"type": "attribute", "id": "163", "label": "Priority"},
				"value":     pick(g, []Object{{"type": "value", "id": "1", "label": "P1"}, {"type": "value", "id": []string{"1", "2"}, "label": []string{"P1", "P2"}}}),
			}})
		default:
			part["body"] = g.body()
			if g.one(2) {
				part["body"], part["external_id"] = nil, g.hex(6)
			}
		}
		parts = append(parts, newRecord(ws.next(), part))
	}
	return parts
}
