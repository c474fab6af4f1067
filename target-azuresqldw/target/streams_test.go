package target

import (
	"fmt"
	"strings"
	"testing"
)

func TestAStreamMayHaveSettingsOfItsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["streams"] = map[string]any{
		"*":      map[string]any{"distribution": "round_robin"},
		"user*":  map[string]any{"nested": "json", "index": "columnstore"},
		"users":  map[string]any{"index": "heap"},
		"user_x": map[string]any{"nested": "denest", "distribution": "hash", "index": "columnstore"},
		"tags":   map[string]any{"distribution": "replicate", "index": "columnstore"},
	}
	var lines []string
	for _, s := range []string{"users", "user_x", "tags", "other"} {
		lines = append(lines, schemaOf(s, `"id"`, `"id":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}},"o":{"type":"object","properties":{"a":{"type":"integer"}}}`),
			recordOf(s, `{"id":1,"l":[1,2],"o":{"a":3}}`), recordOf(s, `{"id":1,"l":[4],"o":{"a":5}}`))
	}
	h.load(lines...)
	h.load(lines...)
	h.want(`SELECT t.name, p.distribution_policy_desc, i.type_desc FROM sys.tables AS t
		INNER JOIN sys.pdw_table_distribution_properties AS p ON p.object_id = t.object_id INNER JOIN sys.indexes AS i ON i.object_id = t.object_id
		WHERE t.name NOT LIKE '[_]sdc[_]%' ORDER BY t.name`,
		"other|ROUND_ROBIN|HEAP", "other__l|ROUND_ROBIN|HEAP", "tags|REPLICATE|CLUSTERED COLUMNSTORE", "tags__l|REPLICATE|CLUSTERED COLUMNSTORE",
		"user_x|HASH|CLUSTERED COLUMNSTORE", "user_x__l|HASH|CLUSTERED COLUMNSTORE", "users|ROUND_ROBIN|HEAP")
	h.want("SELECT l, o FROM raw.users", `[4]|{"a":5}`)
	h.want("SELECT x.o__a, l._sdc_value, o.o__a, t.o__a FROM raw.user_x AS x INNER JOIN raw.user_x__l AS l ON l._sdc_source_key_id = x.id INNER JOIN raw.other AS o ON o.id = x.id INNER JOIN raw.tags AS t ON t.id = x.id", "5|4|5|5")
}

func TestAColumnstoreBecomesAHeapForLongTexts(t *testing.T) {
	t.Parallel()
	schema := schemaOf("t", `"id"`, `"id":{"type":"integer"},"s":{"type":"string"}`)
	long := strings.Repeat("x", 5000)
	for name, record := range map[string]string{
		"at once":             recordOf("t", `{"id":1,"s":"`+long+`"}`),
		"in a widened column": recordOf("t", `{"id":2,"s":"`+long+`"}`),
		"in a new column":     recordOf("t", `{"id":2,"new":"`+long+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["streams"] = map[string]any{"t": map[string]any{"index": "columnstore"}}
			if name != "at once" {
				h.load(schema, recordOf("t", `{"id":1,"s":"short"}`))
				h.want("SELECT type_desc FROM sys.indexes WHERE object_id = OBJECT_ID('raw.t')", "CLUSTERED COLUMNSTORE")
			}
			h.load(schema, record, state(1), record, state(2))
			h.want("SELECT type_desc FROM sys.indexes WHERE object_id = OBJECT_ID('raw.t')", "HEAP")
			h.load(schema, record)
			if name == "in a new column" {
				h.want("SELECT id, s, LEN(new) FROM raw.t ORDER BY id", "1|short|NULL", "2|NULL|5000")
			}
			h.clean()
		})
	}
}

func TestSettingsOfAStreamAreChecked(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		`{"[":{}}`:                        `streams: bad pattern "["`,
		`{"t":{"nested":"text"}}`:         `streams: t: nested "text" is not one of denest, json`,
		`{"t":{"distribution":"random"}}`: `streams: t: distribution "random" is not one of hash, round_robin, replicate`,
		`{"t":{"index":"btree"}}`:         `streams: t: index "btree" is not one of heap, columnstore`,
		`{"t":{"nestd":"json"}}`:          `unknown field "nestd"`,
		`["t"]`:                           "streams",
	} {
		h := newHouse(t)
		h.set["streams"] = set // as an environment variable has it
		if o := h.start(t.Context(), strings.NewReader("")); o.code != 2 || !strings.Contains(o.log, want) {
			t.Errorf("%s: exit code %d, want %q:\n%s", set, o.code, want, fmt.Sprint(o.log))
		}
	}
}
