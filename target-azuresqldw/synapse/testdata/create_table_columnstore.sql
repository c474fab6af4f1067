IF OBJECT_ID(N'[raw].[users]', N'U') IS NULL CREATE TABLE [raw].[users] (
  [id] bigint NOT NULL,
  [name]]'] nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
  [day] date NOT NULL
) WITH (CLUSTERED COLUMNSTORE INDEX, DISTRIBUTION = REPLICATE);
