package intercomtest

import (
	"slices"
	"strconv"
)

// News items and the newsfeeds they are assigned to.
//
// Behaviour:
//   - GET /news/news_items and /news/newsfeeds by page, 10 a page; the items of
//     a newsfeed 20 a page. The most a page holds is not documented, 50 is
//     assumed
//
// Irregular on purpose:
//   - type is news-item, with a hyphen
//   - newsfeed_id in newsfeed_assignments is a number, the id of a newsfeed a
//     string; sender_id is a number
//   - reactions holds nulls

func newsfeedFamily() family {
	l := listing{kind: "newsfeeds", dialect: linked, perPage: 10, most: 50}
	items := listing{
		kind: "news_items", dialect: linked, perPage: 20, most: 50,
		of: func(s *Server, r *request) (func(*record) bool, *answer) {
			feed, found := s.ws.kept["newsfeeds"].get(r.PathValue("id"))
			if !found {
				refused := notFound("Newsfeed not found")
				return nil, &refused
			}
			return func(row *record) bool { return slices.Contains(feedsOf(row), feed.id) }, nil
		},
	}
	return keptFamily(keptKind{
		kind: "newsfeeds", count: 3, first: 68,
		routes: []route{
			{pattern: "GET /news/newsfeeds", handle: l.handle},
			{pattern: "GET /news/newsfeeds/{id}", handle: getKept("newsfeeds", "Newsfeed not found")},
			{pattern: "GET /news/newsfeeds/{id}/items", handle: items.handle},
		},
		make: func(_ *workspace, d draft) Object {
			return Object{
				"id": strconv.FormatInt(d.id, 10), "type": "newsfeed", "name": pick(d.gen, []string{"Visitor Feed", "What's new \"inside\""}),
				"created_at": d.created, "updated_at": d.updated,
			}
		},
	})
}

// feedsOf gives the ids of the newsfeeds that a news item is assigned to.
func feedsOf(item *record) []string {
	var ids []string
	for _, v := range asList(item.peek()["newsfeed_assignments"]) {
		ids = append(ids, text(asObject(v)["newsfeed_id"]))
	}
	return ids
}

func newsItemFamily() family {
	l := listing{kind: "news_items", dialect: linked, perPage: 10, most: 50}
	return keptFamily(keptKind{
		kind: "news_items", count: 53, first: 2900,
		routes: []route{
			{pattern: "GET /news/news_items", handle: l.handle},
			{pattern: "GET /news/news_items/{id}", handle: getKept("news_items", "News item not found")},
		},
		make: func(ws *workspace, d draft) Object {
			assigned := []Object{}
			for i, feed := range ws.kept["newsfeeds"].rows {
				if i == 0 && !d.one(4) || i == 1 && d.one(3) { // the last has none
					assigned = append(assigned, Object{"newsfeed_id": feed.idNumber(), "published_at": d.updated})
				}
			}
			state := "live"
			if len(assigned) == 0 {
				state = "draft"
			}
			return Object{
				"type": "news-item", "id": strconv.FormatInt(d.id, 10), "workspace_id": ws.appID, "title": d.sentence(), "body": d.body(), "sender_id": adminID(d.IntN(admins)),
				"state": state, "newsfeed_assignments": assigned, "labels": []any{"New", "Fixed"}[:d.IntN(3)], "cover_image_url": maybe(d.gen, 2, "https://static.intercomassets.example/n.png"),
				"reactions": []any{nil, "😍", nil, "👎"}, "deliver_silently": d.one(2), "created_at": d.created, "updated_at": d.updated,
			}
		},
		streams: func(ws *workspace, r *record, _ int64, put func(string, Object)) {
			put("news_items", r.object())
			for _, id := range feedsOf(r) {
				if _, found := ws.kept["newsfeeds"].get(id); found {
					put("newsfeed_items", merge(r.object(), Object{"newsfeed_id": id}))
				}
			}
		},
	})
}
