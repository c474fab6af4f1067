package intercomtest

import "strconv"

// Side conversations of a conversation.
//
// Behaviour: GET /conversations/{id}/side_conversations exists from 2.16 on, 25
// a page, 50 at most; its pages have no next. Each has its parts in it. They
// follow from the conversation and cannot be changed.

func sideFamily() family {
	return family{
		kind: "side_conversations",
		contents: func(ws *workspace, _ int64, put func(string, Object)) {
			for _, c := range ws.conversations.rows {
				for _, side := range ws.sides(c) {
					of := Object{"conversation_id": c.id, "side_conversation_id": side["side_conversation_id"]}
					for _, p := range side["conversation_parts"].([]Object) {
						put("side_conversation_parts", merge(p, of))
					}
					put("side_conversations", omit(merge(side, of), "conversation_parts"))
				}
			}
		},
	}
}

func (ws *workspace) sides(c *conversation) []Object {
	g := newGen(ws.seed, "sides "+c.id, 0)
	n := max(0, g.IntN(5)-2)
	if g.one(20) {
		n = 27
	}
	first := g.IntN(1e6) * 100
	var out []Object
	for i := range n {
		id := first + i
		parts := []Object{}
		for j := range 1 + g.IntN(2) {
			at := c.created + int64(g.IntN(90_000))
			parts = append(parts, Object{
				"type": "conversation_part", "id": strconv.Itoa(id*10 + j), "part_type": "comment", "body": g.body(), "author": adminAuthor(ws, g.IntN(admins)),
				"created_at": at, "updated_at": at, "attachments": ws.attachments(g, 6),
			})
		}
		out = append(out, Object{"side_conversation_id": strconv.Itoa(id), "conversation_parts": parts, "total_count": len(parts)})
	}
	return out
}

func listSides(s *Server, r *request, c *conversation) answer {
	l := listing{typ: "side_conversation.list", key: "side_conversations", dialect: unlinked, perPage: 25, most: 50}
	return l.answer(s, r, recordsOf(s.ws.sides(c)))
}
