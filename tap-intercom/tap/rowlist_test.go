package tap

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercomtest"
)

func TestListsAreFoundInEveryWrapping(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		field, inner, in string
		rows             string
		odd              bool
	}{
		"as described":                      {"tags", "tags", `{"type":"tag.list","tags":[{"id":"7"}]}`, `{"id":"7"}`, false},
		"under data":                        {"tags", "tags", `{"type":"list","data":[{"id":"7"}],"url":"/x","total_count":1,"has_more":false}`, `{"id":"7"}`, false},
		"under the field's name":            {"tags", "data", `{"tags":[1,2]}`, `1 2`, false},
		"under the name of its type's rows": {"people", "people", `{"admins":[3],"type":"admin.list"}`, `3`, false},
		"teammates are admins":              {"teammates", "teammates", `{"admins":[3]}`, `3`, false},
		"a plural in ies":                   {"organisations", "data", `{"type":"company.list","companies":[3]}`, `3`, false},
		"bare":                              {"tags", "tags", `[{"id":"7"},null]`, `{"id":"7"}`, false},
		"a wrapping where a bare list is described": {"merge_history", "", `{"type":"list","data":[4]}`, `4`, false},
		"null and another name":                     {"teammates", "teammates", `{"teammates":null,"admins":[3]}`, `3`, false},
		"null":                                      {"tags", "tags", `null`, ``, false},
		"absent":                                    {"tags", "tags", ``, ``, false},
		"nothing in it":                             {"tags", "tags", `{}`, ``, false},
		"a wrapping of null":                        {"tags", "data", `{"type":"list","data":null,"total_count":0}`, ``, false},
		"another list":                              {"teammates", "teammates", `{"type":"admin.list","people":[3]}`, ``, true},
		"another list beside an empty one":          {"tags", "tags", `{"tags":[],"people":[3]}`, ``, true},
		"an empty list beside one":                  {"tags", "tags", `{"tags":[3],"people":[]}`, `3`, false},
		"one row for a list":                        {"tags", "tags", `{"type":"tag","id":"7"}`, ``, true},
		"an object for the rows":                    {"tags", "tags", `{"type":"tag.list","tags":{"id":"7"}}`, ``, true},
		"text":                                      {"tags", "tags", `"vip"`, ``, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := listed(jsontext.Value(tt.in), tt.field, tt.inner)
			var rows []string
			for _, row := range l.rows {
				rows = append(rows, string(row))
			}
			if got := strings.Join(rows, " "); err != nil || got != tt.rows || l.odd != tt.odd {
				t.Errorf("listed(%s, %s, %s) = %q, odd %t, %v; want %q, odd %t", tt.in, tt.field, tt.inner, got, l.odd, err, tt.rows, tt.odd)
			}
		})
	}
}

func TestListsAreWrittenInTheWrappingOfTheSchema(t *testing.T) {
	t.Parallel()
	const row = `{"type":["null","object"],"properties":{"id":{"type":["null","string"]}}}`
	const wrapped = `{"type":"object","properties":{"teammates":{"type":["null","object"],"properties":{"type":{"type":["null","string"]},
		"teammates":{"type":["null","array"],"items":` + row + `},"total_count":{"type":["null","integer"]}}},"_extra":{"type":["null","object"],"additionalProperties":true}}}`
	const bare = `{"type":"object","properties":{"teammates":{"type":["null","array"],"items":` + row + `},"_extra":{"type":["null","object"],"additionalProperties":true}}}`
	for name, tt := range map[string]struct{ schema, in, want string }{
		"as the schema has it":        {wrapped, `{"type":"admin.list","teammates":[{"id":1}]}`, `{"teammates":{"type":"admin.list","teammates":[{"id":"1"}]}}`},
		"under another name":          {wrapped, `{"admins":[{"id":1}],"type":"admin.list"}`, `{"teammates":{"teammates":[{"id":"1"}],"type":"admin.list"}}`},
		"null beside another name":    {wrapped, `{"teammates":null,"admins":[{"id":1}]}`, `{"teammates":{"teammates":[{"id":"1"}]}}`},
		"bare":                        {wrapped, `[{"id":1,"x":2}]`, `{"teammates":{"teammates":[{"id":"1"}]},"_extra":{"teammates/teammates/0/x":2}}`},
		"null":                        {wrapped, `null`, `{"teammates":null}`},
		"a list of null":              {wrapped, `{"data":null}`, `{"teammates":{},"_extra":{"teammates/data":null}}`},
		"another list":                {wrapped, `{"people":[{"id":1}]}`, `{"teammates":{},"_extra":{"teammates/people":[{"id":1}]}}`},
		"two lists":                   {wrapped, `{"data":[{"id":2}],"teammates":[{"id":1}]}`, `{"teammates":{"teammates":[{"id":"1"}]},"_extra":{"teammates/data":[{"id":2}]}}`},
		"text":                        {wrapped, `"me"`, `{"teammates":null,"_extra":{"teammates":"me"}}`},
		"unwrapped":                   {bare, `{"type":"list","data":[{"id":1}],"total_count":1,"has_more":false}`, `{"teammates":[{"id":"1"}]}`},
		"unwrapped from its own name": {bare, `{"admins":[{"id":1,"x":2}],"new":3}`, `{"teammates":[{"id":"1"}],"_extra":{"teammates/0/x":2,"teammates/new":3}}`},
		"nothing unwrapped":           {bare, `{"type":"list"}`, `{"teammates":null}`},
		"no list unwrapped":           {bare, `{"id":1}`, `{"teammates":null,"_extra":{"teammates":{"id":1}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := `{"teammates":` + tt.in + `}`
			got, err := transformOf(t, tt.schema, everything).record(jsontext.Value(in), "")
			if err != nil || string(got) != tt.want {
				t.Errorf("record(%s) = %s, %v\nwant %s", in, got, err, tt.want)
			}
		})
	}
}

// TestWhatIsNoListIsKeptAndSaid has lists of conversations come in a shape that
// nobody has seen.
func TestWhatIsNoListIsKeptAndSaid(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		selection        []string
		kept, said, lost int // records with it, streams that say so, streams that say it is lost
	}{
		"the parent keeps it":           {[]string{"conversations", "conversation_teammates"}, 3, 2, 0},
		"the list is selected there":    {[]string{"conversations", "conversations.teammates"}, 3, 1, 0},
		"one row for a list":            {[]string{"conversations", "conversations.teammates"}, 3, 1, 0},
		"the parent is not selected":    {[]string{"conversation_teammates"}, 0, 1, 1},
		"the parent is to keep nothing": {[]string{"conversations", "conversation_teammates", "!conversations._extra"}, 0, 2, 2},
		"nobody asks for it":            {[]string{"conversations", "conversation_contacts"}, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, intercomtest.Options{Contacts: 5, Companies: -1, Conversations: 4, Tickets: -1})
			ids, err := w.IDs("conversations")
			odd := intercomtest.Object{"type": "admin.list", "people": []any{intercomtest.Object{"id": "p"}}}
			if name == "one row for a list" {
				odd = intercomtest.Object{"type": "admin", "people": intercomtest.Object{"id": "p"}}
			}
			for i := range 3 {
				if err == nil {
					err = w.Update("conversations", ids[i], intercomtest.Object{"teammates": odd})
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Minute)
			x := w.must(t, command{settings: settings{"select": tt.selection}})
			kept := 0
			for _, record := range x.records("conversations") {
				if strings.Contains(string(record), `people":[{"id":"p"}]`) || strings.Contains(string(record), `people":{"id":"p"}`) {
					kept++
				}
			}
			said, lost := strings.Count(x.stderr, "WARNING a list came in a shape that is not known"), strings.Count(x.stderr, "WARNING values are lost")
			if kept != tt.kept || said != tt.said || lost != tt.lost {
				t.Errorf("kept %d, said %d, lost %d; want %d, %d, %d\n%s", kept, said, lost, tt.kept, tt.said, tt.lost, x.stderr)
			}
			if in := strings.Count(x.stderr, "kept_in=conversations._extra"); said > 0 && (in == said) != (kept > 0) {
				t.Errorf("the log is wrong about where it is:\n%s", x.stderr)
			}
			if strings.Count(x.stderr, "values=3") != lost {
				t.Errorf("the log does not count what is lost:\n%s", x.stderr)
			}
		})
	}
}

// TestListsThatAreNoneAreAskedForWhereACallGivesThem: what the parent says of its
// tags is not needed.
func TestListsThatAreNoneAreAskedForWhereACallGivesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Contacts: 4, Companies: -1, Conversations: -1, Tickets: -1})
	contacts, err1 := w.IDs("contacts")
	tags, err2 := w.IDs("tags")
	_, err3 := w.AddTo("contacts", contacts[0], "tags", intercomtest.Object{"id": tags[0]})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	w.Control(intercomtest.Fault{Method: "POST", Path: "/contacts/search", Times: -1, Status: http.StatusOK, Body: fmt.Sprintf(
		`{"type":"list","data":[{"type":"contact","id":%q,"updated_at":%d,"tags":{"type":"tag.list","labels":["a"]}}],"total_count":1,"pages":{"next":null}}`,
		contacts[0], intercomtest.Epoch.Unix())})
	x := w.must(t, command{settings: settings{"select": []string{"contact_tags"}}})
	if !slices.ContainsFunc(x.records("contact_tags"), func(r jsontext.Value) bool { return strings.Contains(string(r), `"tag_id":"`+tags[0]+`"`) }) {
		t.Errorf("the tag is not among %s\n%s", x.records("contact_tags"), x.stderr)
	}
}
