UPDATE [raw].[_sdc_state] SET [fence] = 42, [updated_at] = SYSUTCDATETIME() WHERE [pipeline] = N'it''s'
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[_sdc_state] ([pipeline], [fence], [updated_at])
SELECT N'it''s', 42, SYSUTCDATETIME()
OPTION (LABEL = 'target-azuresqldw:run:7:step');
SELECT [fence], [load_id], [state], [empty_string] FROM [raw].[_sdc_state] WHERE [pipeline] = N'it''s' ORDER BY [fence] DESC
OPTION (LABEL = 'target-azuresqldw:run:7:step');
DELETE FROM [raw].[_sdc_state] WHERE [pipeline] = N'it''s' AND [fence] = 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
DELETE FROM [raw].[_sdc_state] WHERE [pipeline] = N'it''s' AND [fence] <> 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
