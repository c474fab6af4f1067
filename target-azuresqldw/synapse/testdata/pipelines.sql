SELECT DISTINCT [pipeline] FROM [raw].[_sdc_state] WHERE [load_id] IS NOT NULL;
