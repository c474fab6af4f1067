package intercomtest

import (
	"fmt"
	"strconv"
)

// What tests do to conversations and tickets.

func conversationFamily() family {
	return family{
		kind: "conversations", routes: conversationRoutes,
		rows:     func(ws *workspace) rows { return &ws.conversations },
		computed: []string{"conversation_parts"},
		add: func(ws *workspace, o Object, now int64) *record {
			seq := ws.next()
			g := newGen(uint64(seq), "added conversation", 0)
			row := ws.makeConversation(g, int(seq), now, now, ws.someContact(g), 0)
			row["id"] = text(ws.number())
			c := &conversation{record: newRecord(seq, merge(row, o))}
			ws.conversations.add(c)
			return c.record
		},
		removed: func(ws *workspace, id string, now int64) {
			ws.deleted = append(ws.deleted, deletedConversation{id: id, at: now})
		},
		lists: map[string]list{
			"parts": {add: addPart, update: updatePart, remove: removePart},
			"tags":  {add: addConversationTag, remove: removeConversationTag},
		},
	}
}

func addPart(ws *workspace, id string, entry Object, now int64) (string, error) {
	c, _ := ws.conversations.get(id)
	partID := any(text(ws.number()))
	if c.intPart {
		partID, _ = strconv.ParseInt(text(partID), 10, 64)
	}
	part := newRecord(0, merge(Object{
		"type": "conversation_part", "id": partID, "part_type": "comment", "body": "<p>A reply</p>", "created_at": now, "updated_at": now,
		"notified_at": now, "assigned_to": nil, "author": adminAuthor(ws, 0), "attachments": []any{}, "external_id": nil, "redacted": false,
		"email_message_metadata": nil, "metadata": nil, "state": "open", "tags": []any{}, "event_details": nil, "app_package_code": nil,
	}, entry))
	c.parts.add(part)
	c.countParts()
	return part.id, nil
}

func updatePart(ws *workspace, id, entry string, patch Object) error {
	c, _ := ws.conversations.get(id)
	return c.parts.patch(entry, patch)
}

func removePart(ws *workspace, id, entry string) error {
	c, _ := ws.conversations.get(id)
	err := c.parts.remove(entry)
	c.countParts()
	return err
}

// countParts puts the number of parts into the statistics, if there are any.
func (c *conversation) countParts() {
	o := c.object()
	if statistics := asObject(o["statistics"]); statistics != nil {
		statistics["count_conversation_parts"] = len(c.parts.all())
		c.set(o)
	}
}

func addConversationTag(ws *workspace, id string, entry Object, now int64) (string, error) {
	c, _ := ws.conversations.get(id)
	tag := text(entry["id"])
	if _, found := ws.tags.get(tag); !found {
		return "", fmt.Errorf("no tag %q", tag)
	}
	dropEntry(c.record, "tags", "tags", tag)
	o := c.object()
	holder := asObject(o["tags"])
	holder["tags"] = append(asList(holder["tags"]), ws.tagObject(tagging{tag, now, text(adminID(0))}))
	c.set(o)
	return tag, nil
}

func removeConversationTag(ws *workspace, id, entry string) error {
	c, _ := ws.conversations.get(id)
	return missing(!dropEntry(c.record, "tags", "tags", entry), entry)
}

func ticketFamily() family {
	return family{
		kind: "tickets", routes: ticketRoutes,
		rows:     func(ws *workspace) rows { return &ws.tickets },
		computed: []string{"ticket_parts"},
		add: func(ws *workspace, o Object, now int64) *record {
			seq := ws.next()
			row := ws.makeTicket(newGen(uint64(seq), "added ticket", 0), int(seq), now, now, ws.states.rows[0])
			n := ws.number()
			row["id"], row["ticket_id"] = text(n), strconv.FormatInt(n%100_000, 10)
			t := &ticket{record: newRecord(seq, merge(row, o))}
			ws.tickets.add(t)
			return t.record
		},
		lists: map[string]list{
			"parts": {add: addTicketPart, update: updateTicketPart, remove: removeTicketPart},
		},
	}
}

func addTicketPart(ws *workspace, id string, entry Object, now int64) (string, error) {
	t, _ := ws.tickets.get(id)
	part := newRecord(0, merge(Object{
		"type": "ticket_part", "id": text(ws.number()), "part_type": "comment", "body": "<p>A reply</p>", "created_at": now,
		"updated_at": now, "author": adminAuthor(ws, 0), "attachments": []any{}, "redacted": false,
	}, entry))
	t.parts.add(part)
	return part.id, nil
}

func updateTicketPart(ws *workspace, id, entry string, patch Object) error {
	t, _ := ws.tickets.get(id)
	return t.parts.patch(entry, patch)
}

func removeTicketPart(ws *workspace, id, entry string) error {
	t, _ := ws.tickets.get(id)
	return t.parts.remove(entry)
}
