package target

import (
	"fmt"
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapse"
	"intercomdw/target-azuresqldw/synapsetest"
)

// tableOf is the table that the ledger gives to a stream.
func (h *house) tableOf(stream string) string {
	h.t.Helper()
	at := h.rows("SELECT table_name FROM raw._sdc_columns WHERE path = N'' AND stream = " + synapse.Literal(stream))
	if len(at) != 1 {
		h.t.Fatalf("tables of stream %q: %q", stream, at)
	}
	return synapse.Name{Namespace: h.namespace(), Table: at[0]}.String()
}

func (h *house) namespace() string {
	if name, ok := h.set["default_target_schema"].(string); ok {
		return name
	}
	return "raw"
}

func TestNothingInAStatementIsCalledLikeAStream(t *testing.T) {
	t.Parallel()
	ours := []string{"s", "d", "p", "n", "key_0", "size_0", "newest", "rank", "c0", "_sdc_rank", "_sdc_staged"}
	for _, namespace := range ours[:8] {
		t.Run(namespace, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["default_target_schema"] = namespace
			var columns, values strings.Builder
			for _, name := range ours {
				fmt.Fprintf(&columns, `,%q:{"type":"string"}`, name)
				fmt.Fprintf(&values, `,%q:"of %[1]s"`, name)
			}
			var lines []string
			for _, stream := range ours {
				lines = append(lines, schemaOf(stream, `"id"`, `"id":{"type":"string"},"l":{"type":"array","items":{"type":"object","properties":{"s":{"type":"string"}}}}`+columns.String()),
					recordOf(stream, `{"id":"1","l":[{"s":"old"}]}`), recordOf(stream, `{"id":"1","l":[{"s":"new"}]`+values.String()+`}`))
			}
			lines = append(lines, state(1))
			h.load(lines...)
			h.load(lines...)
			for _, stream := range ours {
				table := stream
				if strings.HasPrefix(table, "_sdc_") {
					table = "_" + table
				}
				h.want("SELECT id, s, d, [rank], _sdc_rank FROM "+synapse.Name{Namespace: namespace, Table: table}.String(), "1|of s|of d|of rank|of _sdc_rank")
				h.want("SELECT s FROM "+synapse.Name{Namespace: namespace, Table: table + "__l"}.String(), "new")
			}
		})
	}
}

func TestATableIsNeitherTemporaryNorALeftoverOfOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	streams := []string{"#tmp", "##tmp", "_sdc_new_x", "_sdc_old_x", "x", "_SDC_new_y", "_sdc_stg_1_x", "_sdc_stg_1700000000_aaaaaaaa_1_x", "_sdc_loads", "_sdc_columns", "\u200b_sdc_new_z"}
	var lines []string
	for _, stream := range streams {
		lines = append(lines, schemaOf(stream, `"id"`, `"id":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}}`), recordOf(stream, `{"id":1,"l":[1]}`))
	}
	lines = append(lines, state(1))
	for range 3 { // what a run takes for a leftover is gone with the next
		h.load(lines...)
		for _, stream := range streams {
			h.want("SELECT id FROM "+h.tableOf(stream), "1")
		}
	}
	h.want("SELECT COUNT(*) FROM sys.tables WHERE name LIKE N'#%' OR name LIKE N'[_]sdc[_]new%' OR name LIKE N'[_]sdc[_]old%' OR name LIKE N'[_]sdc[_]stg%'", "0")
}

func TestATableKeepsANameThatAnEarlierReleaseGaveIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(schemaOf("x", `"id"`, `"id":{"type":"integer"}`), recordOf("x", `{"id":1}`))
	for _, name := range []string{"_sdc_new_x", "_sdc_old_x", "_sdc_stg_1_x"} { // as they were given out once
		h.rows("CREATE TABLE raw." + name + " (id bigint NULL) WITH (HEAP, DISTRIBUTION = HASH(id))")
		h.rows("INSERT INTO raw." + name + " SELECT 1")
		for _, kind := range []string{"object", "integer", "key 000"} {
			path, column := "/id", "id"
			if kind == "object" {
				path, column = "", ""
			}
			h.rows(fmt.Sprintf("INSERT INTO raw._sdc_columns (stream, path, kind, table_name, column_name) SELECT N'%[1]s', N'%[2]s', N'%[3]s', N'%[1]s', N'%[4]s'", name, path, kind, column))
		}
	}
	h.load(schemaOf("_sdc_new_x", `"id"`, `"id":{"type":"integer"}`), recordOf("_sdc_new_x", `{"id":2}`))
	h.want("SELECT id FROM raw._sdc_new_x ORDER BY id", "1", "2")
	h.want("SELECT id FROM raw._sdc_old_x", "1")
	h.want("SELECT id FROM raw._sdc_stg_1_x", "1")
	h.want("SELECT id FROM raw.x", "1")
}

func TestPoolsOfAnyCollationAreLoaded(t *testing.T) {
	t.Parallel()
	for _, collation := range []string{"SQL_Latin1_General_CP1_CS_AS", "Latin1_General_100_BIN2", "Latin1_General_100_CI_AI", ""} {
		t.Run(collation, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.pool = synapsetest.New(t, synapsetest.Options{Collation: collation})
			columns := []string{"Id", "id", "straße", "strasse", "œ", "oe", "i\u200bd", "i\u00add", "é", "e", "ｉｄ", "a\u3358", "a"}
			var properties, members strings.Builder
			for i, name := range columns {
				fmt.Fprintf(&properties, `,%q:{"type":"string"}`, name)
				fmt.Fprintf(&members, `,%q:"%d"`, name, i)
			}
			streams := []string{"Users", "users", "Straße", "strasse"}
			var lines []string
			for _, stream := range streams {
				lines = append(lines, schemaOf(stream, `"k"`, `"k":{"type":"string"}`+properties.String()), recordOf(stream, `{"k":"old"`+members.String()+`}`), recordOf(stream, `{"k":"`+stream+`"`+members.String()+`}`))
			}
			lines = append(lines, state(1))
			for range 2 {
				h.load(lines...)
				for _, stream := range streams {
					var found []string
					for i, name := range columns {
						at := h.rows(fmt.Sprintf("SELECT table_name, column_name FROM raw._sdc_columns WHERE stream = %s AND path = %s", synapse.Literal(stream), synapse.Literal("/"+name)))
						table, column, _ := strings.Cut(at[0], "|")
						found = append(found, h.rows(fmt.Sprintf("SELECT %s FROM %s WHERE k = %s AND %[1]s = N'%[4]d'", synapse.Quote(column), synapse.Name{Namespace: "raw", Table: table}, synapse.Literal(stream), i))...)
					}
					if len(found) != len(columns) {
						t.Errorf("of %q %d values are in their columns, want %d", stream, len(found), len(columns))
					}
				}
			}
		})
	}
}

func TestATableThatThePoolMightTakeForAnotherOneIsNotTaken(t *testing.T) {
	t.Parallel()
	for stream, table := range map[string]string{"straße": "strasse", "œuvres": "oeuvres", "us\u200bers": "users", "usérs": "users"} {
		h := newHouse(t)
		h.rows("IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'raw') EXEC('CREATE SCHEMA [raw]')")
		h.rows("CREATE TABLE raw." + table + " (id bigint NULL, label nvarchar(20) NULL) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)")
		h.rows("INSERT INTO raw." + table + " SELECT 1, N'theirs'")
		lines := []string{schemaOf(stream, `"id"`, `"id":{"type":"integer"},"label":{"type":"string"}`), recordOf(stream, `{"id":1,"label":"ours"}`), state(1)}
		for range 2 {
			h.load(lines...)
			h.want("SELECT id, label FROM raw."+table, "1|theirs")
			h.want("SELECT id, label FROM "+h.tableOf(stream), "1|ours")
		}
	}
}
