package tap

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// none is the bookmark of a stream that has not been read yet.
const none = -1 << 62

// maxSeen bounds how many rows a state remembers one by one. What goes beyond
// is sent again when the lookback reads it again: harmless to a keyed table.
const maxSeen = 2000

// seenRow is a row that was sent, with the updated_at it had.
type seenRow struct {
	id      string
	updated int64
}

// A bookmark in the state is
//
//	{"updated_at": "2026-01-02T03:04:05Z", "seen": {"<id>": <unix seconds>}}
//
// under the name of the stream's replication key. Everything up to that second
// was sent. seen stands with the parent stream; it lists what was sent of the
// time that the lookback will read again, so that an unchanged workspace yields
// no records and an unchanged state.

// readMark returns the bookmark of s in unix seconds.
func readMark(state *singer.State, s *stream) (int64, error) {
	raw := state.Bookmark(s.name)
	if len(raw) == 0 {
		return none, nil
	}
	found, err := pick(raw, s.bookmark)
	if err != nil {
		return 0, fmt.Errorf("state: bookmark of %s: %w", s.name, err)
	}
	if len(found[0]) == 0 || found[0].Kind() == 'n' {
		return none, nil
	}
	at, ok := parseTime(unquoted(found[0]))
	if !ok {
		return 0, fmt.Errorf("state: bookmark of %s: %s %s is not a time", s.name, s.bookmark, found[0])
	}
	return at.Unix(), nil
}

// readSeen returns what the state remembers of parent one by one.
func readSeen(state *singer.State, parent *stream) map[string]int64 {
	found, err := pick(state.Bookmark(parent.name), "seen")
	seen := map[string]int64{}
	if err != nil || json.Unmarshal(found[0], &seen) != nil {
		return nil // rows are sent once more
	}
	return seen
}

// writeMark sets the bookmark of s; seen is nil for children and while a
// window is still being read.
func writeMark(state *singer.State, s *stream, mark int64, seen []seenRow) {
	b := []byte{'{'}
	if mark != none {
		b = append(append(append(b, '"'), s.bookmark...), `":"`...)
		b = append(time.Unix(mark, 0).UTC().AppendFormat(b, time.RFC3339), '"')
	}
	if len(seen) > 0 {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, `"seen":{`...)
		for i, row := range seen {
			if i > 0 {
				b = append(b, ',')
			}
			b, _ = jsontext.AppendQuote(b, row.id)
			b = strconv.AppendInt(append(b, ':'), row.updated, 10)
		}
		b = append(b, '}')
	}
	if len(b) == 1 {
		return
	}
	state.SetBookmark(s.name, append(b, '}'))
}

// recent collects the rows of a run that the next one will read again.
type recent struct {
	lookback int64
	newest   int64
	rows     []seenRow
}

func newRecent(lookback int64) *recent { return &recent{lookback: lookback, newest: none} }

func (r *recent) add(id string, updated int64) {
	if id == "" {
		return
	}
	r.newest = max(r.newest, updated)
	if updated < r.newest-r.lookback {
		return
	}
	r.rows = append(r.rows, seenRow{id, updated})
	if len(r.rows) > 4*maxSeen {
		r.rows = r.list(r.newest)
	}
}

// list returns what the lookback from mark reads again, the newest first to
// stay when there are too many, in the order of their ids.
func (r *recent) list(mark int64) []seenRow {
	last := map[string]int64{} // a row may have been read twice
	for _, row := range r.rows {
		if row.updated >= mark-r.lookback && row.updated <= mark {
			last[row.id] = max(row.updated, last[row.id])
		}
	}
	rows := make([]seenRow, 0, len(last))
	for id, updated := range last {
		rows = append(rows, seenRow{id, updated})
	}
	if len(rows) > maxSeen {
		slices.SortFunc(rows, func(a, b seenRow) int {
			return cmp.Or(cmp.Compare(b.updated, a.updated), cmp.Compare(a.id, b.id))
		})
		rows = rows[:maxSeen]
	}
	slices.SortFunc(rows, func(a, b seenRow) int { return cmp.Compare(a.id, b.id) })
	return rows
}
