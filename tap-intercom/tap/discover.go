package tap

import (
	"context"
	"fmt"
	"io"
	"net/url"

	"intercomdw/singer"
	"intercomdw/singer/program"
)

// discover prints the catalog. Without a token it is what this program knows;
// with one, the custom attributes get the types the workspace declares, and
// streams that the token cannot read are marked unsupported, with the reason.
func (t tap) discover(ctx context.Context, p *program.Run[Config]) error {
	c, err := newCatalog(p.Config.CustomAttributes == "json")
	if err != nil {
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
	client, err := p.Config.client(t.outside.impatient(), p.Log, p.Version, nil)
	if err != nil {
		return err
	}
	r := p.Config.run(client, io.Discard, new(singer.State), p.Log, t.outside.clock())
	if err := r.begin(ctx, &p.Config); err != nil {
		return err
	}
	if err := r.markUnreadable(ctx, c); err != nil {
		return err
	}
	if p.Config.CustomAttributes != "typed" {
		return nil
	}
	return r.typeAttributes(ctx, c, func(*singer.CatalogEntry) bool { return true })
}

// markUnreadable asks for one row of each stream of its own and marks those
// that the token, or the plan, does not cover, with their children.
func (r *run) markUnreadable(ctx context.Context, c *singer.Catalog) error {
	for i := range streams {
		s := &streams[i]
		if s.parent != "" || !s.in(r.api) {
			continue
		}
		err := r.probe(ctx, s)
		if err == nil {
			continue
		}
		if !r.ownError(err) {
			return fmt.Errorf("probe %s: %w", s.name, err)
		}
		r.log.Warn("stream cannot be read with this token", "stream", s.name, "err", err)
		for _, e := range c.Streams {
			if e.TapStreamID != s.name && streamNamed(e.TapStreamID).parent != s.name {
				continue
			}
			root := e.At()
			root.Inclusion = singer.Unsupported
			root.SelectedByDefault = singer.NewBool(false)
			root.Others = streamNamed(e.TapStreamID).note("cost", streamNamed(e.TapStreamID).cost, "unsupported-reason", err.Error())
		}
	}
	return nil
}

// probe asks for as little of a stream as can be asked for.
func (r *run) probe(ctx context.Context, s *stream) error {
	switch s.dialect {
	case search:
		for _, err := range r.client.Search(ctx, s.searchRequest(s.query(), r.upper, r.upper, false)) {
			return err
		}
		return nil
	case single:
		_, err := r.client.Object(ctx, s.endpoint, "", nil)
		return err
	}
	request := s.listRequest()
	if s.probe != "" {
		// A scroll would keep every other integration of the app out for a minute.
		request.Endpoint, request.Params = s.probe, url.Values{"per_page": {"1"}}
	}
	for _, err := range r.client.List(ctx, request) {
		return err
	}
	return nil
}
