package tap

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

var contentStreams = settings{"select": []string{"content_export__*"}}

// slow is a workspace whose exports take a while.
func slow() intercomtest.Options {
	o := nobody
	o.ExportTime = 30 * time.Second
	return o
}

// wantExport checks the tables against the workspace, and that the files of
// every kind were there.
func wantExport(t *testing.T, w world, got tables) {
	t.Helper()
	want, contents := w.contents(), w.Contents()
	for i := range streams {
		s := &streams[i]
		if !strings.HasPrefix(s.name, contentExport) {
			continue
		}
		n := len(contents[s.name]) // rows without an id have no key to compare
		if len(got[s.name]) != n || n == 0 {
			t.Errorf("%s: %d rows, the workspace has %d", s.name, len(got[s.name]), n)
		}
		if s.keys[0] == "row_id" || s.keys[0] == "kind" {
			continue
		}
		for _, k := range want[s.name] {
			if _, found := got[s.name][k]; !found {
				t.Errorf("%s: row %s is missing", s.name, k)
			}
		}
	}
}

func TestContentExportBringsEveryKindByOneJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow())
	// A key has no null.
	if _, err := w.Add("content_receipts", intercomtest.Object{"created_at": intercomtest.Epoch.Unix(), "ruleset_id": "", "events": []intercomtest.Object{}}); err != nil {
		t.Fatal(err)
	}
	x := w.must(t, command{settings: contentStreams})
	got := tables{}
	got.load(t, x.msgs)
	wantExport(t, w, got)
	if n := w.Count("POST", "/export/content/data"); n != 1 {
		t.Errorf("%d jobs", n)
	}
	if n := w.Count("GET", "/export/content/data/*"); n < 3 || n > 8 {
		t.Errorf("asked %d times whether a job of 30 seconds is done", n)
	}
	for _, want := range []string{`"first_open":"2`, `"name":"`, `\nfirst\"`, `"company_id":"-1"`, `"first_click":null`, `"conversation_id":null`} {
		found := false
		for _, row := range got["content_export__receipt"] {
			found = found || strings.Contains(row, want)
		}
		if !found {
			t.Errorf("no receipt has %s", want)
		}
	}
	for _, row := range got["content_export__checkpoint"] {
		if !strings.Contains(row, `"times_processed":`) || strings.Contains(row, `"times_processed":"`) || !strings.Contains(row, `Z","`) {
			t.Fatalf("checkpoint not as typed by its schema: %s", row)
		}
	}
	for _, row := range got["content_export__other"] {
		if !strings.Contains(row, `"columns":"{\"receipt_id\"`) || !strings.Contains(row, `"kind":"screen_view"`) {
			t.Fatalf("row of an unknown kind: %s", row)
		}
	}
}

// TestContentExportHasWhatHappenedSince opens a message days after it was sent,
// and after the bookmark: only an export that begins before it has the opening.
func TestContentExportHasWhatHappenedSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow())
	at := w.clock.Now().Add(-5 * 24 * time.Hour).Unix()
	id, err := w.Add("content_receipts", intercomtest.Object{"created_at": at, "events": []intercomtest.Object{}})
	if err != nil {
		t.Fatal(err)
	}
	got := tables{}
	first := w.must(t, command{settings: contentStreams})
	got.load(t, first.msgs)
	if !strings.Contains(first.state(), `"content_export__open":{"opened_at":"2026-01-01T00:00:00Z"}`) || strings.Contains(first.state(), `"job"`) {
		t.Errorf("state %s", first.state())
	}
	w.clock.Advance(10 * 24 * time.Hour)
	opened := w.clock.Now().Add(-time.Hour).Unix()
	if err := w.Update("content_receipts", id, intercomtest.Object{"events": []intercomtest.Object{{"kind": "open", "opened_at": opened}}}); err != nil {
		t.Fatal(err)
	}
	second := w.must(t, command{settings: contentStreams, state: first.state()})
	if n := len(second.records("content_export__receipt")); n >= len(got["content_export__receipt"]) {
		t.Errorf("%d receipts: everything was exported again", n)
	}
	before := len(got["content_export__open"])
	got.load(t, second.msgs)
	wantExport(t, w, got)
	if n := len(got["content_export__open"]); n != before+1 {
		t.Errorf("%d messages were opened, want one more than %d", n, before)
	}
}

func TestContentExportGoesOnWithTheJobOfAStoppedRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow())
	resumedAnywhere(t, w, contentStreams, 1)
	// An answer that names the job may be lost with the run. Once it is in the
	// state, no other is asked for. What the run is stopped at is not answered: a
	// short export would be read to its end all the same.
	for _, path := range []string{"/export/content/data/*", "/download/content/data/*"} {
		w := newWorld(t, slow())
		ctx, cancel := context.WithCancelCause(t.Context())
		w.Control(intercomtest.Fault{Path: path, Handle: func(_ http.ResponseWriter, r *http.Request) bool {
			cancel(errors.New("stopped by the test"))
			<-r.Context().Done()
			return true
		}})
		stopped := w.extract(t, command{settings: contentStreams, ctx: ctx})
		cancel(nil)
		if !strings.Contains(stopped.state(), `"job":{"id":"content1"`) {
			t.Errorf("%s: no job in the state %s", path, stopped.state())
		}
		got := tables{}
		got.load(t, w.must(t, command{settings: contentStreams, state: stopped.state()}).msgs)
		wantExport(t, w, got)
		if n := w.Count("POST", "/export/content/data"); n != 1 {
			t.Errorf("%s: %d jobs", path, n)
		}
		// When it is gone, another has all that it had.
		w.clock.Advance(72 * time.Hour)
		got = tables{}
		got.load(t, w.must(t, command{settings: contentStreams, state: stopped.state()}).msgs)
		wantExport(t, w, got)
	}
}

// TestContentExportIsNotThatOfARunThatWantedLess stops a run of the last day,
// and goes on with one of all days.
func TestContentExportIsNotThatOfARunThatWantedLess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow())
	stopped := w.stopped(t, command{settings: settings{"select": contentStreams["select"], "start_date": intercomtest.Epoch.Format(time.RFC3339)}}, 2)
	if !strings.Contains(stopped.state(), `"job":{"id":"content1"`) {
		t.Fatalf("no job in the state %s", stopped.state())
	}
	got := tables{}
	got.load(t, w.must(t, command{settings: contentStreams, state: stopped.state()}).msgs)
	wantExport(t, w, got)
}

func TestContentExportWaitsForAnothersJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow())
	r, err := http.NewRequestWithContext(t.Context(), "POST", w.URL+"/export/content/data", strings.NewReader(`{"created_at_after":1,"created_at_before":2}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer another app")
	resp, err := w.Client().Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	x := w.must(t, command{settings: contentStreams})
	got := tables{}
	got.load(t, x.msgs)
	wantExport(t, w, got)
	if !strings.Contains(x.stderr, "another export is under way") {
		t.Errorf("nothing is said of the other job:\n%s", x.stderr)
	}
}

// TestContentExportSurvivesWhatBecomesOfItsJob makes the job fail, vanish, or
// break off.
func TestContentExportSurvivesWhatBecomesOfItsJob(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]intercomtest.Fault{
		"failed":                   {Path: "/export/content/data/content1", Times: -1, Status: 200, Body: `{"job_identifier":"content1","status":"failed","download_url":""}`},
		"failed, told by a 504":    {Path: "/export/content/data/*", Status: 504, Times: 8},
		"canceled":                 {Path: "/export/content/data/content1", Times: -1, Status: 200, Body: `{"job_identifier":"content1","status":"canceled"}`},
		"gone":                     {Path: "/export/content/data/*", Status: 404},
		"expired before download":  {Path: "/download/content/data/*", Status: 410},
		"not there for a download": {Path: "/download/content/data/*", Status: 404},
		"download cut short":       {Path: "/download/content/data/*", Cut: 300, Times: 2},
		"status fails for a while": {Path: "/export/content/data/*", Status: 503, Times: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, slow())
			fault := w.Control(f)
			x := w.must(t, command{settings: contentStreams})
			if fault.Hit() == 0 {
				t.Fatal("the fault met no request")
			}
			got := tables{}
			got.load(t, x.msgs)
			wantExport(t, w, got)
			if strings.Contains(x.state(), `"job"`) {
				t.Errorf("a job is left in the state %s", x.state())
			}
		})
	}
}

func TestContentExportThatKeepsFailingKeepsNoOtherFromBeingRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow())
	w.Control(intercomtest.Fault{Path: "/export/content/data/*", Times: -1, Status: 200, Body: `{"job_identifier":"content1","status":"failed"}`})
	x := w.extract(t, command{settings: settings{"select": []string{"content_export__open", "tickets", "tags", "message_statuses"}, "concurrency": 1}})
	jobs := 0
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Path == "/export/content/data" && r.Status == http.StatusOK {
			jobs++
		}
	}
	if jobs != exportAttempts {
		t.Errorf("%d jobs, want %d", jobs, exportAttempts)
	}
	if x.code != 1 || !strings.Contains(x.stderr, "export failed") {
		t.Errorf("exit code %d, %s", x.code, x.stderr)
	}
	if n := x.counts(); n["tags"] == 0 || n["message_statuses"] == 0 {
		t.Errorf("others were not read: %v", n)
	}
}

// TestContentExportOfOneKind selects a child without its parent.
func TestContentExportOfOneKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	x := w.must(t, command{settings: settings{"select": []string{"content_export__click"}}})
	if n := x.counts(); len(n) != 1 || n["content_export__click"] != len(w.Contents()["content_export__click"]) {
		t.Errorf("records %v", n)
	}
	if strings.Contains(x.state(), `"job"`) {
		t.Errorf("a job is left in the state %s", x.state())
	}
	w.clock.Advance(time.Minute)
	again := w.must(t, command{settings: settings{"select": []string{"content_export__click"}}, state: x.state()})
	if again.state() != x.state() {
		t.Errorf("state of the same day changed from %s to %s", x.state(), again.state())
	}
	notCalled(t, w, settings{}, "content_export__*", "/export/content/data", "/export/content/data/*", "/download/content/data/*")
	w.ForgetRequests()
	w.must(t, command{})
	w.must(t, command{args: []string{"--discover"}})
	if n := w.Count("POST", "/export/**"); n != 0 {
		t.Errorf("%d exports by default and in discovery", n)
	}
}

// TestFilesOfExportsByTheirNames reads the forms of names that are described.
func TestFilesOfExportsByTheirNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"receipt_20260102-030405.csv": "receipt", "receipts_20260102_030405.csv": "receipts", "tour_step_view_20260102-030405.csv": "tour_step_view",
	} {
		if got := exportFile.FindStringSubmatch(name); got == nil || got[1] != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	var lines []string
	n, err := eachRow(t.Context(), strings.NewReader("\ufeffa, b ,a,c\n1,\"x\"\"\ny\",,\n2\n"), func(r row) error {
		lines = append(lines, string(r.object(nil, []string{"c"})))
		return nil
	})
	if want := `[{"a":"1","b":"x\"\ny","a":null,"c":""} {"a":"2"}]`; err != nil || n != 2 || fmt.Sprint(lines) != want {
		t.Errorf("%d rows %s, %v, want %s", n, lines, err, want)
	}
}
