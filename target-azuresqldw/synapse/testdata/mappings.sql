INSERT INTO [raw].[_sdc_columns] ([stream], [path], [kind], [table_name], [column_name])
SELECT N'users', N'', N'', N'users', N''
UNION ALL SELECT N'users', N'/a''b', N'string', N'users', N'a''b'
OPTION (LABEL = 'target-azuresqldw:run:7:step');
SELECT DISTINCT [stream], [path], [kind], [table_name], [column_name] FROM [raw].[_sdc_columns]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
