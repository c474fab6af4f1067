package program

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Flag is a flag of a program or of one of its commands.
type Flag struct {
	Name    string // long form, without dashes
	Aliases []string
	Usage   string // what it does, lower case
	Value   string // what its argument is called in the help, FILE: best a word of Usage; "" for a flag without argument

	// Deprecated, when set, is warned with when the flag is used, and the
	// flag is not in the help.
	Deprecated string

	// NoConfig reports that with this flag required settings may be missing,
	// and Check is not asked.
	NoConfig bool
}

// Flags are the flags a program was given.
type Flags struct {
	values map[string]string
}

// Has reports whether a flag was given; name is its long form.
func (f Flags) Has(name string) bool {
	_, ok := f.values[name]
	return ok
}

// Get returns the argument of a flag, "" when it was not given.
func (f Flags) Get(name string) string { return f.values[name] }

// NewFlags returns flags as if given on the command line, for tests.
func NewFlags(values map[string]string) Flags { return Flags{values} }

// sharedFlags are those of every program.
func (p Program[C]) sharedFlags() []Flag {
	flags := []Flag{
		{Name: "about", Usage: "describe the program and its settings", NoConfig: true},
		{Name: "format", Usage: "print --about in FORMAT: text, json or markdown", Value: "FORMAT"},
		{Name: "version", Usage: "print the version", NoConfig: true},
	}
	if p.Test != nil {
		flags = append(flags, Flag{Name: "test", Usage: "try the configuration out and exit"})
	}
	return flags
}

// The flags that every program and every command has: the first and the last of its help.
var (
	configFlag = Flag{
		Name: "config", Aliases: []string{"c"}, Value: "FILE",
		Usage: "read settings from FILE, or from the environment when it is ENV; may be repeated, the later one wins",
	}
	helpFlag = Flag{Name: "help", Aliases: []string{"h"}, Usage: "show this help"}
)

// framed are flags between these two, those that are in the help.
func framed(flags []Flag) []Flag {
	list := []Flag{configFlag}
	for _, f := range flags {
		if f.Deprecated == "" {
			list = append(list, f)
		}
	}
	return append(list, helpFlag)
}

// cliFlags turns flags into those of the library, with --config before them.
func cliFlags(flags []Flag) []cli.Flag {
	list := []cli.Flag{repeated{&cli.StringSliceFlag{Name: configFlag.Name, Aliases: configFlag.Aliases, Usage: configFlag.usage()}}}
	for _, f := range flags {
		if f.Value == "" {
			list = append(list, &cli.BoolFlag{Name: f.Name, Aliases: f.Aliases, Usage: f.Usage, Hidden: f.Deprecated != "", DisableDefaultText: true})
		} else {
			list = append(list, &cli.StringFlag{Name: f.Name, Aliases: f.Aliases, Usage: f.usage(), Hidden: f.Deprecated != ""})
		}
	}
	// The library's own help flag is one variable for all programs of a process.
	return append(list, &cli.BoolFlag{Name: helpFlag.Name, Aliases: helpFlag.Aliases, Usage: helpFlag.Usage, DisableDefaultText: true})
}

// usage is Usage with the argument's name marked as the library wants it; a
// usage that does not mention it gets it at its end.
func (f Flag) usage() string {
	if before, after, found := strings.Cut(f.Usage, f.Value); found {
		return before + "`" + f.Value + "`" + after
	}
	return f.Usage + " `" + f.Value + "`"
}

// plainUsage is usage for those who do not mark anything.
func (f Flag) plainUsage() string {
	if f.Value == "" {
		return f.Usage
	}
	return strings.ReplaceAll(f.usage(), "`", "")
}

// repeated is a flag that may be given again. That stands in its usage; the
// library would say it by showing the flag twice.
type repeated struct{ *cli.StringSliceFlag }

// IsSliceFlag is the library's question whether to do so.
func (repeated) IsSliceFlag() bool { return false }

// String is the flag's line in the help.
func (r repeated) String() string { return cli.FlagStringer(r) }

// dispatch parses the arguments and does what they ask for. It replaces *log
// once the configuration says how to log.
func (p Program[C]) dispatch(ctx context.Context, std Stdio, screen *screen, log **slog.Logger) error {
	// The library writes its help to this buffer, when it was asked for and
	// when it thinks it was; only the former goes anywhere.
	var help bytes.Buffer
	var todo func() error
	app := p.app(&help, std.Args, func(c *cli.Context, flags []Flag, work func(context.Context, *Run[C]) error) error {
		given, err := p.given(c, flags, *log)
		if err == nil {
			todo = func() error { return p.run(ctx, std, screen, log, given, work) }
		}
		return err
	})
	if err := app.RunContext(ctx, append([]string{p.Name}, longConfig(std.Args)...)); err != nil {
		return err
	}
	if todo == nil { // --help, or a shell that completes
		_, err := std.Stdout.Write(help.Bytes())
		return err
	}
	return todo()
}

// app is the program as the library has it. It writes to out, and does what it is asked for by calling do with its flags and the work.
func (p Program[C]) app(out io.Writer, args []string, do func(*cli.Context, []Flag, func(context.Context, *Run[C]) error) error) *cli.App {
	root := slices.Concat(p.Flags, p.sharedFlags())
	app := &cli.App{
		Name: p.Name, Usage: p.Description, Version: p.version(),
		UsageText: p.Name + " --config FILE [options]",
		HideHelp:  true, HideHelpCommand: true, HideVersion: true,
		Writer: out, ErrWriter: out,
		DisableSliceFlagSeparator: true, // a file name may have a comma
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return p.flagError(err, root) },
		EnableBashCompletion:      true,
		BashComplete:              func(*cli.Context) { suggest(out, args, root, p.Commands) },
		Flags:                     cliFlags(root),
		Action:                    func(c *cli.Context) error { return do(c, root, p.Run) },
	}
	for _, cmd := range p.Commands {
		app.Commands = append(app.Commands, &cli.Command{
			Name: cmd.Name, Usage: cmd.Usage, HideHelp: true, HideHelpCommand: true,
			OnUsageError: func(_ *cli.Context, err error, _ bool) error { return p.flagError(err, cmd.Flags) },
			BashComplete: func(*cli.Context) { suggest[C](out, args, cmd.Flags, nil) },
			Flags:        cliFlags(cmd.Flags),
			Action:       func(c *cli.Context) error { return do(c, cmd.Flags, cmd.Run) },
		})
	}
	return app
}

// longConfig writes -c as --config: the library refuses a flag that is given in
// both forms, and this one may be repeated.
func longConfig(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "-c" || strings.HasPrefix(arg, "-c=") {
			args[i] = "--config" + strings.TrimPrefix(arg, "-c")
		}
	}
	return args
}

// given collects the flags of a command line.
type given struct {
	Flags
	configs  []string
	noConfig bool
}

func (p Program[C]) given(c *cli.Context, flags []Flag, log *slog.Logger) (given, error) {
	if c.Args().Present() {
		return given{}, p.argumentError(c.Args().First())
	}
	g := given{Flags: Flags{make(map[string]string)}}
	for _, at := range slices.Backward(c.Lineage()) { // the root's before the command's
		if at.Command != nil {
			g.configs = append(g.configs, at.StringSlice("config")...)
		}
		if at == c {
			break
		}
	}
	for _, f := range flags {
		if !c.IsSet(f.Name) || f.Value == "" && !c.Bool(f.Name) {
			continue
		}
		g.values[f.Name] = c.String(f.Name)
		g.noConfig = g.noConfig || f.NoConfig
		if f.Deprecated != "" {
			log.Warn("deprecated flag", "flag", "--"+f.Name, "instead", f.Deprecated)
		}
	}
	return g, nil
}

// argumentError explains an argument that is no flag and no command.
func (p Program[C]) argumentError(arg string) error {
	var names []string
	for _, cmd := range p.Commands {
		names = append(names, cmd.Name)
	}
	if near := nearest(arg, names); near != "" {
		return Usagef("unknown command %q (did you mean %q?)", arg, near)
	}
	return Usagef("unexpected argument %q", arg)
}

// flagError explains what the library says of a flag.
func (p Program[C]) flagError(err error, flags []Flag) error {
	text := err.Error()
	name, ok := strings.CutPrefix(text, "flag provided but not defined: ")
	if !ok {
		return &UsageError{errors.New(strings.ReplaceAll(text, "flag needs an argument: -", "missing argument of flag -"))}
	}
	name = strings.TrimLeft(name, "-")
	names := []string{"config", "help"}
	for _, f := range flags {
		if f.Deprecated == "" {
			names = append(names, f.Name)
		}
	}
	if near := nearest(name, names); near != "" {
		return Usagef("unknown flag --%s (did you mean --%s?)", name, near)
	}
	return Usagef("unknown flag --%s", name)
}
