package synapsetest

import (
	"context"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

func (r *run) rename(ctx context.Context, st *tsql.RenameObject) error {
	old, err := r.mustTable(st.Table, 15225, "No item by the name of '%s' could be found in the current database.")
	if err != nil {
		return err
	}
	if old.Session != 0 || strings.HasPrefix(st.To, "#") {
		return sqltype.Errorf(103010, "Parse error: a temporary table cannot be renamed.") // rename-transact-sql.md
	}
	if r.s.e.catalog.byName[r.s.e.catalog.key(old.Schema, st.To)] != nil {
		return sqltype.Errorf(15335, "Error: The new name '%s' is already in use as a object name and would cause a duplicate that is not permitted.", st.To)
	}
	t := old.clone()
	t.Name = st.To
	return r.replace(ctx, old, t)
}

func (r *run) transfer(ctx context.Context, st *tsql.TransferObject) error {
	old, err := r.mustTable(st.Table, 15151, "Cannot find the object '%s', because it does not exist or you do not have permission.")
	if err != nil {
		return err
	}
	s := r.s.e.catalog.schema(st.Schema)
	if s == nil {
		return sqltype.Errorf(15151, "Cannot alter the schema '%s', because it does not exist or you do not have permission.", st.Schema)
	}
	if r.s.e.catalog.byName[r.s.e.catalog.key(s.Name, old.Name)] != nil {
		return sqltype.Errorf(15530, "The object with name \"%s\" already exists.", old.Name)
	}
	t := old.clone()
	t.Schema = s.Name
	return r.replace(ctx, old, t)
}

// renameColumn is sp_rename 'schema.table.column', 'new', 'COLUMN', the only form a
// dedicated pool has (sp-rename-transact-sql.md).
func (r *run) renameColumn(ctx context.Context, st *tsql.Exec) error {
	var args [3]string
	for i, a := range st.Args {
		if i > 2 {
			break
		}
		v, _, err := r.value(ctx, a.Value, sqltype.NVarChar(1035))
		if err != nil {
			return err
		}
		args[i], _ = v.(string)
	}
	if len(st.Args) != 3 || !strings.EqualFold(args[2], "COLUMN") {
		return sqltype.Errorf(15249, "Error: Explicit @objtype '%s' is unrecognized.", args[2])
	}
	list, err := tsql.Parse("SELECT " + args[0])
	if err != nil {
		return err
	}
	x, ok := list[0].(*tsql.Select).Query.Body.(*tsql.SelectCore)
	if !ok || len(x.Items) != 1 {
		return sqltype.Errorf(15248, "Either the parameter @objname is ambiguous or the claimed @objtype (COLUMN) is wrong.")
	}
	c, ok := x.Items[0].Expr.(*tsql.Column)
	if !ok {
		return sqltype.Errorf(15248, "Either the parameter @objname is ambiguous or the claimed @objtype (COLUMN) is wrong.")
	}
	_, err = r.s.change(ctx, func(ctx context.Context) (int64, error) {
		old := r.s.table(c.Table)
		if old == nil || old.column(c.Name) == nil {
			return 0, sqltype.Errorf(15248, "Either the parameter @objname is ambiguous or the claimed @objtype (COLUMN) is wrong.")
		}
		if old.column(args[1]) != nil {
			return 0, sqltype.Errorf(15335, "Error: The new name '%s' is already in use as a COLUMN name and would cause a duplicate that is not permitted.", args[1])
		}
		t := old.clone()
		t.column(c.Name).Name = args[1]
		for i, h := range t.HashColumns {
			if t.names.Equal(h, c.Name) {
				t.HashColumns = append([]string(nil), t.HashColumns...)
				t.HashColumns[i] = args[1]
			}
		}
		return 0, r.replace(ctx, old, t)
	})
	if err != nil {
		return err
	}
	return r.w.Done(-1)
}
