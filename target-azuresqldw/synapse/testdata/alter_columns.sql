ALTER TABLE [raw].[users] ALTER COLUMN [name] nvarchar(512) NULL;
ALTER TABLE [raw].[users] ALTER COLUMN [id] nvarchar(512) COLLATE Latin1_General_100_BIN2 NULL;
