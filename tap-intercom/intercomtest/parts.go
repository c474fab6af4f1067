package intercomtest

import (
	"slices"
	"strconv"
	"sync"
)

func partID(i, j int) int64 { return 21_000_000_000 + 2000*int64(i) + int64(j) }

// partsOf is how many parts conversation i of a fresh workspace has: few, none
// in every eleventh, and now and then more than are ever served.
func partsOf(g gen, i int) int {
	switch {
	case i%200 == 7:
		return maxParts + 20
	case i%11 == 10:
		return 0
	case i%50 == 3:
		return 60
	}
	return 1 + g.IntN(9)
}

// A partList is the parts of a conversation or ticket, oldest first. Those of a
// fresh workspace are made when they are first asked for, from the template that
// no change reaches: they are most of it, and most tests never look at them.
type partList struct {
	once sync.Once
	make func() []*record
	list []*record
}

func (l *partList) all() []*record {
	l.once.Do(func() {
		if l.make != nil {
			l.list = l.make()
		}
	})
	return l.list
}

func (l *partList) add(p *record) { l.list = append(l.all(), p) }

func (l *partList) patch(id string, patch Object) error {
	for _, p := range l.all() {
		if p.id == id {
			p.patch(patch)
			return nil
		}
	}
	return missing(true, id)
}

func (l *partList) remove(id string) error {
	n := len(l.all())
	l.list = slices.DeleteFunc(l.list, func(p *record) bool { return p.id == id })
	return missing(n == len(l.list), id)
}

// makeParts makes n parts of a conversation; the last one is as old as the
// conversation's last update.
func (ws *workspace) makeParts(g gen, i, n int, created, updated int64, contact Object, integers bool) []*record {
	times := make([]int64, n)
	for j := range times {
		times[j] = g.between(created, updated)
	}
	slices.Sort(times)
	if n > 0 {
		times[n-1] = updated
	}
	admin := adminAuthor(ws, i+1)
	var parts []*record
	for j, at := range times {
		id := any(strconv.FormatInt(partID(i, j), 10))
		if integers {
			id = partID(i, j)
		}
		part := merge(Object{
			"type": "conversation_part", "id": id, "part_type": "comment", "body": nil, "created_at": at, "updated_at": at,
			"notified_at": at, "assigned_to": nil, "author": admin, "attachments": []any{}, "external_id": nil, "redacted": false,
			"email_message_metadata": nil, "metadata": nil, "state": "open", "tags": []any{}, "event_details": nil, "app_package_code": nil,
		}, ws.partKind(g, contact, at))
		parts = append(parts, newRecord(0, part))
	}
	return parts
}

// partKind decides what a part is, and gives what sets it off from the others.
func (ws *workspace) partKind(g gen, contact Object, at int64) Object {
	switch g.IntN(17) {
	case 15:
		ai := botAuthor(ws)
		ai["from_ai_agent"], ai["is_ai_answer"] = true, true
		return Object{"author": ai, "body": g.body()}
	case 0, 1, 2, 3, 4:
		return Object{"author": contact, "body": g.body(), "attachments": ws.attachments(g, 4)}
	case 5, 6, 7, 8:
		return Object{"body": g.body(), "attachments": ws.attachments(g, 6)}
	case 9:
		return Object{"part_type": "note", "body": g.body(), "tags": ws.someTags(g, 1, "tag")}
	case 10:
		return Object{"part_type": "assignment", "assigned_to": Object{"type": "team", "id": strconv.FormatInt(teamID(g.IntN(teams)), 10)}}
	case 11:
		return Object{"part_type": "close", "state": "closed", "body": maybe(g, 2, "")}
	case 12:
		return Object{"part_type": "conversation_attribute_updated_by_admin", "author": botAuthor(ws), "event_details": Object{
			"attribute": Object{"name": "Severity"}, "value": Object{"name": pick(g, []string{"low", "high, very"})},
		}}
	case 13:
		result := pick(g, []any{"success", "failed"})
		return Object{"part_type": "custom_action_finished", "app_package_code": "kestrel-actions", "event_details": Object{
			"action": Object{"name": "Look up order", "result": result},
		}}
	case 14:
		return Object{
			"body": g.body(), "updated_at": at + 3600*int64(g.IntN(2)), "redacted": g.one(3), "external_id": g.hex(8),
			"email_message_metadata": Object{
				"subject": "Re: " + g.sentence(), "message_id": "<" + g.hex(12) + "@mail.example>",
				"email_address_headers": []Object{{"type": "from", "email_address": "p@mail.example", "name": "P., \"Q\""}},
			},
		}
	}
	return Object{"part_type": "quick_reply", "author": contact, "body": "<p>Yes</p>", "metadata": Object{
		"quick_reply_uuid": g.uuid(), "quick_reply_options": []Object{{"text": "Yes", "uuid": g.uuid()}, {"text": "No 🙅", "uuid": g.uuid()}},
	}}
}
