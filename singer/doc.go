// Package singer is the Singer protocol and nothing else: the messages a tap
// writes and a target reads, the JSON Schema that describes a stream, the
// catalog with its selection rules, bookmarks, and METRIC lines.
//
// A target reads with a [Decoder], or with a [LineReader] and [ParseMessage]
// where lines are to be parsed on several goroutines. Lines may be of any
// length up to a limit, numbers stay text, record bodies stay raw, and every
// error names the line. A tap writes with an [Encoder]: one message, one Write.
//
// [ParseSchema] turns the schema of a stream into a finite tree a target can
// make columns from; a [Validator] judges records as
// github.com/santhosh-tekuri/jsonschema/v5 does, only faster.
//
// What every program around the protocol shares (flags, configuration, exit
// codes) is in the package program below this one; checks for any tap and any
// target are in singertest. What a record becomes in a warehouse is left to
// the target.
package singer
