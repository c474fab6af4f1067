TRUNCATE TABLE [raw].[_sdc_stg_1_r_1_users];
COPY INTO [raw].[_sdc_stg_1_r_1_users] ([id] 1, [no] 2, [order] 3)
FROM 'https://a.blob.core.windows.net/c/p/1/users-0000.csv.gz',
  'https://a.blob.core.windows.net/c/p/1/users-0001.csv.gz'
WITH (FILE_TYPE = 'CSV', CREDENTIAL = (IDENTITY = 'Storage Account Key', SECRET = 'a2V5+/=='), COMPRESSION = 'GZIP', FIELDQUOTE = '"', FIELDTERMINATOR = ',', ROWTERMINATOR = '0x0A', ENCODING = 'UTF8', DATEFORMAT = 'ymd', FIRSTROW = 1, MAXERRORS = 0, IDENTITY_INSERT = 'OFF')
OPTION (LABEL = 'target-azuresqldw:run:7:step');
