UPDATE [raw].[_sdc_state] SET [empty_string] = N'native' WHERE [pipeline] = N'it''s'
OPTION (LABEL = 'target-azuresqldw:run:7:step');
