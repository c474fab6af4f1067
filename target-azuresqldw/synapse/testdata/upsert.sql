DELETE FROM [raw].[users]
FROM [raw].[_sdc_stg_1_r_1_users] AS _sdc_staged
WHERE _sdc_staged.[id] = [raw].[users].[id] AND DATALENGTH(_sdc_staged.[id]) = DATALENGTH([raw].[users].[id]) AND _sdc_staged.[no] = [raw].[users].[no]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body], [price], [open], [created_at], [born], [wakes], [_sdc_sequence])
SELECT d.[c0], d.[c1], d.[c2], d.[c3], d.[c4], d.[c5], d.[c6], d.[c7], d.[c8]
FROM (SELECT s.[id] AS [c0], s.[no] AS [c1], s.[body] AS [c2], s.[price] AS [c3], s.[open] AS [c4], s.[created_at] AS [c5], s.[born] AS [c6], s.[wakes] AS [c7], s.[_sdc_sequence] AS [c8],
  ROW_NUMBER() OVER (PARTITION BY s.[id], DATALENGTH(s.[id]), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
WHERE d.[rank] = 1
OPTION (LABEL = 'target-azuresqldw:run:7:step');
