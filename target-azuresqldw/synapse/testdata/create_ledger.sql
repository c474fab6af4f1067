IF OBJECT_ID(N'[raw].[_sdc_state]', N'U') IS NULL CREATE TABLE [raw].[_sdc_state] (
  [pipeline] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL,
  [fence] bigint NULL,
  [load_id] nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
  [state] nvarchar(max) NULL,
  [empty_string] nvarchar(16) NULL,
  [updated_at] datetimeoffset(7) NULL
) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN);
IF OBJECT_ID(N'[raw].[_sdc_loads]', N'U') IS NULL CREATE TABLE [raw].[_sdc_loads] (
  [load_id] nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
  [pipeline] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL,
  [fence] bigint NULL,
  [first_line] bigint NULL,
  [last_line] bigint NULL,
  [row_count] bigint NULL,
  [byte_count] bigint NULL,
  [state] nvarchar(max) NULL,
  [loaded_at] datetimeoffset(7) NULL,
  [rejected_count] bigint NULL,
  [deleted_count] bigint NULL
) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN);
IF OBJECT_ID(N'[raw].[_sdc_columns]', N'U') IS NULL CREATE TABLE [raw].[_sdc_columns] (
  [stream] nvarchar(512) COLLATE Latin1_General_100_BIN2 NULL,
  [path] nvarchar(4000) COLLATE Latin1_General_100_BIN2 NULL,
  [kind] nvarchar(16) COLLATE Latin1_General_100_BIN2 NULL,
  [table_name] nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
  [column_name] nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL
) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN);
IF OBJECT_ID(N'[raw].[_sdc_rejected]', N'U') IS NULL CREATE TABLE [raw].[_sdc_rejected] (
  [pipeline] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL,
  [load_id] nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,
  [stream] nvarchar(512) COLLATE Latin1_General_100_BIN2 NULL,
  [line] bigint NULL,
  [reason] nvarchar(4000) NULL,
  [record] nvarchar(max) NULL,
  [rejected_at] datetimeoffset(7) NULL,
  [table_version] bigint NULL
) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN);
IF OBJECT_ID(N'[raw].[_sdc_shared]', N'U') IS NULL CREATE TABLE [raw].[_sdc_shared]
WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)
AS SELECT CAST(N'0123456789abcdef0123456789abcdef' AS nvarchar(32)) COLLATE Latin1_General_100_BIN2 AS [ledger],
  CAST(0 AS bigint) AS [version],
  CAST(NULL AS nvarchar(256)) COLLATE Latin1_General_100_BIN2 AS [pipeline],
  CAST(NULL AS bigint) AS [fence],
  CAST(NULL AS datetimeoffset(7)) AS [until],
  CAST(NULL AS nvarchar(128)) COLLATE Latin1_General_100_BIN2 AS [rebuilding];
