package tap

import (
	"context"
	"errors"
	"fmt"
	"net/http"

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
// stream. So do a 401, and a 5xx that did not end, as long as the token opens
// /me: otherwise nothing else will work either.
func (r *run) judge(ctx context.Context, s *stream, err error) error {
	if _, judged := errors.AsType[*ofStream](err); judged || err == nil {
		return err
	}
	if errors.Is(err, intercom.ErrForbidden) {
		return &ofStream{err, intercom.ErrForbidden, s.missing(err)}
	}
	e, answered := errors.AsType[*intercom.Error](err)
	if !answered || (e.Status != http.StatusUnauthorized && e.Status < 500) {
		return err
	}
	if _, bad := r.client.Me(ctx); bad != nil {
		return err
	}
	if e.Status == http.StatusUnauthorized {
		return &ofStream{err, intercom.ErrForbidden, s.missing(err)}
	}
	return &ofStream{err, errOutOfOrder, ""}
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
	if _, known := r.refused.LoadOrStore(child.name, true); known {
		return
	}
	r.log.Warn(skipped(err), "stream", child.name, "err", err)
	if insisted || (len(outs) > 0 && !errors.Is(err, intercom.ErrForbidden)) {
		r.fail(fmt.Errorf("%s: %w", child.name, err))
	}
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
