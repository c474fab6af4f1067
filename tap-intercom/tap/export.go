package tap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// errExportFailed says that Intercom gave up on export after export.
var errExportFailed = errors.New("export failed")

// exportAttempts bounds how often an export is asked for that fails or is gone
// before it was read.
const exportAttempts = 3

// exportRows is where Intercom cuts an export off without a word: "we will only
// return the first 10 millions rows" (export job model, API 2.6).
const exportRows = 10_000_000

// export is how one kind of export is asked for and read.
type export struct {
	start, status, download string
	body                    func(from, to int64) any
	params                  func(id string) url.Values // of status and download; may be nil
	read                    func(ctx context.Context, file string, r io.Reader, to int64) (rows int64, err error)
	earliest                int64 // nothing is kept from before this day
}

// exportJob is a job of ours, as it stands in the state under the parent
// stream: a run that was stopped goes on with it instead of asking for another.
type exportJob struct {
	ID   string `json:"id"`
	From int64  `json:"from"`
	To   int64  `json:"to"`
}

// syncExport reads what was sent since the bookmark, less the days that are read
// again for what happened since. The bookmark is the day to which everything
// was exported.
//
// An export that was cut off is asked for in halves, of whole days. They overlap
// as exports of two runs do, as far as they are long enough. What was written of
// the one that was cut off is in them again.
func (r *run) syncExport(ctx context.Context, g *group, e export) error {
	from := max(r.exportFrom(g), e.earliest)
	span := dayOf(r.upper) + daySeconds - from
	job := readJob(r, g.parent)
	if job.From > from {
		job = exportJob{} // of a run that wanted less
	}
	for from <= r.upper {
		want := exportJob{From: from, To: min(from+span-1, r.upper)}
		if job.ID == "" {
			job = want
		}
		done, rows, err := r.exported(ctx, g, e, job, want)
		if err != nil {
			return err
		}
		job = exportJob{}
		if rows >= r.exportRows {
			if days := (dayOf(done.To)-dayOf(done.From))/daySeconds + 1; days > 1 {
				r.log.Info("an export was cut off: asking for half of it", "stream", g.parent.name, "rows", rows)
				span = (days + 1) / 2 * daySeconds
				if err := r.keepJob(g, job); err != nil {
					return err
				}
				continue
			}
			r.log.Warn("an export of one day was cut off: the rest of that day is missing", "stream", g.parent.name, "day", timeText(dayOf(done.To)), "rows", rows)
		}
		err = r.remember(func(state *singer.State) error {
			for _, o := range g.outs {
				o.mark = max(o.mark, dayOf(done.To))
				writeMark(state, o.stream, o.mark, nil)
			}
			return putJob(state, g.parent, job)
		})
		if err != nil {
			return err
		}
		if dayOf(done.To) >= dayOf(r.upper) {
			return nil
		}
		from = max(from, dayOf(done.To+1)-min(r.exportLookback, dayOf(span/2)))
	}
	return nil
}

// exportFrom is the first second of the first day that some stream of the group
// wants.
func (r *run) exportFrom(g *group) int64 {
	from := r.upper
	for _, o := range g.outs {
		since := max(r.earliest(o), firstLog)
		if o.initial != none {
			since = max(since, o.initial-r.exportLookback)
		}
		from = min(from, since)
	}
	return dayOf(from)
}

// dayOf is the beginning of a second's day in UTC.
func dayOf(second int64) int64 { return second - second%daySeconds }

// exported makes one export and reads it. A job that is gone, or fails, is
// replaced by another, for what is wanted now.
func (r *run) exported(ctx context.Context, g *group, e export, job, want exportJob) (exportJob, int64, error) {
	for attempt := 1; ; attempt++ {
		rows, err := r.exportOnce(ctx, g, e, &job)
		lost := errors.Is(err, intercom.ErrNotFound) || errors.Is(err, intercom.ErrGone) || errors.Is(err, errExportFailed) || gaveUp(err)
		if !lost || attempt == exportAttempts {
			return job, rows, err
		}
		r.log.Warn("an export came to nothing: asking for another", "stream", g.parent.name, "job", job.ID, "err", err)
		job = want
		if err := r.keepJob(g, job); err != nil {
			return job, 0, err
		}
	}
}

// gaveUp reports whether err is the 504 with which Intercom answers for a job
// that failed, or a gateway for one that nobody answers for.
func gaveUp(err error) bool {
	e, ok := errors.AsType[*intercom.Error](err)
	return ok && e.Status == http.StatusGatewayTimeout
}

// exportOnce starts the job, unless there is one, waits for it and reads it.
func (r *run) exportOnce(ctx context.Context, g *group, e export, job *exportJob) (rows int64, err error) {
	if job.ID == "" {
		started, err := r.client.StartJob(ctx, e.start, e.body(job.From, job.To))
		if err != nil {
			return 0, err
		}
		if started.ID == "" {
			return 0, fmt.Errorf("POST %s: %w: an answer without job_identifier", e.start, errExportFailed)
		}
		job.ID = started.ID
		if err := r.keepJob(g, *job); err != nil {
			return 0, err
		}
	}
	params := url.Values{}
	if e.params != nil {
		params = e.params(job.ID)
	}
	r.log.Info("waiting for an export", "stream", g.parent.name, "job", job.ID, "from", timeText(job.From), "to", timeText(job.To))
	done, err := r.client.AwaitJob(ctx, e.status, job.ID, params)
	switch {
	case err != nil:
		return 0, err
	case done.Failed():
		return 0, fmt.Errorf("%w: job %s is %s", errExportFailed, job.ID, done.Status)
	case done.Empty():
		return 0, nil
	}
	for name, values := range done.Download {
		params[name] = values
	}
	f, err := newDownload()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := r.client.Download(ctx, e.download, job.ID, params, f.fill); err != nil {
		return 0, err
	}
	g.extracted = r.now()
	defer g.count()
	err = f.each(func(name string, file io.Reader) error {
		n, err := e.read(ctx, name, file, job.To)
		rows += n
		return err
	})
	return rows, err
}

// readJob is the job that a run before left under way.
func readJob(r *run, parent *stream) (job exportJob) {
	found, err := pick(r.bookmark(parent), "job")
	if err != nil || json.Unmarshal(found[0], &job) != nil {
		return exportJob{} // the same days are exported once more
	}
	return job
}

// keepJob keeps the job in the state and tells the target.
func (r *run) keepJob(g *group, job exportJob) error {
	return r.remember(func(state *singer.State) error { return putJob(state, g.parent, job) })
}

// putJob puts the job beside the bookmark of the parent, or takes it away.
func putJob(state *singer.State, parent *stream, job exportJob) error {
	mark, err := readMark(state, parent)
	if err != nil {
		return err
	}
	state.ClearBookmark(parent.name)
	if job.ID == "" {
		writeMark(state, parent, mark, nil)
		return nil
	}
	value, err := json.Marshal(job)
	if err != nil {
		return err
	}
	writeMark(state, parent, mark, nil, member{"job", value})
	return nil
}
