// Package tap extracts an Intercom workspace as Singer messages.
//
// What can be read, and what it costs, stands in one table (streams.go). Each
// of its rows is read by page; a record is written in the form its schema
// promises (transform.go); the bookmark follows at the last second that was
// read to its end (window.go), so that a run may be killed at any moment and
// the next one ends with the same set.
//
// The requests, their limits and their repetition are left to package intercom,
// the messages to package singer, flags and configuration to package program.
package tap

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercom"
)

// Main runs the tap as a process and returns its exit code.
func Main(ctx context.Context, std program.Stdio) int {
	return newProgram("", outside{}).Main(ctx, std)
}

// Program describes the tap: its flags, its settings, its definition for
// Meltano.
func Program(version string) program.Program[Config] { return newProgram(version, outside{}) }

// newProgram is Program in the world o.
func newProgram(version string, o outside) program.Program[Config] {
	t := tap{outside: o}
	return program.Program[Config]{
		Name:         "tap-intercom",
		Kind:         program.Extractor,
		Description:  "extracts an Intercom workspace as Singer messages",
		Version:      version,
		Capabilities: []string{"catalog", "discover", "state", "properties"},
		Flags: []program.Flag{
			{Name: "catalog", Usage: "read what the catalog in FILE selects", Value: "FILE"},
			{Name: "properties", Aliases: []string{"p"}, Usage: "read what FILE selects", Value: "FILE", Deprecated: "--catalog"},
			{Name: "state", Aliases: []string{"s"}, Usage: "go on from the state in FILE", Value: "FILE"},
			{Name: "every", Usage: "repeat the sync every INTERVAL, such as 15m, with its state in memory, until a signal comes", Value: "INTERVAL"},
			{Name: "discover", Aliases: []string{"d"}, Usage: "print the catalog; with an access token also what it may read and the types of custom attributes", NoConfig: true},
		},
		Check: (*Config).check,
		Run:   t.run,
		Test:  t.test,
	}
}

// tap is the work of the program.
type tap struct{ outside outside }

func (t tap) run(ctx context.Context, p *program.Run[Config]) error {
	if p.Flags.Has("discover") {
		return t.discover(ctx, p)
	}
	return t.sync(ctx, p)
}

// test tries out what a sync would be given: the catalog, the selection and the
// state, then the token: whose it is, and that it opens something.
func (t tap) test(ctx context.Context, p *program.Run[Config]) error {
	if _, err := readState(p.Flags.Get("state"), p.Log); err != nil {
		return err
	}
	if _, _, _, err := chosen(p); err != nil {
		return err
	}
	little := p.Config.little()
	client, err := little.client(t.outside.impatient(), p.Log, p.Version, nil)
	if err != nil {
		return err
	}
	r := p.Config.run(client, io.Discard, new(singer.State), p.Log, t.outside)
	if err := r.begin(ctx, &p.Config); err != nil {
		return err
	}
	if err := r.opensSomething(ctx); err != nil {
		return err
	}
	return r.elsewhere
}

// sync reads what is selected, again and again if it is told to.
func (t tap) sync(ctx context.Context, p *program.Run[Config]) error {
	every, err := interval(p.Flags.Get("every"))
	if err != nil {
		return err
	}
	state, err := readState(p.Flags.Get("state"), p.Log)
	if err != nil {
		return err
	}
	if every == 0 {
		return t.syncOnce(ctx, p, state)
	}
	return t.outside.repeat(ctx, every, p.Log, func(ctx context.Context) error { return t.syncOnce(ctx, p, state) })
}

// syncOnce reads what is selected and moves state on.
func (t tap) syncOnce(ctx context.Context, p *program.Run[Config], state *singer.State) error {
	c, named, given, err := chosen(p)
	if err != nil {
		return err
	}
	client, err := p.Config.client(t.outside, p.Log, p.Version, attempts(p.Log))
	if err != nil {
		return err
	}
	r := p.Config.run(client, p.Stdout, state, p.Log, t.outside)
	r.ours = !given
	r.progress, r.metrics = p.Progress.Add, singer.NewMetrics(p.Log)
	return r.catalog(ctx, &p.Config, c, named)
}

// chosen is the catalog of a run as far as it is known without asking anybody, with
// the streams that were asked for by name. given says that it came by a flag.
func chosen(p *program.Run[Config]) (c *singer.Catalog, named map[string]bool, given bool, err error) {
	c, named, err = readCatalog(&p.Config, p.Flags, p.Log)
	if err != nil {
		return nil, nil, false, &program.UsageError{Err: err}
	}
	if left := leaveOut(c, p.Config.APIVersion); len(left) > 0 {
		p.Log.Info("streams left out: this version of the API does not have them", "api_version", p.Config.APIVersion, "streams", left)
	}
	given = p.Flags.Has("catalog") || p.Flags.Has("properties")
	if given { // ours is right
		if err = settle(c); err == nil {
			_, err = groupsOf(c, named, "", given)
		}
		if err != nil {
			return nil, nil, false, &program.UsageError{Err: err}
		}
	}
	return c, named, given, nil
}

// catalog reads what c selects.
func (r *run) catalog(ctx context.Context, config *Config, c *singer.Catalog, named map[string]bool) error {
	if err := r.begin(ctx, config); err != nil {
		return err
	}
	r.warnElsewhere()
	if r.ours {
		if err := r.addAsked(ctx, config, c, named); err != nil {
			return err
		}
	}
	if config.CustomAttributes == "typed" {
		if err := r.typeAttributes(ctx, c, (*singer.CatalogEntry).Selected, r.leave); err != nil {
			return err
		}
	}
	groups, err := groupsOf(c, named, r.state.CurrentlySyncing(), !r.ours)
	if err != nil {
		return err
	}
	if at := r.state.CurrentlySyncing(); at != "" && streamNamed(at) != nil && !selects(groups, at) {
		r.log.Info("the stream that the run before was at is not selected now", "stream", at)
	}
	if len(groups) == 0 {
		r.log.Warn("nothing is selected")
	}
	for _, g := range groups {
		if err := r.prepare(g); err != nil {
			return &program.UsageError{Err: err}
		}
	}
	err = r.sync(ctx, groups)
	if flushed := r.flush(); err == nil {
		err = flushed
	}
	return err
}

// readCatalog reads the catalog that the flags name, or makes the default one
// and applies the select setting. named are the streams asked for by name.
func readCatalog(config *Config, flags program.Flags, log *slog.Logger) (c *singer.Catalog, named map[string]bool, err error) {
	name := flags.Get("catalog")
	if name == "" {
		name = flags.Get("properties")
	}
	if name == "" {
		if c, err = newCatalog(config.CustomAttributes == "json"); err != nil {
			return nil, nil, err
		}
		if err = addNamed(c, config.CustomAttributes == "json", config.toldTypes()...); err != nil {
			return nil, nil, err
		}
		named, err = choose(c, config.Select)
		return c, named, err
	}
	if len(config.Select) > 0 {
		log.Warn("the setting select is ignored: a catalog was given")
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read catalog: %w", err)
	}
	if c, err = singer.ParseCatalog(raw); err != nil {
		return nil, nil, fmt.Errorf("%s: %w%s", name, err, seems(raw, "a catalog"))
	}
	named = map[string]bool{}
	for _, e := range c.Streams {
		root := e.Find()
		named[e.TapStreamID] = root != nil && root.Selected != nil && bool(*root.Selected)
	}
	return c, named, nil
}

// attempts logs every request, at the level for those who look for trouble.
func attempts(log *slog.Logger) func(intercom.Attempt) {
	return func(a intercom.Attempt) {
		log.Debug("request", "method", a.Method, "endpoint", a.Endpoint, "status", a.Status, "bytes", a.Bytes,
			"took", a.Took.Round(time.Millisecond), "err", a.Err)
	}
}

// StreamsTable is the table of streams in Markdown, as the README has it.
func StreamsTable() string {
	var b strings.Builder
	b.WriteString("| Stream | What | Key | Replication | Cost | Read |\n|---|---|---|---|---|---|\n")
	for _, s := range described() {
		replication := "full table"
		if s.bookmark != "" {
			replication = "by `" + s.bookmark + "`"
		}
		read := "yes"
		if s.off {
			read = "when selected"
		}
		if s.since > oldest {
			read += ", from API " + s.since
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s | %s |\n", s.name, s.doc, strings.Join(s.keys, "`, `"), replication, s.cost, read)
	}
	return b.String()
}
