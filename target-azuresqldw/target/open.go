package target

import (
	"context"
	"fmt"
	"time"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

// openWarehouse connects, makes the ledger, takes charge of the pipeline and learns what is there.
func openWarehouse(ctx context.Context, r *program.Run[Config], began time.Time) (_ *warehouse, _ *mapping, err error) {
	c := &r.Config
	wait := sleep
	if c.patience != nil {
		wait = c.patience.sleep
	}
	w := &warehouse{
		ledger: synapse.Ledger{Namespace: c.DefaultTargetSchema, Pipeline: c.Pipeline},
		fence:  began.UnixNano(), keep: c.KeepStaging, adopt: c.ExistingTables == "adopt",
		log: r.Log, now: time.Now, sleep: wait, have: map[string]synapse.Table{}, aside: asides{}, unmarked: map[string]string{}, called: map[string]*calling{},
	}
	if err := c.judgeCredential(r.Log, w.now()); err != nil {
		return nil, nil, err
	}
	if w.files, err = stage.Open(stageOptions(r)); err != nil {
		return nil, nil, err
	}
	if err := w.files.Reach(ctx); err != nil { // hours may pass until the first file goes up
		return nil, nil, err
	}
	if w.pool, err = synapse.Open(ctx, poolOptions(r)); err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			w.pool.Close()
		}
	}()
	if err := w.makeLedger(ctx); err != nil {
		return nil, nil, err
	}
	progress, err := w.pool.TakeFence(ctx, w.ledger, w.fence)
	if err != nil {
		return nil, nil, err
	}
	w.committed = progress.State
	found, err := w.pool.Survey(ctx, w.ledger)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range found.Mappings {
		if m.Kind == unmarkedMapping {
			w.unmarked[foldName(m.Table)] = m.Column
		}
	}
	w.id = found.ID
	w.learn(found)
	if err := w.repair(ctx, &found); err != nil {
		return nil, nil, err
	}
	w.mark = markOf(found.ID, c)
	w.sweep(ctx, leftovers(found.Tables, found.Mappings))
	w.learn(found)
	if w.empty, err = w.emptyString(ctx, synapse.EmptyString(c.EmptyString), progress.Empty); err != nil {
		return nil, nil, err
	}
	known := newMapping(found.Mappings, found.Tables)
	known.adopt = w.adopt
	return w, known, nil
}

// makeLedger makes the namespace and the ledger's tables where they are missing.
func (w *warehouse) makeLedger(ctx context.Context) error {
	have, err := w.pool.LedgerTables(ctx, w.ledger)
	if err != nil {
		return err
	}
	missing, err := w.ledger.Make(have, randomHex(16))
	if err != nil {
		return fmt.Errorf("%w (load into another default_target_schema, or rename that table)", err)
	}
	if len(missing) == 0 {
		return nil
	}
	if len(have) == 0 {
		if _, err := w.pool.Exec(ctx, "target-azuresqldw open", synapse.CreateNamespace(w.ledger.Namespace)); err != nil {
			return err
		}
	}
	_, err = w.pool.Exec(ctx, "target-azuresqldw open", missing...)
	return err
}

// repair ends rebuilds of tables of ours that were interrupted. What looks so may be under way: it waits for that.
func (w *warehouse) repair(ctx context.Context, found *synapse.Survey) error {
	if len(w.interrupted(*found)) == 0 {
		return nil
	}
	err := w.alone(ctx, func(ctx context.Context) (changed bool, err error) { return true, w.survey(ctx) })
	if err == nil {
		*found, err = w.pool.Survey(ctx, w.ledger)
	}
	return err
}

// emptyString decides how the empty string travels: as it is set, as it was found out before, or as the pool says now.
func (w *warehouse) emptyString(ctx context.Context, set, found synapse.EmptyString) (synapse.EmptyString, error) {
	if set != "auto" {
		return set, nil
	}
	if found != "" {
		return found, nil
	}
	found, err := w.probe(ctx)
	if err != nil {
		return "", fmt.Errorf("probe of the empty string: %w", err)
	}
	w.log.Info("found out how the pool reads the empty string", "empty_string", string(found))
	_, err = w.pool.Exec(ctx, "target-azuresqldw probe", w.ledger.KeepEmptyString(found))
	return found, err
}

// probe copies one row and looks what has become of its fields.
func (w *warehouse) probe(ctx context.Context) (synapse.EmptyString, error) {
	f := w.files.NewFile(ctx, stage.Name(w.folder(), "probe.csv.gz"))
	if _, err := f.Write([]byte(synapse.EmptyStringProbe)); err != nil {
		return "", err
	}
	blob, err := f.Commit(ctx)
	if err != nil {
		return "", err
	}
	defer w.remove(ctx, []string{blob.Name})
	w.staged++
	return w.pool.ProbeEmptyString(ctx, "target-azuresqldw probe", synapse.Copy{
		Table:      synapse.Name{Namespace: w.ledger.Namespace, Table: synapse.StagingName(w.mark, w.fence, w.staged, "probe")},
		URLs:       []string{blob.URL},
		Credential: synapse.Credential(w.files.Credential()),
	})
}

// discard deletes the files of a load that will not be delivered.
func (w *warehouse) discard(ctx context.Context, blobs []stage.Blob) {
	var names []string
	for _, b := range blobs {
		names = append(names, b.Name)
	}
	if !w.keep {
		w.remove(ctx, names)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
