IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'raw') EXEC('CREATE SCHEMA [raw]');
IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = N'o''b]ject') EXEC('CREATE SCHEMA [o''b]]ject]');
