package intercomtest

import (
	"maps"
	"slices"
	"sync"
)

// Fresh workspaces. To generate one takes far longer than to copy it, and the
// tests of a package ask for the same few some hundreds of times.

// A template is a workspace as it was generated. Nothing changes it, so that
// what is made of it later, such as parts, does not depend on when.
type template struct {
	once sync.Once
	ws   workspace
}

// templates are those of this process. They save time and carry nothing from
// one test to another.
var templates struct {
	mu   sync.Mutex
	made map[Options]*template
	age  []Options // oldest first
}

// At most this many templates are remembered, and none of a workspace that has
// more contacts, companies, conversations and tickets together.
const (
	templatesKept = 16
	templateSize  = 2_000
)

// fresh gives a fresh workspace of its own to each caller.
func fresh(o Options) workspace {
	// Nothing else in Options decides what is generated.
	key := Options{
		Seed: o.Seed, Timezone: o.Timezone,
		Contacts: o.Contacts, Companies: o.Companies, Conversations: o.Conversations, Tickets: o.Tickets,
	}
	t := templateOf(key)
	t.once.Do(func() { t.ws.generate(key, families()) })
	ws := t.ws.clone()
	ws.indexLag = int64(o.IndexLag.Seconds())
	return ws
}

func templateOf(key Options) *template {
	if key.Contacts+key.Companies+key.Conversations+key.Tickets > templateSize {
		return &template{}
	}
	templates.mu.Lock()
	defer templates.mu.Unlock()
	if t := templates.made[key]; t != nil {
		return t
	}
	if len(templates.age) == templatesKept {
		delete(templates.made, templates.age[0])
		templates.age = slices.Delete(templates.age, 0, 1)
	}
	if templates.made == nil {
		templates.made = map[Options]*template{}
	}
	t := &template{}
	templates.made[key] = t
	templates.age = append(templates.age, key)
	return t
}

// clone copies all that can change. Encoded records and what peek has decoded
// are replaced and never written to, so they are shared.
func (ws *workspace) clone() workspace {
	out := *ws
	for _, t := range []*table[*record]{
		&out.admins, &out.teams, &out.tags, &out.segments, &out.subs, &out.types, &out.states, &out.attributes, &out.convAttrs,
	} {
		*t = t.clone((*record).clone)
	}
	out.companies = ws.companies.clone(func(c *company) *company { return &company{c.record.clone(), c.users} })
	out.contacts = ws.contacts.clone((*contact).clone)
	out.conversations = ws.conversations.clone(func(c *conversation) *conversation {
		return &conversation{record: c.record.clone(), parts: c.parts.later(), intPart: c.intPart}
	})
	out.tickets = ws.tickets.clone(func(t *ticket) *ticket { return &ticket{t.record.clone(), t.parts.later()} })
	out.kept = make(map[string]*table[*record], len(ws.kept))
	for kind, t := range ws.kept {
		copied := t.clone((*record).clone)
		out.kept[kind] = &copied
	}
	out.deleted, out.activities, out.merged = slices.Clone(ws.deleted), slices.Clone(ws.activities), maps.Clone(ws.merged)
	return out
}

func (t *table[T]) clone(row func(T) T) table[T] {
	out := table[T]{byID: make(map[string]T, len(t.rows))}
	if t.rows != nil {
		out.rows = make([]T, 0, len(t.rows))
	}
	for _, r := range t.rows {
		out.add(row(r))
	}
	return out
}

func (r *record) clone() *record {
	out := &record{id: r.id, seq: r.seq, created: r.created, updated: r.updated, wire: r.wire}
	out.peeked.Store(r.peeked.Load())
	return out
}

func (c *contact) clone() *contact {
	out := *c
	out.record = c.record.clone()
	out.tags, out.notes, out.merges, out.events = slices.Clone(c.tags), slices.Clone(c.notes), slices.Clone(c.merges), slices.Clone(c.events)
	out.companies, out.segments, out.subs = slices.Clone(c.companies), slices.Clone(c.segments), slices.Clone(c.subs)
	return &out
}

// later gives a list that copies l once it is asked for.
func (l *partList) later() partList {
	return partList{make: func() []*record {
		parts := slices.Clone(l.all())
		for i, p := range parts {
			parts[i] = p.clone()
		}
		return parts
	}}
}
