package target

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"

	"intercomdw/target-azuresqldw/synapse"
)

// Files and staging tables carry in their names a mark of whose they are, and the fence of the run that made them. What carries our mark and a
// fence before ours is dead as soon as the fence is ours. Nothing else is ever removed, whatever its name and its age.

// folderPrefix begins the name of the folder that the files of a run are in. The container may be shared with anybody.
const folderPrefix = "sdc-"

// markOf is whose files and staging tables are: of a pipeline in a schema of a pool, as told by a name that the ledger there has for itself, and
// by where the pool is, should its database have been copied with its ledger.
func markOf(ledger string, c *Config) string {
	pool := net.JoinHostPort(strings.ToLower(c.Host), strconv.Itoa(c.Port))
	sum := sha256.Sum256([]byte(strings.Join([]string{ledger, pool, foldName(c.Database), foldName(c.DefaultTargetSchema), c.Pipeline}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func randomHex(bytes int) string {
	random := make([]byte, bytes)
	rand.Read(random)
	return hex.EncodeToString(random)
}

// folder is where the files of the run are; loads are numbered within it.
func (w *warehouse) folder() string { return fmt.Sprintf("%s%s-%d", folderPrefix, w.mark, w.fence) }

// folderFence is the fence in the name of a file that carries the mark.
func folderFence(name, mark string) (int64, bool) {
	rest, ok := strings.CutPrefix(name, folderPrefix+mark+"-")
	if !ok {
		return 0, false
	}
	digits, _, ok := strings.Cut(rest, "/")
	fence, err := strconv.ParseInt(digits, 10, 64)
	return fence, ok && err == nil
}

// The names that earlier releases gave: when the run began, eight digits of a hash of the pipeline's name, eight by chance.
var (
	earlierFile    = regexp.MustCompile(`^(sdc-[0-9]{10}-([0-9a-f]{8})[0-9a-f]{8})/[0-9]+/[^/]+\.csv\.gz$`)
	earlierStaging = regexp.MustCompile(`^_sdc_stg_([0-9]{10})_(([0-9a-f]{8})[0-9a-f]{8})_[0-9]+_`)
)

// earlierRun is the run of an earlier release, of a pipeline that may be this one, that a name is of.
func (w *warehouse) earlierRun(name string) (run string, ok bool) {
	var pipeline string
	if m := earlierFile.FindStringSubmatch(name); m != nil {
		run, pipeline = m[1], m[2]
	} else if m := earlierStaging.FindStringSubmatch(name); m != nil {
		run, pipeline = folderPrefix+m[1]+"-"+m[2], m[3]
	}
	sum := sha256.Sum256([]byte(w.ledger.Pipeline))
	return run, run != "" && pipeline == hex.EncodeToString(sum[:4])
}

// sweep removes what dead runs of this pipeline have left: staging tables, among tables that no stream has, and files. It is no reason to fail.
func (w *warehouse) sweep(ctx context.Context, tables []synapse.Table) {
	if w.keep {
		return
	}
	blobs, err := w.files.List(ctx, folderPrefix)
	if err != nil {
		w.log.Warn("files of dead runs are left", "err", err)
	}
	var names []string // of tables and files
	for _, t := range tables {
		names = append(names, t.Name.Table)
	}
	for _, b := range blobs {
		names = append(names, b.Name)
	}
	dead := w.deadRuns(ctx, names)
	var drop []synapse.Statement
	for _, t := range tables {
		if fence, ok := synapse.StagingFence(t.Name.Table, w.mark); ok && fence < w.fence || dead[t.Name.Table] {
			drop = append(drop, synapse.DropTable(t.Name))
		}
	}
	if len(drop) > 0 {
		w.log.Info("dropping staging tables of dead runs", "tables", len(drop))
		if _, err := w.pool.Exec(ctx, "target-azuresqldw sweep", drop...); err != nil {
			w.log.Warn("staging tables of dead runs are left", "err", err)
		}
	}
	var files []string
	for _, b := range blobs {
		if fence, ok := folderFence(b.Name, w.mark); ok && fence < w.fence || dead[b.Name] {
			files = append(files, b.Name)
		}
	}
	if len(files) > 0 {
		w.log.Info("deleting files of dead runs", "files", len(files))
		w.remove(ctx, files)
	}
}

// deadRuns are the names among those given that are of runs of earlier releases and that the ledger proves to be of this pipeline: it has committed a
// load of that run.
func (w *warehouse) deadRuns(ctx context.Context, names []string) map[string]bool {
	runs := map[string]string{} // name → run
	var ids []string
	asked := map[string]bool{}
	for _, name := range names {
		if run, ok := w.earlierRun(name); ok {
			runs[name] = run
			if !asked[run] {
				asked[run] = true
				ids = append(ids, run)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	known, err := w.pool.Runs(ctx, w.ledger, ids)
	if err != nil {
		w.log.Warn("what runs of an earlier release have left stays", "err", err)
		return nil
	}
	dead := map[string]bool{}
	var left []string
	for _, name := range names {
		if run, ok := runs[name]; ok && known[run] {
			dead[name] = true
		} else if ok {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		w.log.Warn("files or staging tables look like those of an earlier release, but nothing in the ledger says that they are of this pipeline; delete them by hand if they are",
			"count", len(left), "first", left[0])
	}
	return dead
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
