package intercomtest

import "slices"

// The lists of a contact in full: what is cut at ten where it is embedded.

func listContactTags(s *Server, r *request) answer {
	c, found := s.ws.contacts.get(r.PathValue("id"))
	if !found {
		return noContact
	}
	var items [][]byte
	for _, t := range c.tags {
		items = append(items, encode(s.ws.tagObject(t)))
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	return ok(w.object())
}

func listContactNotes(s *Server, r *request) answer {
	c, found := s.ws.contacts.get(r.PathValue("id"))
	if !found {
		return noContact
	}
	n, err := numberedPage(r.query, 50, 60)
	if err != nil {
		return badParameter(err.Error())
	}
	newest := slices.Clone(c.notes)
	slices.Reverse(newest)
	var items [][]byte
	for _, nt := range cut(n, newest) {
		items = append(items, encode(s.ws.noteObject(nt, Object{"contact": Object{"type": "contact", "id": c.id}})))
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	w.value("total_count", len(newest))
	w.raw("pages", linkPages(r, n, len(newest)))
	return ok(w.object())
}

func (ws *workspace) noteObject(n note, on Object) Object {
	a := ws.admin(n.admin)
	return merge(Object{
		"type": "note", "id": n.id, "created_at": n.created, "body": n.body,
		"author": Object{
			"type": "admin", "id": a["id"], "name": a["name"], "email": a["email"],
			"away_mode_enabled": a["away_mode_enabled"], "away_mode_reassign": false,
		},
	}, on)
}

func listContactCompanies(s *Server, r *request) answer {
	c, found := s.ws.contacts.get(r.PathValue("id"))
	if !found {
		return noContact
	}
	n, err := numberedPage(r.query, 50, 60)
	if err != nil {
		return badParameter(err.Error())
	}
	var rows []*company
	for _, id := range c.companies {
		if co, found := s.ws.companies.get(id); found {
			rows = append(rows, co)
		}
	}
	return companyList(cut(n, rows), len(rows), linkPages(r, n, len(rows)))
}

func listContactSegments(s *Server, r *request) answer {
	c, found := s.ws.contacts.get(r.PathValue("id"))
	if !found {
		return noContact
	}
	return namedList(&s.ws.segments, c.segments)
}

func listContactSubscriptions(s *Server, r *request) answer {
	c, found := s.ws.contacts.get(r.PathValue("id"))
	if !found {
		return noContact
	}
	return namedList(&s.ws.subs, c.subs)
}

// namedList answers with those records of a table that ids name.
func namedList(t *table[*record], ids []string) answer {
	var items [][]byte
	for _, id := range ids {
		if row, found := t.get(id); found {
			items = append(items, row.wire)
		}
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	return ok(w.object())
}

// listMergeHistory pages with names of its own: cursor, next_cursor, has_more.
func listMergeHistory(s *Server, r *request) answer {
	c, found := s.ws.contacts.get(r.PathValue("id"))
	if !found || c.object()["role"] != "user" {
		return notFound("Contact not found")
	}
	n, err := numberedPage(r.query, 50, 150)
	if err != nil {
		return badParameter(err.Error())
	}
	if text := r.query.Get("cursor"); text != "" {
		at, valid := parseCursor(text)
		if !valid {
			return badParameter("cursor is not valid")
		}
		n.page = at.Page + 1
	}
	merges := slices.Clone(c.merges)
	if r.query.Get("order") != "asc" {
		slices.Reverse(merges)
	}
	more := n.page*n.perPage < len(merges)
	next := any(nil)
	if more {
		next = cursor{Page: n.page}.String()
	}
	var w writer
	w.value("type", "list")
	w.list("data", mergeWires(cut(n, merges)))
	w.value("next_cursor", next)
	w.value("has_more", more)
	return ok(w.object())
}
