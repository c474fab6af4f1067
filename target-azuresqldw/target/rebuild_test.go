package target

import (
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest"
)

// rebuilt are lines that have table t written anew: its key, by which it is distributed, has to be wider.
var (
	textKey = schemaOf("t", `"id"`, `"id":{"type":"string"},"n":{"type":"integer"}`)
	longID  = strings.Repeat("k", 300)
	rebuilt = []string{textKey, recordOf("t", `{"id":"`+longID+`","n":2}`), state(2)}
)

func TestATableThatIsWrittenAnewKeepsItsDefaults(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(textKey, recordOf("t", `{"id":"a","n":1}`), state(1))
	h.rows("ALTER TABLE raw.t ADD src nvarchar(10) NOT NULL DEFAULT N'ic', num decimal(9,2) NULL DEFAULT 1.5")
	o := h.load(rebuilt...)
	if !strings.Contains(o.log, "WARNING table was written anew") || !strings.Contains(o.log, "rights given on the table itself") {
		t.Errorf("nothing is said:\n%s", o.log)
	}
	h.load(textKey, recordOf("t", `{"id":"c","n":3}`), recordOf("t", `{"id":"a","n":4}`), state(3))
	h.want("SELECT LEN(id), n, src, num FROM raw.t ORDER BY n", "300|2|ic|1.50", "1|3|ic|1.50", "1|4|ic|NULL")
	h.want("SELECT name FROM sys.tables WHERE name LIKE '[_]sdc[_]new%' OR name LIKE '[_]sdc[_]old%'")
}

func TestATableThatWouldLoseByItIsNotWrittenAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["existing_tables"] = "adopt"
	h.rows("IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'raw') EXEC('CREATE SCHEMA [raw]')")
	h.rows("CREATE TABLE raw.t (no int IDENTITY(1,1) NOT NULL, id nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL) WITH (HEAP, DISTRIBUTION = HASH(id))")
	h.rows("INSERT INTO raw.t (id) SELECT N'a'")
	if o := h.fail(rebuilt...); !strings.Contains(o.log, "would lose the IDENTITY of column [no]") {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT id FROM raw.t", "a")
}

// Tables that are only called like those of a rebuild are not dropped by one.
func TestARebuildTouchesNoTableOfOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(textKey, recordOf("t", `{"id":"a","n":1}`), state(1))
	for _, name := range []string{"_sdc_new_t", "_sdc_old_t"} {
		h.theirs("raw."+name, "mine int NULL", "1")
	}
	h.load(rebuilt...)
	h.load(textKey, recordOf("t", `{"id":"c","n":3}`), state(3))
	h.want("SELECT n FROM raw.t ORDER BY n", "1", "2", "3")
	h.want("SELECT mine FROM raw._sdc_new_t", "1")
	h.want("SELECT mine FROM raw._sdc_old_t", "1")
}

// A run that starts while another writes a table anew must not take that for a leftover, nor the table for gone.
func TestARunThatStartsAmidARebuildWaitsForIt(t *testing.T) {
	t.Parallel()
	for _, match := range []string{"RENAME OBJECT [raw].[t]", "RENAME OBJECT [raw].[_sdc_new_"} {
		h := newHouse(t)
		h.set["pipeline"] = "a"
		h.load(textKey, recordOf("t", `{"id":"a","n":1}`), state(1))
		amid, resume := make(chan bool), make(chan bool)
		h.pool.Fail(synapsetest.Fault{MatchFunc: func(s string) bool { return strings.HasPrefix(s, match) }, Hook: func(string) { amid <- true; <-resume }})
		a := h.open("a")
		done := make(chan outcome)
		go func() { done <- a.load(rebuilt...) }()
		<-amid
		h.set["pipeline"] = "b"
		config := h.config()
		other := make(chan outcome)
		go func() {
			other <- h.startWith(t.Context(), strings.NewReader(strings.Join([]string{textKey, recordOf("t", `{"id":"b","n":5}`), state(5)}, "\n")+"\n"), config)
		}()
		waiting := make(chan bool, 100)
		h.pool.Fail(synapsetest.Fault{Match: "take the lease", Times: -1, MatchFunc: func(s string) bool {
			if strings.HasPrefix(s, "UPDATE [raw].[_sdc_shared] SET [pipeline] = N'b'") {
				waiting <- true
			}
			return false
		}})
		<-waiting
		close(resume)
		if o := <-done; o.code != 0 {
			t.Errorf("%s: exit code %d:\n%s", match, o.code, o.log)
		}
		if o := <-other; o.code != 0 || strings.Contains(o.log, "is not there") {
			t.Errorf("%s: the other: exit code %d:\n%s", match, o.code, o.log)
		}
		h.want("SELECT n FROM raw.t ORDER BY n", "1", "2", "5")
	}
}

func TestARebuildThatThePoolStumblesInIsFinished(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(textKey, recordOf("t", `{"id":"a","n":1}`), state(1))
	h.pool.Fail(synapsetest.Fault{Match: "RENAME OBJECT [raw].[_sdc_new_", Number: 50000})
	h.load(rebuilt...)
	h.want("SELECT n FROM raw.t ORDER BY n", "1", "2")
}

func TestARebuildThatARunDiedInIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.load(textKey, recordOf("t", `{"id":"a","n":1}`), state(1))
	dead := false
	h.pool.Fail(synapsetest.Fault{MatchFunc: func(s string) bool {
		dead = dead || strings.HasPrefix(s, "RENAME OBJECT [raw].[_sdc_new_")
		return dead
	}, Times: -1, Number: 50000})
	h.fail(rebuilt...)
	h.pool.Heal()
	o := h.load(rebuilt...)
	if !strings.Contains(o.log, "ending an interrupted rebuild") {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT n FROM raw.t ORDER BY n", "1", "2")
	h.want("SELECT name FROM sys.tables WHERE name LIKE '[_]sdc[_]new%' OR name LIKE '[_]sdc[_]old%'")
}

// A load that comes to its end while its table is written anew would have its rows in the table that is dropped.
func TestNoRowIsLostToARebuildOfAnother(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["pipeline"] = "a"
	h.load(textKey, recordOf("t", `{"id":"a","n":1}`), state(1))
	a, b := h.open("a"), h.open("b")
	ended, other := make(chan bool, 100), make(chan outcome, 1)
	h.pool.Fail(synapsetest.Fault{MatchFunc: func(s string) bool { return strings.HasPrefix(s, "RENAME OBJECT [raw].[t]") }, Hook: func(string) { // its successor has its rows
		h.pool.Fail(synapsetest.Fault{Times: -1, MatchFunc: func(s string) bool {
			if s == "COMMIT TRANSACTION" || s == "ROLLBACK TRANSACTION" {
				ended <- true
			}
			return false
		}})
		go func() { other <- b.load(textKey, recordOf("t", `{"id":"b","n":5}`), state(5)) }()
		<-ended
	}})
	if o := a.load(rebuilt...); o.code != 0 {
		t.Errorf("exit code %d:\n%s", o.code, o.log)
	}
	if o := <-other; o.code != 0 || !strings.Contains(o.log, "waits for another pipeline that writes a table anew") {
		t.Errorf("the other: exit code %d:\n%s", o.code, o.log)
	}
	h.want("SELECT n FROM raw.t ORDER BY n", "1", "2", "5")
	h.want("SELECT COUNT(*) FROM raw._sdc_loads", "3")
}
