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
	if many > 2*few+100 { // with the race detector a sync.Pool forgets much of what it is given
		t.Errorf("%.0f MiB for 2 streams, %.0f MiB for 600", few, many)
	}
}

func TestMemoryForgetsGreatRows(t *testing.T) {
	write := func(streams int) func(io.Writer) {
		return func(w io.Writer) {
			for s := range streams {
				fmt.Fprintln(w, schemaOf(fmt.Sprint("s", s), `"id"`, `"id":{"type":"integer"},"text":{"type":"string"}`))
			}
			great := strings.Repeat("lorem ipsum ", 40_000)
			for i := range 200 {
				fmt.Fprintln(w, recordOf(fmt.Sprint("s", i%streams), fmt.Sprintf(`{"id":%d,"text":"%s"}`, i, great)))
				for j := range 20 {
					fmt.Fprintln(w, recordOf(fmt.Sprint("s", (i+j)%streams), fmt.Sprintf(`{"id":%d,"text":"x"}`, i)))
				}
			}
		}
	}
	few, many := peakHeap(t, 2<<20, write(2)), peakHeap(t, 2<<20, write(150))
	t.Logf("%.0f MiB for 2 streams, %.0f MiB for 150", few, many)
	if many > 2*few+50 {
		t.Errorf("%.0f MiB for 2 streams, %.0f MiB for 150", few, many)
	}
}

func TestRowsThatWaitStayWithinTheirBound(t *testing.T) {
	t.Parallel()
	files := emptyStorage(t)
	l := &load{id: "sdc-1/1", files: map[int]*tableFile{}, keep: 100_000}
	row := []byte("1," + strings.Repeat("x", 997) + "\n")
	tables := make([]*table, 300)
	for i := range tables {
		tables[i] = &table{id: i, name: fmt.Sprint("t", i)}
	}
	for i := range 3000 {
		c := &chunk{table: tables[i%len(tables)], columns: 2 + i/1500, data: row, ends: []int{len(row)}}
		if err := l.add(t.Context(), files, c); err != nil {
			t.Fatal(err)
		}
		var waiting int64
		for _, f := range l.files {
			waiting += f.room()
		}
		if waiting != l.kept || waiting > l.keep {
			t.Fatalf("after %d rows %d bytes wait, %d are counted, %d are allowed", i+1, waiting, l.kept, l.keep)
		}
	}
	if l.rows != 3000 {
		t.Errorf("%d rows", l.rows)
	}
}
