DELETE FROM [raw].[users__tags]
FROM [raw].[_sdc_stg_1_r_1_users] AS _sdc_staged
WHERE _sdc_staged.[id] = [raw].[users__tags].[_sdc_source_key_id] AND DATALENGTH(_sdc_staged.[id]) = DATALENGTH([raw].[users__tags].[_sdc_source_key_id]) AND _sdc_staged.[no] = [raw].[users__tags].[_sdc_source_key_no]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[users__tags] ([_sdc_source_key_id], [_sdc_source_key_no], [name])
SELECT s.[_sdc_source_key_id], s.[_sdc_source_key_no], s.[name]
FROM [raw].[_sdc_stg_1_r_2_users__tags] AS s
INNER JOIN (SELECT p.[id] AS [key_0], DATALENGTH(p.[id]) AS [size_0], p.[no] AS [key_1], MAX(p.[_sdc_sequence]) AS [newest]
  FROM [raw].[_sdc_stg_1_r_1_users] AS p
  GROUP BY p.[id], DATALENGTH(p.[id]), p.[no]) AS n
ON s.[_sdc_source_key_id] = n.[key_0] AND DATALENGTH(s.[_sdc_source_key_id]) = n.[size_0] AND s.[_sdc_source_key_no] = n.[key_1] AND s.[_sdc_sequence] = n.[newest]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
