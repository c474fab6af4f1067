IF OBJECT_ID(N'[raw].[_sdc_new_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_new_users];
IF OBJECT_ID(N'[raw].[_sdc_old_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_old_users];
CREATE TABLE [raw].[_sdc_new_users]
WITH (CLUSTERED COLUMNSTORE INDEX, DISTRIBUTION = REPLICATE)
AS SELECT ISNULL(CAST([id] AS bigint), 0) AS [id],
  ISNULL(CAST([name]]'] AS nvarchar(50)) COLLATE Latin1_General_100_BIN2, N'') AS [name]]'],
  ISNULL(CAST([day] AS date), '19000101') AS [day]
FROM [raw].[users]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
RENAME OBJECT [raw].[users] TO [_sdc_old_users];
RENAME OBJECT [raw].[_sdc_new_users] TO [users];
IF OBJECT_ID(N'[raw].[_sdc_old_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_old_users];
