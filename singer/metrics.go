package singer

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Names of the metrics that singer-python writes, for use with [Metrics].
const (
	RecordCount         = "record_count"          // counter, tag endpoint
	JobDuration         = "job_duration"          // timer, tag job_type
	HTTPRequestDuration = "http_request_duration" // timer, tags endpoint and http_status_code
	SyncDuration        = "sync_duration"         // timer of the Singer SDK, tag stream
)

// Tags say what a metric is about: endpoint, http_status_code, job_type, stream.
type Tags map[string]string

// Metrics writes METRIC lines to a log, at level info, as singer-python does:
//
//	INFO METRIC: {"type":"counter","metric":"record_count","value":3,"tags":{"endpoint":"users"}}
//
// What reads Singer logs finds them by that message. Metrics may be used from
// several goroutines; a nil Metrics writes nothing.
type Metrics struct {
	log   *slog.Logger
	now   func() time.Time
	every time.Duration
}

// NewMetrics returns metrics that go to log. Counters write every 60 seconds
// and when they are closed.
func NewMetrics(log *slog.Logger) *Metrics {
	return &Metrics{log: log, now: time.Now, every: time.Minute}
}

// Counter returns a counter that begins at zero.
func (m *Metrics) Counter(metric string, tags Tags) *Counter {
	c := &Counter{metrics: m, metric: metric, tags: tags}
	if m != nil {
		c.since = m.now()
	}
	return c
}

// Counter counts what happens, and now and then writes how often it did.
type Counter struct {
	metrics *Metrics
	metric  string
	tags    Tags

	mu    sync.Mutex
	value int64
	since time.Time
}

// Add counts n more.
func (c *Counter) Add(n int64) {
	if c.metrics == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value += n
	if now := c.metrics.now(); now.Sub(c.since) >= c.metrics.every {
		c.flush(now)
	}
}

// Close writes what was not written yet. A counter that never counted writes
// its zero, as singer-python's does.
func (c *Counter) Close() {
	if c.metrics == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush(c.metrics.now())
}

func (c *Counter) flush(now time.Time) {
	c.metrics.write("counter", c.metric, strconv.FormatInt(c.value, 10), c.tags)
	c.value, c.since = 0, now
}

// Timer returns a function that writes how long ago Timer was called, with
// the tag status: succeeded without an error, failed with one. Further tags
// are those only known at the end, such as http_status_code.
func (m *Metrics) Timer(metric string, tags Tags) (stop func(err error, more Tags)) {
	if m == nil {
		return func(error, Tags) {}
	}
	start := m.now()
	return func(err error, more Tags) {
		all := Tags{"status": "succeeded"}
		if err != nil {
			all["status"] = "failed"
		}
		maps.Copy(all, tags)
		maps.Copy(all, more)
		seconds := m.now().Sub(start).Seconds()
		m.write("timer", metric, strconv.FormatFloat(seconds, 'f', -1, 64), all)
	}
}

// write writes one point. Its members stand in the order of singer-python,
// the tags are sorted.
func (m *Metrics) write(typ, metric, value string, tags Tags) {
	b := append([]byte("METRIC: "), `{"type":`...)
	b = appendText(b, typ)
	b = append(b, `,"metric":`...)
	b = appendText(b, metric)
	b = append(b, `,"value":`...)
	b = append(b, value...)
	b = append(b, `,"tags":{`...)
	for i, name := range slices.Sorted(maps.Keys(tags)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		b = appendText(b, tags[name])
	}
	m.log.Log(context.Background(), slog.LevelInfo, string(append(b, "}}"...)))
}
