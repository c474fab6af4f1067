package tap

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

// BenchmarkWholeWorkspace reads a workspace of 20,000 conversations with their
// parts, 20,000 contacts and 2,000 companies, at 150 ms a request and 1,667
// requests per ten seconds, with the program as it is shipped, in a process of its
// own. It reports
//
//   - x-bound: the time over that which the rate window alone demands: all requests
//     at 1,667 per 10 s, less the reserve for other apps;
//   - x-sequential: how many times faster it is than one request after another, with
//     concurrency 1 and no limit. That is measured on a workspace of a hundredth and
//     scaled by the number of requests; with BENCH_TAP=sequential on the same
//     workspace, which takes two hours;
//   - peak-MiB: the most memory that was resident.
//
// It takes some minutes, so it runs only when BENCH_TAP is set (make bench-tap).
func BenchmarkWholeWorkspace(b *testing.B) {
	if os.Getenv("BENCH_TAP") == "" {
		b.Skip("takes minutes: set BENCH_TAP")
	}
	const rate, reserve, latency = 1667, 0.1, 150 * time.Millisecond
	program := filepath.Join(b.TempDir(), "tap-intercom")
	build := exec.CommandContext(b.Context(), "go", "build", "-o", program, "intercomdw/tap-intercom")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the tap: %v\n%s", err, out)
	}
	workspace := func(share int) intercomtest.Options {
		return intercomtest.Options{Seed: 1, Conversations: 20_000 / share, Contacts: 20_000 / share, Companies: 2_000 / share, Tickets: 1_000 / share, Latency: latency}
	}
	share := 100
	if os.Getenv("BENCH_TAP") == "sequential" {
		share = 1
	}
	sequential := readWorkspace(b, program, 1, workspace(share))
	each := sequential.took.Seconds() / float64(sequential.requests)
	b.Logf("one after another: %d requests in %v, peak %.0f MiB", sequential.requests, sequential.took.Round(time.Second), sequential.peak)
	for b.Loop() {
		limited := workspace(1)
		limited.Rate = rate
		got := readWorkspace(b, program, 40, limited)
		bound := float64(got.requests) / (math.Floor(rate*(1-reserve)) / 10)
		b.ReportMetric(got.took.Seconds(), "s")
		b.ReportMetric(float64(got.requests), "requests")
		b.ReportMetric(float64(got.refused), "429s")
		b.ReportMetric(float64(got.records), "records")
		b.ReportMetric(float64(got.records)/got.took.Seconds(), "records/s")
		b.ReportMetric(got.took.Seconds()/bound, "x-bound")
		b.ReportMetric(each*float64(got.requests)/got.took.Seconds(), "x-sequential")
		b.ReportMetric(got.peak, "peak-MiB")
	}
}

// reading is what it took to read a workspace.
type reading struct {
	took                       time.Duration
	requests, refused, records int
	peak                       float64 // MiB
}

// readWorkspace runs the tap on a new workspace.
func readWorkspace(b *testing.B, program string, concurrency int, o intercomtest.Options) reading {
	b.Helper()
	s, err := intercomtest.Start(o)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	settings, err := json.Marshal(map[string]any{"access_token": "t", "base_url": s.URL, "concurrency": concurrency, "log_level": "warning"})
	if err != nil {
		b.Fatal(err)
	}
	config := filepath.Join(b.TempDir(), "config.json")
	if err := os.WriteFile(config, settings, 0o600); err != nil {
		b.Fatal(err)
	}
	var said bytes.Buffer
	tap := exec.CommandContext(b.Context(), program, "--config", config)
	tap.Stderr = &said
	out, err := tap.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := tap.Start(); err != nil {
		b.Fatal(err)
	}
	ended, peak := make(chan struct{}), make(chan float64)
	go func() { peak <- watchMemory(tap.Process.Pid, ended) }()
	records, err := countRecords(out)
	close(ended)
	if err := errors.Join(err, tap.Wait()); err != nil {
		b.Fatalf("tap: %v\n%s", err, said.String())
	}
	r := reading{took: time.Since(began), records: records, peak: <-peak}
	for _, request := range s.Requests() {
		r.requests++
		if request.Status == 429 {
			r.refused++
		}
	}
	return r
}

// watchMemory follows the most memory that a process has had resident, in MiB, until
// it ends. It is read from Linux's /proc: what getrusage says of a child begins with the
// size of its parent. Elsewhere it is 0.
func watchMemory(process int, ended <-chan struct{}) float64 {
	peak := 0.0
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
		if _, after, found := bytes.Cut(status, []byte("VmHWM:")); err == nil && found {
			var kilobytes float64
			if _, err := fmt.Sscan(string(after), &kilobytes); err == nil {
				peak = max(peak, kilobytes/1024)
			}
		}
		select {
		case <-ended:
			return peak
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// countRecords counts the RECORD messages of a tap.
func countRecords(from io.Reader) (records int, err error) {
	lines := bufio.NewReaderSize(from, 1<<20)
	for begins := true; ; {
		part, more, err := lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		if begins && bytes.HasPrefix(part, []byte(`{"type":"RECORD"`)) {
			records++
		}
		begins = !more
	}
}
