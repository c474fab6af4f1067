package target

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

func inputFlag() program.Flag {
	return program.Flag{Name: "input", Usage: "read messages, in place of standard input, from", Value: "FILE"}
}

func openInput(r *program.Run[Config]) (in io.Reader, closeInput func() error, err error) {
	name := r.Flags.Get("input")
	if name == "" || name == "-" {
		return r.Stdin, func() error { return nil }, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, program.Usagef("read input: %w", err)
	}
	return f, f.Close, nil
}

// printState prints the last state committed, {} when there is none.
func printState(ctx context.Context, r *program.Run[Config]) error {
	pool, err := synapse.Open(ctx, poolOptions(r))
	if err != nil {
		return err
	}
	defer pool.Close()
	progress, _, err := pool.Progress(ctx, synapse.Ledger{Namespace: r.Config.DefaultTargetSchema, Pipeline: r.Config.Pipeline})
	if err != nil {
		return err
	}
	if progress.State == "" {
		progress.State = "{}"
	}
	_, err = fmt.Fprintln(r.Stdout, progress.State)
	return err
}

// try finds out whether a load would work: it connects, writes a file, copies its row into a table and removes both. Somebody waits for it, so what
// does not answer is asked three times within a quarter of a minute, not for a minute or ten.
func try(ctx context.Context, r *program.Run[Config]) error {
	c := &r.Config
	where := stageOptions(r)
	where.Retries, where.TryTimeout, where.Silence, where.Patience = 2, 15*time.Second, 4*time.Second, 8*time.Second
	if err := c.judgeCredential(r.Log, time.Now()); err != nil {
		return err
	}
	files, err := stage.Open(where)
	if err != nil {
		return err
	}
	who := poolOptions(r)
	who.Attempts, who.DialTimeout, who.PauseWait = 3, 4*time.Second, time.Second
	who.Patience = synapse.Patience{Look: 4 * time.Second, Read: 15 * time.Second, Define: time.Minute, Change: time.Minute, Copy: time.Minute}
	pool, err := synapse.Open(ctx, who)
	if err != nil {
		return err
	}
	defer pool.Close()
	r.Log.Info("connected", "host", c.Host, "database", c.Database, "collation", pool.Engine().Collation)
	w := &warehouse{
		pool: pool, files: files, ledger: synapse.Ledger{Namespace: c.DefaultTargetSchema, Pipeline: c.Pipeline},
		fence: time.Now().UnixNano(), mark: randomHex(16), log: r.Log, now: time.Now, sleep: sleep,
	}
	if err := files.Check(ctx, w.folder()+"/check.csv.gz"); err != nil {
		return err
	}
	r.Log.Info("storage takes, lists and deletes files", "endpoint", c.BlobEndpoint, "container", c.Container)
	if _, err := pool.Exec(ctx, "target-azuresqldw test", synapse.CreateNamespace(c.DefaultTargetSchema)); err != nil {
		return err
	}
	empty, err := w.probe(ctx)
	if err != nil {
		return err
	}
	r.Log.Info("pool makes tables, copies files and drops tables", "default_target_schema", c.DefaultTargetSchema, "empty_string", string(empty))
	return nil
}
