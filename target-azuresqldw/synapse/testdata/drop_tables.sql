IF OBJECT_ID(N'[raw].[users]', N'U') IS NOT NULL DROP TABLE [raw].[users];
IF OBJECT_ID(N'[raw].[o''b]]ject]', N'U') IS NOT NULL DROP TABLE [raw].[o'b]]ject];
