package tap

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"
)

// deepRows calls for each row of the list that a deep child is made from. found
// is what the calls before brought for the same parent: the list need not be
// asked for again.
func (r *run) deepRows(ctx context.Context, child *stream, outs []*output, it item, found details) ([]jsontext.Value, error) {
	via := streamNamed(child.via)
	rows, there := found[via]
	if !there {
		var whole bool
		var err error
		if rows, whole, err = r.readWhole(ctx, via.childRequest(it.id), nil); err != nil {
			return nil, err
		}
		for _, o := range outs {
			if !whole {
				o.partial.Store(true)
			}
		}
	}
	deep := make([]jsontext.Value, 0, len(rows))
	for _, row := range rows {
		head, err := newItem(row, "")
		if err != nil {
			return nil, err
		}
		object, err := r.client.ObjectOf(ctx, child.endpoint, it.id, head.id, ofID(head.id))
		if err != nil {
			return nil, err
		}
		deep = append(deep, object)
	}
	return deep, nil
}
