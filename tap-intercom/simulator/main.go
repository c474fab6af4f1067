// Command simulator serves a made-up Intercom workspace on a port.
//
//	go run ./tap-intercom/simulator --listen 127.0.0.1:8080
//
// It prints "listening on URL" and serves until it is interrupted. Any bearer
// token is let in unless --token names one. The workspace is the same for the
// same --seed and counts. Package intercomtest says what it serves, and how
// other processes change it under /_control/.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"intercomdw/tap-intercom/intercomtest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	o, err := options(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := intercomtest.Start(o)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Println("listening on", s.URL)
	<-ctx.Done()
	return nil
}

func options(args []string) (intercomtest.Options, error) {
	o := intercomtest.Options{Rate: 1667} // 10,000 a minute, an app's default
	flags := flag.NewFlagSet("simulator", flag.ExitOnError)
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:0", "`address` to listen on")
	flags.Uint64Var(&o.Seed, "seed", 1, "what the workspace is made up from")
	flags.IntVar(&o.Contacts, "contacts", 200, "how many contacts")
	flags.IntVar(&o.Companies, "companies", 60, "how many companies")
	flags.IntVar(&o.Conversations, "conversations", 120, "how many conversations")
	flags.IntVar(&o.Tickets, "tickets", 40, "how many tickets")
	flags.DurationVar(&o.Latency, "latency", 0, "wait before each answer")
	flags.StringVar(&o.Token, "token", "", "the access token that is let in; empty lets any in")
	flags.StringVar(&o.Timezone, "timezone", "America/Los_Angeles", "timezone of the workspace")
	flags.DurationVar(&o.IndexLag, "index-lag", 0, "how long searches do not find a new contact")
	flags.Func("rate", "requests allowed in a window of ten seconds, as `N/10s` (default 1667/10s)", func(s string) error {
		n, err := strconv.Atoi(strings.TrimSuffix(s, "/10s"))
		if err != nil || n < 1 {
			return fmt.Errorf("want a number such as 167/10s")
		}
		o.Rate = n
		return nil
	})
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	// In Options zero means a default; here it means none.
	for _, n := range []*int{&o.Contacts, &o.Companies, &o.Conversations, &o.Tickets} {
		if *n == 0 {
			*n = -1
		}
	}
	return o, err
}
