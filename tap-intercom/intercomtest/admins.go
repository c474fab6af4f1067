package intercomtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// Admins, teams and the caller itself.
//
// Behaviour:
//   - no paging anywhere
//   - GET /admins has avatars only with display_avatar=true
//
// Irregular on purpose:
//   - an admin's id is a string, but team_ids, admin_ids and the priority
//     levels hold integers
//   - the list of admins has a null in it
//   - one admin has no email and an empty name; the bot is listed too

var adminRoutes = []route{
	{pattern: "GET /me", handle: getMe},
	{pattern: "GET /admins", handle: listAdmins},
	{pattern: "GET /admins/{id}", handle: getAdmin},
	{pattern: "GET /teams", handle: listTeams},
	{pattern: "GET /teams/{id}", handle: getTeam},
}

func getMe(s *Server, _ *request) answer {
	me := s.ws.admin(0)
	return okObject(Object{
		"type": "admin", "id": me["id"], "email": me["email"], "name": me["name"], "email_verified": true, "has_inbox_seat": true,
		"avatar": Object{"type": "avatar", "image_url": "https://static.intercomassets.example/avatars/128.png"},
		"app":    s.ws.app(),
	})
}

func (ws *workspace) app() Object {
	return Object{
		"type": "app", "id_code": ws.appID, "name": "Kestrel Support", "created_at": Epoch.Unix() - 800*86400,
		"secure": false, "identity_verification": false, "timezone": ws.timezone, "region": "US",
	}
}

func listAdmins(s *Server, r *request) answer {
	var items [][]byte
	for i, row := range s.ws.admins.rows {
		if i == 2 {
			items = append(items, []byte("null"))
		}
		items = append(items, adminWire(row, r.flag("display_avatar")))
	}
	var w writer
	w.value("type", "admin.list")
	w.list("admins", items)
	return ok(w.object())
}

func adminWire(row *record, avatar bool) []byte {
	if avatar {
		return row.wire
	}
	o := row.object()
	delete(o, "avatar")
	return encode(o)
}

func getAdmin(s *Server, r *request) answer {
	row, found := s.ws.admins.get(r.PathValue("id"))
	if !found {
		return fail(http.StatusNotFound, "admin_not_found", "Admin not found")
	}
	return ok(adminWire(row, r.flag("display_avatar")))
}

func listTeams(s *Server, _ *request) answer {
	var w writer
	w.value("type", "team.list")
	w.list("teams", s.ws.teams.wires())
	return ok(w.object())
}

func getTeam(s *Server, r *request) answer {
	return getRecord(&s.ws.teams, r, "team_not_found", "Team not found")
}

// getRecord answers with the record that the path names.
func getRecord(t *table[*record], r *request, code, message string) answer {
	row, found := t.get(r.PathValue("id"))
	if !found {
		return fail(http.StatusNotFound, code, message)
	}
	return ok(row.wire)
}

const (
	admins = 9
	teams  = 4
)

func adminID(i int) int64 { return 991_267_000 + 7*int64(i) }
func teamID(i int) int64  { return 5_017_600 + 13*int64(i) }

func (ws *workspace) generateAdmins(o Options) {
	members := make([][]int64, teams)
	for i := range admins {
		g := newGen(o.Seed, "admin", i)
		name, email := g.person()
		var in []int64
		for t := range teams {
			if g.one(3) || i == t {
				in = append(in, teamID(t))
				members[t] = append(members[t], adminID(i))
			}
		}
		row := Object{
			"type": "admin", "id": strconv.FormatInt(adminID(i), 10), "name": name, "email": email,
			"job_title":         pick(g, []string{"Support lead", "Engineer", "", "Customer success, EMEA"}),
			"away_mode_enabled": i == 4, "away_mode_reassign": false, "away_status_reason_id": nil,
			"has_inbox_seat": i != 5, "team_ids": nonNil(in),
			"avatar":              "https://static.intercomassets.example/avatars/" + strconv.Itoa(i) + ".png",
			"team_priority_level": Object{"primary_team_ids": nonNil(in[:min(1, len(in))]), "secondary_team_ids": nonNil(in[min(1, len(in)):])},
			"role":                Object{"type": "role", "id": strconv.Itoa(40 + i%3), "name": "Full access"},
		}
		switch i {
		case 6:
			row["name"], row["email"], row["role"] = "", nil, nil
		case admins - 1:
			row["name"], row["email"], row["has_inbox_seat"] = "Operator", "operator+"+ws.appID+"@intercom.example", false
		}
		ws.admins.add(newRecord(ws.next(), row))
	}
	for i, name := range []string{"Billing", "Tier 2 🔧", "Escalations, \"urgent\"", "Empty team"} {
		ids := members[i]
		if i == teams-1 {
			ids = nil
		}
		ws.teams.add(newRecord(ws.next(), Object{
			"type": "team", "id": strconv.FormatInt(teamID(i), 10), "name": name, "admin_ids": nonNil(ids),
			"admin_priority_level": Object{"primary_admin_ids": nonNil(ids[:min(1, len(ids))]), "secondary_admin_ids": nonNil(ids[min(1, len(ids)):])},
			"assignment_limit":     []any{nil, 10, nil, nil}[i],
			"distribution_method":  []string{"manual", "round_robin", "balanced", "manual"}[i],
		}))
	}
}

// nonNil makes an empty list encode as [] and not as null.
func nonNil[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return slices.Clone(l)
}

// admin gives one of the admins there are, if there are any.
func (ws *workspace) admin(i int) Object {
	if n := len(ws.admins.rows); n > 0 {
		return ws.admins.rows[i%n].peek()
	}
	return Object{"id": "0", "name": "Deleted", "email": nil}
}

// adminAuthor is how an admin stands in a message.
func adminAuthor(ws *workspace, i int) Object {
	a := ws.admin(i)
	return Object{"type": "admin", "id": a["id"], "name": a["name"], "email": a["email"]}
}

func botAuthor(ws *workspace) Object {
	a := adminAuthor(ws, admins-1)
	a["type"] = "bot"
	a["email"] = fmt.Sprintf("operator+%s@intercom.example", ws.appID)
	return a
}
