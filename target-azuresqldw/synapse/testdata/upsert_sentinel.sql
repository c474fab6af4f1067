DELETE FROM [raw].[users]
FROM [raw].[_sdc_stg_1_r_1_users] AS s
WHERE CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END = [raw].[users].[id] AND DATALENGTH(CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END) = DATALENGTH([raw].[users].[id]) AND s.[no] = [raw].[users].[no]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body])
SELECT d.[id], d.[no], d.[body]
FROM (SELECT CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END AS [id], s.[no] AS [no], CASE WHEN LEFT(s.[body], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[body], 3, 1073741823) ELSE s.[body] END AS [body],
  ROW_NUMBER() OVER (PARTITION BY CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END, DATALENGTH(CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [_sdc_rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
WHERE d.[_sdc_rank] = 1
OPTION (LABEL = 'target-azuresqldw:run:7:step');
