package tap

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

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
// window is still being read. What else the stream keeps there comes behind.
func writeMark(state *singer.State, s *stream, mark int64, seen []seenRow, more ...member) {
	b := []byte{'{'}
	put := func(name string, value []byte) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, appendName(nil, name)...), ':'), value...)
	}
	if mark != none {
		put(s.bookmark, appendName(nil, timeText(mark)))
	}
	if len(seen) > 0 {
		rows := []byte{'{'}
		for i, row := range seen {
			if i > 0 {
				rows = append(rows, ',')
			}
			rows, _ = jsontext.AppendQuote(rows, row.id)
			rows = strconv.AppendInt(append(rows, ':'), row.updated, 10)
		}
		put("seen", append(rows, '}'))
	}
	for _, m := range more {
		put(m.name, m.value)
	}
	if len(b) > 1 {
		state.SetBookmark(s.name, append(b, '}'))
	}
}

// recent collects the rows of a run that the next one will read again.
type recent struct {
	lookback int64
	newest   int64
	rows     []seenRow
}

func newRecent(lookback int64) *recent { return &recent{lookback: lookback, newest: none} }

func (r *recent) add(id string, updated int64) {
	if id == "" || updated == 0 {
		return // nothing tells it from others, or when it changed
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
	rows := listSeen(last)
	if len(rows) > maxSeen {
		slices.SortFunc(rows, func(a, b seenRow) int {
			return cmp.Or(cmp.Compare(b.updated, a.updated), cmp.Compare(a.id, b.id))
		})
		rows = rows[:maxSeen]
		slices.SortFunc(rows, seenRow.byID)
	}
	return rows
}

// listSeen gives rows in the order of their ids.
func listSeen(seen map[string]int64) []seenRow {
	rows := make([]seenRow, 0, len(seen))
	for id, updated := range seen {
		rows = append(rows, seenRow{id, updated})
	}
	slices.SortFunc(rows, seenRow.byID)
	return rows
}

func (a seenRow) byID(b seenRow) int { return cmp.Compare(a.id, b.id) }
