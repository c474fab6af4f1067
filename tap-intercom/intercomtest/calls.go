package intercomtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Calls, with their transcripts.
//
// Behaviour:
//   - GET /calls by page, 25 a page and at most
//   - POST /calls/search gives the calls of at most 20 conversations with their
//     transcripts; it is not paged
//   - GET /calls/{id}/transcript is plain text, 404 when there is none;
//     GET /calls/{id}/recording leads elsewhere, 404 when there is none
//
// The transcript is kept in the call's record: a test changes it with it.
//
// Irregular on purpose:
//   - times are UNIX timestamps in every other call, ISO 8601 in the rest
//   - a call under way has neither answered_at nor ended_at; some calls have
//     neither a conversation nor a contact

func callFamily() family {
	l := listing{kind: "calls", dialect: linked, perPage: 25, most: 25, wire: func(_ *Server, _ *request, row *record) []byte { return callWire(row) }}
	return keptFamily(keptKind{
		kind: "calls", count: 57, first: 910,
		routes: []route{
			{pattern: "GET /calls", since: v214, handle: l.handle},
			{pattern: "POST /calls/search", since: v214, handle: searchCalls},
			{pattern: "GET /calls/{id}", since: v214, handle: ofCall(func(row *record) answer { return ok(callWire(row)) })},
			{pattern: "GET /calls/{id}/transcript", since: v214, handle: ofCall(plainTranscript)},
			{pattern: "GET /calls/{id}/recording", since: v214, handle: ofCall(recording)},
		},
		make: makeCall,
		streams: func(_ *workspace, r *record, _ int64, put func(string, Object)) {
			put("calls", decode(callWire(r)))
			o := r.object()
			if o["conversation_id"] != nil { // others cannot be searched for
				put("call_transcripts", Object{
					"call_id": r.id, "conversation_id": o["conversation_id"], "transcript": o["transcript"], "transcript_status": o["transcript_status"],
				})
			}
		},
	})
}

func callWire(row *record) []byte {
	return encode(omit(row.object(), "transcript", "transcript_status"))
}

func makeCall(ws *workspace, d draft) Object {
	stamp := func(second int64) any {
		if d.i%2 == 0 {
			return second
		}
		return time.Unix(second, 0).UTC().Format(time.RFC3339)
	}
	id, base := strconv.FormatInt(d.id, 10), "https://api.intercom.io/calls/"
	row := Object{
		"type": "call", "id": id, "conversation_id": nil, "admin_id": maybe(d.gen, 4, text(adminID(d.IntN(admins)))), "contact_id": nil, "state": "ended",
		"initiated_at": stamp(d.created), "answered_at": stamp(d.created + 9), "ended_at": stamp(d.created + 300), "created_at": stamp(d.created),
		"updated_at": stamp(d.updated), "recording_url": base + id + "/recording", "transcription_url": base + id + "/transcript",
		"call_type": pick(d.gen, []string{"phone", "messenger"}), "direction": pick(d.gen, []string{"inbound", "outbound"}), "ended_reason": maybe(d.gen, 3, "completed"),
		"phone": maybe(d.gen, 3, "+353"+strconv.Itoa(d.IntN(1e8))), "fin_recording_url": nil, "fin_transcription_url": nil,
		"transcript_status": "completed", "transcript": []Object{
			{"speaker": "Teammate 1", "timestamp": "00:00:03", "text": d.sentence()}, {"speaker": "User", "timestamp": 9, "text": d.sentence()},
		},
	}
	if rows := ws.conversations.rows; len(rows) > 0 && !d.one(5) {
		row["conversation_id"] = pick(d.gen, rows).id
	}
	if c := ws.someContact(d.gen); c != nil && !d.one(5) {
		row["contact_id"] = c.id
	}
	if d.i%8 == 5 {
		row["state"], row["answered_at"], row["ended_at"] = "initiated", nil, nil
		row["recording_url"], row["transcription_url"], row["transcript"], row["transcript_status"] = nil, nil, []Object{}, nil
	}
	return row
}

// ofCall answers for the call that the path names.
func ofCall(h func(*record) answer) handler {
	return func(s *Server, r *request) answer {
		row, found := s.ws.kept["calls"].get(r.PathValue("id"))
		if !found {
			return notFound("Call not found")
		}
		return h(row)
	}
}

func plainTranscript(row *record) answer {
	var text strings.Builder
	for _, v := range asList(row.peek()["transcript"]) {
		line := asObject(v)
		_, _ = fmt.Fprintf(&text, "[%v] %v: %q\n", line["timestamp"], line["speaker"], line["text"])
	}
	if text.Len() == 0 {
		return notFound("Transcript Not Found")
	}
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body: []byte(text.String())}
}

func recording(row *record) answer {
	if row.peek()["recording_url"] == nil {
		return notFound("Recording Not Found")
	}
	return answer{status: http.StatusFound, header: http.Header{"Location": {"https://recordings.example/" + row.id + "?signature=1"}}}
}

// mostSearched is how many conversations a search for calls may name.
const mostSearched = 20

func searchCalls(s *Server, r *request) answer {
	var body struct {
		ConversationIDs []string `json:"conversation_ids"`
	}
	if err := json.Unmarshal(r.body, &body); err != nil {
		return fail(http.StatusBadRequest, "bad_request", "Malformed JSON in request body")
	}
	if n := len(body.ConversationIDs); n < 1 || n > mostSearched {
		return badParameter(fmt.Sprintf("conversation_ids must hold between 1 and %d ids", mostSearched))
	}
	var items [][]byte
	for _, row := range s.ws.kept["calls"].rows {
		if slices.Contains(body.ConversationIDs, text(row.peek()["conversation_id"])) {
			items = append(items, row.wire)
		}
	}
	var w writer
	w.value("type", "list")
	w.list("data", items)
	return ok(w.object())
}
