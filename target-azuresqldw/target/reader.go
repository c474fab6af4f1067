package target

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"intercomdw/singer"
	"intercomdw/target-azuresqldw/synapse"
)

// A reader reads messages into batches. It holds its lock all the time but while it waits for input or for somebody to take a batch, so that
// the sequencer, when it has nothing else to do, can take the batch that is not full.
type reader struct {
	in       io.Reader
	log      *slog.Logger
	validate bool
	append   bool                     // load_method append-only
	flat     func(stream string) bool // it keeps objects and arrays as text
	maxLine  int
	limits   limits // a batch is never more than a load
	batches  *batches
	send     func(*batch) bool // takes a batch; false when nobody wants more
	idle     func() bool       // nothing is waiting to be taken
	now      func() time.Time
	budget   *budget
	quit     <-chan struct{}
	great    func(bytes int64) // a longer line than all before, beyond a megabyte; nil

	mu      sync.Mutex
	b       *batch
	streams map[string]*reading
	stopped bool
	keep    func() int // the line is left to the reader, with so much memory
	held    int64      // of the budget, for a line that is being read
	longest int64      // memory for a line so far

	uncutBytes, uncutRecords int64 // of rows that must not be loaded twice, since a batch ended at a STATE
}

// A reading is what the reader knows of a stream.
type reading struct {
	stream *stream
	plan   *plan
}

// run reads until the input ends, is broken or is not wanted any more. Whatever the end, the last batch tells it.
func (r *reader) run() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.streams = map[string]*reading{}
	d := singer.NewDecoder(readerFunc(r.read), singer.DecoderOptions{MaxLineBytes: r.maxLine, Grow: r.grow, Unknown: func(typ string, line int64) {
		r.log.Warn("messages of an unknown type are passed over", "type", typ, "line", line)
	}})
	r.keep = d.Keep
	for !r.stopped {
		m, err := d.Decode()
		if err == nil {
			err = r.message(m)
		}
		if r.held > 0 {
			r.budget.add(-r.held)
			r.held = 0
		}
		if err != nil {
			r.batch(0).control = control{err: err}
			if err == io.EOF { //nolint:errorlint // a wrapped one is trouble with a connection and not the end
				r.b.control = control{end: true}
			}
			r.dispatch()
			return
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// read waits for input without the lock. When nothing is under way, what there is may go its way first.
func (r *reader) read(p []byte) (int, error) {
	if r.b != nil && r.idle() {
		r.dispatch()
	}
	r.mu.Unlock()
	defer r.mu.Lock()
	return r.in.Read(p)
}

// flush has the sequencer take a batch that is not full. The caller waits for no batch while the reader, having none to give, sends none.
func (r *reader) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.b != nil && r.idle() {
		b := r.b
		r.b = nil
		b.weight = b.expected()
		r.budget.add(b.weight) // nothing else is under way
		r.send(b)
	}
}

// dispatch sends the batch, without the lock: it may have to wait.
func (r *reader) dispatch() {
	b := r.b
	r.b = nil
	if b == nil {
		return
	}
	held := r.held
	r.held = 0
	r.mu.Unlock()
	b.weight = b.expected()
	ok := r.budget.take(b.weight-held, held, r.quit) && r.send(b)
	r.mu.Lock()
	r.stopped = r.stopped || !ok
}

// dispatchOthers sends what stands before the line that is being read; what is held for that line stays held.
func (r *reader) dispatchOthers() {
	held := r.held
	r.held = 0
	r.dispatch()
	r.held = held
}

// grow waits until there is room for a line that does not end: for itself and its row. Everything before it goes its way first.
func (r *reader) grow(size int) {
	r.dispatchOthers()
	if r.longest < int64(size) {
		r.longest = int64(size)
		if r.great != nil {
			r.great(r.longest)
		}
	}
	more := 2*int64(size) - r.held
	if more <= 0 {
		return
	}
	held := r.held
	r.mu.Unlock()
	ok := r.budget.take(more, held, r.quit)
	r.mu.Lock()
	r.stopped = r.stopped || !ok
	r.held += more
}

// batch is the batch that the next line goes to, with room for a record of size bytes.
func (r *reader) batch(size int) *batch {
	if r.b != nil && len(r.b.records) > 0 && (int64(len(r.b.buf)+size) > min(batchBytes, r.limits.bytes) || int64(len(r.b.records)) >= min(batchRecords, r.limits.rows)) {
		r.dispatch()
	}
	if r.b == nil {
		r.b = r.batches.get()
		r.b.received = r.now()
	}
	if cap(r.b.buf)-len(r.b.buf) < size { // only ever while it is empty
		r.b.buf = make([]byte, 0, max(size, batchBytes))
	}
	return r.b
}

func (r *reader) message(m singer.Message) error {
	switch m.Kind {
	case singer.KindRecord:
		return r.record(m)
	case singer.KindState:
		if len(m.Value) > synapse.MaxStateBytes {
			return &singer.InputError{Line: m.Line, Err: fmt.Errorf("STATE of %.1f MB, of which the ledger keeps at most %d: the tap should remember less",
				float64(len(m.Value))/(1<<20), synapse.MaxStateBytes>>20)}
		}
		r.state(m)
	case singer.KindSchema:
		return r.schema(m)
	case singer.KindActivateVersion:
		r.activate(m)
	case singer.KindBatch:
		return &singer.InputError{Line: m.Line, Stream: m.Stream, Err: errors.New("BATCH messages are not supported; switch them off in the tap")}
	}
	return nil
}

func (r *reader) record(m singer.Message) error {
	at := r.streams[m.Stream]
	if at == nil {
		return &singer.InputError{Line: m.Line, Stream: m.Stream, Err: errors.New("RECORD before the SCHEMA of its stream")}
	}
	kept := r.keep()
	if kept > 0 && r.b != nil && len(r.b.records) > 0 {
		r.dispatchOthers()
	}
	raw := m.Record
	if kept == 0 {
		raw = r.batch(len(raw)).hold(raw)
	}
	b := r.batch(0)
	b.kept = kept
	b.records = append(b.records, record{
		stream: at.stream, plan: at.plan, raw: raw,
		line: m.Line, extracted: m.TimeExtracted, version: m.Version, versioned: m.HasVersion,
	})
	if r.append || len(at.plan.keys) == 0 {
		b.tail = true
		r.uncutBytes, r.uncutRecords = r.uncutBytes+int64(len(m.Record)), r.uncutRecords+1
	}
	b.saw(m.Line, len(m.Record))
	b.largest = max(b.largest, len(m.Record))
	if kept > 0 {
		r.dispatch()
	}
	return nil
}

// hold copies a record into the batch.
func (b *batch) hold(raw []byte) []byte {
	start := len(b.buf)
	b.buf = append(b.buf, raw...)
	return b.buf[start:len(b.buf):len(b.buf)]
}

func (b *batch) saw(line int64, size int) {
	if b.first == 0 {
		b.first = line
	}
	b.last = line
	b.bytes += int64(size)
}

// state keeps the STATE. Rows that must not be loaded twice want a batch to end at one.
func (r *reader) state(m singer.Message) {
	b := r.batch(0)
	b.mark(m.Line, m.Value)
	b.tail = false
	b.saw(m.Line, len(m.Value))
	if len(b.marked) >= batchBytes || r.uncutBytes >= min(cutBytes, r.limits.bytes) || r.uncutRecords >= min(cutRecords, r.limits.rows) {
		r.uncutBytes, r.uncutRecords = 0, 0
		r.dispatch()
	}
}

// schema compiles a SCHEMA that differs from the one in force.
func (r *reader) schema(m singer.Message) error {
	fail := func(err error) error { return &singer.InputError{Line: m.Line, Stream: m.Stream, Err: err} }
	keys := distinct(m.KeyProperties)
	at := r.streams[m.Stream]
	if at != nil && bytes.Equal(at.plan.raw, m.Schema) && sameKeys(at.plan.keys, keys) {
		return nil
	}
	parse := singer.ParseSchema
	if r.flat(m.Stream) {
		parse = singer.ParseFlatSchema
	}
	schema, err := parse(m.Schema)
	if err != nil {
		return fail(err)
	}
	if !schema.Allows("object") { // one of nothing at all allows objects, and the records decide
		return fail(fmt.Errorf("schema of %s, but a record is an object", strings.Join(schema.Types, " or ")))
	}
	if len(keys) == 0 && !schema.HasProperties && schema.Additional == nil && len(schema.Patterns) == 0 && len(schema.Union) == 0 { // Meltano's SDK tests that it is refused, too
		return fail(errors.New(`schema without properties, and no key_properties either: name the key, or say "additionalProperties": true, to have the records decide on columns`))
	}
	p := &plan{raw: bytes.Clone(m.Schema), schema: schema, keys: keys, generation: 1}
	if r.validate {
		if p.validator, err = singer.NewValidator(p.raw); err != nil {
			return fail(fmt.Errorf("schema: %w", err))
		}
	}
	if at == nil {
		at = &reading{stream: &stream{name: m.Stream}}
		r.streams[m.Stream] = at
		if !m.HasKeyProperties {
			r.log.Warn("SCHEMA without key_properties; rows are appended", "stream", m.Stream, "line", m.Line)
		}
	} else {
		p.generation = at.plan.generation + 1
	}
	at.plan = p
	r.batch(0).control = control{stream: at.stream, plan: p, line: m.Line}
	r.b.saw(m.Line, 0)
	r.dispatch()
	return nil
}

// distinct are names, each once.
func distinct(names []string) (list []string) {
	for _, name := range names {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// sameKeys says whether two keys are one: taps take them from sets and catalogues, which have no order.
func sameKeys(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(key string) bool { return !slices.Contains(b, key) })
}

func (r *reader) activate(m singer.Message) {
	at := r.streams[m.Stream]
	if at == nil {
		r.log.Warn("ACTIVATE_VERSION before the SCHEMA of its stream is passed over", "stream", m.Stream, "line", m.Line)
		return
	}
	r.batch(0).control = control{stream: at.stream, activate: true, version: m.Version, line: m.Line}
	r.b.saw(m.Line, 0)
	r.dispatch()
}
