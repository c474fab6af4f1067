DELETE FROM [raw].[users] WHERE [_sdc_table_version] < 1700000000000 AND [_sdc_pipeline] = N'it''s' AND ([_sdc_sequence] < 1700000000000000003 OR [_sdc_sequence] > 1700000000000000009 OR [_sdc_sequence] IS NULL)
OPTION (LABEL = 'target-azuresqldw:run:7:step');
