package target

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/stage"
)

// asLoader in the environment makes the test's executable a target without a pool: it loads standard input into the files of a storage
// account and says what that took. Its memory is its own, without the test's or the account's.
const asLoader = "TARGET_AZURESQLDW_TEST_LOADER"

// A loading is what it took to load an input.
type loading struct {
	Bytes, Records int64
	Seconds        float64
	Allocs         uint64
	Peak           int64 // resident, with what the kernel and the executable take
	Along          []int64
	Largest        int64 // record
}

// loader is the process under asLoader.
func loader() error {
	shares := sharesOf(benchBytes)
	files, err := stage.Open(stage.Options{Endpoint: os.Getenv(asLoader), Container: "stage", AccountKey: secret.New(blobtest.DefaultKey),
		Level: 1, MemoryBytes: shares.packed, BlockBytes: shares.blockBytes()})
	if err != nil {
		return err
	}
	p := benchPipeline(nil, files)
	p.great = limitMemory(benchBytes)
	var l loading
	const step = 64 << 20
	p.progress = func(_ string, records, bytes int64) {
		if (l.Bytes+bytes)/step != l.Bytes/step {
			l.Along = append(l.Along, resident("VmRSS"))
		}
		l.Bytes, l.Records = l.Bytes+bytes, l.Records+records
		if records == 1 {
			l.Largest = max(l.Largest, bytes)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	if err := p.do(context.Background(), os.Stdin, 0); err != nil {
		return err
	}
	l.Seconds = time.Since(began).Seconds()
	runtime.ReadMemStats(&after)
	l.Allocs, l.Peak = after.Mallocs-before.Mallocs, resident("VmHWM")
	return json.NewEncoder(os.Stdout).Encode(l)
}

const benchBytes = 128 << 20 // the default of max_batch_bytes

// resident is a line of /proc/self/status in bytes; 0 where there is none.
func resident(name string) int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := bytes.Cut(status, []byte(name+":"))
	rest, _, _ = bytes.Cut(rest, []byte("kB"))
	n, _ := strconv.ParseInt(string(bytes.TrimSpace(rest)), 10, 64)
	return n << 10
}

// loadApart has a process of its own load what write writes.
func loadApart(tb testing.TB, write func(io.Writer)) loading {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	account := blobtest.New(tb, blobtest.Options{Containers: []string{"stage"}})
	c := exec.CommandContext(tb.Context(), self)
	c.Env = append(os.Environ(), asLoader+"="+account.URL)
	var out, log bytes.Buffer
	c.Stdout, c.Stderr = &out, &log
	in, err := c.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriterSize(in, 1<<20)
	write(w)
	w.Flush()
	in.Close()
	if err := c.Wait(); err != nil {
		tb.Fatalf("%v: %s", err, &log)
	}
	var l loading
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		tb.Fatal(err)
	}
	return l
}

// mixed writes size bytes of records in so many streams: of a hundred ninety have about a kilobyte, nine up to 200 and one up to 3 MB.
func mixed(w io.Writer, streams int, size int64) {
	r := rand.New(rand.NewPCG(3, 4))
	words := strings.Fields(`the team has asked whether \"this\" export could hold every message that was sent since caf\u00e9 and \ud83d\ude00, so that nothing <p>is</p> lost`)
	var text strings.Builder
	for text.Len() < 4<<20 {
		text.WriteString(words[r.IntN(len(words))])
		fmt.Fprintf(&text, " %x ", r.Uint32())
	}
	all := text.String()
	body := func(n int) string {
		start := r.IntN(len(all) - n - 100)
		start += strings.IndexByte(all[start:], ' ')
		end := start + n
		return all[start : end+strings.IndexByte(all[end:], ' ')]
	}
	for s := range streams {
		fmt.Fprintln(w, schemaOf(fmt.Sprint("stream_", s), `"id"`, `"id":{"type":"integer"},"at":{"type":["null","string"],"format":"date-time"},"subject":{"type":["null","string"]},"body":{"type":["null","string"]}`))
	}
	for i, written := 0, int64(0); written < size; i++ {
		n := 200 + r.IntN(2000)
		switch d := r.IntN(100); {
		case d == 0:
			n = r.IntN(3_000_000)
		case d < 10:
			n = r.IntN(200_000)
		}
		m, _ := fmt.Fprintf(w, `{"type":"RECORD","stream":"stream_%d","record":{"id":%d,"at":"2026-01-02T03:04:05Z","subject":"%s","body":"%s"}}`+"\n", r.IntN(streams), i, body(40), body(n))
		written += int64(m)
		if i%1000 == 999 {
			fmt.Fprintf(w, `{"type":"STATE","value":{"at":%d}}`+"\n", i)
		}
	}
}

// BenchmarkWholeTargetMemory loads each input once, in a process of its own, and reports the most memory that was resident; more than
// docs/target.md allows is a failure. It takes minutes and is there only when asked for, as BenchmarkWholeTargetAgainstGzip is.
func BenchmarkWholeTargetMemory(b *testing.B) {
	if os.Getenv("BENCH_WHOLE") == "" {
		b.Skip("set BENCH_WHOLE=1")
	}
	for _, input := range []struct {
		name  string
		write func(io.Writer)
	}{
		{"1 GB in 200 streams", func(w io.Writer) { mixed(w, 200, 1e9) }},
		{"100 MB in 200 streams", func(w io.Writer) { mixed(w, 200, 1e8) }},
		{"200,000 contacts", func(w io.Writer) { contacts(w, 200_000) }},
		{"a record of 100 MB", func(w io.Writer) {
			greatRows(w, 1, 1, `lorem \"ipsum\" `, 1e8)
		}},
		{"20 records of 20 MB", func(w io.Writer) { greatRows(w, 20, 4, `lorem \"ipsum\" `, 2e7) }},
	} {
		b.Run(input.name, func(b *testing.B) {
			var l loading
			for b.Loop() {
				if l.Records == 0 { // once, whatever -benchtime asks
					l = loadApart(b, input.write)
				}
			}
			allowed := benchBytes + 100<<20 + 3*l.Largest
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(l.Bytes)/1e6/l.Seconds, "MB/s")
			b.ReportMetric(float64(l.Records)/l.Seconds, "records/s")
			b.ReportMetric(float64(l.Allocs)/float64(l.Records), "allocs/record")
			b.ReportMetric(float64(l.Peak)/(1<<20), "MiB-peak")
			b.ReportMetric(float64(allowed)/(1<<20), "MiB-allowed")
			b.Logf("%s: %.1f s; resident after each 64 MiB of records, in MiB: %v", input.name, l.Seconds, inMiB(l.Along))
			if l.Peak > allowed {
				b.Errorf("%d MiB were resident, %d are allowed", l.Peak>>20, allowed>>20)
			}
		})
	}
}

func inMiB(sizes []int64) []int64 {
	out := make([]int64, len(sizes))
	for i, n := range sizes {
		out[i] = n >> 20
	}
	return out
}
