// Command emulator serves a dedicated SQL pool and a storage account on loopback ports.
//
//	go run ./target-azuresqldw/emulator --tds 127.0.0.1:1433 --blob 127.0.0.1:10000
//
// It prints "ready" on stdout when both can be used, and serves until it is interrupted. On stderr it says where they are
// and gives the settings of target-azuresqldw for them. The flags:
//
//	--tds ADDR           address of the pool (127.0.0.1:0, a free port)
//	--blob ADDR          address of the storage account (127.0.0.1:0)
//	--user U             login of the pool (loader)
//	--password P         its password (Emulator-1)
//	--database D         name of the pool (dw)
//	--data FILE          keep the pool's tables in FILE; otherwise they end with the program
//	--container C        container that the storage account has from the start (intercom)
//	--certificate FILE   write the pool's certificate to FILE, for clients that verify it
//	--verbose            log every request of both
//
// Packages synapsetest and blobtest say what they serve. Files in the storage account are never kept.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "emulator:", program.Printable(err.Error()))
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "emulator:", program.Printable(err.Error()))
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong use")

// options are the command line.
type options struct {
	pool        synapsetest.Options
	storage     blobtest.Options
	certificate string
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	storage, err := blobtest.Start(o.storage)
	if err != nil {
		return fmt.Errorf("storage account: %w", err)
	}
	defer func() { err = errors.Join(err, storage.Close()) }()
	pool, err := synapsetest.Start(o.pool)
	if err != nil {
		return fmt.Errorf("pool: %w", err)
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if o.certificate != "" {
		if err := os.WriteFile(o.certificate, pool.Certificate(), 0o644); err != nil {
			return err
		}
	}
	if err := announce(stderr, o, pool, storage); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, "ready"); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// announce writes where things are, and settings to copy. What it shows opens nothing but this emulator.
func announce(w io.Writer, o options, pool *synapsetest.Server, storage *blobtest.Server) error {
	settings := map[string]any{
		"host": pool.Host(), "port": pool.Port(), "database": pool.Database(), "user": pool.User(), "password": pool.Password(),
		"blob_endpoint": storage.URL, "container": o.storage.Containers[0], "account_key": storage.Key,
	}
	if o.certificate != "" {
		settings["certificate"] = o.certificate
	} else {
		settings["trust_server_certificate"] = true
	}
	text, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "pool: %s\nstorage: %s\naccount: %s\naccount key: %s\nsettings of target-azuresqldw:\n%s\n",
		pool.Addr(), storage.URL, storage.Account, storage.Key, text)
	return err
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var container string
	var verbose bool
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(program.PrintableLines(stderr))
	flags.StringVar(&o.pool.Collation, "collation", "", "default `collation` of the pool; SQL_Latin1_General_CP1_CI_AS when empty")
	flags.StringVar(&o.pool.Addr, "tds", "127.0.0.1:0", "`address` of the pool")
	flags.StringVar(&o.storage.Listen, "blob", "127.0.0.1:0", "`address` of the storage account")
	flags.StringVar(&o.pool.User, "user", "loader", "login of the pool")
	flags.StringVar(&o.pool.Password, "password", "Emulator-1", "password of the login")
	flags.StringVar(&o.pool.Database, "database", "dw", "name of the pool")
	flags.StringVar(&o.pool.DataFile, "data", "", "`file` to keep the pool's tables in")
	flags.StringVar(&container, "container", "intercom", "container that is there from the start")
	flags.StringVar(&o.certificate, "certificate", "", "`file` to write the pool's certificate to")
	flags.BoolVar(&verbose, "verbose", false, "log every request")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return o, err
	} else if err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%w: unknown argument %q", errUsage, flags.Arg(0))
	}
	o.storage.Containers = []string{container}
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	o.pool.Log, o.storage.Log = log, log
	return o, nil
}
