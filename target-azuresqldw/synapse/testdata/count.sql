SELECT 0 AS [position], COUNT_BIG(*) AS [row_count] FROM [raw].[_sdc_stg_1_r_1_users]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
SELECT 0 AS [position], COUNT_BIG(*) AS [row_count] FROM [raw].[users]
UNION ALL SELECT 1 AS [position], COUNT_BIG(*) AS [row_count] FROM [raw].[_sdc_stg_1_r_1_users]
UNION ALL SELECT 2 AS [position], COUNT_BIG(*) AS [row_count] FROM [raw].[_sdc_stg_1_r_2_users__tags]
OPTION (LABEL = 'target-azuresqldw:run:7:step');
