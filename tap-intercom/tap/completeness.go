package tap

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// tally holds the rows of a search against the total_count that each of its
// pages tells.
type tally struct {
	pages       int
	rows        int64
	first, last int64 // totals; -1 when they are not told
	most        int64 // the largest of them
}

func (t *tally) add(total int64, rows int) {
	if t.pages++; t.pages == 1 {
		t.first, t.most = total, total
	}
	t.last, t.most = total, max(t.most, total)
	t.rows += int64(rows)
}

// prove reports what is missing of a search that was read to its end. Rows that
// change while it is read leave its window, and the total shrinks: what the last
// page tells is there no matter what has left. Rows may be fewer than at the
// beginning, then, but not fewer than at the end, and never more than any page tells.
func (t *tally) prove(log *slog.Logger, stream string) {
	switch {
	case t.pages == 0 || t.last < 0:
	case t.rows < t.last:
		log.Warn("fewer rows came than the search counts", "stream", stream, "rows", t.rows, "total_count", t.last)
	case t.rows > t.most:
		log.Warn("more rows came than the search counts", "stream", stream, "rows", t.rows, "total_count", t.most)
	case t.rows < t.first:
		log.Info("rows changed while they were read: the next run has them", "stream", stream, "rows", t.rows, "total_count", t.first)
	}
}

// prove reports that a list has not as many rows as it counts.
func (c *census) prove(log *slog.Logger, stream string) {
	if rows := int64(len(c.ids)); !c.cut && !c.disagree && c.total >= 0 && c.total != rows {
		log.Warn("the list counts another number of rows than came", "stream", stream, "rows", rows, "total_count", c.total)
	}
}

// shownShortfalls is how many parents of each stream the log names whose rows did
// not all come. The others are counted.
const shownShortfalls = 10

// What can be short about the rows of a parent.
const (
	notAllGiven    = "the API does not give all rows"
	countedOtherly = "statistics count another number of rows than came"
)

// shortfalls are the parents whose rows did not all come.
type shortfalls struct {
	log *slog.Logger
	mu  sync.Mutex
	n   map[[2]string]int // by what is short, and stream
	seq [][2]string       // in the order of their first
}

func newShortfalls(log *slog.Logger) *shortfalls {
	return &shortfalls{log: log, n: map[[2]string]int{}}
}

// add notes that of the parent id of a stream, rows came of total.
func (s *shortfalls) add(level slog.Level, what, stream, id string, rows, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := [2]string{what, stream}
	if s.n[kind]++; s.n[kind] == 1 {
		s.seq = append(s.seq, kind)
	}
	if s.n[kind] <= shownShortfalls {
		s.log.Log(context.Background(), level, what, "stream", stream, "id", id, "rows", rows, "of", total)
	}
}

// report counts those that were not named.
func (s *shortfalls) report() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range s.seq {
		if n := s.n[kind]; n > shownShortfalls {
			s.log.Warn("and others", "what", kind[0], "stream", kind[1], "others", n-shownShortfalls)
		}
	}
}

// check compares a list that hangs on the parent id with what it counts itself.
func (s *shortfalls) check(stream, id string, l sublist) {
	if total, err := strconv.ParseInt(l.total, 10, 64); err == nil && total != int64(len(l.rows)) {
		s.add(slog.LevelWarn, notAllGiven, stream, id, int64(len(l.rows)), total)
	} else if err != nil && l.hasMore {
		s.add(slog.LevelWarn, notAllGiven, stream, id, int64(len(l.rows)), -1)
	}
}

// checkCounted compares the rows of a list with the member of its parent that
// counts them too. Whether Intercom counts the same rows there is not
// documented, so a difference is worth a look, not a warning. The 500 that it
// gives of more are known.
func (s *shortfalls) checkCounted(child *stream, id string, parent jsontext.Value, l sublist) error {
	if child.counted == "" {
		return nil
	}
	counted, err := pickPath(parent, child.counted)
	if err != nil {
		return err
	}
	said, err := strconv.ParseInt(string(counted), 10, 64)
	if err != nil {
		return nil //nolint:nilerr // nothing is said
	}
	total, err := strconv.ParseInt(l.total, 10, 64)
	if err != nil {
		total = int64(len(l.rows))
	}
	if said != total {
		s.add(slog.LevelInfo, countedOtherly, child.name, id, total, said)
	}
	return nil
}
