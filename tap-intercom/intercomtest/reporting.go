package intercomtest

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Exports of reporting data sets.
//
// Behaviour:
//   - GET /export/reporting_data/get_datasets lists the data sets with their
//     attributes: conversation, and conversation_state, whose rows have no id
//   - POST /export/reporting_data/enqueue begins a job, five pending at most; all
//     four members must be given. Attributes go by qualified id, before 2.17 by
//     id too
//   - GET /export/reporting_data/{id} tells its status, pending or complete;
//     GET /download/reporting_data/{id} is a CSV
//
// Rows are those whose conversation began within the range, both ends included;
// that Options.ExportRows bounds them, too, is assumed.
// Times are of the workspace's timezone and do not say so, as others report.
//
// Irregular on purpose: columns are called by qualified id, names of attributes
// are not unique.

var datasetAttributes = map[string][]string{
	"conversation": {"standard.conversation_id", "timestamp.conversation_started_at", "standard.channel", "duration.time_to_first_close",
		"people.Brand", "conversation.Brand", "conversation.Größe, \"x\""},
	"conversation_state": {"standard.conversation_id", "timestamp.conversation_state_started_at", "standard.conversation_state"},
}

func reportingFamily() family {
	return family{
		kind: "reporting", routes: []route{
			{pattern: "GET /export/reporting_data/get_datasets", since: v214, handle: listDatasets},
			{pattern: "POST /export/reporting_data/enqueue", since: v214, handle: enqueueReport},
			{pattern: "GET /export/reporting_data/{id}", since: v214, handle: getReport},
			{pattern: "GET /download/reporting_data/{id}", since: v214, handle: downloadReport},
		},
		contents: func(ws *workspace, now int64, put func(string, Object)) {
			for _, c := range ws.conversations.rows {
				if c.created <= now {
					put("reporting__conversation", Object{"row_id": c.id})
				}
			}
		},
	}
}

func listDatasets(*Server, *request) answer {
	var sets []Object
	for _, id := range []string{"conversation", "conversation_state"} {
		var attributes []Object
		for _, qualified := range datasetAttributes[id] {
			_, simple, _ := strings.Cut(qualified, ".")
			attributes = append(attributes, Object{"id": simple, "qualified_id": qualified, "name": strings.ReplaceAll(simple, "_", " ")})
		}
		sets = append(sets, Object{"id": id, "name": id, "description": "", "default_time_attribute_id": "conversation_started_at", "attributes": attributes})
	}
	return okObject(Object{"type": "list", "data": sets})
}

func enqueueReport(s *Server, r *request) answer {
	body := decode(r.body)
	refuse := func(message string) answer { return fail(http.StatusBadRequest, "bad_request", message) }
	for _, name := range []string{"dataset_id", "attribute_ids", "start_time", "end_time"} {
		if body[name] == nil {
			return refuse("'" + name + "' is a required parameter")
		}
	}
	known, found := datasetAttributes[text(body["dataset_id"])]
	if !found {
		return refuse(text(body["dataset_id"]) + " is not a valid dataset_id")
	}
	ids := asList(body["attribute_ids"])
	if len(ids) == 0 {
		return refuse("attribute_ids must contain at least one attribute_id")
	}
	for _, id := range ids {
		if !slices.ContainsFunc(known, func(q string) bool {
			return q == text(id) || r.version < v217 && strings.HasSuffix(q, "."+text(id))
		}) {
			return refuse("attribute_ids invalid for " + text(body["dataset_id"]) + " dataset: " + text(id))
		}
	}
	from, _ := whole(body["start_time"])
	to, _ := whole(body["end_time"])
	j, refused := s.reports.start(s, from, to, body)
	if refused != nil {
		return *refused
	}
	return okObject(Object{"job_identifier": j.id, "status": "pending", "download_url": "", "download_expires_at": ""})
}

func noReport(id string) answer { return notFound("Export job not found for identifier: " + id) }

func getReport(s *Server, r *request) answer {
	j, found := s.reports.find(s, r.PathValue("id"))
	if !found {
		return noReport(r.PathValue("id"))
	}
	o := Object{"job_identifier": j.id, "status": "pending", "download_url": "", "download_expires_at": ""}
	if j.done(s) {
		o["status"], o["download_url"] = "complete", "https://api.intercom.io/download/reporting_data/"+j.id+"?app_id="+s.ws.appID
		o["download_expires_at"] = strconv.FormatInt(j.asked.Add(s.options.ExportTime+exportLife).Unix(), 10)
	}
	return okObject(o)
}

func downloadReport(s *Server, r *request) answer {
	j, found := s.reports.find(s, r.PathValue("id"))
	if !found || !j.done(s) {
		return noReport(r.PathValue("id"))
	}
	if r.Header.Get("Accept") != "application/octet-stream" {
		return fail(http.StatusNotAcceptable, "media_type_not_acceptable", "The Accept header should send a media type of application/octet-stream")
	}
	var columns []string
	for _, id := range asList(j.request["attribute_ids"]) {
		columns = append(columns, text(id))
	}
	var rows []Object
	for _, c := range s.ws.conversations.rows {
		if c.created < j.from || c.created > j.to {
			continue
		}
		if len(rows) == s.options.ExportRows {
			break
		}
		o := c.peek()
		local := time.Unix(c.created, 0).In(s.zone).Format(time.DateTime)
		values := Object{
			"conversation_id": c.id, "conversation_started_at": local, "conversation_state_started_at": local, "channel": "chat",
			"time_to_first_close": strconv.FormatInt(c.created%9999, 10) + ".5", "Brand": "brand, one", "conversation_state": o["state"],
		}
		row := Object{}
		for _, column := range columns {
			_, simple, qualified := strings.Cut(column, ".")
			if !qualified {
				simple = column
			}
			row[column] = values[simple]
		}
		rows = append(rows, row)
	}
	var b bytes.Buffer
	writeCSV(csv.NewWriter(&b), columns, rows)
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/octet-stream"}}, body: b.Bytes()}
}
