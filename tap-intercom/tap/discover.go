package tap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercom"
)

// discover prints the catalog. Without a token it is what this program knows;
// with one, the custom attributes get the types the workspace declares, and
// streams that the token cannot read are marked unsupported, with the reason.
func (t tap) discover(ctx context.Context, p *program.Run[Config]) error {
	c, err := newCatalog(p.Config.CustomAttributes == "json")
	if err != nil {
		return err
	}
	if err := addNamed(c, p.Config.CustomAttributes == "json", p.Config.toldTypes()...); err != nil {
		return err
	}
	if !p.Config.AccessToken.IsZero() {
		if err := t.ask(ctx, p, c); err != nil {
			return err
		}
	}
	if _, err := choose(c, p.Config.Select); err != nil {
		return &program.UsageError{Err: err}
	}
	if left := leaveOut(c, p.Config.APIVersion); len(left) > 0 {
		p.Log.Info("streams left out: this version of the API does not have them", "api_version", p.Config.APIVersion, "streams", left)
	}
	for _, e := range c.Streams {
		if s := streamNamed(e.TapStreamID); s.off && !e.Selected() {
			p.Log.Info("stream is off unless selected", "stream", s.name, "cost", s.cost)
		}
	}
	b, err := c.Marshal()
	if err != nil {
		return err
	}
	if _, err := p.Stdout.Write(b); err != nil {
		return fmt.Errorf("write catalog: %w", err)
	}
	return nil
}

// askingTime bounds how long discovery waits for the first answer, of /me, before
// it makes do without any: Meltano discovers before each run.
const askingTime = 15 * time.Second

// errNoAnswer is the cause of its end.
var errNoAnswer = fmt.Errorf("no answer within %v", askingTime)

// little is c for somebody who waits: one row of a search says as much as 150.
func (c Config) little() Config {
	c.PageSize = 1
	c.RequestTimeout = min(c.RequestTimeout, 30)
	return c
}

// ask completes c with what only the workspace knows. A call that is not answered
// leaves what it was to tell as it is known without, and so does a network that is
// not there. A token that opens nothing is an error.
func (t tap) ask(ctx context.Context, p *program.Run[Config], c *singer.Catalog) error {
	little := p.Config.little()
	client, err := little.client(t.outside.impatient(), p.Log, p.Version, nil)
	if err != nil {
		return err
	}
	r := p.Config.run(client, io.Discard, new(singer.State), p.Log, t.outside)
	waiting, cancel := context.WithTimeoutCause(ctx, askingTime, errNoAnswer)
	defer cancel()
	if err := r.begin(waiting, &p.Config); err != nil {
		if ctx.Err() != nil || !outOfReach(err) {
			return err
		}
		r.log.Warn("Intercom does not answer: the catalog is what is known without asking", "err", err)
		return nil
	}
	r.warnElsewhere()
	err = r.complete(ctx, &p.Config, c)
	if errors.Is(err, errSilent) {
		r.log.Warn("Intercom does not answer any more: the rest of the catalog is what is known without asking", "err", err)
		return nil
	}
	return err
}

// outOfReach reports whether err says nothing of the token or the request: there was
// no answer, or none of Intercom's own making.
func outOfReach(err error) bool {
	e, answered := errors.AsType[*intercom.Error](err)
	return errors.Is(err, intercom.ErrUnreachable) || errors.Is(err, errNoAnswer) || answered && e.Sick()
}

// errSilent says that no further call would be answered either.
var errSilent = errors.New("out of reach")

// complete asks for one thing after the other.
func (r *run) complete(ctx context.Context, config *Config, c *singer.Catalog) error {
	for i := range templates {
		t := &templates[i]
		if !t.in(r.api) {
			continue
		}
		if err := r.passOver(ctx, r.addOf(ctx, t, config, c), "streams of this kind are not listed", t.name); err != nil {
			return err
		}
	}
	if err := r.markUnreadable(ctx, c); err != nil {
		return err
	}
	if config.CustomAttributes != "typed" {
		return nil
	}
	untyped := func(e *singer.CatalogEntry, err error) error {
		return r.passOver(ctx, err, "custom attributes stay untyped", e.TapStreamID)
	}
	return r.typeAttributes(ctx, c, func(*singer.CatalogEntry) bool { return true }, untyped)
}

// passOver warns of a call that was not answered as it should, and goes on. It
// returns what ends discovery: the end of ctx, a token that is revoked, and errSilent.
func (r *run) passOver(ctx context.Context, err error, message, stream string) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, errors.Is(err, errSilent):
		return err
	case r.ownError(err):
		r.log.Warn(message, "stream", stream, "err", err)
		return nil
	case errors.Is(err, intercom.ErrUnauthorized):
		return err
	}
	return fmt.Errorf("%w: %w", errSilent, err)
}

// probed reports whether discovery asks for a row of s. Without an id there is
// nothing to ask for, and an export is dear.
func (s *stream) probed() bool { return s.dialect != configured && s.dialect != exported }

// markUnreadable asks for one row of each stream, and marks those that the
// token, or the plan, does not cover. What cannot be read cannot be asked for
// the rows of its children either; those of a workspace that has no row to ask
// with are taken for readable, and so is what there was no answer about.
func (r *run) markUnreadable(ctx context.Context, c *singer.Catalog) error {
	const taken = "stream could not be tried: it is taken for readable"
	asked := 0
	var refusal error
	for i := range streams {
		s := &streams[i]
		if s.parent != "" || !s.in(r.api) || !s.probed() {
			continue
		}
		if s.tells() {
			asked++
		}
		row, err := r.probe(ctx, s)
		err = r.judge(ctx, s, err)
		if unreadable(err) {
			if s.tells() {
				r.barred.Add(1)
				refusal = err
			}
			r.mark(c, s, err)
			for _, child := range childrenOf(s.name) {
				r.mark(c, child, err)
			}
			continue
		}
		if err := r.passOver(ctx, err, taken, s.name); err != nil {
			return err
		}
		for _, child := range childrenOf(s.name) {
			err := r.judge(ctx, child, r.probeChild(ctx, child, row))
			switch {
			case unreadable(err):
				r.mark(c, child, err)
				for _, inner := range childrenOf(s.name) {
					if inner.beside == child.name {
						r.mark(c, inner, err)
					}
				}
			case errors.Is(err, intercom.ErrNotFound), errors.Is(err, intercom.ErrGone):
				r.log.Debug("row is gone", "stream", child.name, "err", err)
			default:
				if err := r.passOver(ctx, err, taken, child.name); err != nil {
					return err
				}
			}
		}
	}
	if r.nothingOpens(asked) {
		return fmt.Errorf("%w; %w", errNothingOpens, refusal)
	}
	return nil
}

// unreadable reports whether err is about the token, the plan or the version of the
// API, and not about the day.
func unreadable(err error) bool {
	e, ok := errors.AsType[*intercom.Error](err)
	return errors.Is(err, intercom.ErrForbidden) || ok && e.Code == versionInvalid
}

// mark notes in c that s cannot be read, unless err is nil.
func (r *run) mark(c *singer.Catalog, s *stream, err error) {
	e := c.Entry(s.name)
	if err == nil || e == nil {
		return
	}
	r.log.Warn("stream cannot be read with this token", "stream", s.name, "err", err)
	root := e.At()
	root.Inclusion = singer.Unsupported
	root.SelectedByDefault = singer.NewBool(false)
	root.Others = note("cost", s.cost, "unsupported-reason", err.Error())
}

// probe asks for as little of a stream as can be asked for, and returns a row,
// if there is one.
func (r *run) probe(ctx context.Context, s *stream) (row jsontext.Value, err error) {
	var pages iter.Seq2[intercom.Page, error]
	switch s.dialect {
	case single:
		return r.client.Object(ctx, s.endpoint, "", nil)
	case search:
		pages = r.client.Search(ctx, s.searchRequest(s.query(), 0, r.upper, false))
	default:
		request := s.listRequest()
		if s.dialect == logged {
			request.Params.Set("created_at_after", strconv.FormatInt(r.upper, 10))
		}
		if s.probe != "" {
			// A scroll would keep every other integration of the app out for a minute.
			request.Endpoint, request.Params = s.probe, url.Values{"per_page": {"1"}}
		}
		pages = r.client.List(ctx, request)
	}
	for p, err := range pages {
		if len(p.Items) > 0 {
			row = p.Items[0]
		}
		return row, err
	}
	return nil, nil
}

// probeChild asks for what a child calls for, of a row of its parent.
func (r *run) probeChild(ctx context.Context, child *stream, row jsontext.Value) error {
	if child.endpoint == "" || child.dialect == deep || row == nil {
		return nil
	}
	it, err := newItem(row, "")
	if err != nil || it.id == "" {
		return err
	}
	if child.dialect == together {
		by, err := pick(row, child.by)
		if err != nil || len(by[0]) == 0 || by[0].Kind() == 'n' {
			return err
		}
		_, err = r.client.Find(ctx, child.findRequest([]string{unquoted(by[0])}))
		return err
	}
	if child.dialect == detail {
		_, err := r.client.Object(ctx, child.endpoint, it.id, nil)
		return err
	}
	for _, err := range r.client.List(ctx, child.childRequest(it.id)) {
		return err
	}
	return nil
}
