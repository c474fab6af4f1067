package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"intercomdw/singer"
	"intercomdw/singer/singertest"
)

// An ending is how the pipe ended after a signal, and what there is to judge it by. How far a program was when the signal came cannot be
// known: it may have been through. But what it has done is plain to see, and its exit code must say the same.
type ending struct {
	outcome
	*world
	mishap
	calm

	input     []byte // what the tap wrote
	last      int64  // the line of it that the warehouse has everything up to
	committed string // the state there
}

func (w *world) endingOf(run outcome, m mishap, calm calm) (e *ending, err error) {
	e = &ending{outcome: run, world: w, mishap: m, calm: calm}
	if e.input, err = os.ReadFile(w.file("tap.out")); err != nil {
		return nil, err
	}
	if e.committed, err = w.committed(); err != nil { // it waits for what a dead session has not committed to be rolled back
		return nil, err
	}
	e.last, err = w.lastLine()
	return e, err
}

// check says what is wrong.
func (e *ending) check() error {
	if e.late {
		return errors.New("the signal had no effect for long")
	}
	if err := e.targetEnded(); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if err := e.tapEnded(); err != nil {
		return fmt.Errorf("tap: %w", err)
	}
	if err := e.released(); err != nil {
		return err
	}
	if e.last == 0 || e.twice {
		return nil // the next run removes what is left
	}
	return e.leftovers()
}

// midInput says that the input could not come to its end before those who were signalled came to theirs.
func (e *ending) midInput() bool { return e.killed && holdsInput(e.on) }

func (e *ending) tapEnded() error {
	log, err := os.ReadFile(e.file("tap.log"))
	if err != nil {
		return err
	}
	state, _ := lastState(e.input, int64(len(e.input)))
	all := !e.whole || state == e.calm.state // the copy is not whole when the target went first
	switch code := exitCode(e.tap); {
	case code == 0 && e.midInput() && e.tapHit:
		return errors.New("exit code 0, as if it had done everything")
	case code == 0 && !all:
		return fmt.Errorf("exit code 0 after state %s; an undisturbed run ends with %s", state, e.calm.state)
	case code == 0:
	case code == 1 && e.target != nil && !e.whole: // its reader has gone
	case !e.tapHit:
		return fmt.Errorf("%w, without a signal", e.tap)
	case code == 1 && e.saysSo(log):
	case code == -1 && !e.midInput() && (len(log) == 0 || all): // it did not listen yet, or any more
	default:
		return e.tap
	}
	return nil
}

func (e *ending) targetEnded() error {
	log, err := os.ReadFile(e.file("target.log"))
	if err != nil {
		return err
	}
	switch code := exitCode(e.target); {
	case e.twice && e.killed && code == 1 && bytes.Contains(log, []byte("ending at once")):
	case e.twice && e.killed && e.last == 0 && (code == 1 && e.saysSo(log) || code == -1): // before its first load one is enough
	case e.twice && e.killed:
		return fmt.Errorf("exit code %d after two signals", code)
	case bytes.Contains(log, []byte("load failed")):
		return errors.New("a load failed, but nothing was wrong with it")
	case code == 0 && e.midInput() && e.targetHit:
		return errors.New("exit code 0, as if it had done everything")
	case code == 0:
		return e.allLoaded()
	case !e.targetHit:
		return fmt.Errorf("%w, without a signal", e.target)
	case code == 1 && e.saysSo(log):
	case code == -1 && len(log) == 0: // it did not listen yet
	case code == -1: // it did not listen any more
		return e.allLoaded()
	default:
		return e.target
	}
	return nil
}

// saysSo says whether a log ends with the signal, and perhaps what it cut off.
func (e *ending) saysSo(log []byte) bool {
	_, end, found := bytes.Cut(log, []byte("CRITICAL interrupted by "+e.signal.String()))
	return found && bytes.Count(end, []byte("\n")) == 1
}

// allLoaded wants the whole input in the warehouse.
func (e *ending) allLoaded() error {
	if !e.whole {
		return errors.New("it ended well without reading its input")
	}
	for m, err := range messages(e.input) {
		switch {
		case err != nil:
			return fmt.Errorf("it ended well with a broken input: %w", err)
		case m.Line <= e.last:
		case m.Kind == singer.KindRecord || m.Kind == singer.KindActivateVersion || m.Kind == singer.KindState && string(m.Value) != e.committed:
			return fmt.Errorf("it ended well with line %d not loaded; the last that is, is %d", m.Line, e.last)
		}
	}
	return nil
}

// released holds the states that were released against those of the input and against what is committed.
func (e *ending) released() error {
	releases, err := singertest.WatchReleases(bytes.NewReader(e.input), nil)
	if err != nil {
		return err
	}
	if _, err := releases.Write(e.states); err != nil {
		return err
	}
	if problems := releases.End(e.target == nil); len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n"))
	}
	released := releases.Last()
	if released == "" {
		released = "{}"
	}
	if released != e.committed {
		return fmt.Errorf("the warehouse has state %s, the last released is %s", e.committed, released)
	}
	if want, line := lastState(e.input, e.last); want != e.committed {
		return fmt.Errorf("the warehouse has state %s and everything up to line %d; the last state up to there is %s, in line %d", e.committed, e.last, want, line)
	}
	return nil
}

// committed is the state in the warehouse.
func (w *world) committed() (string, error) {
	state, err := w.command(w.context(), "target-azuresqldw", "state", "--config", "target.json").Output()
	if err != nil {
		return "", fmt.Errorf("target-azuresqldw state: %w", withLog(err))
	}
	return strings.TrimSpace(string(state)), nil
}

// lastLine is the last line of the input that is in the warehouse, when one run has loaded it.
func (w *world) lastLine() (last int64, err error) {
	tables, err := w.pool.Tables()
	if err != nil {
		return 0, err
	}
	for _, t := range tables {
		if t.Schema != namespace || t.Name != "_sdc_loads" {
			continue
		}
		r, err := w.pool.Query("SELECT last_line FROM " + namespace + "._sdc_loads")
		if err != nil {
			return 0, err
		}
		for _, row := range r.Rows {
			last = max(last, row[0].(int64))
		}
	}
	return last, nil
}

// lastState is the last state of an input up to a line, and its own line; {} and 0 when there is none.
func lastState(input []byte, upTo int64) (state string, line int64) {
	state = "{}"
	for m := range messages(input) {
		if m.Line > upTo {
			break
		}
		if m.Kind == singer.KindState {
			state, line = string(m.Value), m.Line
		}
	}
	return state, line
}

// messages are those of an input up to its end or to where it is broken.
func messages(input []byte) func(yield func(singer.Message, error) bool) {
	return func(yield func(singer.Message, error) bool) {
		d := singer.NewDecoder(bytes.NewReader(input), singer.DecoderOptions{})
		for {
			m, err := d.Decode()
			if errors.Is(err, io.EOF) || !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// exitCode is -1 when a signal has ended the process.
func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		return -2
	}
	return 0
}
