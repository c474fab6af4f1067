package synapsetest

import (
	"database/sql/driver"
	"strings"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
	"intercomdw/target-azuresqldw/synapsetest/tsql"
)

// Version is what @@VERSION answers. Clients look for "Azure SQL Data Warehouse";
// MERGE needs a build of at least 10.0.17829.0.
const Version = "Microsoft Azure SQL Data Warehouse - 10.0.23320.0 Nov 23 2025 00:00:00 Copyright (c) Microsoft Corporation"

var sysname = sqltype.NVarChar(128)

func (b *binder) global(x *tsql.Global) bound {
	switch x.Name {
	case "@@VERSION":
		return constant(Version, sqltype.NVarChar(300))
	case "@@TRANCOUNT":
		n := int64(0)
		if b.s.tran != noTransaction {
			n = 1
		}
		return constant(n, sqltype.Int)
	case "@@SPID":
		return constant(int64(b.s.id), sqltype.SmallInt)
	case "@@ROWCOUNT":
		return constant(b.s.rowCount, sqltype.Int)
	case "@@ERROR":
		return constant(int64(b.s.lastError), sqltype.Int)
	case "@@DATEFIRST":
		return constant(int64(7), sqltype.TinyInt)
	case "@@LANGUAGE":
		return constant("us_english", sysname)
	}
	return constant("emulator", sysname) // @@SERVERNAME
}

// systemFunction binds functions about the pool, the session and its objects.
func (b *binder) systemFunction(c *tsql.Call, a []bound) (bound, bool) {
	property := func(i int) string {
		s, _ := a[i].value.(string)
		return strings.ToLower(s)
	}
	switch c.Name {
	case "DB_NAME":
		return constant(b.e.database, sysname), true
	case "DB_ID":
		return constant(int64(5), sqltype.Int), true
	case "SUSER_SNAME", "SUSER_NAME", "USER_NAME", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER":
		return constant(b.s.user, sysname), true
	case "SCHEMA_NAME":
		if len(a) == 0 {
			return constant("dbo", sysname), true
		}
		return bound{sql: "f_schema_name(" + b.as(c, a, 0, sqltype.Int) + ")", typ: sysname, nullable: true}, true
	case "SCHEMA_ID":
		return bound{sql: "f_schema_id(" + b.as(c, a, 0, sysname) + ")", typ: sqltype.Int, nullable: true}, true
	case "OBJECT_ID":
		kind := "'U'"
		if len(a) == 2 {
			kind = b.as(c, a, 1, sysname)
		}
		return bound{sql: "f_object_id(" + b.as(c, a, 0, sqltype.NVarChar(600)) + "," + kind + ")", typ: sqltype.Int, nullable: true}, true
	case "OBJECT_NAME", "OBJECT_SCHEMA_NAME":
		return bound{sql: "f_" + fold(c.Name) + "(" + b.as(c, a, 0, sqltype.Int) + ")", typ: sysname, nullable: true}, true
	case "COL_LENGTH":
		return bound{sql: "f_col_length(" + b.as(c, a, 0, sqltype.NVarChar(600)) + "," + b.as(c, a, 1, sysname) + ")", typ: sqltype.SmallInt, nullable: true}, true
	case "SERVERPROPERTY":
		return serverProperty(property(0)), true
	case "DATABASEPROPERTYEX":
		return b.databaseProperty(property(1)), true
	case "NEWID":
		return bound{sql: "f_newid()", typ: sqltype.UniqueIdentifier}, true
	case "XACT_STATE":
		return constant(int64(b.s.tran), sqltype.SmallInt), true
	case "SESSION_ID": // session-id-transact-sql
		return constant(b.s.name(), sqltype.NVarChar(32)), true
	case "ERROR_PROCEDURE": // of none: there are no procedures here
		return constant(nil, sysname), true
	case "ERROR_NUMBER", "ERROR_MESSAGE", "ERROR_SEVERITY", "ERROR_STATE":
		return b.caught(c.Name), true
	}
	return bound{}, false
}

// caught answers ERROR_NUMBER and its like, which are NULL outside of CATCH.
func (b *binder) caught(name string) bound {
	f := b.s.caught
	switch {
	case name == "ERROR_MESSAGE" && f != nil:
		return constant(f.Message, sqltype.NVarChar(4000))
	case name == "ERROR_MESSAGE":
		return constant(nil, sqltype.NVarChar(4000))
	case f == nil:
		return constant(nil, sqltype.Int)
	case name == "ERROR_NUMBER":
		return constant(int64(f.Number), sqltype.Int)
	case name == "ERROR_SEVERITY":
		return constant(int64(max(f.Class, 16)), sqltype.Int)
	}
	return constant(int64(max(f.State, 1)), sqltype.Int)
}

// serverProperty gives the property its own type where SQL Server gives sql_variant.
// EngineEdition 6 is a dedicated pool (microsoft/sqltoolsservice, ReliableConnectionHelper).
func serverProperty(name string) bound {
	switch name {
	case "engineedition":
		return constant(int64(6), sqltype.Int)
	case "productversion":
		return constant("10.0.23320.0", sysname)
	case "edition":
		return constant("SQL Azure", sysname)
	case "servername", "machinename":
		return constant("emulator", sysname)
	}
	return constant(nil, sysname)
}

func (b *binder) databaseProperty(name string) bound {
	switch name {
	case "collation":
		return constant(b.e.collation, sysname)
	case "edition":
		return constant("DataWarehouse", sysname)
	case "serviceobjective":
		return constant("DW100c", sysname)
	case "status":
		return constant("ONLINE", sysname)
	case "updateability":
		return constant("READ_WRITE", sysname)
	}
	return constant(nil, sysname)
}

// objectFunctions look into the catalogue while a statement runs.
func objectFunctions(e *engine) map[string]scalarFunction {
	named := func(f func(t *table) driver.Value) scalarFunction {
		return strict(func(a []driver.Value) driver.Value {
			if t := e.catalog.tables[a[0].(int64)]; t != nil {
				return f(t)
			}
			return nil
		})
	}
	return map[string]scalarFunction{
		"f_object_id": strict(func(a []driver.Value) driver.Value {
			t := e.current.tableNamed(a[0].(string))
			if t == nil || !strings.EqualFold(strings.TrimSpace(a[1].(string)), "U") {
				return nil
			}
			return t.ID
		}),
		"f_object_name":        named(func(t *table) driver.Value { return t.Name }),
		"f_object_schema_name": named(func(t *table) driver.Value { return t.Schema }),
		"f_schema_id": strict(func(a []driver.Value) driver.Value {
			if s := e.catalog.schema(a[0].(string)); s != nil {
				return s.ID
			}
			return nil
		}),
		"f_schema_name": strict(func(a []driver.Value) driver.Value {
			for _, s := range e.catalog.schemas {
				if s.ID == a[0].(int64) {
					return s.Name
				}
			}
			return nil
		}),
		"f_col_length": strict(func(a []driver.Value) driver.Value {
			t := e.current.tableNamed(a[0].(string))
			if t == nil {
				return nil
			}
			if c := t.column(a[1].(string)); c != nil {
				return int64(c.Type.MaxLength())
			}
			return nil
		}),
	}
}
