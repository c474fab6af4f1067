INSERT INTO [raw].[_sdc_stg_1_r_3_kept] ([id], [no], [owner], [rank])
SELECT p.[id], p.[no], p.[owner], p.[rank]
FROM [raw].[users] AS p
WHERE EXISTS (SELECT 1 FROM [raw].[_sdc_stg_1_r_1_users] AS s WHERE CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END = p.[id] AND DATALENGTH(CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END) = DATALENGTH(p.[id]) AND s.[no] = p.[no])
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body], [owner], [rank])
SELECT d.[c0], d.[c1], d.[c2], k.[m0], k.[m1]
FROM (SELECT CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END AS [c0], s.[no] AS [c1], CASE WHEN LEFT(s.[body], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[body], 3, 1073741823) ELSE s.[body] END AS [c2],
  ROW_NUMBER() OVER (PARTITION BY CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END, DATALENGTH(CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
INNER JOIN (SELECT k.[id] AS [k0], k.[no] AS [k1], k.[owner] AS [m0], k.[rank] AS [m1],
  ROW_NUMBER() OVER (PARTITION BY k.[id], DATALENGTH(k.[id]), k.[no] ORDER BY k.[id]) AS [rank]
  FROM [raw].[_sdc_stg_1_r_3_kept] AS k) AS k
ON k.[rank] = 1 AND d.[c0] = k.[k0] AND DATALENGTH(d.[c0]) = DATALENGTH(k.[k0]) AND d.[c1] = k.[k1]
WHERE d.[rank] = 1
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users] ([id], [no], [body])
SELECT d.[c0], d.[c1], d.[c2]
FROM (SELECT CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END AS [c0], s.[no] AS [c1], CASE WHEN LEFT(s.[body], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[body], 3, 1073741823) ELSE s.[body] END AS [c2],
  ROW_NUMBER() OVER (PARTITION BY CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END, DATALENGTH(CASE WHEN LEFT(s.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[id], 3, 1073741823) ELSE s.[id] END), s.[no] ORDER BY s.[_sdc_sequence] DESC) AS [rank]
  FROM [raw].[_sdc_stg_1_r_1_users] AS s) AS d
WHERE d.[rank] = 1 AND NOT EXISTS (SELECT 1 FROM [raw].[_sdc_stg_1_r_3_kept] AS k WHERE d.[c0] = k.[id] AND DATALENGTH(d.[c0]) = DATALENGTH(k.[id]) AND d.[c1] = k.[no])
OPTION (LABEL = 'target-azuresqldw:run:7:step');
