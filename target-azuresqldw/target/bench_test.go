package target

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"intercomdw/singer"
	"intercomdw/singer/secret"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
)

// contactsSchema is of the width and kinds of an Intercom contact.
func contactsSchema() string {
	var b strings.Builder
	b.WriteString(`{"type":"SCHEMA","stream":"contacts","key_properties":["id"],"schema":{"type":"object","properties":{"id":{"type":["null","string"]}`)
	for _, name := range []string{"external_id", "role", "email", "phone", "name", "avatar", "browser", "browser_version", "browser_language", "os", "language_override", "sms_consent"} {
		fmt.Fprintf(&b, `,"%s":{"type":["null","string"]}`, name)
	}
	for _, name := range []string{"created_at", "updated_at", "signed_up_at", "last_seen_at", "last_replied_at", "last_contacted_at", "last_email_opened_at", "last_email_clicked_at"} {
		fmt.Fprintf(&b, `,"%s":{"type":["null","string"],"format":"date-time"}`, name)
	}
	b.WriteString(`,"owner_id":{"type":["null","integer"]},"score":{"type":["null","number"]},"has_hard_bounced":{"type":["null","boolean"]},"unsubscribed_from_emails":{"type":["null","boolean"]}`)
	b.WriteString(`,"location":{"type":["null","object"],"properties":{"country":{"type":["null","string"]},"region":{"type":["null","string"]},"city":{"type":["null","string"]}}}`)
	b.WriteString(`,"custom_attributes":{"type":["null","object"],"properties":{"plan":{"type":["null","string"]},"seats":{"type":["null","integer"]},"bio":{"type":["null","string"]}}}`)
	b.WriteString(`,"tags":{"type":["null","array"],"items":{"type":["null","object"],"properties":{"id":{"type":["null","string"]},"name":{"type":["null","string"]}}}}}}}`)
	return b.String()
}

// contacts writes n records of 1.27 KB each on average; the same ones every time.
func contacts(w io.Writer, n int) {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the team has asked whether this export could hold every message that was sent since spring so that nothing is lost when they move")
	text := func(n int) string {
		var b strings.Builder
		for b.Len() < n {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
			if r.IntN(12) == 0 {
				b.WriteString(`\"caf\u00e9\" `)
			}
		}
		return b.String()
	}
	at := func() string {
		return time.Unix(1_600_000_000+r.Int64N(100_000_000), 0).UTC().Format(time.RFC3339)
	}
	fmt.Fprintln(w, contactsSchema())
	for i := range n {
		fmt.Fprintf(w, `{"type":"RECORD","stream":"contacts","record":{"id":"%024x","external_id":"%d","role":"user","email":"user%d@example.com","phone":null,"name":"User %d","avatar":"https://example.com/avatars/%d.png","browser":"chrome","browser_version":"120.0.%d","browser_language":"en","os":"Linux","language_override":null,"sms_consent":"false",`,
			r.Uint64(), i, i, i, r.IntN(1e6), r.IntN(1e4))
		fmt.Fprintf(w, `"created_at":"%s","updated_at":"%s","signed_up_at":"%s","last_seen_at":"%s","last_replied_at":null,"last_contacted_at":"%s","last_email_opened_at":null,"last_email_clicked_at":null,`, at(), at(), at(), at(), at())
		fmt.Fprintf(w, `"owner_id":%d,"score":%d.%02d,"has_hard_bounced":false,"unsubscribed_from_emails":true,"location":{"country":"Ireland","region":"Leinster","city":"Dublin"},"custom_attributes":{"plan":"pro","seats":%d,"bio":"%s"}`,
			r.IntN(1e6), r.IntN(100), r.IntN(100), r.IntN(500), text(357))
		if i%4 == 0 {
			fmt.Fprintf(w, `,"tags":[{"id":"%d","name":"vip"},{"id":"%d","name":"trial"}]`, r.IntN(100), r.IntN(100))
		}
		fmt.Fprintf(w, "},\"time_extracted\":\"%s\"}\n", at())
		if i%1000 == 999 {
			fmt.Fprintf(w, `{"type":"STATE","value":{"bookmarks":{"contacts":{"at":%d}}}}`+"\n", i)
		}
	}
}

func contactLines(n int) []byte {
	var b bytes.Buffer
	contacts(&b, n)
	return b.Bytes()
}

// BenchmarkRows is one worker's part: validated records become rows.
func BenchmarkRows(b *testing.B) {
	for _, validate := range []bool{false, true} {
		b.Run(fmt.Sprintf("validate=%v", validate), func(b *testing.B) {
			d := singer.NewDecoder(bytes.NewReader(contactLines(500)), singer.DecoderOptions{})
			m, err := d.Decode()
			if err != nil {
				b.Fatal(err)
			}
			schema, err := singer.ParseSchema(m.Schema)
			if err != nil {
				b.Fatal(err)
			}
			p := &plan{generation: 1, keys: m.KeyProperties}
			if validate {
				if p.validator, err = singer.NewValidator(bytes.Clone(m.Schema)); err != nil {
					b.Fatal(err)
				}
			}
			l := newLayout(layoutOptions{metadata: true}, newMapping(nil, nil))
			s := &stream{name: "contacts"}
			if err := l.declare(s, schema, m.KeyProperties); err != nil {
				b.Fatal(err)
			}
			work := &batch{}
			size := 0
			for m, err = d.Decode(); err == nil; m, err = d.Decode() {
				if m.Kind == singer.KindRecord {
					work.records = append(work.records, record{stream: s, plan: p, raw: bytes.Clone(m.Record), line: m.Line, extracted: m.TimeExtracted})
					size += len(m.Record)
				}
			}
			r := newRower(l, 0, synapse.EmptyNative)
			r.extend = true
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				work.made = 0
				work.out.free, work.out.chunks = append(work.out.free, work.out.chunks...), work.out.chunks[:0]
				r.rows(work, time.Time{})
				if work.err != nil || work.made != len(work.records) {
					b.Fatal(work.err, work.made)
				}
			}
			b.ReportMetric(float64(len(work.records)*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkCompress is what staging does to rows: gzip, and blocks to a storage account that takes them and keeps nothing.
func BenchmarkCompress(b *testing.B) {
	rows := benchRows(b)
	files := emptyStorage(b)
	b.SetBytes(int64(len(rows)) * 16)
	b.ReportAllocs()
	for b.Loop() {
		parts := files.NewParts(b.Context(), "a")
		for range 16 {
			if _, err := parts.Write(rows); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := parts.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func benchRows(b *testing.B) []byte {
	var rows []byte
	p := benchPipeline(b, emptyStorage(b))
	p.deliver = func(_ context.Context, l *load) error {
		for t := range l.tables() {
			for _, part := range t.parts {
				rows = append(rows, part.rest...)
			}
		}
		return nil
	}
	if err := p.do(b.Context(), bytes.NewReader(contactLines(1000)), 0); err != nil {
		b.Fatal(err)
	}
	return rows
}

// emptyStorage answers as a storage account does and keeps nothing.
func emptyStorage(tb testing.TB) *stage.Container {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
	}))
	tb.Cleanup(server.Close)
	files, err := stage.Open(stage.Options{Endpoint: server.URL + "/account", Container: "c", AccountKey: secret.New("a2V5"), Level: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// benchPipeline is the target without a pool: loads are uploaded, and there it ends.
func benchPipeline(tb testing.TB, files *stage.Container) *pipeline {
	return &pipeline{
		limits:   limits{rows: 2_000_000, bytes: 128 << 20, age: time.Hour, rejects: -1},
		pipeline: "p", run: "sdc-1-run", namespace: "n", files: files, validate: true,
		log: slog.New(slog.DiscardHandler), now: time.Now,
		progress: func(string, int64, int64) {}, aside: func(string, int64) {}, discard: func(context.Context, []stage.Blob) {},
		layout: newLayout(layoutOptions{metadata: true}, newMapping(nil, nil)),
		deliver: func(ctx context.Context, l *load) error {
			for t := range l.tables() {
				for _, p := range t.parts {
					if len(p.rest) > 0 {
						if _, err := p.parts.Write(p.rest); err != nil {
							return err
						}
					}
					if _, err := p.parts.Commit(ctx); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// BenchmarkTarget is the whole way from lines to uploaded files, with validation. There is no pool in it and the storage account keeps
// nothing: what is measured is this program. Compare with gzip -1 on the same input.
func BenchmarkTarget(b *testing.B) {
	lines := contactLines(50_000)
	files := emptyStorage(b)
	b.SetBytes(int64(len(lines)))
	b.ReportAllocs()
	for b.Loop() {
		if err := benchPipeline(b, files).do(b.Context(), bytes.NewReader(lines), 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(50_000*b.N)/b.Elapsed().Seconds(), "records/s")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-sys")
}

// BenchmarkWholeTargetAgainstGzip is BenchmarkTarget on 200,000 records read from a file, in turn with gzip -1 on the same file; gzip-ratio is the
// time of the one over that of the other. It takes a minute and is there only when asked for:
//
//	make whole
func BenchmarkWholeTargetAgainstGzip(b *testing.B) {
	if os.Getenv("BENCH_WHOLE") == "" {
		b.Skip("set BENCH_WHOLE=1")
	}
	gzip, err := exec.LookPath("gzip")
	if err != nil {
		b.Skip(err)
	}
	const records = 200_000
	path := filepath.Join(b.TempDir(), "contacts.jsonl")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(file, 1<<20)
	contacts(w, records)
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	files := emptyStorage(b)
	b.SetBytes(info.Size())
	b.ReportAllocs()
	var others time.Duration
	for b.Loop() {
		in, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(benchPipeline(b, files).do(b.Context(), in, 0), in.Close()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		began := time.Now()
		if err := exec.CommandContext(b.Context(), gzip, "-1", "-k", "-f", path).Run(); err != nil {
			b.Fatal(err)
		}
		others += time.Since(began)
		b.StartTimer()
	}
	b.ReportMetric(float64(info.Size())/records, "B/record")
	b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(info.Size())*float64(b.N)/1e6/others.Seconds(), "gzip-MB/s")
	b.ReportMetric(float64(b.Elapsed())/float64(others), "gzip-ratio")
}
