package target

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/stage"
)

// peakHeap loads what write writes and returns the most that lived on the heap meanwhile beyond what did before, in MiB. The collector runs so
// often that hardly anything else is on the heap.
func peakHeap(t *testing.T, bytes int64, write func(io.Writer)) float64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	var peak atomic.Uint64
	look := func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		for now := sample[0].Value.Uint64(); ; {
			if before := peak.Load(); before >= now || peak.CompareAndSwap(before, now) {
				return
			}
		}
	}
	runtime.GC()
	look()
	before := peak.Load()
	shares := sharesOf(bytes)
	p := benchPipeline(t, storageFor(t, shares, look))
	p.limits.bytes = bytes
	p.progress = func(string, int64, int64) { look() }
	p.now = func() time.Time { look(); return time.Now() } // every worker asks before it makes rows
	in, out := io.Pipe()
	go func() {
		write(out)
		out.Close()
	}()
	if err := p.do(t.Context(), in, 0); err != nil {
		t.Fatal(err)
	}
	if left := p.budget.used; left != 0 {
		t.Errorf("%d bytes of the budget have not been given back", left)
	}
	return float64(peak.Load()-before) / (1 << 20)
}

// storageFor keeps nothing and calls look while it is written to.
func storageFor(t *testing.T, s shares, look func()) *stage.Container {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		look()
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(server.Close)
	files, err := stage.Open(stage.Options{Endpoint: server.URL + "/account", Container: "c", AccountKey: secret.New("a2V5"),
		Level: 1, MemoryBytes: s.packed, BlockBytes: s.blockBytes()})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Not parallel either. The bound is that of docs/target.md without the last quarter, which is the collector's, and with less of a fixed part: neither
// the executable nor a connection to a pool is in it.
func TestMemoryKeepsToItsBound(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of megabytes of input")
	}
	const limit, fixed = 32, 24 // MiB
	for _, c := range []struct {
		name  string
		row   float64 // the greatest, MiB
		write func(io.Writer)
	}{
		{"200 streams with rows up to 3 MB", 3, func(w io.Writer) { mixed(w, 200, 40e6) }},
		{"rows of 12 MB", 12, func(w io.Writer) { greatRows(w, 6, 3, `lorem ipsum`, 12e6) }},
		{"rows of 12 MB full of escapes", 12, func(w io.Writer) { greatRows(w, 4, 1, `\"\u00e9\n`, 12e6) }},
		{"rows between small ones", 4, func(w io.Writer) {
			for i := range 6 {
				greatRows(w, 1, 1, `lorem \"ipsum\"`, 4e6)
				greatRows(w, 5000, 100, "x", 500+i)
			}
		}},
		{"items of arrays", 12, func(w io.Writer) { // its rows are what is greatest about it
			fmt.Fprintln(w, schemaOf("s", `"id"`, `"id":{"type":"integer"},"list":{"type":"array","items":{"type":"string"}}`))
			for i := range 6 {
				fmt.Fprintf(w, `{"type":"RECORD","stream":"s","record":{"id":%d,"list":["a"`, i)
				for range 1000 {
					io.WriteString(w, strings.Repeat(`,"lorem ipsum dolor"`, 200))
				}
				fmt.Fprintln(w, `]}}`)
			}
		}},
		{"no STATE, so that a load goes to the hard limit", 0, func(w io.Writer) {
			for s := range 300 {
				fmt.Fprintln(w, schemaOf(fmt.Sprint("s", s), ``, `"id":{"type":"integer"},"text":{"type":"string"}`))
			}
			noise := rand.NewChaCha8([32]byte{})
			for i := range 10_000 {
				raw := make([]byte, 1500)
				noise.Read(raw)
				fmt.Fprintln(w, recordOf(fmt.Sprint("s", i%300), fmt.Sprintf(`{"id":%d,"text":"%x"}`, i, raw)))
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, most := peakHeap(t, limit<<20, c.write), limit*3/4+fixed+3*c.row
			t.Logf("%.0f MiB, %.0f are allowed", got, most)
			if got > most {
				t.Errorf("%.0f MiB were in use at a time, more than %.0f", got, most)
			}
		})
	}
}

// greatRows writes so many rows of about size bytes, in turn in so many streams.
func greatRows(w io.Writer, rows, streams int, text string, size int) {
	for s := range streams {
		fmt.Fprintln(w, schemaOf(fmt.Sprint("s", s), `"id"`, `"id":{"type":"integer"},"text":{"type":"string"}`))
	}
	part := strings.Repeat(text, 1+(50<<10)/len(text)) // written in parts: the test's own memory counts as well
	for i := range rows {
		fmt.Fprintf(w, `{"type":"RECORD","stream":"s%d","record":{"id":%d,"text":"`, i%streams, i)
		for n := size; n > 0; n -= len(part) {
			if n < len(part) {
				io.WriteString(w, strings.Repeat(text, n/len(text)))
			} else {
				io.WriteString(w, part)
			}
		}
		fmt.Fprintln(w, `"}}`)
	}
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
			for i := range 120 {
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
