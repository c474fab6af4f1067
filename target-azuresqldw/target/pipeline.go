package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"sync"
	"time"

	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

// A pipeline takes a stream of messages and delivers it in loads, each a prefix of what is left of the input.
//
//	reader → workers → sequencer → delivery
//
// The reader cuts the input into batches. Workers make rows of them, several at once, under the layout as it is. The sequencer sees the
// batches in the order of the input: it adds to the layout what a batch lacked and makes the missing rows itself, so that the same input gives the
// same tables however the workers raced. It collects the rows in a load until the load is due. Delivery uploads, merges and
// commits one load while the next one is read; there are never more than these two.
type pipeline struct {
	limits    limits
	pipeline  string // the name that state and rejects are kept under
	run       string // of this run: loads are numbered within it
	files     *stage.Container
	log       *slog.Logger
	now       func() time.Time
	namespace string
	validate  bool
	maxLine   int
	empty     synapse.EmptyString
	progress  func(stream string, records, bytes int64)
	aside     func(stream string, records int64) // of those that progress was told of
	deliver   func(context.Context, *load) error // in order, one at a time
	discard   func(context.Context, []stage.Blob)

	great func(bytes int64) // a longer line than all before, beyond a megabyte; may be nil

	mu     sync.RWMutex // guards the layout: workers read it, the sequencer writes it
	layout *layout

	batches batches
	budget  budget
	reader  *reader
	todo    chan *batch // for the workers
	ordered chan *batch // the same batches, for the sequencer
	quit    chan struct{}

	rower    *rower // the sequencer's own
	open     *load
	loads    chan *load
	number   int
	rejected int64
	dropped  map[string]bool
	spilled  map[*table]bool
	replaced int
}

// limits say when a load is due.
type limits struct {
	rows, bytes int64
	age         time.Duration
	rejects     int64 // more of them end the run; negative: never
	workers     int
}

// hardLimit is how many times its budget a load may grow when there is no STATE to end it at.
const hardLimit = 10

// do delivers everything in, or what there is up to the last safe point when ctx is cancelled. It returns when nothing is under way any
// more, except that a read from in may still be waiting.
func (p *pipeline) do(ctx context.Context, in io.Reader, base int64) error {
	if p.limits.workers <= 0 {
		p.limits.workers = runtime.GOMAXPROCS(0)
	}
	n := 2 * p.limits.workers
	p.ordered, p.todo = make(chan *batch, n), make(chan *batch, n+2)
	p.quit, p.loads = make(chan struct{}), make(chan *load)
	p.rower, p.dropped, p.spilled = newRower(p.layout, base, p.empty), map[string]bool{}, map[*table]bool{}
	p.rower.extend = true
	p.budget.limit = sharesOf(p.limits.bytes).flight
	p.reader = &reader{
		in: in, log: p.log, validate: p.validate, append: p.layout.options.appendOnly, flat: p.isFlat, maxLine: p.maxLine, limits: p.limits, batches: &p.batches, now: p.now,
		budget: &p.budget, quit: p.quit, great: p.great,
		send: p.send, idle: func() bool { return len(p.ordered) == 0 },
	}
	work, fail := context.WithCancelCause(context.WithoutCancel(ctx))
	defer fail(nil)
	var workers, delivery sync.WaitGroup
	go p.reader.run()
	for range p.limits.workers {
		workers.Go(func() { p.work(newRower(p.layout, base, p.empty)) })
	}
	delivery.Go(func() {
		for l := range p.loads {
			if err := p.deliver(work, l); err != nil {
				fail(err)
				return
			}
		}
	})
	err := p.sequence(ctx, work)
	close(p.quit)
	close(p.loads)
	workers.Wait()
	delivery.Wait()
	if p.open != nil {
		p.discard(context.WithoutCancel(ctx), p.open.abort())
	}
	switch cause := context.Cause(work); {
	case cause == nil || errors.Is(err, cause):
		return err
	case err == nil:
		return cause
	default: // what was there before the input broke could not be delivered either
		return fmt.Errorf("%w; %w", err, cause)
	}
}

// send puts a batch on its way. The workers' channel has room for all that can be in the other.
func (p *pipeline) send(b *batch) bool {
	select {
	case p.ordered <- b:
	case <-p.quit:
		return false
	}
	if len(b.records) == 0 {
		b.done <- struct{}{}
		return true
	}
	p.todo <- b
	return true
}

func (p *pipeline) work(r *rower) {
	for {
		select {
		case b := <-p.todo:
			p.mu.RLock()
			r.rows(b, p.now())
			p.mu.RUnlock()
			p.weigh(b)
			b.done <- struct{}{}
		case <-p.quit:
			return
		}
	}
}

// weigh puts what the batch takes with its rows in place of what was expected.
func (p *pipeline) weigh(b *batch) {
	now := b.room()
	p.budget.add(now - b.weight)
	b.weight = now
}

// sequence takes the batches in order and seals the loads.
func (p *pipeline) sequence(ctx, work context.Context) error {
	timer := time.NewTimer(p.limits.age)
	defer timer.Stop()
	for {
		if len(p.ordered) == 0 {
			p.reader.flush()
		}
		select {
		case b := <-p.ordered:
			end := b.control.end
			broken, err := p.take(work, b)
			switch {
			case err != nil:
				return err
			case broken != nil:
				return p.cut(work, broken)
			case end:
				return p.seal(work)
			}
		case <-timer.C:
		case <-ctx.Done():
			return p.stop(work, context.Cause(ctx))
		case <-work.Done():
			return context.Cause(work)
		}
		if p.due() {
			if err := p.seal(work); err != nil {
				return err
			}
		}
		timer.Reset(p.untilDue())
	}
}

// due says whether the open load has reached its budget and may end here.
func (p *pipeline) due() bool {
	l := p.open
	if l == nil || l.empty() {
		return false
	}
	times := func(n int64) bool {
		return l.rows >= n*p.limits.rows || l.bytes >= n*p.limits.bytes || p.now().Sub(l.opened) >= time.Duration(n)*p.limits.age
	}
	if !times(1) || !l.tail {
		return times(1)
	}
	if !times(hardLimit) {
		return false
	}
	p.log.Warn("no STATE for long: rows that a restart would send again are loaded", "first_line", l.first, "last_line", l.last, "rows", l.rows)
	return true
}

func (p *pipeline) untilDue() time.Duration {
	if p.open == nil || p.open.empty() {
		return p.limits.age
	}
	age := p.now().Sub(p.open.opened)
	for n := time.Duration(1); ; n = hardLimit {
		if left := n*p.limits.age - age; left > 0 || n == hardLimit {
			return max(left, time.Second)
		}
	}
}

// stop ends at the last safe point, which is where it is unless a restart would send rows again that must not be loaded twice.
func (p *pipeline) stop(work context.Context, why error) error {
	if p.open != nil && p.open.tail {
		return p.cut(work, why)
	}
	if err := p.seal(work); err != nil {
		return err
	}
	return why
}

// cut ends at the last STATE: the open load is delivered up to there, and what was read after it is left to the next run.
func (p *pipeline) cut(work context.Context, why error) error {
	l := p.open
	if l.rows > 0 && l.stateLine < l.last {
		p.log.Warn("rows after the last STATE are left to the next run", "first_line", max(l.first, l.stateLine+1), "last_line", l.last)
	}
	if l.state == nil {
		return why
	}
	l.cut()
	if err := p.seal(work); err != nil {
		return err
	}
	return why
}

// seal hands the open load to delivery, once the one before is through.
func (p *pipeline) seal(work context.Context) error {
	l := p.open
	if l == nil || l.empty() && len(p.layout.known.fresh) == 0 {
		return nil
	}
	p.mu.Lock()
	l.seal(work, p.files, p.layout, p.namespace)
	p.mu.Unlock()
	select {
	case p.loads <- l:
		p.open = nil
		return nil
	case <-work.Done():
		return context.Cause(work)
	}
}

// take puts a batch behind what is there. broken is what is wrong with the input; the open load has everything before it then.
func (p *pipeline) take(ctx context.Context, b *batch) (broken, err error) {
	<-b.done
	p.begin(b)
	good := len(b.records)
	if broken = p.complete(b); broken != nil {
		good = b.made
	}
	for _, c := range b.out.chunks {
		if err := p.open.add(ctx, p.files, c); err != nil {
			return broken, err
		}
	}
	excess, err := p.reject(ctx, b)
	if err != nil {
		return broken, err
	}
	if excess != nil {
		good, broken = excess.index, p.tooMany(excess)
	}
	p.count(b)
	p.open.take(b, good)
	if broken == nil {
		broken = p.control(b.control)
	}
	p.budget.add(-b.weight)
	p.batches.put(b)
	return broken, nil
}

// begin opens a load for a batch.
func (p *pipeline) begin(b *batch) {
	if p.open == nil {
		p.number++
		p.open = &load{
			id: p.run + "/" + strconv.Itoa(p.number), number: p.number, opened: p.now(), base: p.rower.base,
			files: map[int]*tableFile{}, asides: asides{}, keep: sharesOf(p.limits.bytes).waiting, activations: map[*stream][]activation{},
		}
	}
	if b.first > 0 {
		if p.open.first == 0 {
			p.open.first = b.first
		}
		p.open.last = b.last
	}
}

// complete makes the rows that a worker could not, with the layout extended as they need it.
func (p *pipeline) complete(b *batch) error {
	if !p.grow(b) { // two batches at once have used up the digits of a decimal: again, after the other
		b.made, b.err, b.rejects = 0, nil, b.rejects[:0]
		b.out.free, b.out.chunks = append(b.out.free, b.out.chunks...), b.out.chunks[:0]
	}
	if b.err == nil && b.made < len(b.records) {
		p.mu.Lock()
		p.rower.rows(b, p.now())
		p.mu.Unlock()
	}
	return b.err
}

// grow gives the columns the room that the batch needs; false when they cannot have it.
func (p *pipeline) grow(b *batch) bool {
	var grown bool
	for _, c := range b.out.chunks {
		for i, s := range c.stats {
			have := c.table.columns[i].stat
			need := have.union(s)
			if !need.fits() {
				return false
			}
			grown = grown || need != have
		}
	}
	if !grown {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range b.out.chunks {
		for i, s := range c.stats {
			c.table.columns[i].stat = c.table.columns[i].stat.union(s)
		}
	}
	return true
}

// reject sets the batch's invalid records aside, up to one that is more than there may be.
func (p *pipeline) reject(ctx context.Context, b *batch) (excess *reject, err error) {
	if len(b.rejects) == 0 {
		return nil, nil
	}
	t := p.layout.rejected
	c := &chunk{table: t, columns: len(t.columns)}
	at := p.now().UTC().AppendFormat(nil, copyInstant)
	for i := range b.rejects {
		r := &b.rejects[i]
		p.rejected++
		if p.rejected == 1 {
			p.log.Warn("record is not as its schema says and will be set aside", "stream", r.stream, "line", r.line, "reason", r.reason)
		}
		if p.limits.rejects >= 0 && p.rejected > p.limits.rejects {
			excess, b.rejects = r, b.rejects[:i]
			break
		}
		p.open.asides.add(r)
		p.appendReject(c, r, at)
		if m, ok := b.lastMark(len(b.records)); !ok || r.index >= m.at {
			b.tail = true
		}
	}
	return excess, p.open.add(ctx, p.files, c)
}

func (p *pipeline) tooMany(r *reject) error {
	return fmt.Errorf("line %d: stream %s: %s: %d records do not match their schemas, more than max_rejects", r.line, r.stream, r.reason, p.rejected)
}

func (p *pipeline) appendReject(c *chunk, r *reject, at []byte) {
	for i, text := range []string{p.pipeline, p.open.id, ledgerName(r.stream), "", cutUTF16(r.reason, 4000), string(r.record), "", ""} {
		if i > 0 {
			c.data = append(c.data, ',')
		}
		switch column := c.table.columns[i]; {
		case column.name == "table_version":
			c.data = append(c.data, r.version...)
		case column.kind == kindInteger:
			c.data = strconv.AppendInt(c.data, r.line, 10)
		case column.kind == kindInstant:
			c.data = append(c.data, at...)
		default:
			var width int
			c.data, width, _ = appendText(c.data, []byte(text))
			column.width = max(column.width, width)
		}
	}
	c.data = append(c.data, '\n')
	c.ends = append(c.ends, len(c.data))
}

// count tells what was read, and once what was not taken as it came.
func (p *pipeline) count(b *batch) {
	for i := 0; i < len(b.records); {
		s, records, bytes := b.records[i].stream, int64(0), int64(0)
		for ; i < len(b.records) && b.records[i].stream == s; i++ {
			records++
			bytes += int64(len(b.records[i].raw))
		}
		p.progress(s.name, records, bytes)
	}
	for i := range b.rejects {
		p.aside(b.rejects[i].stream, 1)
	}
	for place := range b.out.dropped {
		if !p.dropped[place] {
			p.dropped[place] = true
			p.log.Warn("property is not in the schema, which allows no others; its values are not loaded", "property", place)
		}
	}
	for t, path := range b.out.spilled {
		if !p.spilled[t] {
			p.spilled[t] = true
			p.log.Warn("a row has values without a column: the table has no room for more columns, the row none for more text, or their paths are too long; they are kept in "+t.own[colExtra],
				"table", t.name, "property", cutUTF16(path, maxName), "last_line", b.last)
		}
	}
	for s, line := range b.out.undated {
		if !s.undated {
			s.undated = true
			p.log.Warn(colDeletedAt+" is no time that can be read: such rows are deleted at the time of their record, and the value is in the column beside it", "stream", s.name, "line", line)
		}
	}
	if b.out.replaced > 0 && p.replaced == 0 {
		p.log.Warn("U+0000 in a string cannot be stored; it becomes U+FFFD", "last_line", b.last)
	}
	p.replaced += b.out.replaced
}

// control puts a SCHEMA or ACTIVATE_VERSION in force.
func (p *pipeline) control(c control) error {
	switch {
	case c.err != nil:
		return c.err
	case c.plan != nil:
		p.mu.Lock()
		defer p.mu.Unlock()
		if err := p.layout.declare(c.stream, c.plan.schema, c.plan.keys); err != nil {
			return locate(err, &record{stream: c.stream, line: c.line})
		}
		for _, path := range c.stream.folds {
			p.log.Warn("an object is kept as JSON text, since its table has no room for a column for each of its members", "stream", c.stream.name, "property", cutUTF16(path, maxName))
		}
		c.stream.folds = nil
	case c.activate:
		p.activate(c)
	}
	return nil
}

// isFlat says whether a stream keeps all objects and arrays as text, whatever their schema.
func (p *pipeline) isFlat(stream string) bool {
	var s StreamSettings
	if p.layout.options.streams != nil {
		s = p.layout.options.streams(stream)
	}
	return p.layout.isFlat(s)
}
