package tap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// logPlace is how far a log was read that only grows at its end: the cursor of the
// page to ask for, and the last row of it that was sent. It is kept in the state
// beside the bookmark:
//
//	{"created_at": "2026-01-02T03:04:05Z", "starting_after": "…", "id": "…"}
//
// No answer but a page with rows moves it: the API answers with an empty list
// when it cannot read its own log (reference of 2.17).
type logPlace struct {
	cursor string
	last   string
	mark   int64
}

// syncFeed reads on from where the last run was. Rows come oldest first. A
// cursor that is not taken any more sends the reading back to the beginning, and
// what the bookmark says was sent is not sent again.
func (r *run) syncFeed(ctx context.Context, g *group) error {
	o := g.outs[0]
	at, err := readPlace(r.bookmark(o.stream), o.stream, o.mark)
	if err != nil {
		return err
	}
	again := o.since
	o.since, o.initial = r.earliest(o), none
	err = r.feed(ctx, g, &at)
	if errors.Is(err, intercom.ErrRefused) && at.cursor != "" {
		r.log.Warn("the place where the last run was is not known any more: reading from the beginning", "stream", o.name, "err", err)
		o.since = again
		at.cursor, at.last = "", ""
		err = r.feed(ctx, g, &at)
	}
	if err != nil {
		return err
	}
	return r.writeState()
}

// feed reads the pages from at on, and moves at with each.
func (r *run) feed(ctx context.Context, g *group, at *logPlace) error {
	request := g.parent.listRequest()
	if at.cursor != "" {
		request.Params.Set("starting_after", at.cursor)
	}
	for p, err := range r.client.List(ctx, request) {
		if err != nil {
			return err
		}
		items, err := g.items(p.Items)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(items, func(it item) bool { return it.id == at.last }); i >= 0 && at.last != "" {
			items = items[i+1:]
		}
		// What happened after the end of the run is for the next one.
		end := slices.IndexFunc(items, func(it item) bool { return it.updated > r.upper })
		if end >= 0 {
			items = items[:end]
		}
		if err := r.items(ctx, g, items, nil); err != nil {
			return err
		}
		for _, it := range items {
			at.last, at.mark = it.id, max(at.mark, it.updated)
		}
		if end < 0 && p.After != "" {
			at.cursor = p.After
		}
		err = r.remember(func(state *singer.State) error {
			at.write(state, g.parent)
			return nil
		})
		if err != nil || end >= 0 {
			return err
		}
	}
	return nil
}

// readPlace returns the place that the bookmark of s holds.
func readPlace(bookmark jsontext.Value, s *stream, mark int64) (logPlace, error) {
	found, err := pick(bookmark, "starting_after", "id")
	if err != nil {
		return logPlace{}, fmt.Errorf("state: bookmark of %s: %w", s.name, err)
	}
	at := logPlace{mark: mark}
	for i, into := range []*string{&at.cursor, &at.last} {
		if found[i].Kind() == '"' {
			*into = unquoted(found[i])
		}
	}
	return at, nil
}

func (at *logPlace) write(state *singer.State, s *stream) {
	if at.mark == none && at.cursor == "" {
		return
	}
	var place []member
	for _, m := range []struct{ name, value string }{{"starting_after", at.cursor}, {"id", at.last}} {
		if m.value != "" {
			place = append(place, member{m.name, appendName(nil, m.value)})
		}
	}
	writeMark(state, s, at.mark, nil, place...)
}
