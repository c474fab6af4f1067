package intercomtest

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// everyPart has all parts made, which otherwise wait until they are asked for.
func (ws *workspace) everyPart() {
	for _, c := range ws.conversations.rows {
		c.parts.all()
	}
	for _, t := range ws.tickets.rows {
		t.parts.all()
	}
}

func TestCopyOfAWorkspaceIsWholeAndSharesNothingThatChanges(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 3, Contacts: 30, Companies: 10, Conversations: 20, Tickets: 10}.withDefaults()
	var generated workspace
	generated.generate(o, families())
	copied := generated.clone()
	generated.everyPart()
	copied.everyPart()
	compareCopy(t, "workspace", reflect.ValueOf(&generated).Elem(), reflect.ValueOf(&copied).Elem())
	o.IndexLag = 90 * time.Second
	if ws := fresh(o); ws.indexLag != 90 {
		t.Errorf("fresh(IndexLag: %v).indexLag = %d, want 90", o.IndexLag, ws.indexLag)
	}
}

// compareCopy tells where b differs from a, or is the same memory.
func compareCopy(t *testing.T, path string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if a.IsNil() != b.IsNil() {
			t.Errorf("%s: nil is %t in one and %t in the other", path, a.IsNil(), b.IsNil())
			return
		}
		if a.IsNil() {
			return
		}
		if a.Type() == reflect.TypeFor[[]byte]() {
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%s: %s became %s", path, a.Bytes(), b.Bytes())
			}
			return // encoded records may be shared: they are replaced as a whole
		}
		if a.Pointer() == b.Pointer() && (a.Kind() != reflect.Slice || a.Cap() > 0) {
			t.Errorf("%s is shared", path)
			return
		}
	}
	switch a.Kind() {
	case reflect.Pointer:
		compareCopy(t, path, a.Elem(), b.Elem())
	case reflect.Map:
		if a.Len() != b.Len() {
			t.Errorf("%s: %d entries became %d", path, a.Len(), b.Len())
			return
		}
		for _, key := range a.MapKeys() {
			if !b.MapIndex(key).IsValid() {
				t.Errorf("%s: %v is missing", path, key)
				continue
			}
			compareCopy(t, fmt.Sprintf("%s[%v]", path, key), a.MapIndex(key), b.MapIndex(key))
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			t.Errorf("%s: %d elements became %d", path, a.Len(), b.Len())
			return
		}
		for i := range a.Len() {
			compareCopy(t, fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i))
		}
	case reflect.Struct:
		switch a.Type() {
		case reflect.TypeFor[sync.Once](), reflect.TypeFor[atomic.Pointer[Object]](): // what was looked at may be shared
			return
		}
		for i := range a.NumField() {
			compareCopy(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	case reflect.Func: // how parts are made: they themselves are compared
	default:
		if !a.Equal(b) {
			t.Errorf("%s: %v became %v", path, a, b)
		}
	}
}

func TestChangesStayInTheirWorkspace(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 4, Contacts: 30, Companies: 10, Conversations: 20, Tickets: 10, Pipe: true, Clock: NewClock(Epoch)}
	want := encode(New(t, o).Contents())
	changed, beside := New(t, o), New(t, o)
	for _, kind := range []string{"admins", "tags"} { // parts that nobody has looked at yet name them
		ids, err := changed.IDs(kind)
		if err != nil {
			t.Fatal(err)
		}
		if err := changed.Update(kind, ids[0], Object{"name": "Somebody else"}); err != nil {
			t.Fatal(err)
		}
	}
	if was, is := encode(beside.Contents()["conversation_parts"]), encode(changed.Contents()["conversation_parts"]); !bytes.Equal(was, is) {
		t.Error("parts of long ago have changed with the name of an admin or a tag")
	}
	changed.Churn(300)
	if bytes.Equal(encode(changed.Contents()), want) {
		t.Error("300 changes have changed nothing")
	}
	for name, s := range map[string]*Server{"a workspace beside": beside, "a new workspace": New(t, o)} {
		if !bytes.Equal(encode(s.Contents()), want) {
			t.Errorf("%s has changed with that of another server", name)
		}
	}
}

func TestOldTemplatesAreForgotten(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2 * templatesKept) {
		templateOf(Options{Seed: 1000 + seed})
	}
	if a, b := templateOf(Options{Seed: 1}), templateOf(Options{Seed: 1, Tickets: templateSize}); a == b {
		t.Error("two different workspaces have one template")
	}
	templates.mu.Lock()
	defer templates.mu.Unlock()
	if len(templates.made) > templatesKept || len(templates.made) != len(templates.age) {
		t.Errorf("%d templates and %d ages are remembered, want %d at most", len(templates.made), len(templates.age), templatesKept)
	}
}

func TestGeneratingTwiceGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 3, Contacts: 30, Companies: 10, Conversations: 20, Tickets: 10}.withDefaults()
	var first, second workspace
	first.generate(o, families())
	second.generate(o, families())
	first.everyPart()
	second.everyPart()
	compareCopy(t, "workspace", reflect.ValueOf(&first).Elem(), reflect.ValueOf(&second).Elem())
}
