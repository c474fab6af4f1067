DELETE FROM [raw].[users]
FROM [raw].[_sdc_stg_1_r_1_users] AS s
WHERE s.[id] = [raw].[users].[id] AND DATALENGTH(s.[id]) = DATALENGTH([raw].[users].[id]) AND s.[no] = [raw].[users].[no]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body], [price], [open], [created_at], [born], [wakes], [_sdc_sequence])
SELECT d.[id], d.[no], d.[body], d.[price], d.[open], d.[created_at], d.[born], d.[wakes], d.[_sdc_sequence]
FROM (SELECT s.[id] AS [id], s.[no] AS [no], s.[body] AS [body], s.[price] AS [price], s.[open] AS [open], s.[created_at] AS [created_at], s.[born] AS [born], s.[wakes] AS [wakes], s.[_sdc_sequence] AS [_sdc_sequence],
  ROW_NUMBER() OVER (PARTITION BY s.[id], DATALENGTH(s.[id]), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [_sdc_rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
WHERE d.[_sdc_rank] = 1
OPTION (LABEL = 'target-azuresqldw:run:7:step');
