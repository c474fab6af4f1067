package synapse

import (
	"fmt"
	"log/slog"
	"strings"

	"intercomdw/singer/secret"
)

// Statement is one statement for the pool. It prints with its secrets masked;
// the text itself goes to the pool only.
type Statement struct {
	op     string // what it does, for errors and logs: "copy into"
	object string // what it does that to: "[raw].[users]"

	text   secret.String // what is sent, without terminator and label
	masked string        // the same without secrets

	ddl        bool   // refused in a transaction (111212)
	labelled   bool   // takes OPTION (LABEL = '…')
	repeatable bool   // sending it twice does what sending it once does
	guarded    bool   // it looks first whether there is anything to do
	reset      string // makes it repeatable when sent before it again
}

// statement is a statement that carries no secret.
func statement(op, object, text string) Statement {
	return Statement{op: op, object: object, text: secret.New(text), masked: text}
}

// String returns the statement with its secrets masked.
func (s Statement) String() string { return s.masked }

// GoString is String, for %#v.
func (s Statement) GoString() string { return s.masked }

// LogValue is String, for slog.
func (s Statement) LogValue() slog.Value { return slog.StringValue(s.masked) }

// SQL returns the statement as it goes to the pool under a label, secrets
// included. It is there for those who check what is sent; do not print it.
func (s Statement) SQL(label string) string { return s.text.Reveal() + s.option(label) }

// Masked is SQL with the secrets masked.
func (s Statement) Masked(label string) string { return s.masked + s.option(label) }

func (s Statement) option(label string) string {
	if !s.labelled || label == "" {
		return ""
	}
	return "\nOPTION (LABEL = " + plainLiteral(cleanLabel(label)) + ")"
}

// cleanLabel keeps a label to what sys.dm_pdw_exec_requests can hold: 255
// characters, and ASCII since the literal is not a national one.
func cleanLabel(label string) string {
	label = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, label)
	return label[:min(len(label), 255)]
}

// batch is what goes to the pool in one request.
type batch struct {
	statements []Statement
	lines      []int // line on which each statement begins, from 1
	text       secret.String
	masked     string
	once       bool // a table it fills was filled before: emptying it would lose that
}

// maxBatchBytes keeps a batch well under the pool's limit of 65,536 packets.
const maxBatchBytes = 4 << 20

// maxBatchStatements keeps what has to be repeated after an error small.
const maxBatchStatements = 100

// join makes as few batches of the statements as the pool takes, in order.
func join(label string, statements []Statement) []batch {
	var batches []batch
	for len(statements) > 0 {
		n, bytes := 0, 0
		for n < len(statements) && n < maxBatchStatements {
			bytes += len(statements[n].masked)
			if n > 0 && bytes > maxBatchBytes {
				break
			}
			n++
		}
		batches = append(batches, newBatch(label, statements[:n]))
		statements = statements[n:]
	}
	return batches
}

func newBatch(label string, statements []Statement) batch {
	b := batch{statements: statements}
	var text, masked strings.Builder
	line := 1
	for _, s := range statements {
		b.lines = append(b.lines, line)
		sql := s.SQL(label)
		text.WriteString(sql + ";\n")
		masked.WriteString(s.Masked(label) + ";\n")
		line += strings.Count(sql, "\n") + 1
	}
	b.text, b.masked = secret.New(text.String()), masked.String()
	return b
}

// at returns the statement of a batch that an error's line number points at.
func (b batch) at(line int32) (Statement, bool) {
	if len(b.statements) == 1 {
		return b.statements[0], true
	}
	for i := len(b.lines) - 1; i >= 0; i-- {
		if line >= int32(b.lines[i]) && line > 1 {
			return b.statements[i], true
		}
	}
	return Statement{}, false
}

// describe names what a batch does, for errors and logs.
func (b batch) describe() (op, object string) {
	var ops, objects []string
	for _, s := range b.statements {
		ops, objects = appendNew(ops, s.op), appendNew(objects, s.object)
	}
	const most = 5
	if len(objects) > most {
		objects = append(objects[:most:most], "…")
	}
	return strings.Join(ops, ", "), strings.Join(objects, ", ")
}

func appendNew(list []string, s string) []string {
	if s == "" {
		return list
	}
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// markFilled makes sure that what repeats a batch empties no table that an
// earlier batch has begun to fill.
func (b *batch) markFilled(before map[string]bool) {
	for _, s := range b.statements {
		b.once = b.once || s.reset != "" && before[s.reset]
	}
	for _, s := range b.statements {
		if s.reset != "" {
			before[s.reset] = true
		}
	}
}

// repeatable says whether the whole batch can be sent again, after its resets.
func (b batch) repeatable() bool {
	if b.once {
		return false
	}
	for _, s := range b.statements {
		if !s.repeatable && s.reset == "" {
			return false
		}
	}
	return true
}

// guarded says whether all statements look first whether there is anything to do.
func (b batch) guarded() bool {
	for _, s := range b.statements {
		if !s.guarded {
			return false
		}
	}
	return true
}

// resets is the batch that makes this one repeatable, "" when it is so already.
func (b batch) resets() string {
	var resets []string
	for _, s := range b.statements {
		resets = appendNew(resets, s.reset)
	}
	return strings.Join(resets, ";\n")
}

// shown is the batch for a log, which a state of megabytes would fill.
func (b batch) shown() string {
	const most = 64 << 10
	if len(b.masked) <= most {
		return b.masked
	}
	head, _ := cutUnits(b.masked[:most], most)
	return fmt.Sprintf("%s… (%d bytes)", head, len(b.masked))
}
