package intercomtest

import (
	"fmt"
	"slices"
	"strings"
)

// IDs returns the ids of all records of a kind, oldest first.
func (s *Server) IDs(kind string) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.family(kind)
	if err != nil {
		return nil, err
	}
	return f.rows(&s.ws).ids(), nil
}

// Get returns a record as it is kept: without the lists that hang on it.
func (s *Server) Get(kind, id string) (Object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, r, err := s.find(kind, id)
	if err != nil {
		return nil, err
	}
	return r.object(), nil
}

// Add makes a new record. It has all the members that its kind has, those of o
// instead of made-up ones, and is as old as the clock says. It returns its id.
func (s *Server) Add(kind string, o Object) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := s.family(kind)
	if err != nil {
		return "", err
	}
	if f.add == nil {
		return "", fmt.Errorf("add %s: this kind cannot grow", kind)
	}
	if id, given := o["id"]; given {
		if _, taken := f.rows(&s.ws).find(text(id)); taken {
			return "", fmt.Errorf("add %s: id %v is taken", kind, id)
		}
	}
	if err := f.settable(o); err != nil {
		return "", fmt.Errorf("add %s: %w", kind, err)
	}
	return f.add(&s.ws, o, s.clock.Now().Unix()).id, nil
}

// settable tells whether a caller may decide all that o has.
func (f *family) settable(o Object) error {
	for _, name := range f.computed {
		if _, given := o[name]; given {
			return fmt.Errorf("%s cannot be set: it comes from what is added and removed", name)
		}
	}
	return nil
}

// Update changes members of a record, those of inner objects one by one. Its
// updated_at becomes the clock's time, if it has one and patch does not say
// otherwise. A null in patch is a value; nothing is removed.
func (s *Server) Update(kind, id string, patch Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, r, err := s.find(kind, id)
	if err != nil {
		return err
	}
	if other, given := patch["id"]; given && text(other) != id {
		return fmt.Errorf("update %s %s: an id cannot change", kind, id)
	}
	if err := f.settable(patch); err != nil {
		return fmt.Errorf("update %s %s: %w", kind, id, err)
	}
	now := s.clock.Now().Unix()
	r.patch(patch)
	if _, given := patch["updated_at"]; !given {
		r.touch(now)
	}
	if f.updated != nil {
		f.updated(&s.ws, r, now)
	}
	return nil
}

// touch sets updated_at, if the record has one.
func (r *record) touch(now int64) {
	if o := r.object(); o["updated_at"] != nil {
		if _, isText := o["updated_at"].(string); isText {
			o["updated_at"] = iso(now)
		} else {
			o["updated_at"] = now
		}
		r.set(o)
	}
}

// Delete removes a record and what hangs on it.
func (s *Server) Delete(kind, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _, err := s.find(kind, id)
	if err != nil {
		return err
	}
	if f.removed != nil {
		f.removed(&s.ws, id, s.clock.Now().Unix())
	}
	f.rows(&s.ws).remove(id)
	return nil
}

// AddTo adds an entry to a list that hangs on a record: tags, companies,
// segments (by id), notes (with a body) and events of contacts, tags of
// conversations, parts of conversations and tickets. The record counts as
// updated, but for events. It returns the entry's id.
func (s *Server) AddTo(kind, id, name string, entry Object) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, r, err := s.list(kind, id, name)
	if err != nil {
		return "", err
	}
	now := s.clock.Now().Unix()
	entryID, err := l.add(&s.ws, id, entry, now)
	if err != nil {
		return "", fmt.Errorf("add to %s of %s %s: %w", name, kind, id, err)
	}
	if !l.still {
		r.touch(now)
	}
	return entryID, nil
}

// UpdateIn changes an entry of a list: a part of a conversation or ticket. Both
// it and the record count as updated.
func (s *Server) UpdateIn(kind, id, name, entry string, patch Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, r, err := s.list(kind, id, name)
	if err != nil {
		return err
	}
	if l.update == nil {
		return fmt.Errorf("update %s of %s: entries of this list cannot change", name, kind)
	}
	now := s.clock.Now().Unix()
	if _, given := patch["updated_at"]; !given {
		patch = merge(merge(nil, patch), Object{"updated_at": now})
	}
	if err := l.update(&s.ws, id, entry, patch); err != nil {
		return fmt.Errorf("update %s of %s %s: %w", name, kind, id, err)
	}
	r.touch(now)
	return nil
}

// RemoveFrom removes an entry from a list. The record counts as updated.
func (s *Server) RemoveFrom(kind, id, name, entry string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, r, err := s.list(kind, id, name)
	if err != nil {
		return err
	}
	if l.remove == nil {
		return fmt.Errorf("remove from %s of %s: entries of this list stay", name, kind)
	}
	if err := l.remove(&s.ws, id, entry); err != nil {
		return fmt.Errorf("remove from %s of %s %s: %w", name, kind, id, err)
	}
	r.touch(s.clock.Now().Unix())
	return nil
}

// Merge merges one contact into another, as POST /contacts/merge does: the
// first is gone, and what hung on it hangs on the second.
func (s *Server) Merge(from, into string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, _, err := s.find("contacts", from); err != nil {
		return err
	}
	if _, _, err := s.find("contacts", into); err != nil {
		return err
	}
	if from == into {
		return fmt.Errorf("merge contact %s: into itself", from)
	}
	s.ws.mergeContacts(from, into, s.clock.Now().Unix())
	return nil
}

func (s *Server) family(kind string) (*family, error) {
	var kinds []string
	for i := range s.families {
		f := &s.families[i]
		if f.kind == kind && f.rows != nil {
			return f, nil
		}
		if f.rows != nil {
			kinds = append(kinds, f.kind)
		}
	}
	slices.Sort(kinds)
	return nil, fmt.Errorf("unknown kind %q (there are %s)", kind, strings.Join(kinds, ", "))
}

func (s *Server) find(kind, id string) (*family, *record, error) {
	f, err := s.family(kind)
	if err != nil {
		return nil, nil, err
	}
	r, found := f.rows(&s.ws).find(id)
	if !found {
		return nil, nil, fmt.Errorf("%s %s: no such record", kind, id)
	}
	return f, r, nil
}

func (s *Server) list(kind, id, name string) (list, *record, error) {
	f, r, err := s.find(kind, id)
	if err != nil {
		return list{}, nil, err
	}
	l, found := f.lists[name]
	if !found {
		return list{}, nil, fmt.Errorf("%s have no list %q", kind, name)
	}
	return l, r, nil
}
