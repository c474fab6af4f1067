package tap

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/catalogs"
	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercom"
	"intercomdw/tap-intercom/intercomtest"
)

// offline runs the tap without a workspace.
func offline(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = newProgram("1.2.3", outside{}).Main(t.Context(), program.Stdio{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	})
	return code, out.String(), errs.String()
}

func parseCatalog(t testing.TB, text string) *singer.Catalog {
	t.Helper()
	c, err := singer.ParseCatalog([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDiscoveryNeedsNeitherTokenNorNetwork(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := offline(t, "--discover")
	if code != 0 || strings.Contains(stderr, "WARN") || strings.Contains(stderr, "CRITICAL") {
		t.Fatalf("exit code %d, stderr %s", code, stderr)
	}
	c := parseCatalog(t, stdout)
	var names []string
	for _, e := range c.Streams {
		names = append(names, e.TapStreamID)
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := catalogs.Schema(name); err != nil {
			t.Error(err)
		}
	}
	var want []string
	for i := range streams {
		if s := &streams[i]; s.in(intercom.DefaultVersion) {
			want = append(want, s.name)
		}
	}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("streams %v", names)
	}
}

// TestCatalogHoldsWhatTapTesterAsksFor is the discovery suite of singer-io's
// tap-tester in our words.
func TestCatalogHoldsWhatTapTesterAsksFor(t *testing.T) {
	t.Parallel()
	_, stdout, _ := offline(t, "--discover")
	for _, e := range parseCatalog(t, stdout).Streams {
		s := streamNamed(e.TapStreamID)
		if cost, _ := pick(e.Find().Others, "cost"); unquoted(cost[0]) != s.cost || s.cost == "" {
			t.Errorf("%s: metadata names the cost %s, want %q", s.name, cost[0], s.cost)
		}
		if !regexp.MustCompile(`^[a-z_]+$`).MatchString(e.Stream) {
			t.Errorf("stream name %q", e.Stream)
		}
		names, err := propertyNames(e.Schema)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, m := range e.Metadata {
			seen[strings.Join(m.Breadcrumb, "/")]++
		}
		if seen[""] != 1 || len(seen) != len(e.Metadata) || len(seen) != len(names)+1 {
			t.Errorf("%s: metadata %v for properties %v", s.name, seen, names)
		}
		root := e.Find()
		method := map[bool]string{true: "FULL_TABLE", false: "INCREMENTAL"}[s.bookmark == ""]
		if root.ForcedReplicationMethod != method || !slices.Equal(root.TableKeyProperties, s.keys) || root.ParentTapStreamID != s.parent {
			t.Errorf("%s: metadata %+v", s.name, root)
		}
		if (s.bookmark == "") != (len(root.ValidReplicationKeys) == 0) {
			t.Errorf("%s: replication keys %v", s.name, root.ValidReplicationKeys)
		}
		for _, name := range names {
			want := singer.Available
			if name == s.bookmark || name == extraField || slices.Contains(s.keys, name) {
				want = singer.Automatic
			}
			if p := e.Find("properties", name); p.Inclusion != want {
				t.Errorf("%s/%s: inclusion %s, want %s", s.name, name, p.Inclusion, want)
			}
		}
	}
}

func TestListsThatHaveAStreamAreNotSelectedInTheirParents(t *testing.T) {
	t.Parallel()
	_, stdout, _ := offline(t, "--discover")
	var hidden []string
	for _, e := range parseCatalog(t, stdout).Streams {
		selection := e.Selection()
		names, _ := propertyNames(e.Schema)
		for _, name := range names {
			if !selection.Selected(name) {
				hidden = append(hidden, e.TapStreamID+"."+name)
			}
		}
	}
	want := []string{
		"teams.admin_ids", "companies.tags", "companies.segments", "contacts.tags", "contacts.notes", "contacts.companies",
		"conversations.tags", "conversations.contacts", "conversations.teammates", "tickets.ticket_parts",
		"contacts.merge_history", "conversations.linked_objects", "ticket_types.ticket_type_attributes", "tickets.contacts", "tickets.linked_objects",
		"conversations.monitor_evaluations", "conversations.scorecards", "side_conversations.conversation_parts",
		"data_connector_executions.request_body", "data_connector_executions.response_body", "data_connector_executions.raw_response_body",
	}
	slices.Sort(hidden)
	slices.Sort(want)
	if !slices.Equal(hidden, want) {
		t.Errorf("not selected by default:\n%v\nwant\n%v", hidden, want)
	}
}

func TestDiscoveryWithATokenTypesCustomAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	x := w.must(t, command{args: []string{"--discover"}})
	c := parseCatalog(t, string(x.output))
	for path, want := range map[string]struct{ schema, called string }{
		"contacts.seats": {"integer", ""}, "contacts.mrr_usd": {"number", "mrr.usd"}, "contacts.is_vip": {"boolean", ""}, "contacts.Größe_cm": {"number", "Größe (cm)"},
		"contacts.Trial_ends": {"date-time", "Trial ends"}, "contacts.birthday": {"string", "🎂 birthday"}, "companies.licences": {"integer", ""}, "conversations.Order_no": {"", "Order no."},
		"tickets._default_title_": {"string", ""}, "tickets.Priority": {"string", ""}, "tickets.priority_" + hashOf("priority"): {"integer", "priority"}, "tickets.Cost": {"number", "Cost (€)"},
		"tickets.Confirmed": {"boolean", "Confirmed?"}, "tickets.Due_by": {"date-time", "Due by"}, "tickets.Evidence": {"{}", ""},
	} {
		stream, name, _ := strings.Cut(path, ".")
		field := freeMaps[stream].field
		found, _ := pickPath(c.Entry(stream).Schema, "properties."+field+".properties."+name)
		if !strings.Contains(string(found), want.schema) || len(found) == 0 {
			t.Errorf("%s: %s, want %s", path, found, want.schema)
		}
		called := ""
		if m := c.Entry(stream).Find("properties", field, "properties", name); m != nil {
			original, _ := pick(m.Others, "original-name")
			called = unquoted(original[0])
		}
		if called != want.called {
			t.Errorf("%s: original name %q, want %q", path, called, want.called)
		}
	}
	// The catalog goes back in as it came out.
	inOrder := settings{"concurrency": 1}
	whole := w.must(t, command{settings: inOrder})
	again := w.must(t, command{settings: inOrder, catalog: c})
	if !bytes.Equal(timeless(whole.output), timeless(again.output)) {
		t.Error("a run with the discovered catalog differs from one without a catalog")
	}
	seen := 0
	for stream, free := range freeMaps {
		for _, record := range whole.records(stream) {
			of, err := pick(record, free.field)
			if err != nil {
				t.Fatal(err)
			}
			attributes, err := membersOf(of[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range attributes {
				if seen++; safeName(m.name) != m.name {
					t.Errorf("%s: an attribute is called %q", stream, m.name)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no attribute came")
	}
}

// timeless leaves out when records were read.
func timeless(output []byte) []byte {
	return regexp.MustCompile(`,"time_extracted":"[^"]*"`).ReplaceAll(output, nil)
}

func TestDiscoveryMarksWhatTheTokenCannotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	w.FailNext(-1, "", "/tickets/search", 403)
	w.FailNext(-1, "GET", "/companies", 403)
	x := w.must(t, command{args: []string{"--discover"}})
	if n := w.Count("GET", "/companies/scroll"); n != 0 {
		t.Errorf("discovery opened %d scrolls", n)
	}
	c := parseCatalog(t, string(x.output))
	var unreadable []string
	for _, e := range c.Streams {
		if e.Find().Inclusion == singer.Unsupported {
			unreadable = append(unreadable, e.TapStreamID)
			if root := e.Find(); e.Selected() || !strings.Contains(string(root.Others), "HTTP 403") {
				t.Errorf("%s: %+v", e.TapStreamID, root)
			}
		}
	}
	want := []string{"companies", "company_tags", "company_segments", "company_notes", "company_contacts", "tickets", "ticket_parts", "ticket_contacts", "ticket_linked_objects"}
	if !slices.Equal(unreadable, want) {
		t.Errorf("unreadable %v, want %v", unreadable, want)
	}
}

func TestSelectionSavesCalls(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		selected []string
		calls    []string // no others
	}{
		"one small table":  {[]string{"tags"}, []string{"/tags"}},
		"a child alone":    {[]string{"team_admins"}, []string{"/teams"}},
		"no parts":         {[]string{"conversation*", "!conversation_parts", "!*_part_attachments", "!*_attributes"}, []string{"/conversations/attributes", "/conversations/search"}},
		"contacts alone":   {[]string{"contacts"}, []string{"/contacts/search", "/data_attributes"}},
		"within parts":     {[]string{"conversation_part_attachments"}, []string{"/conversations/search", "/conversations/*"}},
		"side parts alone": {[]string{"side_conversation_parts"}, []string{"/conversations/search", "/conversations/*/side_conversations"}},
		"handling events":  {[]string{"handling_events"}, []string{"/conversations/search", "/conversations/*/handling_events"}},
		"a list by parent": {[]string{"redirects"}, []string{"/help_center/help_centers", "/help_center/help_centers/*/redirects"}},
		"drafts alone":     {[]string{"article_drafts"}, []string{"/articles", "/articles/*/draft"}},
		"two small ones":   {[]string{"segments", "macros"}, []string{"/macros", "/segments"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			x := w.must(t, command{settings: settings{"select": tt.selected}})
			calls := []string{"/me"}
			for _, r := range w.Requests() {
				if path := regexp.MustCompile(`/\d+`).ReplaceAllString(r.Path, "/*"); !slices.Contains(calls, path) {
					calls = append(calls, path)
				}
			}
			slices.Sort(calls)
			if want := append([]string{"/me"}, tt.calls...); !slices.Equal(calls, slices.Sorted(slices.Values(want))) {
				t.Errorf("calls %v, want %v", calls, want)
			}
			if len(x.counts()) == 0 {
				t.Error("no records")
			}
		})
	}
}

func TestListSelectedInItsParentIsWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	_, stdout, _ := offline(t, "--discover")
	c := parseCatalog(t, stdout)
	for _, e := range c.Streams {
		e.At().Selected = singer.NewBool(e.TapStreamID == "contacts")
	}
	c.Entry("contacts").At("properties", "tags").Selected = singer.NewBool(true)
	x := w.must(t, command{catalog: c})
	if n := w.Count("GET", "/contacts/*/companies") + w.Count("GET", "/contacts/*/notes"); n != 0 {
		t.Errorf("%d calls for lists that are not selected", n)
	}
	tags, whole := 0, 0
	for _, r := range x.records("contacts") {
		l, err := within(r, "tags.data")
		if err != nil {
			t.Fatal(err)
		}
		if tags += len(l.rows); len(l.rows) > 10 {
			whole++
		}
		if l.hasMore {
			t.Errorf("list is cut off: %s", r)
		}
	}
	if want := len(w.contents()["contact_tags"]); tags != want || whole == 0 {
		t.Errorf("%d tags in contacts, want %d; %d lists longer than 10", tags, want, whole)
	}
}

func TestAutomaticFieldsAreSentWhateverIsSelected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	_, stdout, _ := offline(t, "--discover")
	c := parseCatalog(t, stdout)
	for _, e := range c.Streams {
		e.At().Selected = singer.NewBool(true)
		for i := range e.Metadata {
			if len(e.Metadata[i].Breadcrumb) > 0 {
				e.Metadata[i].Selected = singer.NewBool(false)
			}
		}
	}
	x := w.must(t, command{catalog: c})
	for _, m := range x.msgs {
		if m.kind == singer.KindState {
			continue
		}
		s := streamNamed(m.stream)
		body := m.body
		if m.kind == singer.KindSchema {
			found, _ := pick(body, "properties")
			body = found[0]
		}
		members, err := membersOf(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, member := range members {
			if !s.automatic(member.name) {
				t.Fatalf("%s: %s was sent", m.stream, member.name)
			}
		}
	}
	got := tables{}
	got.load(t, x.msgs)
	w.wantAll(t, got)
}

func TestLaterStartDateGivesASubset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := func(start string) settings { return settings{"start_date": start} }
	early, late := tables{}, tables{}
	early.load(t, w.must(t, command{settings: set("2024-06-01T00:00:00Z")}).msgs)
	x := w.must(t, command{settings: set("2025-06-01")})
	late.load(t, x.msgs)
	wantSame(t, early, late)
	for i := range streams {
		s := &streams[i]
		if s.bookmark == "" {
			if len(early[s.name]) != len(late[s.name]) {
				t.Errorf("%s: full tables differ", s.name)
			}
			continue
		}
		before := 0
		for _, row := range early[s.name] {
			if at, _ := pick([]byte(row), s.bookmark); unquoted(at[0]) < "2025-06-01T00:00:00Z" {
				before++
			}
		}
		if len(late[s.name]) != len(early[s.name])-before {
			t.Errorf("%s: %d rows from the later start, %d from the earlier, %d of them before", s.name, len(late[s.name]), len(early[s.name]), before)
		}
		for _, r := range x.records(s.name) {
			if at, _ := pick(r, s.bookmark); unquoted(at[0]) < "2025-06-01T00:00:00Z" {
				t.Errorf("%s: record of %s", s.name, at[0])
			}
		}
	}
}

func TestInterruptedRunGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	whole := w.must(t, command{})
	state := strings.Replace(whole.state(), `{"bookmarks"`, `{"currently_syncing":"conversation_parts","bookmarks"`, 1)
	x := w.must(t, command{state: state, settings: settings{"concurrency": 1}})
	var order []string
	for _, m := range x.msgs {
		if m.kind == singer.KindSchema && streamNamed(m.stream).parent == "" {
			order = append(order, m.stream)
		}
	}
	at := slices.Index(order, streams[0].name)
	if order[0] != "conversations" || at < 1 || order[at-1] != "custom_objects__order" || order[len(order)-1] != "contacts" {
		t.Errorf("order of streams %v", order)
	}
	if strings.Contains(x.state(), "currently_syncing") {
		t.Errorf("final state %s", x.state())
	}
}

func TestBookmarksOfParentAndChildAreTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	all := w.must(t, command{})
	state, err := singer.ParseState([]byte(all.state()))
	if err != nil {
		t.Fatal(err)
	}
	state.SetBookmark("conversation_parts", jsontext.Value(`{"conversation_updated_at":"2025-06-01T00:00:00Z"}`))
	state.ClearBookmark("contact_tags")
	b, _ := state.MarshalJSON()
	x := w.must(t, command{state: string(b)})
	counts := x.counts()
	if counts["conversations"] != 0 || counts["contacts"] != 0 || counts["contact_notes"] != 0 {
		t.Errorf("parents and other children were sent again: %v", counts)
	}
	if n := counts["conversation_parts"]; n == 0 || n >= all.counts()["conversation_parts"] {
		t.Errorf("%d parts since June, %d in all", n, all.counts()["conversation_parts"])
	}
	if counts["contact_tags"] != all.counts()["contact_tags"] {
		t.Errorf("%d tags of contacts, want all %d", counts["contact_tags"], all.counts()["contact_tags"])
	}
	if x.state() != all.state() {
		t.Errorf("state\n%s\nwant\n%s", x.state(), all.state())
	}
}

func TestRecordsObeyTheirSchemas(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"typed", "json"} {
		w := newWorld(t, intercomtest.Options{})
		x := w.must(t, command{settings: settings{"custom_attributes": mode}})
		validators := map[string]*singer.Validator{}
		for _, m := range x.msgs {
			switch m.kind {
			case singer.KindSchema:
				v, err := singer.NewValidator(m.body)
				if err != nil {
					t.Fatalf("%s: %v", m.stream, err)
				}
				validators[m.stream] = v
			case singer.KindRecord:
				if err := validators[m.stream].Validate(m.body); err != nil {
					t.Errorf("%s: %v\n%.500s", m.stream, err, m.body)
				}
			}
		}
		if contacts := string(slices.Concat(x.records("contacts")...)); (mode == "json") != strings.Contains(contacts, `"custom_attributes":"{`) {
			t.Errorf("custom_attributes: %s: %.300s", mode, contacts)
		}
	}
}

func TestWrongUseSaysTheWayOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := file(t, dir, "config.json", settings{"access_token": "t", "select": []string{"contact", "users"}})
	other := file(t, dir, "other.json", settings{"access_token": "t"})
	state := file(t, dir, "state.json", jsontext.Value(`[]`))
	catalog := file(t, dir, "catalog.json", jsontext.Value(`{"streams":[{"tap_stream_id":"contcats","schema":{"type":"object"},"metadata":[{"breadcrumb":[],"metadata":{"selected":true}}]}]}`))
	dates := file(t, dir, "dates.json", settings{"access_token": "t", "start_date": "2026-01-02", "end_date": "2026-01-01"})
	version := file(t, dir, "version.json", settings{"access_token": "t", "api_version": "latest"})
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"misspelt stream in select":  {[]string{"-c", config}, `select: unknown stream "contact" (did you mean "contacts"?)`},
		"misspelt stream in catalog": {[]string{"-c", other, "--catalog", catalog}, `catalog: unknown stream "contcats" (did you mean "contacts"?)`},
		"state of another kind":      {[]string{"-c", other, "-s", state}, "state.json"},
		"no config":                  {nil, `required: "access_token"`},
		"dates the wrong way":        {[]string{"-c", dates}, "end_date 2026-01-01 is not after start_date 2026-01-02"},
		"no version":                 {[]string{"-c", version}, `"latest" is not a version like 2.16`},
	} {
		code, stdout, stderr := offline(t, tt.args...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit code %d, stdout %q, stderr %s; want 2 and %s", name, code, stdout, stderr, tt.want)
		}
	}
}

func TestTestTriesTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, intercomtest.Options{Token: "right"})
	if x := w.extract(t, command{args: []string{"--test"}}); x.code != 1 || !strings.Contains(x.stderr, "unauthorized") {
		t.Errorf("wrong token: exit code %d, stderr %s", x.code, x.stderr)
	}
	if x := w.extract(t, command{args: []string{"--test"}, settings: settings{"access_token": "right"}}); x.code != 0 || len(x.output) != 0 {
		t.Errorf("right token: exit code %d, stdout %s, stderr %s", x.code, x.output, x.stderr)
	}
	fault := w.FailNext(100, "GET", "/me", 503)
	if x := w.extract(t, command{args: []string{"--test"}, settings: settings{"access_token": "right"}}); x.code != 1 || fault.Hit() != 3 {
		t.Errorf("Intercom out of order: exit code %d after %d tries, want 1 after 3", x.code, fault.Hit())
	}
}
