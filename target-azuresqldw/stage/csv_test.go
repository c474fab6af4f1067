package stage

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

// field is what a reader of RFC 4180 finds: a string when it was quoted, and
// otherwise text that may be nothing.
type field struct {
	Text   string
	Quoted bool
}

// readRows reads CSV as RFC 4180 describes it, rows ended by a line feed. It
// is written from the grammar, not from what this package writes.
func readRows(data string) (rows [][]field, err error) {
	const (
		start = iota
		bare
		quoted
		quote // after a quote within a quoted field
	)
	state, row, text := start, []field(nil), []byte(nil)
	end := func(q bool) {
		row, text, state = append(row, field{string(text), q}), nil, start
	}
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case state == quoted && c == '"':
			state = quote
		case state == quoted:
			text = append(text, c)
		case state == quote && c == '"':
			text, state = append(text, c), quoted
		case c == ',':
			end(state == quote)
		case c == '\n':
			end(state == quote)
			rows, row = append(rows, row), nil
		case state == quote:
			return nil, fmt.Errorf("byte %d: %q after the closing quote", i, c)
		case c == '"' && state == start:
			state = quoted
		case c == '"' || c == '\r':
			return nil, fmt.Errorf("byte %d: %q in a bare field", i, c)
		default:
			text, state = append(text, c), bare
		}
	}
	if state != start || row != nil {
		return nil, fmt.Errorf("the last row has no end")
	}
	return rows, nil
}

func TestStringsSurviveInEveryPosition(t *testing.T) {
	t.Parallel()
	hard := []string{
		"", " ", "\"", "\"\"", ",", "\n", "\r\n", "\r", "a,b", "a\"b", "\"a\"", "a\nb\r\nc", ",\n\",\"", "NULL", "\\N", "\t",
		"ü", "😀", "\uFEFF", "\u2028", "ends in blank ", "\"\n", "\n\"", strings.Repeat("\"", 999), "\uE000\uE001", "\x7f\x01",
	}
	var data []byte
	var want [][]field
	for _, a := range hard {
		for _, b := range hard {
			data, _ = AppendString(data, a)
			data = append(data, FieldEnd, FieldEnd) // a NULL in between
			data, _ = AppendString(data, []byte(b))
			data = append(data, RowEnd)
			want = append(want, []field{{a, true}, {"", false}, {b, true}})
		}
	}
	rows, err := readRows(string(data))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows differ (-written +read)\n%s", d)
	}
}

func TestNothingIsNullAndQuotedNothingIsTheEmptyString(t *testing.T) {
	t.Parallel()
	var row []byte
	row = AppendInt(row, -9223372036854775808)
	row = append(row, FieldEnd)
	row = append(row, FieldEnd)
	row, _ = AppendString(row, "")
	row = append(row, FieldEnd)
	row = AppendBool(row, true)
	row = append(row, FieldEnd)
	row = AppendBool(row, false)
	row = append(row, FieldEnd)
	row = AppendRaw(row, "2026-11-23 18:00:00.0000000 +00:00")
	row = append(row, RowEnd)
	want := "-9223372036854775808,,\"\",1,0,2026-11-23 18:00:00.0000000 +00:00\n"
	if string(row) != want {
		t.Errorf("row = %q, want %q", row, want)
	}
}

func TestWhatCannotTravelIsReplacedAndCounted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string
		replaced   int
	}{
		{"a\x00b", "a\uFFFDb", 1},
		{"\x00\x00", "\uFFFD\uFFFD", 2},
		{"a\xffb", "a\uFFFDb", 1},
		{"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD", 3}, // a lone surrogate in UTF-8
		{"\xf0\x9f\x98", "\uFFFD\uFFFD\uFFFD", 3}, // an emoji cut short
		{"\uFFFD", "\uFFFD", 0},
		{"\xc3\"", "\uFFFD\"", 1},
	} {
		data, replaced := AppendString(nil, c.text)
		rows, err := readRows(string(data) + "\n")
		if err != nil || len(rows) != 1 || rows[0][0].Text != c.want || replaced != c.replaced {
			t.Errorf("AppendString(%q) = %q, %d, want %q, %d (%v)", c.text, data, replaced, c.want, c.replaced, err)
		}
	}
}

func FuzzRowsAreReadAsWritten(f *testing.F) {
	f.Add("a", "", "\"", true)
	f.Add("\r\n", ",", "\x00", false)
	f.Fuzz(func(t *testing.T, a, b, c string, null bool) {
		var row []byte
		var want []field
		replacedAll := 0
		for _, s := range []string{a, b, c} {
			var replaced int
			row, replaced = AppendString(row, s)
			replacedAll += replaced
			row = append(row, FieldEnd)
			want = append(want, field{clear(s), true})
		}
		if null {
			want = append(want, field{"", false})
		} else {
			row = AppendInt(row, int64(len(a)))
			want = append(want, field{fmt.Sprint(len(a)), false})
		}
		row = append(row, RowEnd)
		if !utf8.Valid(row) || bytes.IndexByte(row, 0) >= 0 {
			t.Fatalf("row %q holds what COPY INTO does not carry", row)
		}
		rows, err := readRows(string(row) + string(row))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([][]field{want, want}, rows); d != "" {
			t.Errorf("rows differ (-written +read)\n%s", d)
		}
		if sent := a + b + c; (replacedAll > 0) != (clear(a)+clear(b)+clear(c) != sent) {
			t.Errorf("AppendString(%q) says %d replaced", sent, replacedAll)
		}
		// a second opinion, where it makes no difference between CR LF and LF
		if !strings.Contains(a+b+c, "\r") {
			r := csv.NewReader(bytes.NewReader(row))
			r.FieldsPerRecord = 4
			record, err := r.Read()
			if err != nil || record[0] != want[0].Text || record[1] != want[1].Text || record[2] != want[2].Text {
				t.Errorf("encoding/csv reads %q as %q, %v", row, record, err)
			}
		}
	})
}

// clear is what a string becomes on its way.
func clear(s string) string {
	var b strings.Builder
	for _, r := range s { // an invalid byte comes as U+FFFD
		if r == 0 {
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}

// benchRow is a row like those of a conversation: ids, times, a body of HTML.
func benchRow(dst []byte, i int) []byte {
	dst, _ = AppendString(dst, fmt.Appendf(nil, "215468%08d", i*7919))
	dst = append(dst, FieldEnd)
	dst = AppendRaw(dst, "2026-11-23 18:00:00.0000000 +00:00")
	dst = append(dst, FieldEnd, FieldEnd)
	dst = AppendInt(dst, int64(i))
	dst = append(dst, FieldEnd)
	dst = AppendBool(dst, i%2 == 0)
	for j := range 8 {
		dst = append(dst, FieldEnd)
		dst, _ = AppendString(dst, benchTexts[(i+j)%len(benchTexts)])
	}
	return append(dst, RowEnd)
}

var benchTexts = [...]string{
	"open", "<p class=\"no-margin\">Hello, how can we help you today?</p>", "", "customer_initiated", "Zoë Müller 😀",
	"<div>Line one<br>line two, with \"quotes\" and a comma</div>\n<div>And another paragraph of plain text that goes on a little.</div>",
	"https://app.intercom.com/a/inbox/abc123/inbox/conversation/215468", "user", "admin", "contact@example.com", "3f8a2c9e-1b7d-4e5f",
}

func BenchmarkCSV(b *testing.B) {
	row := benchRow(nil, 1)
	b.SetBytes(int64(len(row)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		row = benchRow(row[:0], i)
		i++
	}
}

func BenchmarkCSVAndGzip(b *testing.B) {
	for _, level := range []int{1, 3, 6} {
		b.Run(fmt.Sprintf("level=%d", level), func(b *testing.B) {
			z, err := gzip.NewWriterLevel(io.Discard, level)
			if err != nil {
				b.Fatal(err)
			}
			row := benchRow(nil, 1)
			b.SetBytes(int64(len(row)))
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				row = benchRow(row[:0], i)
				z.Write(row)
				i++
			}
		})
	}
}
