package target

import (
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// The sizes of batches, unless a load is to be smaller.
const (
	batchBytes   = 1 << 20 // of records; a greater record has a batch of its own
	batchRecords = 16 << 10
	cutBytes     = 32 << 10 // from here on a batch with rows that must not be loaded twice ends at the first STATE
	cutRecords   = 64
)

// A batch is consecutive lines of the input on their way: filled by the reader, made into rows by a worker, put in order by the sequencer.
type batch struct {
	first, last int64 // lines
	records     []record
	buf         []byte // holds the records
	bytes       int64  // of the records
	received    time.Time
	marks       []mark // STATE messages
	marked      []byte // holds their values
	tail        bool   // rows that must not be loaded twice stand after the last STATE
	control     control

	kept    int   // memory of a record that is not in buf
	largest int   // record
	weight  int64 // of the budget that the batch has

	out     output
	rejects []reject
	made    int   // records that rows were made of; the rest waits for the layout
	err     error // of the record at made
	done    chan struct{}
}

// A mark is a STATE in a batch. One that follows another without a record between replaces it.
type mark struct {
	at         int // how many of the batch's records stand before it
	line       int64
	start, end int // of its value
}

// mark adds a STATE.
func (b *batch) mark(line int64, value []byte) {
	m := mark{at: len(b.records), line: line, start: len(b.marked)}
	if n := len(b.marks); n > 0 && b.marks[n-1].at == m.at {
		m.start = b.marks[n-1].start
		b.marks, b.marked = b.marks[:n-1], b.marked[:m.start]
	}
	b.marked = append(b.marked, value...)
	m.end = len(b.marked)
	b.marks = append(b.marks, m)
}

// lastMark is the last STATE that stands before all but the first records of the batch.
func (b *batch) lastMark(records int) (m mark, ok bool) {
	for i := len(b.marks); i > 0; i-- {
		if m := b.marks[i-1]; m.at <= records {
			return m, true
		}
	}
	return mark{}, false
}

// A control is what changes how later records are taken. At most one ends a batch.
type control struct {
	stream   *stream
	plan     *plan // a SCHEMA
	activate bool  // an ACTIVATE_VERSION
	version  int64
	line     int64
	end      bool  // the input is at its end
	err      error // the input is broken here
}

// A plan is a SCHEMA message, ready for use.
type plan struct {
	raw        []byte // as it was sent, to recognise a repetition
	generation int
	schema     *singer.Schema
	keys       []string
	validator  *singer.Validator // nil: records are not validated
}

// A reject is a record that its schema does not allow.
type reject struct {
	index  int // in the batch
	stream string
	line   int64
	reason string
	record jsontext.Value

	version []byte // of the record, as it is written; empty when it has none
}

func (b *batch) reset() {
	done := b.done
	chunks, free := b.out.chunks, b.out.free
	*b = batch{records: b.records[:0], buf: b.buf[:0], rejects: b.rejects[:0], marks: b.marks[:0], marked: b.marked[:0], done: done}
	if cap(b.buf) > 2*batchBytes {
		b.buf = nil // it was one record's alone
	}
	if cap(b.marked) > 2*batchBytes {
		b.marked = nil
	}
	clear(b.records[:cap(b.records)])
	b.out.free = keepChunks(append(free, chunks...))
	b.out.chunks = chunks[:0]
}

// keepChunks keeps chunks for another time as long as they take no more room together than the rows of a batch do. Any of them may be any table's
// next time, so that each would grow to the size of the greatest.
func keepChunks(chunks []*chunk) []*chunk {
	room, kept := 0, chunks[:0]
	for _, c := range chunks {
		if room += int(c.room()); room > 2*batchBytes {
			room -= int(c.room())
			c.data, c.ends = nil, nil
		}
		kept = append(kept, c)
	}
	return kept
}

// expected is about what the batch takes until its rows are made: itself, its rows, and a worker's room for the largest record.
func (b *batch) expected() int64 {
	return int64(b.kept) + int64(cap(b.buf)) + b.bytes + int64(b.largest)
}

// room is what it takes with its rows.
func (b *batch) room() int64 {
	n := int64(b.kept) + int64(cap(b.buf))
	for _, c := range b.out.chunks {
		n += c.room()
	}
	return n
}

// batches keeps batches for another time.
type batches struct{ pool sync.Pool }

func (p *batches) get() *batch {
	if b, ok := p.pool.Get().(*batch); ok {
		return b
	}
	return &batch{done: make(chan struct{}, 1)}
}

func (p *batches) put(b *batch) {
	b.reset()
	p.pool.Put(b)
}
