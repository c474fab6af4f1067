package program

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// completeFlag is what the library calls the hidden flag by which a shell asks what may come next.
const completeFlag = "--generate-bash-completion"

// suggest answers a shell: what may follow the arguments, a line each. Nothing means that a value is due, and a shell offers
// files then. The library's own answer offers --config after --config.
func suggest[C any](w io.Writer, args []string, flags []Flag, commands []Command[C]) {
	last := ""
	if n := len(args) - 2; n >= 0 && args[n+1] == completeFlag {
		last = args[n]
	}
	if !strings.HasPrefix(last, "-") {
		for _, c := range commands {
			fmt.Fprintln(w, c.Name)
		}
		return
	}
	flags = framed(flags)
	for _, f := range flags {
		if f.Value != "" && f.is(last) {
			return
		}
	}
	for _, f := range flags {
		fmt.Fprintln(w, "--"+f.Name)
	}
}

// is tells whether an argument is the flag, in any of its forms.
func (f Flag) is(arg string) bool {
	for _, alias := range f.Aliases {
		if arg == "-"+alias {
			return true
		}
	}
	return arg == "--"+f.Name
}

// Completion is the script that completes the program's command line in a shell: bash, zsh or fish. In bash and zsh it asks the
// program, with a dash for a flag that was begun: behind -- the library completes nothing. The library's scripts ask with eval,
// which would run what a command line that is not yet sent holds in $(…).
func (p Program[C]) Completion(shell string) (string, error) {
	about := fmt.Sprintf("# Completes the command line of %s in %s. Generated from its flags.\n", p.Name, shell)
	function := "_" + strings.ReplaceAll(p.Name, "-", "_")
	switch shell {
	case "bash":
		return about + strings.NewReplacer("PROGRAM", p.Name, "FUNCTION", function, "FLAG", completeFlag).Replace(`FUNCTION() {
  local cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]:0:COMP_CWORD}")
  if [[ $cur == -* ]]; then words+=(-); fi
  COMPREPLY=($(compgen -W "$("${words[@]}" FLAG 2>/dev/null)" -- "$cur"))
}
complete -o bashdefault -o default -F FUNCTION PROGRAM
`), nil
	case "zsh":
		return "#compdef " + p.Name + "\n" + about + strings.NewReplacer("PROGRAM", p.Name, "FUNCTION", function, "FLAG", completeFlag).Replace(`FUNCTION() {
  local -a line suggestions
  line=("${(@)words[1,CURRENT-1]}")
  if [[ $words[CURRENT] == -* ]]; then line+=(-); fi
  suggestions=("${(@f)$("${line[@]}" FLAG 2>/dev/null)}")
  if [[ -n $suggestions[1] ]]; then compadd -a suggestions; else _files; fi
}
if [[ $funcstack[1] == FUNCTION ]]; then FUNCTION "$@"; else compdef FUNCTION PROGRAM; fi
`), nil
	case "fish":
		return about + p.fishCompletion(), nil
	}
	return "", fmt.Errorf("no completion for the shell %q", shell)
}

// fishCompletion is a list; the library's lets no file follow --config.
func (p Program[C]) fishCompletion() string {
	var b strings.Builder
	line := func(condition, rest, about string) {
		if condition != "" {
			condition = " -n '" + condition + "'"
		}
		fmt.Fprintf(&b, "complete -c %s%s %s -d '%s'\n", p.Name, condition, rest, strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(about))
	}
	options := func(condition string, flags []Flag) {
		for _, f := range framed(flags) {
			rest := "-l " + f.Name
			for _, alias := range f.Aliases {
				rest += " -s " + alias
			}
			switch f.Value {
			case "":
			case "FILE":
				rest += " -r -F"
			default:
				rest += " -x"
			}
			line(condition, rest, f.plainUsage())
		}
	}

	var names []string
	for _, c := range p.Commands {
		names = append(names, c.Name)
	}
	none := ""
	if len(names) > 0 {
		none = "not __fish_seen_subcommand_from " + strings.Join(names, " ")
	}
	fmt.Fprintf(&b, "complete -c %s -f\n", p.Name)
	options(none, slices.Concat(p.Flags, p.sharedFlags()))
	for _, c := range p.Commands {
		line(none, "-a "+c.Name, c.Usage)
		options("__fish_seen_subcommand_from "+c.Name, c.Flags)
	}
	return b.String()
}
