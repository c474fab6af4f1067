package synapse

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sqlc-dev/teesql/parser"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// Every statement the target can send is here once, by the step that sends it.
func goldenCases() map[string][]Statement {
	users := Name{"raw", "users"}
	text := Column{Name: "body", Type: Text(Max)}
	id := Column{Name: "id", Type: Text(256), Collation: KeyCollation}
	number := Column{Name: "no", Type: Type{Base: BigInt}}
	table := Table{Name: users, Distribution: HashOn("id"), Columns: []Column{
		id, number, text,
		{Name: "price", Type: Number(12, 2)},
		{Name: "open", Type: Type{Base: Bit}},
		{Name: "created_at", Type: Instant()},
		{Name: "born", Type: Type{Base: Date}},
		{Name: "wakes", Type: Clock()},
		{Name: "_sdc_sequence", Type: Type{Base: BigInt}},
	}}
	strict := Table{Name: users, Index: ColumnStore, Distribution: Replicate(), Columns: []Column{
		{Name: "id", Type: Type{Base: BigInt}, NotNull: true},
		{Name: "name]'", Type: Text(50), Collation: KeyCollation, NotNull: true},
		{Name: "day", Type: Type{Base: Date}, NotNull: true},
	}}
	defaults := Table{Name: users, Distribution: HashOn("id"), Columns: []Column{id, {Name: "src", Type: Text(10), NotNull: true, Default: "(N'i''c')"}}}
	staging := table.Staging("_sdc_stg_1_r_1_users")
	merge := Merge{Table: users, Staging: staging.Name, Columns: table.Columns, Keys: []Column{id, number}, Sequence: "_sdc_sequence"}
	plain := merge
	plain.Keys = []Column{number}
	sentinel := merge
	sentinel.Columns, sentinel.Empty = []Column{id, number, text}, EmptySentinel
	source := []Column{{Name: "_sdc_source_key_id", Type: id.Type, Collation: KeyCollation}, {Name: "_sdc_source_key_no", Type: number.Type}}
	child := Merge{
		Table: Name{"raw", "users__tags"}, Staging: Name{"raw", "_sdc_stg_1_r_2_users__tags"},
		Columns: append(source, Column{Name: "name", Type: Text(128)}), Keys: source, Sequence: "_sdc_sequence",
	}
	childSentinel := child
	childSentinel.Empty = EmptySentinel
	parent := Parent{Staging: staging.Name, Keys: []Column{id, number}, Sequence: "_sdc_sequence"}
	marked := merge
	marked.Fixed = []Fixed{{"_sdc_pipeline", "it's"}}
	markedChild := child
	markedChild.Fixed = marked.Fixed
	kept := Kept{Table: Name{"raw", "_sdc_stg_1_r_3_kept"}, Columns: []Column{{Name: "owner", Type: Text(50)}, {Name: "rank", Type: Type{Base: Int}}}}
	versions := Versions{Table: users, Version: "_sdc_table_version", Pipeline: Fixed{"_sdc_pipeline", "it's"}}
	unmarked := versions
	unmarked.Unmarked = true
	ledger := Ledger{Namespace: "raw", Pipeline: "it's"}
	load := Load{ID: "r-7", Fence: 42, FirstLine: 1, LastLine: 99, Rows: 60, Bytes: 7000, State: `{"bookmarks":{"users":{"o'clock":"\\ü😀"}}}`}
	stateless := load
	stateless.State = ""
	ledgerTables, err := ledger.Make(nil, "0123456789abcdef0123456789abcdef")
	if err != nil {
		panic(err)
	}
	copying := Copy{
		Table: staging.Name, Columns: []string{"id", "no", "order"},
		URLs:       []string{"https://a.blob.core.windows.net/c/p/1/users-0000.csv.gz", "https://a.blob.core.windows.net/c/p/1/users-0001.csv.gz"},
		Credential: Credential{AccountKey, secret.New("a2V5+/==")},
	}
	withSAS, withNothing := copying, copying
	withSAS.Credential = Credential{SharedSignature, secret.New("sv=2026&sig=it's%2F")}
	withNothing.Credential = Credential{}

	return map[string][]Statement{
		"create_namespace":         {CreateNamespace("raw"), CreateNamespace("o'b]ject")},
		"create_table":             {CreateTable(table)},
		"create_table_columnstore": {CreateTable(strict)},
		"create_staging":           {DropTable(staging.Name), CreateTable(staging)},
		"create_ledger":            ledgerTables,
		"drop_tables":              {DropTable(users), DropTable(Name{"raw", "o'b]ject"})},
		"add_columns":              {AddColumns(users, id, text, Column{Name: "select", Type: Number(38, 0), NotNull: true})},
		"alter_columns":            {AlterColumn(users, Column{Name: "name", Type: Text(512)}), AlterColumn(users, Column{Name: "id", Type: Text(512), Collation: KeyCollation})},
		"rebuild":                  Rebuild(table, ""),
		"rebuild_default":          Rebuild(defaults, "1d"),
		"rebuild_not_null":         Rebuild(strict, ""),
		"finish_rebuild":           FinishRebuild(users, "", func(name string) bool { return name != "users" }),
		"copy_key":                 {CopyInto(copying)},
		"copy_sas":                 {CopyInto(withSAS)},
		"copy_open":                {CopyInto(withNothing)},
		"copy_again":               {statement("", "", CopyInto(copying).reset), CopyInto(copying)},
		"count":                    {countRows([]Name{staging.Name}), countRows([]Name{users, staging.Name, child.Staging})},
		"upsert":                   {merge.DeleteMatching(), merge.InsertNewest()},
		"upsert_number_key":        {plain.DeleteMatching(), plain.InsertNewest()},
		"upsert_sentinel":          {sentinel.DeleteMatching(), sentinel.InsertNewest()},
		"append":                   {merge.InsertAll()},
		"append_sentinel":          {sentinel.InsertAll()},
		"children":                 {child.DeleteByParent(parent), child.InsertByParent(parent)},
		"children_sentinel":        {childSentinel.DeleteByParent(parent), childSentinel.InsertByParent(parent)},
		"delete_version":           {versions.DeleteOlder(1700000000000), unmarked.DeleteOlder(1700000000000)},
		"delete_version_but":       {versions.DeleteOlderBut(1700000000000, "_sdc_sequence", 1700000000000000003, 1700000000000000009)},
		"marked":                   {marked.InsertNewest(), marked.InsertAll(), markedChild.InsertByParent(parent)},
		"kept":                     {marked.Keep(kept), marked.DeleteMatching(), marked.InsertAgain(kept), marked.InsertNew(kept)},
		"kept_sentinel":            {sentinel.Keep(kept), sentinel.InsertAgain(kept), sentinel.InsertNew(kept)},
		"delete_after":             {DeleteAfter(staging.Name, "_sdc_sequence", 1700000000000000003)},
		"fence_take":               {ledger.take(42), ledger.enter(42), ledger.progress(), ledger.leave(42, true), ledger.leave(42, false)},
		"fence_wait":               {ledger.touch(), ledger.hold(42), ledger.committed("r-7")},
		"load_commit":              {ledger.Advance(load), ledger.Record(load)},
		"load_commit_stateless":    {ledger.Advance(stateless), ledger.Record(stateless)},
		"pipelines":                {ledger.loaded()},
		"rejects":                  {ledger.rejects([]StreamVersion{{"users", 1700000000000, "sdc-1-a/", 17}, {"o'b]ject", 2, "sdc-1-a/", 99}})},
		"empty_string":             {ledger.KeepEmptyString(EmptyNative)},
		"mappings": append(ledger.AddMappings([]Mapping{
			{Stream: "users", Table: "users"},
			{Stream: "users", Path: "/a'b", Kind: "string", Table: "users", Column: "a'b"},
		}), ledger.mappings()),
		"ledger":             {ledger.columns(), ledger.shared(), ledger.lease(42), ledger.renew(42), ledger.announce(42, "us'ers"), ledger.touchAll(), ledger.endLease(42, true), ledger.endLease(42, false), ledger.runs([]string{"sdc-1-a", "sdc-2-b"})},
		"exists":             {exists(users), exists(Name{"raw", "o'b]ject"})},
		"catalogue":          catalogue("raw"),
		"engine":             {engine()},
		"statistics":         {UpdateStatistics(users)},
		"check_empty_string": emptyStringProbe(Name{"raw", "_sdc_stg_1_r_0_probe"}),
	}
}

const goldenLabel = "target-azuresqldw:run:7:step"

func TestEveryStatementIsTheOneReviewed(t *testing.T) {
	t.Parallel()
	for name, statements := range goldenCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name+".sql", newBatch(goldenLabel, statements).text.Reveal())
		})
	}
}

// The emulator's parser takes what the documentation grants a dedicated pool
// and nothing else.
func TestEveryStatementIsGrantedByTheDocumentation(t *testing.T) {
	t.Parallel()
	for name, statements := range goldenCases() {
		if _, err := tsql.Parse(newBatch(goldenLabel, statements).text.Reveal()); err != nil {
			t.Errorf("batch %s: %v", name, err)
		}
	}
}

// teesql does not read two things: OPTION after COPY INTO, and COLLATE within an
// expression.
var (
	copyOption   = regexp.MustCompile(`(IDENTITY_INSERT = 'OFF'\))\nOPTION \(LABEL = '[^']*'\)`)
	innerCollate = regexp.MustCompile(` COLLATE \w+ THEN`)
)

func readable(text string) string {
	return innerCollate.ReplaceAllString(copyOption.ReplaceAllString(text, "$1"), " THEN")
}

func TestEveryStatementMeansTheTreeReviewed(t *testing.T) {
	t.Parallel()
	for name, statements := range goldenCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := newBatch(goldenLabel, statements).text.Reveal()
			script, err := parser.Parse(t.Context(), strings.NewReader(readable(text)))
			if err != nil {
				t.Fatal(err)
			}
			raw, err := parser.MarshalScript(script)
			if err != nil {
				t.Fatal(err)
			}
			var tree any
			if err := json.Unmarshal(raw, &tree); err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, s := range statementsOf(tree) {
				b.WriteString(drawTree(s, "") + "\n")
			}
			golden(t, name+".tree", b.String())
		})
	}
}

// statementsOf are the statements of a script of one batch.
func statementsOf(script any) []any {
	batches := script.(map[string]any)["Batches"].([]any)
	return batches[0].(map[string]any)["Statements"].([]any)
}

// drawTree writes a syntax tree: each node its type and, in parentheses, what
// it holds; on one line where that fits one. Where it was in the text is left out.
func drawTree(node any, indent string) string {
	open, end, parts := "[", "]", []string(nil)
	deeper := indent + "  "
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			parts = append(parts, drawTree(child, deeper))
		}
	case map[string]any:
		if name, ok := nameOf(n); ok {
			return name
		}
		open, end = fmt.Sprintf("%v(", n["$type"]), ")"
		for _, key := range slices.Sorted(maps.Keys(n)) {
			switch v := n[key]; {
			case key == "$type", strings.HasPrefix(key, "Start"), key == "FragmentLength", v == nil, v == false:
			case v == true:
				parts = append(parts, key)
			default:
				parts = append(parts, key+": "+drawTree(v, deeper))
			}
		}
	default:
		return fmt.Sprintf("%#v", n)
	}
	line := open + strings.Join(parts, ", ") + end
	if len(indent)+len(line) <= 110 && !strings.Contains(line, "\n") || len(parts) == 0 {
		return line
	}
	return open + "\n" + deeper + strings.Join(parts, ",\n"+deeper) + end
}

// nameOf shortens the nodes that are nothing but a name.
func nameOf(n map[string]any) (string, bool) {
	switch n["$type"] {
	case "Identifier":
		return fmt.Sprintf("%v", n["Value"]), true
	case "MultiPartIdentifier":
		return dotted(n["Identifiers"].([]any)), true
	case "ColumnReferenceExpression":
		if id, ok := n["MultiPartIdentifier"].(map[string]any); ok {
			return "@" + dotted(id["Identifiers"].([]any)), true
		}
	case "SchemaObjectName":
		name := fmt.Sprint(n["BaseIdentifier"].(map[string]any)["Value"])
		if schema, ok := n["SchemaIdentifier"].(map[string]any); ok {
			name = fmt.Sprint(schema["Value"]) + "." + name
		}
		return name, true
	}
	return "", false
}

func dotted(parts []any) string {
	var names []string
	for _, p := range parts {
		names = append(names, fmt.Sprint(p.(map[string]any)["Value"]))
	}
	return strings.Join(names, ".")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (UPDATE=1 go test writes it)", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got); UPDATE=1 go test renews it\n%s", name, d)
	}
}

func TestEveryGoldenFileHasItsStatement(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	cases := goldenCases()
	for _, f := range files {
		base := filepath.Base(f)
		if _, ok := cases[strings.TrimSuffix(base, filepath.Ext(base))]; !ok {
			t.Errorf("%s belongs to no statement", f)
		}
	}
}
