package target

import (
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
)

// peakHeap loads what write writes and returns the most that lived on the heap meanwhile, in MiB.
func peakHeap(t *testing.T, bytes int64, write func(io.Writer)) float64 {
	t.Helper()
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	var peak uint64
	p := benchPipeline(t, emptyStorage(t))
	p.limits.bytes = bytes
	p.progress = func(string, int64, int64) {
		metrics.Read(sample)
		peak = max(peak, sample[0].Value.Uint64())
	}
	in, out := io.Pipe()
	go func() {
		write(out)
		out.Close()
	}()
	if err := p.do(t.Context(), in, 0); err != nil {
		t.Fatal(err)
	}
	return float64(peak) / (1 << 20)
}

// Not parallel, and none of the functions that are runs meanwhile: it measures the heap.
func TestMemoryDoesNotGrowWithTheInput(t *testing.T) {
	short := peakHeap(t, 2<<20, func(w io.Writer) { contacts(w, 6_000) })
	long := peakHeap(t, 2<<20, func(w io.Writer) { contacts(w, 24_000) })
	t.Logf("%.0f MiB for 6,000 records, %.0f MiB for 24,000", short, long)
	if long > 1.5*short+16 {
		t.Errorf("%.0f MiB for 6,000 records, %.0f MiB for 24,000", short, long)
	}
}

func TestMemoryDoesNotGrowWithTheNumberOfStreams(t *testing.T) {
	write := func(streams int) func(io.Writer) {
		return func(w io.Writer) {
			for s := range streams {
				fmt.Fprintln(w, schemaOf(fmt.Sprint("s", s), ``, `"id":{"type":"integer"},"text":{"type":"string"}`))
			}
			text := strings.Repeat("lorem ipsum ", 80)
			for i := range 20_000 { // never a STATE: each load goes to the hard limit
				fmt.Fprintln(w, recordOf(fmt.Sprint("s", i%streams), fmt.Sprintf(`{"id":%d,"text":"%s"}`, i, text)))
			}
		}
	}
	few, many := peakHeap(t, 2<<20, write(2)), peakHeap(t, 2<<20, write(600))
	t.Logf("%.0f MiB for 2 streams, %.0f MiB for 600", few, many)
	if many > 2*few+32 {
		t.Errorf("%.0f MiB for 2 streams, %.0f MiB for 600", few, many)
	}
}
