package intercomtest

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// What contacts did, as events.
//
// Behaviour:
//   - GET /events?type=user with intercom_user_id, user_id or email gives the
//     events of one contact that are less than 90 days old, newest first;
//     before and since bound them, in milliseconds. 50 a page and 150 at most
//     are assumed. pages.next is a URL with the before of the next page
//   - with summary=true it gives the first and last time and the number of each
//     event, of all times
//   - an event does not count as an update of its contact: whether it does is
//     not documented. Those of a contact that is merged into another are gone
//
// Irregular on purpose:
//   - first and last are ISO 8601 with an offset, last with a blank after it
//   - metadata holds what its sender liked, though described as texts

// eventDays is for how long events are listed.
const eventDays = 90

func eventFamily() family {
	return family{
		kind: "events", routes: []route{{pattern: "GET /events", handle: listEvents}},
		contents: func(ws *workspace, now int64, put func(string, Object)) {
			for _, c := range ws.contacts.rows {
				all := ws.eventsOf(c)
				for _, e := range recent(all, now) {
					put("contact_events", merge(e, Object{"contact_id": c.id}))
				}
				for _, sum := range summaryOf(all) {
					put("contact_event_summaries", merge(sum, Object{"contact_id": c.id}))
				}
			}
		},
	}
}

// eventsOf are the events of a contact, newest first, no two in a second: those
// from before Epoch follow from the contact, if it is as old.
func (ws *workspace) eventsOf(c *contact) []Object {
	g := newGen(ws.seed, "events "+c.id, 0)
	n := g.IntN(4)
	if g.one(12) {
		n = 60
	}
	if c.created > Epoch.Unix() {
		n = 0
	}
	var who struct {
		ExternalID any `json:"external_id"`
		Email      any
	}
	c.read(&who)
	at := Epoch.Unix()
	events := slices.Clone(c.events)
	slices.Reverse(events)
	for range n {
		at -= 1 + g.Int64N(6*86400)
		events = append(events, Object{
			"type": "event", "id": g.uuid(), "event_name": pick(g, []string{"placed-order", "invited \"friend\"", "größe gewählt"}), "created_at": at,
			"user_id": who.ExternalID, "intercom_user_id": c.id, "email": who.Email,
			"metadata": pick(g, []Object{{}, {"order": Object{"value": "3434-3434", "url": "https://shop.example/3434"}}, {"price": Object{"currency": "eur", "amount": 99}, "n": 1.5, "gift": true}}),
		})
	}
	return events
}

// addContactEvent makes an event of now. Events come in the order in which they
// are added.
func addContactEvent(ws *workspace, id string, entry Object, now int64) (string, error) {
	c, _ := ws.contacts.get(id)
	if all := ws.eventsOf(c); len(all) > 0 && all[0]["created_at"].(int64) >= now {
		return "", fmt.Errorf("there is an event of this second or a later one")
	}
	o := c.object()
	event := merge(Object{
		"type": "event", "id": newGen(uint64(ws.next()), "added event", 0).uuid(), "event_name": "placed-order", "created_at": now,
		"user_id": o["external_id"], "intercom_user_id": c.id, "email": o["email"], "metadata": Object{},
	}, entry)
	c.events = append(c.events, event)
	return text(event["id"]), nil
}

// recent gives the events that are still listed.
func recent(events []Object, now int64) []Object {
	return slices.DeleteFunc(slices.Clone(events), func(e Object) bool { return e["created_at"].(int64) <= now-eventDays*86400 })
}

func summaryOf(events []Object) []Object {
	var sums []Object
	stamp := func(e Object) string {
		return time.Unix(e["created_at"].(int64), 0).UTC().Format("2006-01-02T15:04:05.000+00:00")
	}
	for _, e := range events { // newest first
		i := slices.IndexFunc(sums, func(s Object) bool { return s["name"] == e["event_name"] })
		if i < 0 {
			i = len(sums)
			sums = append(sums, Object{"name": e["event_name"], "last": stamp(e) + " ", "count": 0, "description": ""})
		}
		sums[i]["first"], sums[i]["count"] = stamp(e), sums[i]["count"].(int)+1
	}
	return sums
}

func listEvents(s *Server, r *request) answer {
	if r.query.Get("type") != "user" {
		return badParameter("type must be user")
	}
	c, found := s.whoIs(r.query)
	if !found {
		return noContact
	}
	all := s.ws.eventsOf(c)
	if r.flag("summary") {
		o := c.object()
		return okObject(Object{
			"type": "event.summary", "events": nonNil(summaryOf(all)), "email": o["email"], "intercom_user_id": c.id, "user_id": o["external_id"], "pages": Object{"next": nil},
		})
	}
	n, err := numberedPage(r.query, 50, 150)
	if err != nil {
		return badParameter(err.Error())
	}
	before, refused := secondOf(r, "before", (r.now+1)*1000)
	if refused != nil {
		return *refused
	}
	since, refused := secondOf(r, "since", 0)
	if refused != nil {
		return *refused
	}
	rows := slices.DeleteFunc(recent(all, r.now), func(e Object) bool {
		at := e["created_at"].(int64) * 1000
		return at >= before || at < since
	})
	next := any(nil)
	if len(rows) > n.perPage {
		rows = rows[:n.perPage]
		q, _ := url.ParseQuery(r.URL.RawQuery) // parsed before
		q.Set("before", strconv.FormatInt(rows[n.perPage-1]["created_at"].(int64)*1000, 10))
		next = "https://api.intercom.io/events?" + q.Encode()
	}
	return okObject(Object{"type": "event.list", "events": nonNil(rows), "pages": Object{"next": next}})
}

// whoIs finds the contact that a query names in one of three ways.
func (s *Server) whoIs(q url.Values) (*contact, bool) {
	if id := q.Get("intercom_user_id"); id != "" {
		return s.ws.contacts.get(id)
	}
	member, want := "external_id", q.Get("user_id")
	if want == "" {
		member, want = "email", q.Get("email")
	}
	i := slices.IndexFunc(s.ws.contacts.rows, func(c *contact) bool { return want != "" && text(c.peek()[member]) == want })
	if i < 0 {
		return nil, false
	}
	return s.ws.contacts.rows[i], true
}
