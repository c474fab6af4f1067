package intercomtest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercomdw/catalogs"
	"intercomdw/tap-intercom/intercomtest"
)

func TestExecutionsAreThoseOfTheLastHourUnlessAsked(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(24 * hour))
	s := intercomtest.New(t, intercomtest.Options{Contacts: 3, Companies: 3, Conversations: 3, Tickets: 3, Clock: clock})
	connector := mustIDs(t, s, "data_connectors")[0]
	path := "/data_connectors/" + connector + "/execution_results"
	var ids []string
	for range 3 {
		id, err := s.Add("data_connector_executions", intercomtest.Object{"data_connector_id": connector})
		if err != nil {
			t.Fatal(err)
		}
		ids = append([]string{id}, ids...)
		clock.Advance(hour / 2)
	}
	listed := func(query string) []string {
		var got []string
		for _, row := range readAll(t, s, "", path+"?per_page=1"+query, "data") {
			got = append(got, row["id"].(string))
		}
		return got
	}
	if got := listed(""); !slices.Equal(got, ids[:2]) {
		t.Errorf("executions without a time: %v, want %v of the last hour", got, ids[:2])
	}
	first := clock.Now().Add(-hour * 3 / 2).Unix()
	if got := listed(fmt.Sprint("&start_ts=", first)); !slices.Equal(got, ids) {
		t.Errorf("executions from the first on: %v, want %v", got, ids)
	}
	if got := listed(fmt.Sprint("&start_ts=", first+1, "&end_ts=", first+1800)); !slices.Equal(got, ids[1:2]) {
		t.Errorf("executions between: %v, want %v", got, ids[1:2])
	}
	if status, o, _ := call(t, s, "GET", "/data_connectors/1/execution_results", ""); status != http.StatusNotFound || errorCode(o) != "data_connector_not_found" {
		t.Errorf("executions of no connector = %d %s, want 404 data_connector_not_found", status, errorCode(o))
	}
}

func TestExecutionsGiveAllThereIs(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	var all []map[string]any
	for _, id := range mustIDs(t, s, "data_connectors") {
		path := "/data_connectors/" + id + "/execution_results?start_ts=1&include_bodies="
		all = append(all, readAll(t, s, "", path+"true", "data")...)
		for _, row := range readAll(t, s, "", path+"false", "data") {
			if _, found := row["request_body"]; found {
				t.Fatalf("execution %v has its body without being asked", row["id"])
			}
		}
	}
	wantStream(t, s.Contents(), "data_connector_executions", all, "data_connector_id", "id", "request_body")
	failed := readAll(t, s, "", "/data_connectors/12345/execution_results?start_ts=1&success=false", "data")
	if len(failed) == 0 || slices.ContainsFunc(failed, func(row map[string]any) bool { return row["success"] != false }) {
		t.Errorf("failed executions: %v", failed)
	}
}

func TestActivityLogsWantAFirstSecond(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(hour))
	s := intercomtest.New(t, intercomtest.Options{Contacts: 3, Companies: 3, Conversations: 3, Tickets: 3, Clock: clock})
	const path = "/admins/activity_logs"
	if status, o, _ := call(t, s, "GET", path, ""); status != http.StatusBadRequest || errorCode(o) != "parameter_missing" {
		t.Errorf("GET %s = %d %s, want 400 parameter_missing", path, status, errorCode(o))
	}
	wantStream(t, s.Contents(), "activity_logs", readAll(t, s, "", path+"?created_at_after=1", "activity_logs"), "id")

	for _, days := range []int64{29, 31} {
		if _, err := s.Add("activity_logs", intercomtest.Object{"created_at": clock.Now().Unix() - days*86400}); err != nil {
			t.Fatal(err)
		}
	}
	recent := readAll(t, s, "2.17", path, "activity_logs")
	since := readAll(t, s, "2.17", fmt.Sprint(path, "?created_at_after=", clock.Now().Unix()-30*86400), "activity_logs")
	if len(recent) == 0 || !slices.Equal(keysOf(recent, "id"), keysOf(since, "id")) {
		t.Errorf("without a first second 2.17 gives %d entries, want the %d of 30 days", len(recent), len(since))
	}
	at := func(row map[string]any) int64 { return int64(row["created_at"].(float64)) }
	if !slices.IsSortedFunc(since, func(a, b map[string]any) int { return int(at(b) - at(a)) }) {
		t.Error("entries are not newest first")
	}
}

func TestActivityLogsHaveBothEdges(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		clock := intercomtest.NewClock(intercomtest.Epoch.Add(hour))
		s := intercomtest.New(t, intercomtest.Options{Contacts: 3, Companies: 3, Conversations: 3, Tickets: 3, Clock: clock, StrictSearch: strict})
		from := clock.Now().Unix()
		for range 3 {
			if _, err := s.Add("activity_logs", nil); err != nil {
				t.Fatal(err)
			}
			clock.Advance(hour)
		}
		path := fmt.Sprintf("/admins/activity_logs?created_at_after=%d&created_at_before=%d", from, from+7200)
		if got, want := len(readAll(t, s, "", path, "activity_logs")), map[bool]int{false: 3, true: 1}[strict]; got != want {
			t.Errorf("strict %t: %d entries from the first to the last, want %d", strict, got, want)
		}
	}
}

func TestKindsOfActivityAreWords(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	_, o, _ := call(t, s, "GET", "/admins/activity_log_event_types", "")
	var rows []map[string]any
	for _, name := range o["event_types"].([]any) {
		rows = append(rows, map[string]any{"event_type": name})
	}
	wantStream(t, s.Contents(), "activity_log_event_types", rows, "event_type")
}

func TestWorkspaceTellsItself(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Timezone: "Asia/Kathmandu"})
	_, me, _ := call(t, s, "GET", "/me", "")
	wantStream(t, s.Contents(), "workspace", []map[string]any{me["app"].(map[string]any)}, "id_code", "timezone")
}

func TestTicketTypesHoldTheirAttributes(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	var types, attributes []map[string]any
	for _, row := range readAll(t, s, "", "/ticket_types", "data") {
		for _, a := range row["ticket_type_attributes"].(map[string]any)["data"].([]any) {
			attributes = append(attributes, a.(map[string]any))
		}
		types = append(types, row)
	}
	held := s.Contents()
	wantStream(t, held, "ticket_types", types, "id")
	wantStream(t, held, "ticket_type_attributes", attributes, "ticket_type_id", "id")
	wantStream(t, held, "ticket_states", readAll(t, s, "", "/ticket_states", "data"), "id")
	wantStream(t, held, "subscription_types", readAll(t, s, "", "/subscription_types", "data"), "id")
}

func TestCallsAreSearchedTwentyConversationsAtATime(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Contacts: 3, Conversations: 30})
	ids := mustIDs(t, s, "conversations")
	search := func(ids []string) (int, intercomtest.Object) {
		status, o, _ := call(t, s, "POST", "/calls/search", string(mustJSON(t, map[string]any{"conversation_ids": ids})))
		return status, o
	}
	var transcripts []map[string]any
	for chunk := range slices.Chunk(ids, 20) {
		status, o := search(chunk)
		if status != http.StatusOK {
			t.Fatalf("search = %d %v, want 200", status, o)
		}
		for _, row := range listIn(o, "data") {
			transcripts = append(transcripts, map[string]any{
				"call_id": row["id"], "conversation_id": row["conversation_id"], "transcript": row["transcript"], "transcript_status": row["transcript_status"],
			})
		}
	}
	wantStream(t, s.Contents(), "call_transcripts", transcripts, "call_id", "conversation_id", "transcript_status")
	for _, ids := range [][]string{{}, ids[:21]} {
		if status, o := search(ids); status != http.StatusBadRequest || errorCode(o) != "parameter_invalid" {
			t.Errorf("search for %d conversations = %d %s, want 400 parameter_invalid", len(ids), status, errorCode(o))
		}
	}
}

func TestCallsHaveTimesOfTwoKinds(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	kinds := map[string]int{}
	for _, row := range readAll(t, s, "", "/calls", "data") {
		kinds[fmt.Sprintf("%T", row["created_at"])]++
	}
	if kinds["string"] == 0 || kinds["float64"] == 0 || len(kinds) != 2 {
		t.Errorf("kinds of created_at: %v, want strings and numbers", kinds)
	}
}

func TestTranscriptIsPlainText(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	want := map[any]int{true: http.StatusOK, false: http.StatusNotFound}
	for _, row := range readAll(t, s, "", "/calls", "data")[:8] {
		status, body, header, err := send(t, s, "", "GET", "/calls/"+row["id"].(string)+"/transcript", "")
		if err != nil {
			t.Fatal(err)
		}
		if status != want[row["transcription_url"] != nil] {
			t.Errorf("transcript of call %v = %d with transcription_url %v", row["id"], status, row["transcription_url"])
		}
		if kind := header.Get("Content-Type"); status == http.StatusOK && (kind != "text/plain; charset=utf-8" || body[0] != '[') {
			t.Errorf("transcript is %s: %s", kind, body)
		}
	}
}

func TestCustomObjectsAreListedByType(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	for _, typ := range []string{"order", "Subscription plan"} {
		rows := readAll(t, s, "", "/custom_object_instances/"+url.PathEscape(typ), "data")
		if len(rows) == 0 {
			t.Errorf("there is no %s", typ)
		}
		wantStream(t, s.Contents(), "custom_objects__"+typ, rows, "type", "id")
	}
	if status, _, _ := call(t, s, "GET", "/custom_object_instances/unicorn", ""); status != http.StatusNotFound {
		t.Errorf("a type that does not exist = %d, want 404", status)
	}
}

func TestMessageStatusesNeedARuleset(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	var all []map[string]any
	for _, ruleset := range []string{"12345", "12348"} {
		rows := readAll(t, s, "", "/messages/status?ruleset_id="+ruleset, "events")
		all = append(all, given(rows, map[string]any{"ruleset_id": ruleset})...)
	}
	wantStream(t, s.Contents(), "message_statuses", all, "ruleset_id", "id")
	if status, o, _ := call(t, s, "GET", "/messages/status", ""); status != http.StatusBadRequest || o["message"] == nil {
		t.Errorf("without a ruleset = %d %v, want 400 and a message", status, o)
	}
}

func TestTeamMetricsCountWhatIsAssigned(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(hour))
	s := intercomtest.New(t, intercomtest.Options{Conversations: 90, Clock: clock})
	var all []map[string]any
	for _, id := range mustIDs(t, s, "teams") {
		all = append(all, given(readAll(t, s, "", "/teams/"+id+"/metrics", "data"), map[string]any{"team_id": id})...)
	}
	wantStream(t, s.Contents(), "team_metrics", all, "team_id", "admin_id", "open", "idle", "snoozed")

	team, admin := all[0]["team_id"].(string), all[0]["admin_id"].(string)
	before := all[0]["open"].(float64)
	if _, err := s.Add("conversations", intercomtest.Object{"state": "open", "team_assignee_id": team, "admin_assignee_id": admin}); err != nil {
		t.Fatal(err)
	}
	idle := func(threshold int) float64 {
		row := readAll(t, s, "", fmt.Sprintf("/teams/%s/metrics?idle_threshold=%d", team, threshold), "data")[0]
		if row["open"] != before+1 {
			t.Errorf("open %v, want one more than %v", row["open"], before)
		}
		return row["idle"].(float64)
	}
	clock.Advance(hour)
	if at, after := idle(3600), idle(3599); after != at+1 {
		t.Errorf("idle after 3600 seconds %v, after 3599 %v, want one more", at, after)
	}
	if status, o, _ := call(t, s, "GET", "/teams/1/metrics", ""); status != http.StatusNotFound || errorCode(o) != "team_not_found" {
		t.Errorf("metrics of no team = %d %s, want 404 team_not_found", status, errorCode(o))
	}
}

// schemaOf names the schema of a stream: those of one template share theirs.
func schemaOf(stream string) string {
	for _, template := range []string{"custom_objects", "reporting"} {
		if strings.HasPrefix(stream, template+"__") {
			return template
		}
	}
	return stream
}

// The workspace tells every stream that has a schema, and no other.
func TestContentsAreTheStreamsOfTheCatalogs(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Clock: intercomtest.NewClock(intercomtest.Epoch)}) // events are young
	ids := mustIDs(t, s, "contacts")
	if err := s.Merge(ids[0], ids[1]); err != nil { // else there are no activities
		t.Fatal(err)
	}
	held := s.Contents()
	for stream, rows := range held {
		if of := schemaOf(stream); of != stream {
			held[of] = append(held[of], rows...)
			delete(held, stream)
		}
	}
	names := slices.Sorted(maps.Keys(held))
	if diff := cmp.Diff(catalogs.Names(), names); diff != "" {
		t.Errorf("streams (-catalogs +contents):\n%s", diff)
	}
	for stream, rows := range held {
		wantKnown(t, stream, rows)
	}
}
