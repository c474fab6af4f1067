// Command simulator serves a made-up Intercom workspace on a port.
//
//	go run ./tap-intercom/simulator --listen 127.0.0.1:8080
//
// It prints "listening on URL" on stdout and serves until it is interrupted.
// The flags:
//
//	--listen ADDR        address to listen on (127.0.0.1:0, a free port)
//	--seed N             what the workspace is made up from (1)
//	--contacts N         how many there are of each; 0 is none (200, 60, 120, 40)
//	--companies N
//	--conversations N
//	--tickets N
//	--latency 150ms      wait before each answer
//	--rate N/10s         requests allowed in a window of ten seconds (1667/10s)
//	--token T            the access token that is let in; empty lets any in
//	--timezone ZONE      of the workspace (America/Los_Angeles)
//	--api-version V      for requests that name none (2.16)
//	--index-lag 2m       how long searches do not find a new contact
//	--shapes FORM        described, recorded, or lists within rows named, under data, bare (described)
//	--scroll-page N      companies on a page of the scroll (100)
//	--changes N          what happened in the last day: the rest is from before 2026 (100)
//
// The workspace is the same for the same seed and counts. Package intercomtest
// says what it serves, and how other processes look into it, change it and make
// trouble under /_control/:
//
//	curl -s URL/_control/contents?stream=tags
//	curl -s URL/_control/churn -d '{"changes": 20}'
//	curl -s URL/_control/faults -d '{"path": "/conversations/*", "times": 3, "status": 503}'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercomtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "simulator:", program.Printable(err.Error()))
		os.Exit(2)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, changes, err := options(args, stderr)
	if err != nil {
		return err
	}
	s, err := intercomtest.Start(o)
	if err != nil {
		return err
	}
	defer s.Close()
	happen(s, o.Clock, changes)
	if _, err := fmt.Fprintln(stdout, "listening on", s.URL); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// happen makes n changes, spread over the day before now.
func happen(s *intercomtest.Server, clock *intercomtest.Clock, n int) {
	if n < 1 {
		return
	}
	const day = 24 * time.Hour
	step := day / time.Duration(n)
	clock.Advance(-day)
	for range n {
		s.Churn(1)
		clock.Advance(step)
	}
	clock.Advance(day - step*time.Duration(n))
}

// options reads the command line.
func options(args []string, stderr io.Writer) (o intercomtest.Options, changes int, err error) {
	o.Rate = 1667 // 10,000 a minute, an app's default
	o.Clock = intercomtest.RunningClock()
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(program.PrintableLines(stderr))
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:0", "`address` to listen on")
	flags.Uint64Var(&o.Seed, "seed", 1, "what the workspace is made up from")
	flags.IntVar(&o.Contacts, "contacts", 200, "how many contacts")
	flags.IntVar(&o.Companies, "companies", 60, "how many companies")
	flags.IntVar(&o.Conversations, "conversations", 120, "how many conversations")
	flags.IntVar(&o.Tickets, "tickets", 40, "how many tickets")
	flags.DurationVar(&o.Latency, "latency", 0, "wait before each answer")
	flags.StringVar(&o.Token, "token", "", "the access token that is let in; empty lets any in")
	flags.StringVar(&o.Timezone, "timezone", "America/Los_Angeles", "timezone of the workspace")
	flags.StringVar(&o.Version, "api-version", "2.16", "API version of requests that name none")
	flags.Func("shapes", "`form` of the answers: described, recorded, named, data or bare (default described)", func(s string) error {
		i := slices.Index([]string{"described", "recorded", "named", "data", "bare"}, s)
		if i < 0 {
			return fmt.Errorf("want described, recorded, named, data or bare")
		}
		o.Shapes = intercomtest.Described + intercomtest.Shapes(i)
		return nil
	})
	flags.IntVar(&o.ScrollPage, "scroll-page", 100, "companies on a page of the scroll")
	flags.Func("scroll-end", "`how` the scroll ends: empty, 404, null or no-param (default empty)", func(s string) error {
		i := slices.Index([]string{"empty", "404", "null", "no-param"}, s)
		if i < 0 {
			return fmt.Errorf("want empty, 404, null or no-param")
		}
		o.ScrollEnd = intercomtest.ScrollEnd(i)
		return nil
	})
	flags.IntVar(&o.ScrollHole, "scroll-hole", 0, "page of the scroll before which an empty one comes; 0 for none")
	flags.BoolVar(&o.ScrollParams, "scroll-params", false, "each page of the scroll has a scroll_param of its own")
	flags.BoolVar(&o.EndlessPages, "endless-pages", false, "searches give their last page again and again")
	flags.IntVar(&changes, "changes", 100, "how many changes were made in the last day")
	flags.DurationVar(&o.IndexLag, "index-lag", 0, "how long searches do not find a new contact")
	flags.Func("rate", "requests allowed in a window of ten seconds, as `N/10s` (default 1667/10s)", func(s string) error {
		n, err := strconv.Atoi(strings.TrimSuffix(s, "/10s"))
		if err != nil || n < 1 {
			return fmt.Errorf("want a number such as 167/10s")
		}
		o.Rate = n
		return nil
	})
	err = flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	// In Options zero means a default; here it means none.
	for _, n := range []*int{&o.Contacts, &o.Companies, &o.Conversations, &o.Tickets} {
		if *n == 0 {
			*n = -1
		}
	}
	return o, changes, err
}
