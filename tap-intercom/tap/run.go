package tap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// run is one pass over the selected streams. Groups of streams are read at the
// same time; what they share is here, what is theirs alone is in group.
type run struct {
	client *intercom.Client
	out    *singer.Encoder
	flush  func() error // hands on what out has written
	log    *slog.Logger
	now    func() time.Time
	ticker ticker

	start        int64 // start_date; none without
	clock        int64 // what time it was at Intercom when the run began
	upper        int64 // the last second that is read
	lookback     int64
	concurrency  int
	scrollAlways bool // companies are never searched for
	allTickets   bool // each run reads them all

	exportLookback int64 // seconds
	exportRows     int64 // an export of as many was cut off
	app            string
	zone           *time.Location // of the workspace; nil when it is not known
	metrics        *singer.Metrics
	progress       func(stream string, records, bytes int64) // counts what was written; may be nil

	known     map[string][]string // ids that settings name, by stream
	ours      bool                // the catalog is not the user's: what the workspace names is added to it
	api       string              // version of the API
	version   int64               // of full tables, to begin with
	ahead     *ahead              // bounds what was read but cannot be written yet
	elsewhere error               // the workspace is in another region; reading works all the same

	// Changes of the state, and writing it, are one step: a STATE holds what was
	// written before it, and none is older than the one before.
	stating   sync.Mutex
	state     *singer.State
	lastState []byte
	groups    []*group // in the order in which they are begun

	gone    atomic.Int64 // children that were deleted meanwhile
	failing sync.Mutex   // guards failed
	failed  []error      // of streams, while others go on
	refused sync.Map     // why the calls of children are not answered, by name
	barred  atomic.Int64 // groups that were refused
	short   *shortfalls  // what did not come
}

// groupsAtOnce bounds how many groups are read at the same time. Most are small
// lists; a few more than the large ones keeps the rate window in use.
const groupsAtOnce = 8

// sync reads every group and leaves the final state. Groups begin in their
// order, a few at a time; with a concurrency of 1 one ends before the next
// begins. A stream that cannot be read does not stop the others; its error comes
// at the end. Any other error stops them all where they are.
func (r *run) sync(ctx context.Context, groups []*group) error {
	r.groups = groups
	defer r.beat()()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		running sync.WaitGroup
		ending  sync.Once
		fatal   error
	)
	waiting := make(chan *group, len(groups))
	for _, g := range groups {
		waiting <- g
	}
	close(waiting)
	for range min(groupsAtOnce, r.concurrency, len(groups)) {
		running.Go(func() {
			for g := range waiting {
				if ctx.Err() != nil {
					return
				}
				if err := r.readGroup(ctx, g); err != nil {
					// What others answer to being stopped says nothing new.
					ending.Do(func() { fatal = err })
					stop(err)
				}
			}
		})
	}
	running.Wait()
	r.short.report()
	if n := r.gone.Load(); n > 0 {
		r.log.Warn("rows were deleted while their parents were read", "rows", n)
	}
	if fatal == nil && ctx.Err() != nil {
		fatal = context.Cause(ctx)
	}
	if err := r.writeState(); err != nil && fatal == nil {
		return err
	}
	if fatal != nil {
		return fatal
	}
	telling := 0
	for _, g := range groups {
		if g.parent.tells() {
			telling++
		}
	}
	other := slices.ContainsFunc(r.failed, func(err error) bool { return !errors.Is(err, intercom.ErrForbidden) })
	if r.nothingOpens(telling) && !other {
		r.fail(errNothingOpens)
	}
	return errors.Join(r.failed...)
}

// readGroup reads one group. Errors of its own streams are kept for the end.
func (r *run) readGroup(ctx context.Context, g *group) error {
	r.stating.Lock()
	g.begun = true
	r.stating.Unlock()
	if err := r.syncGroup(ctx, g); err != nil {
		err = r.judge(ctx, g.parent, err)
		if !r.ownError(err) {
			return err
		}
		if errors.Is(err, intercom.ErrForbidden) {
			r.refuse(g, err)
		} else {
			r.log.Warn(skipped(err), "stream", g.parent.name, "err", err)
			r.fail(err)
		}
	}
	r.failRefused(g)
	r.stating.Lock()
	defer r.stating.Unlock()
	g.ended = true
	return nil
}

// ownError reports whether err concerns one stream only: others may work.
func (r *run) ownError(err error) bool {
	for _, own := range []error{
		intercom.ErrForbidden, intercom.ErrRefused, intercom.ErrNotFound, intercom.ErrGone,
		intercom.ErrJobBusy, intercom.ErrJobSlow, errExportFailed, intercom.ErrScrollBusy, intercom.ErrPageLoop, intercom.ErrUnusable, errUnordered, errOutOfOrder,
	} {
		if errors.Is(err, own) {
			return true
		}
	}
	return false
}

func (g *group) insisted() bool {
	for _, o := range g.outs {
		if o.insisted {
			return true
		}
	}
	return false
}

// syncGroup reads one group and leaves its bookmarks.
func (r *run) syncGroup(ctx context.Context, g *group) error {
	began := time.Now()
	for _, o := range g.outs {
		var marks []string
		if o.bookmark != "" {
			marks = []string{o.bookmark}
		}
		if err := r.out.Schema(o.name, o.schema, o.keys, marks); err != nil {
			return err
		}
	}
	if err := r.writeState(); err != nil {
		return err
	}
	stop := r.metrics.Timer(singer.SyncDuration, singer.Tags{"stream": g.parent.name})
	for _, o := range g.outs {
		o.counter = r.metrics.Counter(singer.RecordCount, singer.Tags{"endpoint": o.name})
		defer o.counter.Close()
	}
	var err error
	switch g.dialect() {
	case visited:
		err = r.syncVisits(ctx, g)
	case search:
		if err = r.syncSearch(ctx, g); err == nil {
			r.lookAhead(ctx, g)
		}
	case scroll:
		err = r.syncCompanies(ctx, g)
	case single:
		err = r.syncSingle(ctx, g)
	case exported:
		err = r.syncContent(ctx, g)
	case reported:
		err = r.syncReport(ctx, g)
	case feed:
		err = r.syncFeed(ctx, g)
	case configured:
		err = r.syncConfigured(ctx, g)
	case logged:
		err = r.syncLog(ctx, g)
	default:
		err = r.syncList(ctx, g)
	}
	for _, o := range g.outs {
		r.log.Info("stream read", "stream", o.name, "records", o.records, "complete", err == nil && !o.lost.Load(), "took", time.Since(began).Round(time.Millisecond))
		r.account(o)
	}
	if g.future > 0 {
		r.log.Warn("rows are dated in the future: they are read when that time has come", "stream", g.parent.name, "rows", g.future)
	}
	if g.late > 0 && !r.allTickets {
		r.log.Warn("rows hold newer ones than their updated_at says: what is added to them is read only when that moves; read all of them each time, if nothing may be missed",
			"stream", g.parent.name, "rows", g.late, "setting", "tickets: all")
	}
	stop(err, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", g.parent.name, err)
	}
	return nil
}

// extraOf names the _extra of a stream.
func extraOf(stream string) string {
	if stream == "" {
		return "nothing"
	}
	return stream + "._extra"
}

// account says what became of values that no field could take.
func (r *run) account(o *output) {
	if n := o.transform.unfit; n > 0 {
		r.log.Info("values are not of their declared types: they are in _extra, under the names of their fields", "stream", o.name, "values", n)
	}
	if o.nameless > 0 {
		r.log.Warn("relations without an id of what they relate to are not sent", "stream", o.name, "rows", o.nameless)
	}
	for _, field := range slices.Sorted(maps.Keys(o.transform.lost)) {
		r.log.Warn("values are lost: no field takes them, and _extra is not selected", "stream", o.name, "field", field, "values", o.transform.lost[field])
	}
}

// prepare reads the bookmarks of a group from the state.
func (r *run) prepare(g *group) error {
	g.seen = readSeen(r.state, g.keeper())
	g.recent = newRecent(r.lookback)
	g.short = r.short
	g.missing = map[*stream]*missing{}
	for _, child := range childrenOf(g.parent.name) {
		g.missing[child] = new(missing)
	}
	g.version = r.version
	g.horizon = r.clock + daySeconds
	for _, o := range g.outs {
		o.transform.onOdd = func(field, keptIn string) {
			r.log.Warn("a list came in a shape that is not known", "stream", o.name, "field", field, "kept_in", extraOf(keptIn))
		}
		o.full = o.full || (o.bookmark != "" && r.allTickets && g.parent.newer != "")
		o.initial, o.since = none, r.earliest(o)
		if o.bookmark == "" {
			continue
		}
		if o.full {
			r.forget(o)
			continue
		}
		mark, err := readMark(r.state, o.stream)
		if err != nil {
			return err
		}
		if mark > r.clock {
			r.log.Warn("bookmark lies in the future: what changes before it is not read", "stream", o.name, "bookmark", timeText(mark), "now", timeText(r.clock))
		}
		if mark != none {
			o.initial, o.since = mark, max(mark-r.lookback, r.start)
		}
		o.mark = o.initial
	}
	return nil
}

// earliest is the moment before which nothing of o is wanted, whatever was read
// before.
func (r *run) earliest(o *output) int64 {
	if o.bookmark == "" || o.full {
		return none // a full table is whole whatever start_date says
	}
	return r.start
}

// forget takes out of the state how far a stream was read before: it is read as
// for the first time, and its bookmark follows anew, for who reads it by changes
// again. What was seen of its rows stays for the streams that are read with it.
func (r *run) forget(o *output) {
	r.log.Info("read in full, as the catalog or a setting asks: the bookmark does not count", "stream", o.name)
	seen, err := pick(r.state.Bookmark(o.name), "seen")
	r.state.ClearBookmark(o.name)
	if err == nil && len(seen[0]) > 0 {
		r.state.SetBookmark(o.name, append(append([]byte(`{"seen":`), seen[0]...), '}'))
	}
}

// count brings the record counters up to date.
func (g *group) count() {
	for _, o := range g.outs {
		o.counter.Add(o.records - o.counted)
		o.counted = o.records
	}
}

// advance moves the bookmarks to a second that has been read to its end, and
// tells the target. Bookmarks never move back.
func (r *run) advance(g *group, closed int64) error {
	return r.remember(func(state *singer.State) error {
		for _, o := range g.outs {
			to := min(closed, g.proved(o))
			if o.bookmark == "" || o.lost.Load() || to <= o.mark || to < o.since {
				continue
			}
			o.mark = to
			writeMark(state, o.stream, to, nil)
		}
		return nil
	})
}

// finish closes a group that was read to its end: the bookmark is the newest
// second of its rows, so that it stands still while nothing changes.
func (r *run) finish(g *group) error {
	if g.parent.bookmark == "" {
		return r.writeState()
	}
	mark := max(g.recent.newest, none)
	return r.remember(func(state *singer.State) error {
		for _, o := range g.outs {
			if o.bookmark != "" && !o.lost.Load() {
				o.mark = max(o.initial, o.mark, min(mark, g.proved(o)))
				writeMark(state, o.stream, o.mark, nil)
			}
		}
		// What was seen stands with the parent, which keeps its own bookmark if it
		// is not selected now.
		own, err := readMark(state, g.parent)
		if err != nil {
			return err
		}
		newest := mark
		for _, o := range g.outs {
			newest = max(newest, o.mark)
		}
		writeMark(state, g.parent, own, g.recent.list(newest))
		return nil
	})
}

// rewind puts the bookmarks back to where the run began.
func (r *run) rewind(g *group) error {
	return r.remember(func(state *singer.State) error {
		for _, o := range g.outs {
			if o.bookmark == "" {
				continue
			}
			o.mark = o.initial
			if o.mark == none {
				state.ClearBookmark(o.name)
				continue
			}
			writeMark(state, o.stream, o.mark, nil)
		}
		return nil
	})
}

// writeState sends the state, unless it is the one sent last.
func (r *run) writeState() error {
	return r.remember(func(*singer.State) error { return nil })
}

// remember changes the state and sends it, unless it is the one sent last. Whatever
// change says was read must have been written before.
func (r *run) remember(change func(*singer.State) error) error {
	r.stating.Lock()
	defer r.stating.Unlock()
	if err := change(r.state); err != nil {
		return err
	}
	r.state.SetCurrentlySyncing(r.syncing())
	b, err := json.Marshal(r.state)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if string(b) == string(r.lastState) {
		return nil
	}
	if err := r.out.State(b); err != nil {
		return err
	}
	r.lastState = b
	return r.flush()
}

// bookmark is what the state holds of a stream.
func (r *run) bookmark(s *stream) jsontext.Value {
	r.stating.Lock()
	defer r.stating.Unlock()
	return r.state.Bookmark(s.name)
}

// syncing is the first stream of the first group that has not ended: a run that
// is interrupted goes on there. Groups behind it that have ended are read again,
// from their bookmarks.
func (r *run) syncing() string {
	for _, g := range r.groups {
		if !g.ended {
			return g.outs[0].name
		}
	}
	return ""
}
