package intercomtest

import (
	"strconv"
	"time"
)

// What hangs on conversations and is asked for apart: monitor evaluations and
// scorecards by a flag, handling events by a call each.
//
// Behaviour:
//   - include_monitors=true and include_scorecards=true add the arrays
//     monitor_evaluations and scorecards to conversations, from 2.16 on; before
//     that the flags are ignored
//   - GET /conversations/{id}/handling_events exists from 2.15 on and is not
//     paged
//   - all of it follows from the conversation and cannot be changed
//
// Irregular on purpose:
//   - the id of a teammate who handled a conversation is a number
//   - timestamps of handling events are ISO 8601; reason is left out, or null
//   - evaluated_at is null in some, score is a fraction, result of an evaluator
//     null

func qualityFamily() family {
	return family{
		kind: "quality", routes: []route{{pattern: "GET /conversations/{id}/{list}", handle: listOfConversation}},
		contents: func(ws *workspace, _ int64, put func(string, Object)) {
			for _, c := range ws.conversations.rows {
				of := Object{"conversation_id": c.id}
				for _, o := range ws.evaluations(c) {
					put("conversation_monitor_evaluations", merge(o, of))
				}
				for _, o := range ws.scorecards(c) {
					put("conversation_scorecards", merge(o, of))
				}
				for _, o := range ws.handling(c) {
					put("handling_events", merge(o, of))
				}
			}
		},
	}
}

// conversationWire is a conversation without its parts, with what was asked
// for besides.
func (s *Server) conversationWire(c *conversation, r *request) []byte {
	wire := assigneesWire(c.wire, r.version)
	if r.version < v216 || !r.flag("include_monitors") && !r.flag("include_scorecards") {
		return wire
	}
	w := extend(wire)
	if r.flag("include_monitors") {
		w.value("monitor_evaluations", nonNil(s.ws.evaluations(c)))
	}
	if r.flag("include_scorecards") {
		w.value("scorecards", nonNil(s.ws.scorecards(c)))
	}
	return w.object()
}

func (ws *workspace) evaluations(c *conversation) []Object {
	g := newGen(ws.seed, "monitors "+c.id, 0)
	var out []Object
	for i := range g.IntN(3) {
		out = append(out, Object{
			"monitor_id": strconv.Itoa(50 + i), "monitor_name": maybe(g, 4, []string{"Tone", "Data \"leaks\""}[i]), "monitor_type": maybe(g, 4, "realtime"),
			"result": pick(g, []string{"pass", "fail"}), "explanation": maybe(g, 3, g.sentence()), "evaluated_at": maybe(g, 5, c.created+int64(g.IntN(90_000))),
		})
	}
	return out
}

func (ws *workspace) scorecards(c *conversation) []Object {
	g := newGen(ws.seed, "scorecards "+c.id, 0)
	var out []Object
	for i := range g.IntN(3) {
		result := Object{"value": "yes", "source": "ai", "reasoning": g.sentence(), "reason_ids": []string{"r1"}, "other_text": nil}
		out = append(out, Object{
			"scorecard_id": strconv.Itoa(70 + i), "scorecard_version_id": strconv.Itoa(700 + g.IntN(9)), "name": "Quality", "scorecard_type": pick(g, []string{"ai", "manual"}),
			"passed": maybe(g, 3, g.one(2)), "score": maybe(g, 3, float64(g.IntN(1000))/10), "ai_score": maybe(g, 3, g.IntN(100)),
			"evaluated_at":      maybe(g, 5, c.created+int64(g.IntN(90_000))),
			"reviewed_teammate": pick(g, []Object{{"type": "ai", "admin_id": nil}, {"type": "admin", "admin_id": text(adminID(1))}}),
			"evaluators":        []Object{{"evaluator_id": "e1", "result": result}, {"evaluator_id": "e2", "result": nil}},
		})
	}
	return out
}

// handling makes the handling events of a conversation, no two in a second.
func (ws *workspace) handling(c *conversation) []Object {
	g := newGen(ws.seed, "handling "+c.id, 0)
	at := c.created
	var out []Object
	for i := range 2 * g.IntN(3) {
		a := ws.admin(g.IntN(admins))
		id, _ := whole(a["id"])
		at += 1 + g.Int64N(3600)
		event := Object{
			"teammate":  Object{"type": "admin", "id": id, "name": a["name"], "email": a["email"]},
			"type":      []string{"paused", "resumed"}[i%2],
			"timestamp": time.Unix(at, 0).UTC().Format(time.RFC3339),
		}
		if i%2 == 0 {
			event["reason"] = maybe(g, 3, "Paused")
		}
		out = append(out, event)
	}
	return out
}

// listOfConversation answers for the lists of a conversation that have a call
// of their own. A pattern for each would be at odds with that of
// /conversations/attributes/{id}.
func listOfConversation(s *Server, r *request) answer {
	since, known := map[string]version{"handling_events": v215, "side_conversations": v216}[r.PathValue("list")]
	if !known {
		return noResource(s, r)
	}
	if r.version < since {
		return tooOld
	}
	c, found := s.ws.conversations.get(r.PathValue("id"))
	if !found {
		return notFound("Resource Not Found")
	}
	if r.PathValue("list") == "side_conversations" {
		return listSides(s, r, c)
	}
	return okObject(Object{"handling_events": nonNil(s.ws.handling(c))})
}
