package tap

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercom"
)

// A call for one parent may be answered with less than its rows: with another
// object, with one that lacks them, with 404. None of this may pass for a parent
// that has none.

// accepts says what is wrong with the object that the call for the rows of one
// parent brought. It is that parent, and holds their list, be it empty. Where the
// one row is an object, the API describes null for a parent without it.
func (s *stream) accepts(id string) func(jsontext.Value) error {
	return func(object jsontext.Value) error {
		if err := ofID(id)(object); err != nil {
			return err
		}
		l, err := within(object, s.within)
		if err != nil || (l.there && !l.odd) {
			return err
		}
		if s.within != "" && strings.HasSuffix(s.within, "/") {
			if found, err := pick(object, s.field()); err == nil && found[0].Kind() == 'n' {
				return nil
			}
		}
		return fmt.Errorf("no %s in it", s.field())
	}
}

// ofID accepts the object with an id: another one in its place, or an error list,
// is no answer.
func ofID(id string) func(jsontext.Value) error {
	return func(object jsontext.Value) error {
		head, err := newItem(object, "")
		if err == nil && head.id != id {
			err = fmt.Errorf("not the object with id %s", id)
		}
		return err
	}
}

// holds accepts an object with an object in a member.
func holds(member string) func(jsontext.Value) error {
	return func(object jsontext.Value) error {
		found, err := pick(object, member)
		if err == nil && found[0].Kind() != '{' {
			err = fmt.Errorf("no %s in it", member)
		}
		return err
	}
}

// fewMissing is how many parents in a row may be gone when they are asked for. They
// were listed moments ago: more are a sign that the call does not work.
const fewMissing = 5

// missing are the parents that were not found when they were asked for, as long as
// no call for the same child that began later has succeeded. Until then they are no
// proof of deletions, and no bookmark passes them: the next run does not find those in
// the list that were deleted.
type missing struct {
	mu     sync.Mutex
	begun  int // calls
	worked int // the latest of them that succeeded
	gone   []parentGone
}

type parentGone struct {
	call    int
	changed int64 // when the parent did; 0 when it does not say
}

// begin numbers a call.
func (m *missing) begin() (call int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun++
	return m.begun
}

// found notes a call that succeeded.
func (m *missing) found(call int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.worked = max(m.worked, call)
	m.gone = slices.DeleteFunc(m.gone, func(g parentGone) bool { return g.call < m.worked })
}

// add notes a call whose parent was not found, and says when these are too many.
func (m *missing) add(call int, changed int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if call < m.worked {
		return nil
	}
	m.gone = append(m.gone, parentGone{call, changed})
	if len(m.gone) <= fewMissing {
		return nil
	}
	return &ofStream{err: fmt.Errorf("%d parents in a row are not found: they cannot all have been deleted since they were listed", len(m.gone)), kind: errOutOfOrder}
}

// proved is the last second for which it is known what became of the parents.
func (m *missing) proved() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	proved := int64(math.MaxInt64)
	for _, g := range m.gone {
		if g.changed == 0 {
			return none
		}
		proved = min(proved, g.changed-1)
	}
	return proved
}

// proved is how far the bookmark of o may go.
func (g *group) proved(o *output) int64 {
	if m := g.missing[o.source()]; m != nil {
		return m.proved()
	}
	return math.MaxInt64
}

// absent handles the answer that a parent is not there. A merged contact says so
// itself.
func (r *run) absent(g *group, child *stream, call int, it item, err error) error {
	r.gone.Add(1)
	r.merged(it, err)
	if errors.Is(err, intercom.ErrGone) {
		return nil
	}
	if many := g.missing[child].add(call, it.updated); many != nil {
		return fmt.Errorf("%w; %w", many, err)
	}
	return nil
}
