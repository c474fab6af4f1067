DELETE FROM [raw].[_sdc_stg_1_r_1_users] WHERE [_sdc_sequence] > 1700000000000000003
OPTION (LABEL = 'target-azuresqldw:run:7:step');
