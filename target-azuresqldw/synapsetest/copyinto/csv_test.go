package copyinto

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

// FuzzRecords: what a writer of RFC 4180 writes is read as it was, and noise ends in peace.
func FuzzRecords(f *testing.F) {
	f.Add("a", "b\"c", "\r\n,", []byte("\"a\"\"b\",c\n"))
	f.Add("", " ", "\"", []byte("a,\"b\n"))
	f.Fuzz(func(t *testing.T, a, b, c string, noise []byte) {
		d := dialect{quote: []byte(`"`), field: []byte(","), row: []byte("\n")}
		r := newRecordReader(bytes.NewReader(noise), d)
		for {
			if more, err := r.next(); !more || err != nil {
				break
			}
		}

		var file bytes.Buffer
		for _, s := range []string{a, b, c} {
			file.WriteString(`"` + strings.ReplaceAll(s, `"`, `""`) + `",`)
		}
		file.WriteString("end\n")
		file.WriteString(strings.Repeat("x,", 3) + "last")
		r = newRecordReader(&file, d)
		for _, want := range [][]string{{a, b, c, "end"}, {"x", "x", "x", "last"}} {
			if more, err := r.next(); !more || err != nil || len(r.fields) != len(want) {
				t.Fatalf("next = %v, %v with %d fields, want %q", more, err, len(r.fields), want)
			}
			for i, f := range r.fields {
				if got := string(r.record[f.start:f.end]); got != want[i] {
					t.Errorf("field %d = %q, want %q", i, got, want[i])
				}
			}
		}
		if more, err := r.next(); more || err != nil {
			t.Errorf("behind the end: %v, %v", more, err)
		}
	})
}

// FuzzAgainstStandardLibrary: where encoding/csv reads strictly, both read the same, but for what that package changes:
// it drops empty lines, and carriage returns before newlines.
func FuzzAgainstStandardLibrary(f *testing.F) {
	f.Add("a,b\n\"c\",\"d\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\r") || strings.Contains(text, "\n\n") || strings.HasPrefix(text, "\n") {
			t.Skip()
		}
		std := csv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil {
			t.Skip()
		}
		r := newRecordReader(strings.NewReader(text), dialect{quote: []byte(`"`), field: []byte(","), row: []byte("\n")})
		for _, record := range want {
			more, err := r.next()
			if !more || err != nil || len(r.fields) != len(record) {
				t.Fatalf("next = %v, %v with %d fields, want %q", more, err, len(r.fields), record)
			}
			for i, f := range r.fields {
				if got := string(r.record[f.start:f.end]); got != record[i] {
					t.Errorf("field %d = %q, want %q", i, got, record[i])
				}
			}
		}
	})
}

func BenchmarkRecords(b *testing.B) {
	line := `12345,"some text with a comma, and ""quotes""",2024-02-29 23:59:59.9999999 +05:30,,1,"` + strings.Repeat("x", 200) + "\"\n"
	file := strings.Repeat(line, 1000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r := newRecordReader(strings.NewReader(file), dialect{quote: []byte(`"`), field: []byte(","), row: []byte("\n")})
		for {
			if more, err := r.next(); !more || err != nil {
				break
			}
		}
	}
}
