INSERT INTO [raw].[users] ([id], [no], [body])
SELECT CASE WHEN s.[id] = N'' COLLATE Latin1_General_100_BIN2 THEN N'' ELSE s.[id] END, s.[no], CASE WHEN s.[body] = N'' COLLATE Latin1_General_100_BIN2 THEN N'' ELSE s.[body] END
FROM [raw].[_sdc_stg_1_r_1_users] AS s
OPTION (LABEL = 'target-azuresqldw:run:7:step');
