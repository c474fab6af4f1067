package tap

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercom"
)

// together makes the calls that bring the rows of children for many items at
// once, and leaves the rows with their items. Items that do not name what such
// a call asks by have none.
func (r *run) together(ctx context.Context, g *group, items []item) error {
	for _, child := range childrenOf(g.parent.name) {
		o := g.output(child)
		if child.dialect != together || o == nil {
			continue
		}
		var asked []string
		waiting := map[string]*item{} // by id
		for i := range items {
			it := &items[i]
			by, err := pick(it.raw, child.by)
			if err != nil {
				return err
			}
			if len(by[0]) == 0 || by[0].Kind() == 'n' || !g.wants(o, *it, r.upper) {
				continue
			}
			waiting[it.id] = it
			if id := unquoted(by[0]); !slices.Contains(asked, id) {
				asked = append(asked, id)
			}
		}
		for some := range slices.Chunk(asked, child.perPage) {
			if o.lost.Load() {
				break
			}
			rows, err := r.client.Find(ctx, child.findRequest(some))
			if err = r.judge(ctx, child, err); r.ownError(err) {
				r.lose(child, []*output{o}, err)
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", child.name, err)
			}
			came([]*output{o}, rows)
			if err := leave(child, rows, waiting); err != nil {
				return err
			}
		}
	}
	return nil
}

// leave puts each row to the item that it belongs to.
func leave(child *stream, rows []jsontext.Value, waiting map[string]*item) error {
	for _, row := range rows {
		id, err := pick(row, "id")
		if err != nil {
			return err
		}
		it := waiting[unquoted(id[0])]
		if it == nil {
			continue // another call of the conversation, on another page or not wanted
		}
		if it.more == nil {
			it.more = details{}
		}
		it.more[child] = append(it.more[child], row)
	}
	return nil
}

// findRequest asks for what belongs to some ids.
func (s *stream) findRequest(ids []string) intercom.FindRequest {
	return intercom.FindRequest{Endpoint: s.endpoint, Key: s.items, Body: map[string][]string{s.by + "s": ids}}
}
