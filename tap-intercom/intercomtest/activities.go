package intercomtest

import (
	"fmt"
	"slices"
)

// The log of what became of contacts, from 2.17 on.
//
// Behaviour: by cursor, 50 a page, 150 at most, oldest first. The cursor is
// the id of the last entry and may be kept for ever. A fresh workspace has an
// empty log: it tells what happened since the server started.

type activity struct {
	id   string
	wire []byte
}

// recordActivity adds an entry about a contact.
func (ws *workspace) recordActivity(now int64, event string, c *contact, more Object) {
	o := c.object()
	id := fmt.Sprintf("%d.%04x", now*1000, len(ws.activities)+1)
	ws.activities = append(ws.activities, activity{id, encode(merge(Object{
		"type": "contact_activity", "id": id, "event_type": "contact." + event, "contact_id": c.id,
		"external_id": o["external_id"], "role": o["role"], "created_at": now,
	}, more))})
}

func listActivities(s *Server, r *request) answer {
	n, err := numberedPage(r.query, 50, 150)
	if err != nil {
		return badParameter(err.Error())
	}
	rows := s.ws.activities
	if after := r.query.Get("starting_after"); after != "" {
		i := slices.IndexFunc(rows, func(a activity) bool { return a.id == after })
		if i < 0 {
			return badParameter("starting_after is not a valid cursor")
		}
		rows = rows[i+1:]
	}
	var items [][]byte
	for _, a := range rows[:min(n.perPage, len(rows))] {
		items = append(items, a.wire)
	}
	pages := Object{"type": "pages", "per_page": n.perPage, "next": nil}
	if len(items) > 0 {
		pages["next"] = Object{"per_page": n.perPage, "starting_after": rows[len(items)-1].id}
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	w.value("pages", pages)
	return ok(w.object())
}
