package singertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
)

// Releases watches the states a target releases, and holds them against the
// input: each must be the value of one of its STATE messages, they must come in
// the order of the input, none before what stood in front of it is committed, and
// when the target ends well the last must be the last of the input.
//
// It is the target's standard output. Where a value occurs several times in
// the input, a release is taken for the first occurrence that is not before the
// release before it: the one that claims least.
type Releases struct {
	mu        sync.Mutex
	states    []inputState
	next      int   // index of the first state that may be released
	claimed   int64 // line of the last one released
	rest      []byte
	committed func() int64
	problems  []string
	count     int
	last      string
}

// inputState is a STATE of the input.
type inputState struct {
	line  int64
	value string
}

// WatchReleases returns a watch over the states of an input. The function
// committed, which may be nil, is asked at every release how far the input is
// committed: it returns the number of the last line of which, and of all lines
// before, nothing would be lost if the target died now.
func WatchReleases(input io.Reader, committed func() int64) (*Releases, error) {
	r := &Releases{committed: committed}
	d := singer.NewDecoder(input, singer.DecoderOptions{})
	for {
		m, err := d.Decode()
		if _, broken := errors.AsType[*singer.InputError](err); errors.Is(err, io.EOF) || broken {
			return r, nil // a broken input has no states after the break
		}
		if err != nil {
			return nil, err
		}
		if m.Kind == singer.KindState {
			r.states = append(r.states, inputState{m.Line, compact(m.Value)})
		}
	}
}

// compact is a state without insignificant white space. The rest must come
// through a target as it is.
func compact(v jsontext.Value) string {
	b, err := jsontext.AppendFormat(nil, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsontext.PreserveRawStrings(true))
	if err != nil {
		return string(v)
	}
	return string(b)
}

// Write takes what the target prints.
func (r *Releases) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest = append(r.rest, b...)
	for {
		line, rest, found := bytes.Cut(r.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		r.release(line)
		r.rest = rest
	}
}

func (r *Releases) release(line []byte) {
	r.count++
	value := jsontext.Value(bytes.TrimSpace(line))
	if !value.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		r.problem("printed %q, which is no JSON", line)
		return
	}
	text := compact(value)
	r.last = text
	if r.next > 0 && r.states[r.next-1].value == text {
		return // the same once more claims nothing new
	}
	for i := r.next; i < len(r.states); i++ {
		if r.states[i].value != text {
			continue
		}
		r.next, r.claimed = i+1, r.states[i].line
		if r.committed == nil {
			return
		}
		if done := r.committed(); done < r.claimed {
			r.problem("released the state of line %d when line %d was the last committed", r.claimed, done)
		}
		return
	}
	for i := range r.next {
		if r.states[i].value == text {
			r.problem("released %s, the state of line %d, after that of line %d", text, r.states[i].line, r.claimed)
			return
		}
	}
	r.problem("released %s, which is no state of the input", text)
}

func (r *Releases) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

// Last returns the last state released, "" when there was none.
func (r *Releases) Last() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// Count returns the number of states released.
func (r *Releases) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// End returns what was wrong. It is called when the target has ended;
// succeeded says whether it did with exit code 0.
func (r *Releases) End(succeeded bool) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	problems := r.problems
	if len(r.rest) > 0 {
		problems = append(problems, fmt.Sprintf("printed %q without a newline", r.rest))
	}
	if !succeeded || len(r.states) == 0 {
		return problems
	}
	// An empty state resets a bookmark in some runners, so that not to
	// print it is as good as to print it.
	if last := r.states[len(r.states)-1]; r.last != last.value && last.value != "{}" {
		problems = append(problems, fmt.Sprintf("ended well with %q as the last state released; that of the input is %s in line %d", r.last, last.value, last.line))
	}
	return problems
}

// TargetOptions say how a target is checked.
type TargetOptions struct {
	Args  []string // for the target, such as --config FILE
	Fails bool     // it is to end with exit code 1

	// Committed is asked at every release; see [WatchReleases].
	Committed func() int64
}

// CheckTarget runs a target on an input and reports to tb when it does not end
// as it should, or releases a state it should not. It returns the states
// released.
func CheckTarget(tb testing.TB, target Program, input string, o TargetOptions) *Releases {
	tb.Helper()
	releases, err := WatchReleases(strings.NewReader(input), o.Committed)
	if err != nil {
		tb.Fatal(err)
	}
	var stderr bytes.Buffer
	code := target(tb.Context(), strings.NewReader(input), releases, &stderr, o.Args...)
	if stderr.Len() > 0 {
		tb.Logf("%s", &stderr)
	}
	switch {
	case o.Fails && code != 1:
		tb.Errorf("exit code %d, want 1", code)
	case o.Fails && stderr.Len() == 0:
		tb.Error("failed without a word on stderr")
	case !o.Fails && code != 0:
		tb.Errorf("exit code %d, want 0", code)
	}
	for _, p := range releases.End(code == 0) {
		tb.Error(p)
	}
	return releases
}
