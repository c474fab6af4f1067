package intercom

import (
	"bytes"
	"fmt"
	"hash/maphash"

	"github.com/go-json-experiment/json/jsontext"
)

// guard ends paging that would not end by itself. Cursors that come back after one
// or two pages have been seen in the wild, and so has the last page again and again
// under ever new cursors.
//
// A page that brings nothing new, and one without rows, is no end as long as there
// is a way on: rows may have moved to it from a page that was read, and a page in
// the middle may be empty. A second such page in a row ends the list, with
// ErrPageLoop if it has rows. When as many rows came as the list says it has, the
// first such page is its end.
type guard struct {
	pages int
	asked map[string]struct{} // where the list has been
	total int64               // total_count of the newest page; -1 when it does not say
	rows  int64               // that were new
	stale int                 // pages in a row that brought nothing new

	// Rows that came, by a hash of what tells them apart. Two generations bound
	// what is kept of a list of millions.
	seed        maphash.Seed
	young, aged map[uint64]struct{}
}

// generation is how many rows are remembered at least: far more than a few pages.
const generation = 10_000

func newGuard() *guard {
	return &guard{total: -1, asked: map[string]struct{}{}, seed: maphash.MakeSeed(), young: map[uint64]struct{}{}}
}

// pass yields what is to be taken of a page, and reports whether another one is to
// be asked for; next is its position.
func (g *guard) pass(r *request, p page, next string, yield func(Page, error) bool) (more bool) {
	g.pages++
	fresh := g.meet(p.Items)
	if p.Total >= 0 {
		g.total = p.Total
	}
	whole := g.total >= 0 && g.rows >= g.total
	switch {
	case fresh:
		g.stale = 0
	case whole && p.next != nil:
		return false // all came before
	default:
		g.stale++
	}
	if g.stale > 1 && p.next != nil && len(p.Items) > 0 {
		yield(Page{}, fmt.Errorf("%s %s: %w: %d pages in a row brought nothing new", r.method, r.endpoint, ErrPageLoop, g.stale))
		return false
	}
	if !yield(p.Page, nil) || p.next == nil || g.stale > 1 {
		return false
	}
	if _, again := g.asked[next]; again {
		if !whole && len(p.Items) > 0 {
			yield(Page{}, fmt.Errorf("%s %s: %w", r.method, r.endpoint, ErrPageLoop))
		}
		return false
	}
	g.asked[next] = struct{}{}
	return true
}

// meet remembers items and reports whether one of them is new.
func (g *guard) meet(items []jsontext.Value) (fresh bool) {
	for _, item := range items {
		key := maphash.Bytes(g.seed, identity(item))
		if _, met := g.young[key]; met {
			continue
		}
		if len(g.young) >= generation {
			g.young, g.aged = map[uint64]struct{}{}, g.young
		}
		g.young[key] = struct{}{}
		if _, met := g.aged[key]; !met {
			g.rows++
			fresh = true
		}
	}
	return fresh
}

// identity is the id of an item, or all of one that has none.
func identity(item jsontext.Value) []byte {
	dec := jsontext.NewDecoder(bytes.NewBuffer(item), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if item.Kind() != '{' {
		return item
	}
	if _, err := dec.ReadToken(); err != nil {
		return item
	}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return item
		}
		if name.String() != "id" {
			if dec.SkipValue() != nil {
				return item
			}
			continue
		}
		if id, err := dec.ReadValue(); err == nil && id.Kind() != 'n' {
			return id
		}
		return item
	}
	return item
}
