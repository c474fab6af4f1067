package intercomtest

import (
	"net/http"
	"slices"
)

// Companies, but for the scroll.
//
// Behaviour:
//   - GET /companies and POST /companies/list are paged by number, 15 a page,
//     60 at most, most recent request first; they omit companies without users
//     and stop after 10,000
//   - POST /companies/search exists from 2.17 on and omits them too
//   - tags and segments are embedded whole
//   - the contacts of a company are paged by number, from 2.17 on by cursor
//
// Irregular on purpose:
//   - company_id, the customer's own key, is not unique
//   - plan is {} when there is none; custom attributes of every scalar type,
//     though the description says strings
//   - one company was created before 1970, one is dated in milliseconds by its
//     owner's mistake

type company struct {
	*record
	users int
}

var companyRoutes = []route{
	{pattern: "GET /companies", handle: listCompanies},
	{pattern: "POST /companies/list", handle: listCompanies},
	{pattern: "POST /companies/search", since: v217, handle: searchCompanies},
	{pattern: "GET /companies/{id}", handle: getCompany},
	{pattern: "GET /companies/{id}/contacts", handle: listCompanyContacts},
	{pattern: "GET /companies/{id}/segments", handle: listCompanySegments},
	{pattern: "GET /companies/{id}/notes", since: v215, handle: listCompanyNotes},
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
	var members []*contact
	for _, p := range s.ws.contacts.rows {
		if slices.Contains(p.companies, c.id) {
			members = append(members, p)
		}
	}
	if r.version >= v217 {
		return s.contactPages(r, members)
	}
	n, err := numberedPage(r.query, 50, 150)
	if err != nil {
		return badParameter(err.Error())
	}
	return s.contactList(r, hitList[*contact]{cut(n, members), len(members), linkPages(r, n, len(members))})
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
