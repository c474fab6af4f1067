package intercomtest

import "strconv"

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
		partGen, category := newGen(o.Seed, "ticket parts", i), state.peek()["category"]
		t.parts.make = func() []*record { return ws.makeTicketParts(partGen, i, created, updated, category) }
		ws.tickets.add(t)
	}
	ws.linkBack()
}

// linkBack links conversations to the tickets that are linked to them.
func (ws *workspace) linkBack() {
	tickets := map[string][]any{}
	for _, t := range ws.tickets.rows {
		o := t.object()
		for _, id := range idsIn(o, "linked_objects.data") {
			tickets[id] = append(tickets[id], Object{"type": "ticket", "id": t.id, "category": o["category"]})
		}
	}
	for id, links := range tickets {
		if c, found := ws.conversations.get(id); found {
			c.patch(Object{"linked_objects": Object{"data": links, "total_count": len(links)}})
		}
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

func (ws *workspace) makeTicketParts(g gen, i int, created, updated int64, category any) []*record {
	n := 1 + g.IntN(5)
	if i%100 == 6 {
		n = maxParts + 5
	}
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
		parts = append(parts, newRecord(0, part))
	}
	return parts
}
