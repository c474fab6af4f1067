package synapse

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest"
)

// lab is an emulated pool with a storage account beside it.
type lab struct {
	*Pool
	pool  *synapsetest.Server
	files *blobtest.Server
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{
		pool:  synapsetest.New(t, synapsetest.Options{}),
		files: blobtest.New(t, blobtest.Options{Containers: []string{"loads"}}),
	}
	l.Pool = l.connect(t)
	if _, err := l.Exec(t.Context(), "", CreateNamespace("raw")); err != nil {
		t.Fatal(err)
	}
	return l
}

// connect opens another Pool on the same pool.
func (l *lab) connect(t *testing.T) *Pool {
	t.Helper()
	p, err := Open(t.Context(), Options{
		Host: l.pool.Host(), Port: l.pool.Port(), Database: l.pool.Database(), User: l.pool.User(), Password: secret.New(l.pool.Password()),
		Encrypt: EncryptDisable, Sleep: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func (l *lab) exec(t *testing.T, statements ...Statement) int64 {
	t.Helper()
	n, err := l.Exec(t.Context(), "test", statements...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rows is what a query answers, as text.
func (l *lab) rows(t *testing.T, query string) []string {
	t.Helper()
	r, err := l.pool.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range r.Text() {
		rows = append(rows, strings.Join(row, "|"))
	}
	return rows
}

func (l *lab) want(t *testing.T, query string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, l.rows(t, query)); d != "" {
		t.Errorf("%s (-want +got)\n%s", query, d)
	}
}

// copying is a load of CSV that is in the storage account.
func (l *lab) copying(t *testing.T, table Table, csv string) Copy {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(csv))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	blob := fmt.Sprintf("%s-%d.csv.gz", table.Name.Table, len(csv))
	l.files.Put("loads", blob, b.Bytes())
	return Copy{Table: table.Name, Columns: columnNames(table.Columns), URLs: []string{l.files.BlobURL("loads", blob)},
		Credential: Credential{AccountKey, secret.New(l.files.Key)}}
}

// stage makes a staging table and fills it.
func (l *lab) stage(t *testing.T, table Table, csv string) Table {
	t.Helper()
	l.exec(t, DropTable(table.Name), CreateTable(table))
	l.exec(t, CopyInto(l.copying(t, table, csv)))
	return table
}

var (
	testKey = Column{Name: "id", Type: Text(256), Collation: KeyCollation}
	testSeq = Column{Name: "_sdc_sequence", Type: Type{Base: BigInt}}
)

func testUsers() Table {
	return Table{Name: Name{"raw", "users"}, Distribution: HashOn("id"), Columns: []Column{testKey, {Name: "name", Type: Text(Max)}, testSeq}}
}

func TestUpsertKeepsTheNewestOfEachKeyToTheLastCharacter(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	users := testUsers()
	l.exec(t, CreateTable(users))
	load := func(csv string) {
		staging := l.stage(t, users.Staging("_sdc_stg_1_r_1_users"), csv)
		m := Merge{Table: users.Name, Staging: staging.Name, Columns: users.Columns, Keys: []Column{testKey}, Sequence: "_sdc_sequence"}
		err := l.Transact(t.Context(), "load", func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), m.DeleteMatching(), m.InsertNewest())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const all = "SELECT '[' + id + ']', name, _sdc_sequence FROM raw.users ORDER BY _sdc_sequence"
	load("\"a\",\"old\",1\n\"A\",\"other\",2\n\"a \",\"blank\",3\n\"a\",\"new\",4\n\"\",,5\n\"😀\",\"\",6\n\"ü\",\"x\",7\n")
	l.want(t, all, "[A]|other|2", "[a ]|blank|3", "[a]|new|4", "[]|NULL|5", "[😀]||6", "[ü]|x|7")
	load("\"a\",,8\n\"😁\",\"y\",9\n\"\",\"now\",10\n\" \",\"one blank\",11\n")
	l.want(t, all, "[A]|other|2", "[a ]|blank|3", "[😀]||6", "[ü]|x|7", "[a]|NULL|8", "[😁]|y|9", "[]|now|10", "[ ]|one blank|11")
}

func TestSentinelArrivesAsTheEmptyString(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	users := testUsers()
	l.exec(t, CreateTable(users))
	for round := range 2 { // the second finds its keys
		staging := l.stage(t, users.Staging("_sdc_stg_1_r_1_users"),
			fmt.Sprintf("\"%[1]s\",\"%[1]s\",%[2]d1\n\"k\",,%[2]d2\n\"😀\",\"😀\",%[2]d3\n\"%[1]s\",\"%[1]s\",%[2]d4\n", Sentinel, round))
		m := Merge{Table: users.Name, Staging: staging.Name, Columns: users.Columns, Keys: []Column{testKey}, Sequence: "_sdc_sequence", Empty: EmptySentinel}
		l.exec(t, m.DeleteMatching(), m.InsertNewest())
	}
	l.want(t, "SELECT '[' + id + ']', name, _sdc_sequence FROM raw.users ORDER BY _sdc_sequence", "[k]|NULL|12", "[😀]|😀|13", "[]||14")
}

func TestChildrenAreReplacedWithTheirParents(t *testing.T) {
	t.Parallel()
	for _, empty := range []EmptyString{EmptyNative, EmptySentinel} {
		l := newLab(t)
		users := testUsers()
		source := Column{Name: "_sdc_source_key_id", Type: Text(256), Collation: KeyCollation}
		tags := Table{Name: Name{"raw", "users__tags"}, Distribution: HashOn(source.Name),
			Columns: []Column{source, {Name: "tag", Type: Text(128)}, testSeq}}
		l.exec(t, CreateTable(users), CreateTable(tags))
		load := func(userCSV, tagCSV string) {
			userStaging := l.stage(t, users.Staging("_sdc_stg_1_r_1_users"), userCSV)
			tagStaging := l.stage(t, tags.Staging("_sdc_stg_1_r_2_tags"), tagCSV)
			root := Merge{Table: users.Name, Staging: userStaging.Name, Columns: users.Columns, Keys: []Column{testKey}, Sequence: "_sdc_sequence", Empty: empty}
			child := Merge{Table: tags.Name, Staging: tagStaging.Name, Columns: tags.Columns, Keys: []Column{source}, Sequence: "_sdc_sequence", Empty: empty}
			parent := Parent{Staging: userStaging.Name, Keys: []Column{testKey}, Sequence: "_sdc_sequence"}
			l.exec(t, child.DeleteByParent(parent), child.InsertByParent(parent), root.DeleteMatching(), root.InsertNewest())
		}
		const all = "SELECT _sdc_source_key_id, tag, _sdc_sequence FROM raw.users__tags ORDER BY _sdc_sequence, tag"
		load("\"a\",,1\n\"A\",,2\n\"a\",,3\n", "\"a\",\"gone\",1\n\"a\",\"gone too\",1\n\"A\",\"t\",2\n\"a\",\"x\",3\n\"a\",\"y\",3\n")
		l.want(t, all, "A|t|2", "a|x|3", "a|y|3")
		load("\"a\",,4\n\"b\",,5\n", "\"b\",\"z\",5\n") // a has none any more
		l.want(t, all, "A|t|2", "b|z|5")
	}
}

func TestAppendAndActivatedVersions(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	events := Table{Name: Name{"raw", "events"}, Columns: []Column{{Name: "what", Type: Text(128)}, {Name: "_sdc_table_version", Type: Type{Base: BigInt}}}}
	staged := events
	events.Columns = append(events.Columns, Column{Name: "_sdc_pipeline", Type: Text(128), Collation: KeyCollation})
	l.exec(t, CreateTable(events))
	staging := l.stage(t, staged.Staging("_sdc_stg_1_r_1_events"), "\"a\",1\n\"b\",2\n\"c\",\n\"a\",3\n")
	merge := func(pipeline string) Merge {
		return Merge{Table: events.Name, Staging: staging.Name, Columns: staged.Columns, Fixed: []Fixed{{"_sdc_pipeline", pipeline}}}
	}
	unmarked := merge("")
	unmarked.Columns, unmarked.Fixed = staged.Columns, nil
	if n := l.exec(t, merge("p").InsertAll(), merge("p").InsertAll(), merge("P").InsertAll(), unmarked.InsertAll()); n != 16 {
		t.Errorf("%d rows inserted, want 16", n)
	}
	all := "SELECT what, _sdc_table_version, _sdc_pipeline FROM raw.events ORDER BY 3, 2, 1"
	v := Versions{Table: events.Name, Version: "_sdc_table_version", Pipeline: Fixed{"_sdc_pipeline", "p"}}
	if n := l.exec(t, v.DeleteOlder(3)); n != 4 {
		t.Errorf("%d rows deleted, want 4", n)
	}
	kept := []string{"c|NULL|P", "a|1|P", "b|2|P", "a|3|P", "c|NULL|p", "c|NULL|p", "a|3|p", "a|3|p"}
	l.want(t, all, append([]string{"c|NULL|NULL", "a|1|NULL", "b|2|NULL", "a|3|NULL"}, kept...)...)
	v.Unmarked = true
	if n := l.exec(t, v.DeleteOlder(3)); n != 2 {
		t.Errorf("%d rows deleted, want 2", n)
	}
	l.want(t, all, append([]string{"c|NULL|NULL", "a|3|NULL"}, kept...)...)
}

func TestCatalogueTellsTablesAsTheyWereMade(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	const normal = "SQL_Latin1_General_CP1_CI_AS"
	base := func(b Base) Type { return Type{Base: b} }
	every := Table{Name: Name{"raw", "every type"}, Distribution: HashOn("id"), Columns: []Column{
		{Name: "id", Type: Text(256), Collation: KeyCollation, NotNull: true},
		{Name: "text", Type: Text(Max), Collation: normal}, {Name: "Case ]'", Type: Text(4000), Collation: normal},
		{Name: "varchar", Type: Type{Base: VarChar, Length: 8000}, Collation: normal}, {Name: "varcharmax", Type: Type{Base: VarChar, Length: Max}, Collation: normal},
		{Name: "char", Type: Type{Base: Char, Length: 3}, Collation: normal}, {Name: "nchar", Type: Type{Base: NChar, Length: 3}, Collation: normal},
		{Name: "bigint", Type: base(BigInt)}, {Name: "int", Type: base(Int)}, {Name: "smallint", Type: base(SmallInt)}, {Name: "tinyint", Type: base(TinyInt)},
		{Name: "decimal", Type: Number(38, 10)}, {Name: "money", Type: base(Money)}, {Name: "smallmoney", Type: base(SmallMoney)},
		{Name: "float", Type: base(Float)}, {Name: "real", Type: base(Real)}, {Name: "bit", Type: base(Bit), NotNull: true},
		{Name: "instant", Type: Instant()}, {Name: "seconds", Type: Type{Base: DateTimeOffset}}, {Name: "datetime2", Type: Type{Base: DateTime2, Scale: 3}},
		{Name: "datetime", Type: base(DateTime)}, {Name: "smalldatetime", Type: base(SmallDateTime)}, {Name: "date", Type: base(Date)}, {Name: "time", Type: Clock()},
		{Name: "varbinary", Type: Type{Base: VarBinary, Length: 20}}, {Name: "binary", Type: Type{Base: Binary, Length: 20}}, {Name: "guid", Type: base(UniqueIdentifier)},
	}}
	store := Table{Name: Name{"raw", "store"}, Index: ColumnStore, Distribution: Replicate(), Columns: []Column{{Name: "a", Type: base(Int)}}}
	spread := Table{Name: Name{"raw", "spread"}, Columns: []Column{{Name: "a", Type: base(Int)}}}
	l.exec(t, CreateTable(every), CreateTable(store), CreateTable(spread))
	tables, err := l.Tables(t.Context(), "raw")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name.Table, b.Name.Table) })
	if d := cmp.Diff([]Table{every, spread, store}, tables); d != "" {
		t.Errorf("tables (-made +told)\n%s", d)
	}
	if tables, err = l.Tables(t.Context(), "nowhere"); err != nil || len(tables) > 0 {
		t.Errorf("Tables of no namespace = %v, %v", tables, err)
	}
}

func TestDDLCanBeSentTwice(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	users := testUsers()
	more := []Column{{Name: "b", Type: Number(10, 2)}, {Name: "select", Type: Text(10), NotNull: true}}
	for range 2 {
		l.exec(t, CreateNamespace("raw"), CreateNamespace("o'b]jé"), CreateTable(users))
		l.exec(t, AddColumns(users.Name, more...))
		l.exec(t, AlterColumn(users.Name, Column{Name: "b", Type: Number(20, 4)}))
	}
	tables, err := l.Tables(t.Context(), "raw")
	if err != nil || len(tables) != 1 || len(tables[0].Columns) != 5 || tables[0].Columns[3].Type != Number(20, 4) || tables[0].Columns[4].NotNull {
		t.Errorf("Tables = %+v, %v", tables, err)
	}
	l.exec(t, DropTable(users.Name), DropTable(users.Name))
	if there, err := l.Exists(t.Context(), users.Name); there || err != nil {
		t.Errorf("Exists = %v, %v", there, err)
	}
}

func TestWidenedTableKeepsItsRowsAndItsPlace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	users := testUsers()
	users.Columns[1].Type = Text(128)
	l.exec(t, CreateTable(users), statement("", "", "INSERT INTO raw.users (id, name, _sdc_sequence) SELECT N'a', N'b', 1"))
	wider := Column{Name: "id", Type: Text(512), Collation: KeyCollation}
	l.pool.Fail(synapsetest.Fault{Match: "RENAME OBJECT [raw].[users]", Drop: synapsetest.DropAfter})
	if err := l.WidenColumns(t.Context(), "widen", "1d", func() error { return nil }, users, wider, Column{Name: "NAME", Type: Text(Max)}); err != nil {
		t.Fatal(err)
	}
	if n := l.pool.Heal(); n != 0 {
		t.Errorf("%d faults did not strike", n)
	}
	tables, err := l.Tables(t.Context(), "raw")
	if err != nil || len(tables) != 1 || tables[0].Columns[0] != wider || tables[0].Columns[1].Type != Text(Max) || !tables[0].Distribution.On("id") {
		t.Errorf("Tables = %+v, %v", tables, err)
	}
	l.want(t, "SELECT id, name, _sdc_sequence FROM raw.users", "a|b|1")
}

func TestRebuildOfADeadProcessIsFinished(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	long := Table{Name: Name{"raw", strings.Repeat("long", 32)}, Columns: testUsers().Columns}
	for _, table := range []Table{testUsers(), long} {
		l.exec(t, CreateTable(table), statement("", "", "INSERT INTO "+table.Name.String()+" (id) SELECT N'a'"))
		steps := Rebuild(table, "1d")
		for _, s := range steps[:4] { // up to and with the first rename
			l.exec(t, s)
		}
	}
	tables, err := l.Tables(t.Context(), "raw")
	if err != nil {
		t.Fatal(err)
	}
	names := []Name{testUsers().Name, long.Name}
	if list := InterruptedRebuilds("1d", tables, names); len(list) != 2 {
		t.Errorf("InterruptedRebuilds = %v", list)
	}
	if err := l.FinishRebuilds(t.Context(), "repair", "1d", tables, names); err != nil {
		t.Errorf("FinishRebuilds: %v", err)
	}
	tables, err = l.Tables(t.Context(), "raw")
	if err != nil || len(tables) != 2 {
		t.Errorf("Tables = %+v, %v", tables, err)
	}
	l.want(t, "SELECT id FROM raw.users UNION ALL SELECT id FROM "+long.Name.String(), "a", "a")
}

func TestCountRowsAnswersInOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	var names []Name
	var create []Statement
	for i := range 60 { // more than one statement counts
		n := Name{"raw", fmt.Sprint("t", i)}
		names = append(names, n)
		create = append(create, CreateTable(Table{Name: n, Columns: []Column{testKey}}))
	}
	l.exec(t, create...)
	l.exec(t, statement("", "", "INSERT INTO raw.t3 (id) SELECT N'a' UNION ALL SELECT N'b'"), statement("", "", "INSERT INTO raw.t57 (id) SELECT N'a'"))
	counts, err := l.CountRows(t.Context(), "count", names...)
	if err != nil || len(counts) != 60 || counts[3] != 2 || counts[57] != 1 || counts[0] != 0 {
		t.Errorf("CountRows = %v, %v", counts, err)
	}
}

func TestProbeTellsHowTheEmptyStringArrives(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	probe := Table{Name: Name{"raw", StagingName("m", 1, 0, "probe")}}
	found, err := l.ProbeEmptyString(t.Context(), "probe", l.copying(t, probe, EmptyStringProbe))
	if found != EmptyNative || err != nil {
		t.Errorf("ProbeEmptyString = %q, %v", found, err)
	}
	found, err = l.ProbeEmptyString(t.Context(), "probe", l.copying(t, probe, "1,,\n")) // a pool that takes "" for nothing
	if found != EmptySentinel || err != nil {
		t.Errorf("ProbeEmptyString = %q, %v", found, err)
	}
	if _, err = l.ProbeEmptyString(t.Context(), "probe", l.copying(t, probe, "1,\"\",\"\"\n")); err == nil {
		t.Error("a pool that makes strings of nothing is taken as it is")
	}
	if there, err := l.Exists(t.Context(), probe.Name); there || err != nil {
		t.Errorf("the probe's table is left: %v, %v", there, err)
	}
}

func TestCopyThatFailsSaysWhatToDo(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	staging := testUsers().Staging("_sdc_stg_1_r_1_users")
	l.exec(t, CreateTable(staging))
	good := l.copying(t, staging, "\"a\",\"b\",1\n")
	missing, wrongKey, blind := good, good, good
	missing.URLs = []string{l.files.BlobURL("loads", "none.csv.gz")}
	wrongKey.Credential.Secret = secret.New("d3Jvbmc=")
	blind.Credential = Credential{SharedSignature, secret.New(l.files.SAS("loads", "", "w", time.Now().Add(time.Hour)))}
	badRow := l.copying(t, staging, "\"a\",\"b\",1\n\"a\",\"b\",\"x\"\n")
	for name, c := range map[string]struct {
		copy  Copy
		class Class
		want  string
	}{
		"no such file": {missing, ClassExternal, "check blob_endpoint and container"},
		"wrong key":    {wrongKey, ClassExternal, "the storage account refused the pool"},
		"no read":      {blind, ClassExternal, "the SAS needs read and list"},
		"bad row":      {badRow, ClassData, "a value does not fit its column"},
	} {
		_, err := l.Exec(t.Context(), "run:1:copy", CopyInto(c.copy))
		var e *Error
		if !errors.As(err, &e) || e.Class != c.class || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "copy into [raw].[_sdc_stg_1_r_1_users]: ") {
			t.Errorf("%s: %v (class %v), want class %v and %s", name, err, e, c.class, c.want)
		}
		if strings.Contains(fmt.Sprint(err), c.copy.Credential.Secret.Reveal()) {
			t.Errorf("%s: the error holds the secret: %v", name, err)
		}
	}
}

func TestCopyIsRepeatedIntoAnEmptyTable(t *testing.T) {
	t.Parallel()
	for _, drop := range []synapsetest.Drop{synapsetest.DropBefore, synapsetest.DropAfter} {
		l := newLab(t)
		staging := testUsers().Staging("_sdc_stg_1_r_1_users")
		l.exec(t, CreateTable(staging))
		l.pool.Fail(synapsetest.Fault{Match: "COPY INTO", Drop: drop})
		l.exec(t, CopyInto(l.copying(t, staging, "\"a\",\"b\",1\n\"c\",,2\n")))
		if n := l.pool.Heal(); n != 0 {
			t.Errorf("%d faults did not strike", n)
		}
		l.want(t, "SELECT COUNT_BIG(*) FROM raw._sdc_stg_1_r_1_users", "2")
	}
}
