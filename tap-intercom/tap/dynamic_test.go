package tap

import (
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/tap-intercom/intercomtest"
)

const (
	orders = "custom_objects__order"
	plans  = "custom_objects__Subscription plan"
)

func TestCustomObjectsAreStreamsByType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	for name, set := range map[string]settings{
		"types of settings and of attributes": {"select": []string{"custom_objects__*"}, "custom_object_types": []string{"Subscription plan"}},
		"types that are selected by name":     {"select": []string{orders, plans}},
		"everything":                          {"select": []string{"*"}, "custom_object_types": []string{"Subscription plan", "order"}},
		"by default":                          {"custom_object_types": []string{"Subscription plan"}},
	} {
		x := w.must(t, command{settings: set})
		got := tables{}
		got.load(t, x.msgs)
		for _, stream := range []string{orders, plans} {
			if want := w.contents()[stream]; len(got[stream]) != len(want) || len(want) == 0 {
				t.Errorf("%s: %s: %d rows, the workspace has %d", name, stream, len(got[stream]), len(want))
			}
			for _, row := range got[stream] {
				if !strings.Contains(row, `"Größe":`) || !strings.Contains(row, `"id":"`) {
					t.Fatalf("%s: row %s", stream, row)
				}
			}
		}
	}
}

func TestCustomObjectsThatChangedAreSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	set := settings{"select": []string{"custom_objects__*"}}
	first := w.must(t, command{settings: set})
	if first.counts()[plans] != 0 || first.counts()[orders] == 0 {
		t.Errorf("records %v, want orders only: nothing names the other type", first.counts())
	}
	w.clock.Advance(24 * time.Hour)
	ids, err := w.IDs("custom_objects")
	if err == nil {
		err = w.Update("custom_objects", ids[0], intercomtest.Object{"external_id": "changed"})
	}
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	again := w.must(t, command{settings: set, state: first.state()})
	if rows := again.records(orders); len(rows) != 1 || !strings.Contains(string(rows[0]), `"external_id":"changed"`) {
		t.Errorf("%d records: %s, want the changed one", len(rows), rows)
	}
	resumedAnywhere(t, w, set, 1)
}

// TestCatalogOfOneRunNamesCustomObjectsForTheNext takes a discovered catalog to
// a run that asks nothing more.
func TestCatalogOfOneRunNamesCustomObjectsForTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	x := w.must(t, command{args: []string{"--discover"}, settings: settings{"select": []string{orders}, "custom_object_types": []string{"Subscription plan"}}})
	c := parseCatalog(t, string(x.output))
	if c.Entry(orders) == nil || c.Entry(plans) == nil {
		t.Fatal("discovery does not list the types of custom objects")
	}
	for _, e := range c.Streams {
		if e.Selected() != (e.TapStreamID == orders) {
			t.Errorf("%s: selected %v", e.TapStreamID, e.Selected())
		}
	}
	w.ForgetRequests()
	got := tables{}
	got.load(t, w.must(t, command{catalog: c}).msgs)
	if len(got[orders]) != len(w.contents()[orders]) {
		t.Errorf("%d rows", len(got[orders]))
	}
	if n := w.Count("GET", "/conversations/attributes"); n != 0 {
		t.Errorf("%d requests for types, which the catalog has", n)
	}
}

func TestCustomObjectsNobodySelectedCostNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	w.must(t, command{settings: settings{"select": []string{"tags", "contacts"}, "custom_object_types": []string{"order"}}})
	if n := w.Count("GET", "/custom_object_instances/*") + w.Count("GET", "/conversations/attributes"); n != 0 {
		t.Errorf("%d requests for custom objects", n)
	}
	notCalled(t, w, settings{}, "custom_objects__*", "/custom_object_instances/*")
}

func TestTypeOfCustomObjectsThatDoesNotExistFailsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nobody)
	x := w.extract(t, command{settings: settings{"select": []string{orders, "custom_objects__ordr", "tags"}}})
	if x.code != 1 || !strings.Contains(x.stderr, "custom_objects__ordr") {
		t.Errorf("exit code %d, %s", x.code, x.stderr)
	}
	if n := x.counts(); n[orders] == 0 || n["tags"] == 0 {
		t.Errorf("others were not read: %v", n)
	}
}

func TestPatternsThatMayNameATemplatesStreams(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"*", "c*", "custom_objects__*", "custom_objects__o*", "?ustom*", "custom_objects__order"} {
		if !mayName(p, "custom_objects") {
			t.Errorf("%q cannot name a custom object", p)
		}
	}
	for _, p := range []string{"contacts", "co*", "custom_objects", "conversation*"} {
		if mayName(p, "custom_objects") {
			t.Errorf("%q may name a custom object", p)
		}
	}
	if got := (&Config{Select: []string{"!tags", "custom_objects__x", "custom_objects__y*"}, CustomObjectTypes: []string{"z"}}).toldTypes(); !slices.Equal(got, []string{"custom_objects__z", "custom_objects__x"}) {
		t.Errorf("told types %v", got)
	}
}
