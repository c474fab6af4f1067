package target

import (
	"context"
	"fmt"
	"strings"
	"time"

	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

// Config is the settings of the target. The tags say what each is for; --about prints them.
type Config struct {
	Host     string        `json:"host" required:"true" doc:"server of the dedicated SQL pool, such as myworkspace.sql.azuresynapse.net"`
	Port     int           `json:"port" default:"1433" min:"1" max:"65535" doc:"port of the server"`
	Database string        `json:"database" required:"true" doc:"name of the dedicated SQL pool"`
	User     string        `json:"user" required:"true" doc:"SQL login"`
	Password secret.String `json:"password" required:"true" doc:"password of the login"`

	Encrypt                string `json:"encrypt" default:"true" enum:"true,strict,disable" doc:"protection of the connection: true, strict (TDS 8.0), or disable, which only a test server accepts"`
	TrustServerCertificate bool   `json:"trust_server_certificate" default:"false" doc:"accept any certificate from the server"`
	Certificate            string `json:"certificate" doc:"file with the certificate of the authority that signed the server's"`

	DefaultTargetSchema string `json:"default_target_schema" default:"dbo" doc:"SQL schema for the tables; made when it is not there"`

	BlobEndpoint string        `json:"blob_endpoint" required:"true" doc:"storage account for the files on their way, such as https://account.blob.core.windows.net"`
	Container    string        `json:"container" required:"true" doc:"container in the storage account"`
	PathPrefix   string        `json:"path_prefix" doc:"folder in the container"`
	AccountKey   secret.String `json:"account_key" doc:"key of the storage account; this or sas_token"`
	SASToken     secret.String `json:"sas_token" doc:"shared access signature for the container: read, write, create, delete, list"`

	LoadMethod      string                    `json:"load_method" default:"upsert" enum:"upsert,append-only" doc:"upsert replaces rows with the same key; append-only keeps every row that was sent"`
	ActivateVersion bool                      `json:"activate_version" default:"true" doc:"delete the rows of older versions when the tap sends ACTIVATE_VERSION; false keeps them"`
	OnKeyChange     string                    `json:"on_key_change" default:"error" enum:"error,adopt" doc:"a stream whose key_properties, or their types, are others than its table was made with: error ends the run; adopt goes on with the new key, where no value has to become another for it"`
	Nested          string                    `json:"nested" default:"denest" enum:"denest,json" doc:"denest makes columns of objects and child tables of arrays; json keeps both as text"`
	Streams         map[string]StreamSettings `json:"streams" doc:"settings of single streams, by name or pattern: {\"conversation*\": {\"nested\": \"json\"}, \"tags\": {\"distribution\": \"replicate\"}}; each may have nested, activate_version, distribution and index"`

	ExistingTables   string `json:"existing_tables" default:"refuse" enum:"refuse,adopt" doc:"tables that this target has not made: refuse ends the run when a stream would go to one; adopt loads into them, and into their columns"`
	EmptyString      string `json:"empty_string" default:"auto" enum:"auto,native,sentinel,null" doc:"how the empty string passes COPY INTO: auto asks the pool once; null gives up the difference to NULL"`
	NaiveDatetimes   string `json:"naive_datetimes" default:"utc" enum:"utc,text" doc:"date-times without a zone: utc takes them for UTC; text keeps them as they are, in a column beside the one for times"`
	ValidateRecords  bool   `json:"validate_records" default:"true" doc:"set records aside that do not match their schema"`
	MaxRejects       int64  `json:"max_rejects" default:"-1" min:"-1" doc:"records that may be set aside before the run fails; -1 is no limit"`
	AddMetadata      bool   `json:"add_record_metadata" default:"true" doc:"add the columns _sdc_extracted_at, _sdc_received_at, _sdc_batched_at, _sdc_sequence, _sdc_table_version, _sdc_pipeline and _sdc_deleted_at"`
	MaxBatchRows     int64  `json:"max_batch_rows" default:"2000000" min:"1" doc:"rows at which a load is committed"`
	MaxBatchBytes    int64  `json:"max_batch_bytes" default:"134217728" min:"1" doc:"bytes of rows, before compression, at which a load is committed; also what bounds the memory, with about 100 MiB and three times the greatest record besides"`
	MaxBatchAge      int64  `json:"max_batch_age_seconds" default:"300" min:"1" doc:"seconds after which a load is committed however small it is"`
	Silence          int64  `json:"silence_seconds" default:"30" min:"1" doc:"seconds without a byte from the pool after which a second connection asks whether it is still at work; also how often the log says what is waited for"`
	ReadTimeout      int64  `json:"read_timeout_seconds" default:"1800" min:"1" doc:"longest wait for a request that only reads: catalogue, ledger, counts"`
	DDLTimeout       int64  `json:"ddl_timeout_seconds" default:"3600" min:"1" doc:"longest wait for a request that makes, alters or drops tables"`
	DMLTimeout       int64  `json:"dml_timeout_seconds" default:"21600" min:"1" doc:"longest wait for a request that merges, deletes or copies rows within the pool, locks of others included"`
	CopyTimeout      int64  `json:"copy_timeout_seconds" default:"21600" min:"1" doc:"longest wait for COPY INTO of one table's files"`
	MaxLineBytes     int    `json:"max_line_bytes" default:"268435456" min:"1024" doc:"longest line of input that is read"`
	Workers          int    `json:"workers" default:"0" min:"0" doc:"goroutines that make rows; 0 is one for each processor"`
	CompressionLevel int    `json:"compression_level" default:"1" min:"1" max:"9" doc:"level of gzip; 1 is fastest"`
	Pipeline         string `json:"pipeline" default:"default" doc:"name under which state and history are kept; each tap needs its own"`
	KeepStaging      bool   `json:"keep_staging" default:"false" doc:"leave staging tables and files behind, to look at"`

	patience *patience // in tests: with other bounds than a setting can have
}

// check looks at what single settings cannot tell.
func (c *Config) check() error {
	c.tidySecrets()
	if err := c.checkCredential(); err != nil {
		return err
	}
	for _, s := range []struct{ name, value string }{{"pipeline", c.Pipeline}, {"default_target_schema", c.DefaultTargetSchema}} {
		if n := utf16Length(s.value); n == 0 || n > maxName {
			return fmt.Errorf("%s %q has %d characters, expected 1 to %d", s.name, s.value, n, maxName)
		}
	}
	if strings.TrimRight(c.Pipeline, " ") != c.Pipeline { // T-SQL compares without trailing blanks
		return fmt.Errorf("pipeline %q ends with a blank: the pool would take it for %q", c.Pipeline, strings.TrimRight(c.Pipeline, " "))
	}
	return c.checkStreams()
}

// patience are bounds of waits that no setting has.
type patience struct {
	pool  func(*synapse.Options)
	stage func(*stage.Options)
	sleep func(context.Context, time.Duration) error
}
