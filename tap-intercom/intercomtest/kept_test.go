package intercomtest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"intercomdw/catalogs"
	"intercomdw/tap-intercom/intercomtest"
)

// few is a workspace with little in it but what these tests are about.
func few() intercomtest.Options {
	return intercomtest.Options{Contacts: 3, Companies: 3, Conversations: 3, Tickets: 3}
}

// readAll reads a listing of any dialect to its end.
func readAll(t *testing.T, s *intercomtest.Server, version, path, key string) []map[string]any {
	t.Helper()
	first, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	q := first.Query()
	var rows []map[string]any
	for page := 2; page < 100; page++ {
		status, o, _ := callVersion(t, s, version, "GET", first.Path+"?"+q.Encode(), "")
		if status != http.StatusOK {
			t.Fatalf("GET %s = %d %v, want 200", path, status, o)
		}
		items, isList := o[key].([]any)
		if !isList {
			t.Fatalf("GET %s has no list %s: %v", path, key, o)
		}
		for _, item := range items {
			rows = append(rows, item.(map[string]any))
		}
		pages, paged := o["pages"].(map[string]any)
		if !paged {
			pages = o
		}
		next, linked := pages["next"]
		switch next := next.(type) {
		case map[string]any:
			q.Set("starting_after", next["starting_after"].(string))
			continue
		case string:
			u, err := url.Parse(next)
			if err != nil {
				t.Fatal(err)
			}
			q = u.Query()
			continue
		}
		if total, counted := pages["total_pages"].(float64); linked || !counted || total < float64(page) {
			return rows
		}
		q.Set("page", fmt.Sprint(page))
	}
	t.Fatalf("GET %s has no end", path)
	return nil
}

// keysOf gives the named members of rows, in order.
func keysOf[T ~map[string]any](rows []T, names ...string) []string {
	var keys []string
	for _, row := range rows {
		var parts []string
		for _, name := range names {
			v := row[name]
			if f, isNumber := v.(float64); isNumber {
				v = int64(f)
			}
			parts = append(parts, fmt.Sprint(v))
		}
		keys = append(keys, strings.Join(parts, "/"))
	}
	slices.Sort(keys)
	return keys
}

// wantStream checks that what was read is what the workspace holds, and that
// the stream's schema knows every member of it.
func wantStream[T ~map[string]any](t *testing.T, contents map[string][]intercomtest.Object, stream string, got []T, keys ...string) {
	t.Helper()
	held := contents[stream]
	if len(held) == 0 {
		t.Errorf("%s: the workspace has none, so nothing is proved", stream)
	}
	if have, want := keysOf(got, keys...), keysOf(held, keys...); !slices.Equal(have, want) {
		t.Errorf("%s: read %d keys, the workspace holds %d: %.300q, want %.300q", stream, len(have), len(want), have, want)
	}
	if have := keysOf(held, keys...); len(slices.Compact(have)) != len(held) {
		t.Errorf("%s: %v is not a key", stream, keys)
	}
	wantKnown(t, stream, held)
	wantKnown(t, stream, got)
}

// A shape is a schema as far as these tests look at it.
type shape struct {
	Type       any              `json:"type"`
	Format     string           `json:"format"`
	Media      string           `json:"contentMediaType"` // JSON that is kept as text
	Properties map[string]shape `json:"properties"`
	Items      *shape           `json:"items"`
	Free       bool             `json:"additionalProperties"`
}

// wantKnown checks that the schema of a stream names every member of rows, and
// inner ones, and gives it the type it has. Ids and times may be sent as
// numbers, whole numbers as text.
func wantKnown[T ~map[string]any](t *testing.T, stream string, rows []T) {
	t.Helper()
	raw, err := catalogs.Schema(schemaOf(stream))
	if err != nil {
		t.Fatal(err)
	}
	var schema shape
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	var plain []map[string]any
	if err := json.Unmarshal(mustJSON(t, rows), &plain); err != nil {
		t.Fatal(err)
	}
	wrong := map[string]bool{}
	for _, row := range plain {
		schema.misfits(stream, row, wrong)
	}
	for _, what := range slices.Sorted(maps.Keys(wrong)) {
		t.Error(what)
	}
}

// misfits notes where v is not as the schema says.
func (s shape) misfits(path string, v any, wrong map[string]bool) {
	types := fmt.Sprint(s.Type)
	is := func(typ string) {
		if !strings.Contains(types, typ) {
			wrong[fmt.Sprintf("%s: a %s, the schema says %s", path, typ, types)] = true
		}
	}
	if s.Media != "" {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		is("object")
		for name, inner := range v {
			if p, known := s.Properties[name]; known {
				p.misfits(path+"."+name, inner, wrong)
			} else if !s.Free {
				wrong[path+": the schema has no member "+name] = true
			}
		}
	case []any:
		is("array")
		for _, inner := range v {
			if s.Items != nil {
				s.Items.misfits(path+"[]", inner, wrong)
			}
		}
	case bool:
		is("boolean")
	case string:
		if _, err := strconv.ParseFloat(v, 64); err != nil || !strings.Contains(types, "integer") {
			is("string")
		}
	case float64:
		id := strings.HasSuffix(path, "id") || strings.HasSuffix(path, "_ids[]") || s.Format == "date-time"
		if !id && !strings.Contains(types, "integer") {
			is("number")
		}
	}
}

func TestListingsGiveAllThereIs(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	held := s.Contents()
	for _, l := range []struct {
		stream, path string
		keys         []string
	}{
		{"away_status_reasons", "/away_status_reasons", []string{"id"}},
		{"brands", "/brands", []string{"id"}},
		{"emails", "/emails", []string{"id"}},
		{"office_hours_schedules", "/office_hours_schedules", []string{"id"}},
		{"audiences", "/audiences", []string{"id"}},
		{"audiences", "/audiences?per_page=7", []string{"id"}},
		{"macros", "/macros", []string{"id"}},
		{"macros", "/macros?per_page=10", []string{"id"}},
		{"data_connectors", "/data_connectors", []string{"id"}},
		{"data_connectors", "/data_connectors?per_page=3", []string{"id"}},
		{"calls", "/calls", []string{"id"}},
		{"help_centers", "/help_center/help_centers", []string{"id"}},
		{"collections", "/help_center/collections", []string{"id"}},
		{"articles", "/articles", []string{"id"}},
		{"internal_articles", "/internal_articles", []string{"id"}},
		{"content_snippets", "/content_snippets", []string{"id"}},
		{"ai_content_import_sources", "/ai/content_import_sources", []string{"id"}},
		{"ai_external_pages", "/ai/external_pages", []string{"id"}},
		{"news_items", "/news/news_items", []string{"id"}},
		{"newsfeeds", "/news/newsfeeds", []string{"id"}},
	} {
		t.Run(l.path, func(t *testing.T) {
			t.Parallel()
			wantStream(t, held, l.stream, readAll(t, s, "", l.path, "data"), l.keys...)
		})
	}
}

func TestListingsBelowTheirVersionDoNotExist(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	for path, version := range map[string]string{
		"/away_status_reasons": "2.13", "/brands": "2.14", "/emails": "2.14", "/office_hours_schedules": "2.15",
		"/audiences": "2.15", "/macros": "2.15", "/internal_articles": "2.12", "/content_snippets": "2.15", "/ai/external_pages": "2.11",
		"/ai/content_import_sources": "2.11", "/help_center/help_centers/79/redirects": "2.15", "/folders": "2.16",
		"/calls": "2.13", "/custom_object_instances/order": "2.12", "/messages/status?ruleset_id=1": "2.15", "/teams/5017600/metrics": "2.15",
		"/data_connectors": "2.15", "/data_connectors/12345/execution_results": "2.15", "/admins/activity_log_event_types": "2.15",
		"/articles/6871000/versions": "2.15", "/articles/6871003/draft": "2.15",
	} {
		if status, o, _ := callVersion(t, s, version, "GET", path, ""); status != http.StatusBadRequest || errorCode(o) != "intercom_version_invalid" {
			t.Errorf("GET %s at %s = %d %s, want 400 intercom_version_invalid", path, version, status, errorCode(o))
		}
	}
}

func TestPagesHaveAMost(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	for _, path := range []string{"/audiences?per_page=51", "/macros?per_page=151", "/macros?starting_after=nonsense", "/macros?updated_since=monday",
		"/articles?per_page=251", "/calls?per_page=26", "/custom_object_instances/order?per_page=151",
		"/messages/status?ruleset_id=12345&per_page=101", "/teams/5017600/metrics?idle_threshold=x", "/data_connectors?per_page=51",
		"/data_connectors/12345/execution_results?per_page=31", "/data_connectors/12345/execution_results?start_ts=x",
		"/admins/activity_logs?created_at_after=1&per_page=251", "/admins/activity_logs?created_at_after=monday", "/content_snippets?per_page=51", "/help_center/help_centers/79/redirects?per_page=251"} {
		if status, o, _ := call(t, s, "GET", path, ""); status != http.StatusBadRequest || errorCode(o) != "parameter_invalid" {
			t.Errorf("GET %s = %d %s, want 400 parameter_invalid", path, status, errorCode(o))
		}
	}
}

func TestOfficeHoursExceptionsStandWithTheirSchedule(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	var all []map[string]any
	for _, id := range mustIDs(t, s, "office_hours_schedules") {
		for _, row := range readAll(t, s, "", "/office_hours_schedules/"+id+"/office_hours_exceptions", "data") {
			if row["office_hours_schedule_id"] != id {
				t.Errorf("schedule %s lists an exception of %v", id, row["office_hours_schedule_id"])
			}
			all = append(all, row)
		}
	}
	wantStream(t, s.Contents(), "office_hours_exceptions", all, "id")
	if status, _, _ := call(t, s, "GET", "/office_hours_schedules/1/office_hours_exceptions", ""); status != http.StatusNotFound {
		t.Errorf("exceptions of no schedule = %d, want 404", status)
	}
}

func TestMacrosSinceASecond(t *testing.T) {
	t.Parallel()
	clock := intercomtest.NewClock(intercomtest.Epoch.Add(hour))
	s := intercomtest.New(t, intercomtest.Options{Contacts: 3, Companies: 3, Conversations: 3, Tickets: 3, Clock: clock})
	changed := mustIDs(t, s, "macros")[5]
	if err := s.Update("macros", changed, intercomtest.Object{"name": "new"}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(hour)
	added, err := s.Add("macros", nil)
	if err != nil {
		t.Fatal(err)
	}
	since := func(second int64) []string {
		var ids []string
		for _, row := range readAll(t, s, "", fmt.Sprintf("/macros?updated_since=%d&per_page=1", second), "data") {
			ids = append(ids, row["id"].(string))
		}
		return ids
	}
	first := clock.Now().Add(-hour).Unix()
	if got := since(first); !slices.Equal(got, []string{added, changed}) {
		t.Errorf("macros since the first change: %v, want %s and %s", got, added, changed)
	}
	if got := since(first + 1); !slices.Equal(got, []string{added}) {
		t.Errorf("macros since the second after: %v, want %s", got, added)
	}
}

func TestKeptRecordsComeAndGo(t *testing.T) {
	t.Parallel()
	s := intercomtest.New(t, few())
	for _, kind := range []string{"away_status_reasons", "brands", "emails", "office_hours_schedules", "audiences", "macros"} {
		id, err := s.Add(kind, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := len(readAll(t, s, "", "/"+kind, "data")); got != len(mustIDs(t, s, kind)) {
			t.Errorf("%s: %d listed after one was added, want %d", kind, got, len(mustIDs(t, s, kind)))
		}
		if err := s.Delete(kind, id); err != nil {
			t.Error(err)
		}
		for _, row := range s.Contents()[kind] {
			if row["id"] == id {
				t.Errorf("%s: %s is held after it was deleted", kind, id)
			}
		}
	}
}
