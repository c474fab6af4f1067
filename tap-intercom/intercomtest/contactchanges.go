package intercomtest

import (
	"fmt"
	"slices"
)

// What tests do to contacts and companies.
//
// Behaviour: being tagged, annotated or attached to a company counts as an
// update of the contact; what becomes of a tag, company or segment itself does
// not. What the real service does here is not documented.

func contactFamily() family {
	return family{
		kind: "contacts", routes: contactRoutes,
		rows:     func(ws *workspace) rows { return &ws.contacts },
		computed: []string{"tags", "notes", "companies", "merge_history"},
		add: func(ws *workspace, o Object, now int64) *record {
			seq := ws.next()
			row := ws.makeContact(newGen(uint64(seq), "added contact", 0), int(seq))
			c := &contact{visible: now + ws.indexLag}
			c.record = newRecord(seq, merge(merge(row, Object{"created_at": now, "updated_at": now}), o))
			ws.contacts.add(c)
			ws.recordActivity(now, "created", c, nil)
			return c.record
		},
		removed: func(ws *workspace, id string, now int64) {
			c, _ := ws.contacts.get(id)
			ws.recordActivity(now, "deleted", c, nil)
			ws.detachAll(c)
		},
		lists: map[string]list{
			"tags":      {add: addContactTag, remove: removeContactTag},
			"notes":     {add: addContactNote, remove: removeContactNote},
			"companies": {add: addContactCompany, remove: removeContactCompany},
			"segments":  {add: addContactSegment, remove: removeContactSegment},
			"events":    {add: addContactEvent, still: true},
		},
	}
}

func companyFamily() family {
	return family{
		kind: "companies", routes: companyRoutes,
		rows:     func(ws *workspace) rows { return &ws.companies },
		computed: []string{"user_count"},
		add: func(ws *workspace, o Object, now int64) *record {
			seq := ws.next()
			row := ws.makeCompany(newGen(uint64(seq), "added company", 0), int(seq))
			c := &company{record: newRecord(seq, merge(merge(row, Object{"created_at": now, "updated_at": now}), o))}
			ws.companies.add(c)
			return c.record
		},
		removed: func(ws *workspace, id string, _ int64) {
			for _, c := range ws.contacts.rows {
				c.companies = without(c.companies, id)
			}
		},
	}
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(ids, func(other string) bool { return other == id })
}

func addContactTag(ws *workspace, id string, entry Object, now int64) (string, error) {
	c, _ := ws.contacts.get(id)
	tag := text(entry["id"])
	if _, found := ws.tags.get(tag); !found {
		return "", fmt.Errorf("no tag %q", tag)
	}
	if !slices.ContainsFunc(c.tags, func(t tagging) bool { return t.id == tag }) {
		c.tags = append(c.tags, tagging{tag, now, text(adminID(0))})
	}
	return tag, nil
}

func removeContactTag(ws *workspace, id, entry string) error {
	c, _ := ws.contacts.get(id)
	n := len(c.tags)
	c.tags = slices.DeleteFunc(c.tags, func(t tagging) bool { return t.id == entry })
	return missing(n == len(c.tags), entry)
}

func missing(is bool, entry string) error {
	if is {
		return fmt.Errorf("no entry %q", entry)
	}
	return nil
}

func addContactNote(ws *workspace, id string, entry Object, now int64) (string, error) {
	c, _ := ws.contacts.get(id)
	n := note{id: text(ws.number()), created: now, body: "<p>A note</p>"}
	if body, given := entry["body"]; given {
		n.body = text(body)
	}
	c.notes = append(c.notes, n)
	return n.id, nil
}

func removeContactNote(ws *workspace, id, entry string) error {
	c, _ := ws.contacts.get(id)
	n := len(c.notes)
	c.notes = slices.DeleteFunc(c.notes, func(n note) bool { return n.id == entry })
	return missing(n == len(c.notes), entry)
}

func addContactCompany(ws *workspace, id string, entry Object, _ int64) (string, error) {
	c, _ := ws.contacts.get(id)
	co, found := ws.companies.get(text(entry["id"]))
	if !found {
		return "", fmt.Errorf("no company %q", text(entry["id"]))
	}
	if !slices.Contains(c.companies, co.id) {
		c.companies = append(c.companies, co.id)
		co.users++
	}
	return co.id, nil
}

func removeContactCompany(ws *workspace, id, entry string) error {
	c, _ := ws.contacts.get(id)
	if !slices.Contains(c.companies, entry) {
		return missing(true, entry)
	}
	c.companies = without(c.companies, entry)
	if co, found := ws.companies.get(entry); found {
		co.users--
	}
	return nil
}

func addContactSegment(ws *workspace, id string, entry Object, _ int64) (string, error) {
	c, _ := ws.contacts.get(id)
	segment := text(entry["id"])
	if _, found := ws.segments.get(segment); !found {
		return "", fmt.Errorf("no segment %q", segment)
	}
	if !slices.Contains(c.segments, segment) {
		c.segments = append(c.segments, segment)
	}
	return segment, nil
}

func removeContactSegment(ws *workspace, id, entry string) error {
	c, _ := ws.contacts.get(id)
	n := len(c.segments)
	c.segments = without(c.segments, entry)
	return missing(n == len(c.segments), entry)
}

// detachAll takes a contact out of the companies it is in.
func (ws *workspace) detachAll(c *contact) {
	for _, id := range c.companies {
		if co, found := ws.companies.get(id); found {
			co.users--
		}
	}
}

// untagAll takes a tag off everything.
func (ws *workspace) untagAll(id string) {
	for _, c := range ws.contacts.rows {
		c.tags = slices.DeleteFunc(c.tags, func(t tagging) bool { return t.id == id })
	}
	for _, c := range ws.companies.rows {
		dropEntry(c.record, "tags", "tags", id)
	}
	for _, c := range ws.conversations.rows {
		dropEntry(c.record, "tags", "tags", id)
	}
}

// desegmentAll empties a segment.
func (ws *workspace) desegmentAll(id string) {
	for _, c := range ws.contacts.rows {
		c.segments = without(c.segments, id)
	}
	for _, c := range ws.companies.rows {
		dropEntry(c.record, "segments", "segments", id)
	}
}

// dropEntry removes an entry from a list that is kept in the record itself.
func dropEntry(r *record, outer, inner, id string) bool {
	o := r.object()
	holder := asObject(o[outer])
	entries := asList(holder[inner])
	kept := slices.DeleteFunc(slices.Clone(entries), func(v any) bool { return text(asObject(v)["id"]) == id })
	if len(kept) == len(entries) {
		return false
	}
	holder[inner] = nonNil(kept)
	r.set(o)
	return true
}

// mergeContacts merges one contact into another. Conversations of the first
// become the second's; whether the real service does that is not documented.
func (ws *workspace) mergeContacts(from, into string, now int64) {
	source, _ := ws.contacts.get(from)
	target, _ := ws.contacts.get(into)
	role := text(source.object()["role"])
	for _, t := range source.tags {
		if !slices.ContainsFunc(target.tags, func(other tagging) bool { return other.id == t.id }) {
			target.tags = append(target.tags, t)
		}
	}
	for _, id := range source.companies {
		if slices.Contains(target.companies, id) {
			if co, found := ws.companies.get(id); found {
				co.users--
			}
		} else {
			target.companies = append(target.companies, id)
		}
	}
	target.notes = append(target.notes, source.notes...)
	target.merges = append(target.merges, mergeItem{from, role, now})
	target.touch(now)
	external := target.object()["external_id"]
	for _, c := range ws.conversations.rows {
		ws.repoint(c, from, into, external)
	}
	ws.merged[from] = into
	ws.contacts.remove(from)
	ws.recordActivity(now, "merged", target, Object{"merge_source_id": from, "merge_target_id": into})
}

// repoint gives a conversation of one contact to another.
func (ws *workspace) repoint(c *conversation, from, into string, external any) {
	o := c.object()
	changed := false
	for _, v := range asList(walk(o, "contacts.contacts")) {
		if ref := asObject(v); text(ref["id"]) == from {
			ref["id"], ref["external_id"], changed = into, external, true
		}
	}
	if changed {
		c.set(o)
	}
}
