package intercomtest

import (
	"slices"
	"strconv"
	"strings"
)

func conversationID(i int) int64 { return 215_400_000_000 + 17*int64(i) }
func (ws *workspace) generateConversations(o Options) {
	for i := range o.Conversations {
		g := newGen(o.Seed, "conversation", i)
		c := &conversation{intPart: i%5 == 4}
		created, updated := g.history(i)
		author := ws.someContact(g)
		from := adminAuthor(ws, i)
		if author != nil {
			from = contactAuthor(author)
		}
		partGen := newGen(o.Seed, "parts", i)
		n := partsOf(partGen, i)
		c.parts.make = func() []*record { return ws.makeParts(partGen, i, n, created, updated, from, c.intPart) }
		c.record = newRecord(ws.next(), ws.makeConversation(g, i, created, updated, author, n))
		ws.conversations.add(c)
	}
	for i := range o.Conversations / 20 {
		g := newGen(o.Seed, "deleted conversation", i)
		_, at := g.history(i)
		ws.deleted = append(ws.deleted, deletedConversation{strconv.FormatInt(conversationID(i)+5, 10), at, g.one(2)})
	}
	slices.SortFunc(ws.deleted, func(a, b deletedConversation) int { return int(a.at - b.at) })
}

// someContact picks a contact, or none if there are none.
func (ws *workspace) someContact(g gen) *contact {
	if len(ws.contacts.rows) == 0 {
		return nil
	}
	return pick(g, ws.contacts.rows)
}

// contactAuthor is how a contact stands in a message.
func contactAuthor(c *contact) Object {
	var who struct {
		Role, Name, Email any
	}
	c.read(&who)
	return Object{"type": who.Role, "id": c.id, "name": who.Name, "email": text(who.Email)}
}

// contactReference is how a contact stands among others that take part.
func contactReference(c *contact) Object {
	var known struct {
		ExternalID any `json:"external_id"`
	}
	c.read(&known)
	return Object{"type": "contact", "id": c.id, "external_id": known.ExternalID}
}

func (ws *workspace) makeConversation(g gen, i int, created, updated int64, by *contact, parts int) Object {
	author, contacts := adminAuthor(ws, i), []Object{}
	if by != nil {
		author = contactAuthor(by)
		contacts = append(contacts, contactReference(by))
		if other := ws.someContact(g); g.one(6) && other != by {
			contacts = append(contacts, contactReference(other))
		}
	}
	state := pick(g, []string{"open", "closed", "closed", "snoozed"})
	admin, team := int64(0), int64(0)
	if !g.one(3) {
		admin = adminID(g.IntN(admins - 1))
	}
	if g.one(2) {
		team = teamID(g.IntN(teams))
	}
	row := Object{
		"type": "conversation", "id": strconv.FormatInt(conversationID(i), 10), "created_at": created, "updated_at": updated,
		"title": maybe(g, 2, g.sentence()), "waiting_since": maybe(g, 2, updated), "snoozed_until": nil,
		"open": state == "open", "state": state, "read": g.one(2), "priority": pick(g, []string{"none", "none", "low", "medium", "high", "urgent"}),
		"admin_assignee_id": admin, "team_assignee_id": team,
		"source": Object{
			"type": pick(g, []string{"conversation", "email", "whatsapp"}), "id": strconv.Itoa(403_000_000 + i), "delivered_as": "customer_initiated",
			"subject": "", "body": g.body(), "author": author, "attachments": ws.attachments(g, 8), "url": maybe(g, 2, "https://app.example/settings?tab=1#top"), "redacted": false,
		},
		"contacts": Object{"type": "contact.list", "contacts": contacts}, "teammates": nil, "first_contact_reply": nil,
		"tags":           Object{"type": "tag.list", "tags": ws.conversationTags(g, created, updated)},
		"linked_objects": Object{"type": "list", "data": []any{}, "total_count": 0, "has_more": false},
		"sla_applied":    nil, "statistics": nil, "conversation_rating": nil, "custom_attributes": ws.conversationAttributes(g, created),
		"topics": Object{}, "ticket": nil, "ai_agent": nil, "ai_agent_participated": false,
		"channel": Object{"initial": "messenger", "current": "email"},
	}
	if state == "snoozed" {
		row["snoozed_until"] = updated + 3*86400
	}
	if !g.one(3) {
		a := adminAuthor(ws, g.IntN(admins))
		row["teammates"] = Object{"type": "admin.list", "teammates": []Object{{"type": "admin", "id": a["id"]}}}
		row["first_contact_reply"] = Object{"created_at": created, "type": "conversation", "url": nil}
		row["statistics"] = ws.statistics(g, created, updated, parts)
	}
	if g.one(5) {
		row["sla_applied"] = Object{"type": "conversation_sla_summary", "sla_name": "First reply < 2h", "sla_status": pick(g, []string{"hit", "missed", "active"})}
	}
	if g.one(4) && by != nil {
		row["conversation_rating"] = Object{
			"rating": 1 + g.IntN(5), "remark": pick(g, []string{"", "Great 🙏", "meh, \"ok\""}), "created_at": updated, "updated_at": updated,
			"contact":  contactReference(by),
			"teammate": Object{"type": "admin", "id": text(adminID(g.IntN(admins)))},
		}
	}
	if g.one(6) {
		row["ai_agent_participated"] = true
		row["ai_agent"] = aiAgent(g, created, updated)
	}
	if n := len(ws.companies.rows); n > 0 && g.one(4) {
		row["company"] = omit(pick(g, ws.companies.rows).object(), "tags", "segments", "plan")
	}
	if g.one(9) {
		row["sales_agent_participated"] = true
		row["sales_agent"] = Object{"outcome": "qualified", "routing_outcome": nil, "collected_data": Object{"company.name": g.company(), "E-mail": nil}}
	}
	if g.one(7) {
		row["external_references"] = []Object{{"type": "zendesk_ticket", "id": strconv.Itoa(g.IntN(1e7))}}
	}
	if source := asObject(row["source"]); source["type"] == "email" {
		_, to := g.person()
		source["recipients"] = []Object{{"type": "to", "email": to, "drop_reason": nil}, {"type": "cc", "email": "cc+" + to, "drop_reason": "bounced, \"hard\""}}
		source["reply_to"] = []Object{}
		source["subject"] = g.sentence()
		source["email_message_metadata"] = Object{
			"message_id": "<" + g.hex(12) + "@mail.example>", "subject": source["subject"], "history": "<blockquote>" + g.body() + "</blockquote>",
			"email_address_headers": []Object{{"type": "from", "email_address": to, "name": ""}},
		}
	}
	return row
}

func aiAgent(g gen, created, updated int64) Object {
	return Object{
		"source_type": "workflow", "source_title": "Night shift", "last_answer_type": "ai_answer",
		"resolution_state": pick(g, []any{"assumed_resolution", "escalated", nil}), "rating": maybe(g, 2, 1+g.IntN(5)), "rating_remark": nil,
		"created_at": created, "updated_at": updated,
		"content_sources": Object{"type": "content_source.list", "total_count": 1, "content_sources": []Object{{
			"content_type": "article", "url": "https://help.example/a/" + strconv.Itoa(g.IntN(99)), "title": g.sentence(), "locale": "en",
		}}},
	}
}

func (ws *workspace) statistics(g gen, created, updated int64, parts int) Object {
	at := func() any { return maybe(g, 4, g.between(created, updated)) }
	seconds := func() any { return maybe(g, 4, g.IntN(90_000)) }
	return Object{
		"type": "conversation_statistics", "time_to_assignment": seconds(), "time_to_admin_reply": seconds(), "time_to_first_close": seconds(),
		"time_to_last_close": seconds(), "median_time_to_reply": seconds(), "first_contact_reply_at": at(), "first_assignment_at": at(),
		"first_admin_reply_at": at(), "first_close_at": at(), "last_assignment_at": at(), "last_assignment_admin_reply_at": at(),
		"last_contact_reply_at": at(), "last_admin_reply_at": at(), "last_close_at": at(), "last_closed_by_id": maybe(g, 2, text(adminID(g.IntN(admins)))),
		"count_reopens": g.IntN(3), "count_assignments": g.IntN(3), "count_conversation_parts": parts,
		"assigned_team_first_response_time":                 []Object{{"team_id": teamID(0), "team_name": "Billing", "response_time": g.IntN(9000)}},
		"assigned_team_first_response_time_in_office_hours": []Object{},
		"handling_time": g.IntN(4000), "adjusted_handling_time": nil,
	}
}

func (ws *workspace) conversationTags(g gen, created, updated int64) []Object {
	out := []Object{}
	rows := ws.tags.rows
	for _, i := range g.Perm(len(rows))[:min(max(0, g.IntN(5)-1), len(rows))] {
		out = append(out, ws.tagObject(tagging{rows[i].id, g.between(created, updated), text(adminID(i % admins))}))
	}
	return out
}

func (ws *workspace) conversationAttributes(g gen, created int64) Object {
	o := Object{}
	set := func(name string, v any) {
		if g.one(2) {
			o[name] = v
		}
	}
	set("Severity", pick(g, []string{"low", "high, very"}))
	set("severity", pick(g, []any{"3", nil}))
	set("Order no.", pick(g, []any{4711, "A-0815", int64(9_007_199_254_740_993)}))
	set("Amount", pick(g, []any{12.5, 1e-7, 0.1}))
	set("Due", created+86400)
	set("Escalated?", g.one(2))
	set("Orders", Object{"type": "order.list", "instances": []Object{{
		"id": g.hex(12), "external_id": strconv.Itoa(g.IntN(999)), "type": "order", "custom_attributes": Object{"total": "9.90"},
	}}})
	return o
}

func (ws *workspace) attachments(g gen, n int) []Object {
	out := []Object{}
	if !g.one(n) {
		return out
	}
	for range 1 + g.IntN(2) {
		name := pick(g, []string{"screen shot.png", "Rechnung Nr. 7.pdf", "naïve (1).csv", "🐛.log"})
		a := Object{"type": "upload", "name": name, "url": "https://downloads.example/" + g.hex(10) + "?signature=" + g.hex(16) + "&expires=1767225600", "content_type": "application/octet-stream", "filesize": g.IntN(1 << 20), "width": nil, "height": nil}
		if strings.HasSuffix(name, ".png") {
			a["content_type"], a["width"], a["height"] = "image/png", 640, 480
		}
		out = append(out, a)
	}
	return out
}
