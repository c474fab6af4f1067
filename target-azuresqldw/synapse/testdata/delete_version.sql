DELETE FROM [raw].[users] WHERE [_sdc_table_version] < 1700000000000 AND [_sdc_pipeline] = N'it''s'
OPTION (LABEL = 'target-azuresqldw:run:7:step');
DELETE FROM [raw].[users] WHERE [_sdc_table_version] < 1700000000000 AND ([_sdc_pipeline] = N'it''s' OR [_sdc_pipeline] IS NULL)
OPTION (LABEL = 'target-azuresqldw:run:7:step');
