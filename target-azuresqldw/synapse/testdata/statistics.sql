UPDATE STATISTICS [raw].[users];
