package tap

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// everything selects all.
func everything(...string) bool { return true }

func transformOf(t testing.TB, schema string, selected func(...string) bool) *transform {
	t.Helper()
	s, err := newShape([]byte(schema), selected)
	if err != nil {
		t.Fatal(err)
	}
	return newTransform("things", s, false)
}

const thing = `{"type":"object","properties":{
	"id":{"type":["null","string"]},
	"at":{"type":["null","string"],"format":"date-time"},
	"day":{"type":["null","string"],"format":"date"},
	"count":{"type":["null","integer"]},
	"price":{"type":["null","number"]},
	"open":{"type":["null","boolean"]},
	"admin_assignee_id":{"type":["null","string"]},
	"ids":{"type":["null","array"],"items":{"type":["null","string"]}},
	"who":{"type":["null","object"],"properties":{"id":{"type":["null","string"]},"at":{"type":["null","string"],"format":"date-time"}}},
	"list":{"type":["null","array"],"items":{"type":["null","object"],"properties":{"id":{"type":["null","string"]}}}},
	"custom":{"type":["null","object"],"properties":{"seats":{"type":["null","integer"]}},"additionalProperties":true},
	"free":{"type":["null","object"],"additionalProperties":true},
	"mixed":{"type":["null","string","integer"]},
	"text":{"type":["null","string"],"contentMediaType":"application/json"},
	"_extra":{"type":["null","object"],"additionalProperties":true}}}`

func TestTransformGivesEveryValueItsType(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"ids become strings":                            {`{"id":12}`, `{"id":"12"}`},
		"large ids keep their digits":                   {`{"id":9007199254740993}`, `{"id":"9007199254740993"}`},
		"lists of ids too":                              {`{"ids":[1,"2",null]}`, `{"ids":["1","2",null]}`},
		"null stays null":                               {`{"id":null,"at":null,"ids":null,"who":null,"free":null,"text":null}`, `{"id":null,"at":null,"ids":null,"who":null,"free":null,"text":null}`},
		"what is missing stays missing":                 {`{}`, `{}`},
		"unix seconds":                                  {`{"at":1734537546}`, `{"at":"2024-12-18T15:59:06Z"}`},
		"unix milliseconds":                             {`{"at":1734537546789}`, `{"at":"2024-12-18T15:59:06.789Z"}`},
		"unix seconds in a string":                      {`{"at":"1734537546"}`, `{"at":"2024-12-18T15:59:06Z"}`},
		"seconds with a fraction":                       {`{"at":1734537546.5}`, `{"at":"2024-12-18T15:59:06.5Z"}`},
		"before 1970":                                   {`{"at":-86400}`, `{"at":"1969-12-31T00:00:00Z"}`},
		"ISO with offset":                               {`{"at":"2024-12-18T17:59:06+02:00"}`, `{"at":"2024-12-18T15:59:06Z"}`},
		"ISO with a trailing blank":                     {`{"at":"2024-12-18T15:59:06.123Z "}`, `{"at":"2024-12-18T15:59:06.123Z"}`},
		"a day as a time":                               {`{"at":"2024-12-18"}`, `{"at":"2024-12-18T00:00:00Z"}`},
		"a time as a day":                               {`{"day":1734537546}`, `{"day":"2024-12-18"}`},
		"no time at all is set aside":                   {`{"at":"soon"}`, `{"at":null,"_extra":{"at":"soon"}}`},
		"the last second that is none of a millisecond": {`{"at":99999999999}`, `{"at":"5138-11-16T09:46:39Z"}`},
		"a year that no calendar has":                   {`{"at":1e20}`, `{"at":null,"_extra":{"at":1e20}}`},
		"assignee 0 is nobody":                          {`{"admin_assignee_id":0}`, `{"admin_assignee_id":null}`},
		"assignee 0 as a string":                        {`{"admin_assignee_id":"0"}`, `{"admin_assignee_id":null}`},
		"another assignee":                              {`{"admin_assignee_id":991267715}`, `{"admin_assignee_id":"991267715"}`},
		"an integer in a string":                        {`{"count":" 12 "}`, `{"count":12}`},
		"an integer with a fraction of nothing":         {`{"count":12.0}`, `{"count":12}`},
		"an integer beyond 64 bits":                     {`{"count":123456789012345678901234567890}`, `{"count":123456789012345678901234567890}`},
		"no integer is set aside":                       {`{"count":12.5}`, `{"count":null,"_extra":{"count":12.5}}`},
		"numbers keep their digits":                     {`{"price":0.1000}`, `{"price":0.1000}`},
		"a number in a string":                          {`{"price":"7.5"}`, `{"price":7.5}`},
		"no number is set aside":                        {`{"price":"cheap"}`, `{"price":null,"_extra":{"price":"cheap"}}`},
		"booleans in other words":                       {`{"open":"true"}`, `{"open":true}`},
		"no boolean is set aside":                       {`{"open":"maybe"}`, `{"open":null,"_extra":{"open":"maybe"}}`},
		"an object for a string":                        {`{"id":{"a":1}}`, `{"id":null,"_extra":{"id":{"a":1}}}`},
		"a string for an object":                        {`{"who":"me"}`, `{"who":null,"_extra":{"who":"me"}}`},
		"an object for a list":                          {`{"list":{"id":1}}`, `{"list":null,"_extra":{"list":{"id":1}}}`},
		"inside of objects":                             {`{"who":{"id":7,"at":0}}`, `{"who":{"id":"7","at":"1970-01-01T00:00:00Z"}}`},
		"unknown members are kept":                      {`{"topics":{"a":[1]},"id":"1"}`, `{"id":"1","_extra":{"topics":{"a":[1]}}}`},
		"unknown members inside keep their path":        {`{"who":{"x":1},"list":[{"id":1},{"y":2}]}`, `{"who":{},"list":[{"id":"1"},{}],"_extra":{"who/x":1,"list/1/y":2}}`},
		"declared attributes are typed":                 {`{"custom":{"seats":"5","Plan Tier":"pro","x":[1]}}`, `{"custom":{"seats":5,"Plan Tier":"pro","x":[1]}}`},
		"an attribute that lies about its type":         {`{"custom":{"seats":"many"}}`, `{"custom":{"seats":null},"_extra":{"custom/seats":"many"}}`},
		"free maps stay as they are":                    {`{"free":{"at":1734537546,"0":0}}`, `{"free":{"at":1734537546,"0":0}}`},
		"several types take what is of one of them":     {`{"mixed":1}`, `{"mixed":1}`},
		"several types make of others what they can":    {`{"mixed":true}`, `{"mixed":"true"}`},
		"several types do not take what is of none":     {`{"mixed":[1]}`, `{"mixed":null,"_extra":{"mixed":[1]}}`},
		"a list for an object of which nothing is said": {`{"free":[]}`, `{"free":null,"_extra":{"free":[]}}`},
		"a text for an object of which nothing is said": {`{"free":"x"}`, `{"free":null,"_extra":{"free":"x"}}`},
		"JSON as text":                                  {`{"text":{"a":"\"é"}}`, `{"text":"{\"a\":\"\\\"é\"}"}`},
		"escapes stay as sent":                          {`{"id":"\ud83d\ude00\u0000\n"}`, `{"id":"\ud83d\ude00\u0000\n"}`},
		"_extra of the API itself":                      {`{"_extra":1}`, `{"_extra":{"_extra":1}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := transformOf(t, thing, everything).record(jsontext.Value(tt.in), "")
			if err != nil || string(got) != tt.want {
				t.Errorf("record(%s) = %s, %v\nwant %s", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestTransformPutsTheParentFirst(t *testing.T) {
	t.Parallel()
	schema := `{"type":"object","properties":{"contact_id":{"type":["null","string"]},"contact_updated_at":{"type":["null","string"],"format":"date-time"},
		"tag_id":{"type":["null","string"]},"name":{"type":["null","string"]},"_extra":{"type":["null","string"]}}}`
	tr := transformOf(t, schema, everything)
	lead := []member{{"contact_id", jsontext.Value(`7`)}, {"contact_updated_at", jsontext.Value(`1734537546`)}}
	for _, tt := range []struct{ in, want string }{
		{`{"name":"vip","id":3,"url":"/tags/3"}`, `{"contact_id":"7","contact_updated_at":"2024-12-18T15:59:06Z","name":"vip","tag_id":"3","_extra":"{\"url\":\"/tags/3\"}"}`},
		{`3`, `{"contact_id":"7","contact_updated_at":"2024-12-18T15:59:06Z","tag_id":"3"}`},
		{`{"tag_id":"theirs","id":3}`, `{"contact_id":"7","contact_updated_at":"2024-12-18T15:59:06Z","tag_id":"3","_extra":"{\"tag_id\":\"theirs\"}"}`},
		{`{"contact_id":8}`, `{"contact_id":"7","contact_updated_at":"2024-12-18T15:59:06Z","_extra":"{\"contact_id\":8}"}`},
	} {
		got, err := tr.record(jsontext.Value(tt.in), "tag_id", lead...)
		if err != nil || string(got) != tt.want {
			t.Errorf("record(%s) = %s, %v\nwant %s", tt.in, got, err, tt.want)
		}
	}
	tr.refs = true
	got, err := tr.record(jsontext.Value(`{"id":3,"url":"/tags/3"}`), "tag_id", lead[:1]...)
	if want := `{"contact_id":"7","tag_id":"3"}`; err != nil || string(got) != want {
		t.Errorf("reference: %s, %v\nwant %s", got, err, want)
	}
}

func TestTransformLeavesOutWhatIsNotSelected(t *testing.T) {
	t.Parallel()
	tr := transformOf(t, thing, func(path ...string) bool {
		p := strings.Join(path, ".")
		return p != "id" && p != "who.at" && p != "_extra"
	})
	got, err := tr.record(jsontext.Value(`{"id":1,"who":{"id":2,"at":3},"count":4,"unknown":5}`), "")
	if want := `{"who":{"id":"2"},"count":4}`; err != nil || string(got) != want {
		t.Errorf("record = %s, %v\nwant %s", got, err, want)
	}
}

func TestTransformIsReusable(t *testing.T) {
	t.Parallel()
	tr := transformOf(t, thing, everything)
	for range 3 {
		got, err := tr.record(jsontext.Value(`{"x":1,"id":2}`), "")
		if want := `{"id":"2","_extra":{"x":1}}`; err != nil || string(got) != want {
			t.Fatalf("record = %s, %v\nwant %s", got, err, want)
		}
	}
}

func FuzzTransform(f *testing.F) {
	f.Add(`{"id":1,"at":"x","who":{"id":[]},"list":[{"y":null}],"custom":{"seats":1e400},"text":"\ud800"}`)
	f.Add(`{"at":1e308,"count":1e308,"price":-0,"open":0,"ids":[{}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		v := jsontext.Value(in)
		if !v.IsValid(lax...) || v.Kind() != '{' {
			t.Skip()
		}
		got, err := transformOf(t, thing, everything).record(v, "")
		if err != nil {
			t.Fatalf("record(%q): %v", in, err)
		}
		if !jsontext.Value(got).IsValid(lax...) {
			t.Fatalf("record(%q) = %q: not JSON", in, got)
		}
	})
}
