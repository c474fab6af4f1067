IF OBJECT_ID(N'[raw].[_sdc_stg_1_r_0_probe]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_stg_1_r_0_probe];
IF OBJECT_ID(N'[raw].[_sdc_stg_1_r_0_probe]', N'U') IS NULL CREATE TABLE [raw].[_sdc_stg_1_r_0_probe] (
  [id] int NULL,
  [nothing] nvarchar(10) NULL,
  [empty] nvarchar(10) NULL
) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN);
SELECT DATALENGTH([nothing]) AS [nothing], DATALENGTH([empty]) AS [empty] FROM [raw].[_sdc_stg_1_r_0_probe];
IF OBJECT_ID(N'[raw].[_sdc_stg_1_r_0_probe]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_stg_1_r_0_probe];
