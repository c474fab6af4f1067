package tap

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// contentExport is the prefix of the streams that a content export is made of.
const contentExport = "content_export__"

// exportFile tells the kind of a file from its name: receipt_20260102-030405.csv
// in exports that others have loaded, receipts_YYYYMMDD_hhmmss.csv in the
// reference of API 2.6.
var exportFile = regexp.MustCompile(`^(.*?)[_-]*\d{8}[_-]\d{6}\.csv$`)

// syncContent reads the export of outbound messages: one job brings a file for
// each of the streams.
func (r *run) syncContent(ctx context.Context, g *group) error {
	return r.syncExport(ctx, g, export{
		start: "/export/content/data", status: "/export/content/data/{id}", download: "/download/content/data/{id}",
		body: func(from, to int64) any {
			return map[string]int64{"created_at_after": from, "created_at_before": to}
		},
		read: func(ctx context.Context, file string, rd io.Reader, to int64) (int64, error) {
			return r.contentFile(ctx, g, file, rd, to)
		},
	})
}

// contentFile reads one file of an export.
func (r *run) contentFile(ctx context.Context, g *group, file string, rd io.Reader, to int64) (int64, error) {
	kind := strings.TrimSuffix(path.Base(file), ".csv")
	if found := exportFile.FindStringSubmatch(path.Base(file)); found != nil {
		kind = found[1]
	}
	s := streamNamed(contentExport + kind)
	if s == nil {
		s = streamNamed(contentExport + strings.TrimSuffix(kind, "s"))
	}
	known := s != nil
	if !known {
		s = streamNamed(contentExport + "other")
	}
	o := g.outputOf(s.name)
	if o == nil {
		if !known {
			r.log.Info("a file of a kind that has no stream of its own: content_export__other has its rows", "file", file)
		}
		return eachRow(ctx, rd, func(row) error { return nil }) // they count
	}
	var b []byte
	until := jsontext.Value(`"` + timeText(dayOf(to)) + `"`)
	return eachRow(ctx, rd, func(line row) error {
		// So the reference spells it.
		if i := slices.Index(line.columns, "first_dismisall"); i >= 0 {
			line.columns[i] = "first_dismissal"
		}
		if !known {
			return r.otherRow(o, kind, line, until)
		}
		b = line.object(b[:0], o.keys)
		return r.record(o, b, member{"row_id", line.id(kind, func(column string) bool { return o.shape.members[column] != nil })})
	})
}

// otherRow writes a row of a kind whose columns nobody has described.
func (r *run) otherRow(o *output, kind string, line row, until jsontext.Value) error {
	columns := line.object(nil, nil)
	receipt, err := pick(columns, "receipt_id")
	if err != nil {
		return err
	}
	raw := append([]byte(`{"columns":`), columns...)
	return r.record(o, append(raw, '}'),
		member{"kind", appendName(nil, kind)}, member{"row_id", line.id(kind, func(string) bool { return true })},
		member{"receipt_id", receipt[0]}, member{"exported_until", until})
}

// id is made from what a row says: what happened to a message has no id of its
// own, and is the same whenever it is exported. Rows that are alike in all of
// wanted columns are one.
func (r row) id(kind string, wanted func(column string) bool) jsontext.Value {
	var parts []string
	for i, name := range r.columns {
		if i < len(r.values) && r.values[i] != "" && wanted(name) {
			parts = append(parts, name+"\x00"+r.values[i])
		}
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.Join(parts, "\x00")))
	return jsontext.Value(`"` + hex.EncodeToString(sum[:16]) + `"`)
}

// outputOf returns the output of a selected stream by its name.
func (g *group) outputOf(name string) *output {
	for _, o := range g.outs {
		if o.name == name {
			return o
		}
	}
	return nil
}
