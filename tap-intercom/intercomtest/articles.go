package intercomtest

import (
	"net/http"
	"slices"
	"strconv"
)

// Articles of help centers, with their statistics, versions and drafts, and
// internal articles.
//
// Behaviour:
//   - GET /articles by page, 25 a page, 250 at most, newest updated first;
//     statistics are in GET /articles/{id} only, and change without updated_at
//   - GET /articles/{id}/versions by page, newest first, without bodies; the
//     body is in GET /articles/{id}/versions/{id}. The most a page holds is not
//     documented; 250 is assumed
//   - GET /articles/{id}/draft is 404 for an article without unpublished changes
//   - GET /internal_articles by page, 50 a page; from 2.17 on page and per_page
//     of its pages are strings
//
// Statistics, versions and draft are kept in the article's record: a test
// changes them with it. An update makes no version.
//
// Irregular on purpose:
//   - author_id is an integer, a string in versions
//   - translated_content is a map with a member for each locale, and a type
//   - statistics have a member conversations that is not described
//   - before 2.16 an article has parent_id and parent_type, not parent_ids
//   - body is null in some internal articles

func articleFamily() family {
	list := listing{
		kind: "articles", dialect: linked, perPage: 25, most: 250, newest: true,
		wire: func(_ *Server, r *request, row *record) []byte { return articleWire(row, r.version, "statistics") },
	}
	return keptFamily(keptKind{
		kind: "articles", count: 61, first: 6_871_000,
		routes: []route{
			{pattern: "GET /articles", handle: list.handle},
			{pattern: "GET /articles/{id}", handle: ofArticle(func(_ *Server, r *request, row *record) answer {
				return ok(articleWire(row, r.version))
			})},
			{pattern: "GET /articles/{id}/draft", since: v216, handle: ofArticle(getDraft)},
			{pattern: "GET /articles/{id}/versions", since: v216, handle: ofArticle(listVersions)},
			{pattern: "GET /articles/{id}/versions/{version}", since: v216, handle: ofArticle(getVersion)},
		},
		make: makeArticle,
		streams: func(_ *workspace, r *record, _ int64, put func(string, Object)) {
			o := r.object()
			article := decode(articleWire(r, v216, "statistics"))
			put("articles", article)
			put("article_statistics", merge(asObject(o["statistics"]), Object{"article_id": r.id}))
			for _, v := range asList(o["versions"]) {
				put("article_versions", asObject(v))
				put("article_version_contents", merge(asObject(v), Object{"article_updated_at": r.updated}))
			}
			if draft := asObject(o["draft"]); draft != nil {
				put("article_drafts", merge(merge(article, draft), Object{"article_id": r.id}))
			}
		},
	})
}

var noArticle = fail(http.StatusNotFound, "not_found", "Resource Not Found")

// ofArticle answers for the article that the path names.
func ofArticle(h func(*Server, *request, *record) answer) handler {
	return func(s *Server, r *request) answer {
		row, found := s.ws.kept["articles"].get(r.PathValue("id"))
		if !found {
			return noArticle
		}
		return h(s, r, row)
	}
}

// articleWire is an article as a version has it, without what it is only kept
// with and without some more members.
func articleWire(row *record, v version, without ...string) []byte {
	o := omit(row.object(), append(without, "versions", "draft")...)
	if v < v216 {
		parents := asList(o["parent_ids"])
		delete(o, "parent_ids")
		o["parent_id"], o["parent_type"] = nil, nil
		if len(parents) > 0 {
			o["parent_id"], o["parent_type"] = parents[0], "collection"
		}
	}
	return encode(o)
}

func getDraft(_ *Server, r *request, row *record) answer {
	draft := asObject(row.object()["draft"])
	if draft == nil {
		return noArticle
	}
	return okObject(merge(decode(articleWire(row, r.version, "statistics")), draft))
}

func listVersions(s *Server, r *request, row *record) answer {
	var versions []*record
	for i, v := range asList(row.object()["versions"]) {
		versions = append(versions, newRecord(int64(i), omit(asObject(v), "body", "body_markdown", "updated_at")))
	}
	slices.Reverse(versions)
	return listing{dialect: linked, perPage: 25, most: 250}.answer(s, r, versions)
}

func getVersion(_ *Server, r *request, row *record) answer {
	for _, v := range asList(row.object()["versions"]) {
		if o := asObject(v); text(o["id"]) == r.PathValue("version") {
			return okObject(o)
		}
	}
	return noArticle
}

func makeArticle(ws *workspace, d draft) Object {
	id, author := strconv.FormatInt(d.id, 10), adminID(d.IntN(admins))
	title, body := d.sentence(), d.body()
	content := func(locale string) Object {
		return Object{
			"type": "article_content", "title": title + " (" + locale + ")", "description": "", "body": body, "author_id": author, "state": "published",
			"created_at": d.created, "updated_at": d.updated, "url": "https://help.example/" + locale + "/articles/" + id,
		}
	}
	row := Object{
		"type": "article", "id": id, "workspace_id": ws.appID, "title": title, "description": maybe(d.gen, 3, d.sentence()), "body": body,
		"body_markdown": plain(body), "author_id": author, "state": "published", "created_at": d.created, "updated_at": d.updated,
		"has_unpublished_changes": false, "draft_updated_at": nil, "url": "https://help.example/en/articles/" + id, "parent_ids": []int64{},
		"ai_chatbot_availability": d.one(2), "ai_copilot_availability": true, "ai_sales_agent_availability": d.one(3), "created_by_id": author,
		"updated_by_id": maybe(d.gen, 2, author), "exclude_from_article_suggestions": false, "help_center_audience": maybe(d.gen, 2, "everyone"),
		"scheduled_publish_at": nil, "scheduled_unpublish_at": nil, "default_locale": "en",
		"translated_content": Object{"type": "article_translated_content", "en": content("en"), "pt-BR": content("pt-BR")},
		"tags":               Object{"type": "tag.list", "tags": ws.someTags(d.gen, 3, "tag")},
		"statistics": Object{
			"type": "article_statistics", "views": d.IntN(900), "conversations": d.IntN(9), "conversions": d.IntN(9), "reactions": d.IntN(90),
			"happy_reaction_percentage": 61.25, "neutral_reaction_percentage": 0, "sad_reaction_percentage": 38.75, "fin_involvements": d.IntN(50),
			"fin_resolutions": d.IntN(20), "fin_resolution_rate": maybe(d.gen, 4, float64(d.IntN(1000))/10),
		},
		"versions": articleVersions(d, id, author), "draft": nil,
	}
	if rows := ws.kept["collections"].rows; len(rows) > 0 && !d.one(4) {
		row["parent_ids"] = []any{pick(d.gen, rows).idNumber()}
	}
	if d.one(5) {
		row["state"], row["url"] = "draft", nil
	}
	if d.i%4 == 1 {
		row["has_unpublished_changes"], row["draft_updated_at"] = true, d.updated
		row["draft"] = Object{"title": title + " (new)", "body": d.body(), "draft_updated_at": d.updated}
	}
	return row
}

// articleVersions makes the versions of an article, oldest first. One article
// has more than a page of them.
func articleVersions(d draft, id string, author int64) []Object {
	n := 1 + d.IntN(3)
	if d.i == 6 {
		n = 28
	}
	var versions []Object
	before := any(nil)
	for j := range n {
		at := d.created + (d.updated-d.created)*int64(j)/int64(n)
		version := id + strconv.Itoa(100+j)
		body := d.body()
		versions = append(versions, Object{
			"type": "article_version", "id": version, "article_id": id, "title": d.sentence(), "description": "", "body": body, "body_markdown": plain(body),
			"author_id": strconv.FormatInt(author, 10), "created_by_id": maybe(d.gen, 3, strconv.FormatInt(author, 10)), "created_via": pick(d.gen, []string{"web", "api"}),
			"from_version_id": before, "state": "published", "created_at": at, "updated_at": at,
		})
		before = version
	}
	return versions
}

// idNumber is the record's id where others refer to it by number.
func (r *record) idNumber() any {
	if n, isNumber := whole(r.id); isNumber {
		return n
	}
	return r.id
}

func internalArticleFamily() family {
	l := listing{kind: "internal_articles", dialect: linked, perPage: 50, most: 250, texts: v217}
	return keptFamily(keptKind{
		kind: "internal_articles", count: 54, first: 41,
		routes: []route{
			{pattern: "GET /internal_articles", since: v213, handle: l.handle},
			{pattern: "GET /internal_articles/{id}", since: v213, handle: getKept("internal_articles", "Resource Not Found")},
		},
		make: func(_ *workspace, d draft) Object {
			body, author := d.body(), adminID(d.IntN(admins))
			return Object{
				"type": "internal_article", "id": strconv.FormatInt(d.id, 10), "title": d.sentence(), "body": maybe(d.gen, 9, body), "body_markdown": maybe(d.gen, 9, plain(body)),
				"owner_id": adminID(d.IntN(admins)), "author_id": author, "created_at": d.created, "updated_at": d.updated, "locale": pick(d.gen, []string{"en", "pt-BR"}),
				"audience_ids": maybe(d.gen, 2, []int{700, 703}), "ai_chatbot_availability": d.one(2), "ai_copilot_availability": true, "ai_sales_agent_availability": false,
			}
		},
	})
}
