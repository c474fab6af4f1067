package synapse

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest/tds"
)

// model is a namespace of tables, each with the text of its rows.
type model map[string]string

var (
	dropText   = regexp.MustCompile(`^IF OBJECT_ID\(N'\[raw\]\.\[(\w+)\]', N'U'\) IS NOT NULL DROP TABLE \[raw\]\.\[(\w+)\]$`)
	createText = regexp.MustCompile(`(?s)^CREATE TABLE \[raw\]\.\[(\w+)\].*FROM \[raw\]\.\[(\w+)\]$`)
	renameText = regexp.MustCompile(`^RENAME OBJECT \[raw\]\.\[(\w+)\] TO \[(\w+)\]$`)
)

// do does what a statement says, and refuses what the pool would.
func (m model) do(s Statement) error {
	text := s.SQL("")
	if f := dropText.FindStringSubmatch(text); f != nil && f[1] == f[2] {
		delete(m, f[1])
		return nil
	}
	var from, to string
	create, rename := createText.FindStringSubmatch(text), renameText.FindStringSubmatch(text)
	switch {
	case create != nil:
		from, to = create[2], create[1]
	case rename != nil:
		from, to = rename[1], rename[2]
	default:
		return fmt.Errorf("unknown statement %s", text)
	}
	rows, ok := m[from]
	if _, taken := m[to]; !ok || taken {
		return fmt.Errorf("%s, with tables %v", text, slices.Sorted(maps.Keys(m)))
	}
	m[to] = rows
	if rename != nil {
		delete(m, from)
	}
	return nil
}

func (m model) exists(table string) bool { _, ok := m[table]; return ok }

func TestRebuildInterruptedAnywhereIsFinished(t *testing.T) {
	t.Parallel()
	users := Table{Name: Name{"raw", "users"}, Columns: []Column{{Name: "id", Type: Text(512)}}}
	steps := Rebuild(users, "")
	for crash := range len(steps) + 1 {
		for again := range len(steps) + 1 {
			m := model{"users": "all rows", "other": "x"}
			for i, s := range steps {
				if i == crash {
					break
				}
				if err := m.do(s); err != nil {
					t.Fatalf("crash %d: step %d: %v", crash, i, err)
				}
			}
			// the next start is interrupted too, and then there is a third
			for _, limit := range []int{again, 99} {
				for i, s := range FinishRebuild(users.Name, "", m.exists) {
					if i == limit {
						break
					}
					if err := m.do(s); err != nil {
						t.Fatalf("crash %d, %d: %v", crash, again, err)
					}
				}
			}
			if len(m) != 2 || m["users"] != "all rows" {
				t.Errorf("crash after step %d, then after step %d: tables are %v", crash, again, m)
			}
			for _, s := range steps {
				if err := m.do(s); err != nil {
					t.Errorf("crash %d, %d: a new rebuild: %v", crash, again, err)
				}
			}
		}
	}
}

func TestFinishRebuildDropsNothingItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	for _, tables := range [][]string{{"users", "_sdc_new_users", "_sdc_old_users"}, {"_sdc_new_users"}, {}, {"users"}} {
		if steps := FinishRebuild(Name{"raw", "users"}, "", func(name string) bool { return slices.Contains(tables, name) }); len(steps) > 0 {
			t.Errorf("with %v: %v", tables, steps)
		}
	}
}

// Names of earlier releases carry no mark: a table called so may be anybody's.
func TestARebuildOfAnEarlierReleaseIsEndedWithoutDroppingAnything(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		tables []string
		want   string
	}{
		{[]string{"users", "_sdc_old_users"}, ""}, {[]string{"users", "_sdc_new_users"}, ""}, {[]string{"_sdc_new_users"}, ""}, {nil, ""},
		{[]string{"_sdc_new_users", "_sdc_old_users"}, "RENAME OBJECT [raw].[_sdc_new_users] TO [users]"},
		{[]string{"_sdc_old_users"}, "RENAME OBJECT [raw].[_sdc_old_users] TO [users]"},
	} {
		steps := FinishEarlierRebuild(Name{"raw", "users"}, func(name string) bool { return slices.Contains(test.tables, name) })
		if len(steps) > 1 || len(steps) == 1 && steps[0].SQL("") != test.want || len(steps) == 0 && test.want != "" {
			t.Errorf("with %v: %v, want %s", test.tables, steps, test.want)
		}
	}
	next, previous := RebuildNames(Name{"raw", strings.Repeat("x", 128)}, strings.Repeat("1d", 16))
	if utf16Len(next.Table) > MaxNameUnits || utf16Len(previous.Table) > MaxNameUnits || next == previous {
		t.Errorf("RebuildNames = %v, %v", next, previous)
	}
}

// rebuilding is a pool that has tables and loses its connection where told.
type rebuilding struct {
	tables model
	drop   string // the statement after which the connection is lost, once
	before bool   // or before it
}

func (r *rebuilding) answer(asked string, _ int, w tds.ResultWriter) error {
	for text := range strings.SplitSeq(strings.TrimSuffix(asked, ";\n"), ";\n") {
		lost := r.drop != "" && strings.HasPrefix(text, r.drop)
		if lost {
			r.drop = ""
			if r.before {
				return tds.ErrDropConnection
			}
		}
		if strings.HasPrefix(text, "SELECT CASE") {
			name := regexp.MustCompile(`\[raw\]\.\[(\w+)\]`).FindStringSubmatch(text)[1]
			found := int64(0)
			if r.tables.exists(name) {
				found = 1
			}
			if err := answerRow(w, []tds.Column{{Name: "found", Type: intType()}}, found); err != nil {
				return err
			}
			continue
		}
		text, _, _ = strings.Cut(text, "\nOPTION")
		if err := r.tables.do(statement("", "", text)); err != nil {
			return refuse(50000, err.Error())
		}
		if lost {
			return tds.ErrDropConnection
		}
		if err := w.Done(-1); err != nil {
			return err
		}
	}
	return nil
}

func TestRebuildGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	users := Table{Name: Name{"raw", "users"}, Columns: []Column{{Name: "id", Type: Text(512)}}}
	for _, step := range Rebuild(users, "") {
		for _, before := range []bool{true, false} {
			r := &rebuilding{tables: model{"users": "all rows"}, drop: step.SQL(""), before: before}
			s := newScript(t, tds.Options{})
			p := s.open(t, s.options())
			s.say(r.answer)
			err := p.Rebuild(t.Context(), "x", "", users)
			if err != nil || len(r.tables) != 1 || r.tables["users"] != "all rows" {
				t.Errorf("lost at %s (before it: %v): %v, tables %v", step, before, err, r.tables)
			}
		}
	}
}

func TestRebuildRefusesToGuess(t *testing.T) {
	t.Parallel()
	r := &rebuilding{tables: model{"users": "new rows", "_sdc_new_users": "some", "_sdc_old_users": "old rows"}}
	s := newScript(t, tds.Options{})
	p := s.open(t, s.options())
	s.say(r.answer)
	err := p.Rebuild(t.Context(), "x", "", Table{Name: Name{"raw", "users"}, Columns: []Column{{Name: "id", Type: Text(512)}}})
	if err == nil || len(r.tables) != 3 {
		t.Errorf("Rebuild: %v, tables %v", err, r.tables)
	}
}

func TestWidenColumnsRebuildsWhereItCannotAlter(t *testing.T) {
	t.Parallel()
	heap := Table{Name: Name{"raw", "users"}, Distribution: HashOn("id"), Columns: []Column{
		{Name: "id", Type: Text(256), Collation: KeyCollation}, {Name: "name", Type: Text(128)},
	}}
	store := heap
	store.Index = ColumnStore
	name := func(n int) Column { return Column{Name: "name", Type: Text(n)} }
	id := Column{Name: "id", Type: Text(512), Collation: KeyCollation}
	for what, c := range map[string]struct {
		have    Table
		columns []Column
		refuse  int32
		want    []string // beginnings of what is sent, in order
	}{
		"plain column":        {heap, []Column{name(512)}, 0, []string{"ALTER TABLE [raw].[users] ALTER COLUMN [name] nvarchar(512) NULL"}},
		"pool refuses":        {heap, []Column{name(512)}, 5074, []string{"ALTER", "SELECT", "IF", "IF", "CREATE", "RENAME", "RENAME", "IF"}},
		"distribution column": {heap, []Column{name(512), id}, 0, []string{"SELECT", "IF", "IF", "CREATE", "RENAME", "RENAME", "IF"}},
		"max in columnstore":  {store, []Column{name(Max)}, 0, []string{"SELECT", "IF", "IF", "CREATE TABLE [raw].[_sdc_new_users]\nWITH (HEAP", "RENAME", "RENAME", "IF"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := &rebuilding{tables: model{"users": "all rows"}}
			s := newScript(t, tds.Options{})
			p := s.open(t, s.options())
			s.say(func(asked string, nth int, w tds.ResultWriter) error {
				if strings.HasPrefix(asked, "ALTER") {
					if c.refuse != 0 {
						return refuse(c.refuse, "The object '_WA_Sys_1' is dependent on column 'name'.")
					}
					return w.Done(-1)
				}
				return r.answer(asked, nth, w)
			})
			if err := p.WidenColumns(t.Context(), "x", "", func() error { return nil }, c.have, c.columns...); err != nil {
				t.Fatal(err)
			}
			sent := strings.Split(s.heard(), " | ")
			if len(sent) != len(c.want) {
				t.Fatalf("sent %q", sent)
			}
			for i, text := range sent {
				if !strings.HasPrefix(text, c.want[i]) {
					t.Errorf("sent %q, want %q", text, c.want[i])
				}
			}
		})
	}
}

func TestBatchesThatFillOneTableAreNotRepeatedApart(t *testing.T) {
	t.Parallel()
	fill := CopyInto(Copy{Table: Name{"a", "b"}, URLs: []string{"u"}})
	other := CopyInto(Copy{Table: Name{"a", "c"}, URLs: []string{"u"}})
	before := map[string]bool{}
	first, second, third := newBatch("", []Statement{fill, fill}), newBatch("", []Statement{other}), newBatch("", []Statement{other, fill})
	for _, b := range []*batch{&first, &second, &third} {
		b.markFilled(before)
	}
	if !first.repeatable() || !second.repeatable() || third.repeatable() {
		t.Errorf("repeatable: %v %v %v", first.repeatable(), second.repeatable(), third.repeatable())
	}
	if first.resets() != "TRUNCATE TABLE [a].[b]" {
		t.Errorf("resets = %q", first.resets())
	}
}
