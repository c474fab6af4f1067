package tap

import (
	"context"
	"errors"
	"fmt"

	"intercomdw/tap-intercom/intercom"
)

// ofStream is an error that concerns one stream only, though it does not look
// like it: others may be read.
type ofStream struct {
	err  error
	kind error  // what it is taken for
	way  string // out of it, "" when there is none
}

func (e *ofStream) Error() string {
	if e.way == "" {
		return e.err.Error()
	}
	return e.err.Error() + "; " + e.way
}

func (e *ofStream) Unwrap() error        { return e.err }
func (e *ofStream) Is(target error) bool { return target == e.kind }

// errOutOfOrder says that Intercom answers for one stream with errors only.
var errOutOfOrder = errors.New("out of order")

// judge finds out what an error on the way to s means. 402 and 403 concern the
// stream. So does a 401, and trouble that did not pass with any of the tries, as
// long as /me answers: otherwise nothing else will work either.
func (r *run) judge(ctx context.Context, s *stream, err error) error {
	if _, judged := errors.AsType[*ofStream](err); judged || err == nil {
		return err
	}
	if errors.Is(err, intercom.ErrForbidden) {
		return &ofStream{err, intercom.ErrForbidden, s.missing(err)}
	}
	e, answered := errors.AsType[*intercom.Error](err)
	unauthorized := errors.Is(err, intercom.ErrUnauthorized)
	switch {
	case unauthorized, answered && e.Sick(), errors.Is(err, intercom.ErrUnreachable):
	default:
		return err
	}
	if !r.opens(ctx) {
		return err
	}
	if unauthorized {
		return &ofStream{err, intercom.ErrForbidden, s.missing(err)}
	}
	return &ofStream{err, errOutOfOrder, ""}
}

// opens reports whether the token still opens /me. An app that is refused it for
// other reasons than its token reads the rest.
func (r *run) opens(ctx context.Context) bool {
	_, err := r.client.Me(ctx)
	return err == nil || meRefused(err)
}

// versionInvalid is Intercom's code for a version of the API that it does not know, or
// that does not have what is asked for.
const versionInvalid = "intercom_version_invalid"

// meRefused reports whether err is an answer for /me without which the rest can be
// read: apps that Intercom has not reviewed are refused it with 403.
func meRefused(err error) bool {
	if e, ok := errors.AsType[*intercom.Error](err); ok && e.Code == versionInvalid {
		return false // the rest is refused as well
	}
	for _, sort := range []error{intercom.ErrForbidden, intercom.ErrRefused, intercom.ErrNotFound, intercom.ErrUnusable} {
		if errors.Is(err, sort) {
			return true
		}
	}
	return false
}

// lose marks a child as unreadable. Where its list is shown in the parent, it
// stays as it came. outs are the outputs that its rows feed, none if only the
// list in the parent is wanted: their bookmarks stay where they were, and if one
// of them was asked for by name, or if it is not its cover that fails, the run
// fails when the others are read.
func (r *run) lose(child *stream, outs []*output, err error) {
	insisted := false
	for _, o := range outs {
		o.lost.Store(true)
		insisted = insisted || o.insisted
	}
	if _, known := r.refused.LoadOrStore(child.name, err); known {
		return
	}
	r.log.Warn(skipped(err), "stream", child.name, "err", err)
	if insisted || (len(outs) > 0 && !errors.Is(err, intercom.ErrForbidden)) {
		r.fail(fmt.Errorf("%s: %w", child.name, err))
	}
}

// failRefused has the run fail for children of g that were refused although they had
// been read before: that is no missing scope. It comes when the group is through,
// as the calls that were under way may still bring rows.
func (r *run) failRefused(g *group) {
	said := map[string]bool{}
	for _, o := range g.outs {
		child := o.source()
		refusal, lost := r.refused.Load(child.name)
		if !lost || said[child.name] || o.insisted || !errors.Is(refusal.(error), intercom.ErrForbidden) {
			continue
		}
		if o.came.Load() || o.initial != none {
			said[child.name] = true
			r.fail(fmt.Errorf("%s: %s: %w", child.name, readBefore, refusal.(error)))
		}
	}
}

const readBefore = "refused, though it could be read before"

// wasRead reports whether rows of the group's parent came in this run, or one of its
// streams has a bookmark of an earlier one.
func (g *group) wasRead() bool {
	for _, o := range g.outs {
		if o.reached.Load() || o.initial != none {
			return true
		}
	}
	return false
}

// refuse handles a group whose own calls were refused.
func (r *run) refuse(g *group, err error) {
	if g.parent.tells() {
		r.barred.Add(1)
	}
	r.log.Warn(skipped(err), "stream", g.parent.name, "err", err)
	switch {
	case g.insisted():
		r.fail(err)
	case g.wasRead():
		r.fail(fmt.Errorf("%s: %s: %w", g.parent.name, readBefore, err))
	}
}

// errNothingOpens is the error of a run to which everything was refused: a
// subscription that has lapsed, for one, answers 402 to all but /me. It counts
// whatever is selected, as nothing would ever be read.
var errNothingOpens = errors.New("everything is refused to this token: the app has no permission to read, or the workspace no plan that includes the API")

// nothingOpens reports whether all of the groups were refused, or all calls were.
func (r *run) nothingOpens(groups int) bool {
	n := int(r.barred.Load())
	return n > 0 && (n == groups || r.client.Served() == 0)
}

// tells reports whether reading s says that the token opens something: /me opens to
// all.
func (s *stream) tells() bool { return s.endpoint != streamNamed("workspace").endpoint }

// opensSomething asks for a row of one stream after the other until one is given:
// /me opens to tokens that open nothing else.
func (r *run) opensSomething(ctx context.Context) error {
	var last error
	asked := 0
	for i := range streams {
		s := &streams[i]
		if s.parent != "" || !s.in(r.api) || !s.probed() || !s.tells() {
			continue
		}
		_, err := r.probe(ctx, s)
		if err == nil {
			return nil
		}
		if err = r.judge(ctx, s, err); !r.ownError(err) {
			return fmt.Errorf("probe %s: %w", s.name, err)
		}
		asked++
		if errors.Is(err, intercom.ErrForbidden) {
			r.barred.Add(1)
		}
		last = fmt.Errorf("%s: %w", s.name, err)
		r.log.Debug("stream cannot be read", "stream", s.name, "err", err)
	}
	if r.nothingOpens(asked) {
		return fmt.Errorf("%w; %w", errNothingOpens, last)
	}
	return last
}

// cannot reports whether the calls of a child were refused before.
func (r *run) cannot(child *stream) bool {
	_, known := r.refused.Load(child.name)
	return known
}

// fail keeps an error that does not end the run.
func (r *run) fail(err error) {
	r.failing.Lock()
	defer r.failing.Unlock()
	r.failed = append(r.failed, err)
}

func skipped(err error) string {
	if errors.Is(err, intercom.ErrForbidden) {
		return "stream skipped: the token or the plan does not cover it"
	}
	return "stream failed, others go on"
}

// merged says which contact a vanished one went into. contact_merge_history has
// it too, when the contact that is left is read next.
func (r *run) merged(it item, err error) {
	if e, ok := errors.AsType[*intercom.Error](err); ok && e.MergedInto != "" {
		r.log.Info("contact was merged while it was read", "contact", it.id, "into", e.MergedInto)
	}
}
