package intercomtest

import "slices"

// Contents returns all that the workspace holds by now, by the name of the
// stream that a perfect extractor makes of it. The records of a stream of its
// own are as the API gives them at version 2.16, without the lists that have
// streams themselves; those of a relation are the ids that it relates, as
// strings. Parts know their conversation or ticket, and are those that the API
// can give: the 500 newest of each.
//
// New contacts that searches do not know yet are in it.
func (s *Server) Contents() map[string][]Object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ws := &s.ws
	c := map[string][]Object{}
	put := func(stream string, o Object) { c[stream] = append(c[stream], o) }
	for stream, t := range map[string]*table[*record]{
		"admins": &ws.admins, "teams": &ws.teams, "tags": &ws.tags, "segments": &ws.segments, "subscription_types": &ws.subs,
		"ticket_types": &ws.types, "ticket_states": &ws.states, "conversation_attributes": &ws.convAttrs,
	} {
		c[stream] = []Object{}
		for _, r := range t.rows {
			put(stream, r.object())
		}
	}
	for i, o := range c["ticket_types"] {
		for _, a := range asList(walk(o, "ticket_type_attributes.data")) {
			put("ticket_type_attributes", asObject(a))
		}
		c["ticket_types"][i] = omit(o, "ticket_type_attributes")
	}
	put("workspace", ws.app())
	for _, a := range ws.activities {
		put("contact_activities", decode(a.wire))
	}
	for _, r := range ws.attributes.rows {
		o := decode(attributeWire(r))
		put(text(o["model"])+"_attributes", o)
	}
	for _, team := range c["teams"] {
		for _, id := range asList(team["admin_ids"]) {
			put("team_admins", Object{"team_id": team["id"], "admin_id": text(id)})
		}
	}
	ws.contactContents(put)
	ws.companyContents(put)
	ws.conversationContents(put)
	for _, t := range ws.tickets.rows {
		o := t.object()
		for _, id := range idsIn(o, "contacts.contacts") {
			put("ticket_contacts", Object{"ticket_id": t.id, "contact_id": id})
		}
		linkedContents(o, "ticket", put)
		put("tickets", omit(o, "contacts", "linked_objects"))
		for _, p := range newestParts(t.parts.all()) {
			put("ticket_parts", merge(p.object(), Object{"ticket_id": t.id}))
		}
	}
	now := s.clock.Now().Unix()
	for _, f := range s.families {
		if f.contents != nil {
			f.contents(ws, now, put)
		}
	}
	return c
}

func (ws *workspace) contactContents(put func(string, Object)) {
	for _, c := range ws.contacts.rows {
		put("contacts", c.object())
		for _, t := range c.tags {
			put("contact_tags", Object{"contact_id": c.id, "tag_id": t.id})
		}
		for _, id := range c.companies {
			put("contact_companies", Object{"contact_id": c.id, "company_id": id})
			put("company_contacts", Object{"company_id": id, "contact_id": c.id})
		}
		for _, n := range c.notes {
			put("contact_notes", ws.noteObject(n, Object{"contact_id": c.id}))
		}
		for _, id := range c.segments {
			put("contact_segments", Object{"contact_id": c.id, "segment_id": id})
		}
		for _, id := range c.subs {
			put("contact_subscriptions", Object{"contact_id": c.id, "subscription_type_id": id})
		}
		if c.object()["role"] != "user" {
			continue
		}
		for _, m := range c.merges {
			put("contact_merge_history", Object{"contact_id": c.id, "source_contact_id": m.source, "source_contact_role": m.role, "merged_at": m.at})
		}
	}
}

func (ws *workspace) companyContents(put func(string, Object)) {
	for _, co := range ws.companies.rows {
		o := decode(co.answerWire())
		for _, id := range idsIn(o, "tags.tags") {
			put("company_tags", Object{"company_id": co.id, "tag_id": id})
		}
		for _, id := range idsIn(o, "segments.segments") {
			put("company_segments", Object{"company_id": co.id, "segment_id": id})
		}
		put("companies", omit(o, "tags", "segments"))
		for _, n := range ws.companyNotes(co) {
			put("company_notes", merge(n, Object{"company_id": co.id}))
		}
	}
}

func (ws *workspace) conversationContents(put func(string, Object)) {
	for _, c := range ws.conversations.rows {
		o := c.object()
		for stream, path := range map[string]string{
			"contact": "contacts.contacts", "tag": "tags.tags", "teammate": "teammates.teammates",
		} {
			for _, id := range idsIn(o, path) {
				put("conversation_"+stream+"s", Object{"conversation_id": c.id, stream + "_id": id})
			}
		}
		for i, a := range asList(walk(o, "source.attachments")) {
			put("conversation_attachments", merge(asObject(a), Object{"conversation_id": c.id, "ordinal": i}))
		}
		linkedContents(o, "conversation", put)
		put("conversations", omit(o, "contacts", "tags", "teammates", "linked_objects"))
		for _, p := range newestParts(c.parts.all()) {
			o := p.object()
			put("conversation_parts", merge(o, Object{"id": p.id, "conversation_id": c.id}))
			for i, a := range asList(o["attachments"]) {
				put("conversation_part_attachments", merge(asObject(a), Object{"conversation_id": c.id, "conversation_part_id": p.id, "ordinal": i}))
			}
		}
	}
	for _, d := range ws.deleted {
		put("deleted_conversations", Object{"id": d.id, "deleted_at": d.at, "metrics_retained": d.kept})
	}
}

// linkedContents puts the linked objects of a conversation or ticket.
func linkedContents(o Object, kind string, put func(string, Object)) {
	for _, v := range asList(walk(o, "linked_objects.data")) {
		l := asObject(v)
		put(kind+"_linked_objects", Object{
			kind + "_id": o["id"], "linked_object_id": l["id"], "type": l["type"], "category": l["category"],
		})
	}
}

func omit(o Object, names ...string) Object {
	for name := range o {
		if slices.Contains(names, name) {
			delete(o, name)
		}
	}
	return o
}
