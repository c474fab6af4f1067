package tsql

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseAcceptsWhatTheDocumentationGrants(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]string{
		"schema guard":             "IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'x') EXEC('CREATE SCHEMA [x]')",
		"table guard":              "IF OBJECT_ID(N'[s].[t]', N'U') IS NULL CREATE TABLE [s].[t] ([id] bigint NOT NULL, [n] nvarchar(max) NULL) WITH (HEAP, DISTRIBUTION = HASH([id]))",
		"drop guard":               "IF OBJECT_ID(N'[s].[t]', N'U') IS NOT NULL DROP TABLE [s].[t]",
		"columnstore":              "CREATE TABLE s.t (a int, b nvarchar(4000) COLLATE Latin1_General_100_BIN2 NOT NULL) WITH (CLUSTERED COLUMNSTORE INDEX ORDER (a), DISTRIBUTION = ROUND_ROBIN)",
		"replicated clustered":     "CREATE TABLE s.t (a int NOT NULL) WITH (CLUSTERED INDEX (a), DISTRIBUTION = REPLICATE)",
		"several hash columns":     "CREATE TABLE s.t (a int, b int) WITH (HEAP, DISTRIBUTION = HASH(a, b))",
		"keys":                     "CREATE TABLE s.t (a int NOT NULL, CONSTRAINT p PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED, CONSTRAINT u UNIQUE (a) NOT ENFORCED)",
		"partition":                "CREATE TABLE s.t (a int, d date) WITH (HEAP, PARTITION (d RANGE RIGHT FOR VALUES ('2024-01-01', '2025-01-01')))",
		"defaults":                 "CREATE TABLE s.t (a int DEFAULT 1, b nvarchar(3) CONSTRAINT d DEFAULT (N'x'), c int NOT NULL DEFAULT -1)",
		"identity":                 "CREATE TABLE s.t (a bigint IDENTITY(1,1) NOT NULL, b int) WITH (HEAP)",
		"temporary":                "CREATE TABLE #t (a int) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)",
		"ctas":                     "CREATE TABLE [s].[new] WITH (HEAP, DISTRIBUTION = HASH([k])) AS SELECT CAST([a] AS nvarchar(20)) AS [a], [k] FROM [s].[t] OPTION (LABEL = 'x')",
		"ctas of a cte":            "CREATE TABLE s.n WITH (DISTRIBUTION = ROUND_ROBIN) AS WITH c AS (SELECT 1 AS a) SELECT a FROM c",
		"add columns":              "ALTER TABLE [s].[t] ADD [c] nvarchar(128) NULL, [d] decimal(38,0)",
		"add with default":         "ALTER TABLE [s].[t] ADD [c] int NOT NULL DEFAULT 0",
		"alter column":             "ALTER TABLE [s].[t] ALTER COLUMN [c] nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL",
		"drop column":              "ALTER TABLE [s].[t] DROP COLUMN [c], [d]",
		"rename":                   "RENAME OBJECT [s].[t] TO [t_old]; RENAME OBJECT::[s].[new] TO [t]",
		"compatibility level":      "ALTER DATABASE SCOPED CONFIGURATION SET DW_COMPATIBILITY_LEVEL = 50",
		"truncate":                 "TRUNCATE TABLE s.t",
		"copy with all":            "COPY INTO [s].[stg] ([a] 1,[b] DEFAULT 'x' 2,[c] 3) FROM 'https://a.blob.core.windows.net/c/1.csv.gz','https://a.blob.core.windows.net/c/2.csv.gz' WITH (FILE_TYPE='CSV', CREDENTIAL=(IDENTITY='Shared Access Signature', SECRET='sv=1'), ERRORFILE='/e', ERRORFILE_CREDENTIAL=(IDENTITY='Managed Identity'), MAXERRORS=0, COMPRESSION='Gzip', FIELDQUOTE='\"', FIELDTERMINATOR=',', ROWTERMINATOR='0x0A', FIRSTROW=1, DATEFORMAT='ymd', ENCODING='UTF8', IDENTITY_INSERT='OFF') OPTION (LABEL='l')",
		"copy from a public place": "COPY INTO dbo.t FROM 'https://a/b'",
		"copy, managed identity":   "COPY INTO dbo.t FROM 'https://a/b' WITH (CREDENTIAL=(IDENTITY='Managed Identity'))",
		"copy parquet":             "COPY INTO dbo.t FROM 'https://a/b' WITH (FILE_TYPE='PARQUET', AUTO_CREATE_TABLE='ON')",
		"count":                    "SELECT COUNT_BIG(*) FROM [s].[stg]",
		"counts":                   "SELECT N'a' AS t, COUNT_BIG(*) AS n FROM [s].[a] UNION ALL SELECT N'b', COUNT_BIG(*) FROM [s].[b] OPTION (LABEL = 'c')",
		"delete from from":         "DELETE FROM [s].[t] FROM [s].[stg] AS src WHERE src.[k] = [s].[t].[k]",
		"delete join":              "DELETE FROM s.t FROM s.t INNER JOIN s.u ON s.t.a = s.u.a OPTION (LABEL = 'd')",
		"delete exists":            "DELETE FROM s.t WHERE EXISTS (SELECT 1 FROM s.u WHERE u.a = s.t.a)",
		"insert newest":            "INSERT INTO [s].[t] ([a],[k]) SELECT d.[a], d.[k] FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY [k] ORDER BY [_seq] DESC) AS rn FROM [s].[stg]) AS d WHERE rn = 1 OPTION (LABEL = N'i')",
		"insert without into":      "INSERT s.t (a) SELECT 1",
		"cte before insert":        "WITH c AS (SELECT 1 AS a) INSERT INTO s.t (a) SELECT a FROM c",
		"cte before update":        "WITH c AS (SELECT 1 AS a) UPDATE s.t SET a = c.a FROM s.t INNER JOIN c ON c.a = s.t.b",
		"cte before delete":        "WITH c AS (SELECT 1 AS a) DELETE FROM s.t FROM s.t INNER JOIN c ON c.a = s.t.a",
		"cte before merge":         "WITH c AS (SELECT 1 AS a) MERGE INTO s.t AS t USING c ON t.a = c.a WHEN MATCHED THEN DELETE;",
		"insert constants":         "INSERT INTO s.t (a, b, c, d, e) VALUES (-1, @v, 0x1F, N'x', ((2.5)))",
		"insert one row":           "INSERT INTO [s].[h] ([a],[b]) VALUES (N'x', NULL)",
		"insert union":             "INSERT INTO s.t SELECT 1, N'a' UNION ALL SELECT 2, N'b'",
		"merge":                    "MERGE INTO [s].[t] AS t USING (SELECT k, a FROM s.stg) AS s ON (t.k = s.k) WHEN MATCHED AND t.a <> s.a THEN UPDATE SET t.a = s.a WHEN MATCHED THEN DELETE WHEN NOT MATCHED BY TARGET THEN INSERT (k, a) VALUES (s.k, s.a) WHEN NOT MATCHED BY SOURCE THEN DELETE;",
		"fence":                    "UPDATE [s].[_sdc_state] SET [fence] = 2, [state] = N'{}' WHERE [pipeline] = N'p' AND [fence] = 1",
		"update join":              "UPDATE s.t SET a = u.a FROM s.t INNER JOIN s.u ON s.t.k = s.u.k WHERE u.a IS NOT NULL",
		"statistics":               "UPDATE STATISTICS [s].[t]; CREATE STATISTICS st ON s.t (a) WITH FULLSCAN; DROP STATISTICS s.t.st",
		"engine probe":             "SELECT CAST(SERVERPROPERTY('EngineEdition') AS int), @@VERSION, DATABASEPROPERTYEX(DB_NAME(),'Collation')",
		"transaction":              "BEGIN TRAN; DELETE FROM s.t; COMMIT TRANSACTION; BEGIN TRANSACTION ROLLBACK",
		"variables":                "DECLARE @a int = 1, @b AS nvarchar(10); SET @a = @a + 1; SET @a += 2 SELECT @b = N'x' SELECT @a, @b",
		"block":                    "IF 1 = 1 BEGIN SELECT 1; SELECT 2 END ELSE SELECT 3",
		"try":                      "BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH SELECT ERROR_NUMBER(); THROW END CATCH",
		"login options":            "SET ANSI_NULLS, QUOTED_IDENTIFIER ON SET TEXTSIZE 2147483647 SET NOCOUNT ON SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED SET LANGUAGE us_english SET DATEFORMAT mdy SET LOCK_TIMEOUT -1",
		"tedious at login":         "set ansi_nulls on\nset ansi_null_dflt_on on\nset ansi_padding on\nset ansi_warnings on\nset arithabort on\nset concat_null_yields_null on\nset datefirst 7\nset dateformat mdy\nset implicit_transactions off\nset language us_english\nset numeric_roundabort off\nset quoted_identifier on\nset textsize 2147483647\nset transaction isolation level read committed\nset xact_abort off",
		"cte":                      "WITH a AS (SELECT 1 AS x), b (y) AS (SELECT x FROM a) SELECT TOP 10 * FROM a LEFT JOIN b ON a.x = b.y WHERE (a.x > 0 AND (b.y IS NULL OR b.y IN (1,2))) ORDER BY 1 DESC, y",
		"aliases":                  "SELECT x = 1, 2 y, 3 AS 'z', t.*, [t].[a b] FROM s.t t",
		"nested parentheses":       "SELECT ((1)) WHERE (((1+2)))=3 AND ((((2=2))))",
		"expressions":              "SELECT -1.5e3 + 0x1F, CASE a WHEN 1 THEN 'x' ELSE 'y' END, IIF(a=1, 2, 3), a COLLATE Latin1_General_100_BIN2, CONVERT(nvarchar(30), d, 126), TRY_CONVERT(int, 'x') FROM t WHERE a NOT LIKE 'x!%' ESCAPE '!' AND b NOT BETWEEN 1 AND 2 AND NOT c = 3",
		"windows":                  "SELECT RANK() OVER (ORDER BY a), COUNT(*) OVER (PARTITION BY b), SUM(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), LAG(a, 1) OVER (ORDER BY b) FROM t",
		"groups":                   "SELECT a, COUNT(DISTINCT b), STRING_AGG(c, ',') WITHIN GROUP (ORDER BY c) FROM t GROUP BY a HAVING COUNT(*) > 1",
		"select into":              "SELECT TOP 0 * INTO [s].[stg] FROM [s].[t]",
		"sp_executesql":            "EXEC sp_executesql N'SELECT @p', N'@p int', @p = 1",
		"sp_rename":                "EXEC sp_rename 's.t.c', 'new', 'COLUMN'",
		"comments":                 "/* a /* nested */ one */ SELECT 1 -- end",
		"quoted with brackets":     `SELECT [a]]b], "c""d" FROM [s].[t]`,
		"precision of a column":    "SELECT c.precision, c.scale FROM sys.columns AS c",
		"tempdb":                   "IF OBJECT_ID('tempdb..#t') IS NOT NULL DROP TABLE #t",
		"nothing":                  " ; -- nothing",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse(batch); err != nil {
				t.Errorf("Parse(%q): %v", batch, err)
			}
		})
	}
}

func TestParseRefusesWhatADedicatedPoolRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		batch  string
		number int32
	}{
		"several rows":                  {"INSERT INTO t (a) VALUES (1), (2)", 103010},
		"insert an expression":          {"INSERT INTO t (a) VALUES (1 + 1)", 104334},
		"insert a function's value":     {"INSERT INTO t (a) VALUES (GETDATE())", 104334},
		"insert a subquery's value":     {"INSERT INTO t (a) VALUES (1, (SELECT 1))", 104334},
		"insert a converted value":      {"INSERT INTO t (a) VALUES (CAST('1' AS int))", 104334},
		"insert a negated variable":     {"INSERT INTO t (a) VALUES (-@a)", 104334},
		"insert default":                {"INSERT INTO t (a) VALUES (DEFAULT)", 103010},
		"create if not exists":          {"CREATE TABLE IF NOT EXISTS t (a int)", 103010},
		"drop if exists":                {"DROP TABLE IF EXISTS s.t", 103010},
		"merge without semicolon":       {"MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", 10713},
		"merge under if":                {"IF 1=1 MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", 10713},
		"columnstore and max":           {"CREATE TABLE s.t (a nvarchar(max)) WITH (CLUSTERED COLUMNSTORE INDEX, DISTRIBUTION = ROUND_ROBIN)", 35343},
		"columnstore by default":        {"CREATE TABLE s.t (a varbinary(max))", 35343},
		"utf-8 collation":               {"CREATE TABLE s.t (a varchar(10) COLLATE Latin1_General_100_BIN2_UTF8)", 448},
		"unknown collation":             {"SELECT a COLLATE utf8_bin FROM t", 448},
		"collate on a number":           {"CREATE TABLE s.t (a int COLLATE Latin1_General_100_BIN2)", 452},
		"enforced key":                  {"CREATE TABLE s.t (a int NOT NULL PRIMARY KEY)", 103010},
		"enforced key constraint":       {"CREATE TABLE s.t (a int NOT NULL, CONSTRAINT p PRIMARY KEY NONCLUSTERED (a))", 103010},
		"nullable primary key":          {"CREATE TABLE s.t (a int NULL, CONSTRAINT p PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED)", 8111},
		"nullable primary key in line":  {"CREATE TABLE s.t (a int NULL PRIMARY KEY NONCLUSTERED NOT ENFORCED)", 8111},
		"foreign key":                   {"CREATE TABLE s.t (a int NOT NULL, FOREIGN KEY (a) REFERENCES u (a))", 103010},
		"default that is a function":    {"CREATE TABLE s.t (a datetime2 DEFAULT CURRENT_TIMESTAMP)", 103010},
		"default on distribution":       {"CREATE TABLE s.t (a int DEFAULT 1) WITH (HEAP, DISTRIBUTION = HASH(a))", 103010},
		"unknown distribution":          {"CREATE TABLE s.t (a int) WITH (DISTRIBUTION = MAGIC)", 103010},
		"hash without column":           {"CREATE TABLE s.t (a int) WITH (DISTRIBUTION = HASH)", 103010},
		"hash of a missing column":      {"CREATE TABLE s.t (a int) WITH (DISTRIBUTION = HASH(b))", 1911},
		"hash of a max column":          {"CREATE TABLE s.t (a nvarchar(max)) WITH (HEAP, DISTRIBUTION = HASH(a))", 103010},
		"columnstore ordered by text":   {"CREATE TABLE s.t (a int, b nvarchar(10)) WITH (CLUSTERED COLUMNSTORE INDEX ORDER (a, b))", 103010},
		"two indexes":                   {"CREATE TABLE s.t (a int) WITH (HEAP, CLUSTERED COLUMNSTORE INDEX)", 103010},
		"column twice":                  {"CREATE TABLE s.t (id int, id int)", 2705},
		"replicated temp":               {"CREATE TABLE #t (a int) WITH (DISTRIBUTION = REPLICATE)", 103010},
		"global temp":                   {"CREATE TABLE ##t (a int) WITH (HEAP)", 103010},
		"ctas without distribution":     {"CREATE TABLE s.t AS SELECT 1 AS a", 103010},
		"ctas with types":               {"CREATE TABLE s.t (a int) WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT 1 AS a", 103010},
		"column without type":           {"CREATE TABLE s.t (id)", 103010},
		"json":                          {"CREATE TABLE s.t (a json)", 103010},
		"text":                          {"CREATE TABLE s.t (a text)", 103010},
		"sysname":                       {"CREATE TABLE s.t (a sysname)", 103010},
		"unknown type":                  {"CREATE TABLE s.t (a string)", 2715},
		"nvarchar 4001":                 {"CREATE TABLE s.t (a nvarchar(4001))", 131},
		"nvarchar 0":                    {"CREATE TABLE s.t (a nvarchar(0))", 1001},
		"decimal 39":                    {"CREATE TABLE s.t (a decimal(39,0))", 2750},
		"scale beyond precision":        {"CREATE TABLE s.t (a decimal(5,6))", 183},
		"datetime2(8)":                  {"CREATE TABLE s.t (a datetime2(8))", 1002},
		"bigint(20)":                    {"CREATE TABLE s.t (a bigint(20))", 2716},
		"long name":                     {"CREATE TABLE s.[" + strings.Repeat("x", 129) + "] (a int)", 103},
		"empty name":                    {"SELECT [] FROM t", 1038},
		"add not null":                  {"ALTER TABLE s.t ADD a int NOT NULL", 4901},
		"add column":                    {"ALTER TABLE s.t ADD COLUMN a int", 103010},
		"add in parentheses":            {"ALTER TABLE s.t ADD (a int)", 103010},
		"rename to two parts":           {"RENAME OBJECT s.t TO s.u", 103010},
		"rename column":                 {"RENAME OBJECT s.t COLUMN a TO b", 103010},
		"create schema in company":      {"CREATE SCHEMA x; SELECT 1", 111},
		"create schema under if":        {"IF 1=1 CREATE SCHEMA x", 103010},
		"unknown copy option":           {"COPY INTO t FROM 'x' WITH (FILE_TYPE='CSV', PARSER_VERSION='2.0')", 103010},
		"copy option twice":             {"COPY INTO t FROM 'x' WITH (MAXERRORS=0, MAXERRORS=1)", 103010},
		"copy compression":              {"COPY INTO t FROM 'x' WITH (COMPRESSION='zip')", 103010},
		"copy default null":             {"COPY INTO t (a DEFAULT NULL 1) FROM 'x'", 103010},
		"copy field 0":                  {"COPY INTO t (a 0) FROM 'x'", 103010},
		"copy field numbers on some":    {"COPY INTO t (a 1, b) FROM 'x'", 103010},
		"copy column twice":             {"COPY INTO t (a, a) FROM 'x'", 264},
		"copy without location":         {"COPY INTO t FROM ''", 103010},
		"copy long quote":               {"COPY INTO t FROM 'x' WITH (FIELDQUOTE='''''')", 103010},
		"copy secret missing":           {"COPY INTO t FROM 'x' WITH (CREDENTIAL=(IDENTITY='Storage Account Key'))", 103010},
		"copy managed with secret":      {"COPY INTO t FROM 'x' WITH (CREDENTIAL=(IDENTITY='Managed Identity', SECRET='a'))", 103010},
		"copy firstrow 0":               {"COPY INTO t FROM 'x' WITH (FIRSTROW=0)", 103010},
		"delete alias":                  {"DELETE r FROM t AS r JOIN s ON r.a = s.a OUTPUT deleted.a", 103010},
		"delete target alias":           {"DELETE FROM t AS r WHERE r.a = 1", 103010},
		"output":                        {"INSERT INTO t (a) OUTPUT inserted.a VALUES (1)", 103010},
		"offset":                        {"SELECT a FROM t ORDER BY a OFFSET 1 ROWS", 103010},
		"limit":                         {"SELECT a FROM t WHERE a = 1 LIMIT 1", 103010},
		"for json":                      {"SELECT a FROM t FOR JSON PATH", 103010},
		"values as a table":             {"SELECT * FROM (VALUES (1)) AS t (a)", 103010},
		"derived table without alias":   {"SELECT * FROM (SELECT 1 AS a)", 103010},
		"nolock":                        {"SELECT * FROM sys.tables WITH (NOLOCK)", 103010},
		"condition as a value":          {"SELECT (a = 1) FROM t", 103010},
		"value as a condition":          {"SELECT 1 WHERE a", 4145},
		"cte in the query of insert":    {"INSERT INTO t (a) WITH a AS (SELECT 1 AS x) SELECT x FROM a", 103010},
		"cte before truncate":           {"WITH a AS (SELECT 1 AS x) TRUNCATE TABLE t", 103010},
		"cte without semicolon":         {"SELECT 1 WITH a AS (SELECT 1 AS x) SELECT * FROM a", 319},
		"named transaction":             {"BEGIN TRAN x", 103010},
		"savepoint":                     {"SAVE TRAN x", 103010},
		"serializable":                  {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", 103010},
		"cursor option":                 {"SET CURSOR_CLOSE_ON_COMMIT OFF", 195},
		"use":                           {"USE other", 103010},
		"goto":                          {"GOTO x", 103010},
		"waitfor":                       {"WAITFOR DELAY '00:00:01'", 103010},
		"@@identity":                    {"SELECT @@IDENTITY", 137},
		"unknown function":              {"SELECT STRING_ESCAPE('x', 'json')", 195},
		"wrong count of arguments":      {"SELECT ISNULL(1)", 174},
		"row_number without over":       {"SELECT ROW_NUMBER() FROM t", 10753},
		"row_number without order":      {"SELECT ROW_NUMBER() OVER (PARTITION BY a) FROM t", 4112},
		"throw in the reserved range":   {"THROW 100001, 'x', 1", 103010},
		"not a statement":               {"FOO BAR", 103010},
		"reserved word as a name":       {"SELECT a FROM order", 103010},
		"unclosed string":               {"SELECT 'a", 105},
		"unclosed comment":              {"SELECT 1 /* a", 113},
		"unclosed parenthesis":          {"SELECT (1", 103010},
		"interval":                      {"SELECT INTERVAL '1 day'", 103010},
		"double colon cast":             {"SELECT a::int FROM t", 103010},
		"backtick":                      {"SELECT `a` FROM t", 103010},
		"procedure that does not exist": {"EXEC foo", 2812},
		"digits then letters":           {"SELECT 1a", 103010},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse(c.batch); NumberOf(err) != c.number {
				t.Errorf("Parse(%q) = %v, want error %d", c.batch, err, c.number)
			}
		})
	}
}

func TestParseCountsColumnsAndLiterals(t *testing.T) {
	t.Parallel()
	columns := make([]string, 1025)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d int", i)
	}
	if _, err := Parse("CREATE TABLE s.t (" + strings.Join(columns[:1024], ",") + ")"); err != nil {
		t.Errorf("1,024 columns: %v", err)
	}
	if _, err := Parse("CREATE TABLE s.t (" + strings.Join(columns, ",") + ")"); NumberOf(err) != 1702 {
		t.Errorf("1,025 columns: %v, want 1702", err)
	}
	literals := strings.Repeat("'x',", 20000)
	if _, err := Parse("SELECT 1 WHERE 'a' IN (" + strings.TrimSuffix(literals, ",") + ")"); NumberOf(err) != 103010 {
		t.Errorf("20,001 literals: %v, want 103010", err)
	}
}

func TestParseKeepsTheTextOfEachStatement(t *testing.T) {
	t.Parallel()
	list, err := Parse("SELECT 1;\n  SELECT N'ö'  \nDELETE FROM t")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"SELECT 1", "SELECT N'ö'", "DELETE FROM t"}
	for i, s := range list {
		if s.Source() != want[i] || s.Start().Line != i+1 {
			t.Errorf("statement %d = %q in line %d, want %q", i, s.Source(), s.Start().Line, want[i])
		}
	}
}

func TestErrorsNameLineAndColumn(t *testing.T) {
	t.Parallel()
	_, err := Parse("SELECT 1;\nDROP TABLE IF EXISTS t")
	want := "mssql 103010: Parse error at line: 2, column: 12: Incorrect syntax near 'IF'."
	if err == nil || err.Error() != want {
		t.Errorf("Parse = %v, want %s", err, want)
	}
}

func TestMaskSecretsHidesOnlyTheSecret(t *testing.T) {
	t.Parallel()
	got := MaskSecrets("COPY INTO t FROM 'u' WITH (CREDENTIAL=(IDENTITY='Shared Access Signature', SECRET = 'sv=''1'), MAXERRORS=0)")
	want := "COPY INTO t FROM 'u' WITH (CREDENTIAL=(IDENTITY='Shared Access Signature', SECRET = '***'), MAXERRORS=0)"
	if got != want {
		t.Errorf("MaskSecrets = %q, want %q", got, want)
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add("SELECT a FROM (SELECT 1 AS a) AS d JOIN t ON d.a = t.a WHERE x IN (1)")
	f.Add("COPY INTO t (a 1) FROM 'x' WITH (FIELDQUOTE='0x22')")
	f.Fuzz(func(t *testing.T, batch string) {
		list, err := Parse(batch)
		if err != nil {
			return
		}
		for _, s := range list {
			if !strings.Contains(batch, s.Source()) {
				t.Errorf("Source %q is not part of %q", s.Source(), batch)
			}
		}
	})
}
