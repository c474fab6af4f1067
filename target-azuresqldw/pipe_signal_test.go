package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

var (
	allEvents = []event{tapAsks, poolAsked, poolDid, storeAsked, storeDid}
	inTurn    = []victims{both, tapOnly, targetOnly}
)

// A mishap is a signal that some of the programs get at an event, so many others having passed.
type mishap struct {
	signal os.Signal
	on     event
	after  int
	who    victims
	twice  bool // the target gets another one, when it has heard the first
}

func (m mishap) String() string { return fmt.Sprintf("%v at %s %d", m.signal, m.on, m.after) }

// signalPipe runs the pipe as often as it is told, each time in a fresh world and with a signal at an event drawn by chance: to both
// programs, as a terminal sends it, or to one.
func signalPipe(w *world, out io.Writer, _ io.Writer, args []string) error {
	signal, times, seed, err := signalArgs(args)
	if err != nil {
		return err
	}
	calm, err := w.leftAlone(fmt.Sprintf("calm-%v-%d", signal, seed))
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(seed, 1))
	list := make([]mishap, times)
	for n := range list {
		m := mishap{signal: signal, on: tapAsks, who: inTurn[n%len(inTurn)]}
		if n/len(inTurn)%2 == 1 { // once in a while when the target asks
			m.on = poolAsked
		}
		if w.workspace == nil {
			m.on, m.who = poolAsked, targetOnly
		}
		m.after = random.IntN(calm.events[m.on])
		list[n] = m
	}
	ends, err := w.interruptEach(fmt.Sprintf("%v-%d", signal, seed), list, calm)
	if err != nil {
		return err
	}
	signalled := 0
	for _, e := range ends {
		if e.killed {
			signalled++
		}
	}
	_, err = fmt.Fprintf(out, "%d of %d runs were signalled\n", signalled, times)
	return err
}

// signalTargetAtEachLine does it when the target has read a line and waits for the next. What it has read is committed then, as far as it may be:
// whole where a STATE stands at its end, else up to the last one. A line that was read a moment ago may not be on its way yet; but there are
// several runs of each kind, and in one of them at least it is.
func signalTargetAtEachLine(w *world, out io.Writer, _ io.Writer, args []string) error {
	signal, _, _, err := signalArgs(append(args, "1", "1"))
	if err != nil {
		return err
	}
	calm, err := w.leftAlone(fmt.Sprint("calm-lines-", signal))
	if err != nil {
		return err
	}
	list := make([]mishap, calm.lines)
	for n := range list {
		list[n] = mishap{signal: signal, on: tapWrote, after: n, who: targetOnly}
	}
	ends, err := w.interruptEach(fmt.Sprint("lines-", signal), list, calm)
	if err != nil {
		return err
	}
	whole, cut := 0, 0
	for n, e := range ends {
		read := int64(n + 1)
		switch _, state := lastState(e.input, read); {
		case state == 0 || e.last < state: // there is nothing that may be committed, or it was not on its way
		case state == read:
			whole++
		default:
			cut++
		}
	}
	if whole == 0 || cut == 0 {
		return errors.New("what was read before the signal is not committed")
	}
	_, err = fmt.Fprintf(out, "%d runs have committed all that they had read, %d all up to the last STATE\n", whole, cut)
	return err
}

// signalTwice sends the target a signal while it waits for the pool, and another one when it says that it heard the first: it must not wait
// for the pool then. Mostly it waits for an answer to COMMIT, which the pool does not carry out any more: that is when a state may be neither
// early nor late.
func signalTwice(w *world, _ io.Writer, _ io.Writer, args []string) error {
	signal, times, seed, err := signalArgs(args)
	if err != nil {
		return err
	}
	calm, err := w.leftAlone(fmt.Sprint("calm-twice-", signal))
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(seed, 1))
	list := make([]mishap, times)
	for n := range list {
		m := mishap{signal: signal, on: toCommit, who: targetOnly, twice: true}
		if n%3 == 2 {
			m.on = poolAsked
		}
		m.after = random.IntN(calm.events[m.on])
		list[n] = m
	}
	_, err = w.interruptEach(fmt.Sprint("twice-", signal), list, calm)
	return err
}

// A calm is what comes of a pipe that is left alone.
type calm struct {
	tables string // see dump
	state  string
	events map[event]int
	lines  int // of the tap
}

// leftAlone runs the pipe in a fresh world.
func (w *world) leftAlone(name string) (c calm, err error) {
	o, err := w.like(name)
	if err != nil {
		return c, err
	}
	defer o.close()
	o.mischief.plan(nil, 0, nobody)
	if err := o.mustPipe(); err != nil {
		return c, err
	}
	c.events = map[event]int{}
	for _, e := range []event{tapAsks, poolAsked, toCommit} {
		c.events[e] = o.mischief.count(e)
	}
	input, err := os.ReadFile(o.file("tap.out"))
	if err != nil {
		return c, err
	}
	c.lines = bytes.Count(input, []byte("\n"))
	if c.state, err = o.committed(); err != nil {
		return c, err
	}
	c.tables, err = o.dump(true)
	return c, err
}

// interruptEach makes the trouble of a list, each in a world of its own.
func (w *world) interruptEach(name string, list []mishap, calm calm) ([]*ending, error) {
	ends := make([]*ending, len(list))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for n, m := range list {
		g.Go(func() (err error) {
			if ends[n], err = w.interrupt(fmt.Sprint(name, "-", n), m, calm); err != nil {
				return fmt.Errorf("%v: %w", m, err)
			}
			return nil
		})
	}
	return ends, g.Wait()
}

// interrupt runs the pipe with a signal in a fresh world and looks at how it ended. It runs the pipe again, and wants the tables of
// one that was left alone.
func (w *world) interrupt(name string, m mishap, calm calm) (*ending, error) {
	o, err := w.like(name)
	if err != nil {
		return nil, err
	}
	defer o.close()
	o.mischief.plan([]event{m.on}, m.after, m.who)
	o.mischief.signal, o.mischief.again = m.signal, m.twice
	run, err := o.pipe()
	if err != nil {
		return nil, err
	}
	log := o.logs()
	e, err := o.endingOf(run, m, calm)
	if err == nil {
		err = e.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, log)
	}
	o.restTheScroll()
	if err := o.mustPipe(); err != nil {
		return nil, fmt.Errorf("the run after it: %w\nthe run before:\n%s", err, log)
	}
	got, err := o.dump(true)
	if err != nil {
		return nil, err
	}
	if diff := difference(calm.tables, got); diff != "" {
		return nil, fmt.Errorf("tables differ from those of an undisturbed run (-want +got):\n%s\nthe run before:\n%s", diff, log)
	}
	return e, o.leftovers()
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
