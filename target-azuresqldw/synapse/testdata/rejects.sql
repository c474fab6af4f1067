SELECT 0 AS [position], COUNT_BIG(*) AS [records] FROM [raw].[_sdc_rejected] WHERE [pipeline] = N'it''s' AND [stream] = N'users'
AND ([table_version] >= 1700000000000 OR [table_version] IS NULL AND LEFT([load_id], 8) = N'sdc-1-a/') AND ([line] < 17 OR NOT LEFT([load_id], 8) = N'sdc-1-a/')
UNION ALL SELECT 1 AS [position], COUNT_BIG(*) AS [records] FROM [raw].[_sdc_rejected] WHERE [pipeline] = N'it''s' AND [stream] = N'o''b]ject'
AND ([table_version] >= 2 OR [table_version] IS NULL AND LEFT([load_id], 8) = N'sdc-1-a/') AND ([line] < 99 OR NOT LEFT([load_id], 8) = N'sdc-1-a/');
