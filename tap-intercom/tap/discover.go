package tap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/go-json-experiment/json"

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
	if !p.Config.AccessToken.IsZero() {
		if err := t.ask(ctx, p, c); err != nil {
			return err
		}
	}
	if _, err := choose(c, p.Config.Select); err != nil {
		return &program.UsageError{Err: err}
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
	client, err := p.Config.client(t.outside, p.Log, p.Version, nil)
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
		if s.parent != "" {
			continue
		}
		err := r.probe(ctx, s)
		if err == nil {
			continue
		}
		if !errors.Is(err, intercom.ErrForbidden) {
			return fmt.Errorf("probe %s: %w", s.name, err)
		}
		r.log.Warn("stream cannot be read with this token", "stream", s.name, "err", err)
		reason, _ := json.Marshal(err.Error()) // any string marshals
		for _, e := range c.Streams {
			if e.TapStreamID != s.name && streamNamed(e.TapStreamID).parent != s.name {
				continue
			}
			root := e.At()
			root.Inclusion = singer.Unsupported
			root.SelectedByDefault = singer.NewBool(false)
			root.Others = []byte(`{"unsupported-reason":` + string(reason) + `}`)
		}
	}
	return nil
}

// probe asks for as little of a stream as can be asked for.
func (r *run) probe(ctx context.Context, s *stream) error {
	if s.dialect == search {
		for _, err := range r.client.Search(ctx, s.searchRequest(r.upper, r.upper, false)) {
			return err
		}
		return nil
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
