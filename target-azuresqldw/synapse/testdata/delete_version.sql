DELETE FROM [raw].[users] WHERE [_sdc_table_version] < 1700000000000
OPTION (LABEL = 'target-azuresqldw:run:7:step');
