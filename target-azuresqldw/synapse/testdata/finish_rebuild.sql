RENAME OBJECT [raw].[_sdc_new_users] TO [users];
IF OBJECT_ID(N'[raw].[_sdc_old_users]', N'U') IS NOT NULL DROP TABLE [raw].[_sdc_old_users];
