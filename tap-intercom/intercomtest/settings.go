package intercomtest

import "strconv"

// What a workspace is set up with: reasons for being away, brands and their
// addresses, office hours, audiences.
//
// Behaviour:
//   - nothing is paged but audiences, 50 a page and at most, with page,
//     per_page and total_pages at the top level of the answer
//   - GET /away_status_reasons has the deleted ones too, with deleted true
//   - exceptions are listed by schedule
//
// Irregular on purpose:
//   - the id of the first brand is not a number
//   - exception_date is a day; time_intervals is null when it is closed all day
//   - order is a number that need not begin at 0 and has gaps

const (
	v212 version = 212
	v213 version = 213
	v214 version = 214
	v215 version = 215
)

func awayReasonFamily() family {
	l := listing{kind: "away_status_reasons"}
	return keptFamily(keptKind{
		kind: "away_status_reasons", count: 5, first: 12,
		routes: []route{{pattern: "GET /away_status_reasons", since: v214, handle: l.handle}},
		make: func(_ *workspace, d draft) Object {
			return Object{
				"type": "away_status_reason", "id": strconv.FormatInt(d.id, 10), "label": pick(d.gen, []string{"Lunch", "On a break", "Training, \"Q3\""}),
				"emoji": pick(d.gen, []string{"🍽️", "☕", "🧑🏽‍🏫"}), "order": 2 * d.i, "deleted": d.i == 3, "created_at": d.created, "updated_at": d.updated,
			}
		},
	})
}

func brandFamily() family {
	l := listing{kind: "brands"}
	return keptFamily(keptKind{
		kind: "brands", count: 3, first: 3,
		routes: []route{
			{pattern: "GET /brands", since: v215, handle: l.handle},
			{pattern: "GET /brands/{id}", since: v215, handle: getKept("brands", "Brand not found")},
		},
		make: func(_ *workspace, d draft) Object {
			id := strconv.FormatInt(d.id, 10)
			if d.i == 0 {
				id = "tlkp1d91"
			}
			return Object{
				"type": "brand", "id": id, "name": d.company(), "is_default": d.i == 0, "created_at": d.created, "updated_at": d.updated,
				"help_center_id": strconv.Itoa(79 + d.i), "default_address_settings_id": strconv.Itoa(13 + d.i),
			}
		},
	})
}

func emailFamily() family {
	l := listing{kind: "emails"}
	return keptFamily(keptKind{
		kind: "emails", count: 4, first: 10,
		routes: []route{
			{pattern: "GET /emails", since: v215, handle: l.handle},
			{pattern: "GET /emails/{id}", since: v215, handle: getKept("emails", "Email setting not found")},
		},
		make: func(ws *workspace, d draft) Object {
			brand := "tlkp1d91"
			if rows := ws.kept["brands"].rows; len(rows) > 0 {
				brand = pick(d.gen, rows).id
			}
			return Object{
				"type": "email_setting", "id": strconv.FormatInt(d.id, 10), "email": "support" + strconv.Itoa(d.i) + "@kestrel.example", "verified": !d.one(4),
				"domain": "kestrel.example", "brand_id": brand, "forwarding_enabled": d.one(2),
				"forwarded_email_last_received_at": maybe(d.gen, 2, d.updated), "created_at": d.created, "updated_at": d.updated,
			}
		},
	})
}

func scheduleFamily() family {
	l := listing{kind: "office_hours_schedules", typ: "office_hours_schedule.list"}
	return keptFamily(keptKind{
		kind: "office_hours_schedules", count: 3, first: 120,
		routes: []route{
			{pattern: "GET /office_hours_schedules", since: v216, handle: l.handle},
			{pattern: "GET /office_hours_schedules/{id}", since: v216, handle: getKept("office_hours_schedules", "Office hours schedule not found")},
		},
		make: func(_ *workspace, d draft) Object {
			always := d.i == 2
			intervals := []Object{}
			for day := range 5 {
				if !always {
					intervals = append(intervals, interval(day, 9, 17))
				}
			}
			return Object{
				"type": "office_hours_schedule", "id": strconv.FormatInt(d.id, 10), "name": "Hours, " + pick(d.gen, cities)[1],
				"time_zone_name": pick(d.gen, []string{"Europe/Dublin", "America/Sao_Paulo", "Asia/Kolkata"}), "time_intervals": intervals,
				"twenty_four_seven": always, "created_at": d.created, "updated_at": d.updated,
			}
		},
	})
}

// interval is part of a day of the week; its minutes count from Monday.
func interval(day, from, to int) Object {
	return Object{"start_minute": day*1440 + from*60, "end_minute": day*1440 + to*60, "day_of_week": day}
}

func exceptionFamily() family {
	l := listing{
		kind: "office_hours_exceptions", typ: "office_hours_exception.list",
		of: belonging("office_hours_schedules", "office_hours_schedule_id", "not_found", "Office hours schedule not found"),
	}
	return keptFamily(keptKind{
		kind: "office_hours_exceptions", count: 5, first: 450,
		routes: []route{{pattern: "GET /office_hours_schedules/{id}/office_hours_exceptions", since: v216, handle: l.handle}},
		make: func(ws *workspace, d draft) Object {
			row := Object{
				"type": "office_hours_exception", "id": strconv.FormatInt(d.id, 10), "office_hours_schedule_id": "0",
				"exception_date": "2026-12-" + strconv.Itoa(20+d.i%10), "exception_type": "closed", "name": maybe(d.gen, 3, "Winter break ❄️"),
				"time_intervals": nil, "recurring_annually": d.one(2), "created_at": d.created, "updated_at": d.updated,
			}
			if rows := ws.kept["office_hours_schedules"].rows; len(rows) > 0 {
				row["office_hours_schedule_id"] = rows[d.i%min(2, len(rows))].id // the others have none
			}
			if d.one(2) {
				row["exception_type"], row["time_intervals"] = "custom_hours", []Object{interval(3, 9, 13)}
			}
			return row
		},
	})
}

func audienceFamily() family {
	l := listing{kind: "audiences", dialect: topLevel, perPage: 50, most: 50}
	return keptFamily(keptKind{
		kind: "audiences", count: 53, first: 700,
		routes: []route{
			{pattern: "GET /audiences", since: v216, handle: l.handle},
			{pattern: "GET /audiences/{id}", since: v216, handle: getKept("audiences", "Audience not found")},
		},
		make: func(_ *workspace, d draft) Object {
			return Object{
				"type": "audience", "id": strconv.FormatInt(d.id, 10), "name": "Customers of " + d.company(),
				"predicates": []Object{
					{"attribute": "company.name", "type": "string", "comparison": "contains", "value": d.company()},
					{"attribute": "custom_attributes.Plan, old", "type": "string", "comparison": "eq", "value": maybe(d.gen, 3, "pro")},
				}[d.IntN(2):],
				"role_predicates": []Object{{"attribute": "role", "type": "role", "comparison": "eq", "value": pick(d.gen, []string{"user", "lead"})}},
				"created_at":      d.created, "updated_at": d.updated,
			}
		},
	})
}
