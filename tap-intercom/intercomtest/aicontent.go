package intercomtest

import "strconv"

// What the AI agent answers from besides articles: snippets, and pages of
// other sites with the sources they came from.
//
// Behaviour:
//   - GET /content_snippets by page, 50 a page and at most, with page, per_page
//     and total_pages at the top level of the answer
//   - GET /ai/content_import_sources and /ai/external_pages by page, 50 a page;
//     the most a page holds is not documented, 150 is assumed
//
// Irregular on purpose:
//   - a snippet's availability stands twice, as numbers and as booleans
//   - the id of a source is a number, that of a page a string
//   - pages are whole HTML documents, one of them long

func snippetFamily() family {
	l := listing{kind: "content_snippets", dialect: topLevel, perPage: 50, most: 50}
	return keptFamily(keptKind{
		kind: "content_snippets", count: 55, first: 1230,
		routes: []route{
			{pattern: "GET /content_snippets", since: v216, handle: l.handle},
			{pattern: "GET /content_snippets/{id}", since: v216, handle: getKept("content_snippets", "Content snippet not found")},
		},
		make: func(_ *workspace, d draft) Object {
			line, available := d.sentence(), d.IntN(2)
			return Object{
				"type": "content_snippet", "id": strconv.FormatInt(d.id, 10), "title": maybe(d.gen, 4, d.sentence()), "locale": "en",
				"json_blocks":   []Object{{"type": "paragraph", "text": line}, {"type": "unorderedList", "items": []string{"a", "b"}}},
				"body_markdown": maybe(d.gen, 8, "# "+line+"\n\n- a\n- b\n"), "chatbot_availability": available, "copilot_availability": 1,
				"ai_chatbot_availability": available == 1, "ai_copilot_availability": true, "ai_sales_agent_availability": false,
				"created_at": d.created, "updated_at": d.updated, "audience_ids": maybe(d.gen, 2, []int{700}),
			}
		},
	})
}

func importSourceFamily() family {
	l := listing{kind: "ai_content_import_sources", dialect: linked, perPage: 50, most: 150}
	return keptFamily(keptKind{
		kind: "ai_content_import_sources", count: 4, first: 33,
		routes: []route{
			{pattern: "GET /ai/content_import_sources", since: v212, handle: l.handle},
			{pattern: "GET /ai/content_import_sources/{id}", since: v212, handle: getKept("ai_content_import_sources", "Resource Not Found")},
		},
		make: func(_ *workspace, d draft) Object {
			return Object{
				"type": "content_import_source", "id": d.id, "last_synced_at": d.updated, "sync_behavior": pick(d.gen, []string{"api", "automatic", "manual"}),
				"status": pick(d.gen, []string{"active", "deactivated"}), "url": "https://docs.example/" + strconv.Itoa(d.i), "created_at": d.created,
				"updated_at": d.updated, "audience_ids": maybe(d.gen, 2, []int{}),
			}
		},
	})
}

func externalPageFamily() family {
	l := listing{kind: "ai_external_pages", dialect: linked, perPage: 50, most: 150}
	return keptFamily(keptKind{
		kind: "ai_external_pages", count: 58, first: 1900,
		routes: []route{
			{pattern: "GET /ai/external_pages", since: v212, handle: l.handle},
			{pattern: "GET /ai/external_pages/{id}", since: v212, handle: getKept("ai_external_pages", "Resource Not Found")},
		},
		make: func(ws *workspace, d draft) Object {
			body := d.body()
			for d.i == 3 && len(body) < 40_000 {
				body += d.body()
			}
			source := any(33)
			if rows := ws.kept["ai_content_import_sources"].rows; len(rows) > 0 {
				source = pick(d.gen, rows).idNumber()
			}
			return Object{
				"type": "external_page", "id": strconv.FormatInt(d.id, 10), "title": d.sentence(), "html": "<!DOCTYPE html><html><body>" + body + "</body></html>",
				"url": "https://docs.example/page?id=" + strconv.Itoa(d.i), "ai_agent_availability": d.one(2), "ai_copilot_availability": true,
				"ai_sales_agent_availability": false, "fin_availability": d.one(2), "locale": "en", "source_id": source, "external_id": d.hex(8),
				"created_at": d.created, "updated_at": d.updated, "last_ingested_at": d.updated,
			}
		},
	})
}
