package synapse

import (
	"fmt"
	"strings"
)

// Ledger builds the statements that keep account of what has been loaded, in
// four tables of one namespace. Several pipelines may share it.
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
		}},
		{Name: l.Mappings(), Columns: []Column{
			key("stream", 512), key("path", 4000), key("kind", 16), key("table_name", 128), key("column_name", 128),
		}},
		{Name: l.Rejected(), Columns: []Column{
			key("pipeline", 256), key("load_id", 128), key("stream", 512), integer("line"), text("reason", 4000),
			text("record", Max), instant("rejected_at"),
		}},
	}
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
	State               string // "" when the load brought none
}

// Advance begins a load's transaction: it must change exactly one row, see
// [Tx.ExecOne]. A load without state leaves the state that is there.
func (l Ledger) Advance(load Load) Statement {
	state := ""
	if load.State != "" {
		state = ", [state] = " + Literal(load.State)
	}
	return dml("update", l.State(), fmt.Sprintf("UPDATE %s SET [load_id] = %s, [updated_at] = %s%s\nWHERE [pipeline] = %s AND [fence] = %d",
		l.State(), Literal(load.ID), now, state, Literal(l.Pipeline), load.Fence))
}

// Record writes a load's row of history, in the load's transaction.
func (l Ledger) Record(load Load) Statement {
	state := "NULL"
	if load.State != "" {
		state = Literal(load.State)
	}
	return dml("insert into", l.Loads(), fmt.Sprintf(
		"INSERT INTO %s ([load_id], [pipeline], [fence], [first_line], [last_line], [row_count], [byte_count], [state], [loaded_at])\nSELECT %s, %s, %d, %d, %d, %d, %d, %s, %s",
		l.Loads(), Literal(load.ID), Literal(l.Pipeline), load.Fence, load.FirstLine, load.LastLine, load.Rows, load.Bytes, state, now))
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
