package intercomtest

import "fmt"

// A family is one kind of resource: what it serves, and how tests change it.
// To add one, write its file and give it a line in families.
type family struct {
	// kind is the name that changes go by, and that of the API's path where it
	// has one.
	kind   string
	routes []route

	// rows gives the family's table; without one it cannot be changed.
	rows func(*workspace) rows

	// add makes a new record around what the caller wants in it, and files it.
	add func(ws *workspace, o Object, now int64) *record

	// updated and removed, if set, see to what a change brings with it.
	updated func(ws *workspace, r *record, now int64)
	removed func(ws *workspace, id string, now int64)

	// lists are what hangs on a record and can be added and removed.
	lists map[string]list

	// computed are members that an answer has and the record has not.
	computed []string

	// generate fills a fresh workspace; families do it in their order.
	generate func(ws *workspace, o Options)

	// contents puts what the family holds into Contents, as of now.
	contents func(ws *workspace, now int64, put func(stream string, o Object))
}

// A list is one kind of thing that hangs on a record. The record has been
// found to exist.
type list struct {
	still  bool // the record does not count as updated
	add    func(ws *workspace, id string, entry Object, now int64) (string, error)
	update func(ws *workspace, id, entry string, patch Object) error
	remove func(ws *workspace, id, entry string) error
}

// rows is what every table offers.
type rows interface {
	ids() []string
	find(id string) (*record, bool)
	remove(id string)
}

func families() []family {
	return []family{
		adminFamily(), teamFamily(), tagFamily(), segmentFamily(), contactFamily(), companyFamily(),
		conversationFamily(), ticketFamily(), ticketTypeFamily(), dataAttributeFamily(), conversationAttributeFamily(),
		{kind: "scroll", routes: scrollRoutes}, eventFamily(), qualityFamily(), sideFamily(),
		{kind: "subscription_types", routes: subscriptionRoutes, rows: func(ws *workspace) rows { return &ws.subs }},
		awayReasonFamily(), brandFamily(), emailFamily(), scheduleFamily(), exceptionFamily(), audienceFamily(), macroFamily(),
		connectorFamily(), executionFamily(), activityLogFamily(),
		helpCenterFamily(), collectionFamily(), redirectFamily(), articleFamily(), internalArticleFamily(), folderFamily(),
		snippetFamily(), importSourceFamily(), externalPageFamily(), newsfeedFamily(), newsItemFamily(),
		callFamily(), customObjectFamily(), messageStatusFamily(), teamMetricFamily(), workflowFamily(), contentExportFamily(), reportingFamily(),
	}
}

// plainFamily is a family of records that nothing hangs on.
func plainFamily(kind string, routes []route, t func(*workspace) *table[*record], standard func(ws *workspace, g gen, now int64) Object) family {
	return family{
		kind: kind, routes: routes,
		rows: func(ws *workspace) rows { return t(ws) },
		add: func(ws *workspace, o Object, now int64) *record {
			seq := ws.next()
			r := newRecord(seq, merge(standard(ws, newGen(uint64(seq), kind, 0), now), o))
			t(ws).add(r)
			return r
		},
	}
}

func adminFamily() family {
	return plainFamily("admins", adminRoutes, func(ws *workspace) *table[*record] { return &ws.admins },
		func(ws *workspace, g gen, _ int64) Object {
			name, email := g.person()
			return Object{
				"type": "admin", "id": text(ws.number()), "name": name, "email": email, "job_title": "", "away_mode_enabled": false,
				"away_mode_reassign": false, "away_status_reason_id": nil, "has_inbox_seat": true, "team_ids": []int{}, "avatar": nil,
				"team_priority_level": Object{"primary_team_ids": []int{}, "secondary_team_ids": []int{}}, "role": nil,
			}
		})
}

func teamFamily() family {
	return plainFamily("teams", nil, func(ws *workspace) *table[*record] { return &ws.teams },
		func(ws *workspace, _ gen, _ int64) Object {
			return Object{
				"type": "team", "id": text(ws.number()), "name": "New team", "admin_ids": []int{}, "assignment_limit": nil,
				"admin_priority_level": Object{"primary_admin_ids": []int{}, "secondary_admin_ids": []int{}}, "distribution_method": "manual",
			}
		})
}

func tagFamily() family {
	f := plainFamily("tags", labelRoutes, func(ws *workspace) *table[*record] { return &ws.tags },
		func(ws *workspace, _ gen, _ int64) Object {
			id := text(ws.number())
			return Object{"type": "tag", "id": id, "name": "tag " + id}
		})
	f.removed = func(ws *workspace, id string, _ int64) { ws.untagAll(id) }
	return f
}

func segmentFamily() family {
	f := plainFamily("segments", nil, func(ws *workspace) *table[*record] { return &ws.segments },
		func(ws *workspace, g gen, now int64) Object {
			return Object{"type": "segment", "id": g.objectID(), "name": "New segment", "created_at": now, "updated_at": now, "person_type": "user"}
		})
	f.removed = func(ws *workspace, id string, _ int64) { ws.desegmentAll(id) }
	return f
}

func ticketTypeFamily() family {
	return family{kind: "ticket_types", rows: func(ws *workspace) rows { return &ws.types }}
}

func dataAttributeFamily() family {
	f := plainFamily("data_attributes", attributeRoutes, func(ws *workspace) *table[*record] { return &ws.attributes }, nil)
	f.add = func(ws *workspace, o Object, now int64) *record {
		n := ws.number()
		row := merge(Object{
			"number": n, "type": "data_attribute", "model": "contact", "name": fmt.Sprint("attribute ", n), "description": "",
			"data_type": "string", "api_writable": true, "ui_writable": true, "messenger_writable": false, "custom": true, "archived": false,
			"created_at": now, "updated_at": now, "admin_id": text(adminID(0)),
		}, o)
		row["label"], row["full_name"] = row["name"], "custom_attributes."+text(row["name"])
		row["id"] = attributeKey(text(row["model"]), text(row["full_name"]))
		r := newRecord(ws.next(), row)
		ws.attributes.add(r)
		return r
	}
	return f
}

func conversationAttributeFamily() family {
	return plainFamily("conversation_attributes", nil, func(ws *workspace) *table[*record] { return &ws.convAttrs },
		func(ws *workspace, _ gen, now int64) Object {
			n := ws.number()
			return Object{
				"type": "conversation_attribute", "id": n, "name": fmt.Sprint("attribute ", n), "description": "", "data_type": "string",
				"required": false, "visible_to_team_ids": []int{}, "archived": false, "created_at": now, "updated_at": now,
				"admin_id": text(adminID(0)), "multiline": false,
			}
		})
}
