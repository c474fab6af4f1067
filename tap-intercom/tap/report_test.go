package tap

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

const report1 = "reporting__conversation"

// talk is a workspace with conversations, whose exports take a while.
func talk() intercomtest.Options {
	o := slow()
	o.Conversations = 12
	return o
}

func TestReportingDataSetsAreStreams(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.14", "2.16", "2.17"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, talk())
			x := w.must(t, command{settings: settings{"select": []string{"reporting__*"}, "api_version": version}})
			got := tables{}
			got.load(t, x.msgs)
			want := w.contents()[report1]
			if len(got[report1]) != len(want) || len(want) != 12 || len(got["reporting__conversation_state"]) != 12 {
				t.Errorf("%d and %d rows, the workspace has %d", len(got[report1]), len(got["reporting__conversation_state"]), len(want))
			}
			for _, k := range want {
				row := got[report1][k]
				o, err := w.Get("conversations", k)
				if err != nil {
					t.Fatal(err)
				}
				created, _ := o["created_at"].(interface{ Int64() (int64, error) }).Int64()
				for _, part := range []string{
					`"conversation_id":"` + k + `"`, `"conversation_started_at":"` + timeText(created) + `"`, `"people.Brand":"brand, one"`, `"conversation.Brand":"brand, one"`,
					`"Größe, \"x\"":null`, `.5,`,
				} {
					if !strings.Contains(row, part) {
						t.Errorf("row without %s: %s", part, row)
					}
				}
			}
		})
	}
}

func TestReportIsReadAgainForTheDaysBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, talk())
	set := settings{"select": []string{report1}}
	first := w.must(t, command{settings: set})
	w.clock.Advance(5 * 24 * time.Hour)
	id, err := w.Add("conversations", nil)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	second := w.must(t, command{settings: set, state: first.state()})
	want := 1
	for _, r := range first.records(report1) {
		began, _ := pick(r, "conversation_started_at")
		if unquoted(began[0]) >= "2025-12-02" { // 30 days before the bookmark
			want++
		}
	}
	if n := len(second.records(report1)); n != want || want < 2 || want > 12 || !strings.Contains(string(second.output), `"row_id":"`+id+`"`) {
		t.Errorf("%d records, want %d: an unchanged month and a new conversation", n, want)
	}
	if !strings.Contains(second.state(), `"exported_until":"2026-01-06T00:00:00Z"`) || strings.Contains(second.state(), `"job"`) {
		t.Errorf("state %s", second.state())
	}
	resumedAnywhere(t, w, set, 1)
}

func TestReportGoesOnWithTheJobOfAStoppedRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, talk())
	set := settings{"select": []string{report1}}
	ctx, cancel := context.WithCancelCause(t.Context())
	w.Control(intercomtest.Fault{Path: "/export/reporting_data/report1", Handle: func(_ http.ResponseWriter, r *http.Request) bool {
		cancel(errors.New("stopped by the test"))
		<-r.Context().Done()
		return true
	}})
	stopped := w.extract(t, command{settings: set, ctx: ctx})
	cancel(nil)
	x := w.must(t, command{settings: set, state: stopped.state()})
	if n := x.counts()[report1]; n != 12 || w.Count("POST", "/export/reporting_data/enqueue") != 1 {
		t.Errorf("%d records, %d jobs", n, w.Count("POST", "/export/reporting_data/enqueue"))
	}
	w.Control(intercomtest.Fault{Path: "/export/reporting_data/report2", Times: -1, Status: 200, Body: `{"job_identifier":"report2","status":"failed"}`})
	if n := w.must(t, command{settings: set}).counts()[report1]; n != 12 || w.Count("POST", "/export/reporting_data/enqueue") != 3 {
		t.Errorf("%d records after a failed job, %d jobs in all", n, w.Count("POST", "/export/reporting_data/enqueue"))
	}
}

// TestReportOfAnotherRunsCatalog discovers, deselects a column, and reads.
func TestReportOfAnotherRunsCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, talk())
	x := w.must(t, command{args: []string{"--discover"}})
	c := parseCatalog(t, string(x.output))
	e := c.Entry(report1)
	if e == nil || e.Selected() || w.Count("POST", "/export/**") != 0 {
		t.Fatalf("data sets in the catalog: %v", e)
	}
	e.At().Selected = singer.NewBool(true)
	e.At("properties", "channel").Selected = singer.NewBool(false)
	w.ForgetRequests()
	got := w.must(t, command{catalog: c}).records(report1)
	if len(got) != 12 || strings.Contains(string(got[0]), "channel") {
		t.Errorf("%d records: %s", len(got), got[0])
	}
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Path == "/export/reporting_data/enqueue" && strings.Contains(r.Body, "standard.channel") {
			t.Errorf("a column was asked for that is not selected: %s", r.Body)
		}
	}
	notCalled(t, w, settings{}, "reporting__*", "/export/reporting_data/enqueue")
	w.ForgetRequests()
	w.must(t, command{})
	if n := w.Count("GET", "/export/reporting_data/*"); n != 0 {
		t.Errorf("%d requests for data sets by default", n)
	}
}
