// Command demo shows the whole pipe at work with nothing but Go: an Intercom
// workspace and a dedicated SQL pool that live in memory, the two programs as
// they are shipped between them, a first run, some changes, a second run.
//
//	go run ./target-azuresqldw/demo        (or: make demo)
//
// The flags:
//
//	--select PATTERNS    the tap's setting, separated by commas: '*' is every stream (what the tap reads by default)
//	--api-version V      of Intercom's API (the tap's default)
//
// Everything runs as processes of their own on loopback ports and is ended
// when the demo ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"intercomdw/singer/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "demo:", program.Printable(err.Error()))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(program.PrintableLines(os.Stderr))
	selected := flags.String("select", "", "the tap's setting, `patterns` separated by commas: '*' is every stream")
	version := flags.String("api-version", "", "`version` of Intercom's API")
	if err := flags.Parse(args); err != nil {
		return err
	}

	dir, err := os.MkdirTemp("", "intercomdw-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	title("build the two programs and their two doubles")
	if err := build(ctx, dir); err != nil {
		return err
	}

	title("start an Intercom workspace and a SQL pool, both in memory")
	d, err := startDoubles(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	fmt.Println("Intercom  ", d.intercomURL)
	fmt.Printf("SQL pool   %s:%d\n", d.pool.Host, d.pool.Port)
	fmt.Println("storage   ", d.pool.BlobEndpoint)
	if err := d.writeConfigs(*selected, *version); err != nil {
		return err
	}
	w, err := openWarehouse(ctx, d.pool)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()

	title("first run:  tap-intercom | target-azuresqldw")
	if err := d.pipe(ctx); err != nil {
		return err
	}
	before, err := w.counts(ctx)
	if err != nil {
		return err
	}
	title("every table with its rows")
	printCounts(before, nil)
	title("a few conversations, and their parts")
	if err := w.samples(ctx); err != nil {
		return err
	}

	title("the workspace changes")
	if err := d.churn(ctx, 25); err != nil {
		return err
	}
	// A run reads up to the last whole second.
	select {
	case <-time.After(1100 * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}

	title("second run: only what changed is read and loaded")
	if err := d.pipe(ctx); err != nil {
		return err
	}
	after, err := w.counts(ctx)
	if err != nil {
		return err
	}
	title("what changed in the warehouse")
	printCounts(after, before)
	if err := w.changes(ctx); err != nil {
		return err
	}
	title("done")
	fmt.Println("Look around yourself: README.md, \"Try the two doubles\".")
	return nil
}

func title(text string) { fmt.Printf("\n== %s\n", text) }

// build compiles the four programs into dir.
func build(ctx context.Context, dir string) error {
	began := time.Now()
	err := command(ctx, "go", "build", "-tags", "urfave_cli_no_docs", "-o", dir+string(filepath.Separator),
		"./tap-intercom", "./target-azuresqldw", "./tap-intercom/simulator", "./target-azuresqldw/emulator").Run()
	if err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	fmt.Println("built in", time.Since(began).Round(100*time.Millisecond))
	return nil
}
