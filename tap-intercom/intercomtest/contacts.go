package intercomtest

import "net/http"

// Contacts, with what hangs on them.
//
// Behaviour:
//   - POST /contacts/search and GET /contacts by cursor, 50 a page, 150 at
//     most; dates by day up to 2.16, by second from 2.17 (see search.go)
//   - tags, notes and companies are embedded up to ten, with total_count and
//     has_more; the lists of their own are whole. Notes and companies are
//     embedded as references, tags without when and by whom they were applied
//   - merged contacts are gone from listings; asked for by id they are 410
//     contact_merged with the one they went into in Link. Deleted ones are 404
//   - new contacts are found by searches and listings only after
//     Options.IndexLag
//   - include_merge_history=true adds the history to users; leads have none
//
// Irregular on purpose:
//   - fields that the description does not have: opted_in_subscription_types,
//     utm_*, referrer, location.country_code, …
//   - owner_id is a string from 2.16 on and an integer before
//   - custom attributes of any scalar type, whatever was declared

type contact struct {
	*record
	tags      []tagging
	notes     []note
	companies []string
	segments  []string
	subs      []string
	merges    []mergeItem
	events    []Object // added by tests
	visible   int64    // the second from which searches find it
}

type note struct {
	id      string
	created int64
	admin   int
	body    string
}

type mergeItem struct {
	source, role string
	at           int64
}

var contactRoutes = []route{
	{pattern: "POST /contacts/search", handle: searchContacts},
	{pattern: "GET /contacts", handle: listContacts},
	{pattern: "GET /contacts/activities", since: v217, handle: listActivities},
	{pattern: "GET /contacts/{id}", handle: getContact},
	{pattern: "GET /contacts/{id}/tags", handle: listContactTags},
	{pattern: "GET /contacts/{id}/notes", handle: listContactNotes},
	{pattern: "GET /contacts/{id}/companies", handle: listContactCompanies},
	{pattern: "GET /contacts/{id}/segments", handle: listContactSegments},
	{pattern: "GET /contacts/{id}/subscriptions", handle: listContactSubscriptions},
	{pattern: "GET /contacts/{id}/merge_history", since: v216, handle: listMergeHistory},
}

var contactFields = map[string]kind{
	"id": textual, "role": textual, "name": textual, "avatar": textual, "owner_id": textual, "email": textual,
	"email_domain": textual, "phone": textual, "formatted_phone": textual, "external_id": textual, "created_at": date,
	"signed_up_at": date, "updated_at": date, "last_seen_at": date, "last_contacted_at": date, "last_replied_at": date,
	"last_email_opened_at": date, "last_email_clicked_at": date, "language_override": textual, "browser": textual,
	"browser_language": textual, "os": textual, "location.country": textual, "location.region": textual, "location.city": textual,
	"unsubscribed_from_emails": boolean, "marked_email_as_spam": boolean, "has_hard_bounced": boolean,
	"ios_last_seen_at": date, "android_last_seen_at": date, "segment_id": idSet, "tag_id": tagSet,
}

func (c *contact) lookup(field string) any {
	switch field {
	case "segment_id":
		return c.segments
	case "tag_id":
		var ids []string
		for _, t := range c.tags {
			ids = append(ids, t.id)
		}
		return ids
	}
	return c.record.lookup(field)
}

func searchContacts(s *Server, r *request) answer {
	spec := searchSpec{
		fields: contactFields,
		custom: func(field string) (kind, bool) { return s.ws.customKind("contact", field) },
		dates:  byDay, zone: s.zone, strict: true, perPage: 50, most: 150,
	}
	if r.version >= v217 {
		spec.dates = exact
	}
	hits, bad := search(r, spec, s.listedContacts(r))
	if bad != nil {
		return bad.answer()
	}
	return s.contactList(r, hits)
}

// listedContacts are those that searches and listings know by now.
func (s *Server) listedContacts(r *request) []*contact {
	rows := s.ws.contacts.rows
	// New contacts stand at the end.
	for len(rows) > 0 && rows[len(rows)-1].visible > r.now {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func (s *Server) contactList(r *request, hits hitList[*contact]) answer {
	var items [][]byte
	for _, c := range hits.rows {
		items = append(items, s.contactWire(c, r))
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	w.value("total_count", hits.total)
	w.raw("pages", hits.pages)
	return ok(w.object())
}

func listContacts(s *Server, r *request) answer { return s.contactPages(r, s.listedContacts(r)) }

// contactPages answers with contacts by cursor, newest first.
func (s *Server) contactPages(r *request, rows []*contact) answer {
	n, err := numberedPage(r.query, 50, 150)
	if err != nil {
		return badParameter(err.Error())
	}
	var after *cursor
	if text := r.query.Get("starting_after"); text != "" {
		c, valid := parseCursor(text)
		if !valid {
			return badParameter("starting_after is not a valid cursor")
		}
		after, n.page = &c, c.Page+1
	}
	all := func(subject) bool { return true }
	return s.contactList(r, pageOf(rows, all, "created_at", true, after, n.page, n.perPage))
}

func getContact(s *Server, r *request) answer {
	id := r.PathValue("id")
	if into, merged := s.ws.merged[id]; merged {
		for next, again := s.ws.merged[into]; again; next, again = s.ws.merged[into] {
			into = next
		}
		gone := fail(http.StatusGone, "contact_merged", "This contact has been merged. See the 'Link' header for the canonical contact.")
		gone.header = http.Header{"Link": {"<https://api.intercom.io/contacts/" + into + `>; rel="canonical"`}}
		return gone
	}
	c, found := s.ws.contacts.get(id)
	if !found {
		return noContact
	}
	return ok(s.contactWire(c, r))
}

var noContact = notFound("User Not Found")

// embedded is how many entries of a contact's list come with the contact.
const embedded = 10

// contactWire is a contact as it is served, with its lists cut at ten.
func (s *Server) contactWire(c *contact, r *request) []byte {
	w := extend(c.wire)
	if r.version < v216 {
		o := c.object()
		if n, isNumber := whole(o["owner_id"]); isNumber {
			o["owner_id"] = n
		}
		w = extend(encode(o))
	}
	list := func(name, path, typ string, ids []string) {
		items := [][]byte{}
		for _, id := range ids[:min(len(ids), embedded)] {
			items = append(items, encode(Object{"type": typ, "id": id, "url": "/" + path + "/" + id}))
		}
		var l writer
		l.value("type", "list")
		l.list("data", items)
		l.value("url", "/contacts/"+c.id+"/"+name)
		l.value("total_count", len(ids))
		l.value("has_more", len(ids) > embedded)
		w.raw(name, l.object())
	}
	var tagIDs, noteIDs []string
	for _, t := range c.tags {
		tagIDs = append(tagIDs, t.id)
	}
	for _, n := range c.notes {
		noteIDs = append(noteIDs, n.id)
	}
	list("tags", "tags", "tag", tagIDs)
	list("notes", "notes", "note", noteIDs)
	list("companies", "companies", "company", c.companies)
	if r.flag("include_merge_history") && c.object()["role"] == "user" {
		w.list("merge_history", mergeWires(c.merges))
	}
	return w.object()
}

func mergeWires(merges []mergeItem) [][]byte {
	items := [][]byte{}
	for _, m := range merges {
		items = append(items, encode(Object{
			"type": "merge_history", "source_contact_id": m.source, "source_contact_role": m.role, "merged_at": m.at,
		}))
	}
	return items
}
