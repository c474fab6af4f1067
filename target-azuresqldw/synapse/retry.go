package synapse

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// retry makes attempts at a batch until one succeeds, its error is none that
// passes, or patience ends. What cannot be repeated is attempted again only when
// the pool said itself that it did not take it.
func (p *Pool) retry(ctx context.Context, label string, b batch, attempt func(context.Context, int) error) error {
	var waited time.Duration
	internal := 0
	for n := 1; ; n++ {
		start := time.Now()
		err := attempt(ctx, n)
		took := time.Since(start)
		p.o.Log.DebugContext(ctx, "statement", "label", label, "sql", b.shown(), "attempt", n, "took", took, "ok", err == nil)
		if err == nil {
			return nil
		}
		e := b.explain(label, err)
		if ctx.Err() != nil {
			return e
		}
		if !b.repeatable() && !refused(e) {
			return e
		}
		var wait time.Duration
		if raced(e) && b.guarded() && n < p.o.Attempts {
			continue // what it looks for is there now, or gone
		}
		switch e.Class {
		case ClassPaused:
			if waited >= p.o.PauseWait {
				return e
			}
			wait = 15 * time.Second
			waited += wait
			n-- // a pause is no failed attempt
			p.o.Log.WarnContext(ctx, "the pool is paused or warming up", "waited", waited, "most", p.o.PauseWait, "err", e)
		case ClassInternal:
			if internal++; internal > 1 {
				return e
			}
			wait = backoff(n, e.Number)
		case ClassTransient:
			// 4060 is what a wrong database name gives, too
			if n >= p.o.Attempts || e.Number == 4060 && n >= 2 {
				return e
			}
			wait = backoff(n, e.Number)
		default:
			return e
		}
		if e.Class != ClassPaused {
			p.o.Log.WarnContext(ctx, "statement will be repeated", "attempt", n, "wait", wait, "err", e)
		}
		if err := p.o.Sleep(ctx, wait); err != nil {
			return errors.Join(e, err)
		}
	}
}

// refused says whether an error means that nothing of the batch was done.
func refused(e *Error) bool {
	var connecting connectError
	if errors.As(e.Err, &connecting) {
		return true
	}
	switch e.Number {
	case 4060, 10928, 10929, 40501, 40613, 49918, 49919, 49920, 42108, 42109:
		return true
	}
	return false
}

// raced says whether an error means that another session has made, or dropped, the same at the same moment, between a statement's look and
// its deed: CREATE (2714, and 2759 of a schema), ADD (2705) or DROP (3701).
func raced(e *Error) bool {
	switch e.Number {
	case 2714, 2759, 2705, 3701:
		return true
	}
	return false
}

// backoff is the time before the next attempt: it doubles from half a second
// to half a minute, half of it by chance. Microsoft asks for ten seconds after 40501.
func backoff(attempt int, number int32) time.Duration {
	d := min(500*time.Millisecond<<min(attempt-1, 10), 30*time.Second)
	if number == 40501 || number == 49918 || number == 49919 || number == 49920 {
		d = max(d, 10*time.Second)
		return d + rand.N(d/2)
	}
	return d/2 + rand.N(d/2+1)
}

// explain turns what the driver returned into an Error that names what the
// batch was for.
func (b batch) explain(label string, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	class, number := classify(err)
	op, object := b.describe()
	if s, ok := b.at(lineOf(err)); ok {
		op, object = s.op, s.object
	}
	e := &Error{Op: op, Object: object, Label: label, Number: number, Class: class, Hint: hint(number, cause(err)), Err: err}
	var silent *silentError
	if errors.As(err, &silent) {
		e.Hint = silent.hint()
	}
	var connecting connectError
	if errors.As(err, &connecting) {
		e.Op, e.Object, e.Label = "connect", "", ""
		if number == 0 {
			e.Hint = connecting.hint()
		}
	}
	return e
}
