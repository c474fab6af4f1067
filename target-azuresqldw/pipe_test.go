// The tests of the whole pipe: scripts in ../testdata/script, run by testscript. Both programs are the test's own
// executable under their names, so a script runs, signals and kills real processes; the workspace and the warehouse
// they talk to are doubles in the test's process, one set for each script.
//
// Beside testscript's own commands a script has:
//
//	workspace [NAME=N …]         start an Intercom workspace and write tap.json; NAME is seed, contacts, companies,
//	                             conversations, tickets or rate. Its clock stands still until a script moves it.
//	warehouse [sas]              start a pool and a storage account and write target.json, with the account's key or
//	                             with a SAS; pool.pem is the pool's certificate
//	set FILE NAME [VALUE]        change a setting in tap.json or target.json; VALUE is JSON, or else text; null takes the
//	                             setting out, no VALUE puts back what is usual
//	tap NAME                     what pipe runs in front: tap-intercom, steady-tap or long-steady-tap (see steadyTap)
//	[!] pipe                     the tap | target-azuresqldw, beginning with the state that target-azuresqldw state
//	                             prints. The tap's output is left in tap.out, its log in tap.log, the target's log in
//	                             target.log, its standard output is the command's
//	[!] load FILE                target-azuresqldw < FILE, holding the states that it releases against FILE's; ! wants
//	                             exit code 1
//	template FILE                replace what stands between << and >> in FILE: repeat TEXT N, raw GO-STRING
//	sql QUERY                    the rows of a query, columns separated by |
//	dump FILE                    every table of the target's schema with its columns and rows, sorted, without what
//	                             differs between equal loads (see dump)
//	run-script FILE              run T-SQL in the pool; a line GO ends a batch
//	save FILE                    the T-SQL that makes every table of the target's schema, with its rows
//	every-stream-has-rows        each stream that the tap discovers has a table with rows
//	clean                        neither staging tables nor files are left
//	exits CODE NAME ARG…         run a program and want this exit code
//	no-secrets FILE              FILE holds no secret of tap.json or target.json
//	control METHOD PATH [BODY]   ask the workspace under /_control/
//	check-tap                    tap-intercom through singertest.CheckTap
//	kill-tap-at-each-request     for each request that the tap makes: a fresh set, the tap killed at it, the pipe
//	                             again, the tables compared with those of a run that was left alone
//	kill-target-at-each-step     the same for each request that the target makes, killed when its work is done
//	drop-target-at-each-step     the same with the connection dropped, once before and once after the work
//	kill-pipe-at-random N SEED   one run, and N runs each killed at a random event with changes between: same tables
//	kill-pipe-at-any-time N SEED the same with the process killed after a random time, whatever it is doing
//	signal-pipe INT|TERM N SEED  N fresh sets, each signalled at a random event, both programs or one; with another tap than
//	                             tap-intercom the target alone: exit codes, states, files and tables are what they
//	                             must be then (see interrupt)
//	signal-target-at-each-line INT|TERM
//	                             the same for each line of the input, when the target has read it
//	signal-twice INT|TERM N SEED the same with a second signal, which ends the target while it waits for the pool
package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"intercomdw/singer/program"
	"intercomdw/tap-intercom/tap"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tap-intercom":      func() { os.Exit(tap.Main(context.Background(), program.OS())) },
		"target-azuresqldw": main,
		"steady-tap":        func() { steadyTap(6) },
		"long-steady-tap":   func() { steadyTap(90) },
	})
}

func TestPipe(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "../testdata/script",
		Setup:               setUp,
		Cmds:                commands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
	})
}
