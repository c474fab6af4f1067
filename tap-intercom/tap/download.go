package tap

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// download is a file from Intercom on disk: an export is as large as the
// workspace is busy.
type download struct {
	file *os.File
	gone bool // removed already, but still open
	size int64
}

func newDownload() (*download, error) {
	f, err := os.CreateTemp("", "tap-intercom-*.export")
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	return &download{file: f, gone: os.Remove(f.Name()) == nil}, nil
}

// fill takes what r gives in place of what was there.
func (d *download) fill(r io.Reader) (int64, error) {
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	if err := d.file.Truncate(0); err != nil {
		return 0, err
	}
	n, err := io.Copy(d.file, r)
	d.size = n
	return n, err
}

// each hands on the files that were downloaded: those of a ZIP, or the only
// one, which may be compressed. Descriptions speak of both.
func (d *download) each(read func(name string, r io.Reader) error) error {
	head := make([]byte, 4)
	n, err := d.file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("download: %w", err)
	}
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK")):
		return eachInZIP(d.file, d.size, read)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(bufio.NewReader(d.file))
		if err != nil {
			return fmt.Errorf("download: %w", err)
		}
		inner := bufio.NewReader(z)
		if head, _ := inner.Peek(2); string(head) != "PK" {
			return read(z.Name, inner)
		}
		// A ZIP is read from its end.
		plain, err := newDownload()
		if err != nil {
			return err
		}
		defer func() { _ = plain.close() }()
		if _, err := plain.fill(inner); err != nil {
			return fmt.Errorf("download: %w", err)
		}
		return eachInZIP(plain.file, plain.size, read)
	}
	return read("", d.file)
}

func eachInZIP(f io.ReaderAt, size int64, read func(string, io.Reader) error) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	for _, entry := range z.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		file, err := entry.Open()
		if err != nil {
			return fmt.Errorf("download: %s: %w", entry.Name, err)
		}
		err = read(entry.Name, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("download: %s: %w", entry.Name, err)
		}
	}
	return nil
}

func (d *download) close() error {
	err := d.file.Close()
	if !d.gone {
		err = errors.Join(err, os.Remove(d.file.Name()))
	}
	return err
}

// row is a line of a CSV: the names of its columns, and their values.
type row struct {
	columns, values []string
}

// eachRow reads a CSV whose first line names the columns. What row holds is
// valid until the next one.
func eachRow(ctx context.Context, r io.Reader, do func(row) error) (rows int64, err error) {
	lines := csv.NewReader(bufio.NewReaderSize(r, 1<<16))
	lines.FieldsPerRecord, lines.LazyQuotes, lines.ReuseRecord = -1, true, true
	head, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	columns := make([]string, len(head))
	for i, name := range head {
		columns[i] = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
	}
	for {
		values, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if rows++; rows%1000 == 0 && ctx.Err() != nil {
			return rows, context.Cause(ctx)
		}
		if err := do(row{columns, values}); err != nil {
			return rows, err
		}
	}
}

// object appends the row as a JSON object. An empty field is null, but for a
// key, which cannot be.
func (r row) object(b []byte, keys []string) []byte {
	b = append(b, '{')
	for i, name := range r.columns {
		if i >= len(r.values) || name == "" {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(appendName(b, name), ':')
		if r.values[i] == "" && !slices.Contains(keys, name) {
			b = append(b, "null"...)
		} else {
			b, _ = jsontext.AppendQuote(b, r.values[i]) // invalid UTF-8 is replaced
		}
	}
	return append(b, '}')
}
