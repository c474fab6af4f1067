package tap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"

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

// ask completes c with what only the workspace knows.
func (t tap) ask(ctx context.Context, p *program.Run[Config], c *singer.Catalog) error {
	little := p.Config
	little.PageSize = 1 // one row of a search says as much as 150
	client, err := little.client(t.outside.impatient(), p.Log, p.Version, nil)
	if err != nil {
		return err
	}
	r := p.Config.run(client, io.Discard, new(singer.State), p.Log, t.outside)
	if err := r.begin(ctx, &p.Config); err != nil {
		return err
	}
	r.warnElsewhere()
	for i := range templates {
		if t := &templates[i]; t.in(r.api) {
			if err := r.addOf(ctx, t, &p.Config, c); err != nil {
				return err
			}
		}
	}
	if err := r.markUnreadable(ctx, c); err != nil {
		return err
	}
	if p.Config.CustomAttributes != "typed" {
		return nil
	}
	return r.typeAttributes(ctx, c, func(*singer.CatalogEntry) bool { return true }, func(_ *singer.CatalogEntry, err error) error { return err })
}

// markUnreadable asks for one row of each stream, and marks those that the
// token, or the plan, does not cover. What cannot be read cannot be asked for
// the rows of its children either; those of a workspace that has no row to ask
// with are taken for readable.
func (r *run) markUnreadable(ctx context.Context, c *singer.Catalog) error {
	for i := range streams {
		s := &streams[i]
		if s.parent != "" || !s.in(r.api) {
			continue
		}
		row, err := r.probe(ctx, s)
		if err = r.judge(ctx, s, err); err != nil && !r.ownError(err) {
			return fmt.Errorf("probe %s: %w", s.name, err)
		}
		r.mark(c, s, err)
		for _, child := range childrenOf(s.name) {
			if err != nil {
				r.mark(c, child, err)
				continue
			}
			refusal := r.judge(ctx, child, r.probeChild(ctx, child, row))
			switch {
			case errors.Is(refusal, intercom.ErrForbidden):
				r.mark(c, child, refusal)
				for _, inner := range childrenOf(s.name) {
					if inner.beside == child.name {
						r.mark(c, inner, refusal)
					}
				}
			case refusal != nil && !r.ownError(refusal):
				return fmt.Errorf("probe %s: %w", child.name, refusal)
			}
		}
	}
	return nil
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
	case configured, exported:
		return nil, nil // without an id there is nothing to ask for, and an export is dear
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
