SELECT CAST(SERVERPROPERTY('EngineEdition') AS int) AS [edition], @@VERSION AS [version],
  CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)) AS [collation];
