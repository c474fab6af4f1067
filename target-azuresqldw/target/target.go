// Package target is the loader of target-azuresqldw: it reads a Singer stream and keeps the tables of a dedicated SQL pool up to date with it.
//
// A load is a prefix of what is left of the input. It is read, its rows go to files, and it is sealed; the files are uploaded and copied into
// staging tables; one transaction merges them into the production tables and writes the load's row of history with the state; then
// the state is released on standard output. While one load is on its way the next is read. Whatever happens in between,
// the next run goes on from the state that was committed last and ends with the same tables.
//
// Numbers travel as text from the input to the pool. A value that the column of its property cannot hold exactly goes to another column beside
// it, named with the suffix of its type. Properties that the schema does not name get columns as well, typed by their first
// value, unless the schema forbids them. What the warehouse cannot take at all is kept in _sdc_rejected.
//
// How a file looks and gets to the storage account is package stage's; every statement that goes to the pool is package synapse's.
package target

import (
	"context"
	"io"
	"time"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

// Main runs the target as a process and returns its exit code.
func Main(ctx context.Context, std program.Stdio) int {
	p := Program("")
	p.Run = func(ctx context.Context, r *program.Run[Config]) error {
		return loadInput(ctx, r, limitMemory(r.Config.MaxBatchBytes))
	}
	return p.Main(ctx, std)
}

// Program describes the target: its flags, its settings, its definition for Meltano.
func Program(version string) program.Program[Config] {
	return program.Program[Config]{
		Name:         "target-azuresqldw",
		Kind:         program.Loader,
		Version:      version,
		Capabilities: []string{"activate-version", "target-schema", "validate-records"},
		Description:  "Singer target for Azure SQL Data Warehouse (Azure Synapse dedicated SQL pool)",
		Flags:        []program.Flag{inputFlag()},
		Commands: []program.Command[Config]{{
			Name:  "state",
			Usage: "print the last state committed in the warehouse",
			Run:   printState,
		}},
		Check: (*Config).check,
		Run:   run,
		Test:  try,
	}
}

// run loads the input to its end, in a process that is not its own: memory is not limited.
func run(ctx context.Context, r *program.Run[Config]) error {
	return loadInput(ctx, r, nil)
}

// loadInput loads the input to its end. great is told of lines longer than all before, beyond a megabyte.
func loadInput(ctx context.Context, r *program.Run[Config], great func(bytes int64)) error {
	in, closeInput, err := openInput(r)
	if err != nil {
		return err
	}
	defer closeInput()
	began := time.Now()
	w, known, err := openWarehouse(ctx, r, began)
	if err != nil {
		return err
	}
	defer w.pool.Close()
	defer func() { w.aside.say(r.Log, w.ledger.Rejected().String()) }()
	w.release = releaseTo(r.Stdout)
	c := &r.Config
	p := &pipeline{
		limits:   limits{c.MaxBatchRows, c.MaxBatchBytes, time.Duration(c.MaxBatchAge) * time.Second, c.MaxRejects, c.Workers},
		pipeline: c.Pipeline, run: w.folder(), namespace: c.DefaultTargetSchema,
		files: w.files, log: r.Log, now: time.Now,
		validate: c.ValidateRecords, maxLine: c.MaxLineBytes, empty: w.empty,
		progress: r.Progress.Add, aside: r.Progress.Aside, great: great, deliver: w.deliver, discard: w.discard,
	}
	p.layout = newLayout(c.layout(), known)
	return p.do(ctx, in, began.UnixNano())
}

func (c *Config) layout() layoutOptions {
	return layoutOptions{streams: c.streamSettings, metadata: c.AddMetadata, appendOnly: c.LoadMethod == "append-only", adoptKeys: c.OnKeyChange == "adopt", needZone: c.NaiveDatetimes == "text"}
}

// releaseTo writes states as lines; one that was written last is not written again.
func releaseTo(out io.Writer) func([]byte) error {
	var last []byte
	return func(state []byte) error {
		if last != nil && string(last) == string(state) {
			return nil
		}
		last = append(append(last[:0], state...), '\n')
		_, err := out.Write(last)
		last = last[:len(last)-1]
		return err
	}
}

// poolOptions say which pool, and stageOptions which storage. Both are as patient as a run by night should be.
func poolOptions(r *program.Run[Config]) synapse.Options {
	c := &r.Config
	o := synapse.Options{
		Host: c.Host, Port: c.Port, Database: c.Database, User: c.User, Password: c.Password,
		Encrypt: synapse.Encryption(c.Encrypt), TrustServerCertificate: c.TrustServerCertificate, Certificate: c.Certificate,
		AppName: r.Name, Log: r.Log, Patience: synapse.Patience{
			Look: seconds(c.Silence), Read: seconds(c.ReadTimeout), Define: seconds(c.DDLTimeout), Change: seconds(c.DMLTimeout), Copy: seconds(c.CopyTimeout),
		},
	}
	if c.patience != nil {
		c.patience.pool(&o)
	}
	return o
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

func stageOptions(r *program.Run[Config]) stage.Options {
	c := &r.Config
	shares := sharesOf(c.MaxBatchBytes)
	o := stage.Options{
		Endpoint: c.BlobEndpoint, Container: c.Container, Prefix: c.PathPrefix, AccountKey: c.AccountKey, SASToken: c.SASToken,
		Level: c.CompressionLevel, MemoryBytes: shares.packed, BlockBytes: shares.blockBytes(), Log: r.Log,
	}
	if c.patience != nil {
		c.patience.stage(&o)
	}
	return o
}
