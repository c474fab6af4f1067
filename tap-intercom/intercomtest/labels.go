package intercomtest

import (
	"net/http"
	"strconv"
)

// Tags and segments.
//
// Behaviour:
//   - no paging
//   - a tag is an id and a name; when it was applied stands where it was
//   - GET /segments has count only with include_count=true
//
// Irregular on purpose: tag names that differ in case only, and one of 190
// characters.

var labelRoutes = []route{
	{pattern: "GET /tags", handle: listTags},
	{pattern: "GET /tags/{id}", handle: getTag},
	{pattern: "GET /segments", handle: listSegments},
	{pattern: "GET /segments/{id}", handle: getSegment},
}

func listTags(s *Server, _ *request) answer {
	var w writer
	w.value("type", "list")
	w.list("data", s.ws.tags.wires())
	return ok(w.object())
}

func getTag(s *Server, r *request) answer {
	return getRecord(&s.ws.tags, r, "not_found", "Resource Not Found")
}

func listSegments(s *Server, r *request) answer {
	items := s.ws.segments.wires()
	if r.flag("include_count") {
		for i, row := range s.ws.segments.rows {
			w := extend(row.wire)
			w.value("count", s.ws.segmentSize(row.id))
			items[i] = w.object()
		}
	}
	var w writer
	w.value("type", "segment.list")
	w.list("segments", items)
	return ok(w.object())
}

func getSegment(s *Server, r *request) answer {
	row, found := s.ws.segments.get(r.PathValue("id"))
	if !found {
		return fail(http.StatusNotFound, "not_found", "Segment not found")
	}
	w := extend(row.wire)
	if r.flag("include_count") {
		w.value("count", s.ws.segmentSize(row.id))
	}
	return ok(w.object())
}

const (
	tags     = 17 // enough for a contact to have more than ten
	segments = 6
)

func tagID(i int) string { return strconv.Itoa(7_500_100 + 11*i) }

func (ws *workspace) generateLabels(o Options) {
	long := "feature request "
	for len(long) < 190 {
		long += "that was asked for again and again "
	}
	names := []string{
		"VIP", "vip", "churn risk", "beta 🚀", "bug", "needs, comma", "\"quoted\"", "ünïcödé", "  padded  ", "Q3/2025",
		"partner", "spam?", "follow-up", "100%", "legal", long[:190], "日本語",
	}
	for i := range tags {
		ws.tags.add(newRecord(ws.next(), Object{"type": "tag", "id": tagID(i), "name": names[i]}))
	}
	for i, name := range []string{"New", "Active", "Slipping away", "Whales 🐳", "Trial, expired", "Unsubscribed"} {
		g := newGen(o.Seed, "segment", i)
		created, updated := g.history(i)
		ws.segments.add(newRecord(ws.next(), Object{
			"type": "segment", "id": g.objectID(), "name": name, "created_at": created, "updated_at": updated,
			"person_type": []string{"contact", "user"}[i%2],
		}))
	}
}

func (ws *workspace) segmentSize(id string) int {
	n := 0
	for _, c := range ws.contacts.rows {
		for _, s := range c.segments {
			if s == id {
				n++
			}
		}
	}
	return n
}

// tagging is a tag where it is applied.
type tagging struct {
	id      string
	at      int64
	byAdmin string
}

func (ws *workspace) tagObject(t tagging) Object {
	name := any(nil)
	if row, found := ws.tags.get(t.id); found {
		name = row.peek()["name"]
	}
	return Object{
		"type": "tag", "id": t.id, "name": name, "applied_at": t.at,
		"applied_by": Object{"type": "admin", "id": t.byAdmin},
	}
}
