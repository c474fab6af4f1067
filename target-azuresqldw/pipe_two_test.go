package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"intercomdw/target-azuresqldw/synapse"
)

// pipeBoth runs two pipes at once into one schema and container: that of the script, and one of another workspace, whose seed is given,
// under another name of the pipeline. The workspace stays from one call to the next.
func pipeBoth(w *world, _, _ io.Writer, args []string) error {
	if w.second == nil {
		second, err := w.beside(args[0])
		if err != nil {
			return err
		}
		w.second = second
		w.cleanups = append(w.cleanups, second.workspace.Close)
	}
	var both sync.WaitGroup
	worlds := []*world{w, w.second}
	errs := make([]error, len(worlds))
	for i, one := range worlds {
		both.Go(func() {
			o, err := one.pipe()
			if err == nil {
				err = o.err(one)
			}
			if err != nil {
				errs[i] = &refusal{err, one.logs()}
			}
		})
	}
	both.Wait()
	return errors.Join(errs...)
}

// beside makes a world of another workspace, with the same pool and storage.
func (w *world) beside(seed string) (*world, error) {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return nil, err
	}
	o := &world{plan: w.plan.clone(), dir: filepath.Join(w.dir, "second"), path: w.path, mischief: &mischief{}, pool: w.pool, store: w.store}
	options := *w.plan.workspace
	options.Seed = n
	o.plan.workspace, o.plan.target["pipeline"] = &options, "second"
	if err := os.Mkdir(o.dir, 0o700); err != nil {
		return nil, err
	}
	return o, o.startWorkspace()
}

// eachHasItsOwn wants the rows of each of two pipelines to be those that a full sync of its workspace gives in a warehouse of its own. A key
// that both workspaces have is whose row says so, with all its child rows; no key is missing.
func eachHasItsOwn(w *world, _, _ io.Writer, _ []string) error {
	alone := map[string]*world{}
	for pipeline, of := range map[string]*world{"test": w, "second": w.second} {
		o, err := of.alone(pipeline)
		if err != nil {
			return err
		}
		defer o.close()
		alone[pipeline] = o
	}
	places, err := w.places()
	if err != nil {
		return err
	}
	var errs []error
	owners := map[string]map[string]string{} // stream → key → pipeline
	for _, t := range places {
		if t.path == "" {
			owners[t.stream], err = w.owners(t)
			errs = append(errs, err)
		}
		for pipeline, o := range alone {
			errs = append(errs, sameRows(o, w, t, pipeline, owners[t.stream]))
		}
	}
	return errors.Join(errs...)
}

// alone reads the workspace into a warehouse that has nothing else.
func (w *world) alone(name string) (*world, error) {
	o := &world{plan: w.plan.clone(), dir: filepath.Join(w.dir, "alone-"+name), path: w.path, mischief: &mischief{}}
	if err := errors.Join(os.RemoveAll(o.dir), os.Mkdir(o.dir, 0o700), o.startWarehouse()); err != nil {
		return nil, err
	}
	o.workspace = w.workspace
	defer func() { o.workspace = nil }() // it is not this world's to close
	if err := o.writeConfigs(); err != nil {
		return nil, err
	}
	end, err := o.pipe()
	return o, errors.Join(err, end.err(o))
}

// A place is a table of a stream, with the columns by which its rows go with a record.
type place struct {
	stream, path, table string
	keys                []string
}

// places are the tables of all streams, roots first.
func (w *world) places() (list []place, err error) {
	r, err := w.pool.Query("SELECT DISTINCT stream, path, table_name FROM raw._sdc_columns WHERE kind = N'object'")
	if err != nil {
		return nil, err
	}
	keys, err := w.pool.Query("SELECT stream, column_name FROM raw._sdc_columns WHERE kind LIKE N'key %' ORDER BY kind")
	if err != nil {
		return nil, err
	}
	for _, row := range r.Text() {
		p := place{stream: row[0], path: row[1], table: row[2]}
		for _, key := range keys.Text() {
			switch {
			case key[0] != p.stream:
			case p.path == "":
				p.keys = append(p.keys, key[1])
			default:
				p.keys = append(p.keys, "_sdc_source_key_"+key[1])
			}
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b place) int { return strings.Compare(a.path, b.path) })
	return list, nil
}

// owners tells whose the record of each key is.
func (w *world) owners(t place) (map[string]string, error) {
	rows, err := w.rows(t, append(slices.Clone(t.keys), "_sdc_pipeline"))
	owners := map[string]string{}
	for _, row := range rows {
		n := len(row) - 1
		owners[strings.Join(row[:n], " | ")] = row[n]
	}
	return owners, err
}

// rows are the values of some columns of a table, none where there is no such table.
func (w *world) rows(t place, columns []string) ([][]string, error) {
	if found, err := w.columns(t); err != nil || len(found) == 0 {
		return nil, err
	}
	var quoted []string
	for _, c := range columns {
		quoted = append(quoted, synapse.Quote(c))
	}
	r, err := w.pool.Query("SELECT " + strings.Join(quoted, ", ") + " FROM " + synapse.Name{Namespace: namespace, Table: t.table}.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.table, err)
	}
	text := r.Text()
	for _, row := range text {
		for i, v := range row {
			if fraction.MatchString(v) { // how many digits a column has depends on both workspaces
				row[i] = strings.TrimRight(strings.TrimRight(v, "0"), ".")
			}
		}
	}
	return text, nil
}

var fraction = regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)

// columns are those that are the same in every load of the same records, none where there is no table.
func (w *world) columns(t place) (names []string, err error) {
	tables, err := w.pool.Tables()
	for _, there := range tables {
		if there.Schema == namespace && there.Name == t.table {
			for _, c := range there.Columns {
				if !slices.Contains(volatile, c.Name) {
					names = append(names, c.Name)
				}
			}
		}
	}
	return names, err
}

// called tells how columns of another world's table are called here, where two workspaces may have given a name to two things.
func (w *world) called(other *world, t place, columns []string) (names []string, err error) {
	query := "SELECT path, kind, column_name FROM raw._sdc_columns WHERE table_name = N'" + t.table + "' AND kind NOT LIKE N'key %' AND kind <> N'undeclared'"
	theirs, err := other.pool.Query(query)
	if err != nil {
		return nil, err
	}
	ours, err := w.pool.Query(query)
	if err != nil {
		return nil, err
	}
	at := map[[2]string]string{} // path and kind → column
	for _, row := range ours.Text() {
		at[[2]string{row[0], row[1]}] = row[2]
	}
	names = slices.Clone(columns)
	for _, row := range theirs.Text() {
		here, ok := at[[2]string{row[0], row[1]}]
		if !ok && row[1] == "integer" {
			here = at[[2]string{row[0], "number"}]
		}
		for i, c := range columns {
			if c == row[2] && here != "" {
				names[i] = here
			}
		}
	}
	return names, nil
}

// sameRows compares the rows of a pipeline in a shared table with those in a table of its own.
func sameRows(alone, shared *world, t place, pipeline string, owners map[string]string) error {
	columns, err := alone.columns(t)
	if err != nil {
		return err
	}
	columns = append(slices.Clone(t.keys), columns...)
	its, err := alone.rows(t, columns)
	if err != nil {
		return err
	}
	there, err := shared.called(alone, t, columns)
	if err != nil {
		return err
	}
	var want, got []string
	for _, row := range its {
		owner, ok := owners[strings.Join(row[:len(t.keys)], " | ")]
		if len(t.keys) == 0 || owner == pipeline {
			want = append(want, strings.Join(row, " | "))
		} else if !ok {
			return fmt.Errorf("%s: %v of pipeline %s is missing", t.table, row[:len(t.keys)], pipeline)
		}
	}
	all, err := shared.rows(t, append(there, "_sdc_pipeline"))
	if err != nil {
		return err
	}
	for _, row := range all {
		if n := len(row) - 1; row[n] == pipeline {
			got = append(got, strings.Join(row[:n], " | "))
		} else if row[n] != "test" && row[n] != "second" {
			return fmt.Errorf("%s: a row of pipeline %q", t.table, row[n])
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		return fmt.Errorf("%s: pipeline %s has %d rows and not %d; the first that differs, with its columns %v, is\n%.1000q\nand not\n%.1000q", t.table, pipeline, len(got), len(want), columns, got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
	}
	return nil
}
