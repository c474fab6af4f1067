package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"intercomdw/tap-intercom/intercomtest"
)

// atOnce is how many worlds are tried at the same time.
const atOnce = 4

func killTapAtEachRequest(w *world, out, _ io.Writer, _ []string) error {
	return w.atEach(out, "tap", []event{tapAsks}, tapOnly)
}

func killTargetAtEachStep(w *world, out, _ io.Writer, _ []string) error {
	return w.atEach(out, "target", []event{poolDid, storeDid}, targetOnly)
}

func dropTargetAtEachStep(w *world, out, _ io.Writer, _ []string) error {
	if err := w.atEach(out, "before", []event{poolAsked}, nobody); err != nil {
		return err
	}
	return w.atEach(out, "after", []event{poolDid}, nobody)
}

// atEach runs the pipe undisturbed, and then as often as it had events, each time in a fresh world and with mischief at the
// next event; the pipe is run again after it, and must end with the tables of the undisturbed run.
func (w *world) atEach(out io.Writer, name string, on []event, who victims) error {
	const never = 1 << 30
	calm, err := w.like(name + "-calm")
	if err != nil {
		return err
	}
	defer calm.close()
	calm.mischief.plan(on, never, who)
	if err := calm.mustPipe(); err != nil {
		return err
	}
	events := calm.mischief.count(on...)
	want, err := calm.dump(true)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d events, %d bytes of tables\n", events, len(want))
	var g errgroup.Group
	g.SetLimit(atOnce)
	step := 1
	if testing.Short() {
		step = 12
	}
	for n := 0; n < events; n += step {
		g.Go(func() error {
			if err := w.disturb(fmt.Sprint(name, "-", n), on, n, who, want); err != nil {
				return fmt.Errorf("%s at event %d of %d: %w", name, n, events, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// disturb runs the pipe with mischief in a fresh world, runs it again, and compares.
func (w *world) disturb(name string, on []event, after int, who victims, want string) error {
	o, err := w.like(name)
	if err != nil {
		return err
	}
	defer o.close()
	o.mischief.plan(on, after, who)
	disturbed, err := o.pipe()
	if err != nil {
		return err
	}
	first := o.logs()
	if !disturbed.killed {
		if err := disturbed.err(o); err != nil {
			return err
		}
	}
	o.restTheScroll()
	if err := o.mustPipe(); err != nil {
		return fmt.Errorf("the run after it: %w\nthe run before:\n%s", err, first)
	}
	got, err := o.dump(true)
	if err != nil {
		return err
	}
	if diff := difference(want, got); diff != "" {
		return fmt.Errorf("tables differ from those of an undisturbed run (-want +got):\n%s\nthe run before:\n%s\nthe run after:\n%s", diff, first, o.logs())
	}
	return o.leftovers()
}

// restTheScroll lets the time pass after which a workspace gives up the scroll that a dead tap has left open.
func (w *world) restTheScroll() {
	if w.clock != nil {
		w.clock.Advance(2 * time.Minute)
	}
}

// difference compares dumps line by line.
func difference(want, got string) string {
	return cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n"))
}

// mustPipe runs the pipe and wants it to succeed.
func (w *world) mustPipe() error {
	o, err := w.pipe()
	if err != nil {
		return err
	}
	return o.err(w)
}

// killPipeAtRandom kills at an event drawn by chance, see killPipe.
func killPipeAtRandom(w *world, out, _ io.Writer, args []string) error {
	return w.killPipe(out, args, func(random *rand.Rand, m *mischief, run int) {
		m.plan(allEvents, random.IntN(40*(run+1)), []victims{tapOnly, targetOnly, both}[random.IntN(3)])
	})
}

// killPipe makes the same changes in two worlds. In the one the pipe runs when all are made; in the other it runs
// between them and is killed each time, and once more at the end.
func (w *world) killPipe(out io.Writer, args []string, arm func(random *rand.Rand, m *mischief, run int)) error {
	runs, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if testing.Short() {
		runs = min(runs, 2)
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(seed, 1))
	calm, err := w.like("calm-" + args[1])
	if err != nil {
		return err
	}
	defer calm.close()
	stormy, err := w.like("stormy-" + args[1])
	if err != nil {
		return err
	}
	defer stormy.close()

	kills := 0
	for n := range runs {
		arm(random, stormy.mischief, n)
		o, err := stormy.pipe()
		if err != nil {
			return fmt.Errorf("run %d with seed %d: %w", n, seed, err)
		}
		if o.killed {
			kills++
		} else if err := o.err(stormy); err != nil {
			return fmt.Errorf("run %d with seed %d: %w", n, seed, err)
		}
		for _, c := range []*world{calm, stormy} {
			if err := c.change(rand.New(rand.NewPCG(seed, uint64(n)))); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(out, "seed %d: %d of %d runs were killed\n", seed, kills, runs)
	var dumps [2]string
	for i, c := range []*world{calm, stormy} {
		if err := c.mustPipe(); err != nil {
			return err
		}
		if dumps[i], err = c.dump(true); err != nil {
			return err
		}
		if err := c.leftovers(); err != nil {
			return err
		}
	}
	if diff := difference(dumps[0], dumps[1]); diff != "" {
		return fmt.Errorf("seed %d: tables differ (-one run +%d killed runs):\n%s", seed, runs, diff)
	}
	return nil
}

// change makes changes that leave nothing behind in a warehouse that saw the workspace before them: a row that was loaded
// and is then deleted stays, so nothing is deleted.
func (w *world) change(g *rand.Rand) error {
	w.restTheScroll()
	w.clock.Advance(time.Duration(g.IntN(3000)) * time.Second)
	pick := func(kind string) string {
		ids, err := w.workspace.IDs(kind)
		if err != nil || len(ids) == 0 {
			return ""
		}
		return ids[g.IntN(len(ids))]
	}
	for range 4 {
		var err error
		switch g.IntN(7) {
		case 0:
			_, err = w.workspace.Add("contacts", nil)
		case 1:
			err = w.workspace.Update("contacts", pick("contacts"), intercomtest.Object{"name": fmt.Sprint("name ", g.IntN(1000))})
		case 2:
			_, err = w.workspace.AddTo("contacts", pick("contacts"), "tags", intercomtest.Object{"id": pick("tags")})
		case 3:
			_, err = w.workspace.AddTo("conversations", pick("conversations"), "parts", intercomtest.Object{"body": fmt.Sprint("<p>", g.IntN(1000), "</p>")})
		case 4:
			_, err = w.workspace.Add("conversations", nil)
		case 5:
			_, err = w.workspace.AddTo("tickets", pick("tickets"), "parts", intercomtest.Object{"body": "x"})
		case 6:
			err = w.workspace.Update("companies", pick("companies"), intercomtest.Object{"monthly_spend": g.IntN(9000)})
		}
		if err != nil {
			return err
		}
	}
	w.clock.Advance(2 * time.Second)
	return nil
}
