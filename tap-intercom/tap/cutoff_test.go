package tap

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"intercomdw/tap-intercom/intercomtest"
)

// mailing is a workspace whose messages were opened days after they were sent.
// An export of it has rows at most; 0 is all.
func mailing(t *testing.T, rows int) world {
	t.Helper()
	o := nobody
	o.ExportTime, o.ExportRows = time.Second, rows
	w := newWorld(t, o)
	ids, err := w.IDs("content_receipts")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		receipt, err := w.Get("content_receipts", id)
		if err != nil {
			t.Fatal(err)
		}
		sent, _ := receipt["created_at"].(interface{ Int64() (int64, error) }).Int64()
		events, _ := receipt["events"].([]any)
		events = append(events, intercomtest.Object{"kind": "open", "opened_at": sent + 5*daySeconds})
		if err := w.Update("content_receipts", id, intercomtest.Object{"events": events}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Minute)
	return w
}

// exportRange is what an export was asked for, both included.
type exportRange struct {
	From int64 `json:"created_at_after"`
	To   int64 `json:"created_at_before"`
}

// exportRanges are the ranges of the exports that were asked for, in order.
func (w world) exportRanges(t *testing.T) []exportRange {
	t.Helper()
	var ranges []exportRange
	for _, r := range w.Requests() {
		if r.Method != "POST" || !strings.HasPrefix(r.Path, "/export/") {
			continue
		}
		var asked struct {
			exportRange
			Start int64 `json:"start_time"`
			End   int64 `json:"end_time"`
		}
		if err := json.Unmarshal([]byte(r.Body), &asked); err != nil {
			t.Fatalf("%s %s: %v", r.Path, r.Body, err)
		}
		ranges = append(ranges, exportRange{max(asked.From, asked.Start), max(asked.To, asked.End)})
	}
	return ranges
}

// wantHalves checks that the exports that were not cut off leave no second out
// between the first of the first and the last of all, are of whole days, and begin
// some days before the end of the one before.
func wantHalves(t *testing.T, ranges []exportRange, overlap int64) {
	t.Helper()
	from, end := ranges[0].From, ranges[0].To
	for i, r := range ranges {
		if r.From != from || r.To < r.From || r.From%daySeconds != 0 || (r.To != end && (r.To+1)%daySeconds != 0) {
			t.Errorf("export %d of %s to %s, want it from %s on", i, timeText(r.From), timeText(r.To), timeText(from))
		}
		if cut := i+1 < len(ranges) && ranges[i+1].From == r.From && ranges[i+1].To < r.To; !cut {
			from = r.To + 1 - overlap*daySeconds
		}
	}
	if from != end+1-overlap*daySeconds {
		t.Errorf("the last export ends with %s, want %s", timeText(ranges[len(ranges)-1].To), timeText(end))
	}
}

// TestExportThatIsCutOffIsAskedForInHalves compares what comes with an export
// that was not cut off.
func TestExportThatIsCutOffIsAskedForInHalves(t *testing.T) {
	t.Parallel()
	w, whole := mailing(t, 150), mailing(t, 0)
	got, want := tables{}, tables{}
	cut, uncut := w.must(t, command{settings: contentStreams}), whole.must(t, command{settings: contentStreams})
	got.load(t, cut.msgs)
	want.load(t, uncut.msgs)
	wantExport(t, w, got)
	delete(want, "content_export__other") // they say of which export they are
	wantSame(t, got, want)
	if cut.state() != uncut.state() {
		t.Errorf("state\n%s\nwant\n%s", cut.state(), uncut.state())
	}
	ranges := w.exportRanges(t)
	wantHalves(t, ranges, 30)
	if n := len(whole.exportRanges(t)); n != 1 || len(ranges) < 8 {
		t.Errorf("%d exports of all, %d of halves: nothing is proved", n, len(ranges))
	}
}

func TestExportThatIsCutOffStoppedAtEveryRequestThenResumed(t *testing.T) {
	t.Parallel()
	resumedAnywhere(t, mailing(t, 150), settings{"select": []string{"content_export__*", "!content_export__other"}}, 5)
}

// TestHalfThatFailsIsAskedForAgain fails the job of the first half: the next one
// is not for the whole.
func TestHalfThatFailsIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := mailing(t, 300)
	w.Control(intercomtest.Fault{Path: "/export/content/data/content2", Status: 200, Body: `{"job_identifier":"content2","status":"failed"}`})
	got := tables{}
	got.load(t, w.must(t, command{settings: contentStreams}).msgs)
	wantExport(t, w, got)
	if ranges := w.exportRanges(t); ranges[1] != ranges[2] || ranges[1].To >= ranges[0].To {
		t.Errorf("asked for %v, want the second again", ranges)
	}
}

// TestExportOfADayThatIsCutOffIsTakenAsItIs exports two days; one of them is too
// long.
func TestExportOfADayThatIsCutOffIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	w := mailing(t, 30)
	start := w.clock.Now().Add(-24 * time.Hour)
	for i := range 40 {
		if _, err := w.Add("content_receipts", intercomtest.Object{"created_at": w.clock.Now().Unix() - int64(i) - 1, "events": []intercomtest.Object{}}); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.Advance(time.Minute)
	x := w.must(t, command{settings: settings{"select": []string{"content_export__receipt"}, "start_date": start.Format(time.RFC3339)}})
	ranges := w.exportRanges(t)
	wantHalves(t, ranges, 0) // half of a day is none
	if len(ranges) != 3 || ranges[1].To+1 != ranges[2].From {
		t.Errorf("asked for %v, want both days, then each", ranges)
	}
	if want := `{"bookmarks":{"content_export__receipt":{"received_at":"2026-01-01T00:00:00Z"}}}`; x.state() != want {
		t.Errorf("state %s, want %s", x.state(), want)
	}
	if !strings.Contains(x.stderr, "the rest of that day is missing") {
		t.Errorf("nothing is said of what is missing:\n%s", x.stderr)
	}
}

// TestReportThatIsCutOffIsAskedForInHalves does so with a data set: it goes back
// three years, whatever the bookmark says.
func TestReportThatIsCutOffIsAskedForInHalves(t *testing.T) {
	t.Parallel()
	o := talk()
	o.ExportRows = 5
	w := newWorld(t, o)
	x := w.must(t, command{settings: settings{"select": []string{report1}}})
	got := tables{}
	got.load(t, x.msgs)
	if len(got[report1]) != 12 {
		t.Errorf("%d rows, the workspace has 12", len(got[report1]))
	}
	ranges := w.exportRanges(t)
	wantHalves(t, ranges, 30)
	if first := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); len(ranges) < 4 || ranges[0].From != first {
		t.Errorf("%d exports from %s on", len(ranges), timeText(ranges[0].From))
	}
}

// TestJobOfAStoppedRunIsNoReasonToGoBackBeforeTheStart goes on a day later with
// a job of the day on which everything was to begin.
func TestJobOfAStoppedRunIsNoReasonToGoBackBeforeTheStart(t *testing.T) {
	t.Parallel()
	for _, lookback := range []int{0, 30} {
		w := mailing(t, 0)
		set := settings{"select": []string{"content_export__receipt"}, "start_date": intercomtest.Epoch.Format(time.RFC3339), "export_lookback_days": lookback}
		stopped := w.stopped(t, command{settings: set}, 2)
		if !strings.Contains(stopped.state(), `"job":{"id":"content1"`) {
			t.Fatalf("state %s", stopped.state())
		}
		w.clock.Advance(26 * time.Hour)
		w.must(t, command{settings: set, state: stopped.state()})
		ranges := w.exportRanges(t)
		if len(ranges) != 2 || ranges[1].From != intercomtest.Epoch.Unix() {
			t.Errorf("lookback of %d days: asked for %v, want two ranges from %d on", lookback, ranges, intercomtest.Epoch.Unix())
		}
	}
}
