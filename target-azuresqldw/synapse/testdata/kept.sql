INSERT INTO [raw].[_sdc_stg_1_r_3_kept] ([id], [no], [owner], [rank])
SELECT p.[id], p.[no], p.[owner], p.[rank]
FROM [raw].[users] AS p
WHERE EXISTS (SELECT 1 FROM [raw].[_sdc_stg_1_r_1_users] AS s WHERE s.[id] = p.[id] AND DATALENGTH(s.[id]) = DATALENGTH(p.[id]) AND s.[no] = p.[no])
OPTION (LABEL = 'target-azuresqldw:run:7:step');
DELETE FROM [raw].[users]
FROM [raw].[_sdc_stg_1_r_1_users] AS _sdc_staged
WHERE _sdc_staged.[id] = [raw].[users].[id] AND DATALENGTH(_sdc_staged.[id]) = DATALENGTH([raw].[users].[id]) AND _sdc_staged.[no] = [raw].[users].[no]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body], [price], [open], [created_at], [born], [wakes], [_sdc_sequence], [_sdc_pipeline], [owner], [rank])
SELECT d.[c0], d.[c1], d.[c2], d.[c3], d.[c4], d.[c5], d.[c6], d.[c7], d.[c8], N'it''s', k.[m0], k.[m1]
FROM (SELECT s.[id] AS [c0], s.[no] AS [c1], s.[body] AS [c2], s.[price] AS [c3], s.[open] AS [c4], s.[created_at] AS [c5], s.[born] AS [c6], s.[wakes] AS [c7], s.[_sdc_sequence] AS [c8],
  ROW_NUMBER() OVER (PARTITION BY s.[id], DATALENGTH(s.[id]), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
INNER JOIN (SELECT k.[id] AS [k0], k.[no] AS [k1], k.[owner] AS [m0], k.[rank] AS [m1],
  ROW_NUMBER() OVER (PARTITION BY k.[id], DATALENGTH(k.[id]), k.[no] ORDER BY k.[id]) AS [rank]
  FROM [raw].[_sdc_stg_1_r_3_kept] AS k) AS k
ON k.[rank] = 1 AND d.[c0] = k.[k0] AND DATALENGTH(d.[c0]) = DATALENGTH(k.[k0]) AND d.[c1] = k.[k1]
WHERE d.[rank] = 1
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body], [price], [open], [created_at], [born], [wakes], [_sdc_sequence], [_sdc_pipeline])
SELECT d.[c0], d.[c1], d.[c2], d.[c3], d.[c4], d.[c5], d.[c6], d.[c7], d.[c8], N'it''s'
FROM (SELECT s.[id] AS [c0], s.[no] AS [c1], s.[body] AS [c2], s.[price] AS [c3], s.[open] AS [c4], s.[created_at] AS [c5], s.[born] AS [c6], s.[wakes] AS [c7], s.[_sdc_sequence] AS [c8],
  ROW_NUMBER() OVER (PARTITION BY s.[id], DATALENGTH(s.[id]), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
WHERE d.[rank] = 1 AND NOT EXISTS (SELECT 1 FROM [raw].[_sdc_stg_1_r_3_kept] AS k WHERE d.[c0] = k.[id] AND DATALENGTH(d.[c0]) = DATALENGTH(k.[id]) AND d.[c1] = k.[no])
OPTION (LABEL = 'target-azuresqldw:run:7:step');
