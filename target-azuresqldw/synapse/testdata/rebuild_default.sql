IF OBJECT_ID(N'[raw].[_sdc_new_1d_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_new_1d_users];
IF OBJECT_ID(N'[raw].[_sdc_old_1d_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_old_1d_users];
IF OBJECT_ID(N'[raw].[_sdc_new_1d_users]', N'U') IS NULL CREATE TABLE [raw].[_sdc_new_1d_users] (
  [id] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL,
  [src] nvarchar(10) NOT NULL DEFAULT (N'i''c')
) WITH (HEAP, DISTRIBUTION = HASH([id]));
INSERT INTO [raw].[_sdc_new_1d_users] ([id], [src])
SELECT CAST([id] AS nvarchar(256)) COLLATE Latin1_General_100_BIN2, CAST([src] AS nvarchar(10))
FROM [raw].[users]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
RENAME OBJECT [raw].[users] TO [_sdc_old_1d_users];
RENAME OBJECT [raw].[_sdc_new_1d_users] TO [users];
IF OBJECT_ID(N'[raw].[_sdc_old_1d_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_old_1d_users];
