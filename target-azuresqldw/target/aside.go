package target

import (
	"log/slog"
	"maps"
	"slices"
)

// asides are the records that were set aside, by stream.
type asides map[string]*aside

type aside struct {
	records int64
	sure    int64 // of them before the last STATE of the load
	line    int64 // of the first
	reason  string
}

// add adds a record.
func (a asides) add(r *reject) {
	if a[r.stream] == nil {
		a[r.stream] = &aside{line: r.line, reason: r.reason}
	}
	a[r.stream].records++
}

// addAll adds those of a load that has been committed.
func (a asides) addAll(more asides) {
	for stream, m := range more {
		switch have := a[stream]; {
		case m.records == 0:
		case have == nil:
			a[stream] = m
		default:
			have.records += m.records
		}
	}
}

// secure takes down that a STATE stands behind all but the last rejects of a batch.
func (a asides) secure(last []reject) {
	for _, s := range a {
		s.sure = s.records
	}
	for i := range last {
		a[last[i].stream].sure--
	}
}

// cut forgets what stands behind the last STATE.
func (a asides) cut() {
	for _, s := range a {
		s.records = s.sure
	}
}

// say tells for each stream how many records are in the table, which everybody can look at now.
func (a asides) say(log *slog.Logger, table string) {
	for _, stream := range slices.Sorted(maps.Keys(a)) {
		s := a[stream]
		log.Warn("records were set aside", "stream", stream, "records", s.records, "table", table, "first_line", s.line, "reason", s.reason)
	}
}
