package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"intercomdw/tap-intercom/intercomtest"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest"
)

// namespace is where the target puts its tables.
const namespace = "raw"

// A plan says what a world is made of, so that another like it can be made.
type plan struct {
	workspace *intercomtest.Options
	warehouse bool
	sas       bool           // the target signs with a SAS
	tap       map[string]any // settings that are not the usual ones
	target    map[string]any
	inFront   string // the tap's program
}

// clone copies the plan for another world.
func (p plan) clone() plan {
	p.tap, p.target = maps.Clone(p.tap), maps.Clone(p.target)
	return p
}

// A world is a folder with the two configurations, and the doubles that they point to.
type world struct {
	plan
	dir, path string // folder, and PATH of its processes
	clock     *intercomtest.Clock
	workspace *intercomtest.Server
	pool      *synapsetest.Server
	store     *blobtest.Server
	mischief  *mischief
	second    *world // of another workspace, with the same pool and storage
	cleanups  []func()
}

// site and testOf are the keys of a script's world and of its test among its values.
type (
	site   struct{}
	testOf struct{}
)

// setUp gives a script its world, with nothing in it yet.
func setUp(env *testscript.Env) error {
	w := &world{plan: plan{tap: map[string]any{}, target: map[string]any{}, inFront: "tap-intercom"}, dir: env.WorkDir, path: env.Getenv("PATH"), mischief: &mischief{}}
	env.Setenv(raceEnv, raceOptions())
	env.Values[site{}] = w
	env.Values[testOf{}] = env.T()
	env.Defer(w.close)
	return nil
}

// like makes a fresh world of the same plan in a folder of its own.
func (w *world) like(name string) (*world, error) {
	o := &world{plan: w.plan.clone(), dir: filepath.Join(w.dir, name), path: w.path, mischief: &mischief{}}
	if err := os.Mkdir(o.dir, 0o700); err != nil {
		return nil, err
	}
	if err := errors.Join(o.startWorkspace(), o.startWarehouse()); err != nil {
		o.close()
		return nil, err
	}
	if o.workspace != nil {
		o.mischief.atWorkspace(o.workspace)
	}
	o.mischief.atStore(o.store)
	return o, nil
}

func (w *world) close() {
	for _, f := range w.cleanups {
		f()
	}
	if w.workspace != nil {
		w.workspace.Close()
	}
	if w.pool != nil {
		_ = w.pool.Close()
	}
	if w.store != nil {
		_ = w.store.Close()
	}
}

// startWorkspace starts the workspace, an hour after the newest change in it.
func (w *world) startWorkspace() error {
	if w.plan.workspace == nil {
		return nil
	}
	o := *w.plan.workspace
	w.clock = intercomtest.NewClock(intercomtest.Epoch.Add(time.Hour))
	o.Clock = w.clock
	var err error
	if w.workspace, err = intercomtest.Start(o); err != nil {
		return err
	}
	return w.writeConfigs()
}

func (w *world) startWarehouse() (err error) {
	if !w.plan.warehouse {
		return nil
	}
	if w.store, err = blobtest.Start(blobtest.Options{Containers: []string{"files"}}); err != nil {
		return err
	}
	if w.pool, err = synapsetest.Start(synapsetest.Options{Fault: w.mischief.atPool}); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.dir, "pool.pem"), w.pool.Certificate(), 0o600); err != nil {
		return err
	}
	return w.writeConfigs()
}

// writeConfigs writes tap.json and target.json, as far as there is something to point to.
func (w *world) writeConfigs() error {
	var errs []error
	if w.workspace != nil {
		errs = append(errs, w.writeConfig("tap.json", map[string]any{
			"access_token": "tok-secret-1", "base_url": w.workspace.URL, "rate_limit_reserve": 0,
		}, w.plan.tap))
	}
	if w.pool != nil {
		settings := map[string]any{
			"host": w.pool.Host(), "port": w.pool.Port(), "database": w.pool.Database(), "user": w.pool.User(), "password": w.pool.Password(),
			"trust_server_certificate": true, "default_target_schema": namespace,
			"blob_endpoint": w.store.URL, "container": "files", "pipeline": "test",
		}
		if w.sas {
			settings["sas_token"] = w.store.SAS("files", "", "rcwdl", time.Now().Add(time.Hour))
		} else {
			settings["account_key"] = w.store.Key
		}
		errs = append(errs, w.writeConfig("target.json", settings, w.plan.target))
	}
	return errors.Join(errs...)
}

// writeConfig writes settings with the changes made to them; a change to nil takes the setting out.
func (w *world) writeConfig(name string, settings, changes map[string]any) error {
	maps.Copy(settings, changes)
	maps.DeleteFunc(settings, func(_ string, v any) bool { return v == nil })
	raw, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(w.file(name), append(raw, '\n'), 0o600)
}

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

// patience is how long a program may take; one that takes longer is made to print its goroutines.
const patience = 5 * time.Minute

// context is what a program is run under that must not hang.
func (w *world) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.cleanups = append(w.cleanups, cancel)
	return ctx
}

// command prepares one of the programs to run in the world's folder.
func (w *world) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	for _, dir := range filepath.SplitList(w.path) {
		if file := filepath.Join(dir, name); isFile(file) {
			name = file
			break
		}
	}
	c := exec.CommandContext(ctx, name, args...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGQUIT) }
	c.Dir = w.dir
	c.Env = append(os.Environ(), "PATH="+w.path, raceEnv+"="+raceOptions())
	return c
}

// A program with the race detector in it sleeps for a second before it ends, to hear of races in goroutines that go on. There are a thousand
// processes in these tests, and none of them leaves goroutines to their fate.
const raceEnv = "GORACE"

func raceOptions() string { return "atexit_sleep_ms=0 " + os.Getenv(raceEnv) }

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// outcome is what a run of the pipe left, beside its files.
type outcome struct {
	tap, target       error // of the processes
	killed            bool
	tapHit, targetHit bool   // who was killed or signalled
	late              bool   // what should have come of a signal did not come for long
	whole             bool   // the target's end of the pipe took all that the tap has written
	states            []byte // the target's standard output
}

// err is nil when both programs ended with exit code 0.
func (o outcome) err(w *world) error {
	var errs []error
	if o.tap != nil {
		errs = append(errs, fmt.Errorf("tap: %w\n%s", o.tap, w.logs()))
	}
	if o.target != nil {
		errs = append(errs, fmt.Errorf("target: %w\n%s", o.target, w.logs()))
	}
	return errors.Join(errs...)
}

// withLog adds what a program said before it failed.
func withLog(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}

// logs are what both programs wrote to standard error in the last run.
func (w *world) logs() string {
	tap, _ := os.ReadFile(w.file("tap.log"))
	target, _ := os.ReadFile(w.file("target.log"))
	return fmt.Sprintf("--- tap.log\n%s--- target.log\n%s", tap, target)
}

// pipe runs the tap in front of the target. An error says that they could not be run.
func (w *world) pipe() (o outcome, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	state, err := w.command(ctx, "target-azuresqldw", "state", "--config", "target.json").Output()
	if err != nil {
		return o, fmt.Errorf("target-azuresqldw state: %w", withLog(err))
	}
	var args []string
	if w.workspace != nil {
		args = []string{"--config", "tap.json"}
	}
	if err := os.WriteFile(w.file("state.json"), state, 0o600); err != nil {
		return o, err
	}
	tap := w.command(ctx, w.inFront, append(args, "--state", "state.json")...)
	target := w.command(ctx, "target-azuresqldw", "--config", "target.json")
	between, err := newTee(w.file("tap.out"), w.mischief)
	if err != nil {
		return o, err
	}
	var states bytes.Buffer
	target.Stdout = &states
	for c, name := range map[*exec.Cmd]string{tap: "tap.log", target: "target.log"} {
		log, err := os.Create(w.file(name))
		if err != nil {
			return o, err
		}
		defer log.Close()
		c.Stderr = log
		if c == target && w.mischief.signal != nil {
			c.Stderr = &listener{to: log, heard: w.mischief.heard}
		}
	}
	tap.Stdout, target.Stdin = between.in, between.out
	err = w.mischief.watch(func() error { return errors.Join(tap.Start(), target.Start()) }, tap, target)
	if err := errors.Join(err, between.started()); err != nil {
		return o, err
	}
	var both sync.WaitGroup
	for c, ended := range map[*exec.Cmd]*error{tap: &o.tap, target: &o.target} {
		both.Go(func() {
			*ended = c.Wait()
			w.mischief.ended(c)
		})
	}
	both.Wait()
	w.mischief.done(&o)
	o.states = states.Bytes()
	o.whole, err = between.wait()
	return o, err
}
