UPDATE [raw].[_sdc_state] SET [fence] = [fence] WHERE [pipeline] = N'it''s'
OPTION (LABEL = 'target-azuresqldw:run:7:step');
UPDATE [raw].[_sdc_state] SET [fence] = [fence] WHERE [pipeline] = N'it''s' AND [fence] = 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
SELECT COUNT_BIG(*) FROM [raw].[_sdc_loads] WHERE [load_id] = N'r-7' AND [pipeline] = N'it''s'
OPTION (LABEL = 'target-azuresqldw:run:7:step');
