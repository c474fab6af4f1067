package intercomtest

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Exports of outbound messages: who received them, and what they did.
//
// Behaviour:
//   - POST /export/content/data with created_at_after and created_at_before
//     begins a job, one at a time; GET /export/content/data/{id} tells its
//     status, pending, completed or no_data; POST /export/cancel/{id} ends it
//   - GET /download/content/data/{id} is a ZIP with a CSV for each kind that
//     has rows, named by kind and time; without Accept: application/octet-stream
//     it is 406, which is assumed
//   - receipts of the range are in it, both ends included, and what happened to
//     them within the range; the first times too are those within the range.
//     Of more than Options.ExportRows rows the last are left out; that all files
//     count together is assumed
//
// Times are written as Intercom's other CSVs have them, 2025-05-06 07:08:09
// UTC, which is assumed. Tests change the receipts, kind content_receipts; what
// happened is the list events of a receipt.
//
// Irregular on purpose: the file of screen views is of a kind that nobody has
// described, names have commas, quotes and lines, company_id is -1 for nobody.

const csvTime = "2006-01-02 15:04:05 MST"

// exportColumns are the columns of the files, as far as they are not those of
// the receipt.
var exportColumns = map[string][]string{
	"open":        {"receipt_id", "opened_at"},
	"click":       {"receipt_id", "clicked_at", "link_type", "url"},
	"reply":       {"receipt_id", "replied_at"},
	"completion":  {"receipt_id", "completed_at"},
	"dismissal":   {"receipt_id", "dismissed_at"},
	"answer":      {"receipt_id", "answered_at", "question_id", "question", "response_type", "response"},
	"unsubscribe": {"receipt_id", "unsubscribed_at"},
	"hard_bounce": {"receipt_id", "hard_bounced_at"},
	"screen_view": {"receipt_id", "screen", "viewed_at"},

	"soft_bounce":          {"receipt_id", "soft_bounced_at"},
	"goal_success":         {"receipt_id", "goal_hit_at"},
	"reaction":             {"receipt_id", "reacted_at", "reaction"},
	"series_exit":          {"receipt_id", "exited_at"},
	"series_completion":    {"receipt_id", "completed_at", "completion_node_ruleset_id"},
	"series_disengagement": {"receipt_id", "disengaged_at", "disengaged_node_ruleset_id"},
	"tour_step_view":       {"receipt_id", "step_id", "viewed_at"},
	"tour_step_failure":    {"receipt_id", "step_id", "failed_selector", "failure_url", "failed_at"},
	"fin_step_reached":     {"receipt_id", "involved_at", "content_id", "content_type", "ruleset_id", "conversation_id"},
	"checkpoint":           {"user_id", "company_id", "series_entry_record_id", "ruleset_id", "status_code", "status_name", "created_at", "last_processed_at", "expires_at", "times_processed"},
}

// exportTimes are the columns that date a row.
var exportTimes = map[string]string{
	"open": "opened_at", "click": "clicked_at", "reply": "replied_at", "completion": "completed_at", "dismissal": "dismissed_at", "answer": "answered_at",
	"unsubscribe": "unsubscribed_at", "hard_bounce": "hard_bounced_at", "screen_view": "viewed_at", "soft_bounce": "soft_bounced_at",
	"goal_success": "goal_hit_at", "reaction": "reacted_at", "series_exit": "exited_at", "series_completion": "completed_at",
	"series_disengagement": "disengaged_at", "tour_step_view": "viewed_at", "tour_step_failure": "failed_at", "fin_step_reached": "involved_at",
	"checkpoint": "created_at",
}

var receiptColumns = []string{
	"user_id", "user_external_id", "company_id", "company_external_id", "email", "name", "ruleset_id", "content_id", "content_type", "content_title",
	"created_via", "device", "ruleset_version_id", "receipt_id", "received_at", "conversation_id", "series_id", "series_title", "node_id",
	"first_open", "first_click", "first_reply", "first_dismissal",
}

func contentExportFamily() family {
	return keptFamily(keptKind{
		kind: "content_receipts", count: 60, first: 5_000_000,
		routes: []route{
			{pattern: "POST /export/content/data", handle: startContentExport},
			{pattern: "GET /export/content/data/{id}", handle: getContentExport},
			{pattern: "POST /export/cancel/{id}", handle: cancelContentExport},
			{pattern: "GET /download/content/data/{id}", handle: downloadContentExport},
		},
		make: makeReceipt,
		streams: func(_ *workspace, r *record, now int64, put func(string, Object)) {
			for kind, rows := range exported(r, 0, now) {
				if exportColumns[kind] == nil && kind != "receipt" || kind == "screen_view" {
					continue
				}
				for _, o := range rows {
					put("content_export__"+kind, o)
				}
			}
			for _, o := range exported(r, 0, now)["screen_view"] {
				put("content_export__other", Object{"kind": "screen_view", "receipt_id": o["receipt_id"]})
			}
		},
	})
}

// exported are the rows that one receipt gives to an export, by kind.
func exported(r *record, from, to int64) map[string][]Object {
	o := r.object()
	rows := map[string][]Object{}
	sent, _ := whole(o["created_at"])
	if sent < from || sent > to {
		return rows
	}
	events := asList(o["events"])
	receipt := omit(o, "id", "created_at", "updated_at", "events")
	receipt["received_at"] = csvMoment(sent)
	for _, e := range events {
		event := asObject(e)
		kind := text(event["kind"])
		at, _ := whole(event[exportTimes[kind]])
		if at < from || at > to {
			continue
		}
		row := Object{"receipt_id": r.id}
		maps.Copy(row, event)
		delete(row, "kind")
		for name, v := range row {
			if len(name) > 3 && name[len(name)-3:] == "_at" {
				row[name] = csvMoment(v)
			}
		}
		if kind == "checkpoint" {
			delete(row, "receipt_id")
		}
		rows[kind] = append(rows[kind], row)
		if first := "first_" + kind; slices.Contains(receiptColumns, first) && receipt[first] == nil {
			receipt[first] = row[exportTimes[kind]]
		}
	}
	rows["receipt"] = []Object{receipt}
	return rows
}

func csvMoment(v any) any {
	at, isTime := whole(v)
	if !isTime {
		return v
	}
	return time.Unix(at, 0).UTC().Format(csvTime)
}

func makeReceipt(_ *workspace, d draft) Object {
	id := strconv.FormatInt(d.id, 10)
	name, email := d.person()
	row := Object{
		"id": id, "receipt_id": id, "created_at": d.created, "user_id": d.objectID(), "user_external_id": maybe(d.gen, 2, "ext-"+id), "company_id": "-1",
		"company_external_id": nil, "email": email, "name": name + ", \"the\nfirst\"", "ruleset_id": strconv.Itoa(12_000 + d.i%5), "content_id": strconv.Itoa(77_000 + d.i%7),
		"content_type": pick(d.gen, []string{"email", "chat", "tour", "survey"}), "content_title": d.sentence(), "created_via": "web", "device": maybe(d.gen, 3, "ios"),
		"ruleset_version_id": "1", "conversation_id": nil, "series_id": "-1", "series_title": nil, "node_id": nil,
	}
	events := []Object{}
	at := d.created
	for j, kind := range slices.Sorted(maps.Keys(exportColumns)) {
		if d.i != 0 && (d.i+j)%7 > 1 {
			continue
		}
		at++
		event := Object{"kind": kind}
		for _, column := range exportColumns[kind] {
			switch column {
			case "receipt_id":
			case "times_processed":
				event[column] = 1 + j
			case exportTimes[kind]:
				event[column] = at
			case "last_processed_at", "expires_at":
				event[column] = at + 3600
			default:
				event[column] = column + " " + id
			}
		}
		events = append(events, event)
	}
	row["events"] = events
	return row
}

func startContentExport(s *Server, r *request) answer {
	body := decode(r.body)
	from, isFrom := whole(body["created_at_after"])
	to, isTo := whole(body["created_at_before"])
	if !isFrom || !isTo || from > to {
		return fail(http.StatusBadRequest, "parameter_invalid", "created_at_after and created_at_before must be a range of timestamps")
	}
	j, refused := s.contentExports.start(s, from, to, body)
	if refused != nil {
		return *refused
	}
	return okObject(Object{"job_identifier": j.id, "status": "pending", "download_url": "", "download_expires_at": ""})
}

var noExport = fail(http.StatusNotFound, "not_found", "Object not found.")

func getContentExport(s *Server, r *request) answer {
	j, found := s.contentExports.find(s, r.PathValue("id"))
	if !found {
		return noExport
	}
	o := Object{"job_identifier": j.id, "status": "pending", "download_url": "", "download_expires_at": ""}
	switch {
	case j.canceled:
		o["status"] = "canceled"
	case j.done(s) && len(s.exportedRows(j)) == 0:
		o["status"] = "no_data"
	case j.done(s):
		o["status"], o["download_url"] = "completed", "https://api.intercom.io/download/content/data/"+j.id
		o["download_expires_at"] = strconv.FormatInt(j.asked.Add(s.options.ExportTime+exportLife).Unix(), 10)
	}
	return okObject(o)
}

func cancelContentExport(s *Server, r *request) answer {
	j, found := s.contentExports.find(s, r.PathValue("id"))
	if !found {
		return noExport
	}
	s.contentExports.mu.Lock()
	j.canceled = true
	s.contentExports.mu.Unlock()
	return okObject(Object{"job_identifier": j.id, "status": "canceled", "download_url": "", "download_expires_at": ""})
}

// exportedRows are the rows of a job, by kind.
func (s *Server) exportedRows(j *job) map[string][]Object {
	rows := map[string][]Object{}
	for _, r := range s.ws.kept["content_receipts"].rows {
		for kind, more := range exported(r, j.from, j.to) {
			rows[kind] = append(rows[kind], more...)
		}
	}
	return rows
}

func downloadContentExport(s *Server, r *request) answer {
	j, found := s.contentExports.find(s, r.PathValue("id"))
	if !found || !j.done(s) || j.canceled {
		return noExport
	}
	if r.Header.Get("Accept") != "application/octet-stream" {
		return fail(http.StatusNotAcceptable, "media_type_not_acceptable", "The Accept header should send a media type of application/octet-stream")
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	rows, room := s.exportedRows(j), s.options.ExportRows
	for _, kind := range slices.Sorted(maps.Keys(rows)) {
		columns := exportColumns[kind]
		if kind == "receipt" {
			columns = receiptColumns
		}
		f, err := z.Create(kind + "_" + j.asked.UTC().Format("20060102-150405") + ".csv")
		if err != nil {
			panic("intercomtest: " + err.Error())
		}
		there := rows[kind][:min(len(rows[kind]), room)]
		room -= len(there)
		writeCSV(csv.NewWriter(f), columns, there)
	}
	if err := z.Close(); err != nil {
		panic("intercomtest: " + err.Error())
	}
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/octet-stream"}}, body: b.Bytes()}
}

// writeCSV writes rows under a line with the names of their columns.
func writeCSV(w *csv.Writer, columns []string, rows []Object) {
	lines := [][]string{columns}
	for _, row := range rows {
		line := make([]string, len(columns))
		for i, column := range columns {
			line[i] = text(row[column])
		}
		lines = append(lines, line)
	}
	if err := w.WriteAll(lines); err != nil {
		panic("intercomtest: " + err.Error())
	}
}
