package tap

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/tap-intercom/intercomtest"
)

// holdUntil keeps requests for path waiting until opened is closed.
func (w world) holdUntil(path string, opened <-chan struct{}) *intercomtest.Control {
	return w.Control(intercomtest.Fault{Path: path, Times: -1, Handle: func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-opened:
		case <-r.Context().Done():
		}
		return false
	}})
}

// TestGroupsAreReadAtTheSameTime answers for contacts only after the tickets were
// asked for, and for tickets only after the contacts were.
func TestGroupsAreReadAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	var both sync.WaitGroup
	both.Add(2)
	for _, path := range []string{"/contacts/search", "/tickets/search"} {
		w.Control(intercomtest.Fault{Path: path, Handle: func(http.ResponseWriter, *http.Request) bool {
			both.Done()
			both.Wait()
			return false
		}})
	}
	x := w.must(t, command{settings: settings{"select": []string{"contacts", "tickets"}}})
	if n := x.counts(); n["contacts"] == 0 || n["tickets"] == 0 {
		t.Errorf("counts %v", n)
	}
}

// TestConcurrencyOfOneIsReproducible reads twice, one thing after the other.
func TestConcurrencyOfOneIsReproducible(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	set := settings{"concurrency": 1, "page_size": 7}
	var outputs [2][]byte
	var asked [2][]string
	for i := range outputs {
		w.ForgetRequests()
		outputs[i] = w.must(t, command{settings: set}).output
		for _, r := range w.Requests() {
			asked[i] = append(asked[i], r.Method+" "+r.Path+" "+r.Body)
		}
		if n := w.MostAtOnce(); n != 1 {
			t.Errorf("%d requests at once", n)
		}
	}
	if !bytes.Equal(timeless(outputs[0]), timeless(outputs[1])) || !slices.Equal(asked[0], asked[1]) {
		t.Error("the second run differs from the first")
	}
	// A stream's rows stand together, with those of its children.
	var order []string
	for _, m := range parse(t, command{}, outputs[0]) {
		if m.kind != singer.KindRecord {
			continue
		}
		root := streamNamed(m.stream)
		if root.parent != "" {
			root = streamNamed(root.parent)
		}
		if len(order) == 0 || order[len(order)-1] != root.name {
			order = append(order, root.name)
		}
	}
	once := slices.Compact(slices.Sorted(slices.Values(order)))
	if len(once) != len(order) {
		t.Errorf("groups are mixed: %v", order)
	}
}

// TestEachStreamKeepsItsOrderWhateverTheOthersDo compares the records of every
// stream, one by one, with those of a run that does one thing at a time.
func TestEachStreamKeepsItsOrderWhateverTheOthersDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	for pattern, delay := range map[string]time.Duration{"*[0-2]": 15 * time.Millisecond, "*[3-5]": 5 * time.Millisecond} {
		w.Control(intercomtest.Fault{Method: "GET", Path: "/conversations/" + pattern, Times: -1, Delay: delay})
	}
	one := w.must(t, command{settings: settings{"concurrency": 1, "page_size": 7}})
	many := w.must(t, command{settings: settings{"concurrency": 64, "page_size": 7}})
	for i := range streams {
		name := streams[i].name
		if got, want := many.records(name), one.records(name); !slices.EqualFunc(got, want, func(a, b jsontext.Value) bool { return bytes.Equal(a, b) }) {
			t.Errorf("%s: %d records in another order than the %d of one after the other", name, len(got), len(want))
		}
	}
	if many.state() != one.state() {
		t.Errorf("state %s\nwant  %s", many.state(), one.state())
	}
}

// TestInterruptedBeginsWithTheFirstThatHasNotEnded stops a run while companies
// wait and the groups behind them have ended.
func TestInterruptedBeginsWithTheFirstThatHasNotEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	set := settings{"select": []string{"tags", "companies", "tickets", "contacts"}}
	w.Control(intercomtest.Fault{Path: "/companies/scroll", Handle: func(_ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	}})
	// Each of the others has said that it is read when the run is stopped.
	seen := stdoutFunc(func(all []byte) {
		if bytes.Contains(all, []byte(`"contacts":{"updated_at"`)) && bytes.Contains(all, []byte(`"tickets":{"updated_at"`)) && bytes.Contains(all, []byte(`"seen"`)) {
			cancel(errors.New("stopped by the test"))
		}
	})
	x := w.extract(t, command{settings: set, ctx: ctx, stdout: seen})
	if x.code != 1 || !strings.Contains(x.state(), `"currently_syncing":"companies"`) {
		t.Errorf("exit code %d, state %s", x.code, x.state())
	}
	got, fresh := tables{}, tables{}
	got.load(t, x.msgs)
	if len(got["contacts"]) == 0 || len(got["tickets"]) == 0 {
		t.Errorf("%d contacts and %d tickets before the stop", len(got["contacts"]), len(got["tickets"]))
	}
	got.load(t, w.must(t, command{settings: set, state: x.state()}).msgs)
	fresh.load(t, w.must(t, command{settings: set}).msgs)
	wantSame(t, got, fresh)
}

// stdoutFunc is told of all that was written so far.
func stdoutFunc(f func(all []byte)) writerFunc {
	var all []byte
	return func(p []byte) (int, error) {
		all = append(all, p...)
		f(all)
		return len(p), nil
	}
}

// TestFatalErrorStopsTheOthersAndLeavesATrueState revokes the token while all
// groups are being read. Read one after the other, the next ones are not begun.
func TestFatalErrorStopsTheOthersAndLeavesATrueState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	fresh := tables{}
	fresh.load(t, w.must(t, command{settings: settings{"select": core}}).msgs)
	for skip, concurrency := range map[int]int{8: 40, 20: 1, 30: 40, 60: 40, 100: 40} {
		set := settings{"page_size": 3, "select": core, "concurrency": concurrency}
		var revoked *intercomtest.Control
		trigger := w.Control(intercomtest.Fault{Skip: skip, Handle: func(http.ResponseWriter, *http.Request) bool {
			revoked = w.FailNext(-1, "", "", 401)
			return false
		}})
		x := w.extract(t, command{settings: set})
		trigger.Remove()
		if revoked == nil {
			t.Fatalf("the run made fewer than %d requests", skip)
		}
		revoked.Remove()
		if x.code != 1 || strings.Count(x.stderr, "CRITICAL") != 1 || strings.Count(x.stderr, "HTTP 401") != 1 || strings.Contains(x.stderr, " WARN ") {
			t.Errorf("exit code %d\n%s", x.code, x.stderr)
		}
		if n := revoked.Hit(); concurrency == 1 && n > 3 { // the call, and whether /me is answered
			t.Errorf("%d requests after the token was revoked", n)
		}
		got := tables{}
		got.load(t, x.msgs)
		got.load(t, w.must(t, command{settings: set, state: x.state()}).msgs)
		wantSame(t, got, fresh)
	}
}

// TestScrollGoesOnWhileTheTargetTakesNothing lets nobody read the output from
// the first contact until the companies have been read to their end.
func TestScrollGoesOnWhileTheTargetTakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	begun, drained := make(chan struct{}), make(chan struct{})
	pages := 0
	w.Control(intercomtest.Fault{Path: "/companies/scroll", Times: -1, Handle: func(http.ResponseWriter, *http.Request) bool {
		switch pages++; pages {
		case 1:
			close(begun)
		case 6: // 5 pages and the empty one
			close(drained)
		}
		return false
	}})
	w.holdUntil("/contacts/search", begun)
	full := writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte(`"stream":"contacts","record"`)) {
			<-drained
		}
		return len(p), nil
	})
	x := w.must(t, command{stdout: full, settings: settings{"select": []string{"companies", "contacts"}, "page_size": 7}})
	if n := x.counts()["companies"]; n != 25 {
		t.Errorf("%d companies, want 25", n)
	}
}

// TestNextPageIsAskedForWhileDetailsAreUnderWay answers for no conversation
// before the second page of the search was asked for.
func TestNextPageIsAskedForWhileDetailsAreUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	asked := make(chan struct{})
	w.Control(intercomtest.Fault{Path: "/conversations/search", Skip: 1, Handle: func(http.ResponseWriter, *http.Request) bool {
		close(asked)
		return false
	}})
	w.holdUntil("/conversations/[0-9]*", asked)
	x := w.must(t, command{settings: settings{"select": []string{"conversations", "conversation_parts"}, "page_size": 7}})
	if n := x.counts()["conversations"]; n != 40 {
		t.Errorf("%d conversations, want 40", n)
	}
}

func TestRoomForAnswersIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, roomForAnswersIsBounded)
}

func roomForAnswersIsBounded(t *testing.T) {
	a := newAhead(3 * firstGuess)
	one, other := a.share(), a.share()
	full, cancel := context.WithCancel(t.Context())
	cancel() // take does not wait then
	var taken []int64
	for {
		n, err := one.take(full)
		if err != nil {
			break
		}
		taken = append(taken, n)
	}
	if len(taken) != 3 {
		t.Errorf("%d answers found room, want 3", len(taken))
	}
	n, err := other.take(full)
	if err != nil {
		t.Fatalf("a sequence that holds nothing must get in: %v", err)
	}
	other.settle(n, 10*firstGuess)
	if _, err := other.take(full); err == nil {
		t.Error("a second answer found room")
	}
	one.give(taken[0])
	one.give(taken[1])
	if _, err := one.take(full); err == nil {
		t.Error("an answer found the room of a large one")
	}
	taken = taken[2:]
	got := make(chan int64)
	go func() {
		n, _ := other.take(t.Context())
		got <- n
	}()
	synctest.Wait() // it finds no room
	for _, n := range taken {
		one.give(n)
	}
	other.give(10 * firstGuess)
	if n := <-got; n != 10*firstGuess {
		t.Errorf("an answer after a large one took %d, want as much as that", n)
	}
	one.close()
	other.close()
	if a.held != 0 {
		t.Errorf("%d bytes are held at the end", a.held)
	}
}
