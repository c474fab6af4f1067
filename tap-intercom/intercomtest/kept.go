package intercomtest

import "time"

// A keptKind describes records that nothing else in the workspace depends on:
// how many a fresh workspace has, and how one is made up.
type keptKind struct {
	kind   string
	routes []route
	count  int   // in a fresh workspace
	first  int64 // id of the first; they go up in threes
	make   func(ws *workspace, d draft) Object

	// streams puts a record into Contents; nil puts it there as it is kept,
	// under the name of its kind.
	streams func(ws *workspace, r *record, now int64, put func(stream string, o Object))
}

// A draft is what a record is made up from.
type draft struct {
	gen
	i                int // its place among those of its kind
	id               int64
	created, updated int64
}

// keptFamily is the family of such records.
func keptFamily(k keptKind) family {
	add := func(ws *workspace, seq int64, d draft, o Object) *record {
		r := newRecord(seq, merge(k.make(ws, d), o))
		ws.kept[k.kind].add(r)
		return r
	}
	return family{
		kind: k.kind, routes: k.routes,
		rows: func(ws *workspace) rows { return ws.kept[k.kind] },
		generate: func(ws *workspace, o Options) {
			ws.kept[k.kind] = &table[*record]{}
			for i := range k.count {
				g := newGen(o.Seed, k.kind, i)
				created, updated := g.history(i)
				add(ws, ws.next(), draft{g, i, k.first + 3*int64(i), created, updated}, nil)
			}
		},
		add: func(ws *workspace, o Object, now int64) *record {
			seq := ws.next()
			return add(ws, seq, draft{newGen(uint64(seq), k.kind, 0), len(ws.kept[k.kind].rows), ws.number(), now, now}, o)
		},
		contents: func(ws *workspace, now int64, put func(string, Object)) {
			for _, r := range ws.kept[k.kind].rows {
				if k.streams != nil {
					k.streams(ws, r, now, put)
				} else {
					put(k.kind, r.object())
				}
			}
		},
	}
}

// iso writes a second as those resources do that have no UNIX timestamps.
func iso(second int64) string { return time.Unix(second, 0).UTC().Format("2006-01-02T15:04:05.000Z") }

// moment reads a time in either form.
func moment(v any) (int64, bool) {
	if s, isText := v.(string); isText {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t.Unix(), true
		}
	}
	return whole(v)
}
