package program

import (
	"fmt"
	"slices"
	"strings"
)

// ManPage is the manual page of the program, in the macros of man(7). others are the pages to see also.
func (p Program[C]) ManPage(others ...string) string {
	var b strings.Builder
	section := func(name string) { fmt.Fprintf(&b, ".SH %s\n", name) }
	item := func(head, text string) { fmt.Fprintf(&b, ".TP\n%s\n%s\n", head, roff(text)) }
	options := func(flags []Flag) {
		for _, f := range framed(flags) {
			item(f.roffHead(), sentence(f.plainUsage()))
		}
	}

	fmt.Fprintf(&b, ".\\\" Generated from flags and settings: UPDATE=1 go test ./target-azuresqldw\n.TH %s 1\n", roff(strings.ToUpper(p.Name)))
	section("NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(p.Name), roff(p.Description))
	section("SYNOPSIS")
	fmt.Fprintf(&b, ".B %s\n\\fB\\-\\-config\\fR \\fIFILE\\fR [\\fIoptions\\fR]\n", roff(p.Name))
	for _, c := range p.Commands {
		fmt.Fprintf(&b, ".br\n.B %s %s\n\\fB\\-\\-config\\fR \\fIFILE\\fR\n", roff(p.Name), roff(c.Name))
	}
	section("OPTIONS")
	options(slices.Concat(p.Flags, p.sharedFlags()))
	if len(p.Commands) > 0 {
		section("COMMANDS")
	}
	for _, c := range p.Commands {
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff(c.Name), roff(sentence(c.Usage)))
		options(c.Flags)
	}

	section("SETTINGS")
	fmt.Fprintf(&b, "A configuration is a file with a JSON object of these members. With \\fB\\-\\-config ENV\\fR each is read from the environment,\n"+
		"called as here in capitals behind \\fB%s\\fR.\n", roff(p.envPrefix()))
	for _, s := range p.Settings() {
		item(fmt.Sprintf("\\fB%s\\fR (%s)", roff(s.Name), roff(strings.Join(s.traits(), ", "))), sentence(s.Doc))
	}
	section("EXIT STATUS")
	item(fmt.Sprint(ExitDone), "The work is done.")
	item(fmt.Sprint(ExitFailed), "It failed, or was interrupted.")
	item(fmt.Sprint(ExitUsage), "Wrong use or configuration; nothing was begun.")
	if len(others) > 0 {
		section("SEE ALSO")
		fmt.Fprintf(&b, "%s\n", roff(strings.Join(others, ", ")))
	}
	return b.String()
}

// roffHead is the flag as an item of a list: in all its forms, with its argument.
func (f Flag) roffHead() string {
	forms := []string{"\\fB" + roff("--"+f.Name) + "\\fR"}
	for _, alias := range f.Aliases {
		forms = append(forms, "\\fB"+roff("-"+alias)+"\\fR")
	}
	head := strings.Join(forms, ", ")
	if f.Value != "" {
		head += " \\fI" + roff(f.Value) + "\\fR"
	}
	return head
}

// roff writes text so that nothing in it is a request or an escape, and a hyphen is what one can search for and paste.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
