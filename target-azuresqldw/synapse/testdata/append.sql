INSERT INTO [raw].[users] ([id], [no], [body], [price], [open], [created_at], [born], [wakes], [_sdc_sequence])
SELECT s.[id], s.[no], s.[body], s.[price], s.[open], s.[created_at], s.[born], s.[wakes], s.[_sdc_sequence]
FROM [raw].[_sdc_stg_1_r_1_users] AS s
OPTION (LABEL = 'target-azuresqldw:run:7:step');
