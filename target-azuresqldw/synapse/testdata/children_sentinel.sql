DELETE FROM [raw].[users__tags]
FROM [raw].[_sdc_stg_1_r_1_users] AS _sdc_staged
WHERE CASE WHEN LEFT(_sdc_staged.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(_sdc_staged.[id], 3, 1073741823) ELSE _sdc_staged.[id] END = [raw].[users__tags].[_sdc_source_key_id] AND DATALENGTH(CASE WHEN LEFT(_sdc_staged.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(_sdc_staged.[id], 3, 1073741823) ELSE _sdc_staged.[id] END) = DATALENGTH([raw].[users__tags].[_sdc_source_key_id]) AND _sdc_staged.[no] = [raw].[users__tags].[_sdc_source_key_no]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users__tags] ([_sdc_source_key_id], [_sdc_source_key_no], [name])
SELECT CASE WHEN LEFT(s.[_sdc_source_key_id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[_sdc_source_key_id], 3, 1073741823) ELSE s.[_sdc_source_key_id] END, s.[_sdc_source_key_no], CASE WHEN LEFT(s.[name], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[name], 3, 1073741823) ELSE s.[name] END
FROM [raw].[_sdc_stg_1_r_2_users__tags] AS s
INNER JOIN (SELECT CASE WHEN LEFT(p.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(p.[id], 3, 1073741823) ELSE p.[id] END AS [key_0], DATALENGTH(CASE WHEN LEFT(p.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(p.[id], 3, 1073741823) ELSE p.[id] END) AS [size_0], p.[no] AS [key_1], MAX(p.[_sdc_sequence]) AS [newest]
  FROM [raw].[_sdc_stg_1_r_1_users] AS p
  GROUP BY CASE WHEN LEFT(p.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(p.[id], 3, 1073741823) ELSE p.[id] END, DATALENGTH(CASE WHEN LEFT(p.[id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(p.[id], 3, 1073741823) ELSE p.[id] END), p.[no]) AS n
ON CASE WHEN LEFT(s.[_sdc_source_key_id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[_sdc_source_key_id], 3, 1073741823) ELSE s.[_sdc_source_key_id] END = n.[key_0] AND DATALENGTH(CASE WHEN LEFT(s.[_sdc_source_key_id], 2) = N'' COLLATE Latin1_General_100_BIN2 THEN SUBSTRING(s.[_sdc_source_key_id], 3, 1073741823) ELSE s.[_sdc_source_key_id] END) = n.[size_0] AND s.[_sdc_source_key_no] = n.[key_1] AND s.[_sdc_sequence] = n.[newest]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
