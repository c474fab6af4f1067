package intercomtest

import (
	"cmp"
	"slices"
	"strconv"
)

// Notes on companies.
//
// Behaviour: GET /companies/{id}/notes exists from 2.15 on, by page, 50 a page
// and 60 at most, newest first. Notes follow from the company and cannot be
// added; companies do not embed them.

func listCompanyNotes(s *Server, r *request) answer {
	c, found := s.ws.companies.get(r.PathValue("id"))
	if !found {
		return noCompany
	}
	return listing{dialect: linked, perPage: 50, most: 60}.answer(s, r, recordsOf(s.ws.companyNotes(c)))
}

// recordsOf makes records of what is made up when it is asked for.
func recordsOf(objects []Object) []*record {
	var rows []*record
	for i, o := range objects {
		rows = append(rows, newRecord(int64(i), o))
	}
	return rows
}

// companyNotes makes the notes on a company, newest first.
func (ws *workspace) companyNotes(c *company) []Object {
	g := newGen(ws.seed, "notes "+c.id, 0)
	n := g.IntN(3)
	if g.one(15) {
		n = 55
	}
	var notes []Object
	for j := range n {
		a := ws.admin(g.IntN(admins))
		notes = append(notes, Object{
			"type": "note", "id": strconv.Itoa(1_000_000 + g.IntN(1e8)*100 + j), "created_at": g.between(c.created, c.created+86400*30),
			"company": Object{"type": "company", "id": c.id}, "body": g.body(),
			"author": Object{
				"type": "admin", "id": a["id"], "name": a["name"], "email": a["email"], "away_mode_enabled": false, "away_mode_reassign": false,
				"away_status_reason_id": nil, "has_inbox_seat": true, "team_ids": []int64{teamID(0)}, "team_priority_level": Object{},
			},
		})
	}
	slices.SortStableFunc(notes, func(a, b Object) int { return cmp.Compare(b["created_at"].(int64), a["created_at"].(int64)) })
	return notes
}
