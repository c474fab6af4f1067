package synapsetest

import (
	"context"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// alter runs ALTER TABLE in its forms.
func (r *run) alter(ctx context.Context, st tsql.Statement) error {
	const missing = "Cannot find the object \"%s\" because it does not exist or you do not have permissions."
	switch st := st.(type) {
	case *tsql.AddColumns:
		old, err := r.mustTable(st.Table, 4902, missing)
		if err != nil {
			return err
		}
		return r.addColumns(ctx, st, old)
	case *tsql.AlterColumn:
		old, err := r.mustTable(st.Table, 4902, missing)
		if err != nil {
			return err
		}
		return r.alterColumn(ctx, st, old)
	case *tsql.DropColumns:
		old, err := r.mustTable(st.Table, 4902, missing)
		if err != nil {
			return err
		}
		return r.dropColumns(ctx, st, old)
	case *tsql.AddConstraint:
		old, err := r.mustTable(st.Table, 4902, missing)
		if err != nil {
			return err
		}
		for _, n := range st.Constraint.Columns {
			if old.column(n) == nil {
				return sqltype.Errorf(1911, "Column name '%s' does not exist in the target table or view.", n)
			}
		}
		if err := r.s.e.catalog.checkKey(old, st.Constraint); err != nil {
			return err
		}
		t := old.clone()
		t.Keys = append(t.Keys, st.Constraint)
		return r.replace(ctx, old, t)
	case *tsql.DropConstraint:
		return r.dropConstraint(ctx, st)
	}
	return sqltype.Errorf(110802, "An internal error of the emulator occurred: %T has no meaning", st)
}

func (r *run) dropConstraint(ctx context.Context, st *tsql.DropConstraint) error {
	old, err := r.mustTable(st.Table, 4902, "Cannot find the object \"%s\" because it does not exist or you do not have permissions.")
	if err != nil {
		return err
	}
	for i, k := range old.Keys {
		if r.s.e.catalog.same(k.Name, st.Name) {
			t := old.clone()
			t.Keys = append(t.Keys[:i], t.Keys[i+1:]...)
			return r.replace(ctx, old, t)
		}
	}
	return sqltype.Errorf(3728, "'%s' is not a constraint.", st.Name)
}

func (r *run) addColumns(ctx context.Context, st *tsql.AddColumns, old *table) error {
	t := old.clone()
	for _, d := range st.Columns {
		if t.column(d.Name) != nil {
			return sqltype.Errorf(2705, "Column names in each table must be unique. Column name '%s' in table '%s' is specified more than once.", d.Name, t.Name)
		}
		if t.Index == tsql.ColumnStore && d.Type.Max() {
			return sqltype.Errorf(35343, "The statement failed. Column '%s' has a data type that cannot participate in a columnstore index.", d.Name)
		}
		c, err := r.newColumn(d, t)
		if err != nil {
			return err
		}
		t.add(c)
		if err := r.s.e.exec(ctx, "ALTER TABLE "+tableSQL(t)+" ADD COLUMN "+columnSQL(c)); err != nil {
			return err
		}
		if c.Default != nil && !c.Nullable { // a nullable column's default is for new rows only
			if err := r.s.e.exec(ctx, "UPDATE "+tableSQL(t)+" SET "+columnSQL(c)+" = "+sqlLiteral(c.Default)); err != nil {
				return err
			}
		}
	}
	if len(t.Columns) > 1024 {
		return sqltype.Errorf(1702, "ALTER TABLE failed because column '%s' in table '%s' exceeds the maximum of 1024 columns.", t.Columns[1024].Name, t.Name)
	}
	if err := rowSize(t); err != nil {
		return err
	}
	return r.replace(ctx, old, t)
}

// alterColumn changes a column's type: a second column is filled by converting the
// first, whose place it takes.
func (r *run) alterColumn(ctx context.Context, st *tsql.AlterColumn, old *table) error {
	t := old.clone()
	c := t.column(st.Column.Name)
	if c == nil {
		return sqltype.Errorf(4924, "ALTER TABLE ALTER COLUMN failed because column '%s' does not exist in table '%s'.", st.Column.Name, t.Name)
	}
	to, err := r.newColumn(st.Column, t)
	if err != nil {
		return err
	}
	if err := alterable(t, c, to, st.Column); err != nil {
		return err
	}
	to.Name, to.Default, to.Source, to.Identity = c.Name, c.Default, c.Source, c.Identity
	t.NextColumn++
	to.ID = t.NextColumn
	value := bound{sql: columnSQL(c), typ: c.Type, nullable: c.Nullable, label: implicit}
	var text string
	if err := bind(func() {
		v := r.binder().convert(st.Column.Pos, value, to.Type, sqltype.Implicit)
		text = v.sql
		if !to.Nullable {
			text = "nn(" + text + "," + sqlLiteral(c.Name) + "," + sqlLiteral(t.Name) + ")"
		}
	}); err != nil {
		return err
	}
	e := r.s.e
	if err := e.letRows(ctx, t); err != nil {
		return err
	}
	if err := e.exec(ctx, "ALTER TABLE "+tableSQL(t)+" ADD COLUMN "+columnSQL(to)); err != nil {
		return err
	}
	if err := e.exec(ctx, "UPDATE "+tableSQL(t)+" SET "+columnSQL(to)+" = "+text); err != nil {
		return err
	}
	if err := e.exec(ctx, "ALTER TABLE "+tableSQL(t)+" DROP COLUMN "+columnSQL(c)); err != nil {
		return err
	}
	for i := range t.Columns {
		if t.Columns[i] == c {
			t.Columns[i] = to
		}
	}
	return r.replace(ctx, old, t)
}

// alterable holds the reasons why a column cannot be altered (alter-table-transact-sql,
// "ALTER COLUMN").
func alterable(t *table, from, to *column, d tsql.ColumnDef) error {
	refuse := func(why string) error {
		return sqltype.Errorf(4922, "ALTER TABLE ALTER COLUMN %s failed because %s.", from.Name, why)
	}
	varying := from.Type.Kind == to.Type.Kind && (from.Type.Kind == sqltype.KindNVarChar || from.Type.Kind == sqltype.KindVarChar || from.Type.Kind == sqltype.KindVarBinary)
	longer := varying && (to.Type.IsMax() || !from.Type.IsMax() && to.Type.Length >= from.Type.Length) && fold(from.Type.Collation) == fold(to.Type.Collation)
	if t.Index == tsql.ColumnStore && to.Type.IsMax() {
		return sqltype.Errorf(35343, "The statement failed. Column '%s' has a data type that cannot participate in a columnstore index.", from.Name)
	}
	for _, h := range t.HashColumns {
		if t.names.Equal(h, from.Name) {
			// No page grants it: refused until somebody has tried (unverified).
			return refuse("it is the distribution column")
		}
	}
	if t.Index == tsql.Clustered && !longer {
		for _, n := range t.IndexColumns {
			if t.names.Equal(n, from.Name) {
				return refuse("one or more objects access this column")
			}
		}
	}
	for _, s := range t.Statistics {
		for _, n := range s.Columns {
			if t.names.Equal(n, from.Name) && !longer {
				return refuse("statistics '" + s.Name + "' access this column")
			}
		}
	}
	for _, k := range t.Keys {
		for _, n := range k.Columns {
			if t.names.Equal(n, from.Name) && (k.Primary || !longer) {
				return refuse("constraint '" + k.Name + "' accesses this column")
			}
		}
	}
	if t.Partition != "" && t.names.Equal(t.Partition, from.Name) {
		return refuse("it is the partition column")
	}
	if from.Source != "" && from.Type.Kind != to.Type.Kind {
		return refuse("a default accesses this column")
	}
	if from.Identity {
		return refuse("it is an IDENTITY column")
	}
	return sqltype.Rules{Mode: sqltype.Implicit}.Allowed(bare(from.Type), bare(to.Type))
}

func (r *run) dropColumns(ctx context.Context, st *tsql.DropColumns, old *table) error {
	t := old.clone()
	for _, name := range st.Columns {
		c := t.column(name)
		if c == nil {
			return sqltype.Errorf(4924, "ALTER TABLE DROP COLUMN failed because column '%s' does not exist in table '%s'.", name, t.Name)
		}
		if err := droppable(t, c); err != nil {
			return err
		}
		if len(t.Columns) == 1 {
			return sqltype.Errorf(4923, "ALTER TABLE DROP COLUMN failed because '%s' is the only data column in table '%s'.", name, t.Name)
		}
		var rest []*column
		for _, x := range t.Columns {
			if x != c {
				rest = append(rest, x)
			}
		}
		t.Columns = rest
		if err := r.s.e.letRows(ctx, t); err != nil {
			return err
		}
		if err := r.s.e.exec(ctx, "ALTER TABLE "+tableSQL(t)+" DROP COLUMN "+columnSQL(c)); err != nil {
			return err
		}
	}
	return r.replace(ctx, old, t)
}

func droppable(t *table, c *column) error {
	if c.Source != "" { // alter-table-transact-sql: "columns can't be dropped when they're … associated with a default"
		return sqltype.Errorf(4922, "ALTER TABLE DROP COLUMN %s failed because one or more objects access this column.", c.Name)
	}
	used := append(append([]string{t.Partition}, t.HashColumns...), t.IndexColumns...)
	for _, k := range t.Keys {
		used = append(used, k.Columns...)
	}
	for _, s := range t.Statistics {
		used = append(used, s.Columns...)
	}
	for _, n := range used {
		if t.names.Equal(n, c.Name) {
			return sqltype.Errorf(4922, "ALTER TABLE DROP COLUMN %s failed because one or more objects access this column.", c.Name)
		}
	}
	return nil
}
