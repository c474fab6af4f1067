package synapse_test

import (
	"fmt"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/synapse"
)

func ExampleCreateTable() {
	users := synapse.Table{
		Name: synapse.Name{Namespace: "intercom", Table: "contacts"},
		Columns: []synapse.Column{
			{Name: "id", Type: synapse.Text(256), Collation: synapse.KeyCollation},
			{Name: "created_at", Type: synapse.Instant()},
		},
		Distribution: synapse.HashOn("id"),
	}
	fmt.Println(synapse.CreateTable(users))
	// Output:
	// IF OBJECT_ID(N'[intercom].[contacts]', N'U') IS NULL CREATE TABLE [intercom].[contacts] (
	//   [id] nvarchar(256) COLLATE Latin1_General_100_BIN2 NULL,
	//   [created_at] datetimeoffset(7) NULL
	// ) WITH (HEAP, DISTRIBUTION = HASH([id]))
}

// A statement prints without its secrets; only the pool is told them.
func ExampleCopyInto() {
	fmt.Println(synapse.CopyInto(synapse.Copy{
		Table:      synapse.Name{Namespace: "intercom", Table: "_sdc_stg_1_a_1_contacts"},
		Columns:    []string{"id", "_sdc_sequence"},
		URLs:       []string{"https://account.blob.core.windows.net/loads/1/contacts-0000.csv.gz"},
		Credential: synapse.Credential{Identity: synapse.SharedSignature, Secret: secret.New("sv=2026-06-06&sig=…")},
	}))
	// Output:
	// COPY INTO [intercom].[_sdc_stg_1_a_1_contacts] ([id] 1, [_sdc_sequence] 2)
	// FROM 'https://account.blob.core.windows.net/loads/1/contacts-0000.csv.gz'
	// WITH (FILE_TYPE = 'CSV', CREDENTIAL = (IDENTITY = 'Shared Access Signature', SECRET = 'REDACTED'), COMPRESSION = 'GZIP', FIELDQUOTE = '"', FIELDTERMINATOR = ',', ROWTERMINATOR = '0x0A', ENCODING = 'UTF8', DATEFORMAT = 'ymd', FIRSTROW = 1, MAXERRORS = 0, IDENTITY_INSERT = 'OFF')
}

func ExampleWiden() {
	fmt.Println(synapse.Widen(synapse.Text(128), synapse.Text(500)))
	fmt.Println(synapse.Widen(synapse.Number(5, 2), synapse.Type{Base: synapse.BigInt}))
	fmt.Println(synapse.Widen(synapse.Type{Base: synapse.BigInt}, synapse.Text(128)))
	// Output:
	// nvarchar(500) true
	// decimal(21,2) true
	// unknown false
}
