package copyinto_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest/copyinto"
	"intercomdw/target-azuresqldw/synapsetest/sqltype"
)

func storage(t *testing.T) *blobtest.Server {
	t.Helper()
	return blobtest.New(t, blobtest.Options{Containers: []string{"loads"}})
}

// statement copies from paths in the container, as the target does.
func statement(b *blobtest.Server, columns []copyinto.Column, paths ...string) copyinto.Statement {
	s := copyinto.Statement{
		FileType: "CSV", Identity: "Storage Account Key", Secret: b.Key,
		FieldQuote: `"`, FieldTerminator: ",", RowTerminator: "0x0A", DateFormat: "ymd", Encoding: "UTF8",
		Columns: columns,
	}
	for _, p := range paths {
		s.Locations = append(s.Locations, b.URL+"/loads/"+p)
	}
	return s
}

func columns(types ...sqltype.Type) []copyinto.Column {
	var cols []copyinto.Column
	for i, t := range types {
		cols = append(cols, copyinto.Column{Name: fmt.Sprint("c", i+1), Type: t, Nullable: true})
	}
	return cols
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// load gives the rows as text: values between bars, NULL as ~.
func load(t *testing.T, s copyinto.Statement) ([]string, copyinto.Result, error) {
	t.Helper()
	var rows []string
	result, err := copyinto.Loader{}.Load(t.Context(), s, func(values []any) error {
		var parts []string
		for _, v := range values {
			if v == nil {
				parts = append(parts, "~")
			} else {
				parts = append(parts, fmt.Sprint(v))
			}
		}
		rows = append(rows, strings.Join(parts, "|"))
		return nil
	})
	return rows, result, err
}

func number(err error) int32 {
	if e, ok := errors.AsType[*sqltype.Error](err); ok {
		return e.Number
	}
	return 0
}

func TestFieldsAreTakenApartAsTheDialectSays(t *testing.T) {
	t.Parallel()
	b := storage(t)
	text := sqltype.NVarChar(sqltype.Max)
	for _, c := range []struct {
		name, file string
		option     func(*copyinto.Statement)
		want       []string
	}{
		{"empty is NULL and quoted empty is not", "a,,\"\"\n,,\n", nil, []string{"a|~|", "~|~|~"}},
		{"everything may stand in quotes", "\"a,\"\"b\"\"\r\nc\",\"\n\",\"\"\"\"\n", nil, []string{"a,\"b\"\r\nc|\n|\""}},
		{"the last line may lack its end", "a,b,c", nil, []string{"a|b|c"}},
		{"the last line may end with an empty field", "a,b,", nil, []string{"a|b|~"}},
		{"a carriage return is text", "a,b,c\r\n", nil, []string{"a|b|c\r"}},
		{"an empty file has no rows", "", nil, nil},
		{"blanks are kept", " a , ,\" \"\n", nil, []string{" a | | "}},
		{"the default row ends with both", "a,b,c\r\nd,e,f\r\n", func(s *copyinto.Statement) { s.RowTerminator = "" }, []string{"a|b|c", "d|e|f"}},
		{"a newline is both, too", "a,b,c\r\nd,e,f\r\n", func(s *copyinto.Statement) { s.RowTerminator = `\n` }, []string{"a|b|c", "d|e|f"}},
		{"other terminators", "a||b||'c||''d'@@e||f||g@@", func(s *copyinto.Statement) {
			s.FieldTerminator, s.RowTerminator, s.FieldQuote = "||", "0x4040", "'"
		}, []string{"a|b|c||'d", "e|f|g"}},
		{"no quotes", "\"a\",b\"c,d\n", func(s *copyinto.Statement) { s.FieldQuote = "" }, []string{`"a"|b"c|d`}},
		{"first row", "h1,h2,h3\na,b,c\n", func(s *copyinto.Statement) { s.FirstRow = 2 }, []string{"a|b|c"}},
		{"first row behind a quote that spans rows", "\"h1\nh2,\"\na,b,c\n", func(s *copyinto.Statement) { s.FirstRow = 3 }, []string{"a|b|c"}},
		{"first row behind the end", "a,b,c\na,b,c\n", func(s *copyinto.Statement) { s.FirstRow = 4 }, nil},
		{"first row with a long terminator", "h\n\r\r\na,b,c\r\n", func(s *copyinto.Statement) { s.FirstRow, s.RowTerminator = 2, `\n` }, []string{"a|b|c"}},
		{"UTF-16", "\xff\xfea\x00,\x00\xe9\x00,\x00=\xd8\x00\xde\n\x00", func(s *copyinto.Statement) { s.Encoding = "UTF16" }, []string{"a|é|😀"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.Put("loads", c.name+".csv", []byte(c.file))
			s := statement(b, columns(text, text, text), c.name+".csv")
			if c.option != nil {
				c.option(&s)
			}
			got, result, err := load(t, s)
			if err != nil || !slices.Equal(got, c.want) || result.Rows != int64(len(c.want)) {
				t.Errorf("rows = %q, %+v, %v; want %q", got, result, err, c.want)
			}
		})
	}
}

func TestMalformedFilesAreRefusedWithRowAndColumn(t *testing.T) {
	t.Parallel()
	b := storage(t)
	for _, c := range []struct {
		name, file string
		want       int32
		text       string
	}{
		{"quote in a bare field", "1,a\n2,b\"c\n", 4879, "in row 2, column 2."},
		{"text behind a quote", "1,\"a\"b\n", 4879, "in row 1, column 2."},
		{"open quote", "1,a\n2,\"b\n", 4879, "in row 2, column 2."},
		{"too few fields", "1,a\n2\n", 4879, "in row 2, column 2."},
		{"too many fields", "1,a\n2,b,c\n", 4879, "in row 2, column 3."},
		{"no number", "1,a\nx,b\n", 13812, "for row 2, column 1 (c1) in data file "},
		{"overflow", "9223372036854775808,a\n", 4867, "(overflow) for row 1, column 1 (c1)"},
		{"quoted empty number", "\"\",a\n", 13812, "for row 1, column 1 (c1)"},
		{"too long", "1,a\n2,abc😀\n", 13811, "(truncation) for row 2, column 2 (c2)"},
		{"invalid UTF-8", "1,\"\xff\"\n", 13812, "codepage) for row 1, column 2 (c2)"},
		{"U+0000", "1,\"\x00\"\n", 13812, "codepage) for row 1, column 2 (c2)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.Put("loads", c.name+".csv", []byte(c.file))
			_, _, err := load(t, statement(b, columns(sqltype.BigInt, sqltype.NVarChar(4)), c.name+".csv"))
			if number(err) != c.want || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error = %v, want %d with %q", err, c.want, c.text)
			}
		})
	}
}

func TestValuesGetTheTypesOfTheirColumns(t *testing.T) {
	t.Parallel()
	b := storage(t)
	b.Put("loads", "f.csv.gz", zipped(t, strings.Join([]string{
		"9223372036854775807,1234567890123456789012345678.0123456789,1,2024-02-29 23:59:59.9999999 +05:30,0001-01-01,23:59:59.9999999",
		"-9223372036854775808,-0.00000000005,0,9999-12-31T00:00:00Z,9999-12-31,00:00:00",
		",,,,,",
	}, "\n")+"\n"))
	got, _, err := load(t, statement(b, columns(
		sqltype.BigInt, sqltype.DecimalType(38, 10), sqltype.Bit, sqltype.DateTimeOffsetType(7), sqltype.DateType, sqltype.TimeType(7)), "f.csv.gz"))
	want := []string{
		"9223372036854775807|1234567890123456789012345678.0123456789|true|2024-02-29 23:59:59.9999999 +05:30|0001-01-01|23:59:59.9999999",
		"-9223372036854775808|-0.0000000001|false|9999-12-31 00:00:00.0000000 +00:00|9999-12-31|00:00:00.0000000",
		"~|~|~|~|~|~",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("rows = %q, %v; want %q", got, err, want)
	}
}

func TestColumnListsChooseFieldsAndDefaults(t *testing.T) {
	t.Parallel()
	b := storage(t)
	b.Put("loads", "f.csv", []byte("1,x,\n2,y,z\n"))
	s := statement(b, []copyinto.Column{
		{Name: "third", Type: sqltype.NVarChar(10), Field: 3, Default: "none"},
		{Name: "first", Type: sqltype.Int, Field: 1, Nullable: true},
	}, "f.csv")
	if got, _, err := load(t, s); err != nil || !slices.Equal(got, []string{"none|1", "z|2"}) {
		t.Errorf("rows = %q, %v", got, err)
	}
	s.Columns[1].Nullable = false
	if _, _, err := load(t, s); number(err) != 105211 {
		t.Errorf("a column that is not nullable = %v, want 105211", err)
	}
}

func TestRowsAreRejectedUpToMaxErrors(t *testing.T) {
	t.Parallel()
	b := storage(t)
	b.Put("loads", "f.csv", []byte("1\nx\n2\ny\n3\n"))
	s := statement(b, columns(sqltype.Int), "f.csv")
	for max, want := range []string{"1", "1 2", "1 2 3"} {
		s.MaxErrors = max
		got, result, err := load(t, s)
		if strings.Join(got, " ") != want || (err == nil) != (max == 2) || err == nil && result.Rejected != 2 {
			t.Errorf("MAXERRORS = %d: rows %q, %+v, %v; want %q", max, got, result, err, want)
		}
	}
}

func TestLocationsStandForFilesFoldersAndPatterns(t *testing.T) {
	t.Parallel()
	b := storage(t)
	for _, name := range []string{"run/a.csv", "run/b.csv", "run/sub/c.csv", "run/_d.csv", "run/.e.csv", "run/_sub/f.csv", "run/B.txt", "run2/g.csv", "run/a.csv.bak", "star*.csv"} {
		b.Put("loads", name, []byte("\""+name+"\"\n"))
	}
	text := columns(sqltype.NVarChar(100))
	for _, c := range []struct {
		paths []string
		want  string
	}{
		{[]string{"run/a.csv"}, "run/a.csv"},
		{[]string{"run/b.csv", "run/a.csv"}, "run/b.csv run/a.csv"},
		{[]string{"run/_d.csv"}, "run/_d.csv"},
		{[]string{"run"}, "run/B.txt run/a.csv run/a.csv.bak run/b.csv run/sub/c.csv"},
		{[]string{"run/"}, "run/B.txt run/a.csv run/a.csv.bak run/b.csv run/sub/c.csv"},
		{[]string{"run/_sub"}, "run/_sub/f.csv"},
		{[]string{"run/*.csv"}, "run/a.csv run/b.csv run/sub/c.csv"},
		{[]string{"run*/*.csv"}, "run/a.csv run/b.csv run/sub/c.csv run2/g.csv"},
		{[]string{`star\*.csv`}, ""},
		{[]string{`st*\*.csv`}, "star*.csv"},
		{[]string{"run/A.csv"}, ""},
		{[]string{"run/a"}, ""},
		{[]string{"nothing/*"}, ""},
	} {
		got, result, err := load(t, statement(b, text, c.paths...))
		if c.want == "" {
			if number(err) != 105215 || !strings.Contains(err.Error(), "(404) Not Found.") {
				t.Errorf("%q = %q, %v; want 105215", c.paths, got, err)
			}
			continue
		}
		if err != nil || strings.Join(got, " ") != c.want || result.Files != len(got) {
			t.Errorf("%q = %q, %+v, %v; want %q", c.paths, got, result, err, c.want)
		}
	}
	s := statement(b, text, "run/a.csv")
	s.Locations = append(s.Locations, b.URL+"/other/a.csv")
	if _, _, err := load(t, s); number(err) != 105215 {
		t.Errorf("two containers = %v, want 105215", err)
	}
}

func TestCredentialsAreNeeded(t *testing.T) {
	t.Parallel()
	b := storage(t)
	b.Put("loads", "f.csv", []byte("1\n"))
	token := func(permissions string, expiry time.Duration) string {
		return b.SAS("loads", "", permissions, time.Now().Add(expiry))
	}
	const readList = "rl"
	for _, c := range []struct {
		name, identity, secret string
		want                   string
	}{
		{"key", "storage account key", b.Key, ""},
		{"SAS", "Shared Access Signature", token(readList, time.Hour), ""},
		{"SAS with a question mark", "Shared Access Signature", "?" + token(readList, time.Hour), ""},
		{"wrong key", "Storage Account Key", "c29tZXRoaW5nIGVsc2U=", "(403) Forbidden."},
		{"no key at all", "Storage Account Key", "*", "(403) Forbidden."},
		{"SAS that may not list", "Shared Access Signature", token("r", time.Hour), "(403) Forbidden."},
		{"SAS that may not read", "Shared Access Signature", token("l", time.Hour), "(403) Forbidden."},
		{"SAS of yesterday", "Shared Access Signature", token(readList, -time.Hour), "(403) Forbidden."},
		{"none", "", "", "The remote server returned an error"},
		{"managed identity", "Managed Identity", "", "not served"},
	} {
		s := statement(b, columns(sqltype.Int), "f.csv")
		s.Identity, s.Secret = c.identity, c.secret
		_, _, err := load(t, s)
		if c.want == "" && err != nil || c.want != "" && (number(err) != 105215 || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestGzipIsTakenFromTheOptionOrTheName(t *testing.T) {
	t.Parallel()
	b := storage(t)
	whole := zipped(t, "1\n2\n")
	b.Put("loads", "named.csv.gz", whole)
	b.Put("loads", "unnamed.csv", whole)
	b.Put("loads", "garbage.csv.gz", append(slices.Clone(whole), "x"...))
	b.Put("loads", "two.csv.gz", append(slices.Clone(whole), whole...))
	b.Put("loads", "cut.csv.gz", whole[:len(whole)-5])
	b.Put("loads", "plain.csv.gz", []byte("1\n2\n"))
	b.Put("loads", "plain.csv.snappy", []byte("1\n2\n"))
	for _, c := range []struct {
		file, compression string
		want              int32
	}{
		{"named.csv.gz", "", 0}, {"named.csv.gz", "Gzip", 0}, {"unnamed.csv", "GZIP", 0}, {"plain.csv.gz", "NONE", 0},
		{"named.csv.gz", "NONE", 13812}, {"unnamed.csv", "", 13812}, {"plain.csv.gz", "", 4879},
		{"garbage.csv.gz", "", 4879}, {"two.csv.gz", "", 4879}, {"cut.csv.gz", "", 4879},
		{"plain.csv.snappy", "", 103010}, {"named.csv.gz", "DefaultCodec", 103010},
	} {
		s := statement(b, columns(sqltype.Int), c.file)
		s.Compression = c.compression
		if got, _, err := load(t, s); number(err) != c.want || c.want == 0 && (err != nil || len(got) != 2) {
			t.Errorf("%s with %q = %q, %v, want %d", c.file, c.compression, got, err, c.want)
		}
	}
}

func TestTroubleOfTheStorageIsTheStatementsError(t *testing.T) {
	t.Parallel()
	b := storage(t)
	b.Put("loads", "f.csv", []byte("1\n"))
	b.Fail(blobtest.Fault{Match: blobtest.On(blobtest.GetBlob), Status: 503})
	s := statement(b, columns(sqltype.Int), "f.csv")
	if _, _, err := load(t, s); number(err) != 105215 || !strings.Contains(err.Error(), "(503)") {
		t.Errorf("error = %v, want 105215 with (503)", err)
	}
	if _, _, err := load(t, s); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestErrorsOfTheReceiverAreItsOwn(t *testing.T) {
	t.Parallel()
	b := storage(t)
	b.Put("loads", "f.csv", []byte("1\n2\n"))
	enough := errors.New("enough")
	_, err := copyinto.Loader{}.Load(t.Context(), statement(b, columns(sqltype.Int), "f.csv"), func([]any) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("error = %v, want the receiver's", err)
	}
}
