IF OBJECT_ID(N'[raw].[_sdc_stg_1_r_1_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_stg_1_r_1_users];
IF OBJECT_ID(N'[raw].[_sdc_stg_1_r_1_users]', N'U') IS NULL CREATE TABLE [raw].[_sdc_stg_1_r_1_users] (
  [id] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL,
  [no] bigint NULL,
  [body] nvarchar(max) NULL,
  [price] decimal(12,2) NULL,
  [open] bit NULL,
  [created_at] datetimeoffset(7) NULL,
  [born] date NULL,
  [wakes] time(7) NULL,
  [_sdc_sequence] bigint NULL
) WITH (HEAP, DISTRIBUTION = HASH([id]));
