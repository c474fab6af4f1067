package intercomtest

import (
	"slices"
	"strconv"
)

// Instances of custom objects.
//
// Behaviour:
//   - GET /custom_object_instances/{type} by page, 20 a page, 150 at most; a
//     type that does not exist is 404. No call lists the types: there are order
//     and Subscription plan, the former named by a conversation attribute
//   - references_contact_id and references_conversation_id are not looked at
//
// Irregular on purpose:
//   - ids are strings, and numbers in every fifth
//   - custom attributes are of every kind, though described as texts

var objectTypes = []string{"order", "Subscription plan"}

func customObjectFamily() family {
	l := listing{kind: "custom_objects", dialect: linked, perPage: 20, most: 150, of: ofType}
	return keptFamily(keptKind{
		kind: "custom_objects", count: 64, first: 3,
		routes: []route{{pattern: "GET /custom_object_instances/{type}", since: v213, handle: l.handle}},
		streams: func(_ *workspace, r *record, _ int64, put func(string, Object)) {
			put("custom_objects__"+text(r.peek()["type"]), r.object())
		},
		make: func(_ *workspace, d draft) Object {
			id := any(strconv.FormatInt(d.id, 10))
			if d.i%5 == 4 {
				id = d.id
			}
			return Object{
				"type": objectTypes[d.i%3/2], "id": id, "external_id": "ext-" + strconv.Itoa(d.i), "external_created_at": maybe(d.gen, 2, d.created),
				"external_updated_at": maybe(d.gen, 2, d.updated), "created_at": d.created, "updated_at": d.updated,
				"custom_attributes": Object{
					"order_number": "ORDER-" + strconv.Itoa(d.i), "total_amount": float64(d.IntN(99_999)) / 100, "Paid?": d.one(2), "items": d.IntN(9),
					"Größe": maybe(d.gen, 2, "L, \"slim\""), "due": d.updated,
				},
			}
		},
	})
}

func ofType(_ *Server, r *request) (func(*record) bool, *answer) {
	typ := r.PathValue("type")
	if !slices.Contains(objectTypes, typ) {
		refused := notFound("Custom object type not found")
		return nil, &refused
	}
	return func(row *record) bool { return row.peek()["type"] == typ }, nil
}
