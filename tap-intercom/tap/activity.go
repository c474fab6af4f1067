package tap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// firstLog is where a log is read from that has no bookmark and no start_date:
// Intercom was founded in this year, and its lists of logs want a time to
// begin at.
var firstLog = time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// errMoved says that the pages of a list never held as many rows as they said.
var errMoved = errors.New("rows moved from page to page")

// syncLog reads a log that comes newest first, in slices of time whose ends
// stand still: what is logged meanwhile is in none of them, so that it cannot
// push rows from page to page. Within a slice the order does not matter; the
// bookmark moves when the slice is complete.
func (r *run) syncLog(ctx context.Context, g *group) error {
	err := r.inSlices(ctx, g, max(g.since(), firstLog), r.logSlice)
	if errors.Is(err, errMoved) {
		r.log.Warn("rows moved each time a slice was read: the next run reads it again", "stream", g.parent.name, "err", err)
		return r.writeState()
	}
	return err
}

// logSlice reads what was logged between two seconds, both included. A slice
// whose rows moved from page to page is read again: rows are keyed.
func (r *run) logSlice(ctx context.Context, g *group, from, to int64) (pages int, err error) {
	// Whether the bounds are in is not documented.
	request := g.parent.listRequest()
	request.Params = g.query()
	request.Params.Set("created_at_after", strconv.FormatInt(from-1, 10))
	request.Params.Set("created_at_before", strconv.FormatInt(to+1, 10))
	for attempt := 1; ; attempt++ {
		seen := new(census)
		for p, err := range r.client.List(ctx, request) {
			if err != nil {
				return seen.pages, err
			}
			items, err := g.items(p.Items)
			if err != nil {
				return seen.pages, err
			}
			seen.add(p.Total, items)
			items = slices.DeleteFunc(items, func(it item) bool {
				return it.updated != 0 && (it.updated < from || it.updated > to)
			})
			if err := r.items(ctx, g, items, nil); err != nil {
				return seen.pages, err
			}
		}
		if !seen.moved() {
			return seen.pages, nil
		}
		if attempt == listAttempts {
			return seen.pages, fmt.Errorf("%w between %s and %s", errMoved, timeText(from), timeText(to))
		}
	}
}
