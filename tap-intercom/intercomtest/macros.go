package intercomtest

import "strconv"

// Macros.
//
// Behaviour:
//   - GET /macros by cursor, 50 a page, 150 at most, newest updated first;
//     pages do not say how many there are
//   - updated_since, a UNIX timestamp, leaves out those updated before it. The
//     second itself is assumed to be in
//
// Irregular on purpose:
//   - dates are ISO 8601 with milliseconds
//   - body and body_text are null in some

func macroFamily() family {
	l := listing{kind: "macros", dialect: keyset, perPage: 50, most: 150, of: updatedSince}
	return keptFamily(keptKind{
		kind: "macros", count: 57, first: 3100,
		routes: []route{
			{pattern: "GET /macros", since: v216, handle: l.handle},
			{pattern: "GET /macros/{id}", since: v216, handle: getKept("macros", "Macro not found")},
		},
		make: func(_ *workspace, d draft) Object {
			body, words := any(d.body()), any(nil)
			if d.i%9 == 4 {
				body = nil
			} else {
				words = plain(body.(string))
			}
			row := Object{
				"type": "macro", "id": strconv.FormatInt(d.id, 10), "name": d.sentence(), "body": body, "body_text": words,
				"created_at": iso(d.created), "updated_at": iso(d.updated), "visible_to": "everyone", "visible_to_team_ids": []string{},
				"available_on": []string{"inbox", "messenger"}[:1+d.IntN(2)],
			}
			if d.one(4) {
				row["visible_to"], row["visible_to_team_ids"] = "specific_teams", []string{strconv.FormatInt(teamID(d.IntN(teams)), 10)}
			}
			return row
		},
	})
}

func updatedSince(_ *Server, r *request) (func(*record) bool, *answer) {
	since := int64(0)
	if s := r.query.Get("updated_since"); s != "" {
		n, isNumber := whole(s)
		if !isNumber {
			refused := badParameter("updated_since must be a UNIX timestamp")
			return nil, &refused
		}
		since = n
	}
	return func(row *record) bool { return row.updated >= since }, nil
}
