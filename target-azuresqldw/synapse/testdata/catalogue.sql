SELECT t.name, d.distribution_policy_desc, i.type_desc
FROM sys.tables AS t
INNER JOIN sys.schemas AS s ON s.schema_id = t.schema_id
LEFT JOIN sys.pdw_table_distribution_properties AS d ON d.object_id = t.object_id
LEFT JOIN sys.indexes AS i ON i.object_id = t.object_id AND i.index_id < 2
WHERE s.name = N'raw';
SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, COLLATION_NAME, IS_NULLABLE, COLUMN_DEFAULT
FROM INFORMATION_SCHEMA.COLUMNS
WHERE TABLE_SCHEMA = N'raw'
ORDER BY TABLE_NAME, ORDINAL_POSITION;
SELECT t.name, c.name AS column_name
FROM sys.pdw_column_distribution_properties AS p
INNER JOIN sys.columns AS c ON c.object_id = p.object_id AND c.column_id = p.column_id
INNER JOIN sys.tables AS t ON t.object_id = p.object_id
INNER JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE s.name = N'raw' AND p.distribution_ordinal > 0
ORDER BY t.name, p.distribution_ordinal;
SELECT t.name, c.name AS column_name
FROM sys.columns AS c
INNER JOIN sys.tables AS t ON t.object_id = c.object_id
INNER JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE s.name = N'raw' AND c.is_identity = 1;
