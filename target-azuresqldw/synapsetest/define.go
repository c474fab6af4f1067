package synapsetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// define runs a definition. Each changes SQLite and the saved catalogue first, then
// the catalogue in memory, so that an error leaves it as it was.
func (r *run) define(ctx context.Context, st tsql.Statement) error {
	if err := r.exclusive(ctx, st); err != nil {
		return err
	}
	var f func(ctx context.Context) error
	switch st := st.(type) {
	case *tsql.CompatibilityLevel:
		r.s.e.multiColumn = st.Level == "50"
		return nil
	case *tsql.CreateTable:
		if st.Query != nil {
			return r.changed(ctx, func(ctx context.Context) (int64, error) { return r.createAs(ctx, st) })
		}
		f = func(ctx context.Context) error { return r.createTable(ctx, st) }
	case *tsql.DropTable:
		f = func(ctx context.Context) error { return r.dropTable(ctx, st) }
	case *tsql.TruncateTable:
		f = func(ctx context.Context) error {
			t, err := r.mustTable(st.Name, 4701, "Cannot find the object \"%s\" because it does not exist or you do not have permissions.")
			if err != nil {
				return err
			}
			return r.s.e.exec(ctx, "DELETE FROM "+tableSQL(t))
		}
	case *tsql.CreateSchema:
		f = func(ctx context.Context) error { return r.createSchema(ctx, st) }
	case *tsql.DropSchema:
		f = func(ctx context.Context) error { return r.dropSchema(ctx, st) }
	case *tsql.RenameObject:
		f = func(ctx context.Context) error { return r.rename(ctx, st) }
	case *tsql.TransferObject:
		f = func(ctx context.Context) error { return r.transfer(ctx, st) }
	case *tsql.CreateStatistics, *tsql.UpdateStatistics, *tsql.DropStatistics:
		f = func(ctx context.Context) error { return r.statistics(ctx, st) }
	default:
		f = func(ctx context.Context) error { return r.alter(ctx, st) }
	}
	_, err := r.s.change(ctx, func(ctx context.Context) (int64, error) { return 0, f(ctx) })
	if err != nil {
		return err
	}
	return r.w.Done(-1)
}

// mustTable finds a permanent or temporary table or gives the error with the number.
func (r *run) mustTable(n tsql.Name, number int32, format string) (*table, error) {
	t := r.s.table(n)
	if t == nil {
		return nil, sqltype.Errorf(number, format, n)
	}
	return t, nil
}

func (r *run) createSchema(ctx context.Context, st *tsql.CreateSchema) error {
	e := r.s.e
	if e.catalog.schema(st.Name) != nil {
		return sqltype.Errorf(2714, "There is already an object named '%s' in the database.", st.Name)
	}
	before := e.catalog.schemas
	e.catalog.addSchema(st.Name)
	if err := e.saveSchemas(ctx); err != nil {
		e.catalog.schemas = before
		return err
	}
	return nil
}

func (r *run) dropSchema(ctx context.Context, st *tsql.DropSchema) error {
	e := r.s.e
	s := e.catalog.schema(st.Name)
	if s == nil {
		return sqltype.Errorf(15151, "Cannot drop the schema '%s', because it does not exist or you do not have permission.", st.Name)
	}
	for _, t := range e.catalog.tables {
		if e.catalog.same(t.Schema, st.Name) {
			return sqltype.Errorf(3729, "Cannot drop schema '%s' because it is being referenced by object '%s'.", st.Name, t.Name)
		}
	}
	var rest []*schema
	for _, x := range e.catalog.schemas {
		if x != s {
			rest = append(rest, x)
		}
	}
	before := e.catalog.schemas
	e.catalog.schemas = rest
	e.catalog.version++
	if err := e.saveSchemas(ctx); err != nil {
		e.catalog.schemas = before
		return err
	}
	return nil
}

// newTable makes a table's entry, after the checks of its name.
func (r *run) newTable(n tsql.Name, o tsql.TableOptions) (*table, error) {
	e := r.s.e
	t := &table{Schema: n.Schema, Name: n.Object, Distribution: o.Distribution, HashColumns: o.HashColumns, Index: o.Index, IndexColumns: o.IndexColumns,
		Created: time.Now(), Modified: time.Now(), names: e.catalog.names}
	if len(o.HashColumns) > 1 && !e.multiColumn {
		// create-table page: multi-column distribution needs compatibility level 50; the
		// words are those it gives for reading such a table, the number is our assumption.
		return nil, sqltype.Errorf(103010, "Multi-column distribution is not supported by this product version or this feature is disabled: set DW_COMPATIBILITY_LEVEL to 50.")
	}
	if o.Partition != nil {
		t.Partition = o.Partition.Column
	}
	if strings.HasPrefix(n.Object, "#") {
		t.Schema, t.Session = "tempdb", r.s.id
		if r.s.temp[r.s.e.catalog.key(n.Object)] != nil {
			return nil, sqltype.Errorf(2714, "There is already an object named '%s' in the database.", n.Object)
		}
	} else {
		if t.Schema == "" {
			t.Schema = "dbo"
		}
		s := e.catalog.schema(t.Schema)
		if s == nil || s.ID == 3 || s.ID == 4 {
			return nil, sqltype.Errorf(2760, "The specified schema name \"%s\" either does not exist or you do not have permission to use it.", t.Schema)
		}
		t.Schema = s.Name
		if r.s.table(n) != nil {
			return nil, sqltype.Errorf(2714, "There is already an object named '%s' in the database.", n.Object)
		}
	}
	t.ID = e.catalog.nextID
	return t, nil
}

// publish makes a new table known.
func (r *run) publish(t *table) {
	if t.Session == 0 {
		r.s.e.catalog.put(t)
		return
	}
	c := r.s.e.catalog
	c.tables[t.ID] = t
	c.nextID = max(c.nextID, t.ID+1)
	r.s.temp[r.s.e.catalog.key(t.Name)] = t
}

func (r *run) createTable(ctx context.Context, st *tsql.CreateTable) error {
	t, err := r.newTable(st.Name, st.Options)
	if err != nil {
		return err
	}
	t.Keys = st.Constraints
	for _, d := range st.Columns {
		if t.column(d.Name) != nil {
			return sqltype.Errorf(2705, "Column names in each table must be unique. Column name '%s' in table '%s' is specified more than once.", d.Name, t.Name)
		}
		c, err := r.newColumn(d, t)
		if err != nil {
			return err
		}
		t.add(c)
	}
	if err := r.named(t); err != nil {
		return err
	}
	for _, k := range t.Keys {
		if err := r.s.e.catalog.uniqueName(k.Name); err != nil {
			return err
		}
	}
	for _, k := range t.Keys { // a primary key's columns are NOT NULL when nothing is said of it
		for _, n := range k.Columns {
			if k.Primary {
				t.column(n).Nullable = false
			}
		}
	}
	if err := rowSize(t); err != nil {
		return err
	}
	if err := r.s.e.createRows(ctx, t); err != nil {
		return err
	}
	r.publish(t)
	return nil
}

// newColumn makes a column's entry; its default is converted once and for all.
func (r *run) newColumn(d tsql.ColumnDef, t *table) (c *column, err error) {
	c = &column{Name: d.Name, Nullable: d.Null != tsql.NotNull && !d.Primary && !d.Identity, Identity: d.Identity}
	err = bind(func() {
		c.Type = typeOf(d.Type)
		c.Numeric = d.Type.Name == "numeric"
		if c.Type.Kind.IsCharacter() {
			c.Type.Collation = r.s.e.collation
			if d.Collation != "" && d.Collation != "database_default" {
				c.Type.Collation = d.Collation
			}
		}
		if d.Default == nil {
			return
		}
		v := r.binder().expr(d.Default, &scope{})
		if v.value != nil {
			x, err := sqltype.Rules{Mode: sqltype.Implicit}.Convert(v.value, v.typ, c.Type)
			must(d.Pos, err)
			c.Default = stored(x, c.Type)
		}
		c.Source = d.Source
		if v.typ.Kind.IsNumeric() { // as in sys.default_constraints of SQL Server: ((1)), but (N'x')
			c.Source = "(" + c.Source + ")"
		}
	})
	return c, err
}

// createRows makes the SQLite table and saves the entry.
func (e *engine) createRows(ctx context.Context, t *table) error {
	defs := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		defs[i] = columnSQL(c)
	}
	if err := e.exec(ctx, "CREATE TABLE "+tableSQL(t)+" ("+strings.Join(defs, ",")+")"); err != nil {
		return err
	}
	if err := e.limitRows(ctx, t); err != nil {
		return err
	}
	return e.saveTable(ctx, t)
}

// createAs is CREATE TABLE … AS SELECT, and SELECT INTO.
func (r *run) createAs(ctx context.Context, st *tsql.CreateTable) (n int64, err error) {
	var q boundQuery
	if err := bind(func() { q = r.binder().query(st.Query, nil, false) }); err != nil {
		return 0, err
	}
	t, err := r.newTable(st.Name, st.Options)
	if err != nil {
		return 0, err
	}
	if len(st.ColumnNames) > 0 && len(st.ColumnNames) != len(q.cols) {
		return 0, sqltype.Errorf(8158, "'%s' has more columns than were specified in the column list.", st.Name.Object)
	}
	var defs []tsql.ColumnDef
	for i, c := range q.cols {
		if len(st.ColumnNames) > 0 {
			c.name = st.ColumnNames[i]
		}
		if c.name == "" {
			return 0, sqltype.Errorf(1038, "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name.")
		}
		if t.column(c.name) != nil {
			return 0, sqltype.Errorf(2705, "Column names in each table must be unique. Column name '%s' in table '%s' is specified more than once.", c.name, t.Name)
		}
		if c.label == conflict {
			return 0, sqltype.Errorf(451, "Cannot resolve collation conflict for column %d in SELECT statement.", i+1)
		}
		t.add(&column{Name: c.name, Type: resultType(r.s.e, c.typ), Nullable: c.nullable})
		defs = append(defs, tsql.ColumnDef{Name: c.name, Pos: st.Name.Pos, Type: tsql.Type{Length: t.Columns[i].Type.Length}})
	}
	if err := r.checkStorage(st, t, defs); err != nil {
		return 0, err
	}
	if err := r.s.e.createRows(ctx, t); err != nil {
		return 0, err
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = columnSQL(c)
	}
	n, err = r.s.e.change(ctx, "INSERT INTO "+tableSQL(t)+" ("+strings.Join(names, ",")+") "+q.sql)
	if err != nil {
		return 0, err
	}
	r.publish(t)
	return n, nil
}

// checkStorage applies what the parser checks for CREATE TABLE to the columns that
// only the query knows.
func (r *run) checkStorage(st *tsql.CreateTable, t *table, defs []tsql.ColumnDef) error {
	if len(t.Columns) > 1024 {
		return sqltype.Errorf(1702, "CREATE TABLE failed because column '%s' in table '%s' exceeds the maximum of 1024 columns.", t.Columns[1024].Name, t.Name)
	}
	if err := r.named(t); err != nil {
		return err
	}
	return bind(func() { tsql.CheckStorage(st.Name, defs, &st.Options) })
}

// named refuses a table whose options name a column that it does not have.
func (r *run) named(t *table) error {
	for _, n := range append(append([]string{t.Partition}, t.HashColumns...), t.IndexColumns...) {
		if n != "" && t.column(n) == nil {
			return sqltype.Errorf(1911, "Column name '%s' does not exist in the target table or view.", n)
		}
	}
	return nil
}

func (r *run) dropTable(ctx context.Context, st *tsql.DropTable) error {
	for _, n := range st.Names {
		t, err := r.mustTable(n, 3701, "Cannot drop the table '%s', because it does not exist or you do not have permission.")
		if err != nil {
			return err
		}
		e := r.s.e
		if err := e.exec(ctx, "DROP TABLE "+tableSQL(t)); err != nil {
			return err
		}
		if err := e.exec(ctx, "DELETE FROM sys_object WHERE id = ?", t.ID); err != nil {
			return err
		}
		e.catalog.drop(t)
		delete(r.s.temp, e.catalog.key(n.Object))
	}
	return nil
}

// replace saves the changed copy of a table and puts it in the catalogue.
func (r *run) replace(ctx context.Context, old, t *table) error {
	t.Modified = time.Now()
	if err := r.s.e.limitRows(ctx, t); err != nil {
		return err
	}
	if err := r.s.e.saveTable(ctx, t); err != nil {
		return err
	}
	if t.Session != 0 {
		r.s.e.catalog.tables[t.ID] = t
		r.s.temp[r.s.e.catalog.key(t.Name)] = t
		return nil
	}
	r.s.e.catalog.drop(old)
	r.s.e.catalog.put(t)
	return nil
}

func (r *run) statistics(ctx context.Context, st tsql.Statement) error {
	switch st := st.(type) {
	case *tsql.UpdateStatistics:
		t, err := r.mustTable(st.Table, 2706, "Table '%s' does not exist.")
		if err != nil {
			return err
		}
		for _, n := range st.Names {
			if t.statistics(n) < 0 {
				return sqltype.Errorf(2767, "Could not locate statistics '%s' in the system catalogs.", n)
			}
		}
	case *tsql.CreateStatistics:
		old, err := r.mustTable(st.Table, 1088, "Cannot find the object \"%s\" because it does not exist or you do not have permissions.")
		if err != nil {
			return err
		}
		if old.statistics(st.Name) >= 0 {
			return sqltype.Errorf(1927, "There are already statistics on table '%s' named '%s'.", st.Table, st.Name)
		}
		for _, n := range st.Columns {
			if old.column(n) == nil {
				return sqltype.Errorf(1911, "Column name '%s' does not exist in the target table or view.", n)
			}
		}
		t := old.clone()
		t.Statistics = append(t.Statistics, statistics{Name: st.Name, Columns: st.Columns})
		return r.replace(ctx, old, t)
	case *tsql.DropStatistics:
		old, err := r.mustTable(st.Table, 3701, "Cannot drop the statistics '%s', because it does not exist or you do not have permission.")
		if err != nil {
			return err
		}
		i := old.statistics(st.Name)
		if i < 0 {
			return sqltype.Errorf(3701, "Cannot drop the statistics '%s', because it does not exist or you do not have permission.", fmt.Sprintf("%s.%s", st.Table, st.Name))
		}
		t := old.clone()
		t.Statistics = append(t.Statistics[:i], t.Statistics[i+1:]...)
		return r.replace(ctx, old, t)
	}
	return nil
}

func (t *table) statistics(name string) int {
	for i, s := range t.Statistics {
		if t.names.Equal(s.Name, name) {
			return i
		}
	}
	return -1
}
