package intercomtest

import "strconv"

// Data connectors and what became of their calls.
//
// Behaviour:
//   - GET /data_connectors by cursor, 20 a page, 50 at most, newest updated
//     first
//   - executions are listed by connector, by cursor, 10 a page, 30 at most,
//     newest first; start_ts and end_ts bound them, by default to the last
//     hour. Both seconds are assumed to be in, and an end alone to bound the
//     hour before it
//   - bodies are in executions only with include_bodies=true; success and
//     error_type choose among them
//   - GET /data_connectors/{id} gives no more than the listing does
//
// Irregular on purpose:
//   - dates are ISO 8601
//   - members that say nothing are left out or null, without a rule

func connectorFamily() family {
	l := listing{kind: "data_connectors", dialect: keyset, perPage: 20, most: 50}
	return keptFamily(keptKind{
		kind: "data_connectors", count: 22, first: 12_345,
		routes: []route{
			{pattern: "GET /data_connectors", since: v216, handle: l.handle},
			{pattern: "GET /data_connectors/{id}", since: v216, handle: func(s *Server, r *request) answer {
				return getRecord(s.ws.kept["data_connectors"], r, "data_connector_not_found", "Data connector not found")
			}},
		},
		make: func(_ *workspace, d draft) Object {
			id := strconv.FormatInt(d.id, 10)
			return Object{
				"type": "data_connector", "id": id, "name": pick(d.gen, companyWords) + " lookup", "description": maybe(d.gen, 3, d.sentence()),
				"state": pick(d.gen, []string{"draft", "live"}), "http_method": pick(d.gen, []string{"get", "post", "put"}), "direct_fin_usage": d.one(2),
				"created_by_admin_id": text(adminID(d.IntN(admins))), "updated_by_admin_id": text(adminID(d.IntN(admins))),
				"created_at": iso(d.created), "updated_at": iso(d.updated), "execution_results_url": "/data_connectors/" + id + "/execution_results",
			}
		},
	})
}

func executionFamily() family {
	l := listing{
		kind: "data_connector_executions", dialect: keyset, perPage: 10, most: 30, by: "created_at", of: chosenExecutions,
		wire: func(_ *Server, r *request, row *record) []byte {
			if r.flag("include_bodies") {
				return row.wire
			}
			return encode(omit(row.object(), "request_body", "response_body", "raw_response_body"))
		},
	}
	return keptFamily(keptKind{
		kind: "data_connector_executions", count: 75, first: 99_001,
		routes: []route{{pattern: "GET /data_connectors/{id}/execution_results", since: v216, handle: l.handle}},
		make:   makeExecution,
	})
}

// chosenExecutions are those of the connector in the path, within the time and
// of the outcome that are asked for.
func chosenExecutions(s *Server, r *request) (func(*record) bool, *answer) {
	of, refused := belonging("data_connectors", "data_connector_id", "data_connector_not_found", "Data connector not found")(s, r)
	if refused != nil {
		return nil, refused
	}
	until, refused := secondOf(r, "end_ts", r.now)
	if refused != nil {
		return nil, refused
	}
	from, refused := secondOf(r, "start_ts", until-3600)
	if refused != nil {
		return nil, refused
	}
	success, kind := r.query.Get("success"), r.query.Get("error_type")
	return func(row *record) bool {
		o := row.peek()
		return of(row) && row.created >= from && row.created <= until &&
			(success == "" || success == text(o["success"])) && (kind == "" || kind == text(o["error_type"]))
	}, nil
}

// secondOf reads a UNIX timestamp from the query.
func secondOf(r *request, name string, standard int64) (int64, *answer) {
	s := r.query.Get(name)
	if s == "" {
		return standard, nil
	}
	n, isNumber := whole(s)
	if !isNumber {
		refused := badParameter(name + " must be a UNIX timestamp")
		return 0, &refused
	}
	return n, nil
}

func makeExecution(ws *workspace, d draft) Object {
	row := Object{
		"type": "data_connector.execution", "id": strconv.FormatInt(d.id, 10), "data_connector_id": "0", "success": true, "http_status": 200,
		"http_method": "post", "execution_time_ms": 1 + d.IntN(9000), "source_type": "workflow", "source_id": strconv.Itoa(5000 + d.IntN(9)),
		"created_at": iso(d.created), "request_url": "https://api.example/orders?id=" + strconv.Itoa(d.i), "request_body": `{"id":` + strconv.Itoa(d.i) + "}",
		"response_body": `{"state":"sent"}`, "raw_response_body": `{"state":"sent","secret":null}`,
	}
	if rows := ws.kept["data_connectors"].rows; len(rows) > 0 {
		row["data_connector_id"] = rows[d.i%min(3, len(rows))].id // the others were never called
	}
	if rows := ws.conversations.rows; len(rows) > 0 && d.one(2) {
		row["conversation_id"] = pick(d.gen, rows).id
	}
	if d.one(4) {
		row["success"], row["http_status"], row["error_type"], row["error_message"] = false, nil, "3rd_party_error", "Connection \"refused\""
		delete(row, "execution_time_ms")
		delete(row, "raw_response_body")
	}
	return row
}
