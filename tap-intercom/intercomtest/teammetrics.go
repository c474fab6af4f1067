package intercomtest

// What the members of a team have on their desks.
//
// Behaviour: GET /teams/{id}/metrics is not paged, has a row for every member,
// and counts as of now: a conversation is open, idle too when it was not
// updated for idle_threshold seconds (1800, between 1 and 86400), or snoozed.
// Conversations that are assigned to the team and the member are counted.

func teamMetricFamily() family {
	return family{
		kind: "team_metrics", routes: []route{{pattern: "GET /teams/{id}/metrics", since: v216, handle: getTeamMetrics}},
		contents: func(ws *workspace, now int64, put func(string, Object)) {
			for _, team := range ws.teams.rows {
				for _, o := range ws.metricsOf(team, now-1800) {
					put("team_metrics", merge(o, Object{"team_id": team.id}))
				}
			}
		},
	}
}

// metricsOf counts what was last touched before idle as idle.
func (ws *workspace) metricsOf(team *record, idle int64) []Object {
	rows := []Object{}
	place := map[string]int{}
	for _, id := range asList(team.peek()["admin_ids"]) {
		place[text(id)] = len(rows)
		rows = append(rows, Object{"type": "team_metric", "admin_id": text(id), "open": 0, "idle": 0, "snoozed": 0})
	}
	count := func(row Object, what string) { row[what] = row[what].(int) + 1 }
	for _, c := range ws.conversations.rows {
		o := c.peek()
		i, member := place[text(o["admin_assignee_id"])]
		if !member || text(o["team_assignee_id"]) != team.id {
			continue
		}
		switch o["state"] {
		case "snoozed":
			count(rows[i], "snoozed")
		case "open":
			count(rows[i], "open")
			if c.updated < idle {
				count(rows[i], "idle")
			}
		}
	}
	return rows
}

func getTeamMetrics(s *Server, r *request) answer {
	team, found := s.ws.teams.get(r.PathValue("id"))
	if !found {
		return fail(404, "team_not_found", "Team not found")
	}
	threshold, refused := secondOf(r, "idle_threshold", 1800)
	if refused != nil {
		return *refused
	}
	return okObject(Object{"type": "team_metric.list", "data": s.ws.metricsOf(team, r.now-min(max(threshold, 1), 86_400))})
}
