package synapsetest

import (
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// view is a catalogue view: columns and rows made from the catalogue when asked.
// Only the columns that loaders and clients ask for are here.
type view struct {
	schema, name string
	cols         []viewColumn
	rows         func(e *engine, s *session) [][]any
}

type viewColumn struct {
	name string
	typ  sqltype.Type
}

// viewCache keeps the text of views as long as the catalogue stays the same.
type viewCache struct {
	version int64
	texts   map[*view]string
}

func col(name string, t sqltype.Type) viewColumn { return viewColumn{name, t} }

// systemView finds a view by its two-part name.
func systemView(n tsql.Name) *view {
	for _, v := range systemViews {
		if strings.EqualFold(v.schema, n.Schema) && strings.EqualFold(v.name, n.Object) {
			return v
		}
	}
	return nil
}

// systemViews is never changed.
var systemViews = []*view{
	{"sys", "schemas", []viewColumn{col("name", sysname), col("schema_id", sqltype.Int), col("principal_id", sqltype.Int)}, schemaRows},
	{"sys", "objects", objectColumns, objectRows},
	{"sys", "tables", append(objectColumns[:len(objectColumns):len(objectColumns)], col("is_external", sqltype.Bit), col("temporal_type", sqltype.TinyInt)), tableRows},
	{"sys", "columns", columnColumns, columnRows},
	{"sys", "types", []viewColumn{col("name", sysname), col("system_type_id", sqltype.TinyInt), col("user_type_id", sqltype.Int), col("schema_id", sqltype.Int),
		col("max_length", sqltype.SmallInt), col("precision", sqltype.TinyInt), col("scale", sqltype.TinyInt), col("collation_name", sysname),
		col("is_nullable", sqltype.Bit), col("is_user_defined", sqltype.Bit)}, typeRows},
	{"sys", "indexes", []viewColumn{col("object_id", sqltype.Int), col("name", sysname), col("index_id", sqltype.Int), col("type", sqltype.TinyInt),
		col("type_desc", sqltype.NVarChar(60)), col("is_unique", sqltype.Bit), col("is_primary_key", sqltype.Bit)}, indexRows},
	{"sys", "stats", []viewColumn{col("object_id", sqltype.Int), col("name", sysname), col("stats_id", sqltype.Int), col("auto_created", sqltype.Bit),
		col("user_created", sqltype.Bit)}, statsRows},
	{"sys", "databases", []viewColumn{col("name", sysname), col("database_id", sqltype.Int), col("collation_name", sysname), col("state_desc", sqltype.NVarChar(60)),
		col("is_read_committed_snapshot_on", sqltype.Bit), col("compatibility_level", sqltype.TinyInt)}, databaseRows},
	{"sys", "pdw_table_distribution_properties", []viewColumn{col("object_id", sqltype.Int), col("distribution_policy", sqltype.TinyInt),
		col("distribution_policy_desc", sqltype.NVarChar(60))}, distributionRows},
	{"sys", "pdw_column_distribution_properties", []viewColumn{col("object_id", sqltype.Int), col("column_id", sqltype.Int),
		col("distribution_ordinal", sqltype.TinyInt)}, columnDistributionRows},
	{"sys", "dm_pdw_exec_requests", requestColumns, requestRows},
	{"sys", "dm_pdw_exec_sessions", []viewColumn{col("session_id", sqltype.NVarChar(32)), col("status", sqltype.NVarChar(10)), col("login_name", sysname),
		col("app_name", sqltype.NVarChar(255)), col("is_transactional", sqltype.Bit)}, sessionRows},
	{"INFORMATION_SCHEMA", "SCHEMATA", []viewColumn{col("CATALOG_NAME", sysname), col("SCHEMA_NAME", sysname), col("SCHEMA_OWNER", sysname),
		col("DEFAULT_CHARACTER_SET_NAME", sysname)}, schemataRows},
	{"INFORMATION_SCHEMA", "TABLES", []viewColumn{col("TABLE_CATALOG", sysname), col("TABLE_SCHEMA", sysname), col("TABLE_NAME", sysname),
		col("TABLE_TYPE", sqltype.VarChar(10))}, informationTables},
	{"INFORMATION_SCHEMA", "COLUMNS", informationColumnColumns, informationColumns},
}

// viewText writes the view's rows as a query with columns v1, v2, ….
func (e *engine) viewText(v *view, s *session) string {
	if e.views.version != e.catalog.version || e.views.texts == nil {
		e.views = viewCache{version: e.catalog.version, texts: map[*view]string{}}
	}
	volatile := strings.HasPrefix(v.name, "dm_")
	if text, ok := e.views.texts[v]; ok && !volatile {
		return text
	}
	rows := v.rows(e, s)
	var b strings.Builder
	b.WriteString("SELECT ")
	for i := range v.cols {
		if i > 0 {
			b.WriteByte(',')
		}
		if len(rows) == 0 {
			b.WriteString("NULL AS v" + itoa(i+1))
		} else {
			b.WriteString("column" + itoa(i+1) + " AS v" + itoa(i+1))
		}
	}
	if len(rows) == 0 {
		b.WriteString(" WHERE 0")
	} else {
		b.WriteString(" FROM (VALUES ")
		for i, r := range rows {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('(')
			for j, x := range r {
				if j > 0 {
					b.WriteByte(',')
				}
				b.WriteString(sqlLiteral(stored(x, v.cols[j].typ)))
			}
			b.WriteByte(')')
		}
		b.WriteByte(')')
	}
	e.views.texts[v] = b.String()
	return b.String()
}
