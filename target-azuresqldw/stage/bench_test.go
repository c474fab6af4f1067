package stage

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"intercomdw/singer/secret"
)

// nowhere takes every request, reads it, and keeps nothing: what it costs is
// the client's.
type nowhere struct{}

func (nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// BenchmarkFile is CSV, gzip and upload of one large file.
func BenchmarkFile(b *testing.B) {
	c, err := Open(Options{
		Endpoint: "https://account.blob.core.windows.net", Container: "c", AccountKey: secret.New("a2V5"),
		HTTP: &http.Client{Transport: nowhere{}},
	})
	if err != nil {
		b.Fatal(err)
	}
	f := c.NewFile(b.Context(), "file.csv.gz")
	var rows []byte
	for i := range 500 {
		rows = benchRow(rows, i)
	}
	b.SetBytes(int64(len(rows)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Write(rows); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if _, err := f.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
}
