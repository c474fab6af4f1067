package target

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

// sweepAge is when what another pipeline has left behind is taken for dead. What this pipeline has left is dead as soon as the fence is ours.
const sweepAge = 24 * time.Hour

// openWarehouse connects, makes the ledger, takes charge of the pipeline and learns what is there.
func openWarehouse(ctx context.Context, r *program.Run[Config], began time.Time) (_ *warehouse, _ *mapping, err error) {
	c := &r.Config
	w := &warehouse{
		ledger: synapse.Ledger{Namespace: c.DefaultTargetSchema, Pipeline: c.Pipeline},
		fence:  began.UnixNano(), began: began, run: runName(c.Pipeline), keep: c.KeepStaging,
		log: r.Log, now: time.Now, sleep: sleep, have: map[string]synapse.Table{}, unmarked: map[string]string{},
	}
	if w.files, err = stage.Open(stageOptions(r)); err != nil {
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
	tables, err := w.makeLedger(ctx)
	if err != nil {
		return nil, nil, err
	}
	progress, err := w.pool.TakeFence(ctx, w.ledger, w.fence)
	if err != nil {
		return nil, nil, err
	}
	w.committed = progress.State
	stored, err := w.pool.Mappings(ctx, w.ledger)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range stored {
		if m.Kind == unmarkedMapping {
			w.unmarked[foldName(m.Table)] = m.Column
		}
	}
	if tables, err = w.repair(ctx, tables, stored); err != nil {
		return nil, nil, err
	}
	w.sweep(ctx, leftovers(tables, stored))
	for _, t := range tables {
		w.have[foldName(t.Name.Table)] = t
	}
	if w.empty, err = w.emptyString(ctx, synapse.EmptyString(c.EmptyString), progress.Empty); err != nil {
		return nil, nil, err
	}
	return w, newMapping(stored, tables), nil
}

// runName is unique to a run and begins with the mark of its pipeline, by which a later run recognises what this one has left.
func runName(pipeline string) string {
	var random [4]byte
	rand.Read(random[:])
	return pipelineMark(pipeline) + hex.EncodeToString(random[:])
}

func pipelineMark(pipeline string) string {
	sum := sha256.Sum256([]byte(pipeline))
	return hex.EncodeToString(sum[:4])
}

// folder is where the files of the run are; loads are numbered within it.
func (w *warehouse) folder() string {
	return fmt.Sprintf("%s%d-%s", folderPrefix, w.began.Unix(), w.run)
}

const folderPrefix = "sdc-"

// makeLedger reads the catalogue, and makes the namespace and the ledger's tables where they are missing.
func (w *warehouse) makeLedger(ctx context.Context) ([]synapse.Table, error) {
	tables, err := w.pool.Tables(ctx, w.ledger.Namespace)
	if err != nil {
		return nil, err
	}
	var missing []synapse.Statement
	for _, t := range w.ledger.Tables() {
		if !hasTable(tables, t.Name.Table) {
			missing = append(missing, synapse.CreateTable(t))
		}
	}
	if len(missing) == 0 {
		return tables, nil
	}
	if _, err := w.pool.Exec(ctx, "target-azuresqldw open", synapse.CreateNamespace(w.ledger.Namespace)); err != nil {
		return nil, err
	}
	_, err = w.pool.Exec(ctx, "target-azuresqldw open", missing...)
	return tables, err
}

func hasTable(tables []synapse.Table, name string) bool {
	for _, t := range tables {
		if foldName(t.Name.Table) == foldName(name) {
			return true
		}
	}
	return false
}

// repair ends rebuilds of tables that were interrupted.
func (w *warehouse) repair(ctx context.Context, tables []synapse.Table, stored []synapse.Mapping) ([]synapse.Table, error) {
	var ours []synapse.Name
	for _, m := range stored {
		if m.Column == "" {
			ours = append(ours, synapse.Name{Namespace: w.ledger.Namespace, Table: m.Table})
		}
	}
	finished, err := w.pool.FinishRebuilds(ctx, "target-azuresqldw repair", tables, ours...)
	if err != nil || finished == 0 {
		return tables, err
	}
	return w.pool.Tables(ctx, w.ledger.Namespace)
}

// leftovers are the tables that no stream has.
func leftovers(tables []synapse.Table, stored []synapse.Mapping) (left []synapse.Table) {
	streams := map[string]bool{}
	for _, m := range stored {
		streams[m.Table] = true
	}
	for _, t := range tables {
		if !streams[t.Name.Table] {
			left = append(left, t)
		}
	}
	return left
}

// sweep removes what dead runs have left: staging tables and files. It is no reason to fail.
func (w *warehouse) sweep(ctx context.Context, tables []synapse.Table) {
	var drop []synapse.Statement
	for _, t := range tables {
		began, ok := synapse.StagingTime(t.Name.Table)
		if ok && w.dead(began, t.Name.Table, "_") {
			drop = append(drop, synapse.DropTable(t.Name))
		}
	}
	if len(drop) > 0 {
		w.log.Info("dropping staging tables of dead runs", "tables", len(drop))
		if _, err := w.pool.Exec(ctx, "target-azuresqldw sweep", drop...); err != nil {
			w.log.Warn("staging tables of dead runs are left", "err", err)
		}
	}
	blobs, err := w.files.List(ctx, folderPrefix)
	if err != nil {
		w.log.Warn("files of dead runs are left", "err", err)
		return
	}
	var names []string
	for _, b := range blobs {
		if began, ok := folderTime(b.Name); ok && w.dead(began, b.Name, "-") {
			names = append(names, b.Name)
		}
	}
	if len(names) > 0 {
		w.log.Info("deleting files of dead runs", "files", len(names))
		w.remove(ctx, names)
	}
}

// dead says whether the run that made something, which carries its name between two separators, cannot need it any more.
func (w *warehouse) dead(began time.Time, name, separator string) bool {
	if strings.Contains(name, separator+w.run) {
		return false
	}
	own := strings.Contains(name, separator+strconv.FormatInt(began.Unix(), 10)+separator+w.run[:8])
	return own && !w.keep || w.now().Sub(began) > sweepAge
}

func folderTime(name string) (time.Time, bool) {
	digits, _, ok := strings.Cut(strings.TrimPrefix(name, folderPrefix), "-")
	seconds, err := strconv.ParseInt(digits, 10, 64)
	return time.Unix(seconds, 0), ok && err == nil
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
		Table:      synapse.Name{Namespace: w.ledger.Namespace, Table: synapse.StagingName(w.began, w.run, w.staged, "probe")},
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
