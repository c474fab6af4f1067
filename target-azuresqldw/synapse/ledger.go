package synapse

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Ledger builds the statements that keep account of what has been loaded, in
// five tables of one namespace. Several pipelines may share it.
//
// The fence is a number that the process in charge of a pipeline has put into
// the pipeline's row of _sdc_state. Every load begins its transaction with
// [Ledger.Advance], which changes that row where it has this fence: when it
// changes no row, another process has taken over and the load must not be made.
// Since that change is the first thing in every load's transaction, whoever
// changes the row knows that no earlier load is still undecided: the pool's
// isolation is READ UNCOMMITTED, and a plain SELECT would see rows of a transaction
// that may yet be rolled back.
type Ledger struct {
	Namespace string
	Pipeline  string
}

func (l Ledger) name(table string) Name { return Name{l.Namespace, table} }

// State is the table with one row for each pipeline: fence, last load, state.
func (l Ledger) State() Name { return l.name("_sdc_state") }

// Loads is the table with one row for each load that was committed.
func (l Ledger) Loads() Name { return l.name("_sdc_loads") }

// Mappings is the table that says which column holds which property.
func (l Ledger) Mappings() Name { return l.name("_sdc_columns") }

// Rejected is the table of records that were set aside.
func (l Ledger) Rejected() Name { return l.name("_sdc_rejected") }

// Shared is the table with one row for all pipelines of the namespace, see [Shared].
func (l Ledger) Shared() Name { return l.name("_sdc_shared") }

// The longest names of streams, and paths of properties, that the ledger takes, in UTF-16 units.
const (
	MaxStreamUnits = 512
	MaxPathUnits   = 4000
)

// Tables returns the definitions of the ledger's tables.
func (l Ledger) Tables() []Table {
	key := func(name string, n int) Column {
		return Column{Name: name, Type: Text(n), Collation: KeyCollation}
	}
	integer := func(name string) Column { return Column{Name: name, Type: Type{Base: BigInt}} }
	text := func(name string, n int) Column { return Column{Name: name, Type: Text(n)} }
	instant := func(name string) Column { return Column{Name: name, Type: Instant()} }
	return []Table{
		{Name: l.State(), Columns: []Column{
			key("pipeline", 256), integer("fence"), key("load_id", 128), text("state", Max),
			text("empty_string", 16), instant("updated_at"),
		}},
		{Name: l.Loads(), Columns: []Column{
			key("load_id", 128), key("pipeline", 256), integer("fence"), integer("first_line"), integer("last_line"),
			integer("row_count"), integer("byte_count"), text("state", Max), instant("loaded_at"),
			integer("rejected_count"), integer("deleted_count"),
		}},
		{Name: l.Mappings(), Columns: []Column{
			key("stream", MaxStreamUnits), key("path", MaxPathUnits), key("kind", 16), key("table_name", 128), key("column_name", 128),
		}},
		{Name: l.Rejected(), Columns: []Column{
			key("pipeline", 256), key("load_id", 128), key("stream", MaxStreamUnits), integer("line"), text("reason", 4000),
			text("record", Max), instant("rejected_at"), integer("table_version"),
		}},
		{Name: l.Shared(), Columns: []Column{
			key("ledger", 32), integer("version"), key("pipeline", 256), integer("fence"), instant("until"), key("rebuilding", 128),
		}},
	}
}

// first are the columns that the ledger's tables have had from the beginning: a table without one of them is somebody else's. Others may have
// been added to the definitions since, and are added to tables that are there.
var first = map[string][]string{
	"_sdc_state":    {"pipeline", "fence", "load_id", "state", "empty_string", "updated_at"},
	"_sdc_loads":    {"load_id", "pipeline", "fence", "first_line", "last_line", "row_count", "byte_count", "state", "loaded_at"},
	"_sdc_columns":  {"stream", "path", "kind", "table_name", "column_name"},
	"_sdc_rejected": {"pipeline", "load_id", "stream", "line", "reason", "record", "rejected_at"},
	"_sdc_shared":   {"ledger", "version", "pipeline", "fence", "until", "rebuilding"},
}

// Make returns the statements that make what the ledger lacks, given its
// tables as they are. The error names a table that only has the name of one. id is given to a ledger that is new: 32 characters that no other has.
func (l Ledger) Make(have []Table, id string) (missing []Statement, err error) {
	for _, want := range l.Tables() {
		i := slices.IndexFunc(have, func(t Table) bool { return strings.EqualFold(t.Name.Table, want.Name.Table) })
		switch {
		case i < 0 && want.Name == l.Shared():
			missing = append(missing, createShared(want, id))
		case i < 0:
			missing = append(missing, CreateTable(want))
		case !isLedger(have[i], want):
			return nil, &ForeignTableError{have[i], want}
		default:
			var more []Column
			for _, c := range want.Columns {
				if _, ok := have[i].Column(c.Name); !ok {
					more = append(more, c)
				}
			}
			if len(more) > 0 {
				missing = append(missing, AddColumns(have[i].Name, more...))
			}
		}
	}
	return missing, nil
}

// isLedger says whether a table is the ledger's own, and not one that somebody else gave the name to.
func isLedger(have, want Table) bool {
	for _, name := range first[want.Name.Table] {
		c, ok := have.Column(name)
		w, _ := want.Column(name)
		if !ok || c.Type.Base != w.Type.Base || w.Collation != "" && c.Collation != w.Collation {
			return false
		}
	}
	return true
}

// A ForeignTableError is a table that has the name of one of ours and not its columns.
type ForeignTableError struct{ Have, Want Table }

func (e *ForeignTableError) Error() string {
	return fmt.Sprintf("table %s is not the one that this target makes: it has %s, and ours has %s", e.Have.Name, e.Have.Describe(), e.Want.Describe())
}

// createShared makes the table that has one row from the moment it is there.
func createShared(t Table, id string) Statement {
	var columns []string
	for _, c := range t.Columns {
		value := "NULL"
		switch c.Name {
		case "ledger":
			value = Literal(id)
		case "version":
			value = "0"
		}
		columns = append(columns, aliased(c.cast(value), c.Name))
	}
	return guarded("create table", t.Name, fmt.Sprintf("IF OBJECT_ID(%s, N'U') IS NULL CREATE TABLE %s\nWITH (%s, DISTRIBUTION = %s)\nAS SELECT %s",
		quoteLiteral(t.Name.String()), t.Name, t.Index, t.Distribution, strings.Join(columns, ",\n  ")))
}

// Shared is what the pipelines of a namespace share beside their tables.
//
// Who makes or changes tables, or maps properties to columns, does so alone: it
// holds a lease, which ends by itself when it is not renewed. It is no lock of an open
// transaction, since who waits for one takes up one of the four statements that the
// smallest pool runs at once, and can neither say for whom it waits nor for how long.
type Shared struct {
	ID       string // of the ledger, unlike any other's
	Version  int64  // grows when tables or mappings change
	Pipeline string // that holds the lease, "" when none does
	Fence    int64  // of its process
}

// LeaseTime is how long a lease lasts unless it is renewed.
const LeaseTime = 2 * time.Minute

// shared reads it.
func (l Ledger) shared() Statement {
	return query("read", l.Shared().String(), fmt.Sprintf(
		"SELECT [ledger], [version], CASE WHEN [until] > %s THEN [pipeline] END AS [pipeline], [fence] FROM %s", now, l.Shared()))
}

// lease takes the lease, or renews it, unless another process has it. What an earlier process of the pipeline has is free.
func (l Ledger) lease(fence int64) Statement {
	s := dml("take the lease in", l.Shared(), fmt.Sprintf("UPDATE %s SET [pipeline] = %s, [fence] = %d, [until] = DATEADD(second, %d, %s), [rebuilding] = NULL\n"+
		"WHERE [until] IS NULL OR [until] <= %[5]s OR [pipeline] = %[2]s AND [fence] <= %[3]d",
		l.Shared(), Literal(l.Pipeline), fence, int(LeaseTime/time.Second), now))
	s.repeatable = true
	return s
}

// renew makes the lease last longer for the process that has it.
func (l Ledger) renew(fence int64) Statement {
	s := dml("renew the lease in", l.Shared(), fmt.Sprintf("UPDATE %s SET [until] = DATEADD(second, %d, %s) WHERE [pipeline] = %s AND [fence] = %d",
		l.Shared(), int(LeaseTime/time.Second), now, Literal(l.Pipeline), fence))
	s.repeatable = true
	return s
}

// announce says, for who has the lease, that a table is about to be written anew: loads that come to their end leave it to the time after, see
// [Ledger.Record].
func (l Ledger) announce(fence int64, table string) Statement {
	s := dml("announce a rebuild in", l.Shared(), fmt.Sprintf("UPDATE %s SET [rebuilding] = %s WHERE [pipeline] = %s AND [fence] = %d",
		l.Shared(), Literal(table), Literal(l.Pipeline), fence))
	s.repeatable = true
	return s
}

// touchAll is touch for all pipelines: it waits until no load is under way that has not seen the announcement.
func (l Ledger) touchAll() Statement {
	s := dml("wait for loads in", l.State(), fmt.Sprintf("UPDATE %s SET [fence] = [fence]", l.State()))
	s.repeatable = true
	return s
}

// endLease ends the lease of the process that has it. A change that it has made adds to the version.
func (l Ledger) endLease(fence int64, changed bool) Statement {
	version := ""
	if changed {
		version = ", [version] = [version] + 1"
	}
	s := dml("end the lease in", l.Shared(), fmt.Sprintf("UPDATE %s SET [pipeline] = NULL, [fence] = NULL, [until] = NULL, [rebuilding] = NULL%s WHERE [pipeline] = %s AND [fence] = %d",
		l.Shared(), version, Literal(l.Pipeline), fence))
	s.repeatable = true
	return s
}

// runs reads which of the runs that are named have committed a load of the pipeline.
func (l Ledger) runs(ids []string) Statement {
	var terms []string
	for _, id := range ids {
		terms = append(terms, "[load_id] LIKE "+Literal(id+"/%"))
	}
	return query("look for runs in", l.Loads().String(), fmt.Sprintf("SELECT DISTINCT [load_id] FROM %s WHERE [pipeline] = %s AND (%s)",
		l.Loads(), Literal(l.Pipeline), strings.Join(terms, " OR ")))
}

// now is the pool's clock; assigned to a datetimeoffset it has offset zero.
const now = "SYSUTCDATETIME()"

// take puts a fence into the pipeline's row.
func (l Ledger) take(fence int64) Statement {
	s := dml("take the fence in", l.State(), fmt.Sprintf("UPDATE %s SET [fence] = %d, [updated_at] = %s WHERE [pipeline] = %s",
		l.State(), fence, now, Literal(l.Pipeline)))
	s.repeatable = true
	return s
}

// enter makes the pipeline's row. It selects its values because VALUES takes
// none but constants (104334).
func (l Ledger) enter(fence int64) Statement {
	return dml("insert into", l.State(), fmt.Sprintf("INSERT INTO %s ([pipeline], [fence], [updated_at])\nSELECT %s, %d, %s",
		l.State(), Literal(l.Pipeline), fence, now))
}

// leave removes rows of the pipeline that carry another fence than the one given.
func (l Ledger) leave(fence int64, own bool) Statement {
	sign := "<>"
	if own {
		sign = "="
	}
	s := dml("delete from", l.State(), fmt.Sprintf("DELETE FROM %s WHERE [pipeline] = %s AND [fence] %s %d",
		l.State(), Literal(l.Pipeline), sign, fence))
	s.repeatable = true
	return s
}

// touch changes the pipeline's row without changing it: it waits until no
// load is under way, and in a transaction keeps it so.
func (l Ledger) touch() Statement {
	return dml("wait for loads in", l.State(), fmt.Sprintf("UPDATE %s SET [fence] = [fence] WHERE [pipeline] = %s",
		l.State(), Literal(l.Pipeline)))
}

// hold is touch for the process that has the fence.
func (l Ledger) hold(fence int64) Statement {
	s := dml("wait for loads in", l.State(), fmt.Sprintf("UPDATE %s SET [fence] = [fence] WHERE [pipeline] = %s AND [fence] = %d",
		l.State(), Literal(l.Pipeline), fence))
	s.repeatable = true
	return s
}

// progress is the statement that reads the pipeline's row.
func (l Ledger) progress() Statement {
	s := dml("read", l.State(), fmt.Sprintf("SELECT [fence], [load_id], [state], [empty_string] FROM %s WHERE [pipeline] = %s ORDER BY [fence] DESC",
		l.State(), Literal(l.Pipeline)))
	s.repeatable = true
	return s
}

// loaded reads which pipelines have ever committed a load.
func (l Ledger) loaded() Statement {
	return query("read", l.State().String(), fmt.Sprintf("SELECT DISTINCT [pipeline] FROM %s WHERE [load_id] IS NOT NULL", l.State()))
}

// committed counts the history rows of a load.
func (l Ledger) committed(loadID string) Statement {
	s := dml("look for the load in", l.Loads(), fmt.Sprintf("SELECT COUNT_BIG(*) FROM %s WHERE [load_id] = %s AND [pipeline] = %s",
		l.Loads(), Literal(loadID), Literal(l.Pipeline)))
	s.repeatable = true
	return s
}

// KeepEmptyString stores how the pool treats the empty string, so that it is
// asked once.
func (l Ledger) KeepEmptyString(e EmptyString) Statement {
	s := dml("update", l.State(), fmt.Sprintf("UPDATE %s SET [empty_string] = %s WHERE [pipeline] = %s",
		l.State(), Literal(string(e)), Literal(l.Pipeline)))
	s.repeatable = true
	return s
}

// Load is one load, for its row of history.
type Load struct {
	ID                  string
	Fence               int64
	FirstLine, LastLine int64 // of the input
	Rows, Bytes         int64
	Rejected            int64  // records that were set aside, which are not among Rows
	Deleted             int64  // rows of older versions, as the pool counts them
	State               string // "" when the load brought none
}

// MaxStateBytes is the largest state that is kept.
const MaxStateBytes = 64 << 20

// stateUnits is how much of a state one statement holds: about a thousand literals, of which the pool takes 20,000, and 8 MB
// of a batch, of which it takes 65,536 packets (capacity limits page).
const stateUnits = 4 << 20

// maxHistoryState is the largest state that a load's row of history repeats.
const maxHistoryState = 64 << 10

// Advance begins a load's transaction: it must change exactly one row, see
// [Tx.ExecOne]. A load without state leaves the state that is there. What a large
// state has beyond the first statement, [Ledger.AppendState] adds.
func (l Ledger) Advance(load Load) Statement {
	state := ""
	if load.State != "" {
		first, _ := cutUnits(load.State, stateUnits)
		state = ", [state] = " + Literal(first)
	}
	return dml("update", l.State(), fmt.Sprintf("UPDATE %s SET [load_id] = %s, [updated_at] = %s%s\nWHERE [pipeline] = %s AND [fence] = %d",
		l.State(), Literal(load.ID), now, state, Literal(l.Pipeline), load.Fence))
}

// AppendState returns what writes the rest of a large state, after [Ledger.Advance] in the load's transaction.
func (l Ledger) AppendState(load Load) (list []Statement) {
	_, rest := cutUnits(load.State, stateUnits)
	for rest != "" {
		var piece string
		piece, rest = cutUnits(rest, stateUnits)
		list = append(list, dml("append state in", l.State(), fmt.Sprintf("UPDATE %s SET [state] = [state] + %s\nWHERE [pipeline] = %s AND [fence] = %d",
			l.State(), Literal(piece), Literal(l.Pipeline), load.Fence)))
	}
	return list
}

// history is a state as a load's row of history has it: a large one only by its sum and size, since each load would store it anew.
func history(state string) string {
	if len(state) <= maxHistoryState {
		return state
	}
	return fmt.Sprintf("sha256:%x of %d bytes, which _sdc_state alone holds", sha256.Sum256([]byte(state)), len(state))
}

// Record writes a load's row of history, in the load's transaction.
//
// It writes none while a table is written anew: the load's rows may have gone to
// the table that is about to be replaced. Whoever does that announces it, and then
// waits for the rows of all pipelines; a load has changed its own before it comes here, so either it
// is waited for or it sees the announcement.
func (l Ledger) Record(load Load) Statement {
	state := "NULL"
	if load.State != "" {
		state = Literal(history(load.State))
	}
	return dml("insert into", l.Loads(), fmt.Sprintf(
		"INSERT INTO %s ([load_id], [pipeline], [fence], [first_line], [last_line], [row_count], [byte_count], [state], [loaded_at], [rejected_count], [deleted_count])\nSELECT %s, %s, %d, %d, %d, %d, %d, %s, %s, %d, %d\nFROM %s WHERE [rebuilding] IS NULL OR [until] <= %s",
		l.Loads(), Literal(load.ID), Literal(l.Pipeline), load.Fence, load.FirstLine, load.LastLine, load.Rows, load.Bytes, state, now, load.Rejected, load.Deleted, l.Shared(), now))
}

// StreamVersion is a version of a stream that is to end the older ones: that
// of an ACTIVATE_VERSION which stands at a line of the input of a run.
type StreamVersion struct {
	Stream  string
	Version int64
	Run     string // the loads of the run begin with it
	Line    int64
}

// rejects counts for each version the records that were set aside of it, or of
// a later one: in earlier runs, and in this one before the line. In this run
// a record without a version may be of any.
func (l Ledger) rejects(versions []StreamVersion) Statement {
	var counts []string
	for i, v := range versions {
		own := fmt.Sprintf("LEFT([load_id], %d) = %s", utf16Len(v.Run), Literal(v.Run))
		counts = append(counts, fmt.Sprintf("SELECT %d AS [position], COUNT_BIG(*) AS [records] FROM %s WHERE [pipeline] = %s AND [stream] = %s\n"+
			"AND ([table_version] >= %d OR [table_version] IS NULL AND %s) AND ([line] < %d OR NOT %s)",
			i, l.Rejected(), Literal(l.Pipeline), Literal(v.Stream), v.Version, own, v.Line, own))
	}
	return query("count records set aside in", l.Rejected().String(), strings.Join(counts, "\nUNION ALL "))
}

// Mapping says which column of which table holds a property of a stream. With
// an empty column it says which table holds the objects at a path.
type Mapping struct {
	Stream, Path, Kind string
	Table, Column      string
}

// AddMappings stores mappings. A mapping may come to be stored twice, when the
// answer to the first time is lost; that says nothing new.
func (l Ledger) AddMappings(mappings []Mapping) []Statement {
	const most = 200 // five literals each; a statement takes 20,000
	var statements []Statement
	for len(mappings) > 0 {
		n := min(len(mappings), most)
		rows := make([]string, n)
		for i, m := range mappings[:n] {
			rows[i] = fmt.Sprintf("SELECT %s, %s, %s, %s, %s",
				Literal(m.Stream), Literal(m.Path), Literal(m.Kind), Literal(m.Table), Literal(m.Column))
		}
		s := dml("insert into", l.Mappings(), fmt.Sprintf(
			"INSERT INTO %s ([stream], [path], [kind], [table_name], [column_name])\n%s",
			l.Mappings(), strings.Join(rows, "\nUNION ALL ")))
		s.repeatable = true
		statements = append(statements, s)
		mappings = mappings[n:]
	}
	return statements
}

// mappings reads all mappings.
func (l Ledger) mappings() Statement {
	s := dml("read", l.Mappings(), fmt.Sprintf("SELECT DISTINCT [stream], [path], [kind], [table_name], [column_name] FROM %s", l.Mappings()))
	s.repeatable = true
	return s
}
