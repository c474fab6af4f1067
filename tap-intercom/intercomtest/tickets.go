package intercomtest

import "strings"

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
	parts partList
}

var ticketRoutes = []route{
	{pattern: "POST /tickets/search", handle: searchTickets},
	{pattern: "GET /tickets/{id}", handle: getTicket},
	{pattern: "GET /ticket_types", handle: listTicketTypes},
	{pattern: "GET /ticket_types/{id}", handle: getTicketType},
	{pattern: "GET /ticket_states", handle: listTicketStates},
}

var ticketFields = map[string]kind{
	"id": serial, "created_at": date, "updated_at": date, "title": textual, "description": textual, "category": textual,
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
	for _, p := range newestParts(t.parts.all()) {
		items = append(items, p.wire)
	}
	var parts writer
	parts.value("type", "ticket_part.list")
	parts.list("ticket_parts", items)
	parts.value("total_count", len(t.parts.all()))
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
