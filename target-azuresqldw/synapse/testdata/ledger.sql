SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, COLLATION_NAME, IS_NULLABLE
FROM INFORMATION_SCHEMA.COLUMNS
WHERE TABLE_SCHEMA = N'raw' AND TABLE_NAME IN (N'_sdc_state', N'_sdc_loads', N'_sdc_columns', N'_sdc_rejected', N'_sdc_shared')
ORDER BY TABLE_NAME, ORDINAL_POSITION;
SELECT [ledger], [version] FROM [raw].[_sdc_shared];
SELECT DISTINCT [load_id] FROM [raw].[_sdc_loads] WHERE [pipeline] = N'it''s' AND ([load_id] LIKE N'sdc-1-a/%' OR [load_id] LIKE N'sdc-2-b/%');
