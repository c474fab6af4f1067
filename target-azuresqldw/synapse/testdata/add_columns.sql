IF NOT EXISTS (SELECT 1 FROM sys.columns WHERE object_id = OBJECT_ID(N'[raw].[users]', N'U') AND name = N'id')
ALTER TABLE [raw].[users] ADD [id] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL, [body] nvarchar(max) NULL, [select] decimal(38,0) NULL;
