package synapsetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

func numberIn(err error) int32 {
	if e, ok := errors.AsType[*sqltype.Error](err); ok {
		return e.Number
	}
	return 0
}

// wantText runs a batch and compares its last result: rows between ; and columns between ,.
func wantText(t *testing.T, s *Server, batch, want string) {
	t.Helper()
	r, err := s.Query(batch)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range r.Text() {
		rows = append(rows, strings.Join(row, ","))
	}
	if got := strings.Join(rows, ";"); got != want {
		t.Errorf("%s\n got %s\nwant %s", batch, got, want)
	}
}

const fixture = `
CREATE TABLE dbo.p (id int NOT NULL, name nvarchar(20) NULL, code varchar(10) COLLATE Latin1_General_100_BIN2 NULL, price decimal(10,2) NULL, at datetimeoffset(7) NULL, d date NULL) WITH (HEAP, DISTRIBUTION = HASH(id));
INSERT INTO dbo.p SELECT 1, N'Ada', 'a', 1.10, '2024-01-01T00:00:00Z', '2024-01-31'
UNION ALL SELECT 2, N'ada ', 'A', 2.20, '2024-01-01T02:00:00+02:00', '2023-02-28'
UNION ALL SELECT 3, N'Bob', 'b', NULL, NULL, NULL
UNION ALL SELECT 4, NULL, NULL, 10.00, '2023-12-31T23:59:59.9999999Z', NULL;
CREATE TABLE dbo.o (pid int, n bigint) WITH (HEAP);
INSERT INTO dbo.o SELECT 1, 5 UNION ALL SELECT 1, 6 UNION ALL SELECT 2, 7 UNION ALL SELECT 9, 8;
`

// Each query runs on the fixture; rows are separated by ; and columns by ,.
func TestQueriesAnswerAsSQLServerDoes(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	if _, err := s.Query(fixture); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ query, want string }{
		{"SELECT id FROM p WHERE name = N'ADA' ORDER BY id", "1;2"},
		{"SELECT id FROM p WHERE code = 'a' ORDER BY id", "1"},
		{"SELECT id FROM p WHERE code = 'a   ' ORDER BY id", "1"},
		{"SELECT id FROM p WHERE name COLLATE Latin1_General_100_BIN2 = N'Ada'", "1"},
		{"SELECT COUNT(DISTINCT name), COUNT(DISTINCT code), COUNT(*), COUNT(name) FROM p", "2,3,4,3"},
		{"SELECT COUNT(DISTINCT at) FROM p", "2"},
		{"SELECT name, COUNT(*) AS n FROM p GROUP BY name ORDER BY n DESC, name", "Ada,2;NULL,1;Bob,1"},
		{"SELECT code FROM p ORDER BY code DESC", "b;a;A;NULL"},
		{"SELECT DISTINCT LOWER(RTRIM(name)) AS n FROM p WHERE name IS NOT NULL ORDER BY n", "ada;bob"},
		{"SELECT SUM(price), MIN(price), MAX(price), AVG(price) FROM p", "13.30,1.10,10.00,4.433333"},
		{"SELECT SUM(n), AVG(n), MAX(n) FROM o", "26,6,8"},
		{"SELECT SUM(CAST(n AS int)) FROM o HAVING COUNT(*) > 3", "26"},
		{"SELECT id FROM p ORDER BY at DESC, id", "1;2;4;3"},
		{"SELECT id, ROW_NUMBER() OVER (PARTITION BY name ORDER BY id DESC) AS r FROM p ORDER BY id", "1,2;2,1;3,1;4,1"},
		{"SELECT pid, SUM(n) OVER (PARTITION BY pid ORDER BY n) AS s, COUNT(*) OVER (PARTITION BY pid) AS c FROM o ORDER BY n", "1,5,2;1,11,2;2,7,1;9,8,1"},
		{"SELECT p.id, o.n FROM p INNER JOIN o ON p.id = o.pid ORDER BY o.n", "1,5;1,6;2,7"},
		{"SELECT p.id, o.n FROM p LEFT JOIN o ON p.id = o.pid ORDER BY p.id, o.n", "1,5;1,6;2,7;3,NULL;4,NULL"},
		{"SELECT p.id, o.n FROM p RIGHT JOIN o ON p.id = o.pid ORDER BY o.n", "1,5;1,6;2,7;NULL,8"},
		{"SELECT p.id, o.pid FROM p FULL OUTER JOIN o ON p.id = o.pid WHERE p.id IS NULL OR o.pid IS NULL ORDER BY p.id", "NULL,9;3,NULL;4,NULL"},
		{"SELECT pid, SUM(COUNT(*)) OVER () AS total FROM o GROUP BY pid ORDER BY pid", "1,4;2,4;9,4"},
		{"SELECT TOP 1 pid FROM o GROUP BY pid ORDER BY ROW_NUMBER() OVER (ORDER BY pid DESC)", "9"},
		{"SELECT COUNT(*) FROM p CROSS JOIN o", "16"},
		{"SELECT COUNT(*) FROM p, o WHERE p.id = o.pid", "3"},
		{"SELECT id FROM p WHERE EXISTS (SELECT 1 FROM o WHERE o.pid = p.id AND o.n > 5) ORDER BY id", "1;2"},
		{"SELECT id FROM p WHERE NOT EXISTS (SELECT 1 FROM o WHERE o.pid = p.id) ORDER BY id", "3;4"},
		{"SELECT id FROM p WHERE NOT EXISTS (SELECT 1 FROM o WHERE p.id < o.pid AND o.n = 7)", "2;3;4"},
		{"SELECT id FROM p WHERE id IN (SELECT pid FROM o) AND id NOT IN (2)", "1"},
		{"SELECT id, (SELECT MAX(n) FROM o WHERE o.pid = p.id) AS m FROM p ORDER BY id", "1,6;2,7;3,NULL;4,NULL"},
		{"SELECT a.id FROM p AS a JOIN p AS b ON (a.price = b.price OR (a.price IS NULL AND b.price IS NULL)) ORDER BY 1", "1;2;3;4"},
		{"WITH a AS (SELECT pid, SUM(n) AS s FROM o GROUP BY pid), b (k) AS (SELECT pid FROM a WHERE s > 7) SELECT k FROM b ORDER BY k DESC", "9;1"},
		{"SELECT TOP 2 id FROM p ORDER BY price DESC", "4;2"},
		{"SELECT id FROM p WHERE id = 1 UNION SELECT 1 UNION ALL SELECT 2 ORDER BY 1", "1;2"},
		{"SELECT 1 AS a UNION ALL SELECT 2.5", "1.0;2.5"},
		{"SELECT id FROM p EXCEPT SELECT pid FROM o ORDER BY id", "3;4"},
		{"SELECT id FROM p INTERSECT SELECT pid FROM o ORDER BY id", "1;2"},
		{"SELECT STRING_AGG(code, '-') WITHIN GROUP (ORDER BY id DESC) FROM p", "b-A-a"},
		{"SELECT 7/2, 7%2, 7.0/2, -7/2, 1 + '2', 'a' + N'b', CAST(1 AS bit) & 1", "3,1,3.500000,-3,3,ab,1"},
		{"SELECT 9223372036854775807, 0.1 + 0.2, CAST(0.1 AS float) + 0.2", "9223372036854775807,0.3,0.3"},
		{"SELECT CASE WHEN 1 = 1 THEN 1 ELSE 2.5 END, IIF(1 > 2, 'a', 'bcd'), COALESCE(NULL, 3), ISNULL(NULL, 'x'), NULLIF(1, 1)", "1.0,bcd,3,x,NULL"},
		{"SELECT CAST('12' AS int), CAST(12.7 AS int), CAST('2024-02-29' AS date), TRY_CAST('x' AS int), TRY_CONVERT(date, '2023-02-29')", "12,12,2024-02-29,NULL,NULL"},
		{"SELECT CONVERT(nvarchar(30), CAST('2024-01-02T03:04:05' AS datetime2(0)), 126), CONVERT(varchar(8), CAST('2024-01-02' AS date), 112), CONVERT(varbinary(4), '0A0B', 2)", "2024-01-02T03:04:05,20240102,0x0A0B"},
		{"SELECT LEN('ab  '), DATALENGTH(N'ab  '), DATALENGTH('ab'), LEN(N'😀'), LEFT('abc', 2), RIGHT('abc', 2), SUBSTRING('abcd', 2, 2), SUBSTRING('abcd', 0, 2)", "2,8,2,2,ab,bc,bc,a"},
		{"SELECT REPLACE('AbAb', 'a', 'x'), CHARINDEX('B', 'abb'), PATINDEX('%[0-9]%', 'ab3'), STUFF('abcd', 2, 2, 'X'), REPLICATE('ab', 2), REVERSE('abc'), UPPER('é'), QUOTENAME('a]b')", "xbxb,2,3,aXd,abab,cba,É,[a]]b]"},
		{"SELECT CONCAT('a', NULL, 1), CONCAT_WS('-', 'a', NULL, 'b'), LTRIM('  a'), TRIM(' a '), SPACE(2) + 'x', STR(3.14159, 6, 2)", "a1,a-b,a,a,  x,  3.14"},
		{"SELECT ABS(-2.50), SIGN(-3), CEILING(1.2), FLOOR(-1.2), ROUND(2.345, 2), ROUND(1250, -2), POWER(2, 10), SQRT(16)", "2.50,-1,2,-2,2.350,1300,1024,4"},
		{"SELECT STDEV(n), VAR(n), STDEVP(n), VARP(n) FROM o WHERE n IN (5, 7)", "1.41421,2,1,1"},
		{"SELECT STDEV(n), VAR(n), STDEVP(n), VARP(n) FROM o WHERE n = 5", "NULL,NULL,0,0"},
		{"SELECT n, VARP(n) OVER (ORDER BY n ROWS 1 PRECEDING) AS v FROM o ORDER BY n", "5,0;6,0.25;7,0.25;8,0.25"},
		{"SELECT VAR(DISTINCT pid) FROM o WHERE pid < 9", "0.5"},
		{"SELECT n, CUME_DIST() OVER (ORDER BY pid) AS c, PERCENT_RANK() OVER (ORDER BY pid) AS p FROM o ORDER BY n", "5,0.5,0;6,0.5,0;7,0.75,0.666667;8,1,1"},
		{"SELECT SIN(0), COS(0), TAN(0), ASIN(1) * 2 - PI(), ACOS(1), ATAN(0), ATN2(0, 1), LOG10(1000), DEGREES(PI()), RADIANS(180.0E0) - PI()", "0,1,0,0,0,0,0,3,180,0"},
		{"SELECT EOMONTH('2024-02-10'), EOMONTH(d), EOMONTH(d, 1), EOMONTH(d, -2) FROM p WHERE id = 1", "2024-02-29,2024-01-31,2024-02-29,2023-11-30"},
		{"SELECT YEAR(d), MONTH(d), DAY(d), DATEPART(quarter, d), DATENAME(weekday, d), DATEADD(month, 1, d), DATEDIFF(day, '2024-01-01', d) FROM p WHERE id = 1", "2024,1,31,1,Wednesday,2024-02-29,30"},
		{"SELECT DATEDIFF(second, '2024-01-01T00:00:00', '2024-01-01T00:01:00'), DATEDIFF_BIG(millisecond, '1970-01-01', '2024-01-01'), DATEFROMPARTS(2024, 2, 29)", "60,1704067200000,2024-02-29"},
		{"SELECT SWITCHOFFSET(at, '+01:00') FROM p WHERE id = 1", "2024-01-01 01:00:00.0000000 +01:00"},
		{"SELECT id FROM p WHERE at = '2024-01-01T00:00:00Z' ORDER BY id", "1;2"},
		{"SELECT id FROM p WHERE name LIKE 'a[cd]%' OR name LIKE N'_ob' ORDER BY id", "1;2;3"},
		{"SELECT id FROM p WHERE code LIKE 'A%'", "2"},
		{"SELECT 1 WHERE 'a_b' LIKE 'a!_b' ESCAPE '!' AND 'axb' NOT LIKE 'a!_b' ESCAPE '!'", "1"},
		{"SELECT id FROM p WHERE price BETWEEN 2 AND 10.00 ORDER BY id", "2;4"},
		{"SELECT id FROM p WHERE NOT (price > 2) ORDER BY id", "1"},
		{"SELECT JSON_VALUE(N'{\"a\":{\"b\":[1,\"x\"]}}', '$.a.b[1]'), ISJSON('{'), JSON_QUERY('{\"a\":[1]}', '$.a')", "x,0,[1]"},
		{"SELECT CONVERT(nvarchar(64), HASHBYTES('MD5', 'a'), 2)", "0CC175B9C0F1B6A831C399E269772661"},
		{"SELECT XACT_STATE(), @@TRANCOUNT, SUSER_SNAME(), SCHEMA_NAME()", "0,0,loader,dbo"},
		{"DECLARE @n int = 2, @s nvarchar(10); SET @n += 1; SELECT @s = name FROM p WHERE id = @n; SELECT @n, @s", "3,Bob"},
		{"DECLARE @i int = 0; WHILE @i < 3 BEGIN SET @i = @i + 1; IF @i = 2 BREAK END; SELECT @i", "2"},
		{"BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH", "8134"},
		{"BEGIN TRAN; BEGIN TRY INSERT INTO o (pid) VALUES ('x') END TRY BEGIN CATCH IF XACT_STATE() = -2 ROLLBACK; SELECT ERROR_NUMBER(), XACT_STATE() END CATCH", "245,0"},
		{"EXEC sp_executesql N'SELECT @a + @b', N'@a int, @b int', @a = 1, @b = 2", "3"},
		{"SELECT OBJECT_ID('dbo.nothing'), CASE WHEN OBJECT_ID('dbo.p', 'U') IS NULL THEN 0 ELSE 1 END, CASE WHEN OBJECT_ID('[P]') IS NULL THEN 0 ELSE 1 END", "NULL,1,1"},
		{"SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, COLLATION_NAME, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'P' ORDER BY ORDINAL_POSITION",
			"p,id,int,NULL,10,0,NULL,NULL,NO;p,name,nvarchar,20,NULL,NULL,NULL,SQL_Latin1_General_CP1_CI_AS,YES;p,code,varchar,10,NULL,NULL,NULL,Latin1_General_100_BIN2,YES;p,price,decimal,NULL,10,2,NULL,NULL,YES;p,at,datetimeoffset,NULL,NULL,NULL,7,NULL,YES;p,d,date,NULL,NULL,NULL,0,NULL,YES"},
		{"SELECT t.name, d.distribution_policy_desc, i.type_desc FROM sys.tables AS t JOIN sys.pdw_table_distribution_properties AS d ON d.object_id = t.object_id JOIN sys.indexes AS i ON i.object_id = t.object_id ORDER BY t.name",
			"o,ROUND_ROBIN,HEAP;p,HASH,HEAP"},
		{"SELECT c.name FROM sys.pdw_column_distribution_properties AS p JOIN sys.columns AS c ON c.object_id = p.object_id AND c.column_id = p.column_id WHERE p.distribution_ordinal = 1", "id"},
	} {
		t.Run(c.query, func(t *testing.T) {
			t.Parallel()
			wantText(t, s, c.query, c.want)
		})
	}
}

func TestTypesOfResults(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	if _, err := s.Query(fixture); err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{
		"COUNT(*)": "int", "COUNT_BIG(*)": "bigint", "SUM(price)": "decimal(38,2)", "AVG(price)": "decimal(38,6)", "MAX(at)": "datetimeoffset(7)",
		"MAX(price) * 2": "decimal(12,2)", "MIN(id) + 1": "int", "MIN(name) + N'x'": "nvarchar(21)", "MIN(id) / 2.0": "decimal(17,6)", "NULL": "int",
		"MAX(d)": "date", "COUNT(*) + COUNT_BIG(*)": "bigint", "CAST(MIN(id) AS float)": "float",
	} {
		r, err := s.Query("SELECT " + expression + " FROM dbo.p")
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if got := r.Columns[0].Type.String(); got != want {
			t.Errorf("%s is %s, want %s", expression, got, want)
		}
	}
}

func TestStatementsAreRefusedWithTheirNumbers(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	if _, err := s.Query(fixture); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		batch  string
		number int32
	}{
		{"SELECT * FROM dbo.missing", 208},
		{"SELECT missing FROM p", 207},
		{"SELECT p.id FROM p AS q", 4104},
		{"SELECT id FROM p AS a, p AS b", 209},
		{"SELECT x.* FROM p", 107},
		{"SELECT name FROM p GROUP BY id", 8120},
		{"SELECT id FROM p GROUP BY id HAVING name = N'x'", 8121},
		{"SELECT id FROM p GROUP BY id ORDER BY name", 8127},
		{"SELECT id FROM p WHERE COUNT(*) > 1", 147},
		{"SELECT id FROM p WHERE ROW_NUMBER() OVER (ORDER BY id) = 1", 4108},
		{"SELECT SUM(COUNT(*)) FROM p GROUP BY id", 130},
		{"BREAK", 135},
		{"SELECT 1 FROM other.sys.tables", 208},
		{"SELECT 1 FROM other.dbo.p", 208},
		{"SELECT 1 UNION SELECT 1, 2", 205},
		{"SELECT id FROM p WHERE name = code", 468},
		{"SELECT name + code FROM p", 451},
		{"SELECT CONCAT(name, N'x', code) FROM p", 451},
		{"SELECT name FROM p UNION ALL SELECT code FROM p", 451},
		{"INSERT INTO p (id, name) SELECT 1, name + code FROM p", 451},
		{"SELECT id FROM p WHERE name + code = N'x'", 468},
		{"SELECT id FROM p UNION SELECT name COLLATE Latin1_General_100_BIN2 FROM p WHERE 1 = 1", 245},
		{"SELECT (SELECT id FROM p)", 512},
		{"SELECT id FROM p WHERE id = (SELECT pid, n FROM o)", 116},
		{"SELECT * FROM (SELECT id FROM p ORDER BY id) AS d", 1033},
		{"SELECT * FROM (SELECT 1) AS d", 8155},
		{"SELECT 1 / 0", 8134},
		{"SELECT TOP (-1) id FROM p", 127},
		{"DECLARE @n int; SELECT TOP (@n) id FROM p", 1060},
		{"SELECT CAST('x' AS int)", 245},
		{"SELECT CAST(99999 AS smallint)", 220},
		{"SELECT CAST(123.45 AS decimal(4,2))", 8115},
		{"SELECT 2147483647 + 1", 8115},
		{"SELECT @missing", 137},
		{"DECLARE @a int; DECLARE @a int", 134},
		{"INSERT INTO p (id, name) VALUES (1, N'" + strings.Repeat("x", 21) + "')", 8152},
		{"UPDATE x SET price = 0 FROM p AS x WHERE x.id = 4", 208},
		{"DELETE FROM x FROM p AS x WHERE x.id = 4", 208},
		{"INSERT INTO p (name) VALUES (N'x')", 515},
		{"INSERT INTO p (id) SELECT NULL", 515},
		{"INSERT INTO p (id, name) SELECT 1", 120},
		{"INSERT INTO p (id) SELECT 1, 2", 121},
		{"INSERT INTO p VALUES (1)", 213},
		{"INSERT INTO p (id, id) VALUES (1, 1)", 264},
		{"UPDATE p SET price = 123456789.5", 8115},
		{"UPDATE p SET id = NULL", 515},
		{"CREATE TABLE dbo.p (a int)", 2714},
		{"CREATE TABLE nowhere.t (a int)", 2760},
		{"CREATE SCHEMA dbo", 2714},
		{"DROP TABLE dbo.missing", 3701},
		{"DROP SCHEMA dbo", 3729},
		{"ALTER TABLE dbo.p ADD Name int", 2705},
		{"ALTER TABLE dbo.p ALTER COLUMN missing int", 4924},
		{"ALTER TABLE dbo.p ALTER COLUMN id bigint", 4922}, // the distribution column
		{"ALTER TABLE dbo.p ALTER COLUMN name nvarchar(2)", 8152},
		{"ALTER TABLE dbo.p ALTER COLUMN name int", 245},
		{"ALTER TABLE dbo.p ALTER COLUMN price decimal(10,2) NOT NULL", 515},
		{"CREATE STATISTICS s ON dbo.o (n); ALTER TABLE dbo.o ALTER COLUMN n decimal(20,2)", 4922},
		{"ALTER TABLE dbo.p DROP COLUMN id", 4922},
		{"CREATE TABLE dbo.k1 (a int NOT NULL, CONSTRAINT key1 PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED); CREATE TABLE dbo.k2 (a int NOT NULL, CONSTRAINT key1 UNIQUE (a) NOT ENFORCED)", 2714},
		{"CREATE TABLE dbo.k3 (a int); ALTER TABLE dbo.k3 ADD CONSTRAINT key3 PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED", 8111},
		{"CREATE TABLE dbo.k4 (a int NOT NULL, CONSTRAINT key4 PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED); ALTER TABLE dbo.k4 ADD CONSTRAINT key5 PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED", 1779},
		{"CREATE TABLE dbo.mcd (a int, b int) WITH (HEAP, DISTRIBUTION = HASH(a, b))", 103010},
		{"CREATE TABLE dbo.wd (a int, b int DEFAULT 1) WITH (HEAP); ALTER TABLE dbo.wd DROP COLUMN b", 4922},
		{"CREATE TABLE dbo.wp (a int, b int) WITH (HEAP, PARTITION (b RANGE RIGHT FOR VALUES (1))); ALTER TABLE dbo.wp DROP COLUMN b", 4922},
		{"CREATE TABLE dbo.wq (a int, b int) WITH (HEAP, PARTITION (b RANGE RIGHT FOR VALUES (1))); ALTER TABLE dbo.wq ALTER COLUMN b bigint", 4922},
		{"RENAME OBJECT dbo.p TO o", 15335},
		{"RENAME OBJECT dbo.missing TO x", 15225},
		{"CREATE TABLE dbo.q WITH (CLUSTERED COLUMNSTORE INDEX, DISTRIBUTION = ROUND_ROBIN) AS SELECT CAST(name AS nvarchar(max)) AS n FROM p", 35343},
		{"CREATE TABLE dbo.q WITH (HEAP, DISTRIBUTION = HASH(x)) AS SELECT id FROM p", 1911},
		{"CREATE TABLE dbo.q WITH (HEAP, DISTRIBUTION = ROUND_ROBIN) AS SELECT id, id FROM p", 2705},
		{"SELECT CAST(name AS nvarchar(max)) AS n INTO dbo.q FROM p", 35343},
		{"MERGE INTO o USING p ON o.pid = p.id WHEN NOT MATCHED THEN INSERT (pid) VALUES (p.id);", 100087},
		{"MERGE INTO p USING o ON o.pid = p.id WHEN MATCHED THEN UPDATE SET price = o.n;", 8672},
		{"DECLARE @a int = 1; SELECT @a = @a + id FROM p", 104473},
		{"DECLARE @a int = 0, @b int = @a + 1", 137},
		{"COMMIT", 111214},
		{"THROW 50001, N'mine', 1", 50001},
		{"RAISERROR(N'mine', 16, 1)", 50000},
	} {
		t.Run(c.batch, func(t *testing.T) {
			t.Parallel()
			if _, err := s.Query(c.batch); numberIn(err) != c.number {
				t.Errorf("%s = %v, want %d", c.batch, err, c.number)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		batch string
		count int64
		want  string // SELECT id, name, price FROM dbo.p ORDER BY id
	}{
		{"UPDATE p SET price = price + 1, name = UPPER(name) WHERE id < 3", 2, "[[1 ADA 2.10] [2 ADA  3.20] [3 Bob NULL] [4 NULL 10.00]]"},
		{"UPDATE dbo.p SET price = o.n FROM dbo.p INNER JOIN dbo.o ON dbo.p.id = dbo.o.pid WHERE o.n = 7", 1, "[[1 Ada 1.10] [2 ada  7.00] [3 Bob NULL] [4 NULL 10.00]]"},
		{"UPDATE p SET price = 0 FROM p AS x WHERE x.id = 4", 1, "[[1 Ada 1.10] [2 ada  2.20] [3 Bob NULL] [4 NULL 0.00]]"},
		{"DELETE FROM p FROM o WHERE o.pid = p.id", 2, "[[3 Bob NULL] [4 NULL 10.00]]"},
		{"DELETE FROM dbo.p FROM dbo.p INNER JOIN dbo.o ON dbo.p.id = dbo.o.pid AND dbo.o.n = 7", 1, "[[1 Ada 1.10] [3 Bob NULL] [4 NULL 10.00]]"},
		{"DELETE FROM p WHERE EXISTS (SELECT 1 FROM o WHERE o.pid = p.id)", 2, "[[3 Bob NULL] [4 NULL 10.00]]"},
		{"DELETE FROM p", 4, "[]"},
		{"ALTER DATABASE SCOPED CONFIGURATION SET DW_COMPATIBILITY_LEVEL = 50; CREATE TABLE dbo.mcd (a int, b int) WITH (HEAP, DISTRIBUTION = HASH(a, b)); DELETE FROM p", 4, "[]"},
		{"WITH c AS (SELECT pid FROM o WHERE n = 7) DELETE FROM p FROM c WHERE c.pid = p.id", 1, "[[1 Ada 1.10] [3 Bob NULL] [4 NULL 10.00]]"},
		{"WITH c AS (SELECT pid FROM o WHERE n = 7) UPDATE p SET price = c.pid FROM p INNER JOIN c ON c.pid = p.id", 1, "[[1 Ada 1.10] [2 ada  2.00] [3 Bob NULL] [4 NULL 10.00]]"},
		{"WITH c (i) AS (SELECT pid FROM o WHERE n = 8) INSERT p (id) SELECT i FROM c", 1, "[[1 Ada 1.10] [2 ada  2.20] [3 Bob NULL] [4 NULL 10.00] [9 NULL NULL]]"},
		{"WITH c AS (SELECT pid FROM o WHERE n = 7) MERGE p USING c ON c.pid = p.id WHEN MATCHED THEN DELETE;", 1, "[[1 Ada 1.10] [3 Bob NULL] [4 NULL 10.00]]"},
		{"TRUNCATE TABLE p", -1, "[]"},
		{"INSERT INTO p (id, name) SELECT pid + 10, N'x' FROM o WHERE n > 6", 2, "[[1 Ada 1.10] [2 ada  2.20] [3 Bob NULL] [4 NULL 10.00] [12 x NULL] [19 x NULL]]"},
		{"MERGE INTO dbo.p AS t USING (SELECT pid, MAX(n) AS n FROM dbo.o GROUP BY pid) AS s ON t.id = s.pid WHEN MATCHED AND s.n = 7 THEN DELETE WHEN MATCHED THEN UPDATE SET price = s.n WHEN NOT MATCHED BY TARGET THEN INSERT (id, name) VALUES (s.pid, N'new') WHEN NOT MATCHED BY SOURCE AND t.id = 4 THEN DELETE;",
			4, "[[1 Ada 6.00] [3 Bob NULL] [9 new NULL]]"},
		{"ALTER TABLE p ALTER COLUMN price decimal(20,4); ALTER TABLE p ADD note nvarchar(max) NULL; ALTER TABLE p DROP COLUMN d", -1, "[[1 Ada 1.1000] [2 ada  2.2000] [3 Bob NULL] [4 NULL 10.0000]]"},
		{"CREATE TABLE dbo.new WITH (HEAP, DISTRIBUTION = HASH(id)) AS SELECT id, CAST(name AS nvarchar(30)) AS name, price FROM dbo.p WHERE id > 2; RENAME OBJECT dbo.p TO old; RENAME OBJECT dbo.new TO p", -1, "[[3 Bob NULL] [4 NULL 10.00]]"},
		{"EXEC sp_rename 'dbo.p.name', 'x', 'COLUMN'; EXEC sp_rename 'dbo.p.x', 'name', 'COLUMN'", -1, "[[1 Ada 1.10] [2 ada  2.20] [3 Bob NULL] [4 NULL 10.00]]"},
		{"CREATE TABLE #t (id int) WITH (HEAP); INSERT INTO #t SELECT id FROM p WHERE id > 1; DELETE FROM p FROM #t AS t WHERE t.id = p.id", 3, "[[1 Ada 1.10]]"},
		{"BEGIN TRAN; DELETE FROM p; ROLLBACK", -1, "[[1 Ada 1.10] [2 ada  2.20] [3 Bob NULL] [4 NULL 10.00]]"},
		{"BEGIN TRAN; DELETE FROM p WHERE id > 1; COMMIT", -1, "[[1 Ada 1.10]]"},
		{"IF 1 = 2 DELETE FROM p ELSE DELETE FROM p WHERE id > 1", 3, "[[1 Ada 1.10]]"},
	} {
		t.Run(c.batch, func(t *testing.T) {
			t.Parallel()
			s := New(t, Options{})
			if _, err := s.Query(fixture); err != nil {
				t.Fatal(err)
			}
			r, err := s.Query(c.batch)
			if err != nil {
				t.Fatal(err)
			}
			if c.count >= 0 && r.Count != c.count {
				t.Errorf("%s changed %d rows, want %d", c.batch, r.Count, c.count)
			}
			r, err = s.Query("SELECT id, name, price FROM dbo.p ORDER BY id")
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(r.Text()); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.batch, got, c.want)
			}
		})
	}
}

func TestIdentityAndDefaults(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	r, err := s.Query(`CREATE TABLE dbo.t (k bigint IDENTITY(1,1) NOT NULL, a nvarchar(3) NOT NULL DEFAULT N'x', b int DEFAULT -1) WITH (HEAP);
		INSERT INTO dbo.t (b) SELECT 5; INSERT INTO dbo.t (a) VALUES (N'y'); SELECT k, a, b FROM dbo.t ORDER BY k`)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Text()); got != "[[1 x 5] [2 y -1]]" {
		t.Errorf("rows %s", got)
	}
}

func TestLongChainsOfTermsAndUnionsAreTaken(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	terms := make([]string, 3000)
	for i := range terms {
		terms[i] = fmt.Sprintf("SELECT %d AS a, N'x'", i)
	}
	r, err := s.Query("CREATE TABLE dbo.t (a int, b nvarchar(5)) WITH (HEAP); INSERT INTO dbo.t (a, b) " + strings.Join(terms, " UNION ALL "))
	if err != nil || r.Count != 3000 {
		t.Fatalf("INSERT of 3,000 rows: %v, %v", r, err)
	}
	for i := range terms {
		terms[i] = fmt.Sprintf("a = %d", i)
	}
	r, err = s.Query("SELECT COUNT(*) FROM dbo.t WHERE " + strings.Join(terms, " OR "))
	if err != nil || r.Rows[0][0] != int64(3000) {
		t.Fatalf("3,000 terms: %v, %v", r, err)
	}
}
