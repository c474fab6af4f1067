package tap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// run is one pass over the selected streams.
type run struct {
	client *intercom.Client
	out    *singer.Encoder
	flush  func() error // hands on what out has written
	state  *singer.State
	log    *slog.Logger
	now    func() time.Time

	start        int64 // start_date; none without
	upper        int64 // the last second that is read
	lookback     int64
	concurrency  int
	scrollAlways bool // companies are never searched for

	exportLookback int64 // seconds
	app            string
	zone           *time.Location // of the workspace; nil when it is not known
	metrics        *singer.Metrics
	progress       func(stream string, records, bytes int64) // counts what was written; may be nil

	known     map[string][]string // ids that settings name, by stream
	ours      bool                // the catalog is not the user's: what the workspace names is added to it
	api       string              // version of the API
	version   int64               // of the full table at hand
	extracted time.Time           // when the page at hand was read
	lastState []byte
	gone      atomic.Int64 // children that were deleted meanwhile
	failing   sync.Mutex   // guards failed
	failed    []error      // of streams, while others go on
	elsewhere error        // the workspace is in another region; reading works all the same
	short     *shortfalls  // what did not come
	refused   sync.Map     // names of children whose calls are not answered
}

// sync reads every group and leaves the final state. A stream that cannot be
// read does not stop the others; its error comes at the end.
func (r *run) sync(ctx context.Context, groups []*group) error {
	for _, g := range groups {
		err := r.syncGroup(ctx, g)
		if err == nil {
			continue
		}
		err = r.judge(ctx, g.parent, err)
		if !r.ownError(err) {
			return err
		}
		r.log.Warn(skipped(err), "stream", g.parent.name, "err", err)
		if g.insisted() || !errors.Is(err, intercom.ErrForbidden) {
			r.fail(err)
		}
	}
	r.short.report()
	if n := r.gone.Load(); n > 0 {
		r.log.Warn("rows were deleted while their parents were read", "rows", n)
	}
	r.state.SetCurrentlySyncing("")
	if err := r.writeState(); err != nil {
		return err
	}
	return errors.Join(r.failed...)
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
	r.state.SetCurrentlySyncing(g.outs[0].name)
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
		err = r.syncSearch(ctx, g)
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
		if n := o.transform.unfit; n > 0 {
			r.log.Info("values are not of their declared types: they are in _extra, under the names of their fields", "stream", o.name, "values", n)
		}
	}
	stop(err, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", g.parent.name, err)
	}
	return nil
}

// prepare reads the bookmarks of a group from the state.
func (r *run) prepare(g *group) error {
	g.seen = readSeen(r.state, g.keeper())
	g.recent = newRecent(r.lookback)
	g.short = r.short
	for _, o := range g.outs {
		o.initial, o.since = none, r.start
		if o.bookmark == "" {
			o.since = none // a full table is whole whatever start_date says
			continue
		}
		mark, err := readMark(r.state, o.stream)
		if err != nil {
			return err
		}
		if mark != none {
			o.initial, o.since = mark, max(mark-r.lookback, r.start)
		}
		o.mark = o.initial
	}
	return nil
}

// page sends one page of items. each is called after an item's records were
// written.
func (r *run) page(ctx context.Context, g *group, raws []jsontext.Value, each func(item) error) error {
	items, err := g.items(raws)
	if err != nil {
		return err
	}
	return r.items(ctx, g, items, each)
}

func (r *run) items(ctx context.Context, g *group, items []item, each func(item) error) error {
	r.extracted = r.now()
	follow := g.follow()
	fetch := func(ctx context.Context, it item) (details, error) { return r.details(ctx, g, follow, it) }
	emit := func(it item, found details) error {
		if err := r.emit(g, it, found); err != nil {
			return err
		}
		if g.parent.bookmark != "" && it.updated <= r.upper {
			g.recent.add(it.id, it.updated)
		}
		return each(it)
	}
	defer g.count()
	if len(follow) > 0 {
		return inOrder(ctx, r.concurrency, items, fetch, emit)
	}
	for _, it := range items {
		if err := emit(it, nil); err != nil {
			return err
		}
	}
	return nil
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
	for _, o := range g.outs {
		if o.bookmark == "" || o.lost.Load() || closed <= o.mark || closed < o.since {
			continue
		}
		o.mark = closed
		writeMark(r.state, o.stream, closed, nil)
	}
	return r.writeState()
}

// finish closes a group that was read to its end: the bookmark is the newest
// second of its rows, so that it stands still while nothing changes.
func (r *run) finish(g *group) error {
	if g.parent.bookmark == "" {
		return r.writeState()
	}
	mark := max(g.recent.newest, none)
	for _, o := range g.outs {
		if o.bookmark != "" && !o.lost.Load() {
			o.mark = max(o.initial, mark)
			writeMark(r.state, o.stream, o.mark, nil)
		}
	}
	// What was seen stands with the parent, which keeps its own bookmark if it
	// is not selected now.
	own, err := readMark(r.state, g.parent)
	if err != nil {
		return err
	}
	newest := mark
	for _, o := range g.outs {
		newest = max(newest, o.mark)
	}
	writeMark(r.state, g.parent, own, g.recent.list(newest))
	return r.writeState()
}

// rewind puts the bookmarks back to where the run began.
func (r *run) rewind(g *group) error {
	for _, o := range g.outs {
		if o.bookmark == "" {
			continue
		}
		o.mark = o.initial
		if o.mark == none {
			r.state.ClearBookmark(o.name)
			continue
		}
		writeMark(r.state, o.stream, o.mark, nil)
	}
	return r.writeState()
}

// writeState sends the state, unless it is the one sent last.
func (r *run) writeState() error {
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
