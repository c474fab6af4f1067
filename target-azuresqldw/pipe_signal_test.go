package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

var (
	allEvents = []event{tapAsks, poolAsked, poolDid, storeAsked, storeDid}
	inTurn    = []victims{both, tapOnly, targetOnly}
)

// signalPipe runs the pipe as often as it is told, each time in a fresh world and with a signal at an event drawn by chance: to both
// programs, as a terminal sends it, or to one. What is committed then is a state that was released, and the next run ends with the tables of
// an undisturbed one.
func signalPipe(w *world, out io.Writer, _ io.Writer, args []string) error {
	signal, times, seed, err := signalArgs(args)
	if err != nil {
		return err
	}
	const never = 1 << 30
	calm, err := w.like(fmt.Sprintf("calm-%v-%d", signal, seed))
	if err != nil {
		return err
	}
	defer calm.close()
	calm.mischief.plan([]event{tapAsks}, never, nobody)
	if err := calm.mustPipe(); err != nil {
		return err
	}
	requests := calm.mischief.count()
	want, err := calm.dump(true)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(seed, 1))
	var g errgroup.Group
	g.SetLimit(atOnce)
	var mu sync.Mutex
	interrupted := 0
	for n := range times {
		on, at := []event{tapAsks}, random.IntN(requests)
		if n/len(inTurn)%2 == 1 { // once in a while when the target asks
			on = []event{poolAsked}
		}
		g.Go(func() error {
			ended, err := w.interrupt(fmt.Sprintf("%v-%d-%d", signal, seed, n), signal, on, at, inTurn[n%len(inTurn)], want)
			if err != nil {
				return fmt.Errorf("%v at event %d of %v: %w", signal, at, on, err)
			}
			mu.Lock()
			defer mu.Unlock()
			interrupted += ended
			return nil
		})
	}
	err = g.Wait()
	fmt.Fprintf(out, "%d of %d runs were interrupted\n", interrupted, times)
	return err
}

// interrupt runs the pipe with a signal at an event in a fresh world, looks at what is there, runs it again and compares.
func (w *world) interrupt(name string, signal os.Signal, on []event, at int, who victims, want string) (ended int, err error) {
	o, err := w.like(name)
	if err != nil {
		return 0, err
	}
	defer o.close()
	o.mischief.plan(on, at, who)
	o.mischief.signal = signal
	run, err := o.pipe()
	if err != nil {
		return 0, err
	}
	log := o.logs()
	for name, err := range map[string]error{"tap": run.tap, "target": run.target} {
		interrupted, err := o.stopped(name, err)
		if err != nil {
			return 0, fmt.Errorf("%w\n%s", err, log)
		}
		if interrupted {
			ended = 1
		}
	}
	if err := o.committedIs(run.states); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, log)
	}
	o.restTheScroll()
	if err := o.mustPipe(); err != nil {
		return 0, fmt.Errorf("the run after it: %w\nthe run before:\n%s", err, log)
	}
	got, err := o.dump(true)
	if err != nil {
		return 0, err
	}
	if diff := difference(want, got); diff != "" {
		return 0, fmt.Errorf("tables differ from those of an undisturbed run (-want +got):\n%s\nthe run before:\n%s", diff, log)
	}
	return ended, o.leftovers()
}

// stopped wants a program to have ended by itself: with exit code 1 if it was interrupted, 0 if it came to its end. Only one that was
// signalled before it could listen, or log anything, is ended by the signal.
func (w *world) stopped(name string, err error) (interrupted bool, _ error) {
	if err == nil {
		return false, nil
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if exit.ExitCode() == 1 {
			return true, nil
		}
		if info, statErr := os.Stat(w.file(name + ".log")); exit.ExitCode() == -1 && statErr == nil && info.Size() == 0 {
			return true, nil
		}
	}
	return false, fmt.Errorf("%s: %w", name, err)
}

// committedIs holds the state in the warehouse against the last that was released.
func (w *world) committedIs(released []byte) error {
	c := w.command(w.context(), "target-azuresqldw", "state", "--config", "target.json")
	committed, err := c.Output()
	if err != nil {
		return fmt.Errorf("target-azuresqldw state: %w", withLog(err))
	}
	lines := strings.Split(strings.TrimSpace("{}\n"+string(released)), "\n")
	if last := lines[len(lines)-1]; last != strings.TrimSpace(string(committed)) {
		return fmt.Errorf("the warehouse has state %s, the last released is %s", committed, last)
	}
	return nil
}

// signalTwice sends the target a signal while it waits for the pool, and another one when it says that it heard the first: it must not wait
// for the pool then.
func signalTwice(w *world, _ io.Writer, _ io.Writer, args []string) error {
	signal, _, seed, err := signalArgs(append(args, "1", "1"))
	if err != nil {
		return err
	}
	o, err := w.like(fmt.Sprint("twice-", signal))
	if err != nil {
		return err
	}
	defer o.close()
	o.mischief.plan([]event{poolAsked}, int(seed)+10, targetOnly)
	o.mischief.signal, o.mischief.again = signal, make(chan struct{})
	run, err := o.pipe()
	if err != nil {
		return err
	}
	log := o.logs()
	exit, failed := errors.AsType[*exec.ExitError](run.target)
	if !run.killed || !failed || exit.ExitCode() != 1 || !strings.Contains(log, "ending at once") {
		return fmt.Errorf("signalled: %v, target: %w\n%s", run.killed, run.target, log)
	}
	o.restTheScroll()
	return o.mustPipe()
}

func signalArgs(args []string) (signal os.Signal, times int, seed uint64, err error) {
	known := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}
	if len(args) < 3 || known[args[0]] == nil {
		return nil, 0, 0, errors.New("usage: INT|TERM TIMES SEED")
	}
	if times, err = strconv.Atoi(args[1]); err != nil {
		return nil, 0, 0, err
	}
	seed, err = strconv.ParseUint(args[2], 10, 64)
	return known[args[0]], times, seed, err
}

// A listener passes a program's log on and says once when the program has heard a signal.
type listener struct {
	to    io.Writer
	heard func()
	log   []byte
}

// Write passes on what the program wrote.
func (l *listener) Write(p []byte) (int, error) {
	if l.heard != nil {
		if l.log = append(l.log, p...); bytes.Contains(l.log, []byte("stopping at the next safe point")) {
			l.heard()
			l.heard = nil
		}
	}
	return l.to.Write(p)
}

// killPipeAtAnyTime kills by the clock on the wall, see killPipe: after a time between nothing and what an undisturbed run takes, whatever the
// programs are doing.
func killPipeAtAnyTime(w *world, out io.Writer, _ io.Writer, args []string) error {
	measured, err := w.like("measured")
	if err != nil {
		return err
	}
	defer measured.close()
	began := time.Now()
	if err := measured.mustPipe(); err != nil {
		return err
	}
	took := time.Since(began)
	return w.killPipe(out, args, func(random *rand.Rand, m *mischief, run int) {
		m.plan(nil, 0, inTurn[run%len(inTurn)])
		m.delay = time.Duration(1 + random.Int64N(int64(took)))
	})
}
