package tap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	_ "time/tzdata" // times of reports are of the workspace's timezone

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/catalogs"
	"intercomdw/singer"
	"intercomdw/tap-intercom/intercom"
)

// dataset is a reporting data set as the workspace describes it.
type dataset struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Attributes []attribute `json:"-"` // read by themselves, in whatever wrapping they come
}

// attribute is a column of a data set. Its id need not be unique in it, but
// the qualified one is: people.Brand, conversation.Brand.
type attribute struct {
	ID        string `json:"id"`
	Qualified string `json:"qualified_id"`
	Name      string `json:"name"`
}

// reportYears is how far back reports go at most: two years, three when the
// workspace pays for it.
const reportYears = 3

// datasets asks for the data sets: they differ from workspace to workspace.
func (r *run) datasets(ctx context.Context) ([]dataset, error) {
	rows, err := r.client.All(ctx, intercom.ListRequest{Endpoint: "/export/reporting_data/get_datasets", Key: "data"})
	if err != nil {
		return nil, err
	}
	sets := make([]dataset, len(rows))
	for i, row := range rows {
		if err := sets[i].read(row); err != nil {
			return nil, fmt.Errorf("data sets: %w: %w", intercom.ErrUnusable, err)
		}
	}
	return sets, nil
}

func (d *dataset) read(row jsontext.Value) error {
	if err := json.Unmarshal(row, d, lax...); err != nil {
		return err
	}
	l, err := within(row, "attributes")
	if err != nil || l.odd {
		return cmp.Or(err, fmt.Errorf("the attributes of %q are no list", d.ID))
	}
	d.Attributes = make([]attribute, len(l.rows))
	for i, row := range l.rows {
		if err := json.Unmarshal(row, &d.Attributes[i], lax...); err != nil {
			return err
		}
	}
	return nil
}

// property is the name of a column in records: the id, where that says which.
func (d dataset) property(a attribute) string {
	same := 0
	for _, other := range d.Attributes {
		if other.ID == a.ID {
			same++
		}
	}
	if same > 1 && a.Qualified != "" {
		return a.Qualified
	}
	return a.ID
}

// addReports adds a stream for each data set.
func (r *run) addReports(ctx context.Context, t *stream, c *singer.Catalog) error {
	sets, err := r.datasets(ctx)
	err = r.judge(ctx, t, err)
	if errors.Is(err, intercom.ErrForbidden) || errors.Is(err, intercom.ErrRefused) || errors.Is(err, intercom.ErrNotFound) {
		r.log.Warn("reporting data sets cannot be listed with this token", "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("reporting data sets: %w", err)
	}
	base, err := catalogs.Schema("reporting")
	if err != nil {
		return err
	}
	for _, d := range sets {
		s := derived("reporting" + between + d.ID)
		if s == nil || c.Entry(s.name) != nil {
			continue
		}
		schema, err := d.schema(jsontext.Value(base))
		if err != nil {
			return err
		}
		e, err := s.entry(schema)
		if err != nil {
			return err
		}
		c.Streams = append(c.Streams, e)
	}
	return nil
}

// schema is base with a property for each attribute.
func (d dataset) schema(base jsontext.Value) (jsontext.Value, error) {
	found, err := pick(base, "properties")
	if err != nil {
		return nil, err
	}
	members, err := membersOf(found[0])
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	b := []byte{'{'}
	add := func(m member) {
		if have[m.name] {
			return
		}
		have[m.name] = true
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, appendName(nil, m.name)...), ':'), m.value...)
	}
	for _, m := range members {
		add(m)
	}
	for _, a := range d.Attributes {
		add(member{d.property(a), jsontext.Value(a.schema())})
	}
	return replace(base, member{"properties", append(b, '}')})
}

// schema is the type of a column. No call tells it; the first part of
// qualified ids does for times and durations.
func (a attribute) schema() string {
	switch kind, _, _ := strings.Cut(a.Qualified, "."); {
	case kind == "timestamp", a.Qualified == "" && strings.HasSuffix(a.ID, "_at"):
		return `{"type":["null","string"],"format":"date-time"}`
	case kind == "duration":
		return `{"type":["null","number"]}`
	}
	return `{"type":["null","string"]}`
}

// syncReport reads one data set by an export. Only what is selected is asked
// for.
func (r *run) syncReport(ctx context.Context, g *group) error {
	sets, err := r.datasets(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(sets, func(d dataset) bool { return d.ID == g.parent.of })
	if i < 0 {
		return fmt.Errorf("data set %q: %w", g.parent.of, intercom.ErrNotFound)
	}
	rep := report{run: r, out: g.outs[0], set: sets[i], zone: r.zone}
	var ids []string
	for _, a := range rep.set.Attributes {
		if m := rep.out.shape.members[rep.set.property(a)]; m != nil && !m.unwanted {
			id := a.Qualified
			if id == "" {
				id = a.ID
			}
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		r.log.Info("nothing to read: no attribute is selected", "stream", g.parent.name)
		return r.writeState()
	}
	return r.syncExport(ctx, g, export{
		start: "/export/reporting_data/enqueue", status: "/export/reporting_data/{id}", download: "/download/reporting_data/{id}",
		body: func(from, to int64) any {
			return map[string]any{"dataset_id": rep.set.ID, "attribute_ids": ids, "start_time": from, "end_time": to}
		},
		// A client_id is described as wanted, and others do without.
		params: func(id string) url.Values { return url.Values{"app_id": {r.app}, "job_identifier": {id}} },
		read:   rep.read, earliest: dayOf(time.Unix(r.upper, 0).UTC().AddDate(-reportYears, 0, 0).Unix()),
	})
}

// report is a data set on its way.
type report struct {
	run  *run
	out  *output
	set  dataset
	zone *time.Location // of times that do not say theirs
}

// read writes the rows of a CSV. Its columns may be called by id, by qualified
// id or by name: each has been seen.
func (p report) read(ctx context.Context, _ string, rd io.Reader, to int64) (int64, error) {
	called := map[string]string{}
	for _, a := range p.set.Attributes {
		property := p.set.property(a)
		for _, name := range []string{a.Name, a.ID, a.Qualified} {
			called[name] = property
		}
	}
	var names, given []string
	var b []byte
	until := jsontext.Value(`"` + timeText(dayOf(to)) + `"`)
	return eachRow(ctx, rd, func(line row) error {
		if names == nil {
			given = line.columns
			names = make([]string, len(given))
			for i, column := range given {
				names[i] = column
				if property, known := called[column]; known {
					names[i] = property
				}
			}
		}
		line.columns = names
		for i, name := range names {
			if i < len(line.values) {
				if m := p.out.shape.members[name]; m != nil && m.kind == instant {
					line.values[i] = p.utc(line.values[i])
				}
			}
		}
		b = line.object(b[:0], nil)
		return p.run.record(p.out, b, member{"row_id", p.key(line)}, member{"exported_until", until})
	})
}

// key is the id of what a row is about, where the data set is of such things,
// as conversations; otherwise rows have none, and it is made from the row.
func (p report) key(line row) jsontext.Value {
	own := p.set.ID + "_id"
	if i := slices.Index(line.columns, own); i >= 0 && i < len(line.values) && line.values[i] != "" {
		return jsontext.Value(appendName(nil, line.values[i]))
	}
	return line.id(p.set.ID, func(string) bool { return true })
}

// utc gives a time of the workspace's timezone its place in the world. What
// says where it is, or is no such time, stays as it is.
func (p report) utc(text string) string {
	if p.zone == nil {
		return text
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, p.zone); err == nil {
			return at.UTC().Format(time.RFC3339)
		}
	}
	return text
}
