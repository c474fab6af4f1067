INSERT INTO [raw].[users] ([id], [no], [body], [price], [open], [created_at], [born], [wakes], [_sdc_sequence], [_sdc_pipeline])
SELECT d.[c0], d.[c1], d.[c2], d.[c3], d.[c4], d.[c5], d.[c6], d.[c7], d.[c8], N'it''s'
FROM (SELECT s.[id] AS [c0], s.[no] AS [c1], s.[body] AS [c2], s.[price] AS [c3], s.[open] AS [c4], s.[created_at] AS [c5], s.[born] AS [c6], s.[wakes] AS [c7], s.[_sdc_sequence] AS [c8],
  ROW_NUMBER() OVER (PARTITION BY s.[id], DATALENGTH(s.[id]), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
WHERE d.[rank] = 1
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body], [price], [open], [created_at], [born], [wakes], [_sdc_sequence], [_sdc_pipeline])
SELECT s.[id], s.[no], s.[body], s.[price], s.[open], s.[created_at], s.[born], s.[wakes], s.[_sdc_sequence], N'it''s'
FROM [raw].[_sdc_stg_1_r_1_users] AS s
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users__tags] ([_sdc_source_key_id], [_sdc_source_key_no], [name], [_sdc_pipeline])
SELECT s.[_sdc_source_key_id], s.[_sdc_source_key_no], s.[name], N'it''s'
FROM [raw].[_sdc_stg_1_r_2_users__tags] AS s
INNER JOIN (SELECT p.[id] AS [key_0], DATALENGTH(p.[id]) AS [size_0], p.[no] AS [key_1], MAX(p.[_sdc_sequence]) AS [newest]
  FROM [raw].[_sdc_stg_1_r_1_users] AS p
  GROUP BY p.[id], DATALENGTH(p.[id]), p.[no]) AS n
ON s.[_sdc_source_key_id] = n.[key_0] AND DATALENGTH(s.[_sdc_source_key_id]) = n.[size_0] AND s.[_sdc_source_key_no] = n.[key_1] AND s.[_sdc_sequence] = n.[newest]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
