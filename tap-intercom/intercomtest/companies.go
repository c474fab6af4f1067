package intercomtest

import (
	"net/http"
	"slices"
	"strconv"
)

// Companies, but for the scroll.
//
// Behaviour:
//   - GET /companies and POST /companies/list are paged by number, 15 a page,
//     60 at most, most recent request first; they omit companies without users
//     and stop after 10,000
//   - POST /companies/search exists from 2.17 on and omits them too
//   - tags and segments are embedded whole
//
// Irregular on purpose:
//   - company_id, the customer's own key, is not unique
//   - plan is {} when there is none; custom attributes of every scalar type,
//     though the description says strings
//   - one company was created before 1970, one is dated in milliseconds by its
//     owner's mistake

type company struct {
	*record
	tags  []tagging
	users int
}

var companyRoutes = []route{
	{pattern: "GET /companies", handle: listCompanies},
	{pattern: "POST /companies/list", handle: listCompanies},
	{pattern: "POST /companies/search", since: v217, handle: searchCompanies},
	{pattern: "GET /companies/{id}", handle: getCompany},
	{pattern: "GET /companies/{id}/contacts", handle: listCompanyContacts},
	{pattern: "GET /companies/{id}/segments", handle: listCompanySegments},
	{pattern: "GET /companies/{id}/notes", handle: listCompanyNotes},
}

// maxListed is how many companies the list gives before it asks to scroll.
const maxListed = 10_000

// answerWire is the company as it is served: with the count of its users.
func (c *company) answerWire() []byte {
	w := extend(c.wire)
	w.value("user_count", c.users)
	return w.object()
}

func (c *company) lookup(field string) any {
	switch field {
	case "user_count":
		return c.users
	case "tag_id":
		var ids []string
		for _, t := range asList(walk(c.object(), "tags.tags")) {
			ids = append(ids, text(asObject(t)["id"]))
		}
		return ids
	}
	return c.record.lookup(field)
}

func listCompanies(s *Server, r *request) answer {
	n, err := numberedPage(r.query, 15, 60)
	if err != nil {
		return badParameter(err.Error())
	}
	if n.page*n.perPage > maxListed {
		return fail(http.StatusBadRequest, "bad_request", "page limit reached, please use scroll API")
	}
	rows := s.ws.companiesWithUsers()
	descending := r.query.Get("order") != "asc"
	slices.SortStableFunc(rows, func(a, b *company) int {
		x, _ := whole(a.lookup("last_request_at"))
		y, _ := whole(b.lookup("last_request_at"))
		if descending {
			x, y = y, x
		}
		return int(min(max(x-y, -1), 1))
	})
	return companyList(cut(n, rows), len(rows), linkPages(r, n, len(rows)))
}

func (ws *workspace) companiesWithUsers() []*company {
	var rows []*company
	for _, c := range ws.companies.rows {
		if c.users > 0 {
			rows = append(rows, c)
		}
	}
	return rows
}

func companyList(rows []*company, total int, pages []byte) answer {
	var items [][]byte
	for _, c := range rows {
		items = append(items, c.answerWire())
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	w.raw("pages", pages)
	w.value("total_count", total)
	return ok(w.object())
}

func searchCompanies(s *Server, r *request) answer {
	hits, bad := search(r, searchSpec{
		fields: map[string]kind{
			"company_id": textual, "name": textual, "created_at": date, "updated_at": date, "remote_created_at": date,
			"last_request_at": date, "monthly_spend": number, "session_count": number, "user_count": number, "tag_id": tagSet,
		},
		custom: func(field string) (kind, bool) { return s.ws.customKind("company", field) },
		dates:  exact, strict: true, perPage: 15, most: 150,
	}, s.ws.companiesWithUsers())
	if bad != nil {
		return bad.answer()
	}
	return companyList(hits.rows, hits.total, hits.pages)
}

var noCompany = fail(http.StatusNotFound, "company_not_found", "Company Not Found")

func getCompany(s *Server, r *request) answer {
	c, found := s.ws.companies.get(r.PathValue("id"))
	if !found {
		return noCompany
	}
	return ok(c.answerWire())
}

func listCompanyContacts(s *Server, r *request) answer {
	c, found := s.ws.companies.get(r.PathValue("id"))
	if !found {
		return noCompany
	}
	n, err := numberedPage(r.query, 50, 150)
	if err != nil {
		return badParameter(err.Error())
	}
	var members []*contact
	for _, p := range s.ws.contacts.rows {
		if slices.Contains(p.companies, c.id) {
			members = append(members, p)
		}
	}
	var items [][]byte
	for _, p := range cut(n, members) {
		items = append(items, s.contactWire(p, r))
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	w.value("total_count", len(members))
	w.raw("pages", linkPages(r, n, len(members)))
	return ok(w.object())
}

func listCompanySegments(s *Server, r *request) answer {
	c, found := s.ws.companies.get(r.PathValue("id"))
	if !found {
		return noCompany
	}
	var w writer
	w.value("type", "list")
	w.value("data", walk(c.object(), "segments.segments"))
	return ok(w.object())
}

func listCompanyNotes(s *Server, r *request) answer {
	c, found := s.ws.companies.get(r.PathValue("id"))
	if !found {
		return noCompany
	}
	notes := asList(walk(c.object(), "notes.notes"))
	var w writer
	w.value("type", "list")
	w.value("data", nonNil(notes))
	w.value("total_count", len(notes))
	w.raw("pages", linkPages(r, numbered{1, 50}, len(notes)))
	return ok(w.object())
}

func (ws *workspace) generateCompanies(o Options) {
	for i := range o.Companies {
		ws.companies.add(&company{record: newRecord(ws.next(), ws.makeCompany(newGen(o.Seed, "company", i), i))})
	}
}

func (ws *workspace) makeCompany(g gen, i int) Object {
	created, updated := g.history(i)
	row := Object{
		"type": "company", "id": g.objectID(), "company_id": "acct-" + strconv.Itoa(100+i-i%9/8), "app_id": ws.appID,
		"name": g.company(), "remote_created_at": g.between(created-365*86400, created), "created_at": created, "updated_at": updated,
		"last_request_at": maybe(g, 4, g.between(created, updated)), "size": maybe(g, 3, g.IntN(5000)), "website": maybe(g, 3, "https://"+g.hex(6)+".example/?a=1&b=2"),
		"industry": maybe(g, 3, pick(g, industries)), "monthly_spend": g.IntN(9000), "session_count": g.IntN(400),
		"plan": Object{}, "tags": Object{"type": "tag.list", "tags": ws.someTags(g, 3, "tag")}, "segments": Object{"type": "segment.list", "segments": ws.someSegments(g)},
		"custom_attributes": companyAttributes(g),
	}
	if g.one(2) {
		row["plan"] = Object{"type": "plan", "id": strconv.Itoa(1 + g.IntN(4)), "name": pick(g, []string{"Starter", "Pro+", "Größe L"})}
	}
	switch i {
	case 3:
		row["remote_created_at"] = unixTime("1951-07-01T00:00:00Z")
	case 4:
		row["remote_created_at"] = updated * 1000
	case 5:
		row["name"] = ""
	}
	return row
}

func companyAttributes(g gen) Object {
	o := Object{}
	for _, a := range companyCustom {
		if !g.one(3) {
			o[a.name] = attributeValue(g, a)
		}
	}
	return o
}

// attributeValue makes a value for a custom attribute: mostly of the declared
// type, but the API does not hold its writers to it.
func attributeValue(g gen, a customAttribute) any {
	if g.one(20) {
		return pick(g, []any{nil, "", "n/a", "12", true, 12.5, -1})
	}
	switch a.dataType {
	case "integer":
		return g.IntN(500)
	case "float":
		return float64(g.IntN(1_000_000)) / 100
	case "boolean":
		return g.one(2)
	case "date":
		return g.between(Epoch.Unix()-365*86400, Epoch.Unix()+365*86400)
	}
	if a.options != nil {
		return pick(g, a.options)
	}
	return g.sentence()
}

// someTags picks up to n tags, as they stand in lists of tag references.
func (ws *workspace) someTags(g gen, n int, typ string) []Object {
	out := []Object{}
	rows := ws.tags.rows
	for _, i := range g.Perm(len(rows))[:min(g.IntN(n+1), len(rows))] {
		row := rows[i].peek()
		out = append(out, Object{"type": typ, "id": row["id"], "name": row["name"]})
	}
	return out
}

func (ws *workspace) someSegments(g gen) []Object {
	out := []Object{}
	rows := ws.segments.rows
	for _, i := range g.Perm(len(rows))[:min(g.IntN(3), len(rows))] {
		out = append(out, rows[i].peek())
	}
	return out
}
