DELETE FROM [raw].[users]
FROM [raw].[_sdc_stg_1_r_1_users] AS _sdc_staged
WHERE CASE WHEN LEFT(_sdc_staged.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(_sdc_staged.[id], 3, 1073741823) ELSE _sdc_staged.[id] END = [raw].[users].[id] AND DATALENGTH(CASE WHEN LEFT(_sdc_staged.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(_sdc_staged.[id], 3, 1073741823) ELSE _sdc_staged.[id] END) = DATALENGTH([raw].[users].[id]) AND _sdc_staged.[no] = [raw].[users].[no]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body])
SELECT d.[c0], d.[c1], d.[c2]
FROM (SELECT CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END AS [c0], s.[no] AS [c1], CASE WHEN LEFT(s.[body], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[body], 3, 1073741823) ELSE s.[body] END AS [c2],
  ROW_NUMBER() OVER (PARTITION BY CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END, DATALENGTH(CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
WHERE d.[rank] = 1
OPTION (LABEL = 'target-azuresqldw:run:7:step');
