package target

import (
	"context"
	"fmt"
	"time"

	"intercomdw/target-azuresqldw/synapse"
)

const (
	leaseWait = 30 * time.Minute // for another pipeline that renews its lease
	leaseSay  = 30 * time.Second // between two lines in the log
)

// alone has do change tables or mappings while no other pipeline of the schema does. Before that it learns what others have changed. do says
// whether it has changed anything.
func (w *warehouse) alone(ctx context.Context, do func(context.Context) (changed bool, err error)) (err error) {
	version, err := w.lease(ctx)
	if err != nil {
		return err
	}
	changed := false
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if endErr := w.pool.EndLease(end, w.ledger, w.fence, changed); endErr != nil && err == nil {
			w.log.Warn("the lease to change tables is left to end by itself", "after", synapse.LeaseTime, "err", endErr)
		}
	}()
	if version != w.version {
		w.log.Info("another pipeline has changed tables; they are read again")
		w.moved = true
		if err := w.survey(ctx); err != nil {
			return err
		}
	}
	ctx, lost := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		lost(w.renew(ctx))
	}()
	changed, err = do(ctx)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	lost(nil)
	<-renewed
	if err == nil && changed {
		w.version++
	}
	return err
}

// lease waits for the lease and returns the version of what the pipelines share.
func (w *warehouse) lease(ctx context.Context) (version int64, err error) {
	began, said := w.now(), w.now().Add(-leaseSay)
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 8*time.Second) {
		s, err := w.pool.Lease(ctx, w.ledger, w.fence)
		waited := w.now().Sub(began)
		switch {
		case err != nil:
			return 0, err
		case s.Pipeline == w.ledger.Pipeline && s.Fence == w.fence:
			return s.Version, nil
		case s.Pipeline == w.ledger.Pipeline:
			return 0, fmt.Errorf("change tables: %w", synapse.ErrFenced)
		case waited > leaseWait:
			return 0, fmt.Errorf("pipeline %q has been changing tables of schema %s for %s: run again when it is through", s.Pipeline, w.ledger.Namespace, leaseWait)
		case w.now().Sub(said) >= leaseSay:
			w.log.Info("waiting for another pipeline that changes tables", "pipeline", s.Pipeline, "waited", waited.Round(time.Second))
			said = w.now()
		}
		if err := w.sleep(ctx, wait); err != nil {
			return 0, err
		}
	}
}

// renew keeps the lease until ctx ends, or returns why it could not.
func (w *warehouse) renew(ctx context.Context) error {
	for w.sleep(ctx, synapse.LeaseTime/4) == nil {
		if err := w.pool.Renew(ctx, w.ledger, w.fence); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// survey learns what is in the schema, for who holds the lease: a rebuild that looks interrupted is, and is ended, before its table passes for gone.
func (w *warehouse) survey(ctx context.Context) error {
	found, err := w.pool.Survey(ctx, w.ledger)
	if names := w.interrupted(found); err == nil && len(names) > 0 {
		if err := w.pool.FinishRebuilds(ctx, "target-azuresqldw repair", w.id, found.Tables, names); err != nil {
			return err
		}
		found, err = w.pool.Survey(ctx, w.ledger)
	}
	if err == nil {
		w.learn(found)
	}
	return err
}

// interrupted are the tables of ours that look as if a rebuild of them had been interrupted, or were under way.
func (w *warehouse) interrupted(found synapse.Survey) []synapse.Name {
	var ours []synapse.Name
	for _, m := range found.Mappings {
		if m.Column == "" {
			ours = append(ours, synapse.Name{Namespace: w.ledger.Namespace, Table: m.Table})
		}
	}
	return synapse.InterruptedRebuilds(w.id, found.Tables, ours)
}

// learn takes down what a survey has found.
func (w *warehouse) learn(found synapse.Survey) {
	w.version = found.Version
	w.known = newMapping(found.Mappings, found.Tables)
	w.known.adopt = w.adopt
	clear(w.have)
	for _, t := range found.Tables {
		w.have[foldName(t.Name.Table)] = t
	}
}
