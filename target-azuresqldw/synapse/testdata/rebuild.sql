IF OBJECT_ID(N'[raw].[_sdc_new_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_new_users];
IF OBJECT_ID(N'[raw].[_sdc_old_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_old_users];
CREATE TABLE [raw].[_sdc_new_users]
WITH (HEAP, DISTRIBUTION = HASH([id]))
AS SELECT CAST([id] AS nvarchar(256)) COLLATE Latin1_General_100_BIN2 AS [id],
  CAST([no] AS bigint) AS [no],
  CAST([body] AS nvarchar(max)) AS [body],
  CAST([price] AS decimal(12,2)) AS [price],
  CAST([open] AS bit) AS [open],
  CAST([created_at] AS datetimeoffset(7)) AS [created_at],
  CAST([born] AS date) AS [born],
  CAST([wakes] AS time(7)) AS [wakes],
  CAST([_sdc_sequence] AS bigint) AS [_sdc_sequence]
FROM [raw].[users]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
RENAME OBJECT [raw].[users] TO [_sdc_old_users];
RENAME OBJECT [raw].[_sdc_new_users] TO [users];
IF OBJECT_ID(N'[raw].[_sdc_old_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_old_users];
