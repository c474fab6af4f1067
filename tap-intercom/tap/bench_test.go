package tap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/tap-intercom/intercomtest"
)

// rowsOf are rows of a workspace as a search gives them.
func rowsOf(b *testing.B, path, key string) []jsontext.Value {
	b.Helper()
	w := newWorld(b, intercomtest.Options{Contacts: 300, Conversations: 300})
	body := `{"query":{"field":"updated_at","operator":">","value":0},"pagination":{"per_page":150},"sort":{"field":"updated_at","order":"ascending"}}`
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, w.URL+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer t")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	found, err := pick(raw, key)
	if err != nil {
		b.Fatal(err)
	}
	rows, err := elements(found[0])
	if err != nil || len(rows) != 150 {
		b.Fatalf("%d rows, %v: %.200s", len(rows), err, raw)
	}
	return rows
}

func BenchmarkTransform(b *testing.B) {
	for _, bm := range []struct{ stream, path, key string }{
		{"contacts", "/contacts/search", "data"},
		{"conversations", "/conversations/search", "conversations"},
	} {
		b.Run(bm.stream, func(b *testing.B) {
			rows := rowsOf(b, bm.path, bm.key)
			c, err := newCatalog(false)
			if err != nil {
				b.Fatal(err)
			}
			o, err := newOutput(streamNamed(bm.stream), c.Entry(bm.stream), false)
			if err != nil {
				b.Fatal(err)
			}
			size := 0
			for _, row := range rows {
				size += len(row)
			}
			b.SetBytes(int64(size / len(rows)))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := o.transform.record(rows[i%len(rows)], ""); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// BenchmarkTap is a whole run over contacts and the tables that hang on them,
// against a server that only hands out prepared pages: what is measured is the
// tap, its HTTP client and its output.
func BenchmarkTap(b *testing.B) {
	const pages = 40
	rows := rowsOf(b, "/contacts/search", "data")
	bodies := make([][]byte, pages)
	size := 0
	for p := range bodies {
		var page bytes.Buffer
		page.WriteString(`{"type":"list","data":[`)
		for i, row := range rows {
			if i > 0 {
				page.WriteByte(',')
			}
			row, err := replace(row, member{"id", jsontext.Value(fmt.Sprintf(`"%024d"`, p*len(rows)+i))},
				member{"updated_at", jsontext.Value(strconv.Itoa(1_700_000_000 + p*len(rows) + i))})
			if err != nil {
				b.Fatal(err)
			}
			// No list is cut off: calls for the rest are another matter.
			page.Write(bytes.ReplaceAll(row, []byte(`"has_more":true`), []byte(`"has_more":false`)))
		}
		next := "null"
		if p+1 < pages {
			next = fmt.Sprintf(`{"page":%d,"starting_after":"%d"}`, p+2, p+1)
		}
		fmt.Fprintf(&page, `],"total_count":%d,"pages":{"type":"pages","next":%s}}`, pages*len(rows), next)
		bodies[p] = page.Bytes()
		size += page.Len()
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/me":
			fmt.Fprint(w, `{"type":"admin","app":{"id_code":"x"}}`)
		case "/contacts/search":
			raw, _ := io.ReadAll(r.Body)
			_, rest, _ := strings.Cut(string(raw), `"starting_after":"`)
			cursor, _, _ := strings.Cut(rest, `"`)
			p, _ := strconv.Atoi(cursor)
			_, _ = w.Write(bodies[p])
		default:
			fmt.Fprint(w, `{"data":[]}`)
		}
	}))
	defer s.Close()

	p := newProgram("bench", outside{now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	config, err := p.DecodeConfig([]byte(`{"access_token":"t","base_url":"` + s.URL + `","select":["contacts","contact_tags","contact_companies"]}`))
	if err != nil {
		b.Fatal(err)
	}
	var records int64
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		c, named, err := readCatalog(&config, program.NewFlags(nil), slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		client, err := config.client(outside{}, nil, "bench", nil)
		if err != nil {
			b.Fatal(err)
		}
		r := config.run(client, io.Discard, new(singer.State), slog.New(slog.DiscardHandler), outside{})
		r.progress = func(_ string, n, _ int64) { records += n }
		if err := r.catalog(context.Background(), &config, c, named); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
