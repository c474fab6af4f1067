INSERT INTO [raw].[users] ([id], [no], [body])
SELECT CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END, s.[no], CASE WHEN LEFT(s.[body], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[body], 3, 1073741823) ELSE s.[body] END
FROM [raw].[_sdc_stg_1_r_1_users] AS s
OPTION (LABEL = 'target-azuresqldw:run:7:step');
