package intercomtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

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
	wantStream(t, s, "data_connector_executions", all, "data_connector_id", "id", "request_body")
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
	wantStream(t, s, "activity_logs", readAll(t, s, "", path+"?created_at_after=1", "activity_logs"), "id")

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
	wantStream(t, s, "activity_log_event_types", rows, "event_type")
}

func TestWorkspaceTellsItself(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, intercomtest.Options{Timezone: "Asia/Kathmandu"})
	_, me, _ := call(t, s, "GET", "/me", "")
	wantStream(t, s, "workspace", []map[string]any{me["app"].(map[string]any)}, "id_code", "timezone")
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
	wantStream(t, s, "ticket_types", types, "id")
	wantStream(t, s, "ticket_type_attributes", attributes, "ticket_type_id", "id")
	wantStream(t, s, "ticket_states", readAll(t, s, "", "/ticket_states", "data"), "id")
	wantStream(t, s, "subscription_types", readAll(t, s, "", "/subscription_types", "data"), "id")
}
