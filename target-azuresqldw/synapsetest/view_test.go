package synapsetest

import (
	"testing"
)

// The expectations are those of the pages on INFORMATION_SCHEMA.COLUMNS, sys.columns
// and sys.types; * stands for the pool's collation.
func TestTheCatalogueTellsEveryType(t *testing.T) {
	t.Parallel()
	const pool = "SQL_Latin1_General_CP1_CI_AS"
	for _, c := range []struct{ declared, information, column string }{
		{"bigint", "bigint,NULL,NULL,19,10,0,NULL,NULL,NULL", "127,8,19,0,NULL"},
		{"int", "int,NULL,NULL,10,10,0,NULL,NULL,NULL", "56,4,10,0,NULL"},
		{"smallint", "smallint,NULL,NULL,5,10,0,NULL,NULL,NULL", "52,2,5,0,NULL"},
		{"tinyint", "tinyint,NULL,NULL,3,10,0,NULL,NULL,NULL", "48,1,3,0,NULL"},
		{"bit", "bit,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL", "104,1,1,0,NULL"},
		{"decimal(38,10)", "decimal,NULL,NULL,38,10,10,NULL,NULL,NULL", "106,17,38,10,NULL"},
		{"decimal", "decimal,NULL,NULL,18,10,0,NULL,NULL,NULL", "106,9,18,0,NULL"},
		{"numeric(5,2)", "numeric,NULL,NULL,5,10,2,NULL,NULL,NULL", "108,5,5,2,NULL"},
		{"money", "money,NULL,NULL,19,10,4,NULL,NULL,NULL", "60,8,19,4,NULL"},
		{"smallmoney", "smallmoney,NULL,NULL,10,10,4,NULL,NULL,NULL", "122,4,10,4,NULL"},
		{"float", "float,NULL,NULL,53,2,NULL,NULL,NULL,NULL", "62,8,53,0,NULL"},
		{"float(24)", "real,NULL,NULL,24,2,NULL,NULL,NULL,NULL", "59,4,24,0,NULL"},
		{"date", "date,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL", "40,3,10,0,NULL"},
		{"time", "time,NULL,NULL,NULL,NULL,NULL,7,NULL,NULL", "41,5,16,7,NULL"},
		{"time(0)", "time,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL", "41,3,8,0,NULL"},
		{"smalldatetime", "smalldatetime,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL", "58,4,16,0,NULL"},
		{"datetime", "datetime,NULL,NULL,NULL,NULL,NULL,3,NULL,NULL", "61,8,23,3,NULL"},
		{"datetime2(3)", "datetime2,NULL,NULL,NULL,NULL,NULL,3,NULL,NULL", "42,7,23,3,NULL"},
		{"datetimeoffset", "datetimeoffset,NULL,NULL,NULL,NULL,NULL,7,NULL,NULL", "43,10,34,7,NULL"},
		{"nvarchar(256) COLLATE Latin1_General_100_BIN2", "nvarchar,256,512,NULL,NULL,NULL,NULL,UNICODE,Latin1_General_100_BIN2", "231,512,0,0,Latin1_General_100_BIN2"},
		{"nvarchar(max)", "nvarchar,-1,-1,NULL,NULL,NULL,NULL,UNICODE," + pool, "231,-1,0,0," + pool},
		{"nchar(5)", "nchar,5,10,NULL,NULL,NULL,NULL,UNICODE," + pool, "239,10,0,0," + pool},
		{"varchar(10)", "varchar,10,10,NULL,NULL,NULL,NULL,iso_1," + pool, "167,10,0,0," + pool},
		{"char", "char,1,1,NULL,NULL,NULL,NULL,iso_1," + pool, "175,1,0,0," + pool},
		{"varbinary(max)", "varbinary,-1,-1,NULL,NULL,NULL,NULL,NULL,NULL", "165,-1,0,0,NULL"},
		{"binary(4)", "binary,4,4,NULL,NULL,NULL,NULL,NULL,NULL", "173,4,0,0,NULL"},
		{"uniqueidentifier", "uniqueidentifier,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL", "36,16,0,0,NULL"},
	} {
		t.Run(c.declared, func(t *testing.T) {
			t.Parallel()
			s := New(t, Options{})
			wantText(t, s, "CREATE TABLE dbo.t (a "+c.declared+" NULL) WITH (HEAP); SELECT DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION,"+
				" NUMERIC_PRECISION_RADIX, NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME FROM INFORMATION_SCHEMA.COLUMNS", c.information)
			wantText(t, s, "SELECT system_type_id, max_length, precision, scale, collation_name FROM sys.columns", c.column)
			wantText(t, s, "SELECT COUNT(*) FROM sys.columns AS c INNER JOIN sys.types AS y ON y.user_type_id = c.user_type_id", "1")
		})
	}
}

func TestTheCatalogueTellsDefaultsAndKeys(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	wantText(t, s, `CREATE TABLE dbo.t (a int, b nvarchar(3) DEFAULT (N'x)'), c int NOT NULL DEFAULT -1, d decimal(3,1) CONSTRAINT k DEFAULT ((2.5)),
		CONSTRAINT p PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED) WITH (HEAP); SELECT COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS ORDER BY ORDINAL_POSITION`,
		"a,NULL,NO;b,(N'x)'),YES;c,((-1)),NO;d,((2.5)),YES")
}
