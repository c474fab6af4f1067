package tap

import (
	"context"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/tap-intercom/intercom"
)

// known are the ids that settings name, by the stream that is read with them:
// no call lists them.
func (c *Config) known() map[string][]string {
	return map[string][]string{
		"message_statuses": c.MessageRulesetIDs,
		"workflow_exports": c.WorkflowIDs,
	}
}

// syncConfigured reads, for each id of the settings, a list or one object.
// Without ids there is nothing to ask for. An id that does not exist does not
// keep the others from being read.
func (r *run) syncConfigured(ctx context.Context, g *group) error {
	s := g.parent
	ids := slices.Clone(r.known[s.name])
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		r.log.Info("nothing to read: no ids are set", "stream", s.name, "setting", s.setting)
		return r.writeState()
	}
	g.version++
	for _, id := range ids {
		err := r.configured(ctx, g, id)
		if errors.Is(err, intercom.ErrNotFound) {
			r.log.Warn("there is nothing with this id", "stream", s.name, "setting", s.setting, "id", id)
			continue
		}
		if err != nil {
			return err
		}
	}
	if err := r.activate(g, true); err != nil {
		return err
	}
	return r.finish(g)
}

// configured reads what belongs to one id. Its rows begin with the id.
func (r *run) configured(ctx context.Context, g *group, id string) error {
	s := g.parent
	quoted, err := jsontext.AppendQuote(nil, id)
	if err != nil {
		return err
	}
	lead := member{s.ofID, quoted}
	if s.items == "" {
		row, err := r.client.Object(ctx, s.endpoint, id, holds("workflow"))
		if err != nil {
			return err
		}
		return r.page(ctx, g, []jsontext.Value{withLead(row, lead)}, nil)
	}
	for p, err := range r.client.List(ctx, s.childRequest(id)) {
		if err != nil {
			return err
		}
		for i, row := range p.Items {
			p.Items[i] = withLead(row, lead)
		}
		if err := r.page(ctx, g, p.Items, nil); err != nil {
			return err
		}
	}
	return nil
}

// withLead returns the object row with one more member, which comes first.
func withLead(row jsontext.Value, lead member) jsontext.Value {
	if row.Kind() != '{' {
		return row
	}
	out := append(append(append([]byte{'{'}, appendName(nil, lead.name)...), ':'), lead.value...)
	if rest := row[1:]; len(rest) > 0 && rest.Kind() != '}' {
		out = append(out, ',')
	}
	return append(out, row[1:]...)
}
