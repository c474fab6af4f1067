SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, COLLATION_NAME, IS_NULLABLE, COLUMN_DEFAULT
FROM INFORMATION_SCHEMA.COLUMNS
WHERE TABLE_SCHEMA = N'raw' AND TABLE_NAME IN (N'_sdc_state', N'_sdc_loads', N'_sdc_columns', N'_sdc_rejected', N'_sdc_shared')
ORDER BY TABLE_NAME, ORDINAL_POSITION;
SELECT [ledger], [version], CASE WHEN [until] > SYSUTCDATETIME() THEN [pipeline] END AS [pipeline], [fence] FROM [raw].[_sdc_shared];
UPDATE [raw].[_sdc_shared] SET [pipeline] = N'it''s', [fence] = 42, [until] = DATEADD(second, 120, SYSUTCDATETIME()), [rebuilding] = NULL
WHERE [until] IS NULL OR [until] <= SYSUTCDATETIME() OR [pipeline] = N'it''s' AND [fence] <= 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
UPDATE [raw].[_sdc_shared] SET [until] = DATEADD(second, 120, SYSUTCDATETIME()) WHERE [pipeline] = N'it''s' AND [fence] = 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
UPDATE [raw].[_sdc_shared] SET [rebuilding] = N'us''ers' WHERE [pipeline] = N'it''s' AND [fence] = 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
UPDATE [raw].[_sdc_state] SET [fence] = [fence]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
UPDATE [raw].[_sdc_shared] SET [pipeline] = NULL, [fence] = NULL, [until] = NULL, [rebuilding] = NULL, [version] = [version] + 1 WHERE [pipeline] = N'it''s' AND [fence] = 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
UPDATE [raw].[_sdc_shared] SET [pipeline] = NULL, [fence] = NULL, [until] = NULL, [rebuilding] = NULL WHERE [pipeline] = N'it''s' AND [fence] = 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
SELECT DISTINCT [load_id] FROM [raw].[_sdc_loads] WHERE [pipeline] = N'it''s' AND ([load_id] LIKE N'sdc-1-a/%' OR [load_id] LIKE N'sdc-2-b/%');
