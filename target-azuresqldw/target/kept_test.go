package target

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Rowers and batches keep their buffers for the next record or batch, and there are many of them: what they keep has bounds that the heap tests are
// too coarse to see.

func TestARowerKeepsNoGreatBuffers(t *testing.T) {
	t.Parallel()
	great := strings.Repeat("lorem ipsum ", greatBytes/4)
	for name, record := range map[string]string{
		"text":                    `{"id":1,"text":"` + great + `"}`,
		"text a little too long":  `{"id":1,"text":"` + great[:greatBytes*5/4] + `"}`,
		"text with escapes":       `{"id":1,"text":"` + strings.ReplaceAll(great, " ", `\n`) + `"}`,
		"halves of surrogates":    `{"id":1,"text":"` + strings.Repeat(`\ud83d`, greatBytes) + `"}`,
		"text where a time goes":  `{"id":1,"at":"` + strings.ReplaceAll(great, " ", `\n`) + `"}`,
		"JSON text":               `{"id":1,"kept":["` + great + `"]}`,
		"a name with escapes":     `{"id":1,"\n` + great + `":null}`,
		"an item":                 `{"id":1,"list":["a","` + great + `"]}`,
		"items":                   `{"id":1,"list":["a"` + strings.Repeat(`,"lorem ipsum"`, greatBytes) + `]}`,
		"items of items":          `{"id":1,"lists":[[0` + strings.Repeat(`,1`, greatBytes) + `],[2]]}`,
		"text beside an item":     `{"id":1,"text":"` + great + `","list":["a"]}`,
		"a member that is undone": `{"id":1,"text":"` + great + `","text":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"},"text":{"type":"string"},"at":{"type":"string","format":"date-time"},
				"list":{"type":"array","items":{"type":"string"}},"lists":{"type":"array","items":{"type":"array","items":{"type":"integer"}}}}}`, "id")
			b.mustAdd(record)
			b.rower.keepsNothingGreat(t)
			b.mustAdd(`{"id":2,"text":"x","list":["y"]}`)
			if len(b.rower.spares) == 0 {
				t.Error("no buffer is kept of a small record")
			}
		})
	}
}

func TestARowerKeepsNoGreatBuffersOfARecordThatWaitsForTheLayout(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"},"text":{"type":"string"},"list":{"type":"array","items":{"type":"string"}}}}`, "id")
	b.mustAdd(`{"id":1,"list":["x"]}`)
	great := strings.Repeat("lorem ipsum ", greatBytes/4)
	rec := &record{stream: b.stream, plan: &plan{generation: 1}, raw: []byte(`{"id":2,"text":"` + great + `","list":["` + great + `"],"new":1}`), line: 2}
	b.rower.extend = false
	if err := b.rower.add(rec); !errors.Is(err, errLayout) {
		t.Fatalf("error %v, want %v", err, errLayout)
	}
	b.rower.keepsNothingGreat(t)
}

func TestARowerKeepsNoGreatBuffersOfARecordThatIsSetAside(t *testing.T) {
	t.Parallel()
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"},"text":{"type":"string"},"list":{"type":"array","items":{"type":"string"}}}}`, "id")
	great := strings.Repeat("lorem ipsum ", greatBytes/4)
	if err := b.add(`{"text":"` + great + `","list":["` + great + `"],"id":"x"}`); err == nil {
		t.Fatal("a text is taken for a number")
	}
	b.rower.keepsNothingGreat(t)
}

// keepsNothingGreat looks at what a rower keeps between two records.
func (r *rower) keepsNothingGreat(t *testing.T) {
	t.Helper()
	room := map[string]int{"a string without its escapes": cap(r.text), "a piece of a string": cap(r.quoted)}
	for i, data := range r.spares {
		room[fmt.Sprint("spare buffer ", i)] = cap(data)
	}
	for _, w := range r.scratch {
		if w != nil {
			room["the rows of "+w.table.name] = cap(w.data) + cap(w.pending) + 16*cap(w.rows)
		}
	}
	for what, bytes := range room {
		if bytes > greatBytes {
			t.Errorf("%d bytes are kept of %s, more than %d", bytes, what, greatBytes)
		}
	}
}

func TestARowerKeepsFewBuffersHoweverManyTablesThereAre(t *testing.T) {
	t.Parallel()
	var properties, members strings.Builder
	for i := range 100 {
		fmt.Fprintf(&properties, `,"list%d":{"type":"array","items":{"type":"string"}}`, i)
		fmt.Fprintf(&members, `,"list%d":["a","b"]`, i)
	}
	b := newBench(t, layoutOptions{}, `{"properties":{"id":{"type":"integer"}`+properties.String()+`}}`, "id")
	for range 3 {
		b.mustAdd(`{"id":1` + members.String() + `}`)
		if n := len(b.rower.spares); n != sparesOfRower {
			t.Errorf("%d buffers are kept, want %d", n, sparesOfRower)
		}
	}
}

// Any chunk may be any table's in the next batch, so that in time each has held the greatest.
func TestABatchKeepsChunksWithinItsBound(t *testing.T) {
	t.Parallel()
	tables := make([]*table, 30)
	for i := range tables {
		tables[i] = &table{id: i, name: fmt.Sprint("t", i), columns: []*column{{}, {}}}
	}
	b := &batch{}
	for round := range tables {
		for i, table := range tables {
			c, size := b.out.chunk(table), 1000
			if i == round {
				size = batchBytes * 3 / 4
			}
			c.data = append(c.data, make([]byte, size)...)
			c.ends = append(c.ends, len(c.data))
		}
		b.reset()
		var room int64
		for _, c := range b.out.free {
			room += c.room()
		}
		if n := len(b.out.free); n != len(tables) || room > 2*batchBytes {
			t.Fatalf("after %d batches %d chunks are kept, with %d bytes; want %d with %d at most", round+1, n, room, len(tables), 2*batchBytes)
		}
		if room < batchBytes/2 {
			t.Fatalf("after %d batches %d bytes are kept: the next batch must make all of its chunks anew", round+1, room)
		}
	}
}

func TestABatchKeepsNoGreatBuffers(t *testing.T) {
	t.Parallel()
	b := &batch{}
	b.buf = make([]byte, 0, 2*batchBytes)
	b.hold([]byte(`{"id":1}`))
	b.mark(2, make([]byte, batchBytes))
	b.reset()
	if cap(b.buf) != 2*batchBytes || cap(b.marked) < batchBytes {
		t.Errorf("%d bytes are kept for records and %d for states; nothing of that is great", cap(b.buf), cap(b.marked))
	}
	b.buf = make([]byte, 0, 2*batchBytes+1)
	b.mark(2, make([]byte, 2*batchBytes+1))
	b.reset()
	if cap(b.buf) > 0 || cap(b.marked) > 0 {
		t.Errorf("%d bytes are kept for records and %d for states; both were great", cap(b.buf), cap(b.marked))
	}
}

func TestRowsThatWereWrittenKeepNoGreatBuffer(t *testing.T) {
	t.Parallel()
	files := emptyStorage(t)
	l := &load{id: "sdc-1/1", files: map[int]*tableFile{}, keep: 1 << 40}
	row := []byte("1," + strings.Repeat("x", 997) + "\n")
	c := &chunk{table: &table{name: "t"}, columns: 2, data: row, ends: []int{len(row)}}
	most := int64(0)
	for range 3 * keepBytes / len(row) {
		before := l.rows
		if err := l.add(t.Context(), files, c); err != nil {
			t.Fatal(err)
		}
		f := l.files[0]
		most = max(most, f.room())
		if len(f.raw) == 0 && f.room() > 2*pieceBytes {
			t.Fatalf("%d bytes are kept after row %d was written", f.room(), before+1)
		}
	}
	if most < keepBytes || len(l.files[0].parts) != 1 {
		t.Errorf("%d bytes waited at most, in %d files", most, len(l.files[0].parts))
	}
}
