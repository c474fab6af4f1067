package tap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

// TestRandomHistoriesEndWithTheWorkspace changes a workspace at random, between
// runs and during them, breaks runs off at random, and wants the tables to be
// those of the workspace after one more run in peace.
//
// HISTORY_SEEDS is how many histories are tried, HISTORY_FIRST the seed of the
// first; HISTORY_SEED tries one and logs what it does.
func TestRandomHistoriesEndWithTheWorkspace(t *testing.T) {
	t.Parallel()
	first, _ := strconv.ParseUint(os.Getenv("HISTORY_FIRST"), 10, 64)
	many, err := strconv.ParseUint(os.Getenv("HISTORY_SEEDS"), 10, 64)
	if err != nil {
		many = uint64(few(10, 2))
	}
	one, err := strconv.ParseUint(os.Getenv("HISTORY_SEED"), 10, 64)
	if err == nil {
		first, many = one, 1
	}
	for seed := first; seed < first+many; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			h := newHistory(t, seed)
			if many == 1 {
				h.log = t.Logf
			}
			h.live()
		})
	}
}

// history is a workspace on its way through time, and the tables made of it.
type history struct {
	world
	*testing.T
	log  func(format string, args ...any)
	zone *time.Location
	set  settings

	streams []string

	mu sync.Mutex // guards g: requests come at once
	g  *rand.Rand

	entries map[string][][2]string // of lists: record and entry, some of which are no more

	state string
	rows  tables
	full  warehouse // rows by the version of their table
}

// historyStreams are what a history changes, with what hangs on them.
var historyStreams = []string{
	"tags", "teams", "team_admins", "audiences", "brands", "help_centers", "redirects", "macros", "articles", "internal_articles", "news_items", "deleted_conversations",
	"companies", "company_tags", "company_segments",
	"contacts", "contact_tags", "contact_companies", "contact_notes", "contact_merge_history", "contact_segments",
	"conversations", "conversation_contacts", "conversation_tags", "conversation_teammates", "conversation_parts",
	"tickets", "ticket_parts", "ticket_contacts",
}

// moreHistoryStreams go with them in some histories: they cost many calls.
var moreHistoryStreams = []string{
	"activity_logs", "calls", "data_connectors", "article_drafts", "article_versions", "article_statistics",
	"conversation_attachments", "conversation_part_attachments", "conversation_linked_objects", "handling_events", "side_conversations", "side_conversation_parts",
	"contact_events", "contact_event_summaries", "data_connector_executions",
}

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	g := rand.New(rand.NewPCG(seed, 7))
	some := func(values ...string) string { return values[g.IntN(len(values))] }
	o := intercomtest.Options{
		Seed: seed, Contacts: 3 + g.IntN(12), Companies: 2 + g.IntN(8), Conversations: 2 + g.IntN(6), Tickets: 1 + g.IntN(4), ScrollPage: 1 + g.IntN(4),
		StrictSearch: g.IntN(2) == 0, IgnoreSort: g.IntN(4) == 0,
		Timezone: some("UTC", "America/Los_Angeles", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"),
	}
	lookback := 600
	switch g.IntN(3) {
	case 0:
		o.IndexLag = time.Duration(g.IntN(600)) * time.Second
	case 1:
		lookback = g.IntN(3)
	}
	selected := historyStreams
	if g.IntN(5) == 0 {
		selected = slices.Concat(historyStreams, moreHistoryStreams)
	}
	h := &history{T: t, streams: selected, world: newWorld(t, o), g: g, rows: tables{}, full: warehouse{}, log: func(string, ...any) {}, entries: map[string][][2]string{}}
	contents := h.Contents()
	for stream, l := range hanging {
		for _, o := range contents[stream] {
			owner := fmt.Sprint(o[strings.TrimSuffix(l.kind, "s")+"_id"])
			h.entries[stream] = append(h.entries[stream], [2]string{owner, fmt.Sprint(o[l.id])})
		}
	}
	var err error
	if h.zone, err = time.LoadLocation(o.Timezone); err != nil {
		t.Fatal(err)
	}
	// An ordinary day, and days on which clocks are put forward or back.
	if at, err := time.Parse(time.DateTime, some("2026-01-01 01:00:00", "2026-03-08 09:58:00", "2026-11-01 08:58:00", "2026-04-04 14:58:00")); err == nil {
		h.clock.Set(at)
	}
	h.set = settings{
		"page_size": 1 + g.IntN(7), "concurrency": []int{1, 1, 2, 8}[g.IntN(4)], "lookback_seconds": lookback, "custom_attributes": "json",
		"api_version": some("2.15", "2.16", "2.16", "2.17"), "companies": "scroll", // searches leave some out
		"select": selected,
	}
	return h
}

// n is a number from 0 to less than below.
func (h *history) n(below int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.g.IntN(below)
}

func (h *history) live() {
	h.log("%v", h.set)
	for range 2 + h.n(4) {
		for range h.n(5) {
			h.pass()
			for range h.n(5) {
				h.happen()
			}
		}
		h.troubledRun()
	}
	h.clock.Advance(time.Hour) // everything is searchable, every scroll is gone
	x := h.must(h.T, command{settings: h.set, state: h.state})
	h.take(x.msgs)
	h.compare()
	if h.Failed() {
		return
	}
	// And nothing is left to say.
	h.clock.Advance(time.Hour)
	again := h.must(h.T, command{settings: h.set, state: x.state()})
	for stream, n := range again.counts() {
		if streamNamed(stream).bookmark != "" {
			h.Errorf("%s: %d records of an unchanged workspace", stream, n)
		}
	}
	if again.state() != x.state() {
		h.Errorf("the state of an unchanged workspace changed\nfrom %s\n  to %s", x.state(), again.state())
	}
}

// pass lets time pass: none, seconds, hours, or as much as is left of the day
// in the workspace.
func (h *history) pass() {
	switch h.n(6) {
	case 0:
	case 1, 2:
		h.clock.Advance(time.Duration(1+h.n(3)) * time.Second)
	case 3:
		h.clock.Advance(time.Duration(h.n(900)) * time.Second)
	case 4:
		h.clock.Advance(time.Duration(h.n(48)) * time.Hour)
	case 5:
		now := h.clock.Now().In(h.zone)
		midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, h.zone)
		h.clock.Set(midnight.Add(time.Duration(h.n(4)-2) * time.Second))
	}
	h.log("%s", h.clock.Now().In(h.zone))
}

// happen changes something of the kinds that the API tells of.
func (h *history) happen() {
	some := func(kind string) string {
		ids, err := h.IDs(kind)
		if err != nil || len(ids) == 0 {
			return ""
		}
		return ids[h.n(len(ids))]
	}
	contact, conversation, ticket, company, tag := some("contacts"), some("conversations"), some("tickets"), some("companies"), some("tags")
	text := fmt.Sprint("text ", h.n(1000))
	var err error
	what := h.n(26)
	switch what {
	case 0:
		_, err = h.Add([]string{"contacts", "companies", "conversations", "tickets"}[h.n(4)], nil)
	case 1:
		err = h.Update("contacts", contact, intercomtest.Object{"name": text})
	case 2:
		err = h.addTo("contact_tags", contact, intercomtest.Object{"id": tag})
	case 3:
		err = h.removeOne("contact_tags")
	case 4:
		err = h.addTo("contact_notes", contact, intercomtest.Object{"body": text})
	case 5:
		err = h.addTo("contact_companies", contact, intercomtest.Object{"id": company})
	case 6:
		err = h.removeOne("contact_companies")
	case 7:
		err = h.removeOne("contact_segments")
	case 8:
		err = h.Delete("contacts", contact)
	case 9:
		err = h.merge(contact, some("contacts"))
	case 10:
		err = h.Update("companies", company, intercomtest.Object{"monthly_spend": h.n(9000)})
	case 11:
		tags := []any{}
		for _, id := range slices.Compact([]string{tag, some("tags"), ""}[h.n(3):2]) {
			tags = append(tags, intercomtest.Object{"type": "tag", "id": id, "name": "tag " + id})
		}
		err = h.Update("companies", company, intercomtest.Object{"tags": intercomtest.Object{"type": "tag.list", "tags": tags}})
	case 12, 13:
		err = h.addTo("conversation_parts", conversation, intercomtest.Object{"body": text})
	case 14:
		err = h.removeOne("conversation_parts")
	case 15:
		err = h.addTo("conversation_tags", conversation, intercomtest.Object{"id": tag})
	case 16:
		err = h.removeOne("conversation_tags")
	case 17:
		err = h.Update("conversations", conversation, intercomtest.Object{"title": text})
	case 18:
		err = h.Delete("conversations", conversation)
	case 19:
		_, err = h.AddTo("tickets", ticket, "parts", intercomtest.Object{"body": text})
	case 20:
		err = h.Update("tickets", ticket, intercomtest.Object{"open": h.n(2) == 0})
	case 21:
		_, err = h.Add([]string{"tags", "brands", "audiences", "macros", "articles", "internal_articles"}[h.n(6)], nil)
	case 22:
		kind := []string{"brands", "audiences", "macros", "articles", "internal_articles", "news_items", "redirects"}[h.n(7)]
		err = h.Update(kind, some(kind), intercomtest.Object{"name": text})
	case 23:
		kind := []string{"brands", "audiences", "redirects", "macros", "articles", "internal_articles"}[h.n(6)]
		err = h.Delete(kind, some(kind))
	case 24:
		_, err = h.AddTo("contacts", contact, "events", intercomtest.Object{"event_name": text})
	case 25:
		_, err = h.Add("data_connector_executions", nil)
	}
	h.log("  change %d: %v", what, err) // what does not exist cannot be changed
}

// hanging are the lists that hang on records, by the stream that is made of
// them, with the id of an entry in it.
var hanging = map[string]struct{ kind, list, id string }{
	"contact_tags":       {"contacts", "tags", "tag_id"},
	"contact_notes":      {"contacts", "notes", "id"},
	"contact_companies":  {"contacts", "companies", "company_id"},
	"contact_segments":   {"contacts", "segments", "segment_id"},
	"conversation_parts": {"conversations", "parts", "id"},
	"conversation_tags":  {"conversations", "tags", "tag_id"},
}

// addTo adds an entry to a list.
func (h *history) addTo(stream, id string, entry intercomtest.Object) error {
	l := hanging[stream]
	added, err := h.AddTo(l.kind, id, l.list, entry)
	if err == nil {
		h.mu.Lock()
		h.entries[stream] = append(h.entries[stream], [2]string{id, added})
		h.mu.Unlock()
	}
	return err
}

// removeOne takes an entry off a list.
func (h *history) removeOne(stream string) error {
	l := hanging[stream]
	h.mu.Lock()
	entries := h.entries[stream]
	if len(entries) == 0 {
		h.mu.Unlock()
		return errors.New("nothing to remove")
	}
	entry := entries[h.g.IntN(len(entries))]
	h.mu.Unlock()
	return h.RemoveFrom(l.kind, entry[0], l.list, entry[1])
}

// merge merges contacts. Their conversations count as updated: whether they do
// is not documented, and what changes without a trace nobody can find.
func (h *history) merge(from, into string) error {
	if err := h.Merge(from, into); err != nil {
		return err
	}
	for _, o := range h.Contents()["conversation_contacts"] {
		if o["contact_id"] == into {
			if err := h.Update("conversations", fmt.Sprint(o["conversation_id"]), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// troubledRun is a run during which things change and break.
func (h *history) troubledRun() {
	var controls []*intercomtest.Control
	control := func(f intercomtest.Fault) { controls = append(controls, h.Control(f)) }
	ctx, cancel := context.WithCancelCause(h.Context())
	defer cancel(nil)
	if h.n(2) == 0 {
		control(intercomtest.Fault{Times: -1, Handle: func(http.ResponseWriter, *http.Request) bool {
			switch h.n(4) {
			case 0:
				h.clock.Advance(time.Duration(h.n(3)) * time.Second)
				h.happen()
			case 1:
				h.happen()
			}
			return false
		}})
	}
	how := h.n(8)
	path := []string{"/contacts/search", "/conversations/search", "/companies/scroll", "/conversations/*", "/contacts/*/*", "/macros", "/help_center/help_centers/*/redirects", ""}[h.n(8)]
	switch how {
	case 0:
		control(intercomtest.Fault{Path: path, Skip: h.n(6), Times: 1 + h.n(4), Status: []int{500, 502, 503, 429, 409}[h.n(5)]})
	case 1:
		control(intercomtest.Fault{Path: path, Skip: h.n(6), Times: 1 + h.n(3), Cut: 1 + h.n(300)})
	case 2:
		// Not 404: of a child it says that the parent is no more, and is believed.
		control(intercomtest.Fault{Path: path, Skip: h.n(6), Times: -1, Status: []int{500, 403, 400, 422}[h.n(4)]})
	case 3, 4: // a signal
		control(intercomtest.Fault{Path: path, Skip: h.n(30), Handle: func(http.ResponseWriter, *http.Request) bool {
			cancel(errors.New("stopped"))
			return false
		}})
	}
	x := h.extract(h.T, command{settings: h.set, state: h.state, ctx: ctx})
	for _, c := range controls {
		c.Remove()
	}
	h.EndScroll()
	output := x.output
	if how >= 6 && len(output) > 0 { // killed
		output = output[:h.n(len(output))]
		output = output[:bytes.LastIndexByte(output, '\n')+1]
	}
	msgs := parse(h.T, command{}, output)
	if h.n(2) == 0 { // the target too
		msgs = untilState(msgs)
	}
	h.take(msgs)
	h.log("run: trouble %d at %q, exit code %d, %d of %d bytes taken, state %s", how, path, x.code, len(output), len(x.output), h.state)
}

// untilState leaves out what follows the last state.
func untilState(msgs []message) []message {
	for i := len(msgs); i > 0; i-- {
		if msgs[i-1].kind == singer.KindState {
			return msgs[:i]
		}
	}
	return nil
}

// take loads messages, and keeps the state that they end with.
func (h *history) take(msgs []message) {
	h.rows.load(h.T, msgs)
	h.full.load(h.T, msgs)
	if state := (extraction{msgs: msgs}).state(); state != "" {
		h.state = state
	}
}

// compare holds the tables against the workspace, and against those of a run
// that reads everything at once.
func (h *history) compare() {
	fresh := tables{}
	set := settings{"custom_attributes": "json", "api_version": h.set["api_version"], "select": h.streams}
	fresh.load(h.T, h.must(h.T, command{settings: set}).msgs)
	contents := h.contents()
	for _, stream := range h.streams {
		s := streamNamed(stream)
		if !s.in(fmt.Sprint(h.set["api_version"])) {
			continue
		}
		want, got := fresh[stream], h.rows[stream]
		if len(want) != len(slices.Compact(contents[stream])) {
			h.Errorf("%s: a fresh run has %d rows, the workspace %d", stream, len(want), len(contents[stream]))
		}
		for key, row := range want {
			if silent(s, got[key]) != silent(s, row) {
				h.Errorf("%s %s:\n got %.400s\nwant %.400s", stream, key, got[key], row)
				break
			}
		}
		for key, row := range got {
			if _, there := want[key]; !there && h.current(s, key, row) {
				h.Errorf("%s: row %s is not in the workspace: %.300s", stream, key, row)
				break
			}
		}
	}
}

// current reports whether a reader takes a row that is not in the workspace for
// one that is. Rows of full tables are there as long as their version; those of
// children, as long as they came with what their parent is now. Records of
// their own stay when they are deleted, and so does what hung on them; what visits
// brought stays as it was.
func (h *history) current(s *stream, key, row string) bool {
	if s.bookmark == "" {
		_, there := h.full[s.name][key]
		return there
	}
	if s.parent == "" || s.dialect == visited {
		return false
	}
	found, err := pick(jsontext.Value(row), s.ofID, s.ofTime)
	if err != nil {
		h.Fatal(err)
	}
	parent := h.rows[s.parent][unquoted(found[0])]
	now, err := pick(jsontext.Value(parent), "updated_at")
	if err != nil {
		h.Fatal(err)
	}
	if _, err := h.Get(s.parent, unquoted(found[0])); err != nil {
		return false // the parent is no more
	}
	return string(now[0]) == string(found[1])
}

// silent is a row without what changes while its updated_at does not.
func silent(s *stream, row string) string {
	if s.dialect == visited && s.ofTime != "" {
		row = without(row, s.ofTime, `"`)
	}
	return without(row, "user_count", ",")
}

// without is a record without the value of a member, which goes to end.
func without(row, name, end string) string {
	before, after, found := strings.Cut(row, `"`+name+`":`)
	if !found {
		return row
	}
	_, after, _ = strings.Cut(strings.TrimPrefix(after, `"`), end)
	return before + after
}
