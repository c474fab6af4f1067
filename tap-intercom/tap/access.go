package tap

import (
	"context"
	"errors"
	"fmt"

	"intercomdw/tap-intercom/intercom"
)

// withheld is a refusal that concerns one stream only: the scopes of the token
// or the plan of the workspace do not cover it.
type withheld struct {
	err error
	way string // out of it
}

func (e *withheld) Error() string        { return e.err.Error() + "; " + e.way }
func (e *withheld) Unwrap() error        { return e.err }
func (e *withheld) Is(target error) bool { return target == intercom.ErrForbidden }

// judge finds out what a refusal on the way to s means. 402 and 403 concern the
// stream. So does a 401 as long as the token still opens /me: otherwise it is
// no good any more, and nothing else will work either.
func (r *run) judge(ctx context.Context, s *stream, err error) error {
	already, known := errors.AsType[*withheld](err)
	switch {
	case known && already != nil:
		return err
	case errors.Is(err, intercom.ErrForbidden):
		return &withheld{err, s.missing(err)}
	case errors.Is(err, intercom.ErrUnauthorized):
		if _, bad := r.client.Me(ctx); bad == nil {
			return &withheld{err, s.missing(err)}
		}
	}
	return err
}

// lose marks a child as unreadable. Where its list is shown in the parent, it
// stays as it came. o is its output, nil if it is not selected: the bookmark
// stays where it was, and if the child was asked for by name, or if the requests
// for it are wrong, the run fails when the others are read.
func (r *run) lose(child *stream, o *output, err error) {
	if o != nil {
		o.lost.Store(true)
	}
	if _, known := r.refused.LoadOrStore(child.name, true); known {
		return
	}
	r.log.Warn(skipped(err), "stream", child.name, "err", err)
	if o != nil && (o.insisted || !errors.Is(err, intercom.ErrForbidden)) {
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
