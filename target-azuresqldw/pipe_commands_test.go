package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/rogpeppe/go-internal/testscript"

	"intercomdw/singer"
	"intercomdw/singer/singertest"
	"intercomdw/tap-intercom/intercomtest"
	"intercomdw/target-azuresqldw/synapse"
)

// A scriptCommand works on the script's world; what it writes can be matched with stdout and stderr.
type scriptCommand func(w *world, stdout, stderr io.Writer, args []string) error

// commands are those that scripts have beside testscript's.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	list := map[string]func(*testscript.TestScript, bool, []string){"check-tap": checkTap, "exits": exits}
	for name, do := range map[string]scriptCommand{
		"workspace": startWorkspace, "warehouse": startWarehouse, "set": set, "tap": chooseTap, "pipe": pipe, "pipe-both": pipeBoth, "each-has-its-own": eachHasItsOwn, "load": load,
		"template": expand, "sql": sql, "dump": dump, "every-stream-has-rows": everyStreamHasRows, "clean": clean, "run-script": runScript, "save": save, "no-secrets": noSecrets, "control": control,
		"kill-tap-at-each-request": killTapAtEachRequest, "kill-target-at-each-step": killTargetAtEachStep,
		"drop-target-at-each-step": dropTargetAtEachStep, "kill-pipe-at-random": killPipeAtRandom,
		"kill-pipe-at-any-time": killPipeAtAnyTime, "signal-pipe": signalPipe, "signal-twice": signalTwice,
		"signal-target-at-each-line": signalTargetAtEachLine,
	} {
		list[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			w := ts.Value(site{}).(*world)
			var refused *refusal
			switch err := do(w, ts.Stdout(), ts.Stderr(), args); {
			case errors.As(err, &refused):
				if !neg {
					ts.Fatalf("%v\n%s", refused.err, refused.log)
				}
			case err != nil:
				ts.Fatalf("%v", err)
			case neg:
				ts.Fatalf("unexpected success\n%s", w.logs())
			}
		}
	}
	return list
}

// A refusal is the failure of a program, which a script may want.
type refusal struct {
	err error
	log string
}

func (r *refusal) Error() string { return r.err.Error() + "\n" + r.log }

func startWorkspace(w *world, _, _ io.Writer, args []string) error {
	o := intercomtest.Options{Token: "tok-secret-1", Contacts: 6, Companies: 3, Conversations: 4, Tickets: 2}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		field, ok := map[string]*int{"contacts": &o.Contacts, "companies": &o.Companies, "conversations": &o.Conversations, "tickets": &o.Tickets, "rate": &o.Rate}[name]
		switch {
		case name == "seed":
			o.Seed = uint64(n)
		case !ok:
			return fmt.Errorf("unknown option %s", name)
		default:
			*field = n
		}
	}
	w.plan.workspace = &o
	return w.startWorkspace()
}

func startWarehouse(w *world, _, _ io.Writer, args []string) error {
	w.plan.warehouse, w.sas = true, len(args) > 0 && args[0] == "sas"
	return w.startWarehouse()
}

func set(w *world, _, _ io.Writer, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: set FILE NAME [VALUE]")
	}
	changes := map[string]map[string]any{"tap.json": w.plan.tap, "target.json": w.plan.target}[args[0]]
	if changes == nil {
		return fmt.Errorf("unknown file %s", args[0])
	}
	text := strings.Join(args[2:], " ")
	switch {
	case len(args) == 2:
		delete(changes, args[1])
	case text == "null":
		changes[args[1]] = nil
	case json.Valid([]byte(text)):
		changes[args[1]] = json.RawMessage(text)
	default:
		changes[args[1]] = text
	}
	return w.writeConfigs()
}

func chooseTap(w *world, _, _ io.Writer, args []string) error {
	w.inFront = args[0]
	return nil
}

func pipe(w *world, out, stderr io.Writer, _ []string) error {
	o, err := w.pipe()
	if err != nil {
		return err
	}
	if _, err := out.Write(o.states); err != nil {
		return err
	}
	if _, err := io.WriteString(stderr, w.logs()); err != nil {
		return err
	}
	if err := o.err(w); err != nil {
		return &refusal{err, w.logs()}
	}
	return nil
}

// load gives a file to the target and watches the states that it releases.
func load(w *world, out, stderr io.Writer, args []string) error {
	input, err := os.ReadFile(w.file(args[0]))
	if err != nil {
		return err
	}
	releases, err := singertest.WatchReleases(bytes.NewReader(input), nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := w.command(ctx, "target-azuresqldw", append([]string{"--config", "target.json"}, args[1:]...)...)
	var log bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), io.MultiWriter(releases, out), &log
	err = c.Run()
	if problems := releases.End(err == nil); len(problems) > 0 {
		return fmt.Errorf("%s\n%s", strings.Join(problems, "\n"), &log)
	}
	if _, err := stderr.Write(log.Bytes()); err != nil {
		return err
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return &refusal{err, log.String()}
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, &log)
	}
	return nil
}

// expand replaces what a script cannot hold: very long text, and bytes that are no text.
func expand(w *world, _, _ io.Writer, args []string) error {
	raw, err := os.ReadFile(w.file(args[0]))
	if err != nil {
		return err
	}
	t, err := template.New(args[0]).Delims("<<", ">>").Funcs(template.FuncMap{
		"repeat": strings.Repeat,
		"raw":    func(s string) string { return s },
	}).Parse(string(raw))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, nil); err != nil {
		return err
	}
	return os.WriteFile(w.file(args[0]), b.Bytes(), 0o600)
}

func sql(w *world, out, _ io.Writer, args []string) error {
	r, err := w.pool.Query(strings.Join(args, " "))
	if err != nil {
		return err
	}
	for _, row := range r.Text() {
		fmt.Fprintln(out, strings.Join(row, "|"))
	}
	return nil
}

func dump(w *world, _, _ io.Writer, args []string) error { return w.dumpTo(w.file(args[0])) }

// everyStreamHasRows wants rows of each stream that the tap discovers in a table of its name.
func everyStreamHasRows(w *world, _, _ io.Writer, _ []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	raw, err := w.command(ctx, "tap-intercom", "--config", "tap.json", "--discover").Output()
	if err != nil {
		return withLog(err)
	}
	catalog, err := singer.ParseCatalog(raw)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range catalog.Streams {
		table := synapse.Name{Namespace: namespace, Table: e.Stream}
		r, err := w.pool.Query("SELECT COUNT(*) FROM " + table.String())
		if err == nil && r.Text()[0][0] == "0" {
			err = errors.New("no rows")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("stream %s: %w", e.Stream, err))
		}
	}
	if len(catalog.Streams) < 100 {
		errs = append(errs, fmt.Errorf("discovered %d streams only", len(catalog.Streams)))
	}
	return errors.Join(errs...)
}

func clean(w *world, _, _ io.Writer, _ []string) error { return w.leftovers() }

func control(w *world, out, _ io.Writer, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: control METHOD PATH [BODY]")
	}
	body := strings.NewReader(strings.Join(args[2:], " "))
	req, err := http.NewRequest(args[0], w.workspace.URL+"/_control/"+args[1], body)
	if err != nil {
		return err
	}
	res, err := w.workspace.Client().Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("control: %s", answer)
	}
	_, err = out.Write(answer)
	return err
}

// checkTap holds the tap against the protocol, and wants the second run to leave the state as it was.
func checkTap(ts *testscript.TestScript, _ bool, _ []string) {
	w := ts.Value(site{}).(*world)
	t := ts.Value(testOf{}).(testing.TB)
	config, err := os.ReadFile(w.file("tap.json"))
	ts.Check(err)
	program := w.command(context.Background(), "tap-intercom").Path
	first, second := singertest.CheckTap(t, singertest.Command(program), singertest.TapOptions{
		Config:     string(config),
		MayBeEmpty: []string{"contact_merge_history", "deleted_conversations"}, // nothing was merged or deleted yet
	})
	switch {
	case t.Failed() || second == nil:
		ts.Fatalf("the tap breaks the protocol")
	case string(first.State) != string(second.State):
		ts.Fatalf("state changed\nfrom %s\n  to %s", first.State, second.State)
	case !filepath.IsAbs(program):
		ts.Fatalf("the tap is %s", program)
	}
}

// exits runs a program and wants an exit code: exits CODE NAME ARG…
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// noSecrets looks for what the two configurations keep secret.
func noSecrets(w *world, _, _ io.Writer, args []string) error {
	log, err := os.ReadFile(w.file(args[0]))
	if err != nil {
		return err
	}
	if len(log) == 0 {
		return fmt.Errorf("%s is empty", args[0])
	}
	for _, name := range []string{"tap.json", "target.json"} {
		raw, err := os.ReadFile(w.file(name))
		if err != nil {
			return err
		}
		var settings map[string]any
		if err := json.Unmarshal(raw, &settings); err != nil {
			return err
		}
		for _, setting := range []string{"access_token", "password", "account_key", "sas_token"} {
			secret, _ := settings[setting].(string)
			if at := strings.Index(secret, "sig="); at >= 0 {
				secret = secret[at+len("sig="):] // the rest of a SAS is no secret, and is shown
			}
			if secret != "" && bytes.Contains(log, []byte(secret)) {
				return fmt.Errorf("%s holds %s", args[0], setting)
			}
		}
	}
	return nil
}
