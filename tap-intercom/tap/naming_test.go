package tap

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

func TestNamesAreMadeSafe(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"seats":                     "seats",
		"planTier":                  "planTier",
		"_default_title_":           "_default_title_",
		"a__b":                      "a__b",
		"Plan Tier":                 "Plan_Tier",
		"mrr.usd":                   "mrr_usd",
		"Größe (cm)":                "Größe_cm",
		"🎂 birthday":                "birthday",
		"  Escalated? ":             "Escalated",
		"2nd plan":                  "_2nd_plan",
		"プラン":                       "プラン",
		"ﾌﾟﾗﾝ":                      "プラン",
		"Cost (€)":                  "Cost",
		"🎂":                         "attribute",
		"":                          "attribute",
		"nul\x00l\"quo'te]":         "nul_l_quo_te",
		strings.Repeat("long ", 20): "long_long_long_long_long_long_long_long_long_long_long_" + hashOf(strings.Repeat("long ", 20)),
	} {
		if got := safeName(name); got != want {
			t.Errorf("safeName(%q) = %q, want %q", name, got, want)
		}
	}
}

// hashOf is what a hashed name ends with.
func hashOf(name string) string {
	hashed := hashedName(name, "x", 8)
	return hashed[strings.LastIndexByte(hashed, '_')+1:]
}

func attributeRows(rows ...string) []jsontext.Value {
	var out []jsontext.Value
	for _, row := range rows {
		out = append(out, jsontext.Value(row))
	}
	return out
}

// typedNames are the names of the attributes that rows declare, by the names of
// the workspace, after what the entry had before.
func typedNames(t *testing.T, e *singer.CatalogEntry, rows ...string) map[string]string {
	t.Helper()
	if err := typed(e, "custom_attributes", attributeRows(rows...)); err != nil {
		t.Fatal(err)
	}
	properties, err := propertiesOf(e.Schema, "custom_attributes")
	if err != nil {
		t.Fatal(err)
	}
	return namingOf(e, "custom_attributes", properties).names
}

func freshEntry() *singer.CatalogEntry {
	return &singer.CatalogEntry{Stream: "contacts", TapStreamID: "contacts",
		Schema: jsontext.Value(`{"type":"object","properties":{"id":{"type":"string"},"custom_attributes":{"type":["null","object"],"additionalProperties":true}}}`)}
}

// TestNoAttributeTakesAnothersName declares attributes that would be called the
// same, in whatever order they are listed, and one more later.
func TestNoAttributeTakesAnothersName(t *testing.T) {
	t.Parallel()
	const (
		oldest  = `{"name":"Plan Tier","data_type":"string","id":41,"created_at":1700000000}`
		second  = `{"name":"plan.tier","data_type":"integer","id":9,"created_at":1700000001}`
		third   = `{"name":"PLAN_TIER","data_type":"boolean","id":10,"created_at":1700000001}`
		newest  = `{"name":"plan_tier","data_type":"float","id":50,"created_at":1800000000}`
		another = `{"name":"seats","data_type":"integer","id":1,"created_at":1800000001}`
	)
	want := map[string]string{"Plan Tier": "Plan_Tier", "plan.tier": "plan_tier_" + hashOf("plan.tier"), "PLAN_TIER": "PLAN_TIER_" + hashOf("PLAN_TIER")}
	wantNames(t, typedNames(t, freshEntry(), third, oldest, second), want)
	wantNames(t, typedNames(t, freshEntry(), second, third, oldest), want)

	want["plan_tier"], want["seats"] = "plan_tier_"+hashOf("plan_tier"), "seats"
	wantNames(t, typedNames(t, freshEntry(), newest, third, another, oldest, second), want)
}

// TestCatalogKeepsTheNamesItHas types a catalog that was discovered before the
// oldest of the attributes was known to be the oldest, and one of an earlier
// program, in which names were as the workspace has them.
func TestCatalogKeepsTheNamesItHas(t *testing.T) {
	t.Parallel()
	const (
		young = `{"name":"plan tier","data_type":"string","id":7}`
		old   = `{"name":"Plan Tier","data_type":"string","id":6}`
	)
	e := freshEntry()
	wantNames(t, typedNames(t, e, young), map[string]string{"plan tier": "plan_tier"})
	wantNames(t, typedNames(t, e, old, young), map[string]string{"plan tier": "plan_tier", "Plan Tier": "Plan_Tier_" + hashOf("Plan Tier")})

	e = freshEntry()
	e.Schema = jsontext.Value(`{"type":"object","properties":{"custom_attributes":{"type":["null","object"],"properties":{"Plan Tier":{"type":["null","string"]}},"additionalProperties":true}}}`)
	wantNames(t, typedNames(t, e, old, young), map[string]string{"Plan Tier": "Plan Tier", "plan tier": "plan_tier"})
}

func wantNames(t *testing.T, got, want map[string]string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("names %v\nwant %v", got, want)
	}
}

// TestRecordsHaveTheNamesOfTheCatalog writes declared attributes, one that lies
// about its type, and some that nothing declares: each under a name of its own.
func TestRecordsHaveTheNamesOfTheCatalog(t *testing.T) {
	t.Parallel()
	e := freshEntry()
	e.Schema = jsontext.Value(`{"type":"object","properties":{"id":{"type":["null","string"]},"custom_attributes":{"type":["null","object"],"additionalProperties":true},
		"_extra":{"type":["null","object"],"additionalProperties":true}}}`)
	typedNames(t, e,
		`{"name":"Plan Tier","data_type":"string","id":1}`, `{"name":"plan tier","data_type":"string","id":2}`, `{"name":"seats","data_type":"integer","id":3}`,
		`{"name":"Cost (€)","data_type":"float","id":4}`, `{"name":" Padded ","data_type":"integer","id":5}`)
	o, err := newOutput(streamNamed("contacts"), e, false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.transform.record(jsontext.Value(
		`{"id":1,"custom_attributes":{"Plan Tier":"pro","plan tier":"free","seats":"5","Cost (€)":"dear"," Padded ":"6","Plan_Tier":1,"new_one":2,"New one":{"a b":3},"Seats":4}}`), "")
	want := `{"id":"1","custom_attributes":{"Plan_Tier":"pro","plan_tier_` + hashOf("plan tier") + `":"free","seats":5,"Cost":null,"Padded":6,"Plan_Tier_` + hashOf("Plan_Tier") +
		`":1,"new_one":2,"New_one_` + hashOf("New one") + `":{"a b":3},"Seats_` + hashOf("Seats") + `":4},"_extra":{"custom_attributes/Cost":"dear"}}`
	if err != nil || string(got) != want {
		t.Errorf("record %s, %v\nwant %s", got, err, want)
	}
}

// TestNamesAreSafeThoughNothingIsDeclared writes attributes of a stream of which
// the workspace declares none.
func TestNamesAreSafeThoughNothingIsDeclared(t *testing.T) {
	t.Parallel()
	o, err := newOutput(streamNamed("contacts"), freshEntry(), false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.transform.record(jsontext.Value(`{"id":"1","custom_attributes":{"seats":5,"Plan Tier":{"a b":[]}}}`), "")
	want := `{"id":"1","custom_attributes":{"seats":5,"Plan_Tier_` + hashOf("Plan Tier") + `":{"a b":[]}}}`
	if err != nil || string(got) != want {
		t.Errorf("record %s, %v\nwant %s", got, err, want)
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Plan Tier", "plan tier")
	f.Add("a", "a_9f86d081")
	f.Add("İ", "i̇")
	f.Add("\xff", "\xfe")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == b || !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Skip()
		}
		n := namingOf(freshEntry(), "custom_attributes", nil)
		names := []string{n.claim(a), n.claim(b), unquoted(n.call([]byte(a + "x"))), unquoted(n.call([]byte(b + "y")))}
		for i, name := range names {
			if safe := safeName(name); safe != name {
				t.Errorf("%q is called %q, which is not safe", []string{a, b, a + "x", b + "y"}[i], name)
			}
		}
		if strings.EqualFold(names[0], names[1]) {
			t.Errorf("%q and %q are called %q and %q", a, b, names[0], names[1])
		}
		for _, undeclared := range names[2:] {
			if strings.EqualFold(undeclared, names[0]) || strings.EqualFold(undeclared, names[1]) {
				t.Errorf("undeclared %q takes the name of a declared attribute", undeclared)
			}
		}
		if again := n.claim(a); again != names[0] {
			t.Errorf("%q is called %q, then %q", a, names[0], again)
		}
	})
}
