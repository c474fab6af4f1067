UPDATE [raw].[_sdc_state] SET [load_id] = N'r-7', [updated_at] = SYSUTCDATETIME(), [state] = N'{"bookmarks":{"users":{"o''clock":"\\ü😀"}}}'
WHERE [pipeline] = N'it''s' AND [fence] = 42
OPTION (LABEL = 'target-azuresqldw:run:7:step');
INSERT INTO [raw].[_sdc_loads] ([load_id], [pipeline], [fence], [first_line], [last_line], [row_count], [byte_count], [state], [loaded_at], [rejected_count], [deleted_count])
SELECT N'r-7', N'it''s', 42, 1, 99, 60, 7000, N'{"bookmarks":{"users":{"o''clock":"\\ü😀"}}}', SYSUTCDATETIME(), 0, 0
FROM [raw].[_sdc_shared] WHERE [rebuilding] IS NULL OR [until] <= SYSUTCDATETIME()
OPTION (LABEL = 'target-azuresqldw:run:7:step');
