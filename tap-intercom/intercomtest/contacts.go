package intercomtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

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
	visible   int64 // the second from which searches find it
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

func listContacts(s *Server, r *request) answer {
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
	return s.contactList(r, pageOf(s.listedContacts(r), all, "created_at", true, after, n.page, n.perPage))
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
	if r.query.Get("order") == "desc" {
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

func (ws *workspace) generateContacts(o Options) {
	for i := range o.Contacts {
		g := newGen(o.Seed, "contact", i)
		c := &contact{record: newRecord(ws.next(), ws.makeContact(g, i))}
		ws.furnish(g, c, i)
		ws.contacts.add(c)
	}
}

func (ws *workspace) makeContact(g gen, i int) Object {
	created, updated := g.history(i)
	if i%29 == 7 { // on the edges of a day in Los Angeles
		updated = max(created, unixTime("2025-11-02T00:00:00-07:00")-int64(i%2))
	}
	name, email := g.person()
	_, domain, _ := strings.Cut(email, "@")
	seen := func(n int) any { return maybe(g, n, g.between(created, updated)) }
	place := pick(g, cities)
	id := g.objectID()
	options := func() Object {
		return Object{"type": "list", "data": []any{}, "url": "/contacts/" + id + "/subscriptions", "total_count": 0, "has_more": false}
	}
	row := Object{
		"type": "contact", "id": id, "workspace_id": ws.appID, "external_id": maybe(g, 4, "user-"+strconv.Itoa(i)),
		"role": []string{"user", "user", "lead"}[i%3], "email": maybe(g, 12, email), "email_domain": domain,
		"phone": maybe(g, 2, "+49"+strconv.Itoa(g.IntN(1e9))), "name": maybe(g, 15, name), "owner_id": maybe(g, 2, text(adminID(g.IntN(admins)))),
		"avatar":          maybe(g, 3, Object{"type": "avatar", "image_url": "https://static.intercomassets.example/a/" + g.hex(8) + ".png"}),
		"social_profiles": Object{"type": "list", "data": []any{}}, "has_hard_bounced": g.one(30), "marked_email_as_spam": g.one(50),
		"unsubscribed_from_emails": g.one(10), "created_at": created, "updated_at": updated, "signed_up_at": seen(3), "last_seen_at": seen(3),
		"last_replied_at": seen(2), "last_contacted_at": seen(2), "last_email_opened_at": seen(2), "last_email_clicked_at": seen(2),
		"language_override": maybe(g, 2, "en"), "browser": maybe(g, 3, pick(g, []string{"chrome", "firefox", "safari"})), "browser_version": "128.0.1", "browser_language": "en-GB",
		"os":                maybe(g, 3, pick(g, []string{"OS X 10.15.7", "Windows 11", "Android 14"})),
		"location":          Object{"type": "location", "country": place[0], "region": nil, "city": place[1], "country_code": "XX", "continent_code": "EU"},
		"custom_attributes": contactAttributes(g), "opted_out_subscription_types": options(), "opted_in_subscription_types": options(),
		"utm_campaign": maybe(g, 2, "spring & summer"), "utm_content": nil, "utm_medium": nil, "utm_source": maybe(g, 2, "newsletter"), "utm_term": nil,
		"referrer": maybe(g, 2, "https://search.example/?q=é%20è"), "enabled_push_messaging": nil,
	}
	for _, system := range []string{"android", "ios"} {
		for _, field := range []string{"app_name", "app_version", "device", "os_version", "sdk_version", "last_seen_at"} {
			row[system+"_"+field] = nil
		}
	}
	switch i {
	case 2:
		row["signed_up_at"] = unixTime("1969-12-31T23:59:59Z")
	case 4:
		row["social_profiles"] = Object{"type": "list", "data": []Object{{"type": "social_profile", "name": "twitter", "url": "http://twitter.example/" + g.hex(5)}}}
	case 8:
		row["ios_app_name"], row["ios_last_seen_at"] = "Kestrel", updated
	}
	return row
}

func contactAttributes(g gen) Object {
	o := Object{}
	for _, a := range contactCustom {
		if !g.one(3) {
			o[a.name] = attributeValue(g, a)
		}
	}
	return o
}

// furnish hangs lists on a contact. One in seven has more than ten of each, if
// there are enough to have.
func (ws *workspace) furnish(g gen, c *contact, i int) {
	many := i%7 == 3
	n := func(most, total int) int {
		if many {
			return min(11+g.IntN(5), total)
		}
		return min(g.IntN(most+1), total)
	}
	for _, t := range g.Perm(tags)[:n(3, tags)] {
		c.tags = append(c.tags, tagging{tagID(t), g.between(c.created, c.updated), text(adminID(t % admins))})
	}
	for j := range n(2, 1000) {
		c.notes = append(c.notes, note{strconv.Itoa(600_000 + 100*i + j), g.between(c.created, c.updated), j, g.body()})
	}
	slices.SortFunc(c.notes, func(a, b note) int { return int(a.created - b.created) })
	peopled := len(ws.companies.rows) * 4 / 5 // the others have no users
	for _, j := range g.Perm(peopled)[:n(2, peopled)] {
		co := ws.companies.rows[j]
		c.companies = append(c.companies, co.id)
		co.users++
	}
	for _, j := range g.Perm(segments)[:g.IntN(3)] {
		c.segments = append(c.segments, ws.segments.rows[j].id)
	}
	for _, j := range g.Perm(len(ws.subs.rows))[:g.IntN(2)] {
		c.subs = append(c.subs, ws.subs.rows[j].id)
	}
}
