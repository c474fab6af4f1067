package intercomtest

import "strconv"

// Ticket types and ticket states.

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
