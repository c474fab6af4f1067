package intercomtest

import (
	"net/http"
	"strconv"
)

// The log of what admins did in the workspace, and the kinds of things that it
// tells.
//
// Behaviour:
//   - GET /admins/activity_logs by page, 20 a page, 250 at most, newest first.
//     created_at_after must be given; from 2.17 on it need not, and is 30 days
//     ago then. created_at_before bounds them too. Both seconds are assumed to
//     be in, and out with Options.StrictSearch
//   - GET /admins/activity_log_event_types is a list of words, not paged
//   - what tests change is not logged; they add entries
//
// Irregular on purpose: metadata is another object for every type of activity,
// with before and after of any kind, an integer id, or null.

func activityLogFamily() family {
	l := listing{
		kind: "activity_logs", typ: "activity_log.list", key: "activity_logs", dialect: linked, perPage: 20, most: 250,
		newest: true, by: "created_at", of: loggedBetween,
	}
	f := keptFamily(keptKind{
		kind: "activity_logs", count: 95, first: 1,
		routes: []route{
			{pattern: "GET /admins/activity_logs", handle: l.handle},
			{pattern: "GET /admins/activity_log_event_types", since: v216, handle: listEventTypes},
		},
		make: func(ws *workspace, d draft) Object {
			by, activity := ws.admin(d.IntN(admins)), activityTypes[d.i%len(activityTypes)]
			return Object{
				"id": d.uuid(), "performed_by": Object{"type": "admin", "id": by["id"], "email": by["email"], "ip": "198.51.100." + strconv.Itoa(d.IntN(255))},
				"created_at": d.created, "activity_type": activity, "activity_description": text(by["name"]) + " changed \"something\".",
				"metadata": activityMetadata(d, activity),
			}
		},
	})
	kept := f.contents
	f.contents = func(ws *workspace, now int64, put func(string, Object)) {
		kept(ws, now, put)
		for _, name := range activityTypes {
			put("activity_log_event_types", Object{"event_type": name})
		}
	}
	return f
}

var activityTypes = []string{
	"admin_login_success", "app_name_change", "message_state_change", "office_hours_change", "admin_deletion", "admin_away_mode_change", "bulk_export",
}

func activityMetadata(d draft, activity string) any {
	switch activity {
	case "app_name_change":
		return Object{"before": d.company(), "after": d.company()}
	case "message_state_change":
		return Object{"message": Object{"id": d.IntN(999), "title": d.sentence()}, "before": "Draft", "after": "Live"}
	case "office_hours_change":
		return Object{"before": Object{"monday": []int{540, 1020}}, "after": Object{}, "update_by": adminID(0), "update_by_name": "Ada"}
	case "admin_deletion":
		return nil
	case "admin_away_mode_change":
		return Object{"away_mode": true, "away_status_reason": nil, "reassign_conversations": false, "auto_changed": "false"}
	}
	return Object{"sign_in_method": maybe(d.gen, 3, "google_auth"), "external_id": nil}
}

// loggedBetween are the entries of the time that is asked for.
func loggedBetween(s *Server, r *request) (func(*record) bool, *answer) {
	if r.query.Get("created_at_after") == "" && r.version < v217 {
		refused := fail(http.StatusBadRequest, "parameter_missing", "created_at_after is required")
		return nil, &refused
	}
	from, refused := secondOf(r, "created_at_after", r.now-30*86400)
	if refused != nil {
		return nil, refused
	}
	until, refused := secondOf(r, "created_at_before", r.now)
	if refused != nil {
		return nil, refused
	}
	if s.options.StrictSearch {
		from, until = from+1, until-1
	}
	return func(row *record) bool { return row.created >= from && row.created <= until }, nil
}

func listEventTypes(*Server, *request) answer {
	return okObject(Object{"type": "activity_log_event_type.list", "event_types": activityTypes})
}
