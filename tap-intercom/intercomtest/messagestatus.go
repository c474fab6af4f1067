package intercomtest

import (
	"net/http"
	"strconv"
)

// Statuses of messages sent through WhatsApp.
//
// Behaviour: GET /messages/status?ruleset_id= by cursor, 50 a page, 100 at
// most, assumed to be newest updated first; a ruleset without messages, or
// none at all, is assumed to give an empty list. No call lists the rulesets:
// there are 12345 and 12348.
//
// Irregular on purpose:
//   - the answer's ruleset_id is a number, though described as a text
//   - the error for a missing ruleset_id is no error.list

func messageStatusFamily() family {
	l := listing{
		kind: "message_statuses", key: "events", dialect: keyset, perPage: 50, most: 100, of: ofRuleset,
		wire: func(_ *Server, _ *request, row *record) []byte { return encode(omit(row.object(), "ruleset_id")) },
	}
	handle := func(s *Server, r *request) answer {
		if r.query.Get("ruleset_id") == "" {
			return answer{status: http.StatusBadRequest, body: encode(Object{"type": "error", "request_id": nil, "message": "ruleset_id is required"})}
		}
		a := l.handle(s, r)
		if a.status != http.StatusOK {
			return a
		}
		o := decode(a.body)
		if n, isNumber := whole(r.query.Get("ruleset_id")); isNumber {
			o["ruleset_id"] = n
		}
		return okObject(o)
	}
	return keptFamily(keptKind{
		kind: "message_statuses", count: 130, first: 1,
		routes: []route{{pattern: "GET /messages/status", since: v216, handle: handle}},
		make: func(ws *workspace, d draft) Object {
			row := Object{
				"ruleset_id": strconv.Itoa(12_345 + d.i%7/6*3), "id": "event_" + d.hex(10), "conversation_id": "0", "user_id": d.objectID(),
				"status": pick(d.gen, []string{"sent", "delivered", "read", "failed"}), "type": "broadcast_outbound", "created_at": d.created,
				"updated_at": d.updated, "whatsapp_message_id": "wamid." + d.hex(16), "template_name": pick(d.gen, []string{"order_update", "appointment_reminder"}),
			}
			if rows := ws.conversations.rows; len(rows) > 0 {
				row["conversation_id"] = pick(d.gen, rows).id
			}
			return row
		},
	})
}

func ofRuleset(_ *Server, r *request) (func(*record) bool, *answer) {
	return func(row *record) bool { return text(row.peek()["ruleset_id"]) == r.query.Get("ruleset_id") }, nil
}
