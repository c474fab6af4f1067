package intercomtest

import "strconv"

// Help centers, their collections and redirects, and folders.
//
// Behaviour:
//   - GET /help_center/help_centers is not paged
//   - GET /help_center/collections by page, 20 a page, newest updated first; the
//     most a page holds is not documented, 150 is assumed
//   - redirects are listed by help center, 50 a page, 250 at most, newest
//     updated first
//   - GET /folders exists from 2.17 on, 50 a page, 150 at most; parent_folder_id
//     gives those in one folder
//
// Irregular on purpose:
//   - a help center's id is a string, help_center_id of a collection a number
//     or null, and now and then a string, as is order
//   - the id of a folder is a number
//   - collections nest by parent_id, a string

func helpCenterFamily() family {
	l := listing{kind: "help_centers"}
	return keptFamily(keptKind{
		kind: "help_centers", count: 3, first: 79,
		routes: []route{
			{pattern: "GET /help_center/help_centers", handle: l.handle},
			{pattern: "GET /help_center/help_centers/{id}", handle: getKept("help_centers", "Resource Not Found")},
		},
		make: func(ws *workspace, d draft) Object {
			name := pick(d.gen, companyWords)
			return Object{
				"id": strconv.FormatInt(d.id, 10), "workspace_id": ws.appID, "created_at": d.created, "updated_at": d.updated, "identifier": "help-" + strconv.Itoa(d.i),
				"website_turned_on": !d.one(3), "display_name": name + " Help", "url": "https://help.example/" + strconv.Itoa(d.i),
				"custom_domain": maybe(d.gen, 2, "help."+asciiOf(name)+".example"), "default": d.i == 0, "locales": []string{"en", "fr"},
			}
		},
	})
}

func collectionFamily() family {
	l := listing{kind: "collections", dialect: linked, perPage: 20, most: 150, newest: true}
	return keptFamily(keptKind{
		kind: "collections", count: 27, first: 15_900,
		routes: []route{
			{pattern: "GET /help_center/collections", handle: l.handle},
			{pattern: "GET /help_center/collections/{id}", handle: getKept("collections", "Resource Not Found")},
		},
		make: func(ws *workspace, d draft) Object {
			id, name := strconv.FormatInt(d.id, 10), d.sentence()
			row := Object{
				"id": id, "workspace_id": ws.appID, "name": name, "description": maybe(d.gen, 2, d.sentence()), "created_at": d.created, "updated_at": d.updated,
				"url": maybe(d.gen, 5, "https://help.example/en/collections/"+id), "icon": "bookmark", "order": any(d.i), "default_locale": "en",
				"translated_content": Object{"type": "group_translated_content", "en": Object{"type": "group_content", "name": name, "description": ""}},
				"parent_id":          nil, "help_center_id": maybe(d.gen, 3, 79),
			}
			if rows := ws.kept["collections"].rows; len(rows) > 0 && d.one(2) {
				row["parent_id"] = pick(d.gen, rows).id
			}
			if d.i%5 == 4 {
				row["order"], row["help_center_id"] = strconv.Itoa(d.i), "82"
			}
			return row
		},
	})
}

func redirectFamily() family {
	l := listing{
		kind: "redirects", dialect: linked, perPage: 50, most: 250, newest: true,
		of: belonging("help_centers", "help_center_id", "not_found", "Help center not found"),
	}
	return keptFamily(keptKind{
		kind: "redirects", count: 60, first: 2600,
		routes: []route{{pattern: "GET /help_center/help_centers/{id}/redirects", since: v216, handle: l.handle}},
		make: func(ws *workspace, d draft) Object {
			row := Object{
				"id": strconv.FormatInt(d.id, 10), "type": "help_center_redirect", "from_url": "https://old.example/" + strconv.Itoa(d.i) + "?q=%C3%A9#top", "locale": "en",
				"help_center_id": "79", "target_type": pick(d.gen, []string{"article", "collection"}), "target_id": strconv.Itoa(d.IntN(900)),
				"created_at": d.created, "updated_at": d.updated,
			}
			if rows := ws.kept["help_centers"].rows; len(rows) > 1 && d.i%10 == 9 {
				row["help_center_id"] = rows[1].id // most are the first one's, the last has none
			}
			return row
		},
	})
}

func folderFamily() family {
	l := listing{kind: "folders", dialect: linked, perPage: 50, most: 150, of: inFolder}
	return keptFamily(keptKind{
		kind: "folders", count: 52, first: 6,
		routes: []route{{pattern: "GET /folders", since: v217, handle: l.handle}},
		make: func(ws *workspace, d draft) Object {
			row := Object{
				"id": d.id, "name": d.company() + " docs", "description": maybe(d.gen, 2, d.sentence()), "emoji": maybe(d.gen, 2, "📚"), "parent_folder_id": nil,
				"content_count": d.IntN(40), "created_at": d.created, "updated_at": d.updated,
			}
			if rows := ws.kept["folders"].rows; len(rows) > 0 && d.one(2) {
				row["parent_folder_id"] = pick(d.gen, rows).idNumber()
			}
			return row
		},
	})
}

func inFolder(_ *Server, r *request) (func(*record) bool, *answer) {
	parent := r.query.Get("parent_folder_id")
	return func(row *record) bool { return parent == "" || text(row.peek()["parent_folder_id"]) == parent }, nil
}
