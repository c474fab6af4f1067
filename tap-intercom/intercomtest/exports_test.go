package intercomtest_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"testing"

	"intercomdw/tap-intercom/intercomtest"
)

// TestExportIsCutOffWithoutAWord counts the rows of all files of an export.
func TestExportIsCutOffWithoutAWord(t *testing.T) {
	t.Parallel()
	all := exportedRows(t, 0)
	if all < 200 {
		t.Fatalf("%d rows in an export of everything", all)
	}
	for _, most := range []int{1, 100, all, all + 1} {
		if n := exportedRows(t, most); n != min(most, all) {
			t.Errorf("%d rows of %d with room for %d", n, all, most)
		}
	}
}

// exportedRows is how many rows an export of all messages has.
func exportedRows(t *testing.T, most int) int {
	t.Helper()
	o := few()
	o.ExportRows = most
	s := intercomtest.New(t, o)
	status, job, _ := call(t, s, "POST", "/export/content/data", `{"created_at_after": 0, "created_at_before": 4000000000}`)
	if status != http.StatusOK {
		t.Fatalf("asked for an export: %d %v", status, job)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/download/content/data/"+job["job_identifier"].(string), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer any")
	r.Header.Set("Accept", "application/octet-stream")
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, entry := range z.File {
		f, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", entry.Name, err)
		}
		rows += len(lines) - 1
	}
	return rows
}
